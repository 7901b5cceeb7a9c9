// Several names of one module that only imports would bring: one candidate with all of them. Inside an inline module, what
// the module around it has comes by `use super::*`.
//
//     HashMap::new(), HashSet::new(), Rc::new(0)   →   use std::collections::{HashMap, HashSet};  use std::rc::Rc;
//
// Single names, and other ways to write one, are names-imports'.
import { enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { namedChildren } from './support/expressions.ts';
import { pathsOf } from './support/import-paths.ts';
import { insertUse } from './support/imports.ts';
import { rust } from './support/rust.ts';
import { type Unresolved, unresolvedOf } from './support/unresolved.ts';

export const namesImportsTogether: Proposer = {
  name: 'names-imports-together',
  codes: ['E0425', 'E0433', 'E0412', 'E0405', 'E0404', 'E0422', 'E0531', 'E0532', 'E0574', 'E0423'],
  propose(input: ProposeInput): Draft[] {
    const own = unresolvedOf(input);
    if (own === null || !importable(own)) return [];
    const module = moduleOf(own);
    const names = new Map([[own.name, own]]);
    for (const error of input.errors) {
      const other = unresolvedOf(input, error);
      if (other === null || other.file !== own.file || !importable(other) || moduleOf(other)?.id !== module?.id)
        continue;
      if (!names.has(other.name)) names.set(other.name, other);
    }
    return sound([...fromAround(own, module, [...names.keys()]), ...all(input, own, names)]);
  },
  examples: [
    {
      title: 'three collections and a pointer',
      before: rust`
        pub fn queue() -> Rc<VecDeque<u8>> {
            Rc::new(VecDeque::new())
        }

        pub fn index() -> (HashMap<u8, u8>, HashSet<u8>) {
            (HashMap::new(), HashSet::new())
        }
      `,
      after: rust`
        use std::rc::Rc;
        use std::collections::{HashMap, HashSet, VecDeque};

        pub fn queue() -> Rc<VecDeque<u8>> {
            Rc::new(VecDeque::new())
        }

        pub fn index() -> (HashMap<u8, u8>, HashSet<u8>) {
            (HashMap::new(), HashSet::new())
        }
      `,
      within: 1,
    },
    {
      title: 'variants without their enum, all of them',
      before: rust`
        mod dice {
            pub enum Side {
                Heads,
                Tails,
            }
        }

        pub fn points(side: &dice::Side) -> u32 {
            match side {
                Heads => 2,
                Tails => 1,
            }
        }

        pub fn flip() -> dice::Side {
            Heads
        }

        pub fn other() -> dice::Side {
            Tails
        }
      `,
      after: rust`
        use crate::dice::Side::{Heads, Tails};

        mod dice {
            pub enum Side {
                Heads,
                Tails,
            }
        }

        pub fn points(side: &dice::Side) -> u32 {
            match side {
                Heads => 2,
                Tails => 1,
            }
        }

        pub fn flip() -> dice::Side {
            Heads
        }

        pub fn other() -> dice::Side {
            Tails
        }
      `,
    },
    {
      title: 'what the module around has',
      before: rust`
        pub struct Point {
            pub x: i32,
        }

        pub fn double(x: i32) -> i32 {
            x * 2
        }

        pub mod shift {
            pub fn right(point: &Point) -> i32 {
                double(point.x)
            }
        }
      `,
      after: rust`
        pub struct Point {
            pub x: i32,
        }

        pub fn double(x: i32) -> i32 {
            x * 2
        }

        pub mod shift {
            use super::*;

            pub fn right(point: &Point) -> i32 {
                double(point.x)
            }
        }
      `,
      within: 1,
    },
  ],
};

function importable({ sought, file, range }: Unresolved): boolean {
  if (sought === 'member' || sought === 'lifetime' || sought === 'import') return false;
  return !/[:.]$/.test(file.text.slice(0, range.start).trimEnd());
}

/** The inline module around a name; null at the file's root. */
function moduleOf({ file, range }: Unresolved): Node | null {
  return enclosing(file.nodeAt(range), 'mod_item');
}

/** `use super::*` where the module around declares or imports every one of the names. */
function fromAround(own: Unresolved, module: Node | null, names: readonly string[]): Draft[] {
  if (module === null) return [];
  const outer = enclosing(module.parent, 'mod_item')?.childForFieldName('body') ?? own.file.root;
  const declared = new Set<string>();
  for (const item of namedChildren(outer)) {
    const name = item.childForFieldName('name')?.text;
    if (name !== undefined) declared.add(name);
    if (item.type !== 'use_declaration') continue;
    for (const word of item.descendantsOfType(['identifier', 'type_identifier'])) if (word) declared.add(word.text);
  }
  const there = names.filter((name) => declared.has(name));
  const edit = there.includes(own.name) ? insertUse(own.file, own.range.start, 'super::*') : null;
  if (edit === null) return [];
  const isTests = /^tests?$/.test(module.childForFieldName('name')?.text ?? '');
  return [
    {
      title: 'use super::*',
      edits: [edit],
      features: {
        similarity: 1,
        agreement: 1,
        ...(there.length > 1 || isTests ? { idiom: 1, repeats: there.length } : {}),
      },
    },
  ];
}

/** One insertion with an import for each name that has a path; those of one module in one group. */
function all(input: ProposeInput, own: Unresolved, names: ReadonlyMap<string, Unresolved>): Draft[] {
  const groups = new Map<string, string[]>();
  let count = 0;
  for (const [name, found] of names) {
    const path = pathsOf(input, found, name)[0];
    const cut = path?.lastIndexOf('::') ?? -1;
    if (path === undefined || cut < 0) continue;
    const parent = path.slice(0, cut);
    groups.set(parent, [...(groups.get(parent) ?? []), name]);
    count += 1;
  }
  if (count < 2 || ![...groups.values()].some((list) => list.includes(own.name))) return [];
  const paths = [...groups].map(([parent, list]) => {
    const sorted = [...list].sort();
    return sorted.length === 1 ? `${parent}::${sorted[0]}` : `${parent}::{${sorted.join(', ')}}`;
  });
  const first = insertUse(own.file, own.range.start, paths[0] as string);
  if (first === null) return [];
  const statement = `use ${paths[0]};`;
  const separator = own.file.newline + indentOf(own.file, first.text, statement);
  const text = first.text.replace(statement, paths.map((path) => `use ${path};`).join(separator));
  return [
    {
      title: `use ${paths.join(', ')}`,
      edits: [{ ...first, text }],
      features: { similarity: 1, agreement: 1, idiom: 1, repeats: count },
    },
  ];
}

function indentOf(file: SourceFile, text: string, statement: string): string {
  const before = text.slice(0, text.indexOf(statement));
  return before.includes(file.newline) ? before.slice(before.lastIndexOf(file.newline) + file.newline.length) : '';
}
