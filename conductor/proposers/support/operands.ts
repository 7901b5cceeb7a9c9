// Where a value begins and ends among tokens, for text that does not parse. What to do with the value is the proposers' work.
import { closerIndex } from './syntax.ts';
import type { Token } from './tokens.ts';

/** First token of the value that ends in front of `at`: a name, a field path, a call, an index; null when there is none. */
export function operandBefore(tokens: readonly Token[], at: number): Token | null {
  let index = at - 1;
  for (;;) {
    const token = tokens[index];
    if (token === undefined) return null;
    if (token.kind === 'close' && token.text !== '}') {
      let depth = 0;
      for (; index >= 0; index--) {
        if (tokens[index]?.kind === 'close') depth++;
        if (tokens[index]?.kind === 'open' && --depth === 0) break;
      }
      if (index < 0) return null;
      const callee = tokens[index - 1];
      if (callee?.kind === 'ident' && callee.end === tokens[index]?.start) {
        index--;
        continue;
      }
    } else if (!['ident', 'number', 'char', 'string'].includes(token.kind) && token.text !== 'self') return null;
    const joint = tokens[index - 1]?.text;
    if (joint !== '.' && joint !== '::') return tokens[index] ?? null;
    index -= 2;
  }
}

/** Last token of the value that begins at `at`. */
export function operandAfter(tokens: readonly Token[], at: number): Token | null {
  let index = at;
  const first = tokens[index];
  if (first === undefined) return null;
  if (first.kind === 'open' && first.text === '(') index = closerIndex(tokens, index);
  else if (!['ident', 'number'].includes(first.kind) && first.text !== 'self') return null;
  for (;;) {
    const next = tokens[index + 1];
    if (next === undefined || tokens[index] === undefined) return tokens[index] ?? null;
    if (next.text === '.' || next.text === '::') index += 2;
    else if ((next.text === '(' || next.text === '[') && next.start === tokens[index]?.end)
      index = closerIndex(tokens, index + 1);
    else return tokens[index] ?? null;
  }
}

/** Index of the first token of the expression that holds `at`: behind `=`, `(`, `,`, `return` or a line that ended. */
export function boundary(tokens: readonly Token[], at: number): number {
  let depth = 0;
  let index = at;
  for (; index > 0; index--) {
    const before = tokens[index - 1] as Token;
    if (before.kind === 'close') depth++;
    if (before.kind === 'open' && depth-- === 0) break;
    if (depth === 0 && ['=', ',', ';', 'return', '=>', '{', '}', '+='].includes(before.text)) break;
  }
  return index;
}

export function levelIndex(tokens: readonly Token[], from: number, texts: readonly string[]): number {
  let depth = 0;
  for (let at = from; at < tokens.length; at++) {
    const token = tokens[at] as Token;
    if (token.kind === 'open') depth++;
    if (token.kind === 'close' && depth-- === 0) return -1;
    if (depth === 0 && texts.includes(token.text)) return at;
    if (token.text === ';' && depth === 0) return -1;
  }
  return -1;
}

/** Index of the last token of the expression from `from` on. */
export function levelEnd(tokens: readonly Token[], from: number): number {
  let depth = 0;
  for (let at = from; at < tokens.length; at++) {
    const token = tokens[at] as Token;
    if (token.kind === 'open') depth++;
    if (token.kind === 'close' && depth-- === 0) return at - 1;
    if (depth === 0 && (token.text === ';' || token.text === ',')) return at - 1;
  }
  return tokens.length - 1;
}
