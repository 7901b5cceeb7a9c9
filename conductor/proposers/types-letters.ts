// E0369 of arithmetic with characters: as in C, the distance of a letter and the letter so many further. The whole term is
// taken in bytes, or in code points where a wide number is wanted.
//
// (c - 'a' + k) % 26 + 'a'                               before
// ((c as u8 - b'a' + k) % 26 + b'a') as char             after
import type { Node, SourceFile } from '../../tools/index/source.ts';
import type { Draft, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { operand } from './support/expressions.ts';
import { enclosingFunction } from './support/functions.ts';
import { rust } from './support/rust.ts';

export const typesLetters: Proposer = {
  name: 'types-letters',
  codes: ['E0369'],
  propose(input) {
    const span = input.diagnostic.spans.find((one) => one.primary);
    const source = span === undefined ? null : input.source(span.file);
    if (span === undefined || source === null) return [];
    const letters = input.diagnostic.spans.filter((one) => !one.primary && /^`?&*char`?$/.test(one.label ?? ''));
    if (letters.length === 0 || !/^cannot (?:add|subtract)/.test(input.diagnostic.message)) return [];
    const range = source.range(span);
    const node = source.root.descendantForIndex(range.start, Math.max(range.start, range.end - 1))?.parent ?? null;
    if (node?.type !== 'binary_expression') return [];
    const known = letters.map((one) => source.range(one));
    return sound(terms(source, node, known));
  },
  examples: [
    {
      title: 'a letter that is shifted',
      before: rust`
        pub fn shift(c: char, k: u8) -> char {
            (c - 'a' + k) % 26 + 'a'
        }
      `,
      after: rust`
        pub fn shift(c: char, k: u8) -> char {
            ((c as u8 - b'a' + k) % 26 + b'a') as char
        }
      `,
    },
    {
      title: 'the value of a digit',
      before: rust`
        pub fn sum(text: &str) -> u32 {
            let mut total = 0;
            for c in text.chars() {
                total += c - '0';
            }
            total
        }
      `,
      after: rust`
        pub fn sum(text: &str) -> u32 {
            let mut total = 0;
            for c in text.chars() {
                total += c as u32 - '0' as u32;
            }
            total
        }
      `,
    },
    {
      title: 'a place in the alphabet',
      before: rust`
        pub fn slot(counts: &mut [u32], c: char) {
            counts[c - 'a'] += 1;
        }
      `,
      after: rust`
        pub fn slot(counts: &mut [u32], c: char) {
            counts[(c as u8 - b'a') as usize] += 1;
        }
      `,
      within: 1,
    },
  ],
};

const ARITHMETIC: readonly string[] = ['+', '-', '*', '/', '%'];

function terms(source: SourceFile, node: Node, known: readonly { start: number; end: number }[]): Draft[] {
  let top = node;
  for (let at = node.parent; at !== null; at = at.parent) {
    const arithmetic =
      at.type === 'binary_expression' && ARITHMETIC.includes(at.childForFieldName('operator')?.text ?? '');
    if (arithmetic) top = at;
    else if (at.type !== 'parenthesized_expression') break;
  }
  const isKnown = (one: Node): boolean =>
    known.some(({ start, end }) => one.startIndex === start && one.endIndex === end);
  const names = new Set(known.map(({ start, end }) => source.slice({ start, end })));
  const write = (one: Node, type: 'u8' | 'u32'): string => {
    if (one.type === 'char_literal') return type === 'u8' ? `b${one.text}` : `${one.text} as u32`;
    if (isKnown(one) || (one.type === 'identifier' && names.has(one.text))) return `${operand(one.text)} as ${type}`;
    if (one.type !== 'binary_expression' && one.type !== 'parenthesized_expression') return one.text;
    let out = one.text;
    for (const child of [...one.namedChildren].reverse()) {
      if (child === null) continue;
      const [start, end] = [child.startIndex - one.startIndex, child.endIndex - one.startIndex];
      out = out.slice(0, start) + write(child, type) + out.slice(end);
    }
    return out;
  };
  const put = (title: string, text: string, agreement: number): Draft => ({
    title,
    edits: [source.edit(top.startIndex, top.endIndex, text)],
    features: { agreement },
  });
  const wanted = wantedOf(source, top);
  const asBytes = write(top, 'u8');
  const asPoints = write(top, 'u32');
  if (wanted === 'index') return [put('In bytes', `(${asBytes}) as usize`, 1), put('In bytes', asBytes, 0.3)];
  const whole = (type: string): Draft =>
    put(`In bytes, as \`${type}\``, `(${asBytes}) as ${type}`, wanted === type ? 1 : 0.4);
  // What ends in `+ 'a'` is a letter again.
  const right = top.childForFieldName('right');
  const letter =
    top.childForFieldName('operator')?.text === '+' &&
    (right?.type === 'char_literal' || right?.type === 'integer_literal');
  const byte = [put('In bytes', asBytes, wanted === 'u8' ? 1 : 0.6)];
  const point = [put('In code points', asPoints, wanted === 'u32' ? 1 : 0.8)];
  if (letter || wanted === 'char') return [whole('char'), ...byte];
  if (wanted !== null && /^(?:usize|i32|i64|u64|u16|f64)$/.test(wanted)) return [whole(wanted), ...byte];
  return [...point, ...byte, whole('usize'), whole('i32')];
}

/** The type that the term's place says: an index, a binding's, or the function's result at its end. */
function wantedOf(source: SourceFile, top: Node): string | null {
  const parent = top.parent?.type === 'parenthesized_expression' ? top.parent.parent : top.parent;
  if (parent?.type === 'index_expression') return 'index';
  if (parent?.type === 'let_declaration') return parent.childForFieldName('type')?.text ?? null;
  if (parent?.type === 'block') return enclosingFunction(source, top)?.returnType?.text ?? null;
  return null;
}
