// Punctuation that is missing, too much, or of the wrong kind, near where the parser stopped.
//
//     let x = 1                      let x = 1;
//     let y = 2;               →     let y = 2;
//
//     Point { x = 1, y = 2 }   →     Point { x: 1, y: 2 }
//
// First what the compiler says it expected, then the tokens that are left out or confused most; the grammar says which
// of them parse. The same confusion in the same group (all fields, all arms) is one candidate. Words are
// syntax-keywords', operators in expressions syntax-operators'.
import { preludeNames } from '../../tools/index/prelude.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { type Change, Repairs } from './support/repairs.ts';
import { rust } from './support/rust.ts';
import { around, insertAt, type SyntaxPlace, siblings, swap, syntaxPlace } from './support/syntax.ts';
import type { Token } from './support/tokens.ts';

/** What is left out most, whatever the compiler expected. Each with its price. */
const leftOut: readonly (readonly [string, number])[] = [
  [';', 0.6],
  [',', 0.7],
  [')', 1],
  [':', 1.1],
  ['(', 1.2],
  [']', 1.2],
  ['>', 1.2],
  ['.', 1.2],
  ['::', 1.3],
  ['=>', 1.3],
  ['->', 1.3],
  ['=', 1.3],
  ['!', 1.4],
  ['()', 1.5],
  ['{', 1.6],
  ['}', 1.6],
  ['&', 1.8],
  ['<', 2],
  ['|', 2],
  ['#', 2.2],
];

const macroNames: ReadonlySet<string> = new Set(
  preludeNames()
    .filter((name) => name.kind === 'macro')
    .map((name) => name.name),
);

/** Tokens that are written for each other. */
const confused: Readonly<Record<string, string>> = {
  ';': ', :',
  ',': '; .',
  ':': '= :: ; ->',
  '=': ': => ==',
  '::': ': .',
  '.': ':: ,',
  '=>': '-> = >=',
  '->': '=> : .',
  '==': '= =>',
  '>': ')',
  '(': '{ <',
  ')': '} >',
  '{': '(',
  '}': ')',
  '[': '< (',
  ']': '> )',
  '<': '(',
  '..': '. ..=',
  '...': '..=',
  '&&': '&',
  '&': '&&',
  '!': '! ',
  '|': '|| ,',
  '-': '->',
  '~': '!',
  '@': '#',
  '/': '//',
  "'": '"',
};

/** Puts the blank around a token that people put there. */
const spaced = new Set(['->', '=>', '=', '{', '==', 'in', 'if', 'for', 'else', 'where']);

export const syntaxPunctuation: Proposer = {
  name: 'syntax-punctuation',
  codes: [null, 'E0585', 'E0586'],
  propose(input: ProposeInput): Draft[] {
    const place = syntaxPlace(input);
    if (place === null || place.tokens.length === 0) return [];
    const repairs = new Repairs(place.file);
    expected(repairs, place);
    missing(repairs, place);
    wrong(repairs, place);
    surplus(repairs, place);
    return repairs.drafts();
  },
  examples: [
    {
      title: 'a semicolon after a statement',
      before: rust`
        pub fn run() -> i32 {
            let x = 1
            x + 1
        }
      `,
      after: rust`
        pub fn run() -> i32 {
            let x = 1;
            x + 1
        }
      `,
    },
    {
      title: 'a comma between arguments of a macro',
      before: rust`
        pub fn show(x: i32, y: i32) -> String {
            format!("{} and {}", x y)
        }
      `,
      after: rust`
        pub fn show(x: i32, y: i32) -> String {
            format!("{} and {}", x, y)
        }
      `,
    },
    {
      title: 'equals signs for colons in a struct expression, all of them',
      before: rust`
        pub struct Point {
            x: i32,
            y: i32,
        }

        pub fn origin() -> Point {
            Point { x = 0, y = 0 }
        }
      `,
      after: rust`
        pub struct Point {
            x: i32,
            y: i32,
        }

        pub fn origin() -> Point {
            Point { x: 0, y: 0 }
        }
      `,
    },
    {
      title: 'semicolons between the fields of a struct',
      before: rust`
        pub struct Point {
            pub x: i32;
            pub y: i32;
        }
      `,
      after: rust`
        pub struct Point {
            pub x: i32,
            pub y: i32,
        }
      `,
    },
    {
      title: 'thin arrows in a match',
      before: rust`
        pub fn name(n: u8) -> &'static str {
            match n {
                0 -> "zero",
                1 -> "one",
                _ -> "many",
            }
        }
      `,
      after: rust`
        pub fn name(n: u8) -> &'static str {
            match n {
                0 => "zero",
                1 => "one",
                _ => "many",
            }
        }
      `,
    },
    {
      title: 'a return type without its arrow',
      before: rust`
        pub fn double(x: i32) i32 {
            x * 2
        }
      `,
      after: rust`
        pub fn double(x: i32) -> i32 {
            x * 2
        }
      `,
    },
    {
      title: 'a bound without its colon',
      before: rust`
        pub fn pair<T Clone>(x: &T) -> (T, T) {
            (x.clone(), x.clone())
        }
      `,
      after: rust`
        pub fn pair<T: Clone>(x: &T) -> (T, T) {
            (x.clone(), x.clone())
        }
      `,
    },
    {
      title: 'a colon before the value of a static',
      before: rust`
        pub static LIMIT: usize : 40;
      `,
      after: rust`
        pub static LIMIT: usize = 40;
      `,
    },
    {
      title: 'generics in square brackets',
      before: rust`
        pub fn first(values: Vec[i32]) -> i32 {
            values[0]
        }
      `,
      after: rust`
        pub fn first(values: Vec<i32>) -> i32 {
            values[0]
        }
      `,
    },
    {
      title: 'a dot in an import',
      before: rust`
        use std.collections::HashMap;

        pub fn empty() -> HashMap<u8, u8> {
            HashMap::new()
        }
      `,
      after: rust`
        use std::collections::HashMap;

        pub fn empty() -> HashMap<u8, u8> {
            HashMap::new()
        }
      `,
    },
    {
      title: 'two semicolons for two commas in an enum',
      before: rust`
        pub enum Direction {
            North;
            South;
        }
      `,
      after: rust`
        pub enum Direction {
            North,
            South,
        }
      `,
    },
    {
      title: 'a stray equals sign in an enum',
      before: rust`
        pub enum Direction = {
            North,
            South,
        }
      `,
      after: rust`
        pub enum Direction {
            North,
            South,
        }
      `,
    },
    {
      title: 'a dot before a method',
      before: rust`
        pub fn size(values: &[i32]) -> usize {
            values len()
        }
      `,
      after: rust`
        pub fn size(values: &[i32]) -> usize {
            values.len()
        }
      `,
    },
    {
      title: 'a semicolon between signature and body',
      before: rust`
        pub fn square(x: i32) -> i32; {
            x * x
        }
      `,
      after: rust`
        pub fn square(x: i32) -> i32 {
            x * x
        }
      `,
    },
    {
      title: 'a semicolon before else',
      before: rust`
        pub fn sign(x: i32) -> i32 {
            if x < 0 {
                -1
            }; else {
                1
            }
        }
      `,
      after: rust`
        pub fn sign(x: i32) -> i32 {
            if x < 0 {
                -1
            } else {
                1
            }
        }
      `,
    },
    {
      title: 'an angle bracket that does not close',
      before: rust`
        pub fn table() -> Vec<Vec<i32> {
            vec![vec![1]]
        }
      `,
      after: rust`
        pub fn table() -> Vec<Vec<i32>> {
            vec![vec![1]]
        }
      `,
    },
    {
      title: 'parentheses of a parameter list',
      before: rust`
        pub fn answer -> i32 {
            42
        }
      `,
      after: rust`
        pub fn answer() -> i32 {
            42
        }
      `,
    },
    {
      title: 'a comma in an array type',
      before: rust`
        pub fn zeros() -> [i32, 3] {
            [0; 3]
        }
      `,
      after: rust`
        pub fn zeros() -> [i32; 3] {
            [0; 3]
        }
      `,
    },
  ],
};

/** What the compiler names as expected: put in front of the token it found, or in its place. */
function expected(repairs: Repairs, place: SyntaxPlace): void {
  const { tokens, index } = place;
  const found = tokens[index] as Token;
  const previous = tokens[index - 1];
  for (const [rank, text] of place.expected.entries()) {
    if (text === '!' && !macroNames.has(previous?.text ?? '')) continue;
    const word = /^\w+$/.test(text) && text !== 'in';
    const price = (word ? 1.5 : 0.2) + rank * 0.02;
    if (previous !== undefined) {
      repairs.add(
        price + unfit(text, previous, found, tokens[index + 1]),
        `add \`${text}\``,
        between(previous, found, text),
      );
    }
    if (wordKinds.has(found.kind) && !word) continue;
    repairs.add(price + 0.3, `\`${text}\` instead of \`${found.text}\``, swap(tokens, index, text));
  }
}

const wordKinds: ReadonlySet<string> = new Set(['ident', 'keyword', 'number', 'string', 'char']);

/** `text` put between two tokens, with the blanks that people write there. */
function between(previous: Token, next: Token, text: string): Change {
  if (previous.line === next.line && ['.', '::', '!'].includes(text))
    return { start: previous.end, end: next.start, text };
  return insertAt(previous.end, spaced.has(text) ? ` ${text}` : text);
}

/** What speaks against `text` between two tokens, as a price: statements end with lines, a method follows a value. */
function unfit(text: string, previous: Token, next: Token, afterwards: Token | undefined): number {
  const newLine = next.line > previous.line;
  if (text === ';' || text === ',') return newLine ? 0 : 0.3;
  if (text === '.') return next.kind === 'ident' && afterwards?.text === '(' && !newLine ? 0 : 0.6;
  if (text === '::') return /^\p{Lu}/u.test(previous.text) && !newLine ? 0.1 : 0.8;
  return ['?', '<', '|', '&', '{', '}'].includes(text) ? 0.6 : 0;
}

/** What is left out most, between the tokens before the error and at the ends of the lines before it. */
function missing(repairs: Repairs, place: SyntaxPlace): void {
  const { tokens, index } = place;
  for (const at of around(tokens, index, 4, 1)) {
    const token = tokens[at] as Token;
    const previous = tokens[at - 1];
    if (previous === undefined) continue;
    const away = Math.abs(index - at) * 0.15;
    for (const [text, price] of leftOut) {
      // Anything balanced may stand in a macro: the grammar cannot tell a wrong one.
      if (text === '!' && !macroNames.has(previous.text)) continue;
      const fit = unfit(text, previous, token, tokens[at + 1]);
      repairs.add(price + away + fit, `add \`${text}\``, between(previous, token, text));
    }
  }
}

/** Tokens written for others, here and in the whole group. */
function wrong(repairs: Repairs, place: SyntaxPlace): void {
  const { tokens, index } = place;
  for (const at of around(tokens, index, 4, 2)) {
    const token = tokens[at] as Token;
    const away = Math.abs(index - at) * 0.15;
    for (const [rank, text] of (confused[token.text] ?? '').split(' ').entries()) {
      if (text === '') continue;
      // Arguments in `<` follow a type, not a value.
      const value = text === '<' && !/^\p{Lu}/u.test(tokens[at - 1]?.text ?? '');
      const price = 0.5 + rank * 0.2 + away + (value ? 1.5 : 0);
      repairs.add(price, `\`${text}\` instead of \`${token.text}\``, swap(tokens, at, text));
      const same = siblings(tokens, at);
      const title = `\`${text}\` instead of \`${token.text}\` (in ${same.length} places)`;
      if (same.length > 1)
        repairs.add(
          price - 0.1,
          title,
          same.map((one) => swap(tokens, one, text)),
        );
    }
    if (token.text === '[') brackets(repairs, tokens, at, away);
  }
}

/** `Vec[T]` as `Vec<T>`, and `f[x]` as `f(x)`. */
function brackets(repairs: Repairs, tokens: readonly Token[], at: number, away: number): void {
  const close = tokens.findIndex((token, index) => index > at && token.text === ']');
  if (close < 0) return;
  repairs.add(0.6 + away, '`<…>` instead of `[…]`', [swap(tokens, at, '<'), swap(tokens, close, '>')]);
  repairs.add(1 + away, '`(…)` instead of `[…]`', [swap(tokens, at, '('), swap(tokens, close, ')')]);
}

/** One token too many: repeated, or punctuation that nothing needs. */
function surplus(repairs: Repairs, place: SyntaxPlace): void {
  const { file, tokens, index } = place;
  for (const at of around(tokens, index, 3, 1)) {
    const token = tokens[at] as Token;
    const previous = tokens[at - 1];
    const doubled = previous?.text === token.text;
    const word = !['punct', 'open', 'close', 'unknown'].includes(token.kind);
    // The rest of a file behind a quote that does not end is no punctuation.
    if ((word && !doubled) || (token.kind === 'unknown' && token.text.length > 2)) continue;
    const away = Math.abs(index - at) * 0.15;
    const next = tokens[at + 1];
    const blank =
      previous !== undefined &&
      next !== undefined &&
      /\s/.test(file.text[previous.end] ?? '') &&
      previous.line === token.line;
    const start = blank ? (previous as Token).end : token.start;
    const cutsOff = token.text === ';' && (next?.text === '{' || next?.text === 'else' || next?.text.startsWith('.'));
    repairs.remove((doubled || cutsOff ? 0.2 : 0.8) + away, `remove \`${token.text}\``, { start, end: token.end });
  }
}
