// E0308 of conditions: an option or result where a bool is asked for, whose value the branch then uses.
//
// if found { take(found) }                    before, where `found` is an Option
// if let Some(found) = found { take(found) }  after
import { descendants, type Node } from '../../tools/index/source.ts';
import type { Draft, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { mismatches } from './support/mismatch.ts';
import { rust } from './support/rust.ts';
import { isPath } from './support/rust-type.ts';

export const typesConditions: Proposer = {
  name: 'types-conditions',
  codes: ['E0308'],
  propose: (input) =>
    sound(
      mismatches(input).flatMap(({ source, node, expected, found }): Draft[] => {
        const branch = node?.parent ?? null;
        if (!isPath(expected, 'bool') || !isPath(found, 'Option', 'Result') || node?.type !== 'identifier') return [];
        if (branch === null || branch.childForFieldName('condition')?.equals(node) !== true) return [];
        const body = branch.childForFieldName(branch.type === 'if_expression' ? 'consequence' : 'body');
        const uses = body === null ? [] : descendants(body, 'identifier').filter((one) => one.text === node.text);
        if (branch.type !== 'if_expression' || uses.length === 0 || uses.some(opens)) return [];
        const wrapper = found.name === 'Option' ? 'Some' : 'Ok';
        return [
          {
            title: `If there is one: \`if let ${wrapper}(${node.text})\``,
            edits: [source.edit(node.startIndex, node.endIndex, `let ${wrapper}(${node.text}) = ${node.text}`)],
            features: { agreement: 1, idiom: 1 },
          },
        ];
      }),
    ),
  examples: [
    {
      title: 'what was found is used',
      before: rust`
        pub fn remove(names: &mut Vec<String>, name: &str) -> bool {
            let at = names.iter().position(|one| one == name);
            if at {
                names.remove(at);
                return true;
            }
            false
        }
      `,
      after: rust`
        pub fn remove(names: &mut Vec<String>, name: &str) -> bool {
            let at = names.iter().position(|one| one == name);
            if let Some(at) = at {
                names.remove(at);
                return true;
            }
            false
        }
      `,
      within: 1,
    },
  ],
};

/** `x.unwrap()`, `x?`, `x.is_some()`: the branch takes it for an option still. */
function opens(use: Node): boolean {
  const parent = use.parent;
  if (parent?.type === 'try_expression') return true;
  const name = parent?.type === 'field_expression' ? parent.childForFieldName('field')?.text : undefined;
  return name !== undefined && /^(?:unwrap|expect|is_|as_|map|and_|or|ok|err|take)/.test(name);
}
