// Operators of other languages, operators written wrong, and expressions that Rust writes in another way.
//
//     if x =< 3 { … }            →     if x <= 3 { … }
//     count := 5;                →     let count = 5;
//     let f = x => x + 1;        →     let f = |x| x + 1;
//     (x > 1) ? 2 : 3            →     if x > 1 { 2 } else { 3 }
//
// Sequences of tokens near the error are rewritten; the same sequence elsewhere in the file goes along. Single
// punctuation is syntax-punctuation's, words are syntax-keywords'.
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { boundary, levelEnd, levelIndex, operandAfter, operandBefore } from './support/operands.ts';
import { type Change, Repairs } from './support/repairs.ts';
import { rust } from './support/rust.ts';
import { around, groupOf, type SyntaxPlace, swapSpan, syntaxPlace } from './support/syntax.ts';
import type { Token } from './support/tokens.ts';

/** Adjacent tokens and what they become, best first. Tokens of a sequence touch each other. */
const sequences: readonly (readonly [string, readonly string[]])[] = [
  ['= <', ['<=']],
  ['=>', ['>=', '=']],
  ['= >', ['>=', '=>']],
  ['== =', ['==']],
  ['!= =', ['!=']],
  ['< >', ['!=']],
  ['! ==', ['!=']],
  ['~ =', ['!=']],
  ['/=', ['!=']],
  [': =', ['=']],
  ['= +', ['+=']],
  ['= -', ['-=']],
  ['= *', ['*=']],
  ['= /', ['/=']],
  ['&& &', ['&&']],
  ['|| |', ['||']],
  ['= ==', ['==']],
  ['- >', ['->']],
  ['= = =', ['==']],
  ['= =', ['==']],
  ['! =', ['!=']],
  ['< =', ['<=']],
  ['> =', ['>=']],
  ['- ->', ['->']],
  ['->', ['=>', '.']],
  ['>>', ['.']],
  [': :', ['::']],
  ['. . .', ['..=']],
  ['. .', ['..']],
  ['...', ['..', '..=']],
  ['~', ['!']],
  ['@', ['&']],
  ['¬', ['!']],
  ['≤', ['<=']],
  ['≥', ['>=']],
  ['≠', ['!=']],
  ['→', ['->']],
  ['⇒', ['=>']],
  ['×', ['*']],
  ['÷', ['/']],
  ['–', ['-']],
  ['−', ['-']],
];
/** Further than this from the error the same sequence is left alone. */
const closeBy = 4;

export const syntaxOperators: Proposer = {
  name: 'syntax-operators',
  codes: [null, 'E0308', 'E0600', 'E0614'],
  propose(input: ProposeInput): Draft[] {
    const place = syntaxPlace(input);
    if (place === null || place.tokens.length === 0) return [];
    const repairs = new Repairs(place.file);
    if (input.diagnostic.code === null) rewritten(repairs, place);
    steps(repairs, place);
    power(repairs, place, input.diagnostic.code);
    if (input.diagnostic.code === null) {
      ternary(repairs, place);
      walrus(repairs, place);
      lambda(repairs, place);
      parenthesised(repairs, place);
    }
    return repairs.drafts();
  },
  examples: [
    {
      title: 'less or equal the wrong way round',
      before: rust`
        pub fn small(x: i32) -> bool {
            x =< 10
        }
      `,
      after: rust`
        pub fn small(x: i32) -> bool {
            x <= 10
        }
      `,
    },
    {
      title: 'a fat arrow for greater or equal',
      before: rust`
        pub fn grown(age: u32) -> bool {
            if age => 18 {
                return true;
            }
            false
        }
      `,
      after: rust`
        pub fn grown(age: u32) -> bool {
            if age >= 18 {
                return true;
            }
            false
        }
      `,
    },
    {
      title: 'strict equality',
      before: rust`
        pub fn same(a: i32, b: i32) -> bool {
            a === b
        }
      `,
      after: rust`
        pub fn same(a: i32, b: i32) -> bool {
            a == b
        }
      `,
    },
    {
      title: 'a declaration as in Go',
      before: rust`
        pub fn five() -> i32 {
            count := 5;
            count
        }
      `,
      after: rust`
        pub fn five() -> i32 {
            let count = 5;
            count
        }
      `,
    },
    {
      title: 'a Pascal assignment',
      before: rust`
        pub fn five() -> i32 {
            let count := 5;
            count
        }
      `,
      after: rust`
        pub fn five() -> i32 {
            let count = 5;
            count
        }
      `,
    },
    {
      title: 'an increment',
      before: rust`
        pub fn count(text: &str) -> usize {
            let mut words = 0;
            for _ in text.split(' ') {
                words++;
            }
            words
        }
      `,
      after: rust`
        pub fn count(text: &str) -> usize {
            let mut words = 0;
            for _ in text.split(' ') {
                words += 1;
            }
            words
        }
      `,
    },
    {
      title: 'an increment in front',
      before: rust`
        pub fn next(mut n: u32) -> u32 {
            ++n;
            n
        }
      `,
      after: rust`
        pub fn next(mut n: u32) -> u32 {
            n += 1;
            n
        }
      `,
    },
    {
      title: 'a power',
      before: rust`
        pub fn cube(x: i32) -> i32 {
            x ** 3
        }
      `,
      after: rust`
        pub fn cube(x: i32) -> i32 {
            x.pow(3)
        }
      `,
    },
    {
      title: 'a conditional expression as in C',
      before: rust`
        pub fn larger(a: i32, b: i32) -> i32 {
            let max = a > b ? a : b;
            max
        }
      `,
      after: rust`
        pub fn larger(a: i32, b: i32) -> i32 {
            let max = if a > b { a } else { b };
            max
        }
      `,
    },
    {
      title: 'an arrow function',
      before: rust`
        pub fn doubled(values: &[i32]) -> Vec<i32> {
            values.iter().map(x => x * 2).collect()
        }
      `,
      after: rust`
        pub fn doubled(values: &[i32]) -> Vec<i32> {
            values.iter().map(|x| x * 2).collect()
        }
      `,
    },
    {
      title: 'an arrow function with parentheses',
      before: rust`
        pub fn sum(values: &[i32]) -> i32 {
            values.iter().fold(0, (total, x) => total + x)
        }
      `,
      after: rust`
        pub fn sum(values: &[i32]) -> i32 {
            values.iter().fold(0, |total, x| total + x)
        }
      `,
    },
    {
      title: 'an arrow in a closure',
      before: rust`
        pub fn doubled(values: &[i32]) -> Vec<i32> {
            values.iter().map(|x| => x * 2).collect()
        }
      `,
      after: rust`
        pub fn doubled(values: &[i32]) -> Vec<i32> {
            values.iter().map(|x| x * 2).collect()
        }
      `,
    },
    {
      title: 'a member through a pointer',
      before: rust`
        pub struct Node {
            pub value: i32,
        }

        pub fn value(node: &Node) -> i32 {
            node->value
        }
      `,
      after: rust`
        pub struct Node {
            pub value: i32,
        }

        pub fn value(node: &Node) -> i32 {
            node.value
        }
      `,
    },
    {
      title: 'an arrow function with a thin arrow',
      before: rust`
        pub fn any_even(values: &[i32]) -> bool {
            values.iter().any(x -> x % 2 == 0)
        }
      `,
      after: rust`
        pub fn any_even(values: &[i32]) -> bool {
            values.iter().any(|x| x % 2 == 0)
        }
      `,
    },
    {
      title: 'a cast before a comparison',
      before: rust`
        pub fn fits(x: i32, len: usize) -> bool {
            x as usize < len
        }
      `,
      after: rust`
        pub fn fits(x: i32, len: usize) -> bool {
            (x as usize) < len
        }
      `,
    },
  ],
};

/** How many tokens from `at` spell the sequence without blanks between them; 0 when they do not. */
function spells(tokens: readonly Token[], at: number, sequence: string): number {
  const parts = sequence.split(' ');
  for (const [index, part] of parts.entries()) {
    const token = tokens[at + index];
    if (token?.text !== part) return 0;
    if (index > 0 && token.start !== tokens[at + index - 1]?.end) {
      // A blank inside is a slip of its own for two-letter operators only.
      if (token.line !== tokens[at + index - 1]?.line || parts.length > 2) return 0;
    }
  }
  return parts.length;
}

function rewritten(repairs: Repairs, place: SyntaxPlace): void {
  const { tokens, index } = place;
  for (const at of around(tokens, index, closeBy, 2)) {
    const away = Math.abs(index - at) * 0.1;
    for (const [sequence, answers] of sequences) {
      const length = spells(tokens, at, sequence);
      if (length === 0) continue;
      for (const [rank, answer] of answers.entries()) {
        const change = (from: number): Change => replaced(tokens, from, length, answer);
        const title = `\`${answer}\` instead of \`${sequence.replaceAll(' ', '')}\``;
        repairs.add(0.4 + rank * 0.2 + away, title, change(at));
        const alike = [...tokens.keys()].filter((other) => spells(tokens, other, sequence) > 0);
        if (alike.length > 1 && alike.length < 20) {
          repairs.add(0.5 + rank * 0.2 + away, `${title} (in ${alike.length} places)`, alike.map(change));
        }
      }
    }
  }
}

function replaced(tokens: readonly Token[], at: number, length: number, text: string): Change {
  const first = tokens[at] as Token;
  const last = tokens[at + length - 1] as Token;
  return swapSpan(first, last, text);
}

/** `x++`, `++x`, `x--`, `--x` as statements of their own. */
function steps(repairs: Repairs, place: SyntaxPlace): void {
  const { tokens, index, file } = place;
  for (const at of around(tokens, index, 3, 2)) {
    const [sign, second] = [tokens[at], tokens[at + 1]];
    if (sign === undefined || second === undefined || sign.text !== second.text || !['+', '-'].includes(sign.text))
      continue;
    if (second.start !== sign.end) continue;
    const before = operandBefore(tokens, at);
    const after = operandAfter(tokens, at + 2);
    if (before !== null && before.line === sign.line && !sign.leads) {
      repairs.add(0.1, `\`${sign.text}= 1\``, {
        start: tokens[at - 1]?.end ?? sign.start,
        end: second.end,
        text: ` ${sign.text}= 1`,
      });
    }
    if (after !== null) {
      const text = file.text.slice(second.end, after.end).trim();
      repairs.add(
        before === null || sign.leads ? 0.1 : 0.6,
        `\`${text} ${sign.text}= 1\``,
        swapSpan(sign, after, `${text} ${sign.text}= 1`),
      );
    }
  }
}

/** `a ** b` and `a ^^ b`. */
function power(repairs: Repairs, place: SyntaxPlace, code: string | null): void {
  const { tokens, index, file } = place;
  for (const at of around(tokens, index, 3, 2)) {
    const [one, two] = [tokens[at], tokens[at + 1]];
    if (one === undefined || two === undefined || one.text !== two.text || (one.text !== '*' && one.text !== '^'))
      continue;
    if (two.start !== one.end) continue;
    const from = operandBefore(tokens, at);
    const to = operandAfter(tokens, at + 2);
    if (from === null || to === null) continue;
    const base = file.text.slice(from.start, tokens[at - 1]?.end);
    const exponent = file.text.slice(tokens[at + 2]?.start, to.end);
    for (const [rank, method] of ['pow', 'powi', 'powf'].entries()) {
      const value = /^[0-9]/.test(base) ? `${base}_i32` : base;
      repairs.add(
        (code === null ? 0.3 : 0.1) + rank * 0.1,
        `\`.${method}()\``,
        swapSpan(from, to, `${value}.${method}(${exponent})`),
      );
    }
  }
}

/** `a ? b : c` up to the end of the statement or the argument. */
function ternary(repairs: Repairs, place: SyntaxPlace): void {
  const { tokens, index, file } = place;
  for (const at of around(tokens, index, 6, 12)) {
    if (tokens[at]?.text !== '?') continue;
    const start = boundary(tokens, at);
    const colon = levelIndex(tokens, at + 1, [':']);
    const end = colon < 0 ? -1 : levelEnd(tokens, colon + 1);
    const [first, last] = [tokens[start], tokens[end]];
    if (first === undefined || last === undefined) continue;
    const text = (from: number, to: number): string => file.text.slice(tokens[from]?.start, tokens[to]?.end).trim();
    const condition = text(start, at - 1).replace(/^\((.*)\)$/s, '$1');
    repairs.add(
      0.1,
      'an `if` expression',
      swapSpan(first, last, `if ${condition} { ${text(at + 1, colon - 1)} } else { ${text(colon + 1, end)} }`),
    );
  }
}

/** `name := value`. */
function walrus(repairs: Repairs, place: SyntaxPlace): void {
  const { tokens, index } = place;
  for (const at of around(tokens, index, 2, 1)) {
    const [colon, equals, name] = [tokens[at], tokens[at + 1], tokens[at - 1]];
    if (colon?.text !== ':' || equals?.text !== '=' || name?.kind !== 'ident') continue;
    if (tokens[at - 2]?.text === 'let' || tokens[at - 2]?.text === 'mut') continue;
    for (const [rank, word] of ['let', 'let mut'].entries()) {
      repairs.add(0.1 + rank * 0.1, `\`${word}\``, [
        { start: name.start, end: name.start, text: `${word} ` },
        { start: name.end, end: equals.end, text: ' =' },
      ]);
    }
  }
}

/** `x => …`, `(x, y) => …`, `x -> …`, `|x| => …` and `lambda x: …` as closures. */
function lambda(repairs: Repairs, place: SyntaxPlace): void {
  const { tokens, index, file } = place;
  for (const at of around(tokens, index, 4, 4)) {
    const arrow = tokens[at] as Token;
    const before = tokens[at - 1];
    const next = tokens[at + 1];
    if ((arrow.text !== '=>' && arrow.text !== '->') || before === undefined || next === undefined) continue;
    if (before.text === '|' || before.text === '||') {
      repairs.add(0.1, 'a closure has no arrow', { start: before.end, end: next.start, text: ' ' });
    } else if (before.kind === 'ident') {
      repairs.add(0.2, 'a closure', swapSpan(before, arrow, `|${before.text}|`));
    } else if (before.text === ')') {
      const open = tokens.slice(0, at).findLastIndex((token) => token.text === '(');
      const first = tokens[open];
      if (first === undefined || tokens[open - 1]?.kind === 'ident') continue;
      const parameters = file.text.slice(first.end, before.start);
      repairs.add(0.2, 'a closure', swapSpan(first, arrow, `|${parameters}|`));
    }
  }
  const everywhere = arrowArguments(tokens);
  if (everywhere.length > 1) repairs.add(0.1, `closures (in ${everywhere.length} places)`, everywhere);
}

/** Every `f(x => …)` and `f(a, x => …)` of the file: in an argument list an arrow is nothing else. */
function arrowArguments(tokens: readonly Token[]): Change[] {
  const found: Change[] = [];
  for (const [at, arrow] of tokens.entries()) {
    const [before, name] = [tokens[at - 2], tokens[at - 1]];
    if (arrow.text !== '=>' || name?.kind !== 'ident' || (before?.text !== '(' && before?.text !== ',')) continue;
    if (tokens[groupOf(tokens, at)]?.text === '(') found.push(swapSpan(name, arrow, `|${name.text}|`));
  }
  return found;
}

/** A cast in front of `<`, which reads as generics, in parentheses. */
function parenthesised(repairs: Repairs, place: SyntaxPlace): void {
  const { tokens, index } = place;
  const less = tokens[index];
  if (less === undefined || !less.text.startsWith('<') || tokens[index - 2]?.text !== 'as') return;
  const from = operandBefore(tokens, index - 2);
  const type = tokens[index - 1];
  if (from === null || type === undefined) return;
  repairs.add(0.1, 'parentheses around the cast', [
    { start: from.start, end: from.start, text: '(' },
    { start: type.end, end: type.end, text: ')' },
  ]);
}
