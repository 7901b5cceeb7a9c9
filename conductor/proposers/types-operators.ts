// E0277 and E0369 between operands of different types, and E0277 for an index that is no `usize`: one side is converted
// to the other, a reference is dropped or added.
//
// let mean = sum / count;                     before (f64 / usize)
// let mean = sum / count as f64;              after
import type { Node } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { type Conversion, convert, fitted, siteOf } from './support/conversions.ts';
import { sound } from './support/drafts.ts';
import { operand, receiver, shortenExpression } from './support/expressions.ts';
import { expectation, type Mismatch, mismatchOf, operandTypes, quotedParts } from './support/mismatch.ts';
import { numericLiteral } from './support/numbers.ts';
import { strip } from './support/references.ts';
import { allRules } from './support/rules.ts';
import { rust } from './support/rust.ts';
import {
  bits,
  isCopy,
  isFloat,
  isNumber,
  isText,
  matches,
  parseType,
  type RustType,
  writeType,
} from './support/rust-type.ts';

const USIZE = parseType('usize') as RustType;

export const typesOperators: Proposer = {
  name: 'types-operators',
  codes: ['E0277', 'E0369', 'E0308'],
  propose(input) {
    return sound([...indices(input), ...operators(input), ...otherOperand(input)]);
  },
  examples: [
    {
      title: 'a count divides a sum of floats',
      before: rust`
        pub fn mean(values: &[f64]) -> f64 {
            let sum: f64 = values.iter().sum();
            sum / values.len()
        }
      `,
      after: rust`
        pub fn mean(values: &[f64]) -> f64 {
            let sum: f64 = values.iter().sum();
            sum / values.len() as f64
        }
      `,
      within: 1,
    },
    {
      title: 'a float literal in a sum of integers becomes the cast of the other side',
      before: rust`
        pub fn half(n: i32) -> f64 {
            n / 2.0
        }
      `,
      after: rust`
        pub fn half(n: i32) -> f64 {
            n as f64 / 2.0
        }
      `,
      within: 1,
    },
    {
      title: 'integer literals beside a float, all of the term',
      before: rust`
        pub fn fahrenheit(celsius: f64) -> f64 {
            celsius * 9 / 5 + 32.0
        }
      `,
      after: rust`
        pub fn fahrenheit(celsius: f64) -> f64 {
            celsius * 9.0 / 5.0 + 32.0
        }
      `,
      within: 1,
    },
    {
      title: 'a reference is compared with a value',
      before: rust`
        pub fn count(values: &[i32], wanted: i32) -> usize {
            values.iter().filter(|v| *v == wanted).count()
        }
      `,
      after: rust`
        pub fn count(values: &[i32], wanted: i32) -> usize {
            values.iter().filter(|v| **v == wanted).count()
        }
      `,
      within: 2,
    },
    {
      title: 'an index of another type',
      before: rust`
        pub fn pick(values: &[u8], at: i32) -> u8 {
            values[at]
        }
      `,
      after: rust`
        pub fn pick(values: &[u8], at: i32) -> u8 {
            values[at as usize]
        }
      `,
      within: 1,
    },
    {
      title: 'a range of another type',
      before: rust`
        pub fn part(values: &[u8], from: u32, to: u32) -> &[u8] {
            &values[from..to]
        }
      `,
      after: rust`
        pub fn part(values: &[u8], from: u32, to: u32) -> &[u8] {
            &values[from as usize..to as usize]
        }
      `,
      within: 1,
    },
    {
      title: 'the left side of a comparison is the narrower one',
      before: rust`
        pub fn fits(len: u8, room: usize) -> bool {
            len < room
        }
      `,
      after: rust`
        pub fn fits(len: u8, room: usize) -> bool {
            (len as usize) < room
        }
      `,
      within: 2,
    },
    {
      title: 'two borrowed texts are joined',
      before: rust`
        pub fn full(first: &str, last: &str) -> String {
            first + last
        }
      `,
      after: rust`
        pub fn full(first: &str, last: &str) -> String {
            first.to_string() + last
        }
      `,
      within: 1,
    },
    {
      title: 'every operand of a sum of mixed widths',
      before: rust`
        pub fn total(base: u64, extra: u32) -> u64 {
            base + extra
        }
      `,
      after: rust`
        pub fn total(base: u64, extra: u32) -> u64 {
            base + extra as u64
        }
      `,
      within: 1,
    },
  ],
};

/** E0277 and E0369: both operand types stand in the message. */
function operators(input: ProposeInput): Draft[] {
  const types = operandTypes(input.diagnostic) ?? addedTypes(input);
  if (types === null) return [];
  const drafts: Draft[] = [];
  for (const { source, left, right } of expressionsAt(input)) {
    const literals = isFloat(strip(types.left)) !== isFloat(strip(types.right)) ? integersIn(termOf(left)) : [];
    const edits = literals.flatMap((node) => {
      const text = numericLiteral(node.text, { kind: 'literal', of: 'float' });
      return text === null ? [] : [source.edit(node.startIndex, node.endIndex, text)];
    });
    if (edits.length > 1 && literals.some((node) => node.equals(left) || node.equals(right))) {
      drafts.push({ title: 'Float literals throughout', edits, features: { agreement: 1, repeats: edits.length } });
    }
    drafts.push(
      ...sides(
        input,
        mismatchOf(source, left, types.right, types.left),
        mismatchOf(source, right, types.left, types.right),
        types.operator,
      ),
    );
  }
  return drafts;
}

/** E0308 on the right operand: the left one may be the wrong one. */
function otherOperand(input: ProposeInput): Draft[] {
  if (input.diagnostic.code !== 'E0308') return [];
  const drafts: Draft[] = [];
  for (const span of input.diagnostic.spans.filter((one) => one.primary)) {
    const source = input.source(span.file);
    const types = expectation(span.label);
    if (source === null || types === null) continue;
    const { expected, found } = types;
    const range = source.range(span);
    const node = source.nodeAt(range);
    const parent = node.parent?.type === 'binary_expression' ? node.parent : null;
    const left = parent?.childForFieldName('left');
    if (!left || !parent?.childForFieldName('right')?.equals(node)) continue;
    const one = mismatchOf(source, left, found, expected);
    drafts.push(...towards(input, one).map((conversion) => draftOf(one, conversion, 0.6)));
  }
  return drafts;
}

interface Operation {
  readonly source: Mismatch['source'];
  readonly left: Node;
  readonly right: Node;
}

/** The binary expression whose operator the primary span is. */
function expressionsAt(input: ProposeInput): Operation[] {
  return input.diagnostic.spans
    .filter((span) => span.primary)
    .flatMap((span) => {
      const source = input.source(span.file);
      if (source === null) return [];
      const range = source.range(span);
      const token = source.root.descendantForIndex(range.start, Math.max(range.start, range.end - 1));
      const node = token?.parent ?? null;
      const left = node?.childForFieldName('left');
      const right = node?.childForFieldName('right');
      return left && right ? [{ source, left, right }] : [];
    });
}

const ARITHMETIC = ['+', '-', '*', '/', '%'];

/** The whole arithmetic expression that an operand is part of. */
function termOf(node: Node): Node {
  let top = node;
  for (let at = node.parent; at !== null; at = at.parent) {
    const arithmetic =
      at.type === 'binary_expression' && ARITHMETIC.includes(at.childForFieldName('operator')?.text ?? '');
    if (!arithmetic && at.type !== 'parenthesized_expression' && at.type !== 'unary_expression') break;
    top = at;
  }
  return top;
}

/** Integer literals that are operands themselves, not inside calls or indices. */
function integersIn(term: Node): Node[] {
  if (term.type === 'integer_literal') return [term];
  if (!['binary_expression', 'parenthesized_expression', 'unary_expression'].includes(term.type)) return [];
  return term.namedChildren.flatMap((child) => (child === null ? [] : integersIn(child)));
}

/** E0369's "cannot add `X` to `Y`" with a label on each operand. */
function addedTypes(input: ProposeInput): { left: RustType; right: RustType; operator: string } | null {
  if (input.diagnostic.code !== 'E0369') return null;
  const labelled = input.diagnostic.spans
    .filter((span) => !span.primary && span.label !== null)
    .sort((a, b) => a.start - b.start)
    .map((span) => parseType(span.label ?? '') ?? parseType(quotedParts(span.label ?? '')[0] ?? ''));
  const [left, right] = labelled;
  return left && right ? { left, right, operator: '+' } : null;
}

function sides(input: ProposeInput, left: Mismatch, right: Mismatch, operator: string): Draft[] {
  if (operator === '+' && isText(left.found)) return joined(left, right);
  const drafts: Draft[] = [];
  const narrow = leftIsNarrower(left.found, right.found);
  const toLeft = towards(input, right).map((conversion) => draftOf(right, conversion, narrow ? 0.5 : 1));
  const toRight =
    operator.endsWith('=') && !['==', '!=', '<=', '>='].includes(operator)
      ? []
      : towards(input, left).map((conversion) => draftOf(left, conversion, narrow ? 1 : 0.5));
  for (let i = 0; i < Math.max(toLeft.length, toRight.length); i += 1) {
    const pair = narrow ? [toRight[i], toLeft[i]] : [toLeft[i], toRight[i]];
    for (const draft of pair) if (draft !== undefined) drafts.push(draft);
  }
  return drafts;
}

/** Floats win over integers, wide over narrow, values over references; an open literal gives way. */
function leftIsNarrower(left: RustType, right: RustType): boolean {
  const [a, b] = [strip(left), strip(right)];
  if (isCopy(a) && matches(a, b)) return left.kind === 'ref';
  if (!isNumber(a) || !isNumber(b)) return false;
  if (isFloat(a) !== isFloat(b)) return isFloat(b);
  if (a.kind === 'literal' || b.kind === 'literal') return a.kind === 'literal';
  return bits(a) < bits(b);
}

function towards(input: ProposeInput, one: Mismatch): Conversion[] {
  if (one.found.kind === 'ref' && isCopy(strip(one.found)) && matches(strip(one.found), strip(one.expected))) {
    let stars = '';
    for (let type: RustType = one.found; type.kind === 'ref' && !matches(type, one.expected); type = type.of)
      stars += '*';
    if (stars !== '') return [{ title: 'Dereference', text: `${stars}${operand(one.text)}`, agreement: 1 }];
  }
  return convert(allRules, siteOf(allRules, input, one)).filter(
    (conversion) => conversion.title !== 'Remove the wrapper',
  );
}

function draftOf(one: Mismatch, conversion: Conversion, weight: number): Draft {
  return {
    title: `${conversion.title}: \`${shortenExpression(one.text)}\` → \`${shortenExpression(conversion.text)}\``,
    edits: [one.source.edit(one.range.start, one.range.end, fitted(one, conversion.text))],
    flags: conversion.flags ?? [],
    features: { agreement: (conversion.agreement ?? 0.5) * weight },
  };
}

/** `&str + …` needs an owned left side, `String + …` a borrowed right one. */
function joined(left: Mismatch, right: Mismatch): Draft[] {
  const edits: Draft['edits'][number][] = [];
  if (left.found.kind === 'ref')
    edits.push(left.source.edit(left.range.start, left.range.end, `${receiver(left.text)}.to_string()`));
  if (isNumber(right.found) || writeType(right.found) === 'char') {
    edits.push(right.source.edit(right.range.start, right.range.end, `&${receiver(right.text)}.to_string()`));
  } else if (writeType(right.found) === 'String') {
    edits.push(right.source.edit(right.range.start, right.range.end, `&${operand(right.text)}`));
  }
  const drafts: Draft[] =
    edits.length === 0 ? [] : [{ title: 'Own the left text, borrow the right', edits, features: { agreement: 1 } }];
  const format = left.source.edit(left.range.start, right.range.end, `format!("{}{}", ${left.text}, ${right.text})`);
  return [...drafts, { title: 'Join with `format!`', edits: [format], features: { agreement: 0.5 } }];
}

/** "the type `[T]` cannot be indexed by `i32`": the index, or both ends of a range. */
function indices(input: ProposeInput): Draft[] {
  const [, index] = quotedParts(input.diagnostic.message);
  if (
    input.diagnostic.code !== 'E0277' ||
    index === undefined ||
    !input.diagnostic.message.includes('cannot be indexed by')
  )
    return [];
  const type = parseType(index);
  if (type === null) return [];
  const ends = type.kind === 'path' && type.name.startsWith('Range') ? (type.args[0] ?? null) : null;
  return input.diagnostic.spans
    .filter((span) => span.primary)
    .flatMap((span) => {
      const source = input.source(span.file);
      if (source === null) return [];
      const node = source.nodeAt(source.range(span));
      const isRange = node.type === 'range_expression';
      const nodes = isRange ? node.namedChildren.filter((child): child is Node => child !== null) : [node];
      const found = ends ?? type;
      const parts = nodes.map((part) => mismatchOf(source, part, USIZE, found));
      const edits = parts.flatMap((one) => {
        const conversion = towards(input, one)[0];
        return conversion === undefined
          ? []
          : [source.edit(one.range.start, one.range.end, fitted(one, conversion.text))];
      });
      return edits.length === 0
        ? []
        : [{ title: 'Index with `usize`', edits, features: { agreement: 1, repeats: edits.length } }];
    });
}
