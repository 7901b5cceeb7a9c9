// E0382, E0505: what stands for a value that has moved. An accumulator that is handed over in a loop and filled again is
// taken, and starts empty; a value that moved into another binding is used under the name it has there.
//
// fields.push(current);                          before, in a loop that fills `current`
// fields.push(std::mem::take(&mut current));     after
//
// A clone would keep what was handed over, and the next round would begin with it.
import { enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, Proposer } from '../types.ts';
import { borrowFacts, nodeOf } from './support/borrow-facts.ts';
import { sound } from './support/drafts.ts';
import { methodCall } from './support/expressions.ts';
import { type Local, localAt, usesOf } from './support/locals.ts';
import { MUTATING } from './support/member-access.ts';
import { changes } from './support/mutation.ts';
import { rust } from './support/rust.ts';
import { statementOf } from './support/statements.ts';

export const ownershipInstead: Proposer = {
  name: 'ownership-instead',
  codes: ['E0382', 'E0505'],
  propose(input) {
    const facts = borrowFacts(input);
    const drafts: Draft[] = [];
    for (const place of facts.moves) {
      const node = nodeOf(place);
      const local = node.type === 'identifier' ? localAt(place.source, node) : null;
      if (local === null) continue;
      drafts.push(...taken(place.source, node, local), ...renamed(place.source, node, local));
    }
    return sound(drafts);
  },
  examples: [
    {
      title: 'words gathered letter by letter',
      before: rust`
        pub fn words(text: &str) -> Vec<String> {
            let mut out = Vec::new();
            let mut current = String::new();
            for c in text.chars() {
                if c == ' ' {
                    out.push(current);
                } else {
                    current.push(c);
                }
            }
            out.push(current);
            out
        }
      `,
      after: rust`
        pub fn words(text: &str) -> Vec<String> {
            let mut out = Vec::new();
            let mut current = String::new();
            for c in text.chars() {
                if c == ' ' {
                    out.push(std::mem::take(&mut current));
                } else {
                    current.push(c);
                }
            }
            out.push(current);
            out
        }
      `,
      within: 1,
    },
    {
      title: 'under its new name',
      before: rust`
        pub struct Series {
            pub points: Vec<f64>,
        }

        pub fn merge(a: Series, b: Series) -> Series {
            let mut result = a;
            result.points.extend(b.points);
            a
        }
      `,
      after: rust`
        pub struct Series {
            pub points: Vec<f64>,
        }

        pub fn merge(a: Series, b: Series) -> Series {
            let mut result = a;
            result.points.extend(b.points);
            result
        }
      `,
      within: 1,
    },
  ],
};

const LOOPS = ['for_expression', 'while_expression', 'loop_expression'];

/** `std::mem::take` where an accumulator, empty before the loop and filled in it, is given away in it. */
function taken(source: SourceFile, node: Node, local: Local): Draft[] {
  const loop = enclosing(node, ...LOOPS);
  if (loop === null || (local.declaration.startIndex >= loop.startIndex && local.declaration.endIndex <= loop.endIndex))
    return [];
  if (local.declaration.type !== 'let_declaration' || !isEmpty(local.value)) return [];
  const isMutable = local.declaration.namedChildren.some((child) => child?.type === 'mutable_specifier');
  const filled = usesOf(source, local).some(
    (use) => use.startIndex >= loop.startIndex && use.endIndex <= loop.endIndex && (changes(use) || fills(use)),
  );
  // Emptied or made anew after it was given away: a copy is what was meant.
  const reset = usesOf(source, local).some(
    (use) =>
      use.startIndex > node.endIndex && use.endIndex <= loop.endIndex && /^(?:clear|truncate)$/.test(called(use)),
  );
  if (!isMutable || !filled || reset) return [];
  return [
    {
      title: `Hand \`${local.name}\` over and start it anew`,
      edits: [source.edit(node.startIndex, node.endIndex, `std::mem::take(&mut ${local.name})`)],
      features: { agreement: 1, idiom: 1 },
    },
  ];
}

function isEmpty(value: Node | null): boolean {
  if (value === null) return false;
  return /^(?:[\w:]+(?:::<[^()]*>)?::(?:new|default|with_capacity)\([^()]*\)|vec!\s*\[\s*\])$/.test(value.text);
}

/** The method called on a use of the variable. */
function called(use: Node): string {
  const call = use.parent?.type === 'field_expression' ? methodCall(use.parent.parent) : null;
  return call?.receiver.equals(use) ? call.name.text : '';
}

const fills = (use: Node): boolean => MUTATING.has(called(use)) || called(use) === 'extend_from_slice';

/** `let mut result = a; … a`: later uses of `a` mean `result`. */
function renamed(source: SourceFile, node: Node, local: Local): Draft[] {
  const binding = statementOf(node);
  const pattern = binding?.type === 'let_declaration' ? binding.childForFieldName('pattern') : null;
  if (binding === null || pattern?.type !== 'identifier' || binding.childForFieldName('value')?.equals(node) !== true)
    return [];
  const later = usesOf(source, local).filter((use) => use.startIndex > binding.endIndex);
  const scope = binding.parent;
  if (later.length === 0 || scope === null || later.some((use) => use.endIndex > scope.endIndex)) return [];
  return [
    {
      title: `\`${pattern.text}\`, into which \`${local.name}\` moved`,
      edits: later.map((use) => source.edit(use.startIndex, use.endIndex, pattern.text)),
      features: { agreement: 1, idiom: 1 },
    },
  ];
}
