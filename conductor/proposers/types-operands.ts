// E0308 of an operation whose operands are numbers of several types, none of them the wanted one throughout: the operands are
// cast, each where it is used, and not the result, which would be computed in the wrong type.
//
// fn size(a: u32, b: u64) -> u64 { a * b }            before
// fn size(a: u32, b: u64) -> u64 { a as u64 * b }     after
//
// Quotients that are to be floats are types-mixed's.
import type { Edit } from '../../schemas/types.ts';
import type { Node } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { fitted } from './support/conversions.ts';
import { sound } from './support/drafts.ts';
import { cast } from './support/expressions.ts';
import { type Mismatch, mismatches, mismatchOf } from './support/mismatch.ts';
import { numericLiteral } from './support/numbers.ts';
import { arithmetic, mismatchesWithin, operandsOf } from './support/operations.ts';
import { rust } from './support/rust.ts';
import { isNumber, matches, type RustType, writeType } from './support/rust-type.ts';

export const typesOperands: Proposer = {
  name: 'types-operands',
  codes: ['E0308'],
  propose(input) {
    return sound(mismatches(input).flatMap((one) => throughout(input, one)));
  },
  examples: [
    {
      title: 'the operand that is too narrow',
      before: rust`
        pub fn size(width: u32, height: u64) -> u64 {
            width * height
        }
      `,
      after: rust`
        pub fn size(width: u32, height: u64) -> u64 {
            width as u64 * height
        }
      `,
      within: 1,
    },
    {
      title: 'two integers that make a float',
      before: rust`
        pub fn energy(mass: u32, speed: i64) -> f64 {
            mass * speed
        }
      `,
      after: rust`
        pub fn energy(mass: u32, speed: i64) -> f64 {
            mass as f64 * speed as f64
        }
      `,
      within: 1,
    },
    {
      title: 'a length in a term of signed numbers',
      before: rust`
        pub fn offset(rows: &[i64], step: i32) -> i64 {
            let shift: i64 = step + rows.len();
            shift * 2
        }
      `,
      after: rust`
        pub fn offset(rows: &[i64], step: i32) -> i64 {
            let shift: i64 = step as i64 + rows.len() as i64;
            shift * 2
        }
      `,
      within: 1,
    },
  ],
};

/** Every operand in the wanted type; nothing where the operands agree among themselves. */
function throughout(input: ProposeInput, one: Mismatch): Draft[] {
  const inner = mismatchesWithin(input, one);
  const wanted = writeType(one.expected);
  const whole = arithmetic(one.node);
  if (inner.length === 0 || wanted === null || whole === null || one.expected.kind !== 'path') return [];
  const edits = operandsOf(whole).flatMap((node) => written(one, inner, node));
  if (edits.length === 0) return [];
  return [{ title: `Compute in \`${wanted}\``, edits, features: { agreement: 1, repeats: edits.length, idiom: 1 } }];
}

function written(one: Mismatch, inner: readonly Mismatch[], node: Node): Edit[] {
  const told = inner.find((other) => other.range.start === node.startIndex && other.range.end === node.endIndex);
  const type: RustType = told?.found ?? one.found;
  const wanted = writeType(one.expected) as string;
  if (!isNumber(type) || (type.kind === 'path' && matches(type, one.expected))) return [];
  const literal = numericLiteral(node.text, one.expected);
  if (literal === node.text) return [];
  const text = literal ?? fitted(mismatchOf(one.source, node, one.expected, type), cast(node.text, wanted));
  return [one.source.edit(node.startIndex, node.endIndex, text)];
}
