// E0499, E0502, E0506, E0503, E0505: a binding borrows too early. It goes down to where it is first used, behind what needs the value
// in between.
//
// let first = self.pick()?;  self.age();  first.left -= 1;          before
// self.age();  let first = self.pick()?;  first.left -= 1;          after
import type { Node } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { borrowFacts, letOf, type Place } from './support/borrow-facts.ts';
import { sound } from './support/drafts.ts';
import { effectsOf } from './support/effects.ts';
import { bindings, usesOf } from './support/locals.ts';
import { rust } from './support/rust.ts';
import { moveStatement, statementIn, statementsOf } from './support/statements.ts';

export const borrowsLater: Proposer = {
  name: 'borrows-later',
  codes: ['E0499', 'E0502', 'E0506', 'E0503', 'E0505'],
  propose(input) {
    const { at, borrows } = borrowFacts(input);
    return at === null ? [] : sound(borrows.flatMap((borrow) => later(input, borrow, at)));
  },
  examples: [
    {
      title: 'a mutable borrow for the end of a method',
      before: rust`
        pub struct Queue {
            jobs: Vec<u32>,
            aged: u32,
        }

        impl Queue {
            fn age(&mut self) {
                self.aged += 1;
            }

            pub fn tick(&mut self) -> u32 {
                let first = &mut self.jobs[0];
                self.age();
                *first -= 1;
                *first
            }
        }
      `,
      after: rust`
        pub struct Queue {
            jobs: Vec<u32>,
            aged: u32,
        }

        impl Queue {
            fn age(&mut self) {
                self.aged += 1;
            }

            pub fn tick(&mut self) -> u32 {
                self.age();
                let first = &mut self.jobs[0];
                *first -= 1;
                *first
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a shared one, past two statements',
      before: rust`
        pub fn grow(names: &mut Vec<String>) -> usize {
            let first = &names[0];
            names.push("a".to_string());
            names.push("b".to_string());
            first.len()
        }
      `,
      after: rust`
        pub fn grow(names: &mut Vec<String>) -> usize {
            names.push("a".to_string());
            names.push("b".to_string());
            let first = &names[0];
            first.len()
        }
      `,
      within: 1,
    },
    {
      title: 'past a loop',
      before: rust`
        pub struct Item {
            pub on: bool,
            pub left: u32,
        }

        fn next(items: &mut [Item]) -> Option<&mut Item> {
            items.iter_mut().find(|item| item.left > 0)
        }

        pub fn step(items: &mut Vec<Item>) -> Option<u32> {
            let item = next(items)?;
            for other in items.iter_mut() {
                other.on = false;
            }
            item.on = true;
            item.left -= 1;
            Some(item.left)
        }
      `,
      after: rust`
        pub struct Item {
            pub on: bool,
            pub left: u32,
        }

        fn next(items: &mut [Item]) -> Option<&mut Item> {
            items.iter_mut().find(|item| item.left > 0)
        }

        pub fn step(items: &mut Vec<Item>) -> Option<u32> {
            for other in items.iter_mut() {
                other.on = false;
            }
            let item = next(items)?;
            item.on = true;
            item.left -= 1;
            Some(item.left)
        }
      `,
      within: 1,
    },
  ],
};

function later(input: ProposeInput, borrow: Place, at: Place): Draft[] {
  const { source } = borrow;
  const declared = letOf(borrow);
  const block = declared?.statement.parent ?? null;
  if (declared === null || block?.type !== 'block' || at.source !== source) return [];
  const between = statementIn(block, at.node ?? source.nodeAt(at.range));
  if (between === null || between.startIndex < declared.statement.endIndex) return [];
  const fn = enclosingOf(block);
  const uses = bindings(source, fn)
    .filter((local) => local.declaration.equals(declared.statement))
    .flatMap((local) => usesOf(source, local));
  const first = uses.sort((a, b) => a.startIndex - b.startIndex)[0];
  const target = first === undefined ? null : statementIn(block, first);
  if (target === null || target.startIndex <= between.startIndex) return [];
  const edits = moveStatement(source, declared.statement, target, 'before');
  if (edits === null) return [];
  // What it reads may have been written in between.
  const reads = effectsOf(input, declared.statement).reads;
  const passed = statementsOf(block).filter(
    (one) => one.startIndex > declared.statement.startIndex && one.startIndex < target.startIndex,
  );
  const changed = passed.some((one) => [...effectsOf(input, one).writes].some((path) => reads.has(path)));
  return [
    {
      title: `Borrow later: \`${declared.statement.text.split('\n')[0]}\``,
      edits,
      flags: changed ? ['guesses'] : [],
      features: { agreement: changed ? 0.5 : 0.9, reorders: 1 },
    },
  ];
}

function enclosingOf(block: Node): Node {
  let node = block;
  while (node.parent !== null && node.type !== 'function_item') node = node.parent;
  return node;
}
