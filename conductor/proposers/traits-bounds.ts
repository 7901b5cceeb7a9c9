// E0277, E0369, E0599, E0382, E0507, E0508: a type parameter is used for more than its bounds allow. The bound that the
// message names joins those of all its parameters at once: on the function, or on the `impl` that declares it.
//
// fn largest<T>(items: &[T]) -> &T { … a > b … }                  before
// fn largest<T: PartialOrd>(items: &[T]) -> &T { … a > b … }      after
import type { Diagnostic, Edit } from '../../schemas/types.ts';
import { enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { namedChildren } from './support/expressions.ts';
import { quotedParts } from './support/mismatch.ts';
import { rust } from './support/rust.ts';

export const traitsBounds: Proposer = {
  name: 'traits-bounds',
  codes: ['E0277', 'E0369', 'E0599', 'E0382', 'E0507', 'E0508', 'E0308'],
  propose(input) {
    const own = bounds(input.diagnostic);
    const drafts: Draft[] = [];
    const at = input.diagnostic.spans.find((span) => span.primary);
    const source = at === undefined ? null : input.source(at.file);
    if (source === null || at === undefined || own.length === 0) return [];
    const node = source.nodeAt(source.range(at));
    const parameter = (own[0] as Bound).parameter;
    const all = input.errors.flatMap(bounds).filter((bound) => bound.parameter === parameter);
    for (const set of [all, own.filter((bound) => bound.parameter === parameter)]) {
      const names = [...new Set(set.map((bound) => bound.trait))];
      const edit = boundEdit(source, node, parameter, names);
      if (edit !== null) {
        drafts.push({ title: `\`${parameter}: ${names.join(' + ')}\``, edits: [edit], features: { agreement: 1 } });
      }
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
  ],
};

interface Bound {
  readonly parameter: string;
  readonly trait: string;
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

/** Parameters are told from types by their form: a capital letter, with a digit at most. */
const isParameter = (name: string): boolean => /^\p{Lu}\d?$/u.test(name);

function bounds(diagnostic: Diagnostic): Bound[] {
  const found: Bound[] = [];
  const note = (parameter: string | undefined, trait: string | undefined): void => {
    const short = trait?.split('::').at(-1) ?? '';
    const bare = parameter?.replace(/^&+(?:mut )?/, '') ?? '';
    if (isParameter(bare) && short !== '' && !found.some((one) => one.trait === short))
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
  for (const text of [
    ...diagnostic.spans.map((span) => span.label ?? ''),
    ...diagnostic.notes.map((one) => one.message),
  ]) {
    const own = quotedParts(text);
    if (text.includes('does not implement the `Copy` trait')) note(own.find(isParameter), 'Copy');
    if (text.includes('does not implement `Clone`, so')) note(own[0], 'Clone');
  }
  return found;
}

/** The edit that adds bounds where the parameter is declared, looking outward from `node`. */
function boundEdit(source: SourceFile, node: Node, parameter: string, traits: readonly string[]): Edit | null {
  for (
    let item = enclosing(node, 'function_item', 'impl_item', 'struct_item', 'trait_item');
    item !== null;
    item = enclosing(item.parent, 'function_item', 'impl_item', 'trait_item')
  ) {
    const list = item.childForFieldName('type_parameters');
    for (const child of list === null ? [] : namedChildren(list)) {
      const name = child.childForFieldName('name') ?? child;
      if (name.text !== parameter) continue;
      const existing = child.childForFieldName('bounds');
      const has = new Set(
        existing === null ? [] : namedChildren(existing).map((bound) => bound.text.split('::').at(-1)),
      );
      const fresh = traits.filter((trait) => !has.has(trait)).map((trait) => written(source, trait));
      if (fresh.length === 0) return null;
      const tail = existing !== null && existing.text.trim() !== ':' ? ' + ' : ': ';
      return source.insert((existing ?? name).endIndex, tail + fresh.join(' + '));
    }
  }
  return null;
}

/** The trait's name where it is in scope, else its path. */
function written(source: SourceFile, trait: string): string {
  const short = trait.split('<')[0] as string;
  if (PRELUDE.includes(short)) return trait;
  const imported = source.root
    .descendantsOfType('use_declaration')
    .some((use) => use?.descendantsOfType('identifier').some((name) => name?.text === short));
  if (imported) return trait;
  return [...OPERATORS.values()].includes(short) ? `std::ops::${trait}` : (PATHS.get(short) ?? trait);
}
