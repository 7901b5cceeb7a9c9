// Declarations that are put together wrong: types and names in another order, lifetimes, receivers, statements outside a function, imports in one line.
//
//     fn area(f64 width) -> f64      →     fn area(width: f64) -> f64
//     use std::fmt, std::io;         →     use std::fmt;
//                                          use std::io;
//
// Which keyword is meant is syntax-keywords', which punctuation syntax-punctuation's, attributes and comments
// syntax-attributes': here are the slips that need several tokens at once.
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { type Change, Repairs } from './support/repairs.ts';
import { rust } from './support/rust.ts';
import { around, closerIndex, groupOf, insertAt, type SyntaxPlace, swapSpan, syntaxPlace } from './support/syntax.ts';
import { itemKeywords, type Token } from './support/tokens.ts';

export const syntaxItems: Proposer = {
  name: 'syntax-items',
  codes: [null, 'E0106', 'E0425'],
  propose(input: ProposeInput): Draft[] {
    const place = syntaxPlace(input);
    if (place === null || place.tokens.length === 0) return [];
    const repairs = new Repairs(place.file);
    const { code, message } = input.diagnostic;
    if (code === null) {
      typeFirst(repairs, place);
      receivers(repairs, place);
      globals(repairs, place, message);
      importLists(repairs, place);
      returns(repairs, place);
      moved(repairs, place);
      parameterTypes(repairs, place);
    }
    if (code === null || code === 'E0106' || code === 'E0425') lifetimes(repairs, place);
    return repairs.drafts();
  },
  examples: [
    {
      title: 'globals with `let`',
      before: rust`
        let DAYS: u32 = 14;
        let MOST: usize = 2;

        pub fn due(today: u32, held: usize) -> Option<u32> {
            (held < MOST).then_some(today + DAYS)
        }
      `,
      after: rust`
        const DAYS: u32 = 14;
        const MOST: usize = 2;

        pub fn due(today: u32, held: usize) -> Option<u32> {
            (held < MOST).then_some(today + DAYS)
        }
      `,
      within: 1,
    },
    {
      title: 'parameters as in C, all of them',
      before: rust`
        pub fn area(f64 width, f64 height) -> f64 {
            width * height
        }
      `,
      after: rust`
        pub fn area(width: f64, height: f64) -> f64 {
            width * height
        }
      `,
    },
    {
      title: 'a variable as in C, with its type kept',
      before: rust`
        pub fn half() -> f64 {
            let f64 x = 3.0;
            x / 2.0
        }
      `,
      after: rust`
        pub fn half() -> f64 {
            let x: f64 = 3.0;
            x / 2.0
        }
      `,
    },
    {
      title: 'mut before the ampersand',
      before: rust`
        pub fn bump(x: mut &i32) {
            *x += 1;
        }
      `,
      after: rust`
        pub fn bump(x: &mut i32) {
            *x += 1;
        }
      `,
    },
    {
      title: 'a reference behind self',
      before: rust`
        pub struct Counter(u32);

        impl Counter {
            pub fn get(self&) -> u32 {
                self.0
            }
        }
      `,
      after: rust`
        pub struct Counter(u32);

        impl Counter {
            pub fn get(&self) -> u32 {
                self.0
            }
        }
      `,
    },
    {
      title: 'let outside a function, with a literal',
      before: rust`
        let LIMIT = 10;

        pub fn within(x: i32) -> bool {
            x < LIMIT
        }
      `,
      after: rust`
        const LIMIT: i32 = 10;

        pub fn within(x: i32) -> bool {
            x < LIMIT
        }
      `,
    },
    {
      title: 'two imports in one statement',
      before: rust`
        use std::collections::HashMap, std::fmt::Debug;

        pub fn show<T: Debug>(map: &HashMap<u8, T>) -> String {
            format!("{:?}", map)
        }
      `,
      after: rust`
        use std::collections::HashMap;
        use std::fmt::Debug;

        pub fn show<T: Debug>(map: &HashMap<u8, T>) -> String {
            format!("{:?}", map)
        }
      `,
    },
    {
      title: 'lifetimes without their quotes',
      before: rust`
        pub fn longest<a>(x: &a str, y: &a str) -> &a str {
            if x.len() > y.len() { x } else { y }
        }
      `,
      after: rust`
        pub fn longest<'a>(x: &'a str, y: &'a str) -> &'a str {
            if x.len() > y.len() { x } else { y }
        }
      `,
    },
    {
      title: 'an arrow with nothing behind it',
      before: rust`
        pub fn greet(name: &str) -> {
            println!("hello {name}");
        }
      `,
      after: rust`
        pub fn greet(name: &str) {
            println!("hello {name}");
        }
      `,
    },
    {
      title: 'a where clause before the return type',
      before: rust`
        pub fn twice<T>(x: &T) where T: Clone -> (T, T) {
            (x.clone(), x.clone())
        }
      `,
      after: rust`
        pub fn twice<T>(x: &T) -> (T, T) where T: Clone {
            (x.clone(), x.clone())
        }
      `,
    },
    {
      title: 'generics behind the parameters',
      before: rust`
        pub fn twice(x: &T)<T: Clone> -> (T, T) {
            (x.clone(), x.clone())
        }
      `,
      after: rust`
        pub fn twice<T: Clone>(x: &T) -> (T, T) {
            (x.clone(), x.clone())
        }
      `,
    },
  ],
};

const typeLike = /^([iu](8|16|32|64|128|size)|f32|f64|bool|char|str|String|\p{Lu}\w*)$/u;

/** `f64 width` as `width: f64`, in parameters and behind `let`; a statement `i32 x = 1` gets its `let` too. */
function typeFirst(repairs: Repairs, place: SyntaxPlace): void {
  const { tokens, index, file } = place;
  for (const at of around(tokens, index, 3, 1)) {
    const name = tokens[at] as Token;
    const from = typeStart(tokens, at - 1);
    if (name.kind !== 'ident' || from < 0) continue;
    const type = file.text.slice((tokens[from] as Token).start, (tokens[at - 1] as Token).end);
    const before = tokens[from - 1]?.text;
    const first = tokens[from] as Token;
    const change = swapSpan(first, name, `${name.text}: ${type}`);
    if (before === 'let' || before === 'mut') repairs.add(0.1, `\`${name.text}: ${type}\``, change);
    else if (first.leads || before === ';' || before === '{') {
      const words = before === '(' ? [''] : ['let ', 'let mut ', ''];
      for (const [rank, word] of words.entries()) {
        repairs.add(0.3 + rank * 0.2, `\`${word}${name.text}: ${type}\``, {
          ...change,
          text: `${word}${name.text}: ${type}`,
        });
      }
    } else if (before === '(' || before === ',') {
      repairs.add(0.3, `\`${name.text}: ${type}\``, change);
      const all = typedPairs(place, groupOf(tokens, at));
      if (all.length > 1) repairs.add(0.1, 'names before types, in all parameters', all);
    }
  }
}

/** Index at which a type that ends at `at` begins: `i32`, `Vec<T>`, `&str`, `&mut T`; -1 when none does. */
function typeStart(tokens: readonly Token[], at: number): number {
  let index = at;
  if (tokens[index]?.text === '>') {
    for (let depth = 0; index >= 0; index--) {
      if (tokens[index]?.text === '>') depth++;
      if (tokens[index]?.text === '<' && --depth === 0) break;
    }
    index--;
  }
  if (!typeLike.test(tokens[index]?.text ?? '')) return -1;
  if (tokens[index - 1]?.text === 'mut' && tokens[index - 2]?.text === '&') index -= 2;
  else if (tokens[index - 1]?.text === '&') index--;
  return index;
}

function typedPairs(place: SyntaxPlace, open: number): Change[] {
  const { tokens, file } = place;
  const changes: Change[] = [];
  if (open < 0) return changes;
  const close = closerIndex(tokens, open);
  for (let at = open + 1; at < close; at++) {
    const next = tokens[at + 1]?.text;
    const from = typeStart(tokens, at - 1);
    const name = tokens[at] as Token;
    if (name.kind !== 'ident' || from <= open || (next !== ',' && at + 1 !== close)) continue;
    const first = tokens[from] as Token;
    const type = file.text.slice(first.start, (tokens[at - 1] as Token).end);
    changes.push(swapSpan(first, name, `${name.text}: ${type}`));
  }
  return changes;
}

/** `mut &x`, `self&`, `& mut self`, `&self mut`, `&mut self.x`: references in the usual order. */
function receivers(repairs: Repairs, place: SyntaxPlace): void {
  const { tokens, index } = place;
  for (const at of around(tokens, index, 3, 2)) {
    const [one, two, three] = [tokens[at], tokens[at + 1], tokens[at + 2]];
    if (one === undefined || two === undefined) continue;
    const pair = `${one.text} ${two.text}`;
    if (pair === 'self &') repairs.add(0.1, '`&self`', swapSpan(one, two, '&self'));
    if (pair === 'self mut') {
      const before = tokens[at - 1];
      if (before?.text === '&') repairs.add(0.1, '`&mut self`', swapSpan(before, two, '&mut self'));
      else repairs.add(0.2, '`mut self`', swapSpan(one, two, 'mut self'));
    }
    if (pair === 'mut &' && three !== undefined) {
      repairs.add(0.1, '`&mut`', { start: one.start, end: three.start, text: '&mut ' });
      const all = [...tokens.keys()].filter(
        (other) => tokens[other]?.text === 'mut' && tokens[other + 1]?.text === '&',
      );
      const changes = all.map(
        (other): Change => ({
          start: (tokens[other] as Token).start,
          end: (tokens[other + 2] ?? two).start,
          text: '&mut ',
        }),
      );
      if (changes.length > 1) repairs.add(0.05, '`&mut` everywhere', changes);
    }
    if (pair === 'this :' || pair === 'self :') {
      const type = tokens[at + 2]?.text === '&' ? (tokens[at + 3]?.text === 'mut' ? '&mut ' : '&') : '';
      const end = tokens.findIndex((token, other) => other > at && (token.text === ',' || token.text === ')'));
      const last = tokens[end - 1];
      if (last !== undefined) repairs.add(0.5, 'a plain receiver', swapSpan(one, last, `${type}self`));
    }
  }
}

/** `let NAME = literal;` outside a function as a constant; a statement there moved into the brace that closed too early. */
function globals(repairs: Repairs, place: SyntaxPlace, message: string): void {
  const { tokens, index, file } = place;
  const token = tokens[index];
  if (token === undefined || !/expected item|`let` cannot be used for global/.test(message)) return;
  if (token.text === 'let' && groupOf(tokens, index) < 0) {
    // Who writes one global with `let` writes them all so; the compiler stops at the first.
    const others = tokens.flatMap((one, at) => (one.text === 'let' && groupOf(tokens, at) < 0 ? [{ one, at }] : []));
    const typed = others.every(({ at }) => tokens[at + 1]?.kind === 'ident' && tokens[at + 2]?.text === ':');
    if (others.length > 1 && typed)
      repairs.add(
        0.05,
        `\`const\` for ${others.length} globals`,
        others.map(({ one }) => ({ start: one.start, end: one.end, text: 'const' })),
      );
    const mutable = tokens[index + 1]?.text === 'mut';
    const name = tokens[index + (mutable ? 2 : 1)];
    const after = tokens[index + (mutable ? 3 : 2)];
    if (name?.kind !== 'ident' || after === undefined) return;
    const value = tokens[index + (mutable ? 4 : 3)];
    const type = after.text === '=' && value !== undefined ? literalType(value) : null;
    for (const [rank, word] of ['const', 'static'].entries()) {
      const text = `${word} ${name.text}${type === null ? '' : `: ${type}`}`;
      repairs.add(0.1 + rank * 0.3, `\`${text}\``, swapSpan(token, name, text));
    }
  }
  const previous = tokens[index - 1];
  if (previous?.text === '}' && !itemKeywords.has(token.text) && token.text !== '}') {
    const line = file.line(previous.line);
    const alone = file.slice(line).trim() === '}';
    const change = alone
      ? { start: line.start, end: file.line(previous.line + 1).start, text: '' }
      : { start: previous.start, end: previous.end, text: '' };
    repairs.add(0.4, 'the function goes on: remove the `}` before it', change);
  }
}

function literalType(token: Token): string | null {
  if (token.kind === 'string') return '&str';
  if (token.kind === 'char') return 'char';
  if (token.text === 'true' || token.text === 'false') return 'bool';
  if (token.kind !== 'number') return null;
  const suffix = /([iu](?:8|16|32|64|128|size)|f32|f64)$/.exec(token.text)?.[0];
  return suffix ?? (/[.eE]/.test(token.text) && !/^0x/.test(token.text) ? 'f64' : 'i32');
}

/** `use a::b, c::d;` as two imports. */
function importLists(repairs: Repairs, place: SyntaxPlace): void {
  const { tokens, index, file } = place;
  const use = tokens.slice(0, index + 1).findLastIndex((token) => token.text === 'use');
  const first = tokens[use];
  if (first === undefined || first.line !== tokens[index]?.line) return;
  const changes: Change[] = [];
  for (let at = use, depth = 0; at < tokens.length && tokens[at]?.text !== ';'; at++) {
    const token = tokens[at] as Token;
    if (token.kind === 'open') depth++;
    if (token.kind === 'close') depth--;
    const next = tokens[at + 1];
    if (token.text === ',' && depth === 0 && next !== undefined) {
      changes.push({ start: token.start, end: next.start, text: `;${file.newline}${file.indentAt(first.start)}use ` });
    }
  }
  if (changes.length > 0) repairs.add(0.1, 'one import a statement', changes);
}

/** `-> {`: an arrow with no type behind it. */
function returns(repairs: Repairs, place: SyntaxPlace): void {
  const { tokens, index } = place;
  for (const at of around(tokens, index, 2, 1)) {
    const [arrow, next, before] = [tokens[at], tokens[at + 1], tokens[at - 1]];
    if (arrow?.text !== '->' || next?.text !== '{' || before === undefined) continue;
    repairs.add(0.1, 'no return type', { start: before.end, end: next.start, text: ' ' });
  }
}

/** A return type behind `where`, and generics behind the parameters: moved to where they belong. */
function moved(repairs: Repairs, place: SyntaxPlace): void {
  const { tokens, index, file } = place;
  const fn = tokens.slice(0, index + 1).findLastIndex((token) => token.text === 'fn');
  const body = tokens.findIndex((token, at) => at > fn && (token.text === '{' || token.text === ';'));
  const open = tokens.findIndex((token, at) => at > fn && token.text === '(');
  if (fn < 0 || body < 0 || open < 0 || open > body) return;
  const where = tokens.findIndex((token, at) => at > fn && at < body && token.text === 'where');
  const arrow = tokens.findIndex((token, at) => at > Math.max(where, fn) && at < body && token.text === '->');
  const end = tokens[body - 1] as Token;
  if (where > 0 && arrow > where) {
    const type = file.text.slice((tokens[arrow] as Token).start, end.end);
    const clause = file.text.slice((tokens[where] as Token).start, (tokens[arrow - 1] as Token).end);
    repairs.add(0.1, 'the return type before `where`', swapSpan(tokens[where] as Token, end, `${type} ${clause}`));
  }
  const close = closerIndex(tokens, open);
  const angle = tokens[close + 1];
  if (angle?.text === '<' && tokens[open - 1]?.kind === 'ident') {
    const stop = tokens.findIndex((token, at) => at > close && token.text === '>');
    const last = tokens[stop];
    if (last === undefined || stop > body) return;
    repairs.add(0.1, 'generics before the parameters', [
      insertAt((tokens[open] as Token).start, file.text.slice(angle.start, last.end)),
      { start: angle.start, end: last.end, text: '' },
    ]);
  }
}

/** `fn f(x)` with the type that calls and uses make likely is another's; here a type without a name gets one. */
function parameterTypes(repairs: Repairs, place: SyntaxPlace): void {
  const { tokens, index } = place;
  const at = [index - 1, index].find((one) => typeLike.test(tokens[one]?.text ?? ''));
  const open = groupOf(tokens, index);
  if (at === undefined || tokens[open]?.text !== '(' || tokens[open - 2]?.text !== 'fn') return;
  const type = tokens[at] as Token;
  if (/^\p{Lu}|^str$/u.test(type.text))
    repairs.insert(1, 'a name for the parameter', type.start, `${type.text.toLowerCase()}: `);
}

/** `<a>` and `&a T` with the quote that a lifetime begins with, throughout the signature. */
function lifetimes(repairs: Repairs, place: SyntaxPlace): void {
  const { tokens, index } = place;
  const changes: Change[] = [];
  const names = new Set<string>();
  const from = tokens
    .slice(0, index + 1)
    .findLastIndex((token) => ['fn', 'impl', 'struct', 'enum', 'trait'].includes(token.text));
  if (from < 0) return;
  for (let at = from; at < tokens.length && tokens[at]?.text !== '{' && tokens[at]?.text !== ';'; at++) {
    const token = tokens[at] as Token;
    const [before, next] = [tokens[at - 1]?.text, tokens[at + 1]];
    if (token.kind !== 'ident' || !/^[a-z]\w{0,3}$/.test(token.text) || next === undefined) continue;
    const borrowed = before === '&' && (next.kind === 'ident' || next.text === 'mut' || next.text === '[');
    const declared =
      (before === '<' || before === ',') && (next.text === '>' || next.text === ',') && groupOf(tokens, at) < from;
    if (borrowed || declared) {
      names.add(token.text);
      changes.push(insertAt(token.start, "'"));
    }
  }
  if (changes.length > 0 && names.size <= 2) repairs.add(0.1, 'lifetimes begin with a quote', changes);
}
