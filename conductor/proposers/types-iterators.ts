// E0277 about iterating: a number instead of a range, a collection without `.iter()`, items that are references where
// values are gathered, an error that `?` cannot convert.
//
// for i in count { … }         before
// for i in 0..count { … }      after
import type { Node, SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { placeOf } from './support/borrow-facts.ts';
import { sound } from './support/drafts.ts';
import { methodCall, operand } from './support/expressions.ts';
import { enclosingFunction, returnTypeOf } from './support/functions.ts';
import { quotedParts } from './support/mismatch.ts';
import { rust } from './support/rust.ts';
import { isCopy, isInteger, isPath, matches, parseType, type RustType } from './support/rust-type.ts';

export const typesIterators: Proposer = {
  name: 'types-iterators',
  codes: ['E0277', 'E0599'],
  propose(input) {
    return sound([...notAnIterator(input), ...collected(input), ...questionMark(input)]);
  },
  examples: [
    {
      title: 'a number is no range',
      before: rust`
        pub fn stars(n: usize) -> String {
            let mut out = String::new();
            for _ in n {
                out.push('*');
            }
            out
        }
      `,
      after: rust`
        pub fn stars(n: usize) -> String {
            let mut out = String::new();
            for _ in 0..n {
                out.push('*');
            }
            out
        }
      `,
      within: 1,
    },
    {
      title: 'an iterator that is read on later',
      before: rust`
        pub fn leading<I: Iterator<Item = u8>>(mut digits: I) -> (usize, usize) {
            let mut zeros = 0;
            for digit in &digits {
                if digit != b'0' {
                    break;
                }
                zeros += 1;
            }
            (zeros, digits.count())
        }
      `,
      after: rust`
        pub fn leading<I: Iterator<Item = u8>>(mut digits: I) -> (usize, usize) {
            let mut zeros = 0;
            for digit in &mut digits {
                if digit != b'0' {
                    break;
                }
                zeros += 1;
            }
            (zeros, digits.count())
        }
      `,
      within: 1,
    },
    {
      title: 'adapters need an iterator',
      before: rust`
        pub fn double(values: Vec<i32>) -> Vec<i32> {
            values.map(|v| v * 2).collect()
        }
      `,
      after: rust`
        pub fn double(values: Vec<i32>) -> Vec<i32> {
            values.iter().map(|v| v * 2).collect()
        }
      `,
      within: 1,
    },
    {
      title: 'characters of a text',
      before: rust`
        pub fn vowels(word: &str) -> usize {
            let mut n = 0;
            for c in word {
                if "aeiou".contains(c) {
                    n += 1;
                }
            }
            n
        }
      `,
      after: rust`
        pub fn vowels(word: &str) -> usize {
            let mut n = 0;
            for c in word.chars() {
                if "aeiou".contains(c) {
                    n += 1;
                }
            }
            n
        }
      `,
      within: 1,
    },
    {
      title: 'gathers values, not references',
      before: rust`
        pub fn evens(values: &[i32]) -> Vec<i32> {
            values.iter().filter(|v| *v % 2 == 0).collect()
        }
      `,
      after: rust`
        pub fn evens(values: &[i32]) -> Vec<i32> {
            values.iter().filter(|v| *v % 2 == 0).copied().collect()
        }
      `,
      within: 1,
    },
    {
      title: 'an error of another type',
      before: rust`
        pub fn parse(text: &str) -> Result<i32, String> {
            let n = text.parse::<i32>()?;
            Ok(n)
        }
      `,
      after: rust`
        pub fn parse(text: &str) -> Result<i32, String> {
            let n = text.parse::<i32>().map_err(|e| e.to_string())?;
            Ok(n)
        }
      `,
      within: 1,
    },
  ],
};

const ADAPTERS = [
  'map',
  'filter',
  'enumerate',
  'zip',
  'rev',
  'sum',
  'fold',
  'any',
  'all',
  'max',
  'min',
  'count',
  'take',
  'skip',
  'filter_map',
  'for_each',
  'collect',
  'position',
  'find',
  'chain',
  'flat_map',
  'cloned',
  'copied',
  'max_by_key',
  'min_by_key',
  'max_by',
  'min_by',
];

/** "`T` is not an iterator", in a `for` and before an adapter. */
function notAnIterator(input: ProposeInput): Draft[] {
  const named = quotedParts(input.diagnostic.message);
  const about =
    input.diagnostic.message.includes('is not an iterator') ||
    (input.diagnostic.code === 'E0599' && ADAPTERS.includes(named[0] ?? ''));
  if (!about) return [];
  const drafts: Draft[] = [];
  for (const place of input.diagnostic.spans.filter((span) => span.primary).flatMap((span) => placeOf(input, span))) {
    const { source } = place;
    const call = place.node?.parent?.type === 'field_expression' ? methodCall(place.node.parent.parent ?? null) : null;
    const node = call?.receiver ?? place.node;
    const text = named.find((part) => part !== call?.name.text) ?? '';
    const found = parseType(text);
    if (node === null) continue;
    const replace = (title: string, written: string, agreement: number, idiom = 0): void => {
      const edits = [source.edit(node.startIndex, node.endIndex, written)];
      drafts.push({ title, edits, features: { agreement, ...(idiom > 0 ? { idiom } : {}) } });
    };
    if (found !== null && isInteger(bare(found))) {
      replace('Count up to it', `0..${found.kind === 'ref' ? '*' : ''}${operand(node.text)}`, 1);
    } else if (found !== null && isPath(bare(found), 'str', 'String')) {
      replace('Its characters', `${node.text}.chars()`, 1);
      replace('Its lines', `${node.text}.lines()`, 0.2);
    } else if (node.type === 'reference_expression' && found?.kind === 'ref' && !found.mutable) {
      // What is generic may be an iterator itself: then it is one behind `&mut`, and goes on where it stopped.
      const value = node.childForFieldName('value')?.text ?? '';
      const again = readAgain(source, node, value);
      if (again) replace('Take from it', `&mut ${value}`, 1, 1);
      replace('Iterate over it', `${operand(value)}.iter()`, 1);
    } else {
      replace('Iterate over it', `${node.text}.iter()`, 1);
      replace('Iterate over its values', `${node.text}.into_iter()`, 0.5);
    }
  }
  return drafts;
}

/** Whether a value is used after a place in its function: what is moved there would be missed. */
function readAgain(source: SourceFile, node: Node, value: string): boolean {
  const body = enclosingFunction(source, node)?.body ?? null;
  if (body === null || !/^[\w.]+$/.test(value)) return false;
  return new RegExp(`\\b${value.replaceAll('.', '\\.')}\\b`).test(source.text.slice(node.endIndex, body.endIndex));
}

function bare(type: RustType): RustType {
  return type.kind === 'ref' ? bare(type.of) : type;
}

/** "a value of type `Vec<T>` cannot be built from an iterator over elements of type `&T`". */
function collected(input: ProposeInput): Draft[] {
  const [whole, item] = quotedParts(input.diagnostic.message);
  if (whole === undefined || item === undefined || !/cannot be (?:built|made)/.test(input.diagnostic.message))
    return [];
  const [to, from] = [parseType(whole), parseType(item)];
  if (to === null || from?.kind !== 'ref') return [];
  const wanted = to.kind === 'path' ? to.args[0] : undefined;
  const text = isPath(wanted, 'String') && isPath(from.of, 'str');
  if (wanted === undefined || !(text || matches(from.of, wanted) || isPath(to, 'i32'))) return [];
  const method = text ? '.map(|s| s.to_string())' : isCopy(from.of) ? '.copied()' : '.cloned()';
  return input.diagnostic.spans
    .filter((span) => span.primary)
    .flatMap((span) => placeOf(input, span))
    .flatMap((place) => {
      const name = place.source.root.namedDescendantForIndex(place.range.start, place.range.end);
      const call = callNamed(name);
      if (call === null) return [];
      return [
        {
          title: `Gather values (\`${method}\`)`,
          edits: [place.source.insert(call.receiver.endIndex, method)],
          features: { agreement: 1 },
        },
      ];
    });
}

function callNamed(name: Node | null): ReturnType<typeof methodCall> {
  for (let at = name; at !== null; at = at.parent) {
    const call = methodCall(at);
    if (call !== null) return call.name.text === 'collect' || call.name.text === 'sum' ? call : null;
    if (at.type === 'block') return null;
  }
  return null;
}

/** "`?` couldn't convert the error to `E`": the error as text, where text is wanted. */
function questionMark(input: ProposeInput): Draft[] {
  if (!input.diagnostic.message.includes("couldn't convert the error")) return [];
  return input.diagnostic.spans
    .filter((span) => span.primary)
    .flatMap((span) => placeOf(input, span))
    .flatMap(({ source, range }) => {
      const at = source.text.lastIndexOf('?', range.end - 1);
      const fn = enclosingFunction(source, source.nodeAt(range));
      const result = fn === null ? null : returnTypeOf(fn);
      const error = isPath(result, 'Result') && result.kind === 'path' ? result.args[1] : undefined;
      if (at < range.start || !isPath(error, 'String')) return [];
      return [
        {
          title: 'The error as text',
          edits: [source.insert(at, '.map_err(|e| e.to_string())')],
          features: { agreement: 0.9 },
        },
      ];
    });
}
