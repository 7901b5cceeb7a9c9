// `receiver.member` at a diagnostic that knows no such member: the two texts, the receiver's type as the message names
// it, and which members a type has, by the crate's own items and by a short list of std's.
import type { Diagnostic } from '../../../schemas/types.ts';
import type { Item } from '../../../tools/index/items.ts';
import { crateOf, membersOf } from '../../../tools/index/modules.ts';
import { enclosing, type Node, type SourceFile, type TextRange } from '../../../tools/index/source.ts';
import type { ProposeInput } from '../../types.ts';
import { rangeOf } from './expressions.ts';
import { operandBefore } from './operands.ts';
import { isFloat, isInteger, isPath, isStr, parseType, type RustType } from './rust-type.ts';
import { tokenIndexAt, tokensAt } from './tokens.ts';

export interface MemberAccess {
  readonly source: SourceFile;
  readonly receiver: TextRange;
  readonly receiverText: string;
  readonly name: string;
  readonly nameRange: TextRange;
  /** The receiver's type, references included; null where the message does not tell. */
  readonly type: RustType | null;
  /** Whether it is called: `receiver.name(…)`. */
  readonly called: boolean;
  /** The expression, with its call; null inside a macro's tokens. */
  readonly node: Node | null;
}

/** null where the primary span is no member behind a dot. */
export function memberAccess(input: ProposeInput, diagnostic: Diagnostic = input.diagnostic): MemberAccess | null {
  const span = diagnostic.spans.find((one) => one.primary);
  const source = span === undefined ? null : input.source(span.file);
  if (span === undefined || source === null) return null;
  const nameRange = source.range(span);
  const name = source.slice(nameRange);
  if (!/^(?:[\p{XID_Start}_]\p{XID_Continue}*|\d+)$/u.test(name)) return null;
  const tokens = tokensAt(source, nameRange.start);
  const index = tokenIndexAt(tokens, nameRange.start);
  if (tokens[index - 1]?.text !== '.') return null;
  const type = typeIn(diagnostic);
  const field = enclosing(source.nodeAt(nameRange), 'field_expression');
  const value = field?.childForFieldName('value') ?? null;
  if (field !== null && value !== null && field.endIndex === nameRange.end) {
    const call = field.parent;
    const called = call?.type === 'call_expression' && call.childForFieldName('function')?.id === field.id;
    const node = called ? call : field;
    return { source, receiver: rangeOf(value), receiverText: value.text, name, nameRange, type, called, node };
  }
  const first = operandBefore(tokens, index - 1);
  const last = tokens[index - 2];
  if (first === null || last === undefined) return null;
  const receiver = { start: first.start, end: last.end };
  const called = tokens[index + 1]?.text === '(';
  return { source, receiver, receiverText: source.slice(receiver), name, nameRange, type, called, node: null };
}

/** "method not found in `T`", "`T` is not an iterator", "… found for struct `T` …", "no field `x` on type `T`". */
function typeIn(diagnostic: Diagnostic): RustType | null {
  const label = diagnostic.spans.find((one) => one.primary)?.label ?? '';
  for (const [text, pattern] of [
    [label, /not found in `([^`]+)`/],
    [label, /^`([^`]+)` is not an iterator/],
    [label, /cannot be called(?: on `([^`]+)`)? due to/],
    [diagnostic.message, /on type `([^`]+)`/],
    [diagnostic.message, /^`([^`]+)` is a primitive type/],
    [diagnostic.message, /^`([^`]+)` is not an iterator/],
    [diagnostic.message, /found for [^`]*`([^`]+)` in the current scope/],
    [diagnostic.message, /exists for [^`]*`([^`]+)`, but/],
  ] as const) {
    const found = pattern.exec(text)?.[1];
    if (found !== undefined) return parseType(found);
  }
  return null;
}

/** A member that the crate declares on a type, by the type's name. */
export function ownMember(input: ProposeInput, source: SourceFile, type: RustType, name: string): Item | null {
  return ownMembers(input, source, type).find((item) => item.name === name) ?? null;
}

/** Fields and methods that the crate declares on a type; none for types of others. */
export function ownMembers(input: ProposeInput, source: SourceFile, type: RustType): readonly Item[] {
  return type.kind === 'path' ? membersOf(type.name, crateOf(source, input)) : [];
}

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

export const ITERATOR: ReadonlySet<string> = words(`
  map filter filter_map flat_map flatten enumerate zip chain rev take skip take_while skip_while step_by fold sum
  product count min max min_by max_by min_by_key max_by_key any all find find_map position for_each collect cloned
  copied peekable scan inspect partition last nth next reduce unzip windowed cycle next_back by_ref`);
const SLICE: ReadonlySet<string> = words(`
  len is_empty iter iter_mut first last get get_mut contains windows chunks join concat to_vec sort sort_by
  sort_by_key sort_unstable reverse swap binary_search split_at starts_with ends_with into_iter first_mut last_mut`);
const VEC: ReadonlySet<string> = words(`push pop insert remove extend truncate clear drain retain append dedup resize
  extend_from_slice as_slice swap_remove`);
const STR: ReadonlySet<string> = words(`
  len is_empty chars bytes as_bytes split lines trim trim_start trim_end to_uppercase to_lowercase starts_with
  ends_with contains find replace parse split_whitespace char_indices to_string repeat split_once strip_prefix
  strip_suffix rfind get to_owned eq_ignore_ascii_case splitn rsplit trim_matches`);
const STRING: ReadonlySet<string> = words('push push_str pop clear insert remove as_str into_bytes truncate');
const MAP: ReadonlySet<string> = words(`
  get get_mut insert remove contains_key entry keys values values_mut iter iter_mut len is_empty clear drain retain`);
const SET: ReadonlySet<string> = words('insert remove contains iter len is_empty union intersection difference clear');
const DEQUE: ReadonlySet<string> = words(`
  push_back push_front pop_back pop_front front back len is_empty iter iter_mut contains clear get front_mut back_mut`);
const HEAP: ReadonlySet<string> = words('push pop peek len is_empty iter into_sorted_vec clear');
const FLOAT: ReadonlySet<string> = words(`
  sqrt powi powf sin cos tan floor ceil round trunc exp ln log10 log2 abs to_degrees to_radians hypot is_nan
  atan2 mul_add cbrt signum fract`);
const INTEGER: ReadonlySet<string> = words(`
  pow abs checked_add checked_sub checked_mul wrapping_add wrapping_sub saturating_sub saturating_add rem_euclid
  count_ones leading_zeros trailing_zeros is_power_of_two signum abs_diff`);
const CHAR: ReadonlySet<string> = words(`
  is_alphabetic is_numeric is_alphanumeric is_whitespace is_uppercase is_lowercase is_ascii_digit is_digit
  is_ascii_alphabetic is_ascii_uppercase is_ascii_lowercase is_ascii_punctuation to_digit to_ascii_uppercase
  to_ascii_lowercase is_ascii_alphanumeric is_control len_utf8`);
/** Methods that need `&mut self`, of std's types. */
export const MUTATING: ReadonlySet<string> = words(`
  push pop insert remove extend truncate clear drain retain append dedup resize push_str push_back push_front pop_back
  pop_front sort sort_by sort_by_key sort_unstable reverse swap iter_mut get_mut entry values_mut first_mut last_mut
  front_mut back_mut take replace get_or_insert_with extend_from_slice swap_remove`);
/** What a program's text calls a type that iterates: the names of std's adapters. */
const ADAPTERS: ReadonlySet<string> = words(`
  Map Filter FilterMap Rev Take Skip Chars CharIndices Bytes Zip Enumerate Chain FlatMap Flatten Cloned Copied
  TakeWhile SkipWhile StepBy MapWhile Scan Inspect Peekable IntoIter Split SplitWhitespace Lines Keys Values Iter
  IterMut ValuesMut Drain Range RangeInclusive Windows Chunks IntoKeys IntoValues ToUppercase ToLowercase`);

export const isAdapter = (type: RustType): boolean => isPath(type, ...ADAPTERS);
export const isFloatMethod = (name: string): boolean => FLOAT.has(name);
export const isCharMethod = (name: string): boolean => CHAR.has(name);
export const isStrMethod = (name: string): boolean => STR.has(name);
export const isSliceMethod = (name: string): boolean => SLICE.has(name);

/** Whether std gives a type such a method, as far as the lists above know. */
export function stdMethod(type: RustType, name: string): boolean {
  if (type.kind === 'ref') return stdMethod(type.of, name);
  if (isStr(type)) return STR.has(name);
  if (type.kind === 'slice' || type.kind === 'array') return SLICE.has(name);
  if (isFloat(type)) return FLOAT.has(name);
  if (isInteger(type)) return INTEGER.has(name);
  if (type.kind !== 'path') return false;
  switch (type.name) {
    case 'String':
      return STR.has(name) || STRING.has(name);
    case 'Vec':
      return SLICE.has(name) || VEC.has(name);
    case 'HashMap':
    case 'BTreeMap':
      return MAP.has(name);
    case 'HashSet':
    case 'BTreeSet':
      return SET.has(name);
    case 'VecDeque':
      return DEQUE.has(name);
    case 'BinaryHeap':
      return HEAP.has(name);
    case 'char':
      return CHAR.has(name);
    default:
      return isAdapter(type) && ITERATOR.has(name);
  }
}
