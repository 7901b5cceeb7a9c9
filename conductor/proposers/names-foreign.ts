// Words of other languages, and calls that Rust writes as methods.
//
//     fn add(a: int, b: int) -> int { a + b }     →    fn add(a: i32, b: i32) -> i32 { a + b }
//     values.length()                             →    values.len()
//     max(a, b), sqrt(x)                          →    a.max(b), x.sqrt()
//
// A table of words, each with what Rust calls it. Nothing here measures likeness: names-typos does.
import { enclosing, type Node } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { fieldsNamed, initialisersOf, structOf } from './support/declared.ts';
import { sound } from './support/drafts.ts';
import { callArguments, receiver } from './support/expressions.ts';
import { functions, macros, methods, types, values } from './support/foreign-words.ts';
import { insertUse } from './support/imports.ts';
import { localAt } from './support/locals.ts';
import { memberAccess, stdMethod } from './support/member-access.ts';
import { rust } from './support/rust.ts';
import { isCopy, isPath } from './support/rust-type.ts';
import { replaceEverywhere, type Unresolved, unresolvedOf } from './support/unresolved.ts';

export const namesForeign: Proposer = {
  name: 'names-foreign',
  codes: ['E0425', 'E0412', 'E0433', 'E0423', 'E0405', 'E0422', 'E0599', 'E0609', 'E0531', null],
  propose(input: ProposeInput): Draft[] {
    const found = unresolvedOf(input);
    if (found === null) return [];
    const all = throughout(input);
    if (found.sought === 'member') return [...all, ...memberDrafts(input, found)];
    return [...all, ...wordDrafts(input, found)];
  },
  examples: [
    {
      title: 'the next item of an iterator is looked at',
      before: rust`
        pub fn runs(text: &str) -> usize {
            let mut chars = text.chars();
            let mut count = 0;
            while let Some(c) = chars.next() {
                if chars.peek() != Some(&c) {
                    count += 1;
                }
            }
            count
        }
      `,
      after: rust`
        pub fn runs(text: &str) -> usize {
            let mut chars = text.chars().peekable();
            let mut count = 0;
            while let Some(c) = chars.next() {
                if chars.peek() != Some(&c) {
                    count += 1;
                }
            }
            count
        }
      `,
      within: 1,
    },
    {
      title: 'a type as C writes it, everywhere',
      before: rust`
        pub fn add(a: int, b: int) -> int {
            a + b
        }
      `,
      after: rust`
        pub fn add(a: i32, b: i32) -> i32 {
            a + b
        }
      `,
    },
    {
      title: 'a dictionary, with its import',
      before: rust`
        pub fn ages() -> Dict<String, u8> {
            Dict::new()
        }
      `,
      after: rust`
        use std::collections::HashMap;

        pub fn ages() -> HashMap<String, u8> {
            HashMap::new()
        }
      `,
    },
    {
      title: 'null',
      before: rust`
        pub fn first(values: &[i32]) -> Option<i32> {
            if values.is_empty() {
                return null;
            }
            Some(values[0])
        }
      `,
      after: rust`
        pub fn first(values: &[i32]) -> Option<i32> {
            if values.is_empty() {
                return None;
            }
            Some(values[0])
        }
      `,
    },
    {
      title: 'the length of a slice, as a method',
      before: rust`
        pub fn last_index(values: &[i32]) -> usize {
            values.length() - 1
        }
      `,
      after: rust`
        pub fn last_index(values: &[i32]) -> usize {
            values.len() - 1
        }
      `,
    },
    {
      title: 'the length of a slice, as a field',
      before: rust`
        pub fn last_index(values: &[i32]) -> usize {
            values.length - 1
        }
      `,
      after: rust`
        pub fn last_index(values: &[i32]) -> usize {
            values.len() - 1
        }
      `,
    },
    {
      title: 'the same word for a map as for a set: the type decides',
      before: rust`
        use std::collections::HashMap;

        pub fn knows(ages: &HashMap<String, u8>, name: &str) -> bool {
            ages.has(name)
        }
      `,
      after: rust`
        use std::collections::HashMap;

        pub fn knows(ages: &HashMap<String, u8>, name: &str) -> bool {
            ages.contains_key(name)
        }
      `,
      within: 1,
    },
    {
      title: 'an iterator adaptor on the collection itself',
      before: rust`
        pub fn doubled(values: &Vec<i32>) -> Vec<i32> {
            values.map(|x| x * 2).collect()
        }
      `,
      after: rust`
        pub fn doubled(values: &Vec<i32>) -> Vec<i32> {
            values.iter().map(|x| x * 2).collect()
        }
      `,
    },
    {
      title: 'a free function that is a method',
      before: rust`
        pub fn hypotenuse(a: f64, b: f64) -> f64 {
            sqrt(a * a + b * b)
        }
      `,
      after: rust`
        pub fn hypotenuse(a: f64, b: f64) -> f64 {
            (a * a + b * b).sqrt()
        }
      `,
    },
    {
      title: 'upper case as JavaScript writes it',
      before: rust`
        pub fn shout(text: &str) -> String {
            text.toUpperCase()
        }
      `,
      after: rust`
        pub fn shout(text: &str) -> String {
            text.to_uppercase()
        }
      `,
    },
    {
      title: 'print as a function',
      before: rust`
        pub fn greet(name: &str) {
            print("hello {}", name);
        }
      `,
      after: rust`
        pub fn greet(name: &str) {
            println!("hello {}", name);
        }
      `,
    },
    {
      title: 'True',
      before: rust`
        pub fn ready(count: u32) -> bool {
            if count > 3 {
                return True;
            }
            False
        }
      `,
      after: rust`
        pub fn ready(count: u32) -> bool {
            if count > 3 {
                return true;
            }
            false
        }
      `,
      within: 3,
    },
    {
      title: 'a stack as C++ has it, word for word',
      before: rust`
        pub fn last_two(values: &[i32]) -> usize {
            let mut stack: Vec<i32> = Vec::new();
            for value in values {
                stack.push_back(*value);
            }
            if stack.empty() {
                return 0;
            }
            stack.size()
        }
      `,
      after: rust`
        pub fn last_two(values: &[i32]) -> usize {
            let mut stack: Vec<i32> = Vec::new();
            for value in values {
                stack.push(*value);
            }
            if stack.is_empty() {
                return 0;
            }
            stack.len()
        }
      `,
      within: 1,
    },
  ],
};

function wordDrafts(input: ProposeInput, found: Unresolved): Draft[] {
  const drafts: Draft[] = [];
  for (const type of types.get(found.name) ?? []) drafts.push(typeDraft(input, found, type));
  for (const value of values.get(found.name) ?? []) drafts.push(renamed(input, found, value));
  for (const macro of macros.get(found.name) ?? []) drafts.push(renamed(input, found, macro));
  for (const method of functions.get(found.name) ?? []) {
    const draft = asMethod(found, method);
    if (draft !== null) drafts.push(draft);
  }
  return drafts;
}

/** Who writes one word of another language writes others: the best answer to each of them at once. */
function throughout(input: ProposeInput): Draft[] {
  const chosen = new Map<string, Draft>();
  for (const error of input.errors) {
    const found = unresolvedOf(input, error);
    if (found === null || chosen.has(found.name)) continue;
    const own = { ...input, diagnostic: error };
    const [draft] = found.sought === 'member' ? memberDrafts(own, found) : wordDrafts(own, found);
    if (draft !== undefined) chosen.set(found.name, draft);
  }
  const own = unresolvedOf(input);
  if (chosen.size < 2 || own === null || !chosen.has(own.name)) return [];
  const edits = [...chosen.values()].flatMap((draft) => draft.edits);
  const title = [...chosen.keys()].map((name) => `\`${name}\``).join(', ');
  const features = { foreign: 1, agreement: 1, idiom: 1, repeats: chosen.size };
  return sound([{ title: `Rust's words for ${title}`, edits, features }]);
}

function renamed(input: ProposeInput, found: Unresolved, text: string): Draft {
  const edits = replaceEverywhere(input, found, text);
  // `True` and `False` come together: one slip of the same kind.
  const partner = text === 'true' ? 'False' : text === 'false' ? 'True' : null;
  for (const error of partner === null ? [] : input.errors) {
    const other = unresolvedOf(input, error);
    if (other === null || other.name !== partner) continue;
    edits.push(other.file.edit(other.range.start, other.range.end, partner.toLowerCase()));
  }
  return { title: `\`${text}\` for \`${found.name}\``, edits, features: { foreign: 1, repeats: edits.length } };
}

const collections: ReadonlySet<string> = new Set([
  'HashMap',
  'BTreeMap',
  'HashSet',
  'BTreeSet',
  'VecDeque',
  'BinaryHeap',
]);

function typeDraft(input: ProposeInput, found: Unresolved, type: string): Draft {
  const draft = renamed(input, found, type);
  const edit = collections.has(type) ? insertUse(found.file, found.range.start, `std::collections::${type}`) : null;
  return edit === null ? draft : { ...draft, edits: [edit, ...draft.edits] };
}

/** `name(first, rest)` as `first.method(rest)`. */
function asMethod(found: Unresolved, method: string): Draft | null {
  const { file } = found;
  const call = enclosing(file.nodeAt(found.range), 'call_expression');
  if (call === null || call.childForFieldName('function')?.startIndex !== found.range.start) return null;
  const [first, ...rest] = callArguments(call);
  if (first === undefined) return null;
  const value =
    first.type === 'reference_expression' ? (first.childForFieldName('value')?.text ?? first.text) : first.text;
  const text = `${receiver(value)}.${method}(${rest.map((argument) => argument.text).join(', ')})`;
  return {
    title: `\`.${method}()\` for \`${found.name}()\``,
    edits: [file.edit(call.startIndex, call.endIndex, text)],
    features: { foreign: 1 },
  };
}

const ENDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['top', ['last().copied']],
  ['peek', ['last().copied']],
  ['back', ['last().copied']],
  ['front', ['first().copied']],
]);

/** `let chars = text.chars();` whose next item is looked at: made peekable where it is bound. */
function peekable(input: ProposeInput, found: Unresolved): Draft[] {
  const { file } = found;
  const receiver = enclosing(file.nodeAt(found.range), 'field_expression')?.childForFieldName('value') ?? null;
  const local = receiver === null ? null : localAt(file, receiver);
  if (local?.declaration.type === 'let_declaration' && local.value !== null) {
    const edits = [file.insert(local.value.endIndex, '.peekable()')];
    const isMut = local.declaration.children.some((child) => child?.type === 'mutable_specifier');
    if (!isMut) edits.push(file.insert(local.node.startIndex, 'mut '));
    return [{ title: `Make \`${local.name}\` peekable`, edits, features: { foreign: 1, agreement: 1 } }];
  }
  return memberTypes(input, receiver);
}

/** A field that is an iterator of std: its type says that it can be peeked at, and so does what it starts from. */
function memberTypes(input: ProposeInput, receiver: Node | null): Draft[] {
  const name = receiver?.type === 'field_expression' ? receiver.childForFieldName('field')?.text : undefined;
  if (name === undefined) return [];
  return fieldsNamed(input, name).flatMap((field): Draft[] => {
    const owner = structOf(field.node);
    if (owner === null || /Peekable/.test(field.type.text)) return [];
    const starts = initialisersOf(input, owner, name);
    if (starts.length === 0) return [];
    return [
      {
        title: `\`${name}\` is peekable`,
        edits: [
          field.source.edit(field.type.startIndex, field.type.endIndex, `std::iter::Peekable<${field.type.text}>`),
          ...starts.map(({ source, value }) =>
            source.insert(value.endIndex, value.text === name ? `: ${name}.peekable()` : '.peekable()'),
          ),
        ],
        features: { foreign: 1, agreement: 1 },
      },
    ];
  });
}

function memberDrafts(input: ProposeInput, found: Unresolved): Draft[] {
  const { file } = found;
  const field = enclosing(file.nodeAt(found.range), 'field_expression');
  const called =
    field?.parent?.type === 'call_expression' && field.parent.childForFieldName('function')?.id === field.id;
  const type = memberAccess(input)?.type ?? null;
  // Of several answers, those first that the receiver's type has: `contains` of a set, `contains_key` of a map.
  const has = (method: string): boolean => type !== null && stdMethod(type, /^\w+/.exec(method)?.[0] ?? method);
  const held = type?.kind === 'path' ? type.args[0] : undefined;
  // The top of a stack of numbers is a number, not a reference to one.
  const copied =
    isPath(type, 'Vec') && held !== undefined && isCopy(held) && called ? (ENDS.get(found.name) ?? []) : [];
  const answers = [...copied, ...(methods.get(found.name) ?? [])];
  // `.last()` runs an iterator to its end: to peek at the next item is another thing.
  if (found.name === 'peek' && type !== null && !isPath(type, 'Vec', 'VecDeque', 'BinaryHeap'))
    return peekable(input, found);
  return [...answers.filter(has), ...answers.filter((method) => !has(method))].map((method) => {
    const text = called || field === null ? method : `${method}()`;
    const edits = replaceEverywhere(input, found, text);
    return {
      title: `\`.${method}()\` for \`.${found.name}\``,
      edits,
      features: { foreign: 1, repeats: edits.length, agreement: Number(has(method)) },
    };
  });
}
