// E0368, E0369, E0277, E0600, E0308: a number in quotes, where it is counted with. It leaves them at the operator or where the binding
// starts.
//
// let mut seen = "0";  …  seen += 1;      before
// let mut seen = 0;    …  seen += 1;      after
//
// Where a mismatch stands at the literal itself types-numbers does the same.
import { enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Proposer } from '../types.ts';
import { placeOf } from './support/borrow-facts.ts';
import { sound } from './support/drafts.ts';
import { namedChildren } from './support/expressions.ts';
import { localAt } from './support/locals.ts';
import { rust } from './support/rust.ts';

/** Text or a letter that reads as a number of some type. */
const QUOTED = /^b?(["'])(\d[\d_]*(?:\.\d+)?(?:[iu](?:8|16|32|64|128|size)|f32|f64)?)\1$/;

export const typesQuoted: Proposer = {
  name: 'types-quoted',
  codes: ['E0368', 'E0369', 'E0277', 'E0600', 'E0308'],
  propose(input) {
    const literals = new Map<number, { readonly source: SourceFile; readonly node: Node }>();
    for (const span of input.diagnostic.spans.filter((one) => one.primary))
      for (const { source, range } of placeOf(input, span)) {
        const at = source.nodeAt(range);
        const around = enclosing(at, 'binary_expression', 'compound_assignment_expr', 'unary_expression');
        const operands = around === null ? [at] : [at, ...namedChildren(around)];
        for (const operand of operands) {
          const local = operand.type === 'identifier' ? localAt(source, operand) : null;
          for (const node of [operand, local?.value ?? null])
            if (node !== null && QUOTED.test(node.text)) literals.set(node.startIndex, { source, node });
        }
      }
    return sound(
      [...literals.values()].map(({ source, node }) => {
        const number = QUOTED.exec(node.text)?.[2] ?? '';
        return {
          title: `\`${number}\` without quotes`,
          edits: [source.edit(node.startIndex, node.endIndex, number)],
          features: { agreement: 1, idiom: input.diagnostic.code === 'E0308' ? 0 : 1 },
        };
      }),
    );
  },
  examples: [
    {
      title: 'a counter that starts in quotes',
      before: rust`
        pub fn count(all: &[Option<u8>]) -> usize {
            let mut seen = "0";
            for one in all {
                if one.is_some() {
                    seen += 1;
                }
            }
            seen
        }
      `,
      after: rust`
        pub fn count(all: &[Option<u8>]) -> usize {
            let mut seen = 0;
            for one in all {
                if one.is_some() {
                    seen += 1;
                }
            }
            seen
        }
      `,
      within: 1,
    },
    {
      title: 'an operand with a suffix',
      before: rust`
        pub fn before(at: isize) -> isize {
            at + -"1isize"
        }
      `,
      after: rust`
        pub fn before(at: isize) -> isize {
            at + -1isize
        }
      `,
      within: 1,
    },
  ],
};
