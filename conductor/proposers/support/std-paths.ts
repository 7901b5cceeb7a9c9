// Public names of std and where they live: the ones that programs import by name. Compiled from the index of std's
// documentation (https://doc.rust-lang.org/std/all.html); the prelude and unstable names are left out.

const modules: Readonly<Record<string, string>> = {
  'std::collections': 'HashMap HashSet BTreeMap BTreeSet VecDeque BinaryHeap LinkedList hash_map btree_map hash_set',
  'std::collections::hash_map': 'Entry DefaultHasher RandomState',
  'std::collections::btree_map': 'Entry',
  'std::rc': 'Rc Weak',
  'std::sync':
    'Arc Mutex RwLock Once OnceLock LazyLock Condvar Barrier MutexGuard RwLockReadGuard RwLockWriteGuard PoisonError Weak mpsc atomic',
  'std::sync::mpsc': 'channel sync_channel Sender Receiver SyncSender SendError RecvError TryRecvError',
  'std::sync::atomic':
    'AtomicBool AtomicI32 AtomicI64 AtomicU8 AtomicU16 AtomicU32 AtomicU64 AtomicIsize AtomicUsize AtomicPtr Ordering fence',
  'std::cell': 'Cell RefCell Ref RefMut OnceCell LazyCell UnsafeCell',
  'std::fmt': 'Display Debug Formatter Write Result Error Arguments Binary LowerHex UpperHex Octal',
  'std::str': 'FromStr Chars from_utf8 Utf8Error',
  'std::string': 'FromUtf8Error ParseError',
  'std::num':
    'ParseIntError ParseFloatError TryFromIntError Wrapping IntErrorKind NonZero NonZeroU8 NonZeroU32 NonZeroU64 NonZeroUsize',
  'std::char': 'from_digit from_u32',
  'std::cmp': 'Ordering Reverse max min PartialOrd Ord PartialEq Eq',
  'std::ops':
    'Add AddAssign Sub SubAssign Mul MulAssign Div DivAssign Rem RemAssign Neg Not Index IndexMut Deref DerefMut Range RangeInclusive ' +
    'RangeFrom RangeTo RangeFull RangeBounds Bound ControlFlow BitAnd BitAndAssign BitOr BitOrAssign BitXor BitXorAssign Shl ShlAssign Shr ShrAssign',
  'std::iter':
    'FromIterator Peekable FusedIterator Sum Product Rev Enumerate Zip Chain Skip Take Map Filter once repeat empty successors from_fn zip',
  'std::convert': 'TryFrom TryInto Infallible From Into AsRef AsMut',
  'std::borrow': 'Cow Borrow BorrowMut ToOwned',
  'std::hash': 'Hash Hasher BuildHasher DefaultHasher',
  'std::marker': 'PhantomData PhantomPinned Copy Send Sync Sized Unpin',
  'std::any': 'Any TypeId type_name',
  'std::error': 'Error',
  'std::io':
    'Read Write BufRead BufReader BufWriter Seek SeekFrom Cursor Stdin Stdout Stderr Lines ErrorKind Result Error stdin stdout stderr read_to_string',
  'std::fs': 'File OpenOptions DirEntry Metadata read_to_string read_dir create_dir_all remove_file',
  'std::path': 'Path PathBuf Component',
  'std::env': 'args var current_dir',
  'std::process': 'Command ExitCode Stdio Child Output ExitStatus',
  'std::thread': 'JoinHandle spawn sleep scope Thread',
  'std::time': 'Duration Instant SystemTime UNIX_EPOCH',
  'std::net': 'IpAddr Ipv4Addr Ipv6Addr SocketAddr TcpListener TcpStream UdpSocket',
  'std::mem': 'swap replace take size_of size_of_val discriminant MaybeUninit ManuallyDrop drop',
  'std::pin': 'Pin pin',
  'std::future': 'Future IntoFuture ready',
  'std::task': 'Context Poll Waker Wake',
  'std::vec': 'IntoIter Drain',
  'std::slice': 'Iter IterMut from_ref',
  'std::ffi': 'CString CStr OsString OsStr c_int c_char',
  'std::f64': 'consts',
  'std::f64::consts': 'PI E TAU SQRT_2 LN_2 FRAC_PI_2',
  'std::f32::consts': 'PI E TAU SQRT_2 LN_2 FRAC_PI_2',
  'std::array': 'from_fn',
  std:
    'collections rc sync cell fmt str string num char cmp ops iter convert borrow hash marker any error io fs path env process ' +
    'thread time net mem pin future task vec slice ffi f64 f32 array panic ptr option result boxed alloc hint primitive',
};

/** Names that live in several modules, and what is used with them where they come from the module. */
const companions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Ordering: {
    'std::cmp::Ordering': 'Less Equal Greater cmp partial_cmp sort_by then',
    'std::sync::atomic::Ordering': 'SeqCst Relaxed Acquire Release AcqRel fetch_add load store AtomicUsize AtomicBool',
  },
  Write: { 'std::io::Write': 'flush write_all stdout stderr File io', 'std::fmt::Write': 'write_str String fmt' },
  Error: {
    'std::error::Error': 'dyn source description',
    'std::fmt::Error': 'Formatter',
    'std::io::Error': 'ErrorKind io',
  },
  Result: { 'std::fmt::Result': 'Formatter fmt', 'std::io::Result': 'io stdin stdout File' },
  Entry: { 'std::collections::hash_map::Entry': 'HashMap', 'std::collections::btree_map::Entry': 'BTreeMap' },
  Weak: { 'std::rc::Weak': 'Rc RefCell', 'std::sync::Weak': 'Arc Mutex' },
  PI: { 'std::f64::consts::PI': 'f64', 'std::f32::consts::PI': 'f32' },
  E: { 'std::f64::consts::E': 'f64', 'std::f32::consts::E': 'f32' },
  TAU: { 'std::f64::consts::TAU': 'f64', 'std::f32::consts::TAU': 'f32' },
  DefaultHasher: {
    'std::hash::DefaultHasher': 'Hash Hasher',
    'std::collections::hash_map::DefaultHasher': 'RandomState',
  },
  from_fn: { 'std::iter::from_fn': 'Iterator next Some', 'std::array::from_fn': 'array' },
  read_to_string: { 'std::fs::read_to_string': 'File path Path fs', 'std::io::read_to_string': 'stdin' },
  IntoIter: { 'std::vec::IntoIter': 'Vec', 'std::array::IntoIter': 'array' },
};

const byName = new Map<string, string[]>();
for (const [module, names] of Object.entries(modules)) {
  for (const name of names.split(' ')) byName.set(name, [...(byName.get(name) ?? []), `${module}::${name}`]);
}

/** Every name of the table. */
export const stdNames: readonly string[] = [...byName.keys()];

/** Paths of std that end in `name`; of several, first the one whose companions `used` holds most of. */
export function stdPaths(name: string, used: ReadonlySet<string>): readonly string[] {
  const paths = byName.get(name) ?? [];
  const score = (path: string): number =>
    (companions[name]?.[path] ?? '').split(' ').filter((word) => used.has(word)).length;
  return paths
    .map((path) => ({ path, score: score(path) }))
    .sort((a, b) => b.score - a.score)
    .map(({ path }) => path);
}
