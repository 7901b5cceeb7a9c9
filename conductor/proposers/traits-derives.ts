// E0277, E0369, E0599, E0308: a type of the crate lacks a trait that can be derived. Its derive list gets the trait and
// what that needs, and so do the crate's types in its fields.
//
// struct Point { x: i32 }  a == b                             before
// #[derive(PartialEq)] struct Point { x: i32 }  a == b        after
import type { Diagnostic, Edit } from '../../schemas/types.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { deriveEdits, typeNamed } from './support/derives.ts';
import { sound } from './support/drafts.ts';
import { quotedParts } from './support/mismatch.ts';
import { rust } from './support/rust.ts';
import { parseType, type RustType } from './support/rust-type.ts';

/** Derivable traits, each with what it requires beside it. */
const REQUIRES: ReadonlyMap<string, readonly string[]> = new Map([
  ['Debug', []],
  ['Clone', []],
  ['Copy', ['Clone']],
  ['PartialEq', []],
  ['Eq', ['PartialEq']],
  ['PartialOrd', ['PartialEq']],
  ['Ord', ['PartialEq', 'Eq', 'PartialOrd']],
  ['Hash', []],
  ['Default', []],
]);
/** Methods and associated functions that come with a derivable trait. */
const METHODS: ReadonlyMap<string, string> = new Map([
  ['clone', 'Clone'],
  ['cmp', 'Ord'],
  ['partial_cmp', 'PartialOrd'],
  ['max', 'Ord'],
  ['min', 'Ord'],
  ['eq', 'PartialEq'],
  ['default', 'Default'],
  ['hash', 'Hash'],
]);

export const traitsDerives: Proposer = {
  name: 'traits-derives',
  codes: ['E0277', 'E0369', 'E0599', 'E0308', 'E0204'],
  propose(input) {
    const drafts: Draft[] = [];
    const wanted = new Map<string, Set<string>>();
    for (const { type, trait } of missingTraits(input.diagnostic)) add(wanted, type, trait);
    if (wanted.size === 0) return [];
    const everywhere = new Map([...wanted].map(([type, traits]) => [type, new Set(traits)]));
    for (const { type, trait } of input.errors.flatMap(missingTraits)) add(everywhere, type, trait);
    const whole = everywhere.size > wanted.size ? deriveAll(input, everywhere) : null;
    if (whole !== null) drafts.push(whole);
    for (const [type, traits] of wanted) {
      // What other errors miss on the same type comes along: one derive list, one candidate.
      for (const set of [everywhere.get(type) as Set<string>, traits]) {
        const edits = derive(input, type, [...set], new Set());
        if (edits === null || edits.length === 0) continue;
        drafts.push({ title: `Derive ${[...set].join(', ')} for \`${type}\``, edits, features: { agreement: 1 } });
      }
    }
    return sound(drafts);
  },
  examples: [
    {
      title: 'equality',
      before: rust`
        pub struct Point {
            pub x: i32,
            pub y: i32,
        }

        pub fn same(a: &Point, b: &Point) -> bool {
            a == b
        }
      `,
      after: rust`
        #[derive(PartialEq)]
        pub struct Point {
            pub x: i32,
            pub y: i32,
        }

        pub fn same(a: &Point, b: &Point) -> bool {
            a == b
        }
      `,
      within: 1,
    },
    {
      title: "a derive needs the same of a field's type",
      before: rust`
        pub enum Kind {
            Small,
            Large,
        }

        #[derive(Debug, Clone)]
        pub struct Item {
            pub kind: Kind,
        }
      `,
      after: rust`
        #[derive(Debug, Clone)]
        pub enum Kind {
            Small,
            Large,
        }

        #[derive(Debug, Clone)]
        pub struct Item {
            pub kind: Kind,
        }
      `,
      within: 1,
    },
    {
      title: 'a key of a map',
      before: rust`
        use std::collections::HashMap;

        #[derive(Debug)]
        pub struct Id(pub u32);

        pub fn index(ids: Vec<Id>) -> HashMap<Id, usize> {
            let mut map = HashMap::new();
            for (i, id) in ids.into_iter().enumerate() {
                map.insert(id, i);
            }
            map
        }
      `,
      after: rust`
        use std::collections::HashMap;

        #[derive(Debug, PartialEq, Eq, Hash)]
        pub struct Id(pub u32);

        pub fn index(ids: Vec<Id>) -> HashMap<Id, usize> {
            let mut map = HashMap::new();
            for (i, id) in ids.into_iter().enumerate() {
                map.insert(id, i);
            }
            map
        }
      `,
      within: 1,
    },
    {
      title: 'a method of a trait that can be derived',
      before: rust`
        #[derive(Debug)]
        pub struct Config {
            pub name: String,
        }

        pub fn fork(config: &Config) -> Config {
            let copy: Config = config.clone();
            copy
        }
      `,
      after: rust`
        #[derive(Debug, Clone)]
        pub struct Config {
            pub name: String,
        }

        pub fn fork(config: &Config) -> Config {
            let copy: Config = config.clone();
            copy
        }
      `,
      within: 1,
    },
    {
      title: 'all that is missing on two types, one in the other',
      before: rust`
        use std::collections::HashMap;

        pub enum Kind {
            Small,
            Large,
        }

        pub struct Item {
            pub kind: Kind,
        }

        pub fn count(items: &[Item]) -> (Item, HashMap<Kind, usize>) {
            let mut map = HashMap::new();
            map.insert(Kind::Small, items.len());
            let first: Item = items[0].clone();
            (first, map)
        }
      `,
      after: rust`
        use std::collections::HashMap;

        #[derive(Clone, PartialEq, Eq, Hash)]
        pub enum Kind {
            Small,
            Large,
        }

        #[derive(Clone)]
        pub struct Item {
            pub kind: Kind,
        }

        pub fn count(items: &[Item]) -> (Item, HashMap<Kind, usize>) {
            let mut map = HashMap::new();
            map.insert(Kind::Small, items.len());
            let first: Item = items[0].clone();
            (first, map)
        }
      `,
      within: 1,
    },
    {
      title: 'sorting needs a whole order',
      before: rust`
        pub struct Score(u32);

        pub fn sorted(mut scores: Vec<Score>) -> Vec<Score> {
            scores.sort();
            scores
        }
      `,
      after: rust`
        #[derive(PartialEq, Eq, PartialOrd, Ord)]
        pub struct Score(u32);

        pub fn sorted(mut scores: Vec<Score>) -> Vec<Score> {
            scores.sort();
            scores
        }
      `,
      within: 1,
    },
  ],
};

function add(into: Map<string, Set<string>>, type: string, trait: string): void {
  const set = into.get(type) ?? new Set<string>();
  for (const needed of [...(REQUIRES.get(trait) ?? []), trait]) set.add(needed);
  into.set(type, set);
}

/**
 * What all errors miss, on all types at once: two derives on types of which one holds the other would be put at the same place
 * by two candidates, which then cannot be joined.
 */
function deriveAll(input: ProposeInput, missing: ReadonlyMap<string, ReadonlySet<string>>): Draft | null {
  const all = new Map<string, Set<string>>();
  for (const [type, traits] of missing) {
    if (typeNamed(input, type) === null || !reached(input, type, [...traits], all)) return null;
  }
  const edits: Edit[] = [];
  for (const [type, traits] of all) {
    const own = deriveEdits(input, type, inOrder(traits));
    if (own === null) return null;
    edits.push(...own);
  }
  const names = [...missing.keys()].map((name) => `\`${name}\``).join(', ');
  return { title: `Derive what is missing on ${names}`, edits, features: { agreement: 1, repeats: missing.size } };
}

/** Adds the traits to a type and to the crate's types in its fields; false where one cannot have them. */
function reached(
  input: ProposeInput,
  name: string,
  traits: readonly string[],
  into: Map<string, Set<string>>,
): boolean {
  const type = typeNamed(input, name);
  if (type === null) return true;
  const known = into.get(name) ?? new Set<string>();
  const fresh = traits.filter((trait) => !known.has(trait));
  if (fresh.length === 0) return true;
  if (derive(input, name, fresh, new Set()) === null) return false;
  into.set(name, new Set([...known, ...fresh]));
  return type.fields.every((field) => namesIn(field).every((inner) => reached(input, inner, fresh, into)));
}

/** As people write a derive list. */
function inOrder(traits: ReadonlySet<string>): string[] {
  return [...REQUIRES.keys()].filter((trait) => traits.has(trait));
}

interface Missing {
  readonly type: string;
  readonly trait: string;
}

/** "`P` doesn't implement `T`", "the trait bound `P: T`", "an implementation of `T` might be missing for `P`", a method. */
function missingTraits(diagnostic: Diagnostic): Missing[] {
  const found: Missing[] = [];
  const note = (type: string | undefined, trait: string | undefined): void => {
    const parsed = type === undefined ? null : parseType(type);
    const name = nameOf(parsed);
    const last = trait?.split('<')[0]?.split('::').at(-1);
    if (name !== null && last !== undefined && REQUIRES.has(last)) found.push({ type: name, trait: last });
  };
  for (const text of [diagnostic.message, ...diagnostic.notes.map((one) => one.message)]) {
    const parts = quotedParts(text);
    if (text.includes("doesn't implement `")) note(parts[0], parts[1]);
    if (text.startsWith('an implementation of `')) note(parts[1], parts[0]);
    if (text.startsWith('the trait `') && text.includes('is not implemented for')) note(parts[1], parts[0]);
    if (text.includes('does not implement `Clone`, so')) note(parts[0], 'Clone');
    if (text.includes('bound') || text.includes('satisfied')) {
      for (const part of parts) {
        const colon = part.indexOf(': ');
        if (colon > 0) note(part.slice(0, colon), part.slice(colon + 2));
      }
    }
  }
  if (diagnostic.code === 'E0599') {
    const [method, type] = quotedParts(diagnostic.message);
    note(type, METHODS.get(method ?? ''));
  }
  const compared = /^can't compare `([^`]+)` with `([^`]+)`$/.exec(diagnostic.message);
  if (compared !== null && compared[1] === compared[2]) note(compared[1], 'PartialEq');
  return found;
}

function nameOf(type: RustType | null): string | null {
  if (type?.kind === 'ref') return nameOf(type.of);
  return type?.kind === 'path' ? type.name : null;
}

/** Edits for a type and, through its fields, for the crate's types that it holds; null where one cannot derive. */
function derive(input: ProposeInput, name: string, traits: readonly string[], seen: Set<string>): Edit[] | null {
  if (seen.has(name)) return [];
  seen.add(name);
  const type = typeNamed(input, name);
  if (type === null) return [];
  const strict = traits.some((trait) => ['Eq', 'Ord', 'Hash'].includes(trait));
  if (strict && type.fields.some((field) => /\bf(?:32|64)\b/.test(field))) return null;
  if (traits.includes('Default') && type.node.type === 'enum_item') return null;
  const own = deriveEdits(input, name, traits);
  if (own === null) return null;
  const edits = [...own];
  for (const field of type.fields) {
    for (const inner of namesIn(field)) {
      const more = derive(input, inner, traits, seen);
      if (more === null) return null;
      edits.push(...more);
    }
  }
  return edits;
}

function namesIn(field: string): string[] {
  return field.match(/\p{Lu}\w*/gu) ?? [];
}
