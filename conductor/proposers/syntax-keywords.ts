// Keywords misspelt, borrowed from other languages, missing, or in the wrong order.
//
//     func area(w: f64) -> f64 { … }     →     fn area(w: f64) -> f64 { … }
//     } elif x > 0 {                     →     } else if x > 0 {
//     let x mut = 1;                     →     let mut x = 1;
//
// Words near the error are compared with a table and with the keywords themselves; the same word in the same role is
// replaced everywhere at once. Operators written as words (`and`, `not`) are here too.
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { keywordsFor } from './support/foreign-words.ts';
import { type Change, Repairs } from './support/repairs.ts';
import { rust } from './support/rust.ts';
import { similarity } from './support/similarity.ts';
import { around, insertAt, type SyntaxPlace, swapSpan, syntaxPlace } from './support/syntax.ts';
import { keywords, type Token } from './support/tokens.ts';

/** Modifiers and the keyword that must stand behind them. */
const leading: readonly string[] = ['pub', 'const', 'async', 'unsafe', 'extern'];
/** Keywords that something is missing before, by what follows the name: offered in front of a word. */
const startsStatement: readonly string[] = [
  'let ',
  'let mut ',
  'fn ',
  'struct ',
  'enum ',
  'impl ',
  'pub ',
  'for ',
  'if ',
  'match ',
  'while ',
  'use ',
  'return ',
  'const ',
];
/** A word must be this near to a keyword: `retrun` 0.83, `ipml` 0.75, `strcut` 0.83. */
const near = 0.6;

export const syntaxKeywords: Proposer = {
  name: 'syntax-keywords',
  codes: [null, 'E0425', 'E0423', 'E0430', 'E0404'],
  propose(input: ProposeInput): Draft[] {
    const place = syntaxPlace(input);
    if (place === null || place.tokens.length === 0) return [];
    const repairs = new Repairs(place.file);
    words(repairs, place);
    everyWord(repairs, place.tokens);
    order(repairs, place);
    elseIf(repairs, place);
    doubled(repairs, place);
    if (input.diagnostic.code === null) missing(repairs, place);
    return repairs.drafts();
  },
  examples: [
    {
      title: 'lifetimes of a bound without their `for`',
      before: rust`
        pub fn count<T, F>(values: &[T], mut keep: F) -> usize
        where
            F: <'a> FnMut(&'a T) -> bool,
        {
            values.iter().filter(|value| keep(value)).count()
        }
      `,
      after: rust`
        pub fn count<T, F>(values: &[T], mut keep: F) -> usize
        where
            F: for<'a> FnMut(&'a T) -> bool,
        {
            values.iter().filter(|value| keep(value)).count()
        }
      `,
      within: 1,
    },
    {
      title: 'a function as in Go',
      before: rust`
        pub func area(width: f64, height: f64) -> f64 {
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
      title: 'functions as in Python, all of them',
      before: rust`
        def double(x: i32) -> i32 {
            x * 2
        }

        def triple(x: i32) -> i32 {
            x * 3
        }
      `,
      after: rust`
        fn double(x: i32) -> i32 {
            x * 2
        }

        fn triple(x: i32) -> i32 {
            x * 3
        }
      `,
    },
    {
      title: 'elif',
      before: rust`
        pub fn sign(x: i32) -> i32 {
            if x > 0 {
                1
            } elif x < 0 {
                -1
            } else {
                0
            }
        }
      `,
      after: rust`
        pub fn sign(x: i32) -> i32 {
            if x > 0 {
                1
            } else if x < 0 {
                -1
            } else {
                0
            }
        }
      `,
    },
    {
      title: 'else with a condition but no if',
      before: rust`
        pub fn sign(x: i32) -> i32 {
            if x > 0 {
                1
            } else x < 0 {
                -1
            } else {
                0
            }
        }
      `,
      after: rust`
        pub fn sign(x: i32) -> i32 {
            if x > 0 {
                1
            } else if x < 0 {
                -1
            } else {
                0
            }
        }
      `,
    },
    {
      title: 'mut behind the name',
      before: rust`
        pub fn count(values: &[i32]) -> i32 {
            let total mut = 0;
            for value in values {
                total += value;
            }
            total
        }
      `,
      after: rust`
        pub fn count(values: &[i32]) -> i32 {
            let mut total = 0;
            for value in values {
                total += value;
            }
            total
        }
      `,
    },
    {
      title: 'the visibility behind the keyword',
      before: rust`
        struct pub Point {
            x: i32,
        }
      `,
      after: rust`
        pub struct Point {
            x: i32,
        }
      `,
    },
    {
      title: 'a misspelt struct',
      before: rust`
        pub strcut Point {
            pub x: i32,
        }
      `,
      after: rust`
        pub struct Point {
            pub x: i32,
        }
      `,
    },
    {
      title: 'a misspelt return',
      before: rust`
        pub fn sign(x: i32) -> i32 {
            if x < 0 {
                retrun -1;
            }
            retrun 1;
        }
      `,
      after: rust`
        pub fn sign(x: i32) -> i32 {
            if x < 0 {
                return -1;
            }
            return 1;
        }
      `,
    },
    {
      title: 'a class',
      before: rust`
        class Point {
            x: i32,
            y: i32,
        }

        implement Point {
            pub fn sum(&self) -> i32 {
                self.x + self.y
            }
        }
      `,
      after: rust`
        struct Point {
            x: i32,
            y: i32,
        }

        impl Point {
            pub fn sum(&self) -> i32 {
                self.x + self.y
            }
        }
      `,
    },
    {
      title: 'negation as a word',
      before: rust`
        pub fn blank(text: &str) -> bool {
            if not text.is_empty() {
                return false;
            }
            true
        }
      `,
      after: rust`
        pub fn blank(text: &str) -> bool {
            if !text.is_empty() {
                return false;
            }
            true
        }
      `,
    },
    {
      title: 'and, twice in a condition',
      before: rust`
        pub fn inside(x: i32, y: i32, z: i32) -> bool {
            x > 0 and y > 0 and z > 0
        }
      `,
      after: rust`
        pub fn inside(x: i32, y: i32, z: i32) -> bool {
            x > 0 && y > 0 && z > 0
        }
      `,
    },
    {
      title: 'a switch',
      before: rust`
        pub fn name(n: u8) -> &'static str {
            switch n {
                0 => "zero",
                _ => "many",
            }
        }
      `,
      after: rust`
        pub fn name(n: u8) -> &'static str {
            match n {
                0 => "zero",
                _ => "many",
            }
        }
      `,
    },
    {
      title: 'a declaration without let',
      before: rust`
        pub fn area() -> f64 {
            width: f64 = 2.0;
            width * 2.0
        }
      `,
      after: rust`
        pub fn area() -> f64 {
            let width: f64 = 2.0;
            width * 2.0
        }
      `,
    },
    {
      title: 'a declaration as in C',
      before: rust`
        pub fn area() -> i32 {
            int width = 2;
            width * 2
        }
      `,
      after: rust`
        pub fn area() -> i32 {
            let width = 2;
            width * 2
        }
      `,
    },
    {
      title: 'a function without its keyword',
      before: rust`
        pub struct Counter(u32);

        impl Counter {
            pub get(&self) -> u32 {
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
  ],
};

/** Words that stand for a keyword: the table first, then likeness; here, or wherever the word stands in that role. */
function words(repairs: Repairs, place: SyntaxPlace): void {
  const { tokens, index } = place;
  for (const at of around(tokens, index, 4, 2)) {
    const token = tokens[at] as Token;
    if (token.kind !== 'ident' && token.kind !== 'keyword') continue;
    const away = Math.abs(index - at) * 0.1;
    for (const [rank, word] of answersFor(token).entries()) {
      const title = `\`${word}\` instead of \`${token.text}\``;
      repairs.add(0.3 + rank * 0.1 + away, title, put(tokens, at, word));
      const alike = sameRole(tokens, at);
      if (alike.length > 1) {
        repairs.add(
          0.2 + rank * 0.1 + away,
          `${title} (in ${alike.length} places)`,
          alike.map((one) => put(tokens, one, word)),
        );
      }
    }
  }
}

function answersFor(token: Token): readonly string[] {
  const known = keywordsFor.get(token.text) ?? [];
  if (token.kind === 'keyword') return known;
  const alike = [...keywords]
    .map((word) => ({ word, likeness: token.text.length > 2 ? similarity(token.text.toLowerCase(), word) : 0 }))
    .filter(({ likeness }) => likeness >= near)
    .sort((a, b) => b.likeness - a.likeness)
    .map(({ word }) => word);
  return [...new Set([...known, ...alike.slice(0, 3)])];
}

/** The word replaced; `!` and nothing at all take the blank behind the word along. */
function put(tokens: readonly Token[], at: number, word: string): Change {
  const token = tokens[at] as Token;
  const next = tokens[at + 1];
  const joins = (word === '!' || word === '') && next !== undefined && next.line === token.line;
  return { start: token.start, end: joins ? next.start : token.end, text: word };
}

/** The word's places that are like this one: the first of their lines, or not. */
function sameRole(tokens: readonly Token[], at: number): number[] {
  const token = tokens[at] as Token;
  return [...tokens.keys()].filter(
    (other) => tokens[other]?.text === token.text && tokens[other]?.leads === token.leads,
  );
}

/** Foreign words in front of another word, which no Rust is: all of the file at once. */
function everyWord(repairs: Repairs, tokens: readonly Token[]): void {
  const changes: Change[] = [];
  for (const [at, token] of tokens.entries()) {
    const next = tokens[at + 1];
    if (token.kind !== 'ident' || next === undefined || next.line !== token.line) continue;
    if (next.kind !== 'ident' && next.kind !== 'keyword') continue;
    const [word] = answersFor(token);
    if (word !== undefined && !['as', 'in'].includes(next.text)) changes.push(put(tokens, at, word));
  }
  if (changes.length > 1) repairs.add(0.1, `Rust's keywords for ${changes.length} words`, changes);
}

/** `struct pub X`, `fn async f`, `let x mut`, `mut let`: the words near the error in another order. */
function order(repairs: Repairs, place: SyntaxPlace): void {
  const { tokens, index } = place;
  for (const at of around(tokens, index, 3, 1)) {
    const [one, two, three] = [tokens[at], tokens[at + 1], tokens[at + 2]];
    if (one === undefined || two === undefined || one.line !== two.line) continue;
    const swapped = (three !== undefined && three.line === one.line) || undefined;
    if (leading.includes(two.text) && one.kind === 'keyword') {
      repairs.add(0.3, `\`${two.text} ${one.text}\``, swapSpan(one, two, `${two.text} ${one.text}`));
    }
    if (two.text === 'mut' && one.kind === 'ident') {
      repairs.add(0.2, `\`mut ${one.text}\``, swapSpan(one, two, `mut ${one.text}`));
    }
    if (one.text === 'mut' && (two.text === 'let' || two.text === '&' || two.text === 'ref')) {
      repairs.add(0.2, `\`${two.text} mut\``, swapSpan(one, two, two.text === '&' ? '&mut ' : `${two.text} mut`));
    }
    if (swapped && two.kind === 'ident' && three?.text === 'mut') {
      repairs.add(0.3, `\`mut ${two.text}\``, swapSpan(two, three, `mut ${two.text}`));
    }
  }
}

/** `if` behind an `else` that a condition follows, and `else` without its `if` written as one word elsewhere. */
function elseIf(repairs: Repairs, place: SyntaxPlace): void {
  const { tokens, index } = place;
  for (const at of around(tokens, index, 3, 1)) {
    const token = tokens[at] as Token;
    const next = tokens[at + 1];
    if (token.text === 'else' && next !== undefined && next.text !== '{' && next.text !== 'if') {
      repairs.add(0.1, '`else if`', insertAt(token.end, ' if'));
    }
    if (token.text === 'if' && tokens[at - 1]?.text === 'if')
      repairs.add(0.3, '`else if`', swapSpan(tokens[at - 1] as Token, token, 'else if'));
  }
}

/** A keyword typed twice, wherever it stands: the error may point at the item before it. */
function doubled(repairs: Repairs, place: SyntaxPlace): void {
  const changes: Change[] = [];
  for (const [at, token] of place.tokens.entries()) {
    const next = place.tokens[at + 1];
    if (token.kind === 'keyword' && next?.text === token.text)
      changes.push({ start: token.start, end: next.start, text: '' });
  }
  if (changes.length > 0) repairs.add(0.1, 'a keyword once', changes);
}

/** A keyword that was left out in front of a word, and `self` in front of a dot or behind `&`. */
function missing(repairs: Repairs, place: SyntaxPlace): void {
  const { tokens, index } = place;
  for (const at of around(tokens, index, 4, 1)) {
    const token = tokens[at] as Token;
    const previous = tokens[at - 1];
    if (token.text === '.') repairs.insert(0.2, '`self` is missing', token.start, 'self');
    if (
      (token.text === ',' || token.text === ')') &&
      (previous?.text === '&' || previous?.text === 'mut' || previous?.text === '(')
    ) {
      const blank = previous.text === 'mut' ? ' ' : '';
      const comma = previous.text === '(' ? '&' : '';
      const space = { start: previous.end, end: token.start, text: `${blank}${comma}self` };
      repairs.add(comma === '' ? 0.2 : 0.6, '`self` is missing', space);
    }
    // `F: <'a> Fn(&'a T)`: lifetimes of a bound come after `for`.
    if (token.text === '<' && [':', '+'].includes(previous?.text ?? '') && tokens[at + 1]?.text.startsWith("'"))
      repairs.insert(0.1, '`for` is missing', token.start, 'for');
    if (token.kind !== 'ident' && token.text !== '(' && token.text !== 'mut') continue;
    const starts = token.leads || previous === undefined || ['pub', ';', '{', '}'].includes(previous.text);
    if (!starts) continue;
    for (const [rank, word] of startsStatement.entries()) {
      repairs.add(1 + rank * 0.05, `\`${word.trim()}\` is missing`, insertAt(token.start, word));
    }
  }
}
