// E0599 on `()`: a method that gives nothing back is called on in a chain, as builders are. It gives back what it was called on.
//
// fn add(&mut self, n: u32) { self.list.push(n); }                          set.add(1).add(2);      before
// fn add(&mut self, n: u32) -> &mut Self { self.list.push(n); self }        set.add(1).add(2);      after
import { enclosing, type Node } from '../../tools/index/source.ts';
import type { Draft, Proposer } from '../types.ts';
import { placeOf } from './support/borrow-facts.ts';
import { sound } from './support/drafts.ts';
import { methodCall } from './support/expressions.ts';
import { functionsNamed, type RustFunction } from './support/functions.ts';
import { rust } from './support/rust.ts';
import { statementsOf } from './support/statements.ts';

export const membersChained: Proposer = {
  name: 'members-chained',
  codes: ['E0599'],
  propose(input) {
    const { diagnostic } = input;
    if (!/found for unit type `\(\)`/.test(diagnostic.message)) return [];
    const span = diagnostic.spans.find((one) => one.primary);
    const place = span === undefined ? undefined : placeOf(input, span)[0];
    if (place === undefined) return [];
    const name = place.source.nodeAt(place.range);
    const inner = methodCall(methodCall(enclosing(name, 'call_expression'))?.receiver ?? null);
    if (inner === null) return [];
    return sound(functionsNamed(input, inner.name.text).flatMap(chaining));
  },
  examples: [
    {
      title: 'a builder',
      before: rust`
        pub struct Scores {
            list: Vec<u32>,
        }

        impl Scores {
            pub fn add(&mut self, score: u32) {
                self.list.push(score);
            }
        }

        pub fn fill(scores: &mut Scores) {
            scores.add(1).add(2);
        }
      `,
      after: rust`
        pub struct Scores {
            list: Vec<u32>,
        }

        impl Scores {
            pub fn add(&mut self, score: u32) -> &mut Self {
                self.list.push(score);
                self
            }
        }

        pub fn fill(scores: &mut Scores) {
            scores.add(1).add(2);
        }
      `,
      within: 1,
    },
  ],
};

function chaining(fn: RustFunction): Draft[] {
  const { source, node, self, body, returnType } = fn;
  const parameters = node.childForFieldName('parameters');
  if (self === null || body === null || parameters === null || returnType !== null) return [];
  const last: Node | undefined = statementsOf(body).at(-1);
  const type = /^&/.test(self.text) ? (/\bmut\b/.test(self.text) ? '&mut Self' : '&Self') : 'Self';
  if (last === undefined) return [];
  const ended = /[;}]$/.test(last.text) ? '' : ';';
  const indent = source.indentAt(last.startIndex);
  return [
    {
      title: `\`${fn.name}\` gives back \`self\``,
      edits: [
        source.insert(parameters.endIndex, ` -> ${type}`),
        source.insert(last.endIndex, `${ended}${source.newline}${indent}self`),
      ],
      features: { agreement: 1 },
    },
  ];
}
