// Rust's tokens, read so that broken source still gives some: where a syntax tree is one big ERROR, a list of tokens
// and the indentation of their lines say more. What the tokens mean together is the proposers' work.
import type { SourceFile, TextRange } from '../../../tools/index/source.ts';

export type TokenKind =
  | 'ident'
  | 'keyword'
  | 'lifetime'
  | 'number'
  | 'string'
  | 'char'
  | 'open'
  | 'close'
  | 'punct'
  | 'comment'
  /** `///`, `//!` and their block forms. */
  | 'doc'
  /** A character that no token starts with, and the rest of an unterminated string or comment. */
  | 'unknown';

/** `start` and `end` are indices of the file's text; `line` is 0-based. */
export interface Token extends TextRange {
  readonly kind: TokenKind;
  readonly text: string;
  readonly line: number;
  /** Whether it is the first on its line. */
  readonly leads: boolean;
}

export const keywords: ReadonlySet<string> = new Set(
  (
    'as async await break const continue crate dyn else enum extern false fn for if impl in let loop match mod move mut ' +
    'pub ref return self Self static struct super trait true type unsafe use where while'
  ).split(' '),
);

/** Keywords that begin an item. */
export const itemKeywords: ReadonlySet<string> = new Set(
  'const enum extern fn impl mod pub static struct trait type unsafe use async'.split(' '),
);

export const closerOf: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };
export const openerOf: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

/** Longest first. Shifts are not here: `>>` is two closing angle brackets as often. */
const puncts = [
  '<<=',
  '>>=',
  '...',
  '..=',
  '::',
  '->',
  '=>',
  '==',
  '!=',
  '<=',
  '>=',
  '&&',
  '||',
  '+=',
  '-=',
  '*=',
  '/=',
];
puncts.push('%=', '^=', '&=', '|=', '..');

const cache = new WeakMap<SourceFile, readonly Token[]>();

/** The file's tokens without comments and white space, in order; lexed once a file. */
export function tokensOf(file: SourceFile): readonly Token[] {
  let tokens = cache.get(file);
  if (tokens === undefined) {
    tokens = lex(file.text).filter((token) => token.kind !== 'comment' && token.kind !== 'doc');
    cache.set(file, tokens);
  }
  return tokens;
}

/** Characters of a file from which on `tokensAt` reads a part of it: a token takes some hundred bytes. */
const readWhole = 100_000;

/** The tokens around `at`: all of the file's, but of a large one only the items there. */
export function tokensAt(file: SourceFile, at: number): readonly Token[] {
  const item = file.text.length < readWhole ? null : file.root.firstChildForIndex(at);
  if (item === null) return tokensOf(file);
  const start = file.line(file.lineOf((item.previousSibling ?? item).startIndex)).start;
  const end = (item.nextSibling ?? item).endIndex;
  const line = file.lineOf(start);
  return lex(file.text.slice(start, end))
    .filter((token) => token.kind !== 'comment' && token.kind !== 'doc')
    .map((token) => ({ ...token, start: token.start + start, end: token.end + start, line: token.line + line }));
}

/** Index in `tokens` of the first that ends after `at`; their number when there is none. */
export function tokenIndexAt(tokens: readonly Token[], at: number): number {
  let low = 0;
  let high = tokens.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tokens[middle] as Token).end <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Every token of `text`, comments included. Never fails: what is no token is `unknown`. */
export function lex(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let line = 0;
  let leads = true;
  while (at < text.length) {
    const char = text[at] as string;
    if (char === '\n') {
      line++;
      leads = true;
      at++;
      continue;
    }
    if (/\s/.test(char)) {
      at++;
      continue;
    }
    const [kind, end] = scan(text, at);
    const own = text.slice(at, end);
    tokens.push({ kind, text: own, start: at, end, line, leads });
    for (let next = own.indexOf('\n'); next >= 0; next = own.indexOf('\n', next + 1)) line++;
    leads = false;
    at = end;
  }
  return tokens;
}

/** The names among the tokens of `text`: of a large file, all its tokens would take a hundred times its text. */
export function identsIn(text: string): Set<string> {
  const found = new Set<string>();
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text[at] as string)) {
      at++;
      continue;
    }
    const [kind, end] = scan(text, at);
    if (kind === 'ident') found.add(text.slice(at, end));
    at = end;
  }
  return found;
}

/** Kind and end of the token that starts at `at`. */
function scan(text: string, at: number): [TokenKind, number] {
  const char = text[at] as string;
  const two = text.slice(at, at + 2);
  if (two === '//') return lineComment(text, at);
  if (two === '/*') return blockComment(text, at);
  const prefixed = /(?:b|c)?r(#*)"|(?:b|c)"/y;
  prefixed.lastIndex = at;
  const prefix = 'bcr'.includes(char) ? prefixed.exec(text) : null;
  if (prefix !== null) {
    const from = at + prefix[0].length;
    return prefix[1] === undefined ? quoted(text, from) : rawString(text, from, prefix[1]);
  }
  if (char === '"') return quoted(text, at + 1);
  if (char === "'" || two === "b'") return quote(text, at + (char === 'b' ? 2 : 1));
  if (/[0-9]/.test(char)) return ['number', numberEnd(text, at)];
  const word = /(?:r#)?[\p{XID_Start}_]\p{XID_Continue}*/uy;
  word.lastIndex = at;
  if (word.test(text)) return [keywords.has(text.slice(at, word.lastIndex)) ? 'keyword' : 'ident', word.lastIndex];
  if ('([{'.includes(char)) return ['open', at + 1];
  if (')]}'.includes(char)) return ['close', at + 1];
  for (const punct of puncts) if (text.startsWith(punct, at)) return ['punct', at + punct.length];
  if (';,.:=<>+-*/%&|^!?@#$~'.includes(char)) return ['punct', at + 1];
  return ['unknown', at + ((text.codePointAt(at) as number) > 0xffff ? 2 : 1)];
}

function lineComment(text: string, at: number): [TokenKind, number] {
  const found = text.indexOf('\n', at);
  const end = found < 0 ? text.length : found;
  return [/^\/\/(\/(?!\/)|!)/.test(text.slice(at, at + 4)) ? 'doc' : 'comment', end];
}

function blockComment(text: string, at: number): [TokenKind, number] {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = at;
  let depth = 0;
  for (let mark = marks.exec(text); mark !== null; mark = marks.exec(text)) {
    depth += mark[0] === '/*' ? 1 : -1;
    if (depth === 0) return [/^\/\*(\*(?![*/])|!)/.test(text.slice(at, at + 4)) ? 'doc' : 'comment', marks.lastIndex];
  }
  return ['unknown', text.length];
}

function quoted(text: string, from: number): [TokenKind, number] {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return ['string', at + 1];
  }
  return ['unknown', text.length];
}

function rawString(text: string, from: number, hashes: string): [TokenKind, number] {
  const end = text.indexOf(`"${hashes}`, from);
  return end < 0 ? ['unknown', text.length] : ['string', end + 1 + hashes.length];
}

/** A character or a lifetime; `from` is behind the quote. */
function quote(text: string, from: number): [TokenKind, number] {
  const char = /(?:\\(?:u\{[^}\n]*\}|x..|[^\n])|[^\\'\n])'/uy;
  char.lastIndex = from;
  if (char.test(text)) return ['char', char.lastIndex];
  const name = /[\p{XID_Start}_]\p{XID_Continue}*/uy;
  name.lastIndex = from;
  if (name.test(text)) return ['lifetime', name.lastIndex];
  return ['unknown', from];
}

function numberEnd(text: string, at: number): number {
  const number = /0[xob][0-9a-fA-F_]+\w*|[0-9][0-9_]*(?:\.(?![.\p{XID_Start}_])[0-9_]*)?(?:[eE][+-]?[0-9_]+)?\w*/uy;
  number.lastIndex = at;
  return number.test(text) ? number.lastIndex : at + 1;
}
