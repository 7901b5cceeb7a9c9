// E0277, E0308, E0369, E0599, E0609, E0614: an arm that binds a whole option or result although its sibling names what is left: the
// arm was to bind the value inside.
//
// match found { n => n + 1, None => 0 }           before
// match found { Some(n) => n + 1, None => 0 }     after
import { enclosing, type Node } from '../../tools/index/source.ts';
import type { Draft, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { namedChildren } from './support/expressions.ts';
import { localAt } from './support/locals.ts';
import { rust } from './support/rust.ts';

export const matchBindings: Proposer = {
  name: 'match-bindings',
  codes: ['E0277', 'E0308', 'E0369', 'E0599', 'E0609', 'E0614'],
  propose(input) {
    const drafts: Draft[] = [];
    for (const span of input.diagnostic.spans) {
      const source = input.source(span.file);
      if (source === null) continue;
      const range = source.range(span);
      const names = identifiers(source.nodeAt(range)).filter(
        (one) => one.startIndex >= range.start && one.endIndex <= range.end,
      );
      for (const name of names.slice(0, 6)) {
        const local = localAt(source, name);
        if (local === null || local.declaration.type !== 'match_arm' || !local.plain) continue;
        const wrapper = wrapperFor(local.declaration);
        if (wrapper === null) continue;
        drafts.push({
          title: `Bind what is in \`${wrapper}\``,
          edits: [source.edit(local.node.startIndex, local.node.endIndex, `${wrapper}(${local.name})`)],
          features: { agreement: 1, idiom: 1 },
        });
      }
    }
    return sound(drafts);
  },
  examples: [
    {
      title: 'an option that is shown',
      before: rust`
        pub fn show(found: Option<i32>) -> String {
            match found {
                n => format!("{}", n),
                None => "none".to_string(),
            }
        }
      `,
      after: rust`
        pub fn show(found: Option<i32>) -> String {
            match found {
                Some(n) => format!("{}", n),
                None => "none".to_string(),
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a result that is computed with',
      before: rust`
        pub fn twice(text: &str) -> i32 {
            match text.parse::<i32>() {
                n => n * 2,
                Err(_) => 0,
            }
        }
      `,
      after: rust`
        pub fn twice(text: &str) -> i32 {
            match text.parse::<i32>() {
                Ok(n) => n * 2,
                Err(_) => 0,
            }
        }
      `,
      within: 1,
    },
    {
      title: 'an error beside a value',
      before: rust`
        pub fn report(text: &str) -> String {
            match text.parse::<i32>() {
                Ok(n) => n.to_string(),
                error => format!("bad: {}", error),
            }
        }
      `,
      after: rust`
        pub fn report(text: &str) -> String {
            match text.parse::<i32>() {
                Ok(n) => n.to_string(),
                Err(error) => format!("bad: {}", error),
            }
        }
      `,
      within: 1,
    },
  ],
};

function identifiers(node: Node): Node[] {
  return node.type === 'identifier'
    ? [node]
    : node.descendantsOfType('identifier').filter((one): one is Node => one !== null);
}

const PARTNERS: ReadonlyMap<string, string> = new Map([
  ['None', 'Some'],
  ['Some', 'None'],
  ['Ok', 'Err'],
  ['Err', 'Ok'],
]);

/** The constructor that the match has no arm for, where its other arms name the other one. */
function wrapperFor(arm: Node): string | null {
  const block = enclosing(arm.parent, 'match_block');
  const heads = (block === null ? [] : namedChildren(block))
    .filter((one) => one.type === 'match_arm' && !one.equals(arm))
    .map((one) => /^\w+/.exec(one.childForFieldName('pattern')?.text ?? '')?.[0] ?? '');
  const missing = [...new Set(heads)].flatMap((head) => PARTNERS.get(head) ?? []);
  const [only] = missing;
  // An arm without a value has no constructor that binds.
  return missing.length === 1 && only !== undefined && only !== 'None' && !heads.includes(only) ? only : null;
}
