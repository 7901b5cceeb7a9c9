// E0308 between numeric types: a literal of the wanted type, else a cast, through references where there are some.
//
// let half: f64 = 1;                     before
// let half: f64 = 1.0;                   after
import { descendants, type Node } from '../../tools/index/source.ts';
import type { ProposeInput, Proposer } from '../types.ts';
import { rewriteMismatch } from './support/conversions.ts';
import { sound } from './support/drafts.ts';
import { enclosingFunction, leavesFunction } from './support/functions.ts';
import { type Mismatch, mismatches } from './support/mismatch.ts';
import { numberRules } from './support/numbers.ts';
import { mismatchesWithin } from './support/operations.ts';
import { allRules } from './support/rules.ts';
import { rust } from './support/rust.ts';
import { isNumber, widens } from './support/rust-type.ts';

export const typesNumbers: Proposer = {
  name: 'types-numbers',
  codes: ['E0308'],
  propose(input) {
    return sound(
      mismatches(input).flatMap((one) => {
        // types-operands casts the operands.
        if (mismatchesWithin(input, one).length > 0) return [];
        const drafts = rewriteMismatch(input, one, numberRules, allRules);
        if (!atPublicEnd(input, one)) return drafts;
        return drafts.map((draft) => ({ ...draft, flags: [...(draft.flags ?? []), 'guesses' as const] }));
      }),
    );
  },
  examples: [
    {
      title: 'an integer literal for a float',
      before: rust`
        pub fn area(radius: f64) -> f64 {
            if radius < 0 {
                return 0;
            }
            3.14 * radius * radius
        }
      `,
      after: rust`
        pub fn area(radius: f64) -> f64 {
            if radius < 0.0 {
                return 0.0;
            }
            3.14 * radius * radius
        }
      `,
      within: 1,
    },
    {
      title: 'casts a length',
      before: rust`
        pub fn count(words: &[String]) -> u32 {
            words.len()
        }
      `,
      after: rust`
        pub fn count(words: &[String]) -> u32 {
            words.len() as u32
        }
      `,
      within: 1,
    },
    {
      title: 'parentheses before `<`',
      before: rust`
        pub fn short(len: u8, limit: usize) -> bool {
            let limit: usize = limit;
            limit > len && len < 9
        }
      `,
      after: rust`
        pub fn short(len: u8, limit: usize) -> bool {
            let limit: usize = limit;
            limit > len as usize && len < 9
        }
      `,
      within: 1,
    },
    {
      title: 'a sum is cast as a whole',
      before: rust`
        pub fn mean(values: &[i64]) -> f64 {
            let total: f64 = values[0] + values[1];
            total / 2.0
        }
      `,
      after: rust`
        pub fn mean(values: &[i64]) -> f64 {
            let total: f64 = (values[0] + values[1]) as f64;
            total / 2.0
        }
      `,
      within: 1,
    },
    {
      title: 'through a reference',
      before: rust`
        pub fn widen(values: &[u8]) -> u64 {
            let mut sum = 0u64;
            for v in values {
                let wide: u64 = v;
                sum += wide;
            }
            sum
        }
      `,
      after: rust`
        pub fn widen(values: &[u8]) -> u64 {
            let mut sum = 0u64;
            for v in values {
                let wide: u64 = *v as u64;
                sum += wide;
            }
            sum
        }
      `,
      within: 1,
    },
    {
      title: 'a suffix that says another type',
      before: rust`
        pub fn limit() -> u64 {
            10u32
        }
      `,
      after: rust`
        pub fn limit() -> u64 {
            10u64
        }
      `,
      within: 1,
    },
  ],
};

/**
 * A cast that may lose bits, of what a public function of a library hands out: as likely the declared type is the slip, and
 * nothing inside tells.
 */
function atPublicEnd(input: ProposeInput, { source, node, expected, found }: Mismatch): boolean {
  const fn = enclosingFunction(source, node);
  if (node === null || fn === null || !isNumber(expected) || found.kind !== 'path' || widens(found, expected))
    return false;
  if (!fn.node.text.startsWith('pub ') || !leavesFunction(node, fn.body)) return false;
  return !input.files.some((file) => {
    const root = input.source(file)?.root;
    return root !== undefined && descendants(root, 'function_item').some((item) => nameOf(item) === 'main');
  });
}

const nameOf = (item: Node): string => item.childForFieldName('name')?.text ?? '';
