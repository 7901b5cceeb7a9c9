// Unbalanced or wrong delimiters: a missing, surplus or mistaken `}` `)` `]`, and a block that was never opened.
//
//     for item in items {                 for item in items {
//         if *item > 0 {                      if *item > 0 {
//             sum += item;          →             sum += item;
//     }                                       }
//     sum                                 }
//
// The compiler knows an opener and the end of the file; the candidates come from indentation and from the ends of
// statements, and the grammar says which of them parse. `>` of generics is syntax-punctuation's.
import type { SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { closeBefore, inline, nearest, unclosed, wholeLine } from './support/closers.ts';
import { disagreements } from './support/indentation.ts';
import { type Change, Repairs } from './support/repairs.ts';
import { rust } from './support/rust.ts';
import { closerOf, openerOf, type Token, tokenIndexAt, tokensOf } from './support/tokens.ts';

export const syntaxDelimiters: Proposer = {
  name: 'syntax-delimiters',
  codes: [null],
  propose(input: ProposeInput): Draft[] {
    const primary = input.diagnostic.spans.find((span) => span.primary);
    const file = primary === undefined ? null : input.source(primary.file);
    if (primary === undefined || file === null) return [];
    const tokens = tokensOf(file);
    const unbalanced = unbalancedTokens(tokens);
    if (unbalanced.length === 0) return [];
    const repairs = new Repairs(file, (unbalanced[0] as Token).start);
    byIndentation(repairs, file);
    for (const token of unbalanced.slice(0, 6)) {
      if (token.kind === 'open') unclosed(repairs, file, tokens, token);
      else surplus(repairs, file, tokens, token);
    }
    doubled(repairs, tokens, unbalanced);
    mistaken(repairs, tokens, unbalanced);
    inline(repairs, file, tokens);
    return repairs.drafts();
  },
  examples: [
    {
      title: 'two words that a parenthesis stood between',
      before: rust`
        pub fn joined(first: &str, second: &str) -> String {
            let mut text = first.to_owned();
            text.push_strsecond);
            text
        }
      `,
      after: rust`
        pub fn joined(first: &str, second: &str) -> String {
            let mut text = first.to_owned();
            text.push_str(second);
            text
        }
      `,
      within: 1,
    },
    {
      title: 'the same in an attribute',
      before: rust`
        #[cfg(feature = "small")]
        pub mod small {}

        #[cfgfeature = "large")]
        pub mod large {}
      `,
      after: rust`
        #[cfg(feature = "small")]
        pub mod small {}

        #[cfg(feature = "large")]
        pub mod large {}
      `,
      within: 1,
    },
    {
      title: 'an `if` whose block is not closed, told by the indentation of what follows',
      before: rust`
        fn total(items: &[i32]) -> i32 {
            let mut sum = 0;
            for item in items {
                if *item > 0 {
                    sum += item;
            }
            sum
        }
      `,
      after: rust`
        fn total(items: &[i32]) -> i32 {
            let mut sum = 0;
            for item in items {
                if *item > 0 {
                    sum += item;
                }
            }
            sum
        }
      `,
    },
    {
      title: 'a function that runs into the next one',
      before: rust`
        pub fn double(x: i32) -> i32 {
            x * 2

        pub fn triple(x: i32) -> i32 {
            x * 3
        }
      `,
      after: rust`
        pub fn double(x: i32) -> i32 {
            x * 2
        }

        pub fn triple(x: i32) -> i32 {
            x * 3
        }
      `,
    },
    {
      title: 'an impl block that is not closed before the next item',
      before: rust`
        pub struct Counter {
            count: u32,
        }

        impl Counter {
            pub fn new() -> Self {
                Counter { count: 0 }
            }

        #[cfg(test)]
        mod tests {
            use super::*;

            #[test]
            fn starts_at_zero() {
                assert_eq!(Counter::new().count, 0);
            }
        }
      `,
      after: rust`
        pub struct Counter {
            count: u32,
        }

        impl Counter {
            pub fn new() -> Self {
                Counter { count: 0 }
            }
        }

        #[cfg(test)]
        mod tests {
            use super::*;

            #[test]
            fn starts_at_zero() {
                assert_eq!(Counter::new().count, 0);
            }
        }
      `,
    },
    {
      title: 'the last brace of the file',
      before: rust`
        pub fn area(width: f64, height: f64) -> f64 {
            width * height
      `,
      after: rust`
        pub fn area(width: f64, height: f64) -> f64 {
            width * height
        }
      `,
    },
    {
      title: 'a call inside a call that is not closed',
      before: rust`
        pub fn shout(words: &[&str]) {
            for word in words {
                println!("{}", word.to_uppercase();
            }
        }
      `,
      after: rust`
        pub fn shout(words: &[&str]) {
            for word in words {
                println!("{}", word.to_uppercase());
            }
        }
      `,
    },
    {
      title: 'a condition that is not closed',
      before: rust`
        pub fn in_range(x: i32) -> bool {
            if (x > 1) && (x < 10 {
                return true;
            }
            false
        }
      `,
      after: rust`
        pub fn in_range(x: i32) -> bool {
            if (x > 1) && (x < 10) {
                return true;
            }
            false
        }
      `,
    },
    {
      title: 'a parameter list that is not closed before the return type',
      before: rust`
        pub fn add(left: i32, right: i32 -> i32 {
            left + right
        }
      `,
      after: rust`
        pub fn add(left: i32, right: i32) -> i32 {
            left + right
        }
      `,
    },
    {
      title: 'one closing brace too many',
      before: rust`
        pub fn next(x: i32) -> i32 {
            let y = x + 1;
            }
            y
        }
      `,
      after: rust`
        pub fn next(x: i32) -> i32 {
            let y = x + 1;
            y
        }
      `,
    },
    {
      title: 'a closing parenthesis too many',
      before: rust`
        pub fn half(x: f64) -> f64 {
            let y = (x / 2.0));
            y
        }
      `,
      after: rust`
        pub fn half(x: f64) -> f64 {
            let y = (x / 2.0);
            y
        }
      `,
    },
    {
      title: 'a bracket closed by a parenthesis',
      before: rust`
        pub fn primes() -> Vec<u32> {
            vec![2, 3, 5, 7)
        }
      `,
      after: rust`
        pub fn primes() -> Vec<u32> {
            vec![2, 3, 5, 7]
        }
      `,
    },
    {
      title: 'a parenthesis that should have been a brace',
      before: rust`
        pub fn answer() -> i32 (
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
      title: 'a function body that was never opened',
      before: rust`
        pub fn square(x: i32) -> i32
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
      title: 'an `if` that was never opened',
      before: rust`
        pub fn sign(x: i32) -> i32 {
            if x < 0
                return -1;
            }
            1
        }
      `,
      after: rust`
        pub fn sign(x: i32) -> i32 {
            if x < 0 {
                return -1;
            }
            1
        }
      `,
    },
    {
      title: 'a `}` before `else` that is missing',
      before: rust`
        pub fn label(x: i32) -> &'static str {
            if x % 2 == 0 {
                "even"
            else {
                "odd"
            }
        }
      `,
      after: rust`
        pub fn label(x: i32) -> &'static str {
            if x % 2 == 0 {
                "even"
            } else {
                "odd"
            }
        }
      `,
    },
    {
      title: 'a closure passed to a method, closed by the brace alone',
      before: rust`
        pub fn lengths(words: &[String]) -> Vec<usize> {
            words.iter().map(|word| {
                let trimmed = word.trim();
                trimmed.len()
            }.collect()
        }
      `,
      after: rust`
        pub fn lengths(words: &[String]) -> Vec<usize> {
            words.iter().map(|word| {
                let trimmed = word.trim();
                trimmed.len()
            }).collect()
        }
      `,
    },
    {
      title: 'an index that is not closed',
      before: rust`
        pub fn first(values: &[i32]) -> i32 {
            let found = values[0;
            found
        }
      `,
      after: rust`
        pub fn first(values: &[i32]) -> i32 {
            let found = values[0];
            found
        }
      `,
    },
    {
      title: 'an opening parenthesis that is missing',
      before: rust`
        pub fn mean(a: f64, b: f64) -> f64 {
            let sum = a + b) / 2.0;
            sum
        }
      `,
      after: rust`
        pub fn mean(a: f64, b: f64) -> f64 {
            let sum = (a + b) / 2.0;
            sum
        }
      `,
    },
  ],
};

/** Delimiters without a partner, each kind counted as the compiler does: an innermost mismatch names both. */
function unbalancedTokens(tokens: readonly Token[]): Token[] {
  const stack: Token[] = [];
  const odd: Token[] = [];
  for (const token of tokens) {
    if (token.kind === 'open') stack.push(token);
    if (token.kind !== 'close') continue;
    const top = stack.at(-1);
    if (top !== undefined && closerOf[top.text] === token.text) {
      stack.pop();
      continue;
    }
    const partner = stack.findLastIndex((open) => closerOf[open.text] === token.text);
    if (partner >= 0) odd.push(...stack.splice(partner).slice(1));
    else odd.push(token);
  }
  odd.push(...stack);
  return odd.sort((a, b) => a.start - b.start);
}

function byIndentation(repairs: Repairs, file: SourceFile): void {
  const all: Change[] = [];
  const every = disagreements(file);
  // One place where all lines disagree with the braces: the author's layout shows what was meant.
  const unopened = every.filter((found) => found.kind === 'unopened').length;
  for (const found of every.slice(0, nearest)) {
    const sure = every.length === 1 || (found.kind === 'unopened' && unopened === 1) ? { idiom: 1 } : {};
    const own: Change[] = [];
    if (found.kind === 'unclosed') own.push(closeBefore(file, found.token, found.column));
    else if (found.kind === 'unopened') own.push({ start: found.token.end, end: found.token.end, text: ' {' });
    else own.push(wholeLine(file, found.token));
    const title = {
      unclosed: 'close the block with `}`',
      surplus: 'remove the surplus `}`',
      unopened: 'open the block with `{`',
    };
    repairs.add(0.2, `${title[found.kind]} as the indentation says`, own, [], sure);
    if (!all.some((change) => change.start === own[0]?.start)) all.push(...own);
  }
  if (all.length > 1) repairs.add(0.1, 'balance the braces as the indentation says', all);
}

/** A delimiter typed twice, on the line of one that lacks its partner, or a brace anywhere: one of the two goes. */
function doubled(repairs: Repairs, tokens: readonly Token[], unbalanced: readonly Token[]): void {
  const lines = new Set(unbalanced.map((token) => token.line));
  for (const [at, token] of tokens.entries()) {
    const next = tokens[at + 1];
    if (next?.text !== token.text || next.start !== token.end || (token.kind !== 'open' && token.kind !== 'close'))
      continue;
    if (token.text !== '{' && !lines.has(token.line)) continue;
    repairs.remove(0.15, `remove the surplus \`${token.text}\``, token);
  }
  for (const token of unbalanced.slice(0, 6)) repairs.remove(1.3, `remove the surplus \`${token.text}\``, token);
}

/** What attributes call: it need not stand elsewhere in the file. */
const calledInAttributes = ['cfg', 'cfg_attr', 'all', 'any', 'not', 'derive', 'allow', 'warn', 'deny', 'expect', 'doc'];
/** The least letters of a name that nothing in the file shows to be called. */
const leastGlued = 3;

/** `out.push_strsecond);`: a word that is two of the file's, where the parenthesis between them is missing. */
function glued(repairs: Repairs, tokens: readonly Token[], closer: Token): void {
  const words = new Map<string, number>();
  const called = new Set(calledInAttributes);
  for (const [at, { kind, text }] of tokens.entries()) {
    if (kind !== 'ident') continue;
    words.set(text, (words.get(text) ?? 0) + 1);
    if (tokens[at + 1]?.text === '(') called.add(text);
  }
  for (let at = tokenIndexAt(tokens, closer.start) - 1; at >= 0; at--) {
    const token = tokens[at] as Token;
    if (token.line !== closer.line) return;
    if (token.kind !== 'ident' || words.get(token.text) !== 1) continue;
    for (let cut = 1; cut < token.text.length; cut++) {
      const [name, rest] = [token.text.slice(0, cut), token.text.slice(cut)];
      const known = called.has(name);
      const method = tokens[at - 1]?.text === '.' && cut >= leastGlued && rest.length >= leastGlued;
      if (!(known || method) || !(words.has(rest) || rest === 'self' || (known && /^\d+$/.test(rest)))) continue;
      const place = token.start + cut;
      const change = { start: place, end: place, text: '(' };
      repairs.add(0.1 + cut * 0.001, `open the \`)\` after \`${name}\``, change, [], known ? { idiom: 1 } : {});
    }
  }
}

/** A closer with nothing to close: drop it, or open what it closes. */
function surplus(repairs: Repairs, file: SourceFile, tokens: readonly Token[], closer: Token): void {
  const opener = openerOf[closer.text] as string;
  if (closer.text === ')') glued(repairs, tokens, closer);
  repairs.add(0.6, `remove the surplus \`${closer.text}\``, wholeLine(file, closer));
  const index = tokenIndexAt(tokens, closer.start);
  let seen = 0;
  for (let at = index - 1; at >= 0 && seen < nearest; at--) {
    const token = tokens[at] as Token;
    const next = tokens[at + 1] as Token;
    if (closer.text === '}') {
      if (token.kind === 'close' && token.text === '}') {
        seen++;
        repairs.add(1 + seen * 0.1, `remove the \`}\` of line ${token.line + 1}`, wholeLine(file, token));
      } else if (next.leads && token.kind !== 'open' && token.text !== ';' && token.text !== ',') {
        seen++;
        repairs.insert(1.2 + seen * 0.05, `open a block at the end of line ${token.line + 1}`, token.end, ' {');
      }
      continue;
    }
    if (token.line !== closer.line && seen > 4) break;
    seen++;
    const starts = ['=', '(', ',', 'return', ';', '{', '!'].includes(token.text) || next.leads;
    repairs.insert(
      (starts ? 0.7 : 1.5) + seen * 0.02,
      `open the \`${closer.text}\` with \`${opener}\``,
      next.start,
      opener,
    );
    if (next.leads) break;
  }
}

/** A delimiter of the wrong kind: the partner decides, or both change. */
function mistaken(repairs: Repairs, tokens: readonly Token[], unbalanced: readonly Token[]): void {
  for (const token of unbalanced.slice(0, 6)) {
    for (const other of unbalanced) {
      if (token.kind !== 'open' || other.kind !== 'close' || other.start < token.start) continue;
      const closer = closerOf[token.text] as string;
      const opener = openerOf[other.text] as string;
      repairs.replace(0.2, `close \`${token.text}\` with \`${closer}\` instead of \`${other.text}\``, other, closer);
      repairs.replace(0.4, `open with \`${opener}\` what \`${other.text}\` closes`, token, opener);
    }
    // An opener whose wrong closer closes something else: the nearest closers of another kind, and the other way round.
    const alternatives = token.kind === 'open' ? ['(', '[', '{'] : [')', ']', '}'];
    for (const text of alternatives) {
      if (text !== token.text) repairs.replace(1.5, `\`${text}\` instead of \`${token.text}\``, token, text);
    }
    if (token.kind !== 'open') continue;
    const index = tokenIndexAt(tokens, token.start);
    const following = tokens
      .slice(index + 1)
      .filter((next) => next.kind === 'close' && next.text !== closerOf[token.text]);
    for (const next of following.slice(0, 3)) {
      repairs.replace(
        1,
        `close with \`${closerOf[token.text]}\` instead of \`${next.text}\``,
        next,
        closerOf[token.text] as string,
      );
    }
  }
}
