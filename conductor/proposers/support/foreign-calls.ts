// Calls of other languages whole: by callee, what Rust writes instead. `$0` is the receiver, `$1` the first argument, `$*` all
// of them, `&$1` and `*$1` what they are behind or without a `&`. An entry answers one number of arguments.

export interface Template {
  /** How many arguments the call has; null for any. */
  readonly arguments: number | null;
  readonly text: string;
  /** What the receiver or argument it speaks of has to be; `text`, `list`, `map`, `iterator`, or nothing known. */
  readonly of: string | null;
}

type Templates = ReadonlyMap<string, readonly Template[]>;

/** One entry a line: `name[/arity][@kind] => text`. */
function table(lines: string): Templates {
  const found = new Map<string, Template[]>();
  for (const line of lines.split('\n')) {
    const entry = /^\s*([\w:]+)(?:\/(\d))?(?:@(\w+))? => (.*\S)\s*$/.exec(line);
    if (entry === null) continue;
    const [, name = '', count, of, text = ''] = entry;
    const list = found.get(name) ?? [];
    list.push({ arguments: count === undefined ? null : Number(count), text, of: of ?? null });
    found.set(name, list);
  }
  return found;
}

/** `receiver.name(…)`. */
export const methodTemplates: Templates = table(`
  substring/2 => &$0[$1..$2]
  substring/1 => &$0[$1..]
  substr/2 => &$0[$1..$1 + $2]
  substr/1 => &$0[$1..]
  slice/2 => &$0[$1..$2]
  slice/1 => &$0[$1..]
  sublist/2 => &$0[$1..$2]
  subList/2 => &$0[$1..$2]
  charAt/1 => $0.chars().nth($1).unwrap()
  char_at/1 => $0.chars().nth($1).unwrap()
  at/1@text => $0.chars().nth($1).unwrap()
  at/1@list => $0[$1]
  elementAt/1 => $0[$1]
  get_at/1 => $0[$1]
  set/2@list => $0[$1] = $2
  put/2@list => $0[$1] = $2
  index_of/1@list => $0.iter().position(|item| *item == *$1)
  index_of/1@list => $0.iter().position(|item| item == $1)
  indexOf/1@list => $0.iter().position(|item| *item == *$1)
  indexOf/1@list => $0.iter().position(|item| item == $1)
  index/1@list => $0.iter().position(|item| *item == *$1)
  find/1@list => $0.iter().position(|item| *item == *$1)
  equals/1 => $0 == $1
  equalsIgnoreCase/1 => $0.eq_ignore_ascii_case($1)
  compareTo/1 => $0.cmp(&$1)
  getOrDefault/2 => $0.get(&$1).copied().unwrap_or($2)
  getOrDefault/2 => $0.get(&$1).cloned().unwrap_or($2)
  get_or_default/2 => $0.get(&$1).copied().unwrap_or($2)
  get_or/2 => $0.get(&$1).copied().unwrap_or($2)
  get_or_insert/2 => $0.entry($1).or_insert($2)
  setdefault/2 => $0.entry($1).or_insert($2)
  putIfAbsent/2 => $0.entry($1).or_insert($2)
  contains_value/1 => $0.values().any(|value| *value == *$1)
  containsValue/1 => $0.values().any(|value| *value == *$1)
  join/1@text => $1.join($0)
  format@text => format!($0, $*)
  printf@text => println!($0, $*)
  reverse/0@text => $0.chars().rev().collect::<String>()
  reversed/0@text => $0.chars().rev().collect::<String>()
  rev/0@text => $0.chars().rev().collect::<String>()
  isdigit/0@text => $0.chars().all(|c| c.is_ascii_digit())
  is_numeric/0@text => $0.chars().all(|c| c.is_numeric())
  is_alphabetic/0@text => $0.chars().all(|c| c.is_alphabetic())
  is_alphanumeric/0@text => $0.chars().all(|c| c.is_alphanumeric())
  isalpha/0@text => $0.chars().all(|c| c.is_alphabetic())
  isdigit/0@char => $0.is_ascii_digit()
  isalpha/0@char => $0.is_alphabetic()
  isalnum/0@char => $0.is_alphanumeric()
  isspace/0@char => $0.is_whitespace()
  isupper/0@char => $0.is_uppercase()
  islower/0@char => $0.is_lowercase()
  is_digit/0@char => $0.is_ascii_digit()
  lower/0@char => $0.to_ascii_lowercase()
  upper/0@char => $0.to_ascii_uppercase()
  toLowerCase/0@char => $0.to_ascii_lowercase()
  toUpperCase/0@char => $0.to_ascii_uppercase()
  to_lower/0@char => $0.to_ascii_lowercase()
  to_upper/0@char => $0.to_ascii_uppercase()
  isalnum/0@text => $0.chars().all(|c| c.is_alphanumeric())
  to_char_array/0 => $0.chars().collect::<Vec<char>>()
  toCharArray/0 => $0.chars().collect::<Vec<char>>()
  to_int/0@text => $0.parse::<i32>().unwrap()
  parseInt/0@text => $0.parse::<i32>().unwrap()
  to_float/0@text => $0.parse::<f64>().unwrap()
  to_int/0 => $0 as i32
  to_i32/0 => $0 as i32
  to_i64/0 => $0 as i64
  to_u32/0 => $0 as u32
  to_u64/0 => $0 as u64
  to_usize/0 => $0 as usize
  to_f64/0 => $0 as f64
  to_f32/0 => $0 as f32
  as_f64/0 => $0 as f64
  as_usize/0 => $0 as usize
  as_i32/0 => $0 as i32
  as_u32/0 => $0 as u32
  as_char/0 => $0 as char
  is_even/0 => $0 % 2 == 0
  is_odd/0 => $0 % 2 != 0
  is_positive/0 => $0 > 0
  is_negative/0 => $0 < 0
  increment/0 => $0 += 1
  decrement/0 => $0 -= 1
  mod/1 => $0 % $1
  plus/1 => $0 + $1
  minus/1 => $0 - $1
  times/1 => $0 * $1
  average/0@list => $0.iter().sum::<f64>() / $0.len() as f64
  last_index/0@list => $0.len() - 1
  is_not_empty/0 => !$0.is_empty()
  isNotEmpty/0 => !$0.is_empty()
  non_empty/0 => !$0.is_empty()
  not_empty/0 => !$0.is_empty()
  is_not_none/0 => $0.is_some()
  isnumeric/0@text => $0.chars().all(|c| c.is_numeric())
  to_vec/0@text => $0.chars().collect::<Vec<char>>()
  flatten_vec/0 => $0.concat()
`);

/** `name(…)`, `Owner::name(…)` and `owner.name(…)` alike: dots of a path are written `::`. */
export const callTemplates: Templates = table(`
  ord/1 => $1 as u32
  chr/1 => char::from($1)
  chr/1 => $1 as u8 as char
  int/1 => $1 as i32
  int/1@text => $1.parse::<i32>().unwrap()
  float/1 => $1 as f64
  float/1@text => $1.parse::<f64>().unwrap()
  range/1 => 0..$1
  range/2 => $1..$2
  range/3 => ($1..$2).step_by($3)
  enumerate/1 => $1.iter().enumerate()
  zip/2 => $1.iter().zip($2.iter())
  sum/1 => $1.iter().sum()
  max/1 => $1.iter().max()
  min/1 => $1.iter().min()
  any/1 => $1.iter().any(|item| *item)
  all/1 => $1.iter().all(|item| *item)
  reversed/1 => $1.iter().rev()
  list/1 => $1.collect::<Vec<_>>()
  list/0 => Vec::new()
  dict/0 => HashMap::new()
  set/0 => HashSet::new()
  sqrt/1 => ($1 as f64).sqrt()
  isdigit/1 => $1.is_ascii_digit()
  isalpha/1 => $1.is_alphabetic()
  isspace/1 => $1.is_whitespace()
  isupper/1 => $1.is_uppercase()
  islower/1 => $1.is_lowercase()
  toupper/1 => $1.to_ascii_uppercase()
  tolower/1 => $1.to_ascii_lowercase()
  upper/1 => $1.to_uppercase()
  lower/1 => $1.to_lowercase()
  fabs/1 => $1.abs()
  strlen/1 => $1.len()
  sizeof/1 => std::mem::size_of_val(&$1)
  atoi/1 => $1.parse::<i32>().unwrap()
  parseInt/1 => $1.parse::<i32>().unwrap()
  parse_int/1 => $1.parse::<i32>().unwrap()
  parseFloat/1 => $1.parse::<f64>().unwrap()
  Math::max/2 => $1.max($2)
  Math::min/2 => $1.min($2)
  Math::pow/2 => $1.powf($2)
  Math::pow/2 => $1.powi($2)
  Math::pow/2 => $1.pow($2)
  Math::hypot/2 => $1.hypot($2)
  Math::atan2/2 => $1.atan2($2)
  Math::abs/1 => $1.abs()
  Math::sqrt/1 => $1.sqrt()
  Math::floor/1 => $1.floor()
  Math::ceil/1 => $1.ceil()
  Math::round/1 => $1.round()
  Math::trunc/1 => $1.trunc()
  Math::sin/1 => $1.sin()
  Math::cos/1 => $1.cos()
  Math::tan/1 => $1.tan()
  Math::log/1 => $1.ln()
  Math::log10/1 => $1.log10()
  Math::exp/1 => $1.exp()
  Math::cbrt/1 => $1.cbrt()
  Math::PI => std::f64::consts::PI
  Math::E => std::f64::consts::E
  math::pow/2 => $1.powf($2)
  math::pow/2 => $1.powi($2)
  math::sqrt/1 => $1.sqrt()
  math::abs/1 => $1.abs()
  math::floor/1 => $1.floor()
  math::ceil/1 => $1.ceil()
  math::max/2 => $1.max($2)
  math::min/2 => $1.min($2)
  math::sin/1 => $1.sin()
  math::cos/1 => $1.cos()
  math::log/1 => $1.ln()
  math::exp/1 => $1.exp()
  math::pi => std::f64::consts::PI
  math::PI => std::f64::consts::PI
  math::e => std::f64::consts::E
  math::inf => f64::INFINITY
  Integer::parseInt/1 => $1.parse::<i32>().unwrap()
  Integer::parse_int/1 => $1.parse::<i32>().unwrap()
  Integer::valueOf/1 => $1.parse::<i32>().unwrap()
  Integer::MAX_VALUE => i32::MAX
  Integer::MIN_VALUE => i32::MIN
  Integer::MAX => i32::MAX
  Integer::MIN => i32::MIN
  Long::MAX_VALUE => i64::MAX
  Double::parseDouble/1 => $1.parse::<f64>().unwrap()
  Double::MAX_VALUE => f64::MAX
  String::valueOf/1 => $1.to_string()
  String::format => format!($*)
  string::format => format!($*)
  Sprintf => format!($*)
  fmt::Sprintf => format!($*)
  fmt::Printf => print!($*)
  fmt::Println => println!($*)
  System::out::println => println!($*)
  System::out::print => print!($*)
  System::out::printf => print!($*)
  System::err::println => eprintln!($*)
  Console::WriteLine => println!($*)
  console::log => println!($*)
  console::error => eprintln!($*)
  std::max/2 => $1.max($2)
  std::min/2 => $1.min($2)
  std::abs/1 => $1.abs()
  std::sqrt/1 => $1.sqrt()
  std::pow/2 => $1.powf($2)
  std::pow/2 => $1.powi($2)
  std::swap/2 => std::mem::swap($1, $2)
  std::to_string/1 => $1.to_string()
  std::stoi/1 => $1.parse::<i32>().unwrap()
  Arrays::asList => vec![$*]
  Arrays::sort/1 => $1.sort()
  Collections::sort/1 => $1.sort()
  Collections::reverse/1 => $1.reverse()
  Optional::of/1 => Some($1)
  Optional::empty/0 => None
  Objects::equals/2 => $1 == $2
`);

/** Paths of types, as other languages write them. */
export const typePaths: ReadonlyMap<string, string> = new Map([
  ['std::vector', 'Vec'],
  ['std::Vec', 'Vec'],
  ['std::string', 'String'],
  ['std::String', 'String'],
  ['std::map', 'std::collections::BTreeMap'],
  ['std::unordered_map', 'std::collections::HashMap'],
  ['std::set', 'std::collections::BTreeSet'],
  ['std::unordered_set', 'std::collections::HashSet'],
  ['std::deque', 'std::collections::VecDeque'],
  ['std::queue', 'std::collections::VecDeque'],
  ['std::optional', 'Option'],
  ['std::unique_ptr', 'Box'],
  ['std::shared_ptr', 'std::rc::Rc'],
]);
