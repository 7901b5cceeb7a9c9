// Parameters without a type, as Python and JavaScript write them: the type is taken from what callers pass, from what the
// function returns, and from what its body does with them.
//
//     fn wall_area(width, height) -> f64 {      →     fn wall_area(width: f64, height: f64) -> f64 {
//
// All functions of the file that lack types get them at once. Parameters whose type is wrong are types-declared's.
import type { SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { type Change, Repairs } from './support/repairs.ts';
import { pairOf } from './support/rewrites.ts';
import { rust } from './support/rust.ts';
import { type Token, tokensOf } from './support/tokens.ts';

/** Types tried for what nothing tells, likeliest first. */
const usual = ['i32', 'usize', 'u32', 'f64', '&str', 'i64', 'u64', 'String', '&[i32]', 'Vec<i32>', 'bool', 'char'];

interface Untyped {
  /** Index of the parameter's name. */
  readonly at: number;
  /** What tells its type, best first; empty where nothing does. */
  readonly types: readonly string[];
}

export const syntaxParameters: Proposer = {
  name: 'syntax-parameters',
  codes: [null],
  propose(input: ProposeInput): Draft[] {
    const primary = input.diagnostic.spans.find((span) => span.primary);
    const file = primary === undefined ? null : input.source(primary.file);
    if (file === null || !/expected one of `:`/.test(input.diagnostic.message)) return [];
    const tokens = tokensOf(file);
    const all = untyped(file, tokens);
    if (all.length === 0) return [];
    const repairs = new Repairs(file);
    for (const [rank, type] of [null, ...usual].entries()) {
      const changes = all.map(({ at, types }): Change => {
        const { end } = tokens[at] as Token;
        return {
          start: end,
          end,
          text: `: ${(type === null ? types[0] : types.length > 0 ? types[0] : type) ?? usual[0]}`,
        };
      });
      repairs.add(0.05 + rank * 0.1, `types for ${changes.length} parameter(s)`, changes);
      if (type === null) continue;
      const same = all.map(
        ({ at }): Change => ({ start: (tokens[at] as Token).end, end: (tokens[at] as Token).end, text: `: ${type}` }),
      );
      repairs.add(0.3 + rank * 0.1, `\`${type}\` for ${same.length} parameter(s)`, same);
    }
    return repairs.drafts();
  },
  examples: [
    {
      title: 'types from the call and from the result',
      before: rust`
        fn repeated(word, times) -> String {
            word.repeat(times)
        }

        fn scale(value, factor) -> f64 {
            value * factor
        }

        pub fn run() -> (String, f64) {
            (repeated("ab", 2usize), scale(1.5, 2.0))
        }
      `,
      after: rust`
        fn repeated(word: &str, times: usize) -> String {
            word.repeat(times)
        }

        fn scale(value: f64, factor: f64) -> f64 {
            value * factor
        }

        pub fn run() -> (String, f64) {
            (repeated("ab", 2usize), scale(1.5, 2.0))
        }
      `,
    },
  ],
};

/** The parameters of all functions that have a name and no type. */
function untyped(file: SourceFile, tokens: readonly Token[]): Untyped[] {
  const found: Untyped[] = [];
  for (const [fn, token] of tokens.entries()) {
    const name = tokens[fn + 1];
    if (token.text !== 'fn' || name?.kind !== 'ident' || tokens[fn + 2]?.text !== '(') continue;
    const close = pairOf(tokens, fn + 2);
    if (close < 0) continue;
    const result = resultOf(file, tokens, close);
    let place = 0;
    for (let at = fn + 3; at < close; at++) {
      const own = tokens[at] as Token;
      const [before, next] = [tokens[at - 1]?.text ?? '', tokens[at + 1]?.text ?? ''];
      if (own.text === ',') place++;
      if (own.kind === 'open') at = Math.max(at, pairOf(tokens, at));
      if (own.kind !== 'ident' || !['(', ',', 'mut'].includes(before) || !([','].includes(next) || at + 1 === close))
        continue;
      const passed = argumentTypes(tokens, name.text, place);
      found.push({ at, types: [...passed, ...(result === null ? [] : [result])] });
    }
  }
  return found;
}

/** A number that the function returns: what it computes with is often of the same type. */
function resultOf(file: SourceFile, tokens: readonly Token[], close: number): string | null {
  if (tokens[close + 1]?.text !== '->') return null;
  const type = tokens[close + 2];
  if (type === undefined || tokens[close + 3]?.text !== '{') return null;
  return /^([iu](8|16|32|64|128|size)|f32|f64)$/.test(type.text) ? file.slice(type) : null;
}

/** Types of what calls pass at this place, as far as a literal or a reference shows it. */
function argumentTypes(tokens: readonly Token[], name: string, place: number): string[] {
  const found: string[] = [];
  for (const [at, token] of tokens.entries()) {
    if (token.text !== name || tokens[at - 1]?.text === 'fn' || tokens[at + 1]?.text !== '(') continue;
    const close = pairOf(tokens, at + 1);
    let index = 0;
    for (let argument = at + 2; argument < close; argument++) {
      const own = tokens[argument] as Token;
      if (own.text === ',') index++;
      if (own.kind === 'open') argument = Math.max(argument, pairOf(tokens, argument));
      const first = tokens[argument - 1]?.text === ',' || argument === at + 2;
      if (index !== place || !first) continue;
      const type = literalType(tokens, own.text === '-' ? argument + 1 : argument);
      if (type !== null) found.push(type);
    }
  }
  return [...new Set(found)];
}

/** Of a literal, of a call of the file's own function, or of a variable that was bound to one of these. */
function literalType(tokens: readonly Token[], at: number, depth = 0): string | null {
  const token = tokens[at];
  const next = tokens[at + 1]?.text ?? '';
  if (token === undefined) return null;
  if (token.text === '&' && tokens[at + 1]?.text === '[') return '&[i32]';
  if (token.text === '&' && tokens[at + 1]?.text === 'vec') return '&Vec<i32>';
  if (token.text === 'vec' && next === '!') return 'Vec<i32>';
  if (token.text === 'String' && next === '::') return 'String';
  if (token.kind === 'ident' && depth < 3) return boundType(tokens, at, depth);
  if (next === '.') return null;
  if (token.kind === 'string') return '&str';
  if (token.kind === 'char') return 'char';
  if (token.text === 'true' || token.text === 'false') return 'bool';
  if (token.kind !== 'number') return null;
  const suffix = /([iu](?:8|16|32|64|128|size)|f32|f64)$/.exec(token.text)?.[0];
  // An integer without a suffix takes any integer type: it tells nothing that the result does not tell better.
  return suffix ?? (/[.eE]/.test(token.text) && !/^0x/.test(token.text) ? 'f64' : null);
}

/** What `name(…)` gives or `name` was bound to, where the text says it. */
function boundType(tokens: readonly Token[], at: number, depth: number): string | null {
  const name = tokens[at]?.text ?? '';
  const next = tokens[at + 1]?.text ?? '';
  if (next === '(') {
    const fn = tokens.findIndex((token, index) => token.text === name && tokens[index - 1]?.text === 'fn');
    const close = fn < 0 ? -1 : pairOf(tokens, fn + 1);
    const plain = tokens[close + 1]?.text === '->' && tokens[close + 3]?.text === '{';
    return close > 0 && plain ? (tokens[close + 2]?.text ?? null) : null;
  }
  if (next === '.' || next === '[' || next === '::') return null;
  const bound = tokens
    .slice(0, at)
    .findLastIndex((token, index) => token.text === name && ['let', 'mut'].includes(tokens[index - 1]?.text ?? ''));
  if (bound < 0) return null;
  const [after, type] = [tokens[bound + 1]?.text, tokens[bound + 2]];
  if (after === ':' && tokens[bound + 3]?.text === '=') return type?.text ?? null;
  return after === '=' ? literalType(tokens, bound + 2, depth + 1) : null;
}
