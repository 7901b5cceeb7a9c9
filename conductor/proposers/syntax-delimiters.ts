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
import { disagreements } from './support/indentation.ts';
import { type Change, Repairs } from './support/repairs.ts';
import { rust } from './support/rust.ts';
import { closerOf, itemKeywords, openerOf, type Token, tokenIndexAt, tokensOf } from './support/tokens.ts';

/** Disagreements and statements looked at, nearest to the error first. */
const nearest = 24;

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
    const repairs = new Repairs(file);
    byIndentation(repairs, file);
    for (const token of unbalanced.slice(0, 6)) {
      if (token.kind === 'open') unclosed(repairs, file, tokens, token);
      else surplus(repairs, file, tokens, token);
    }
    mistaken(repairs, tokens, unbalanced);
    return repairs.drafts();
  },
  examples: [
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
  for (const found of disagreements(file).slice(0, nearest)) {
    const own: Change[] = [];
    if (found.kind === 'unclosed') own.push(closeBefore(file, found.token, found.column));
    else if (found.kind === 'unopened') own.push({ start: found.token.end, end: found.token.end, text: ' {' });
    else own.push(wholeLine(file, found.token));
    const title = {
      unclosed: 'close the block with `}`',
      surplus: 'remove the surplus `}`',
      unopened: 'open the block with `{`',
    };
    repairs.add(0.2, `${title[found.kind]} as the indentation says`, own);
    if (!all.some((change) => change.start === own[0]?.start)) all.push(...own);
  }
  if (all.length > 1) repairs.add(0.1, 'balance the braces as the indentation says', all);
}

/** A `}` on its own line behind what comes before `token`; before `else` on the same line as it. */
function closeBefore(file: SourceFile, token: Token, column: number): Change {
  if (token.text === 'else') return { start: token.start, end: token.start, text: '} ' };
  const previous = tokensOf(file)[tokenIndexAt(tokensOf(file), token.start) - 1];
  const at = previous === undefined ? token.start : file.line(file.lineOf(previous.end - 1)).end;
  return { start: at, end: at, text: `${file.newline}${indent(file, column)}}` };
}

function indent(file: SourceFile, column: number): string {
  return /^\t/m.test(file.text) ? '\t'.repeat(Math.floor(column / 4)) : ' '.repeat(column);
}

/** The token, with its whole line when it stands alone there. */
function wholeLine(file: SourceFile, token: Token): Change {
  const line = file.line(token.line);
  const alone = file.slice(line).trim() === token.text;
  if (!alone) return { start: token.start, end: token.end, text: '' };
  const from = token.line > 0 ? file.line(token.line - 1).end : line.start;
  return { start: from, end: line.end, text: '' };
}

/** Ends of what an opener may have been meant to close: of the statement, the condition, the argument, the file. */
function unclosed(repairs: Repairs, file: SourceFile, tokens: readonly Token[], opener: Token): void {
  const closer = closerOf[opener.text] as string;
  const title = `close the \`${opener.text}\` of line ${opener.line + 1}`;
  const from = tokenIndexAt(tokens, opener.start) + 1;
  if (closer === '}') {
    const column = file.indentAt(opener.start).replaceAll('\t', '    ').length;
    const last = tokens.at(-1);
    const end = last === undefined ? file.text.length : last.end;
    repairs.insert(1, `${title} at the end of the file`, end, `${file.newline}${indent(file, column)}}`);
    let seen = 0;
    for (let at = from; at < tokens.length && seen < nearest; at++) {
      const token = tokens[at] as Token;
      if (!token.leads || token.line === opener.line) continue;
      seen++;
      const item = itemKeywords.has(token.text) || token.text === '#';
      repairs.add(
        item ? 0.8 : 2 + seen / nearest,
        `${title} before line ${token.line + 1}`,
        closeBefore(file, token, column),
      );
    }
    for (let at = from; at < tokens.length && tokens[at]?.line === opener.line; at++) {
      repairs.insert(2, `${title} on its line`, (tokens[at] as Token).end, ' }');
    }
    return;
  }
  let depth = 0;
  let seen = 0;
  for (let at = from; at < tokens.length && seen < nearest; at++) {
    const token = tokens[at] as Token;
    if (token.kind === 'open') depth++;
    if (token.kind === 'close' && --depth < 0) {
      repairs.insert(0.5, title, behind(tokens, at), closer);
      break;
    }
    const previous = tokens[at - 1] as Token;
    if (depth === 0 || (depth === 1 && token.kind === 'open')) {
      seen++;
      const stop = [';', '{', ','].includes(token.text) || token.text === '->' || token.text === '=>';
      const lineEnd = token.leads && token.line > opener.line;
      repairs.insert((stop ? 0.3 : lineEnd ? 0.6 : 1.5) + seen * 0.02, title, behind(tokens, at), closer);
      if (token.text === ';' || lineEnd) severalAtOnce(repairs, tokens, opener, at);
    }
    if (token.text === ';' && depth <= 0 && previous.line > opener.line) break;
  }
  if (from >= tokens.length) repairs.insert(1, title, opener.end, closer);
}

function behind(tokens: readonly Token[], at: number): number {
  return (tokens[at - 1] as Token).end;
}

/** All of `(` and `[` that are open from `opener` on, closed in front of token `at`. */
function severalAtOnce(repairs: Repairs, tokens: readonly Token[], opener: Token, at: number): void {
  const open: Token[] = [];
  for (const token of tokens.slice(tokenIndexAt(tokens, opener.start), at)) {
    if (token.kind === 'open') open.push(token);
    else if (token.kind === 'close' && open.length > 0 && closerOf[open.at(-1)?.text as string] === token.text)
      open.pop();
  }
  if (open.length < 2 || open.some((token) => token.text === '{')) return;
  const text = open.map((token) => closerOf[token.text]).reverse();
  repairs.insert(0.6, `close \`${open.map((token) => token.text).join('')}\``, behind(tokens, at), text.join(''));
}

/** A closer with nothing to close: drop it, or open what it closes. */
function surplus(repairs: Repairs, file: SourceFile, tokens: readonly Token[], closer: Token): void {
  const opener = openerOf[closer.text] as string;
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
