// A syntax error as the syntax proposers read it: the tokens around it, and what the compiler expected there.
import type { SourceFile } from '../../../tools/index/source.ts';
import type { ProposeInput } from '../../types.ts';
import type { Change } from './repairs.ts';
import { closerOf, type Token, tokenIndexAt, tokensAt } from './tokens.ts';

export interface SyntaxPlace {
  readonly file: SourceFile;
  readonly tokens: readonly Token[];
  /** Index of the token that the compiler did not expect, or the first of what it rejects. */
  readonly index: number;
  /** Tokens that it expected, as text: `;`, `,`, `in`. */
  readonly expected: readonly string[];
  /** What it expected in words: `identifier`, `item`, `type`, `expression`, `pattern`. */
  readonly expectedKinds: readonly string[];
}

/** null for a diagnostic without a span in a file that may be edited. */
export function syntaxPlace(input: ProposeInput): SyntaxPlace | null {
  const span = input.diagnostic.spans.find((one) => one.primary);
  const file = span === undefined ? null : input.source(span.file);
  if (span === undefined || file === null) return null;
  const { start } = file.range(span);
  const tokens = tokensAt(file, start);
  const wanted = /expected (.*?)(?:, found|$)/s.exec(input.diagnostic.message)?.[1] ?? '';
  return {
    file,
    tokens,
    index: Math.min(tokenIndexAt(tokens, start), Math.max(0, tokens.length - 1)),
    expected: [...wanted.matchAll(/`([^`]+)`/g)].map((match) => match[1] as string),
    expectedKinds: [
      ...wanted.matchAll(/\b(identifier|item|type|expression|pattern|statement|lifetime|operator|trait)\b/g),
    ].map((match) => match[1] as string),
  };
}

/** Punctuation that stands close to what comes before it. */
const tight: ReadonlySet<string> = new Set([':', ',', ';', '.', '::', '?']);

/** `text` for the token at `index`; a blank before it goes where people write none. */
export function swap(tokens: readonly Token[], index: number, text: string): Change {
  const token = tokens[index] as Token;
  const previous = tokens[index - 1];
  const close =
    tight.has(text) && previous !== undefined && previous.line === token.line && token.start - previous.end === 1;
  return { start: close ? previous.end : token.start, end: token.end, text };
}

export function insertAt(at: number, text: string): Change {
  return { start: at, end: at, text };
}

/** The tokens from `from` to `to`, both included, with what lies between, as `text`. */
export function swapSpan(from: Token, to: Token, text: string): Change {
  return { start: from.start, end: to.end, text };
}

/** Index of the delimiter that the opener at `index` pairs with, by kind; `tokens.length` when there is none. */
export function closerIndex(tokens: readonly Token[], index: number): number {
  const opener = tokens[index]?.text ?? '';
  const closer = closerOf[opener];
  let depth = 0;
  for (let at = index; at < tokens.length; at++) {
    if (tokens[at]?.text === opener && tokens[at]?.kind === 'open') depth++;
    else if (tokens[at]?.text === closer && --depth === 0) return at;
  }
  return tokens.length;
}

/** Index of the opener of the innermost group that holds the token at `index`; -1 at the top level. */
export function groupOf(tokens: readonly Token[], index: number): number {
  let depth = 0;
  for (let at = index - 1; at >= 0; at--) {
    if (tokens[at]?.kind === 'close') depth++;
    if (tokens[at]?.kind === 'open' && depth-- === 0) return at;
  }
  return -1;
}

/** Indices of the tokens of the same text as the one at `index` that stand in the same group, not in groups inside it. */
export function siblings(tokens: readonly Token[], index: number): number[] {
  const text = tokens[index]?.text;
  const found: number[] = [];
  let depth = 0;
  for (let at = groupOf(tokens, index) + 1; at < tokens.length; at++) {
    const token = tokens[at] as Token;
    if (token.kind === 'open') depth++;
    if (token.kind === 'close' && depth-- === 0) break;
    if (depth === 0 && token.text === text) found.push(at);
  }
  return found;
}

/** Indices from `index` outwards: itself, what stands before it, then what follows. */
export function around(tokens: readonly Token[], index: number, before: number, after: number): number[] {
  const found: number[] = [];
  for (let at = index; at >= Math.max(0, index - before); at--) found.push(at);
  for (let at = index + 1; at <= Math.min(tokens.length - 1, index + after); at++) found.push(at);
  return found.filter((at) => tokens[at] !== undefined);
}
