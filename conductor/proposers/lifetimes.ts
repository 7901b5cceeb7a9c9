// E0106, E0726: a reference without a lifetime where one must be said. A struct gets a parameter that its fields, its
// `impl` blocks and the functions that build it share; a function ties its result to the parameters it returns.
//
// struct Parser { text: &str }  impl Parser { … }                       before
// struct Parser<'a> { text: &'a str }  impl<'a> Parser<'a> { … }        after
import type { Edit } from '../../schemas/types.ts';
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import {
  accessorEdits,
  ambiguous,
  heldBy,
  implEdits,
  lentOnly,
  mentions,
  type TypeItem,
} from './support/borrowing-types.ts';
import { sound } from './support/drafts.ts';
import { endsOf } from './support/ends.ts';
import { functionOf, type RustFunction } from './support/functions.ts';
import { argument, bareReferences, declare, name } from './support/lifetime-edits.ts';
import { localAt } from './support/locals.ts';
import { ownStruct } from './support/owned-types.ts';
import { rust } from './support/rust.ts';
import { parseType, writeType } from './support/rust-type.ts';
import { statementsOf } from './support/statements.ts';

export const lifetimes: Proposer = {
  name: 'lifetimes',
  codes: ['E0106', 'E0726'],
  propose(input) {
    const drafts: Draft[] = [];
    for (const span of input.diagnostic.spans.filter((one) => one.primary)) {
      const source = input.source(span.file);
      if (source === null) continue;
      const node = source.nodeAt(source.range(span));
      const item = enclosing(node, 'struct_item', 'enum_item', 'function_item', 'function_signature_item', 'impl_item');
      if (item === null) continue;
      if (item.type === 'struct_item' || item.type === 'enum_item') drafts.push(...ofType(input, source, item));
      const fn = functionOf(source, item);
      if (fn !== null) drafts.push(...ofFunction(fn));
    }
    return sound(drafts);
  },
  examples: [
    {
      title: 'a method that gives out what it holds',
      before: rust`
        pub struct Shelf {
            books: Vec<String>,
        }

        impl Shelf {
            pub fn book(self, at: usize) -> Option<&String> {
                self.books.get(at)
            }
        }
      `,
      after: rust`
        pub struct Shelf {
            books: Vec<String>,
        }

        impl Shelf {
            pub fn book(&self, at: usize) -> Option<&String> {
                self.books.get(at)
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a struct that borrows, its impl and its constructor',
      before: rust`
        pub struct Parser {
            text: &str,
            at: usize,
        }

        impl Parser {
            pub fn new(text: &str) -> Self {
                Parser { text, at: 0 }
            }

            pub fn rest(&self) -> &str {
                &self.text[self.at..]
            }
        }

        pub fn count(parser: &Parser) -> usize {
            parser.rest().len()
        }
      `,
      after: rust`
        pub struct Parser<'a> {
            text: &'a str,
            at: usize,
        }

        impl<'a> Parser<'a> {
            pub fn new(text: &'a str) -> Self {
                Parser { text, at: 0 }
            }

            pub fn rest(&self) -> &'a str {
                &self.text[self.at..]
            }
        }

        pub fn count(parser: &Parser) -> usize {
            parser.rest().len()
        }
      `,
      within: 1,
    },
    {
      title: 'a type that holds itself, and one that holds it',
      before: rust`
        pub enum Json {
            Text(&str),
            List(Vec<Json>),
        }

        pub struct Document {
            root: Option<Json>,
        }

        impl Document {
            pub fn is_empty(&self) -> bool {
                self.root.is_none()
            }
        }
      `,
      after: rust`
        pub enum Json<'a> {
            Text(&'a str),
            List(Vec<Json<'a>>),
        }

        pub struct Document<'a> {
            root: Option<Json<'a>>,
        }

        impl<'a> Document<'a> {
            pub fn is_empty(&self) -> bool {
                self.root.is_none()
            }
        }
      `,
      within: 1,
    },
    {
      title: 'the result borrows from the parameters that are returned',
      before: rust`
        pub fn longer(a: &str, b: &str) -> &str {
            if a.len() > b.len() { a } else { b }
        }
      `,
      after: rust`
        pub fn longer<'a>(a: &'a str, b: &'a str) -> &'a str {
            if a.len() > b.len() { a } else { b }
        }
      `,
      within: 1,
    },
    {
      title: 'only one of them is returned',
      before: rust`
        pub fn after(text: &str, mark: &str) -> &str {
            match text.find(mark) {
                Some(at) => &text[at + mark.len()..],
                None => text,
            }
        }
      `,
      after: rust`
        pub fn after<'a>(text: &'a str, mark: &str) -> &'a str {
            match text.find(mark) {
                Some(at) => &text[at + mark.len()..],
                None => text,
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a literal lives for ever',
      before: rust`
        pub fn greeting() -> &str {
            "hello"
        }
      `,
      after: rust`
        pub fn greeting() -> &'static str {
            "hello"
        }
      `,
      within: 1,
    },
    {
      title: 'what the function makes is owned',
      before: rust`
        pub fn line(n: usize) -> &str {
            "-".repeat(n)
        }
      `,
      after: rust`
        pub fn line(n: usize) -> String {
            "-".repeat(n)
        }
      `,
      within: 3,
    },
    {
      title: 'an iterator over what a generic type borrows',
      before: rust`
        pub struct Items<T> {
            rest: &[T],
        }

        impl<T> Iterator for Items<T> {
            type Item = &T;

            fn next(&mut self) -> Option<Self::Item> {
                let (first, rest) = self.rest.split_first()?;
                self.rest = rest;
                Some(first)
            }
        }
      `,
      after: rust`
        pub struct Items<'a, T> {
            rest: &'a [T],
        }

        impl<'a, T> Iterator for Items<'a, T> {
            type Item = &'a T;

            fn next(&mut self) -> Option<Self::Item> {
                let (first, rest) = self.rest.split_first()?;
                self.rest = rest;
                Some(first)
            }
        }
      `,
      within: 1,
    },
    {
      title: 'two types that borrow, one of which gives out the other',
      before: rust`
        pub enum Token {
            Word(&str),
            End,
        }

        pub struct Reader {
            rest: &str,
        }

        impl Reader {
            pub fn new(text: &str) -> Self {
                Reader { rest: text }
            }

            pub fn next(&mut self) -> Token {
                match self.rest.split_once(' ') {
                    Some((word, rest)) => {
                        self.rest = rest;
                        Token::Word(word)
                    }
                    None => Token::End,
                }
            }
        }
      `,
      after: rust`
        pub enum Token<'a> {
            Word(&'a str),
            End,
        }

        pub struct Reader<'a> {
            rest: &'a str,
        }

        impl<'a> Reader<'a> {
            pub fn new(text: &'a str) -> Self {
                Reader { rest: text }
            }

            pub fn next(&mut self) -> Token<'a> {
                match self.rest.split_once(' ') {
                    Some((word, rest)) => {
                        self.rest = rest;
                        Token::Word(word)
                    }
                    None => Token::End,
                }
            }
        }
      `,
      within: 1,
    },
    {
      title: 'an item of a list of references',
      before: rust`
        pub fn shortest(texts: &[&str]) -> &str {
            let mut best = texts[0];
            for text in texts {
                if text.len() < best.len() {
                    best = text;
                }
            }
            best
        }
      `,
      after: rust`
        pub fn shortest<'a>(texts: &[&'a str]) -> &'a str {
            let mut best = texts[0];
            for text in texts {
                if text.len() < best.len() {
                    best = text;
                }
            }
            best
        }
      `,
      within: 1,
    },
  ],
};

function ofType(input: ProposeInput, source: SourceFile, item: Node): Draft[] {
  const typeName = item.childForFieldName('name');
  const body = item.childForFieldName('body');
  if (typeName === null || body === null || item.childForFieldName('type_parameters')?.text.includes("'a")) return [];
  if (bareReferences(body).length === 0) return [];
  const others = borrowing(input, item);
  const own = borrowFor(input, [{ source, item }], typeName.text);
  return others.length === 0
    ? own
    : [...borrowFor(input, [{ source, item }, ...others], typeName.text).slice(0, 1), ...own];
}

/** The crate's other types that have references in their fields and no lifetime: the same slip. */
function borrowing(input: ProposeInput, item: Node): TypeItem[] {
  return input.files.flatMap((file) => {
    const source = input.source(file);
    return source === null
      ? []
      : descendants(source.root, 'struct_item', 'enum_item').flatMap((other) => {
          const body = other.childForFieldName('body');
          const declared = other.childForFieldName('type_parameters')?.text.includes("'") === true;
          return body === null || declared || other.equals(item) || bareReferences(body).length === 0
            ? []
            : [{ source, item: other }];
        });
  });
}

/** The types, and all that hold them, borrow for `'a`. */
function borrowFor(input: ProposeInput, firsts: readonly TypeItem[], typeName: string): Draft[] {
  const types = heldBy(input, firsts);
  const names = new Set(types.map((type) => type.item.childForFieldName('name')?.text ?? ''));
  const lent = lentOnly(types.map((type) => type.item.childForFieldName('body') as Node));
  const accessors: Edit[] = [];
  const edits: Edit[] = [];
  for (const { source: file, item: one } of types) {
    const fields = one.childForFieldName('body') as Node;
    edits.push(declare(file, one, one.childForFieldName('name') as Node));
    edits.push(...bareReferences(fields).map((reference) => name(file, reference, "'a")));
    edits.push(...mentions(fields, names).map((used) => argument(file, used)));
  }
  for (const file of input.files) {
    const other = input.source(file);
    if (other === null) continue;
    for (const impl of descendants(other.root, 'impl_item'))
      for (const one of names) {
        edits.push(...implEdits(other, impl, one, names));
        accessors.push(...accessorEdits(other, impl, one, lent));
      }
    for (const node of descendants(other.root, 'function_item')) edits.push(...ambiguous(other, node, names));
  }
  const title = `\`${[...(firsts.length > 1 ? names : [typeName])].join('`, `')}\` borrows for \`'a\``;
  const drafts: Draft[] = [{ title, edits, features: { agreement: 0.9, repeats: edits.length } }];
  // What is read out of it may outlive it: callers can do more with that, never less.
  if (accessors.length > 0)
    drafts.unshift({
      title: `${title}, and what it gives out`,
      edits: [...edits, ...accessors],
      features: { agreement: 1, repeats: edits.length + accessors.length },
    });
  const owned = ownStruct(input, typeName);
  if (owned !== null)
    drafts.push({
      title: `\`${typeName}\` owns its fields`,
      edits: owned,
      features: { agreement: 0.4, repeats: owned.length },
    });
  return drafts;
}

function ofFunction(fn: RustFunction): Draft[] {
  const { source, returnType } = fn;
  const fnName = fn.node.childForFieldName('name');
  const results = returnType === null ? [] : bareReferences(returnType);
  if (returnType === null || fnName === null || results.length === 0) return [];
  const given = fn.parameters.filter((parameter) => bareReferences(parameter.type).length > 0);
  const drafts: Draft[] = [...borrowedSelf(fn, given.length)];
  const tie = (title: string, chosen: typeof given, agreement: number, which = bareReferences): void => {
    const edits = [
      declare(source, fn.node, fnName),
      ...chosen.flatMap((parameter) => which(parameter.type).map((one) => name(source, one, "'a"))),
      ...results.map((one) => name(source, one, "'a")),
    ];
    drafts.push({ title, edits, features: { agreement, repeats: chosen.length } });
  };
  const returned = given.filter((parameter) => isReturned(fn, parameter.pattern));
  // An item of a list of references outlives the list.
  const wanted = results[0]?.childForFieldName('type')?.text;
  const innermost = (type: Node): Node[] =>
    bareReferences(type).filter((one) => one.childForFieldName('type')?.text === wanted);
  const nested = returned.some(({ type }) => bareReferences(type).length > innermost(type).length);
  if (nested && results.length === 1 && returned.every(({ type }) => innermost(type).length > 0))
    tie('Tie the result to the references in what is returned', returned, 1, innermost);
  if (returned.length > 0) tie('Tie the result to what is returned', returned, 1);
  if (given.length > 0 && returned.length !== given.length) tie('Tie the result to every reference', given, 0.5);
  const bare = parseType(returnType.text);
  const owned = bare?.kind === 'ref' ? (writeType(bare.of) === 'str' ? 'String' : writeType(bare.of)) : null;
  if (given.length === 0) {
    drafts.push({
      title: "The result is `'static`",
      edits: results.map((one) => name(source, one, "'static")),
      features: { agreement: 0.6 },
    });
  }
  if (owned !== null && !owned.startsWith('[')) {
    drafts.push({
      title: `Return \`${owned}\``,
      edits: [source.edit(returnType.startIndex, returnType.endIndex, owned)],
      features: { agreement: given.length === 0 ? 0.5 : 0.2 },
    });
  }
  return drafts;
}

/** A method that takes itself and gives out a reference means to borrow. */
function borrowedSelf({ source, self, node, body }: RustFunction, given: number): Draft[] {
  if (self === null || body === null || given > 0 || !/^(?:mut\s+)?self$/.test(self.text)) return [];
  if (enclosing(node, 'impl_item')?.childForFieldName('trait') || !/\bself\b/.test(body.text)) return [];
  const text = self.text.startsWith('mut') ? '&mut self' : '&self';
  return [
    {
      title: `Take \`${text}\``,
      edits: [source.edit(self.startIndex, self.endIndex, text)],
      features: { agreement: 1, idiom: 1 },
    },
  ];
}

/** Whether a parameter stands in what the function returns: itself, borrowed, indexed, or as the receiver of a method. */
function isReturned(fn: RustFunction, pattern: Node): boolean {
  const { source, body } = fn;
  const last = body === null ? undefined : statementsOf(body).at(-1);
  if (body === null || last === undefined) return false;
  const values = [last, ...descendants(body, 'return_expression')].flatMap((node) => endsOf(node));
  return values.some((value) => {
    const root = rootOf(value);
    if (root === null) return false;
    const local = localAt(source, root);
    if (local?.node.equals(pattern)) return true;
    // One step back through a binding: `let rest = &text[1..]; rest`.
    const from = local === null || local.value === null ? null : rootOf(local.value);
    return from !== null && localAt(source, from)?.node.equals(pattern) === true;
  });
}

/** The name that an expression borrows from: `&text[1..].trim()` → `text`. */
function rootOf(node: Node): Node | null {
  let at: Node | null = node;
  while (at !== null && at.type !== 'identifier') {
    if (at.type === 'call_expression') {
      const callee: Node | null = at.childForFieldName('function');
      if (callee?.type === 'field_expression') {
        at = callee.childForFieldName('value');
        continue;
      }
      const args: Node | null = at.childForFieldName('arguments');
      at = args?.namedChild(0) ?? null;
      continue;
    }
    at =
      at.type === 'reference_expression' || at.type === 'field_expression'
        ? at.childForFieldName('value')
        : at.namedChild(0);
  }
  return at;
}
