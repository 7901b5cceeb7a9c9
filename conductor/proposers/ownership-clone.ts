// E0382, E0505, E0507, E0508, E0509: give away a copy. On a type that cannot be cloned, its `#[derive]` comes along; small
// types become `Copy`. Cloning is the cheapest edit and rarely what was meant: it ranks behind borrowing.
//
// archive(user); user.name            before
// archive(user.clone()); user.name    after
import { descendants, enclosing, type Node } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { borrowFacts, nodeOf, type Place } from './support/borrow-facts.ts';
import { deriveEdits, typeNamed } from './support/derives.ts';
import { sound } from './support/drafts.ts';
import { methodCall, receiver } from './support/expressions.ts';
import { localAt, usesOf } from './support/locals.ts';
import { rust } from './support/rust.ts';
import { isPath, type RustType } from './support/rust-type.ts';

export const ownershipClone: Proposer = {
  name: 'ownership-clone',
  codes: ['E0382', 'E0505', 'E0507', 'E0508', 'E0509'],
  propose(input) {
    const facts = borrowFacts(input);
    const drafts: Draft[] = [];
    const own = facts.type?.kind === 'path' ? facts.type.name : null;
    for (const move of facts.moves) {
      drafts.push(...takes(move, facts.type), ...updated(input, move));
      if (move.node === null || facts.closure !== null) continue;
      const derive = own === null ? [] : deriveEdits(input, own, ['Clone']);
      if (derive === null) continue;
      const clone = cloneAt(move.node);
      if (clone === null) continue;
      const all = otherMoves(move, facts.at);
      drafts.push({
        title: `Clone \`${move.text}\`${derive.length > 0 ? ` and derive Clone for \`${own}\`` : ''}`,
        edits: [move.source.edit(move.range.start, move.range.end, clone), ...derive],
        features: { agreement: 0.6 },
      });
      if (all.length > 0) {
        drafts.push({
          title: `Clone \`${move.text}\` wherever it is given away`,
          edits: [
            move.source.edit(move.range.start, move.range.end, clone),
            ...all.map((node) => move.source.insert(node.endIndex, '.clone()')),
            ...derive,
          ],
          features: { agreement: 0.5, repeats: all.length + 1 },
        });
      }
    }
    const copy = own === null ? null : copyDraft(input, own);
    if (copy !== null) drafts.push(copy);
    return sound(drafts);
  },
  examples: [
    {
      title: 'clones where the value is given away',
      before: rust`
        fn archive(name: String) -> Vec<String> {
            vec![name]
        }

        pub fn keep(name: String) -> (Vec<String>, String) {
            let old = archive(name);
            (old, name)
        }
      `,
      after: rust`
        fn archive(name: String) -> Vec<String> {
            vec![name]
        }

        pub fn keep(name: String) -> (Vec<String>, String) {
            let old = archive(name.clone());
            (old, name)
        }
      `,
      within: 1,
    },
    {
      title: 'derives what the clone needs',
      before: rust`
        #[derive(Debug)]
        pub struct User {
            pub name: String,
        }

        pub fn twice(user: User) -> Vec<User> {
            let first = user;
            vec![first, user]
        }
      `,
      after: rust`
        #[derive(Debug, Clone)]
        pub struct User {
            pub name: String,
        }

        pub fn twice(user: User) -> Vec<User> {
            let first = user.clone();
            vec![first, user]
        }
      `,
    },
    {
      title: 'a small type becomes `Copy`',
      before: rust`
        #[derive(Debug, PartialEq)]
        pub enum Side {
            Left,
            Right,
        }

        pub struct Door {
            side: Side,
        }

        impl Door {
            pub fn side(&self) -> Side {
                self.side
            }
        }
      `,
      after: rust`
        #[derive(Debug, PartialEq, Clone, Copy)]
        pub enum Side {
            Left,
            Right,
        }

        pub struct Door {
            side: Side,
        }

        impl Door {
            pub fn side(&self) -> Side {
                self.side
            }
        }
      `,
    },
    {
      title: 'clones an element out of a slice',
      before: rust`
        pub fn first(words: &[String]) -> String {
            words[0]
        }
      `,
      after: rust`
        pub fn first(words: &[String]) -> String {
            words[0].clone()
        }
      `,
      within: 1,
    },
    {
      title: 'the rest of a struct',
      before: rust`
        #[derive(Debug)]
        pub struct Options {
            pub host: String,
            pub port: u16,
        }

        pub fn with_port(base: Options, port: u16) -> (Options, Options) {
            let changed = Options { port, ..base };
            (base, changed)
        }
      `,
      after: rust`
        #[derive(Debug, Clone)]
        pub struct Options {
            pub host: String,
            pub port: u16,
        }

        pub fn with_port(base: Options, port: u16) -> (Options, Options) {
            let changed = Options { port, ..base.clone() };
            (base, changed)
        }
      `,
    },
    {
      title: 'takes an option out of a mutable place',
      before: rust`
        pub struct Stack {
            head: Option<Box<Item>>,
        }

        pub struct Item {
            value: i32,
            next: Option<Box<Item>>,
        }

        impl Stack {
            pub fn pop(&mut self) -> Option<i32> {
                let item = self.head?;
                self.head = item.next;
                Some(item.value)
            }
        }
      `,
      after: rust`
        pub struct Stack {
            head: Option<Box<Item>>,
        }

        pub struct Item {
            value: i32,
            next: Option<Box<Item>>,
        }

        impl Stack {
            pub fn pop(&mut self) -> Option<i32> {
                let item = self.head.take()?;
                self.head = item.next;
                Some(item.value)
            }
        }
      `,
      within: 1,
    },
  ],
};

/** `.take()` on an option, `mem::take` on what has a default: both leave something behind. */
function takes(move: Place, type: RustType | null): Draft[] {
  const { node, source } = move;
  if (node === null || node.type !== 'field_expression' || !inMutableSelf(node)) return [];
  if (isPath(type, 'Option')) {
    return [
      {
        title: `Take \`${node.text}\` out, leaving \`None\``,
        edits: [source.insert(node.endIndex, '.take()')],
        features: { agreement: 0.9 },
      },
    ];
  }
  if (!isPath(type, 'String', 'Vec', 'HashMap', 'HashSet', 'BTreeMap', 'BTreeSet', 'VecDeque')) return [];
  return [
    {
      title: `Take \`${node.text}\` out, leaving it empty`,
      edits: [source.edit(node.startIndex, node.endIndex, `std::mem::take(&mut ${node.text})`)],
      features: { agreement: 0.4 },
    },
  ];
}

/** `Type { field, ..base }` takes fields out of `base`: the rest comes from a copy. */
function updated(input: ProposeInput, move: Place): Draft[] {
  const literal = enclosing(nodeOf(move), 'struct_expression');
  const base = literal === null ? undefined : descendants(literal, 'base_field_initializer')[0]?.namedChild(0);
  const name = literal?.childForFieldName('name')?.text ?? '';
  if (literal === null || !base || move.range.end < base.startIndex) return [];
  const own = name === 'Self' ? (enclosing(literal, 'impl_item')?.childForFieldName('type')?.text ?? name) : name;
  const derive = deriveEdits(input, own, ['Clone']);
  return derive === null
    ? []
    : [
        {
          title: `The rest out of a clone of \`${base.text}\``,
          edits: [move.source.edit(base.startIndex, base.endIndex, `${receiver(base.text)}.clone()`), ...derive],
          features: { agreement: 0.9 },
        },
      ];
}

function inMutableSelf(node: Node): boolean {
  for (let at: Node | null = node; at !== null; at = at.parent) {
    if (at.type === 'function_item') {
      const parameters = at.childForFieldName('parameters')?.text ?? '';
      return /&\s*(?:'\w+\s+)?mut\b/.test(parameters);
    }
  }
  return false;
}

function cloneAt(node: Node): string | null {
  const expression = [
    'identifier',
    'self',
    'field_expression',
    'index_expression',
    'call_expression',
    'unary_expression',
    'parenthesized_expression',
  ].includes(node.type);
  if (!expression) return null;
  if (node.type === 'unary_expression' && node.text.startsWith('*')) return `${receiver(node.text.slice(1))}.clone()`;
  return methodCall(node) !== null && node.text.endsWith('.clone()') ? null : `${receiver(node.text)}.clone()`;
}

/** Other places that give the same local away as a whole, but for its last use. */
function otherMoves(move: Place, at: Place | null): Node[] {
  const node = nodeOf(move);
  const local = node.type === 'identifier' ? localAt(move.source, node) : null;
  if (local === null) return [];
  const given = usesOf(move.source, local).filter(
    (use) =>
      use.parent?.type === 'arguments' ||
      use.parent?.type === 'field_initializer' ||
      use.parent?.type === 'let_declaration',
  );
  const last = given[given.length - 1];
  return given.filter(
    (use) =>
      use.startIndex !== move.range.start &&
      (last === undefined || !use.equals(last) || (at !== null && use.startIndex < at.range.start)),
  );
}

function copyDraft(input: ProposeInput, name: string): Draft | null {
  const item = typeNamed(input, name);
  if (
    item === null ||
    !item.fields.every((type) => /^(?:[iu](?:8|16|32|64|128|size)|f32|f64|bool|char|&(?!.*mut).*)$/.test(type))
  )
    return null;
  const edits = deriveEdits(input, name, ['Clone', 'Copy']);
  return edits === null || edits.length === 0
    ? null
    : {
        title: `\`${name}\` is small: make it Copy`,
        edits,
        features: { agreement: item.fields.length === 0 ? 1 : 0.8 },
      };
}
