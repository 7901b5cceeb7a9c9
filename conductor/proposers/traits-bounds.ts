// E0277, E0369, E0599, E0382, E0507, E0508: a type parameter is used for more than its bounds allow. The bound that the
// message names joins those of all its parameters at once: on the function, or on the `impl` that declares it.
//
// fn largest<T>(items: &[T]) -> &T { … a > b … }                  before
// fn largest<T: PartialOrd>(items: &[T]) -> &T { … a > b … }      after
import type { Diagnostic, Edit } from '../../schemas/types.ts';
import { enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { namedChildren } from './support/expressions.ts';
import { quotedParts } from './support/mismatch.ts';
import { rust } from './support/rust.ts';

const CODES: readonly (string | null)[] = ['E0277', 'E0369', 'E0599', 'E0382', 'E0507', 'E0508', 'E0308', 'E0220'];

export const traitsBounds: Proposer = {
  name: 'traits-bounds',
  codes: CODES,
  propose(input) {
    const own = boundsAt(input, input.diagnostic);
    const [first] = own;
    if (first === undefined) return [];
    const everywhere = input.errors.flatMap((error) => boundsAt(input, error));
    const here = everywhere.filter(
      (bound) => bound.at.node.equals(first.at.node) && bound.parameter === first.parameter,
    );
    const drafts: Draft[] = [];
    for (const set of [everywhere, here, own]) {
      const edits = boundEdits(set);
      const names = [...new Set(set.map((bound) => bound.trait))];
      const places = new Set(set.map((bound) => bound.at.node.id)).size;
      if (edits.length > 0)
        drafts.push({
          title: `\`${first.parameter}: ${names.join(' + ')}\`${places > 1 ? ` (in ${places} places)` : ''}`,
          edits,
          features: { agreement: 1, repeats: places },
        });
    }
    return sound(drafts);
  },
  examples: [
    {
      title: 'a copy out of the slice',
      before: rust`
        pub fn largest<T: PartialOrd>(items: &[T]) -> T {
            let mut best = items[0];
            for &item in items {
                if item > best {
                    best = item;
                }
            }
            best
        }
      `,
      after: rust`
        pub fn largest<T: PartialOrd + Copy>(items: &[T]) -> T {
            let mut best = items[0];
            for &item in items {
                if item > best {
                    best = item;
                }
            }
            best
        }
      `,
      within: 1,
    },
    {
      title: 'an order',
      before: rust`
        pub fn larger<T>(a: T, b: T) -> T {
            if a > b { a } else { b }
        }
      `,
      after: rust`
        pub fn larger<T: PartialOrd>(a: T, b: T) -> T {
            if a > b { a } else { b }
        }
      `,
      within: 1,
    },
    {
      title: "a bound on the impl's parameter",
      before: rust`
        pub struct Pair<T> {
            a: T,
            b: T,
        }

        impl<T> Pair<T> {
            pub fn show(&self) -> String {
                format!("{} {}", self.a, self.b)
            }
        }
      `,
      after: rust`
        pub struct Pair<T> {
            a: T,
            b: T,
        }

        impl<T: std::fmt::Display> Pair<T> {
            pub fn show(&self) -> String {
                format!("{} {}", self.a, self.b)
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a bound beside others',
      before: rust`
        pub fn same<T: Clone>(a: &T, b: &T) -> bool {
            a.clone() == b.clone()
        }
      `,
      after: rust`
        pub fn same<T: Clone + PartialEq>(a: &T, b: &T) -> bool {
            a.clone() == b.clone()
        }
      `,
      within: 1,
    },
    {
      title: 'the same bound on several functions, one of them with a where',
      before: rust`
        pub fn smaller<T: Clone>(a: &T, b: &T) -> T {
            if a < b { a.clone() } else { b.clone() }
        }

        pub fn larger<Item>(a: Item, b: Item) -> Item
        where
            Item: Clone,
        {
            if a > b { a.clone() } else { b }
        }
      `,
      after: rust`
        pub fn smaller<T: Clone + PartialOrd>(a: &T, b: &T) -> T {
            if a < b { a.clone() } else { b.clone() }
        }

        pub fn larger<Item>(a: Item, b: Item) -> Item
        where
            Item: Clone + PartialOrd,
        {
            if a > b { a.clone() } else { b }
        }
      `,
      within: 1,
    },
    {
      title: 'a bound that the methods of a type ask for',
      before: rust`
        pub struct Bag<Entry> {
            items: Vec<Entry>,
        }

        impl<Entry: PartialEq> Bag<Entry> {
            pub fn holds(&self, item: &Entry) -> bool {
                self.items.contains(item)
            }
        }

        impl<Entry> Bag<Entry> {
            pub fn lacks(&self, item: &Entry) -> bool {
                !self.holds(item)
            }
        }
      `,
      after: rust`
        pub struct Bag<Entry> {
            items: Vec<Entry>,
        }

        impl<Entry: PartialEq> Bag<Entry> {
            pub fn holds(&self, item: &Entry) -> bool {
                self.items.contains(item)
            }
        }

        impl<Entry: PartialEq> Bag<Entry> {
            pub fn lacks(&self, item: &Entry) -> bool {
                !self.holds(item)
            }
        }
      `,
      within: 1,
    },
  ],
};

interface Bound {
  readonly parameter: string;
  readonly trait: string;
}

/** A bound with the declaration of its parameter. */
interface BoundAt extends Bound {
  readonly at: { readonly source: SourceFile; readonly node: Node; readonly owner: Node };
}

const PRELUDE = [
  'Clone',
  'Copy',
  'PartialEq',
  'Eq',
  'PartialOrd',
  'Ord',
  'Default',
  'Iterator',
  'Send',
  'Sync',
  'Fn',
  'FnMut',
  'FnOnce',
  'ToString',
];
const PATHS: ReadonlyMap<string, string> = new Map([
  ['Display', 'std::fmt::Display'],
  ['Debug', 'std::fmt::Debug'],
  ['Hash', 'std::hash::Hash'],
]);
const OPERATORS: ReadonlyMap<string, string> = new Map([
  ['add', 'Add'],
  ['subtract', 'Sub'],
  ['multiply', 'Mul'],
  ['divide', 'Div'],
]);
const SIGNS: ReadonlyMap<string, string> = new Map([
  ['+', 'Add'],
  ['-', 'Sub'],
  ['*', 'Mul'],
  ['/', 'Div'],
  ['%', 'Rem'],
  ['<<', 'Shl'],
  ['>>', 'Shr'],
  ['&', 'BitAnd'],
  ['|', 'BitOr'],
  ['^', 'BitXor'],
]);

/** Associated types that one well-known trait has. */
const OWNERS: ReadonlyMap<string, string> = new Map([
  ['Item', 'Iterator'],
  ['IntoIter', 'IntoIterator'],
  ['Owned', 'ToOwned'],
  ['Target', 'std::ops::Deref'],
  ['Err', 'std::str::FromStr'],
]);

/** The bounds that an error asks for, of parameters that are declared around its place. */
function boundsAt(input: ProposeInput, diagnostic: Diagnostic): BoundAt[] {
  const span = diagnostic.spans.find((one) => one.primary);
  const source = span === undefined ? null : input.source(span.file);
  if (span === undefined || source === null || !CODES.includes(diagnostic.code)) return [];
  const node = source.nodeAt(source.range(span));
  return bounds(diagnostic).flatMap((bound): BoundAt[] => {
    const declared = declarationOf(node, bound.parameter);
    return declared === null ? [] : [{ ...bound, at: { source, ...declared } }];
  });
}

function bounds(diagnostic: Diagnostic): Bound[] {
  const found: Bound[] = [];
  const note = (parameter: string | undefined, trait: string | undefined): void => {
    const short = trait?.split('::').at(-1) ?? '';
    const bare = parameter?.replace(/^&+(?:mut )?/, '') ?? '';
    if (
      /^\p{Lu}\w*$/u.test(bare) &&
      short !== '' &&
      !found.some((one) => one.trait === short && one.parameter === bare)
    )
      found.push({ parameter: bare, trait: short });
  };
  const { message, code } = diagnostic;
  const parts = quotedParts(message);
  if (message.includes("doesn't implement `")) note(parts[0], parts[1]);
  for (const part of parts) {
    const colon = part.indexOf(': ');
    if (colon > 0) note(part.slice(0, colon), part.slice(colon + 2));
  }
  if (code === 'E0369' && parts.length === 2 && message.startsWith('binary operation')) {
    note(parts[1], ['==', '!='].includes(parts[0] as string) ? 'PartialEq' : 'PartialOrd');
  }
  const verb = /^cannot (\w+) /.exec(message)?.[1];
  const operator = code === 'E0369' ? OPERATORS.get(verb ?? '') : undefined;
  if (operator !== undefined) note(parts[0], `${operator}<Output = ${parts[0]?.replace(/^&+/, '')}>`);
  const binary = /^no implementation for `(\w+) (\S+) (\w+)`$/.exec(message);
  const sign = binary === null ? undefined : SIGNS.get(binary[2] as string);
  if (binary !== null && sign !== undefined) {
    const [, left, , right] = binary;
    note(left, `${sign}<${left === right ? '' : `${right}, `}Output = ${left}>`);
  }
  const iterated = /^`(\w+)` is not an iterator/.exec(message)?.[1];
  if (iterated !== undefined) note(iterated, 'Iterator');
  const associated = /^associated type `(\w+)` not found for (?:`|type parameter `)(\w+)`/.exec(message);
  if (associated !== null) note(associated[2], OWNERS.get(associated[1] as string));
  for (const text of [
    ...diagnostic.spans.map((span) => span.label ?? ''),
    ...diagnostic.notes.map((one) => one.message),
  ]) {
    const own = quotedParts(text);
    if (text.includes('does not implement the `Copy` trait'))
      note(
        own.find((part) => /^\p{Lu}\w*$/u.test(part)),
        'Copy',
      );
    if (/^the trait `[^`]+` is not implemented for `/.test(text)) note(own[1], own[0]);
    if (text.startsWith('trait bound `') && text.includes('was not satisfied')) {
      const colon = own[0]?.indexOf(': ') ?? -1;
      if (colon > 0) note(own[0]?.slice(0, colon), own[0]?.slice(colon + 2));
    }
    if (text.includes('does not implement `Clone`, so')) note(own[0], 'Clone');
  }
  return found;
}

/** Where a type parameter is declared, looking outward from `node`: its node, and the item that declares it. */
function declarationOf(node: Node, parameter: string): { readonly node: Node; readonly owner: Node } | null {
  const items = ['function_item', 'impl_item', 'trait_item', 'struct_item', 'enum_item', 'function_signature_item'];
  for (let item = enclosing(node, ...items); item !== null; item = enclosing(item.parent, ...items)) {
    const list = item.childForFieldName('type_parameters');
    for (const child of list === null ? [] : namedChildren(list)) {
      if ((child.childForFieldName('name') ?? child).text === parameter) return { node: child, owner: item };
    }
    const name = item.childForFieldName('name');
    if (parameter === 'Self' && item.type === 'trait_item' && name !== null) return { node: item, owner: item };
  }
  return null;
}

/** One edit for each declaration: its bounds, or those of its predicate in the `where`, get what they lack. */
function boundEdits(set: readonly BoundAt[]): Edit[] {
  const edits: Edit[] = [];
  for (const bound of set) {
    const { source, node, owner } = bound.at;
    if (edits.some((edit) => edit.file === source.path && editsDeclaration(source, edit, node, owner))) continue;
    const traits = set
      .filter((one) => one.parameter === bound.parameter && one.at.node.equals(node))
      .map((one) => one.trait);
    const edit = boundEdit(source, node, owner, bound.parameter, [...new Set(traits)]);
    if (edit !== null) edits.push(edit);
  }
  return edits;
}

function editsDeclaration(source: SourceFile, edit: Edit, node: Node, owner: Node): boolean {
  const at = source.indexOfByte(edit.start);
  const where = namedChildren(owner).find((child) => child.type === 'where_clause');
  const within = (one: Node | undefined): boolean => one !== undefined && at >= one.startIndex && at <= one.endIndex;
  return node.type === 'trait_item'
    ? at <= (node.childForFieldName('body')?.startIndex ?? at) && within(node)
    : within(node) || within(where);
}

function boundEdit(
  source: SourceFile,
  node: Node,
  owner: Node,
  parameter: string,
  traits: readonly string[],
): Edit | null {
  const where = namedChildren(owner).find((child) => child.type === 'where_clause');
  const predicate = (where === undefined ? [] : namedChildren(where)).find(
    (one) => one.childForFieldName('left')?.text === parameter,
  );
  const name = node.childForFieldName('name') ?? node;
  const declared = node.childForFieldName('bounds');
  const existing = declared ?? predicate?.childForFieldName('bounds') ?? null;
  const known = [declared, predicate?.childForFieldName('bounds') ?? null].flatMap((list) =>
    list === null ? [] : namedChildren(list).map((bound) => bound.text.split('::').at(-1)),
  );
  const wanted = traits.filter((trait) => trait !== 'Iterator' || !traits.includes('IntoIterator'));
  const fresh = wanted.filter((trait) => !known.includes(trait)).map((trait) => written(source, trait));
  if (fresh.length === 0) return null;
  const tail = existing !== null && existing.text.trim() !== ':' ? ' + ' : ': ';
  return source.insert((existing ?? name).endIndex, tail + fresh.join(' + '));
}

/** The trait's name where it is in scope, else its path. */
function written(source: SourceFile, trait: string): string {
  const short = trait.split('<')[0] as string;
  if (PRELUDE.includes(short)) return trait;
  const imported = source.root
    .descendantsOfType('use_declaration')
    .some((use) => use?.descendantsOfType('identifier').some((name) => name?.text === short));
  if (imported) return trait;
  return [...SIGNS.values()].includes(short) ? `std::ops::${trait}` : (PATHS.get(short) ?? trait);
}
