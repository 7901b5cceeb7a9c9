// E0515, E0597, E0716, E0505: what is handed out, collected or kept is owned instead of borrowed from a value that ends
// here: the declared type and what goes into it change together.
//
// fn shout(w: &str) -> &str { let loud = w.to_uppercase(); loud.as_str() }      before
// fn shout(w: &str) -> String { let loud = w.to_uppercase(); loud }             after
import type { Edit } from '../../schemas/types.ts';
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { borrowFacts, letOf, nodeOf, type Place } from './support/borrow-facts.ts';
import { sound } from './support/drafts.ts';
import { methodCall, namedChildren, receiver, referenced } from './support/expressions.ts';
import { enclosingFunction } from './support/functions.ts';
import { type Local, localAt, usesOf } from './support/locals.ts';
import { ownedValue, ownReferences, ownStruct } from './support/owned-types.ts';
import { rust } from './support/rust.ts';
import { parseType, writeType } from './support/rust-type.ts';

export const borrowsOwned: Proposer = {
  name: 'borrows-owned',
  codes: ['E0515', 'E0597', 'E0716', 'E0505'],
  propose(input) {
    const facts = borrowFacts(input);
    if (facts.at === null) return [];
    const { at } = facts;
    const drafts: Draft[] = [];
    if (input.diagnostic.code === 'E0515') drafts.push(...returnOwned(at));
    if (input.diagnostic.code === 'E0716') drafts.push(...ownResult(at));
    const lenders = [at, ...facts.borrows].flatMap((place) => lender(place) ?? []);
    for (const keeper of [at, ...facts.laterUses].flatMap((place) => keeperAt(place) ?? [])) {
      drafts.push(...collected(input, at.source, keeper, lenders));
    }
    return sound(drafts);
  },
  examples: [
    {
      title: 'returns what it made',
      before: rust`
        pub fn shout(word: &str) -> &str {
            let loud = word.to_uppercase();
            loud.as_str()
        }
      `,
      after: rust`
        pub fn shout(word: &str) -> String {
            let loud = word.to_uppercase();
            loud
        }
      `,
      within: 1,
    },
    {
      title: 'owns what a temporary lent',
      before: rust`
        pub fn tidy(word: &str) -> usize {
            let plain = word.to_lowercase().trim();
            plain.len()
        }
      `,
      after: rust`
        pub fn tidy(word: &str) -> usize {
            let plain = word.to_lowercase().trim().to_string();
            plain.len()
        }
      `,
      within: 1,
    },
    {
      title: 'a list that is returned owns its texts',
      before: rust`
        pub fn words(text: &str) -> Vec<&str> {
            let mut found = Vec::new();
            for line in text.lines() {
                let low = line.to_lowercase();
                for word in low.split(' ') {
                    found.push(word);
                }
            }
            found
        }
      `,
      after: rust`
        pub fn words(text: &str) -> Vec<String> {
            let mut found = Vec::new();
            for line in text.lines() {
                let low = line.to_lowercase();
                for word in low.split(' ') {
                    found.push(word.to_string());
                }
            }
            found
        }
      `,
      within: 1,
    },
    {
      title: 'a list in the function owns what goes into it',
      before: rust`
        pub fn lengths(n: usize) -> Vec<usize> {
            let mut rows: Vec<&String> = Vec::new();
            for i in 0..n {
                let row = "#".repeat(i);
                rows.push(&row);
            }
            rows.iter().map(|row| row.len()).collect()
        }
      `,
      after: rust`
        pub fn lengths(n: usize) -> Vec<usize> {
            let mut rows: Vec<String> = Vec::new();
            for i in 0..n {
                let row = "#".repeat(i);
                rows.push(row);
            }
            rows.iter().map(|row| row.len()).collect()
        }
      `,
      within: 1,
    },
    {
      title: 'the keys of a map',
      before: rust`
        use std::collections::HashMap;

        pub fn counts(text: &str) -> HashMap<&str, usize> {
            let mut counts = HashMap::new();
            for word in text.split(' ') {
                let word = word.to_lowercase();
                *counts.entry(word.as_str()).or_insert(0) += 1;
            }
            counts
        }
      `,
      after: rust`
        use std::collections::HashMap;

        pub fn counts(text: &str) -> HashMap<String, usize> {
            let mut counts = HashMap::new();
            for word in text.split(' ') {
                let word = word.to_lowercase();
                *counts.entry(word).or_insert(0) += 1;
            }
            counts
        }
      `,
      within: 1,
    },
    {
      title: 'a struct that owns its texts',
      before: rust`
        pub struct Entry<'a> {
            pub key: &'a str,
            pub value: i32,
        }

        impl<'a> Entry<'a> {
            pub fn describe(&self) -> String {
                format!("{}={}", self.key, self.value)
            }
        }

        pub fn parse(text: &str) -> Vec<Entry<'_>> {
            let mut entries = Vec::new();
            for line in text.lines() {
                let line = line.replace(' ', "");
                if let Some((key, value)) = line.split_once('=') {
                    entries.push(Entry { key, value: value.parse().unwrap_or(0) });
                }
            }
            entries
        }
      `,
      after: rust`
        pub struct Entry {
            pub key: String,
            pub value: i32,
        }

        impl Entry {
            pub fn describe(&self) -> String {
                format!("{}={}", self.key, self.value)
            }
        }

        pub fn parse(text: &str) -> Vec<Entry> {
            let mut entries = Vec::new();
            for line in text.lines() {
                let line = line.replace(' ', "");
                if let Some((key, value)) = line.split_once('=') {
                    entries.push(Entry { key: key.to_string(), value: value.parse().unwrap_or(0) });
                }
            }
            entries
        }
      `,
      within: 1,
    },
    {
      title: 'the best of what a loop makes',
      before: rust`
        #[derive(Clone)]
        pub struct Offer {
            pub price: u32,
        }

        fn parse(line: &str) -> Option<Offer> {
            line.parse().ok().map(|price| Offer { price })
        }

        pub fn best(lines: &[&str]) -> Option<Offer> {
            let mut best: Option<&Offer> = None;
            let mut least = u32::MAX;
            for line in lines {
                if let Some(offer) = parse(line) {
                    if offer.price < least {
                        least = offer.price;
                        best = Some(&offer);
                    }
                }
            }
            best.cloned()
        }
      `,
      after: rust`
        #[derive(Clone)]
        pub struct Offer {
            pub price: u32,
        }

        fn parse(line: &str) -> Option<Offer> {
            line.parse().ok().map(|price| Offer { price })
        }

        pub fn best(lines: &[&str]) -> Option<Offer> {
            let mut best: Option<Offer> = None;
            let mut least = u32::MAX;
            for line in lines {
                if let Some(offer) = parse(line) {
                    if offer.price < least {
                        least = offer.price;
                        best = Some(offer);
                    }
                }
            }
            best
        }
      `,
      within: 1,
    },
  ],
};

/** The local that a borrow is of, where it is one. */
function lender(place: Place): Local | null {
  let node: Node | null = nodeOf(place);
  while (node !== null && node.type !== 'identifier') {
    node =
      methodCall(node)?.receiver ?? referenced(node) ?? (node.type === 'try_expression' ? node.namedChild(0) : null);
  }
  return node === null ? null : localAt(place.source, node);
}

/** The local that keeps borrows for later: what is returned, or used after the lender has ended. */
function keeperAt(place: Place): Local | null {
  const node = nodeOf(place);
  const name = node.type === 'identifier' ? node : descendants(node, 'identifier')[0];
  return name === undefined ? null : localAt(place.source, name);
}

/** Calls that put something into a collection. */
const KEEPS: ReadonlySet<string> = new Set(['push', 'push_back', 'push_front', 'insert', 'entry', 'extend']);

/** The collection's declared type becomes owned, and so does everything that goes into it. */
function collected(input: ProposeInput, source: SourceFile, keeper: Local, lenders: readonly Local[]): Draft[] {
  if (keeper.declaration.type !== 'let_declaration') return [];
  const fn = enclosing(keeper.declaration, 'function_item');
  const result = fn?.childForFieldName('return_type') ?? null;
  const puts = usesOf(source, keeper).flatMap((use) => {
    const call = use.parent?.type === 'field_expression' ? methodCall(use.parent.parent) : null;
    return call?.receiver.equals(use) && KEEPS.has(call.name.text) ? [call] : [];
  });
  const isReturned = returned(source, keeper);
  const declared = [keeper.type, ...(isReturned ? [result] : [])].filter((type): type is Node => type !== null);
  const types: Edit[] = [];
  for (const type of declared) {
    const own = ownReferences(source, type);
    if (own === null) return [];
    types.push(...own);
  }
  const values: Edit[] = [];
  for (const put of puts) {
    const args = put.name.text === 'entry' ? put.args.slice(0, 1) : put.args;
    for (const arg of args.flatMap((one) => (one.type === 'tuple_expression' ? namedChildren(one) : [one]))) {
      if (!borrows(source, arg, lenders)) continue;
      const literal = arg.type === 'struct_expression' ? arg.childForFieldName('name')?.text : undefined;
      const struct = literal === undefined ? null : ownStruct(input, literal);
      if (struct !== null) values.push(...struct);
      else if (arg.type !== 'struct_expression')
        values.push(source.edit(arg.startIndex, arg.endIndex, owned(source, arg, lenders, declared)));
    }
  }
  values.push(...assigned(source, keeper, lenders, declared));
  if (values.length === 0) return [];
  return [
    {
      title: `\`${keeper.name}\` owns what it keeps`,
      edits: [...types, ...values],
      features: { agreement: 1, repeats: Math.max(1, types.length + values.length - 1) },
    },
  ];
}

/** `best = Some(&item)`: the item itself; what made owned values of the kept references is not needed any more. */
function assigned(source: SourceFile, keeper: Local, lenders: readonly Local[], declared: readonly Node[]): Edit[] {
  const uses = usesOf(source, keeper);
  const stored = uses.flatMap((use): Edit[] => {
    const assignment = use.parent?.type === 'assignment_expression' ? use.parent : null;
    const right =
      assignment?.childForFieldName('left')?.equals(use) === true ? assignment.childForFieldName('right') : null;
    const references = right === null ? [] : [right, ...descendants(right, 'reference_expression')];
    const own = references.filter((one) => one.type === 'reference_expression' && borrows(source, one, lenders));
    return own
      .slice(0, 1)
      .map((one) => source.edit(one.startIndex, one.endIndex, owned(source, one, lenders, declared)));
  });
  if (stored.length === 0) return [];
  const copies = uses.flatMap((use): Edit[] => {
    const call = use.parent?.type === 'field_expression' ? methodCall(use.parent.parent) : null;
    const whole = use.parent?.parent;
    const copied = call?.receiver.equals(use) === true && /^(?:cloned|copied)$/.test(call.name.text);
    return copied && whole ? [source.edit(use.endIndex, whole.endIndex, '')] : [];
  });
  return [...stored, ...copies];
}

/** Whether a value borrows from one of the lenders, straight or through the bindings it was taken out of. */
function borrows(source: SourceFile, value: Node, lenders: readonly Local[], depth = 4): boolean {
  return descendants(value, 'identifier', 'shorthand_field_identifier').some((name) => {
    const local = name.type === 'identifier' ? localAt(source, name) : null;
    if (local === null) return false;
    if (lenders.some((lent) => lent.node.equals(local.node))) return true;
    return depth > 0 && local.value !== null && borrows(source, local.value, lenders, depth - 1);
  });
}

/** What goes in as a value of its own: the lender itself where nothing needs it afterwards. */
function owned(source: SourceFile, arg: Node, lenders: readonly Local[], declared: readonly Node[]): string {
  const texts = declared.some((type) => /\b(?:str|String)\b/.test(type.text));
  const call = methodCall(arg);
  const inner =
    referenced(arg) ??
    (call !== null && ['as_str', 'as_slice', 'as_ref'].includes(call.name.text) ? call.receiver : null);
  const local = inner?.type === 'identifier' ? localAt(source, inner) : null;
  const last = local !== null && !usesOf(source, local).some((use) => use.startIndex > arg.endIndex);
  if (inner !== null && local !== null && last && lenders.some((lent) => lent.node.equals(local.node)))
    return inner.text;
  return ownedValue(arg, texts || call !== null ? 'String' : '');
}

/** Whether a local is what its function gives back. */
function returned(source: SourceFile, local: Local): boolean {
  const fn = enclosing(local.node, 'function_item');
  return usesOf(source, local).some(
    (use) =>
      use.parent?.type === 'return_expression' ||
      (use.parent?.type === 'block' && use.parent.equals(fn?.childForFieldName('body') ?? use)) ||
      (use.parent?.type === 'arguments' &&
        /^(?:Ok|Some)$/.test(use.parent.parent?.childForFieldName('function')?.text ?? '')),
  );
}

const OWNED: ReadonlyMap<string, string> = new Map([
  ['as_str', ''],
  ['as_slice', ''],
  ['as_ref', ''],
  ['trim', '.trim().to_string()'],
  ['trim_start', '.trim_start().to_string()'],
  ['trim_end', '.trim_end().to_string()'],
  ['deref', ''],
]);

/** Returns the value instead of a reference to it, and says so in the signature. */
function returnOwned(at: Place): Draft[] {
  const { node, source } = at;
  const fn = enclosingFunction(source, node);
  const declared = fn?.returnType ?? null;
  const type = declared === null ? null : parseType(declared.text);
  if (node === null || fn === null || declared === null) return [];
  const inner = referenced(node);
  const call = methodCall(node);
  const suffix = call === null ? undefined : OWNED.get(call.name.text);
  const value =
    inner !== null && inner.type !== 'index_expression'
      ? inner.text
      : suffix !== undefined && call !== null
        ? `${call.receiver.text}${suffix}`
        : null;
  const drafts: Draft[] = [];
  const owned = type?.kind === 'ref' ? ownedName(type.of) : null;
  if (owned !== null) {
    const text =
      value ??
      (owned === 'String'
        ? `${receiver(node.text)}.to_string()`
        : owned.startsWith('Vec<')
          ? `${receiver(node.text)}.to_vec()`
          : `${receiver(node.text)}.clone()`);
    drafts.push({
      title: `Return \`${owned}\``,
      edits: [
        source.edit(declared.startIndex, declared.endIndex, owned),
        source.edit(node.startIndex, node.endIndex, text),
      ],
      features: { agreement: 0.9 },
    });
  }
  if (value !== null && owned === null) {
    drafts.push({
      title: 'Return the value itself',
      edits: [source.edit(node.startIndex, node.endIndex, value)],
      features: { agreement: 0.5 },
    });
  }
  return drafts;
}

function ownedName(type: ReturnType<typeof parseType>): string | null {
  if (type === null) return null;
  if (type.kind === 'path' && type.name === 'str') return 'String';
  const of = type.kind === 'slice' ? writeType(type.of) : null;
  return type.kind === 'slice' ? (of === null ? null : `Vec<${of}>`) : writeType(type);
}

/** `let x = temporary().lent();` keeps a copy of what was lent. */
function ownResult(at: Place): Draft[] {
  const found = letOf(at);
  if (found === null || methodCall(found.value) === null) return [];
  const name = methodCall(found.value)?.name.text ?? '';
  const text = ['trim', 'as_str', 'trim_end', 'trim_start', 'trim_matches', 'strip_prefix'].includes(name)
    ? '.to_string()'
    : '.to_owned()';
  return [
    { title: 'Own the result', edits: [at.source.insert(found.value.endIndex, text)], features: { agreement: 0.6 } },
  ];
}
