// E0499, E0502, E0506, E0505: a place in a list instead of a borrow of it. A loop counts, a search gives a position, and a
// binding of `&mut list[i]` is written out where it is used.
//
// for item in self.items.iter() { self.add(item.price); }                  before
// for i in 0..self.items.len() { self.add(self.items[i].price); }          after
import type { Edit } from '../../schemas/types.ts';
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { borrowFacts, iteratedBy, nodeOf, type Place } from './support/borrow-facts.ts';
import { sound } from './support/drafts.ts';
import { placePath, writtenPaths } from './support/effects.ts';
import { methodCall, namedChildren, referenced } from './support/expressions.ts';
import { calleeOf, functionsNamed } from './support/functions.ts';
import { bindings, type Local, usesOf } from './support/locals.ts';
import { rust } from './support/rust.ts';
import { statementsOf, wholeLines } from './support/statements.ts';

export const borrowsIndex: Proposer = {
  name: 'borrows-index',
  codes: ['E0499', 'E0502', 'E0506', 'E0505'],
  propose(input) {
    const facts = borrowFacts(input);
    const places = [...facts.borrows, ...(facts.at === null ? [] : [facts.at])];
    return sound(
      places.flatMap((place) => [...counted(input, place), ...positions(input, place), ...writtenOut(place)]),
    );
  },
  examples: [
    {
      title: 'a loop counts',
      before: rust`
        pub struct Cart {
            items: Vec<(String, u32)>,
            total: u32,
        }

        impl Cart {
            fn add(&mut self, price: u32) {
                self.total += price;
            }

            pub fn sum(&mut self) {
                for item in self.items.iter() {
                    self.add(item.1);
                }
            }
        }
      `,
      after: rust`
        pub struct Cart {
            items: Vec<(String, u32)>,
            total: u32,
        }

        impl Cart {
            fn add(&mut self, price: u32) {
                self.total += price;
            }

            pub fn sum(&mut self) {
                for i in 0..self.items.len() {
                    self.add(self.items[i].1);
                }
            }
        }
      `,
      within: 1,
    },
    {
      title: 'two entries by their positions',
      before: rust`
        pub struct Account {
            id: u32,
            cents: i64,
        }

        pub fn transfer(accounts: &mut Vec<Account>, from: u32, to: u32, cents: i64) -> Option<()> {
            let source = accounts.iter_mut().find(|a| a.id == from)?;
            let target = accounts.iter_mut().find(|a| a.id == to)?;
            source.cents -= cents;
            target.cents += cents;
            Some(())
        }
      `,
      after: rust`
        pub struct Account {
            id: u32,
            cents: i64,
        }

        pub fn transfer(accounts: &mut Vec<Account>, from: u32, to: u32, cents: i64) -> Option<()> {
            let source = accounts.iter().position(|a| a.id == from)?;
            let target = accounts.iter().position(|a| a.id == to)?;
            accounts[source].cents -= cents;
            accounts[target].cents += cents;
            Some(())
        }
      `,
      within: 1,
    },
    {
      title: 'a search that is a method of its own',
      before: rust`
        pub struct Book {
            id: u32,
            copies: u32,
        }

        pub struct Shelf {
            books: Vec<Book>,
            lent: u32,
        }

        impl Shelf {
            fn book(&mut self, id: u32) -> Option<&mut Book> {
                self.books.iter_mut().find(|book| book.id == id)
            }

            fn note(&mut self) {
                self.lent += 1;
            }

            pub fn lend(&mut self, number: u32) {
                if let Some(found) = self.book(number) {
                    self.note();
                    found.copies -= 1;
                }
            }
        }
      `,
      after: rust`
        pub struct Book {
            id: u32,
            copies: u32,
        }

        pub struct Shelf {
            books: Vec<Book>,
            lent: u32,
        }

        impl Shelf {
            fn book(&mut self, id: u32) -> Option<&mut Book> {
                self.books.iter_mut().find(|book| book.id == id)
            }

            fn note(&mut self) {
                self.lent += 1;
            }

            pub fn lend(&mut self, number: u32) {
                if let Some(found) = self.books.iter().position(|book| book.id == number) {
                    self.note();
                    self.books[found].copies -= 1;
                }
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a binding of an element is written out',
      before: rust`
        pub struct Row {
            sum: i32,
        }

        pub fn spread(rows: &mut [Row], i: usize) -> i32 {
            let row = &mut rows[i];
            let all: i32 = rows.iter().map(|r| r.sum).sum();
            row.sum = all;
            all
        }
      `,
      after: rust`
        pub struct Row {
            sum: i32,
        }

        pub fn spread(rows: &mut [Row], i: usize) -> i32 {
            let all: i32 = rows.iter().map(|r| r.sum).sum();
            rows[i].sum = all;
            all
        }
      `,
      within: 1,
    },
  ],
};

/** `for x in list.iter() { … x.f … }` → `for i in 0..list.len() { … list[i].f … }`. */
function counted(input: ProposeInput, place: Place): Draft[] {
  const loop = iteratedBy(place);
  const pattern = loop?.childForFieldName('pattern') ?? null;
  const value = loop?.childForFieldName('value') ?? null;
  const body = loop?.childForFieldName('body') ?? null;
  if (loop === null || pattern === null || value === null || body === null) return [];
  const { source } = place;
  const enumerated = methodCall(value)?.name.text === 'enumerate' ? methodCall(value)?.receiver : null;
  const list = listOf(enumerated ?? value);
  if (list === null) return [];
  const [index, item] = enumerated ? namedChildren(pattern) : [null, pattern];
  const name = item === undefined ? null : itemName(item);
  if (name === null || (enumerated && index?.type !== 'identifier')) return [];
  const all = bindings(source, enclosing(loop, 'function_item') ?? loop);
  const local = all.find((one) => one.node.equals(name));
  // Where the list shrinks under way its places are others.
  if (local === undefined || namedInText(body, local.name) || shrinks(body, list)) return [];
  const counter = index?.text ?? freeName(all, ['i', 'j', 'k', 'index']);
  const element = `${list}[${counter}]`;
  const uses = usesOf(source, local);
  const edits = [
    source.edit(pattern.startIndex, pattern.endIndex, counter),
    source.edit(value.startIndex, value.endIndex, `0..${list}.len()`),
    ...uses.map((use) => inPlaceOf(source, use, element, item?.type === 'reference_pattern')),
  ];
  const written = writtenPaths(input, body).has(list);
  return [
    {
      title: `Count through \`${list}\``,
      edits,
      features: { agreement: written ? 0.5 : 0.8, repeats: Math.max(1, uses.length) },
    },
  ];
}

/** The list that `&list`, `list.iter()` or `list.iter_mut()` goes through, as text. */
function listOf(value: Node): string | null {
  const call = methodCall(value);
  const list = call === null ? referenced(value) : ['iter', 'iter_mut'].includes(call.name.text) ? call.receiver : null;
  return list !== null && placePath(list) === list.text.replace(/\s+/g, '') ? list.text : null;
}

/** The one name in `x`, `&x` and `mut x`. */
function itemName(pattern: Node): Node | null {
  if (pattern.type === 'identifier') return pattern;
  const inner = pattern.type === 'reference_pattern' ? pattern.namedChild(0) : null;
  return inner?.type === 'identifier' ? inner : null;
}

/** `{name}` inside a text, where an expression cannot stand. */
function namedInText(node: Node, name: string): boolean {
  return descendants(node, 'string_literal').some((text) => new RegExp(`\\{${name}[:}]`).test(text.text));
}

function shrinks(body: Node, list: string): boolean {
  return descendants(body, 'call_expression').some((call) => {
    const method = methodCall(call);
    return (
      method?.receiver.text === list &&
      ['remove', 'swap_remove', 'pop', 'clear', 'retain', 'drain', 'truncate'].includes(method.name.text)
    );
  });
}

function freeName(taken: readonly Local[], names: readonly string[]): string {
  return names.find((name) => !taken.some((local) => local.name === name)) ?? 'position';
}

/** What stands for a use of a reference, where `element` is what it refers to: `*x`, `x.f`, `x`. */
function inPlaceOf(source: SourceFile, use: Node, element: string, isValue = false): Edit {
  const parent = use.parent;
  const put = (node: Node, text: string): Edit => source.edit(node.startIndex, node.endIndex, text);
  if (parent?.type === 'unary_expression' && parent.text.startsWith('*')) return put(parent, element);
  const isBase =
    ['field_expression', 'index_expression'].includes(parent?.type ?? '') && parent?.startIndex === use.startIndex;
  const isOperand =
    parent !== null &&
    ['binary_expression', 'compound_assignment_expr', 'assignment_expression', 'token_tree'].includes(parent.type);
  return put(use, isBase || isOperand || isValue ? element : `&${element}`);
}

/** A binding whose value is a search in a list, and what the search gives. */
interface Search {
  readonly local: Local;
  readonly list: string;
  readonly edits: readonly Edit[];
}

/** `list.iter_mut().find(…)` → `list.iter().position(…)`, for all bindings of the function that search that list. */
function positions(input: ProposeInput, place: Place): Draft[] {
  const { source } = place;
  const fn = enclosing(nodeOf(place), 'function_item');
  if (fn === null) return [];
  const found = bindings(source, fn).flatMap((local) => searched(input, source, local) ?? []);
  const own = found.find(
    ({ local }) =>
      local.value !== null && local.value.startIndex <= place.range.start && place.range.end <= local.value.endIndex,
  );
  if (own === undefined) return [];
  const same = found.filter(({ local, list }) => list === own.list && !namedInText(fn, local.name));
  const edits = same.flatMap(({ local, list, edits: change }) => [
    ...change,
    ...usesOf(source, local).map((use) => inPlaceOf(source, use, `${list}[${local.name}]`)),
  ]);
  return [{ title: `Its position in \`${own.list}\``, edits, features: { agreement: 0.9, repeats: same.length } }];
}

function searched(input: ProposeInput, source: SourceFile, local: Local): Search | null {
  if (local.value === null || !['let_declaration', 'let_condition', 'match_arm'].includes(local.declaration.type))
    return null;
  for (let node: Node | null = local.value; node !== null; ) {
    const call = methodCall(node);
    const iterator = call?.name.text === 'find' ? methodCall(call.receiver) : null;
    if (call !== null && iterator !== null) {
      if (!['iter', 'iter_mut'].includes(iterator.name.text)) return null;
      const edits = [
        source.edit(call.name.startIndex, call.name.endIndex, 'position'),
        ...byItem(source, call.args[0]),
      ];
      if (iterator.name.text === 'iter_mut')
        edits.push(source.edit(iterator.name.startIndex, iterator.name.endIndex, 'iter'));
      return { local, list: iterator.receiver.text, edits };
    }
    const text = call === null ? null : ownSearch(input, node);
    if (text !== null)
      return { local, list: text.list, edits: [source.edit(node.startIndex, node.endIndex, text.search)] };
    node = node.type === 'try_expression' ? node.namedChild(0) : (call?.receiver ?? null);
  }
  return null;
}

/** `find` looks at references to items, `position` at the items: one `&` or `*` fewer. */
function byItem(source: SourceFile, closure: Node | undefined): Edit[] {
  const parameters = closure?.childForFieldName('parameters');
  const parameter = parameters === null || parameters === undefined ? undefined : namedChildren(parameters)[0];
  if (!closure || !parameter) return [];
  if (parameter.type === 'reference_pattern') return [source.edit(parameter.startIndex, parameter.startIndex + 1, '')];
  return descendants(closure, 'unary_expression')
    .filter((star) => star.text.startsWith(`**${parameter.text}`))
    .map((star) => source.edit(star.startIndex, star.startIndex + 1, ''));
}

/** A call of a method whose whole body is a search in a field: the search with the call's arguments. */
function ownSearch(input: ProposeInput, node: Node): { readonly list: string; readonly search: string } | null {
  const call = methodCall(node);
  const fns = call?.receiver.type === 'self' ? functionsNamed(input, calleeOf(node)?.name.text ?? '') : [];
  const fn = fns.length === 1 ? fns[0] : undefined;
  const body = fn?.body ? statementsOf(fn.body) : [];
  const found = body.length === 1 ? methodCall(body[0] as Node) : null;
  const iterator = found?.name.text === 'find' ? methodCall(found.receiver) : null;
  const closure = found?.args[0];
  if (!call || !fn || !iterator || !closure || !['iter', 'iter_mut'].includes(iterator.name.text)) return null;
  const edits = [
    ...byItem(fn.source, closure),
    ...descendants(closure, 'identifier').flatMap((name) => {
      const index = fn.parameters.findIndex((parameter) => parameter.pattern.text === name.text);
      const argument = call.args[index];
      return argument === undefined || argument.text === name.text
        ? []
        : [fn.source.edit(name.startIndex, name.endIndex, argument.text)];
    }),
  ];
  let text = closure.text;
  for (const edit of edits
    .map((one) => ({ ...fn.source.range(one), text: one.text }))
    .sort((a, b) => b.start - a.start))
    text = `${text.slice(0, edit.start - closure.startIndex)}${edit.text}${text.slice(edit.end - closure.startIndex)}`;
  return { list: iterator.receiver.text, search: `${iterator.receiver.text}.iter().position(${text})` };
}

/** `let row = &mut rows[i]; … row.sum` → `rows[i].sum`. */
function writtenOut(place: Place): Draft[] {
  const statement = enclosing(nodeOf(place), 'let_declaration');
  const pattern = statement?.childForFieldName('pattern') ?? null;
  const target = referenced(statement?.childForFieldName('value') ?? null);
  const { source } = place;
  const lines = statement === null ? null : wholeLines(source, statement);
  if (statement === null || pattern?.type !== 'identifier' || target === null || lines === null) return [];
  if (
    !['index_expression', 'field_expression'].includes(target.type) ||
    descendants(target, 'call_expression').length > 0
  )
    return [];
  const fn = enclosing(statement, 'function_item');
  const local = fn === null ? undefined : bindings(source, fn).find((one) => one.node.equals(pattern));
  if (fn === null || local === undefined || namedInText(fn, local.name)) return [];
  const uses = usesOf(source, local);
  // A use as a whole would borrow again, from then on.
  if (uses.length === 0) return [];
  return [
    {
      title: `Write \`${target.text}\` where \`${local.name}\` is used`,
      edits: [source.edit(lines.start, lines.end, ''), ...uses.map((use) => inPlaceOf(source, use, target.text))],
      features: { agreement: 0.7, repeats: uses.length },
    },
  ];
}
