// What other languages call things, and what Rust does: the words that names-foreign and syntax-keywords look up, best
// answer first.
// A table is a list of lines; the first word of an entry is the foreign one, `|` ends it.

export type Words = ReadonlyMap<string, readonly string[]>;

function table(text: string): Words {
  const entries = text.split('|').map((entry) => entry.trim().split(/\s+/));
  return new Map(entries.map(([word = '', ...answers]) => [word, answers]));
}

/** Types. */
export const types: Words = table(`
  int i32 i64 usize | Int i32 i64 usize | integer i32 | Integer i32 | long i64 | Long i64 | short i16 | byte u8 |
  Byte u8 | uint u32 usize | unsigned u32 | size_t usize | number i32 f64 | Number f64 i32 | float f64 f32 | Float
  f64 f32 | double f64 | Double f64 | boolean bool | Boolean bool | Bool bool | string String &str | Str String
  &str | Char char | character char | void () | Void () | Unit () | unit () | list Vec | List Vec | array Vec |
  Array Vec | ArrayList Vec | vector Vec | Vector Vec | vec Vec | Map HashMap BTreeMap | map HashMap | dict
  HashMap | Dict HashMap | Dictionary HashMap | Set HashSet BTreeSet | set HashSet | Queue VecDeque | Deque
  VecDeque | PriorityQueue BinaryHeap | Optional Option | Maybe Option | Either Result | Object Box | Func Fn |
  Usize usize | I32 i32 | I64 i64 | U8 u8 | U32 u32 | U64 u64 | F64 f64 | F32 f32
`);

/** Values. */
export const values: Words = table(`
  True true | TRUE true | yes true | False false | FALSE false | no false | null None | NULL None | nil None |
  nullptr None | Null None | none None | Nothing None | undefined None | Just Some | some Some | this self | Error
  Err | err Err | ok Ok | INT_MAX i32::MAX | INT_MIN i32::MIN | NaN f64::NAN | Infinity f64::INFINITY | inf
  f64::INFINITY | PI std::f64::consts::PI | pi std::f64::consts::PI | M_PI std::f64::consts::PI
`);

/** Functions that are macros. */
export const macros: Words = table(`
  print println! print! | printf print! println! | puts println! | echo println! | cout println! | log println! |
  sprintf format! | assertEqual assert_eq! | assertEquals assert_eq! | assert_equal assert_eq! | assertTrue
  assert! | debug dbg! | printline println! | writeln writeln!
`);

/** Free functions that Rust has as methods of their first argument. */
export const functions: Words = table(`
  len len | size len | length len | abs abs | max max | min min | sqrt sqrt | pow pow powi powf | powi powi | powf
  powf | floor floor | ceil ceil | round round | sin sin | cos cos | tan tan | ln ln | log ln | exp exp | clone
  clone | str to_string | to_string to_string | toString to_string | sorted sort | reversed rev | sum sum |
  is_empty is_empty | iter iter | unwrap unwrap | push push | contains contains | trim trim
`);

/** Methods; one with a tail (`iter().map`) is written out. */
export const methods: Words = table(`
  length len | size len | count len | Length len | getLength len | append push extend push_str | add push insert
  push_back | push_back push | pushBack push | push_front insert | append_str push_str | concat push_str | write
  push_str | pop_back pop | pop_front remove | remove_last pop | shift pop_front remove | delete remove | erase remove |
  discard remove | put insert | set insert | insert_or_update insert | has contains contains_key | includes
  contains | containsKey contains_key | has_key contains_key | contains contains_key any | contains_key contains |
  exists contains contains_key any | find position get | index_of find position | indexOf find position | toString
  to_string | to_str as_str to_string | str to_string | toUpperCase to_uppercase | to_upper to_uppercase | upper
  to_uppercase | uppercase to_uppercase | toLowerCase to_lowercase | to_lower to_lowercase | lower to_lowercase |
  lowercase to_lowercase | strip trim | lstrip trim_start | rstrip trim_end | trim_left trim_start | trim_right
  trim_end | isEmpty is_empty | empty is_empty | is_null is_none | isNull is_none | isPresent is_some | has_value
  is_some | startsWith starts_with | endsWith ends_with | foreach for_each | forEach for_each | each for_each |
  reduce fold | select map | where filter | flatMap flat_map | reverse rev | rev reverse | reversed rev | sorted
  sort | sortBy sort_by | order_by sort_by_key | sort_desc sort | first_or_none first | top last peek | peek last
  first | front first | back last | head first | tail last | items iter | entries iter | iterator iter | each_char
  chars | charAt chars().nth | char_at chars().nth | characters chars | toCharArray chars | substr get | slice get
  | copy clone | dup clone | clone to_owned | getOrDefault get | get_or_insert entry | unwrap_or_none ok |
  get_value unwrap | value unwrap | ceiling ceil | power pow | square_root sqrt | absolute abs | max_value max |
  min_value min | to_int parse | to_i32 parse | as_string to_string | into_string to_string | to_vec collect |
  to_list collect | toList collect | toArray collect | iter chars keys | map iter().map | filter iter().filter |
  fold iter().fold | sum iter().sum | max iter().max | min iter().min | any iter().any | all iter().all |
  enumerate iter().enumerate | for_each iter().for_each | zip iter().zip | rposition iter().rposition | position
  iter().position | nth chars().nth | take iter().take | skip iter().skip | collect iter().collect | next
  iter().next | len count | is_empty is_none | sort sort_unstable | join concat | is_alpha is_alphabetic | isdigit
  is_numeric is_ascii_digit | is_digit is_ascii_digit | isalpha is_alphabetic | is_upper is_uppercase | is_lower
  is_lowercase | isspace is_whitespace | is_space is_whitespace | is_number is_numeric | is_letter is_alphabetic |
  unshift push_front insert | enqueue push_back push | dequeue pop_front | pushFront push_front | popFront pop_front |
  popBack pop_back | addLast push_back | addFirst push_front | poll pop_front pop | offer push_back push | addAll extend |
  push_all extend | keySet keys | get_keys keys | get_values values | to_char chars | charCodeAt as_bytes | strlen len |
  floorf floor | to_uppercase_first to_uppercase | lines_iter lines | push_string push_str |
  equals eq | compareTo cmp | compare cmp | mod rem_euclid
`);

/** Words that stand where Rust has a keyword; ` / ` parts answers, `-` stands for nothing at all. */
export const keywordsFor: Words = new Map(
  `
  fun fn | func fn | function fn | def fn | sub fn | proc fn | method fn | defn fn | void fn | Fn fn | fnc fn |
  funtion fn | elif else if | elsif else if | elseif else if | elseIf else if | elsef else if | otherwise else |
  els else | var let mut / let | val let | auto let | int let | my let | set let | local let | Let let | LET let |
  final let / const | class struct | record struct | Struct struct | structure struct | object struct | data
  struct | type struct | interface trait | protocol trait | Trait trait | abstract trait | Enum enum | enumeration
  enum | union enum | implement impl | implements impl / for | implementation impl | Impl impl | extends : / for |
  extend impl | import use | include use | using use | require use | from use | Use use | package mod | module mod
  | namespace mod | public pub | Pub pub | export pub | external pub | private - | protected - | internal
  pub(crate) | switch match | case match | when match / if | Match match | given match | select match | foreach
  for | For for | whilst while | While while | repeat loop | Loop loop | of in | IN in | If if | IF
  if | Else else | ret return | Return return | yields return | exit break | next continue | constant
  const | define const | immutable let | mutable mut | Mut mut | and && | or || | not ! | AND && | OR || | NOT ! |
  xor ^ | is == | eq == | mod % | div / | then { / - | do { / - | begin { | end } | this self
`
    .split(/\s\|\s/)
    .map((entry) => /^\s*(\S+)\s+(.*?)\s*$/s.exec(entry))
    .filter((entry) => entry !== null)
    .map((entry) => [
      entry[1] as string,
      (entry[2] as string).split(/\s\/\s/).map((word) => (word === '-' ? '' : word.replace(/\s+/g, ' '))),
    ]),
);
