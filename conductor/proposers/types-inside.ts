// E0308, E0277 whose types differ only in a part: the part is converted where it is written, in the tuple, wrapper or closure that makes
// the value, or where a collection is filled.
//
// accounts.max_by_key(|a| a.cents).map(|a| (a.owner, a.cents))     before, where Option<(&str, i64)> is expected
// accounts.max_by_key(|a| a.cents).map(|a| (a.owner.as_str(), a.cents))    after
import type { Edit } from '../../schemas/types.ts';
import { enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { convert, fitted, siteOf } from './support/conversions.ts';
import { sound } from './support/drafts.ts';
import { leaves, valuesOf } from './support/ends.ts';
import { methodCall, namedChildren, wrappingCall } from './support/expressions.ts';
import { localAt, usesOf } from './support/locals.ts';
import { type Mismatch, mismatches, mismatchOf } from './support/mismatch.ts';
import { allRules } from './support/rules.ts';
import { rust } from './support/rust.ts';
import { matches, parseType, type RustType } from './support/rust-type.ts';

export const typesInside: Proposer = {
  name: 'types-inside',
  codes: ['E0308', 'E0277'],
  propose(input) {
    const differing = input.diagnostic.code === 'E0277' ? gathered(input) : mismatches(input);
    return sound(
      differing.flatMap(({ source, node, expected, found }): Draft[] => {
        const edits = node === null ? null : inside(input, source, node, expected, found, 0);
        if (edits === null || edits.length === 0) return [];
        return [
          {
            title: `Convert what differs inside: ${edits.map(({ text }) => `\`${text}\``).join(', ')}`,
            edits,
            features: { agreement: 1, repeats: edits.length },
          },
        ];
      }),
    );
  },
  examples: [
    {
      title: 'one of a pair that a closure makes',
      before: rust`
        pub struct Account {
            pub owner: String,
            pub cents: i64,
        }

        pub fn richest(all: &[Account]) -> Option<(&str, i64)> {
            all.iter().max_by_key(|a| a.cents).map(|a| (a.owner, a.cents))
        }
      `,
      after: rust`
        pub struct Account {
            pub owner: String,
            pub cents: i64,
        }

        pub fn richest(all: &[Account]) -> Option<(&str, i64)> {
            all.iter().max_by_key(|a| a.cents).map(|a| (a.owner.as_str(), a.cents))
        }
      `,
      within: 1,
    },
    {
      title: 'what a map is filled with',
      before: rust`
        use std::collections::HashMap;

        pub struct Config {
            values: HashMap<String, String>,
        }

        pub fn read(text: &str) -> Config {
            let mut values = HashMap::new();
            for line in text.lines() {
                if let Some((key, value)) = line.split_once('=') {
                    values.insert(key, value);
                }
            }
            Config { values }
        }
      `,
      after: rust`
        use std::collections::HashMap;

        pub struct Config {
            values: HashMap<String, String>,
        }

        pub fn read(text: &str) -> Config {
            let mut values = HashMap::new();
            for line in text.lines() {
                if let Some((key, value)) = line.split_once('=') {
                    values.insert(key.to_string(), value.to_string());
                }
            }
            Config { values }
        }
      `,
      within: 1,
    },
    {
      title: 'one of the pairs that are gathered',
      before: rust`
        pub fn parse(text: &str) -> Result<Vec<(String, i32)>, std::num::ParseIntError> {
            text.split(',')
                .map(|part| {
                    let (name, value) = part.split_once(':').unwrap_or((part, "0"));
                    let value = value.parse::<i32>()?;
                    Ok((name, value))
                })
                .collect()
        }
      `,
      after: rust`
        pub fn parse(text: &str) -> Result<Vec<(String, i32)>, std::num::ParseIntError> {
            text.split(',')
                .map(|part| {
                    let (name, value) = part.split_once(':').unwrap_or((part, "0"));
                    let value = value.parse::<i32>()?;
                    Ok((name.to_string(), value))
                })
                .collect()
        }
      `,
      within: 1,
    },
  ],
};

/** What a closure makes for a collection of other items: its value, with both types. */
function gathered(input: ProposeInput): Mismatch[] {
  const told = /^a value of type `(.+)` cannot be built .*iterator over elements of type `(.+)`$/.exec(
    input.diagnostic.message,
  );
  const [collection, given] = [parseType(told?.[1] ?? ''), parseType(told?.[2] ?? '')];
  const span = input.diagnostic.spans.find((one) => one.primary);
  const source = span === undefined ? null : input.source(span.file);
  if (collection?.kind !== 'path' || given === null || span === undefined || source === null) return [];
  const wanted =
    collection.args.length === 2 && given.kind === 'tuple'
      ? { kind: 'tuple' as const, items: collection.args }
      : collection.args[0];
  if (wanted === undefined) return [];
  let call = methodCall(enclosing(source.nodeAt(source.range(span)), 'call_expression'));
  while (call !== null && !['map', 'filter_map', 'flat_map'].includes(call.name.text)) call = methodCall(call.receiver);
  const closure = call?.args[0];
  if (closure?.type !== 'closure_expression') return [];
  return valuesOf(closure.childForFieldName('body')).flatMap((value) => {
    if (leaves(value) || value.text === 'None') return [];
    // `Ok((name, value))` of items that are gathered inside a result.
    const wrapped = wrappingCall(value);
    const inner =
      wrapped !== null && given.kind !== 'path' && ['Ok', 'Some'].includes(wrapped.callee) ? wrapped.inner : value;
    return [mismatchOf(source, inner, wanted, given)];
  });
}

/** Wrappers by the argument of the type that their one argument is of. */
const WRAPPERS: Readonly<Record<string, number>> = {
  Some: 0,
  Ok: 0,
  Err: 1,
  'Box::new': 0,
  'Rc::new': 0,
  'Arc::new': 0,
};
/** Methods whose closure makes the argument of that number of the result's type. */
const MAPPING: Readonly<Record<string, number>> = { map: 0, map_err: 1 };
/** Methods that fill a collection: of which type arguments their arguments are. */
const FILLING: Readonly<Record<string, readonly number[]>> = {
  push: [0],
  push_back: [0],
  push_front: [0],
  insert: [0, 1],
  entry: [0],
  or_insert: [1],
};
const deepest = 6;

/** The edits that give an expression the expected type; null where a part cannot be found. Empty where nothing differs. */
function inside(
  input: ProposeInput,
  source: SourceFile,
  node: Node,
  expected: RustType,
  found: RustType,
  depth: number,
): Edit[] | null {
  if (matches(found, expected)) return [];
  if (depth > deepest) return null;
  const all = (parts: readonly (readonly [Node | null | undefined, RustType | undefined, RustType | undefined])[]) => {
    const edits: Edit[] = [];
    for (const [part, to, from] of parts) {
      if (!part || to === undefined || from === undefined) return null;
      const some = inside(input, source, part, to, from, depth + 1);
      if (some === null) return null;
      edits.push(...some);
    }
    return edits;
  };
  const both = sameName(expected, found);
  const argument = (index: number): readonly [RustType | undefined, RustType | undefined] => [
    both?.[0][index],
    both?.[1][index],
  ];
  if (node.type === 'tuple_expression' && expected.kind === 'tuple' && found.kind === 'tuple') {
    const items = namedChildren(node);
    if (items.length !== expected.items.length || items.length !== found.items.length) return null;
    return all(items.map((item, index) => [item, expected.items[index], found.items[index]] as const));
  }
  const values = valuesOf(node).filter((value) => !leaves(value));
  if (values.length > 0 && !values.some((value) => value.equals(node)))
    return all(values.map((value) => [value, expected, found] as const));
  const wrapped = wrappingCall(node);
  const place = wrapped === null ? undefined : WRAPPERS[wrapped.callee];
  if (wrapped !== null && place !== undefined && both !== null) return all([[wrapped.inner, ...argument(place)]]);
  const call = methodCall(node);
  const mapped = call === null ? undefined : MAPPING[call.name.text];
  const closure = call?.args[0];
  if (mapped !== undefined && closure?.type === 'closure_expression' && both !== null)
    return all([[closure.childForFieldName('body'), ...argument(mapped)]]);
  const filled = both === null ? null : fillings(source, node);
  if (filled !== null) return all(filled.map(({ value, argument: index }) => [value, ...argument(index)] as const));
  if (depth === 0) return null;
  const one = mismatchOf(source, node, expected, found);
  // Inside another value nothing is coerced: `&text` stays a `&String`.
  const written = convert(allRules, siteOf(allRules, input, one))
    .filter(({ flags }) => !flags?.length)
    .sort((a, b) => Number(b.text.endsWith('.as_str()')) - Number(a.text.endsWith('.as_str()')))[0];
  return written === undefined ? null : [source.edit(node.startIndex, node.endIndex, fitted(one, written.text))];
}

/** The arguments of two types of one name. */
function sameName(a: RustType, b: RustType): readonly [readonly RustType[], readonly RustType[]] | null {
  return a.kind === 'path' &&
    b.kind === 'path' &&
    a.name === b.name &&
    a.args.length === b.args.length &&
    a.args.length > 0
    ? [a.args, b.args]
    : null;
}

/** The values that a local collection is filled with, all in one function; null where it is not a local or starts filled. */
function fillings(source: SourceFile, node: Node): { value: Node; argument: number }[] | null {
  const name = node.type === 'shorthand_field_initializer' ? node.namedChild(0) : node;
  const local = name?.type === 'identifier' ? localAt(source, name) : null;
  const start = local?.value?.text.replace(/\s+/g, '') ?? '';
  if (
    local?.declaration.type !== 'let_declaration' ||
    !/(::new\(\)|::with_capacity\(.*\)|^vec!\[\]|::default\(\))$/.test(start)
  )
    return null;
  const found = usesOf(source, local).flatMap((use) => {
    const values: { value: Node; argument: number }[] = [];
    let call = methodCall(enclosing(use, 'call_expression'));
    if (call?.receiver.equals(use) !== true) return values;
    while (call !== null) {
      const places = FILLING[call.name.text] ?? [];
      for (const [index, value] of call.args.entries()) {
        const argument = places[index];
        if (argument !== undefined) values.push({ value, argument });
      }
      const outer: Node | null = call.node.parent?.type === 'field_expression' ? call.node.parent.parent : null;
      call = methodCall(outer);
    }
    return values;
  });
  return found.length === 0 ? null : found;
}
