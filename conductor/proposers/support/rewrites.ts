// Rewrites of token sequences, written like the arms of a macro: a pattern with holes, and what it becomes. Which rewrites
// there are is the tables' work (foreign-*.ts), which of them help is repairs.ts'.
//
//     for ( $i:ident = $a ; $i < $b ; $i ++ ) {      →     for $i in $a..$b {
import type { Change } from './repairs.ts';
import { closerOf, lex, type Token } from './tokens.ts';

export interface Rewrite {
  readonly title: string;
  /**
   * Words between blanks: tokens as they are (`+=`; tokens of one word touch each other), `a|b` for one of several words,
   * `a|b?` where it may be missing, `$x` for an expression without a comma outside brackets, `$x:exprs` with commas,
   * `$x:ident`, `$x:string`, `$x:type`, `$x:place` (a name, field or element). A hole named twice must hold the same text twice. `^`
   * in front: only where a statement may begin.
   */
  readonly from: string;
  /** Text with the holes' names, or what gives it; null for "not here". */
  readonly to: string | ((found: Found) => string | null);
}

export interface Found {
  readonly tokens: readonly Token[];
  /** Indices of its first and last token. */
  readonly first: number;
  readonly last: number;
  /** The text of a hole; '' where it is missing. */
  text(hole: string): string;
  /** The whole text that is being rewritten. */
  readonly source: string;
}

type Part =
  | { readonly kind: 'tokens'; readonly texts: readonly string[] }
  | { readonly kind: 'words'; readonly words: ReadonlySet<string>; readonly optional: boolean; readonly hole: string }
  | { readonly kind: Hole; readonly hole: string };
type Hole = 'expr' | 'exprs' | 'ident' | 'string' | 'type' | 'place';

/** Tokens that one hole may hold. */
const longest = 80;
const compiled = new WeakMap<Rewrite, readonly Part[]>();

/** Every place of the text that the rewrite fits, in order, none inside another. */
export function rewritten(source: string, tokens: readonly Token[], rewrite: Rewrite): Change[] {
  const statement = rewrite.from.startsWith('^ ');
  let parts = compiled.get(rewrite);
  if (parts === undefined) {
    parts = partsOf(statement ? rewrite.from.slice(2) : rewrite.from);
    compiled.set(rewrite, parts);
  }
  const changes: Change[] = [];
  let reached = 0;
  for (const at of startsOf(tokens, parts)) {
    if (at < reached) continue;
    if (statement && !startsStatement(tokens, at)) continue;
    const holes = new Map<string, readonly [number, number]>();
    const end = match(source, tokens, parts, 0, at, holes);
    if (end <= at) continue;
    const text = (hole: string): string => {
      const range = holes.get(hole);
      return range === undefined ? '' : sliceOf(source, tokens, range[0], range[1]);
    };
    const found: Found = { tokens, first: at, last: end - 1, text, source };
    const now =
      typeof rewrite.to === 'function' ? rewrite.to(found) : rewrite.to.replace(/\$(\w+)/g, (_, hole) => text(hole));
    const [from, to] = [(tokens[at] as Token).start, (tokens[end - 1] as Token).end];
    if (now === null || now === source.slice(from, to)) continue;
    changes.push({ start: from, end: to, text: now });
    reached = end;
  }
  return changes;
}

const positions = new WeakMap<readonly Token[], Map<string, number[]>>();

/** Indices at which the parts may begin: those of the texts that the first one asks for, all where it asks for none. */
function startsOf(tokens: readonly Token[], parts: readonly Part[]): Iterable<number> {
  let known = positions.get(tokens);
  if (known === undefined) {
    known = new Map();
    for (const [at, token] of tokens.entries()) {
      const list = known.get(token.text);
      if (list === undefined) known.set(token.text, [at]);
      else list.push(at);
    }
    positions.set(tokens, known);
  }
  const found: number[] = [];
  for (const part of parts) {
    if (part.kind === 'tokens') return [...found, ...(known.get(part.texts[0] ?? '') ?? [])].sort((a, b) => a - b);
    if (part.kind !== 'words') return tokens.keys();
    for (const word of part.words) found.push(...(known.get(word) ?? []));
    if (!part.optional) break;
  }
  return found.sort((a, b) => a - b);
}

/** Where a statement, an item or an arm's body may begin. */
export function startsStatement(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1];
  return before === undefined || [';', '{', '}', '=>'].includes(before.text) || (tokens[at] as Token).leads;
}

function partsOf(pattern: string): Part[] {
  return pattern.split(' ').map((word): Part => {
    const hole = /^\$(\w+)(?::(\w+))?$/.exec(word);
    if (hole !== null) return { kind: (hole[2] ?? 'expr') as Hole, hole: hole[1] as string };
    if (/^\w+(\|\w+)*\?$|^\w+(\|\w+)+$/.test(word)) {
      const words = word.replace('?', '').split('|');
      return { kind: 'words', words: new Set(words), optional: word.endsWith('?'), hole: words[0] as string };
    }
    return { kind: 'tokens', texts: lex(word).map((token) => token.text) };
  });
}

/** Index behind what the parts from `part` on match at `at`; -1 when they do not. */
function match(
  source: string,
  tokens: readonly Token[],
  parts: readonly Part[],
  part: number,
  at: number,
  holes: Map<string, readonly [number, number]>,
): number {
  const now = parts[part];
  if (now === undefined) return at;
  const go = (end: number): number => match(source, tokens, parts, part + 1, end, holes);
  const token = tokens[at];
  if (now.kind === 'words') {
    if (token !== undefined && now.words.has(token.text)) {
      holes.set(now.hole, [at, at + 1]);
      const end = go(at + 1);
      if (end >= 0) return end;
      holes.delete(now.hole);
    }
    return now.optional ? go(at) : -1;
  }
  if (token === undefined) return -1;
  if (now.kind === 'tokens') {
    for (const [index, text] of now.texts.entries()) {
      const one = tokens[at + index];
      if (one?.text !== text || (index > 0 && one.start !== tokens[at + index - 1]?.end)) return -1;
    }
    return go(at + now.texts.length);
  }
  for (const end of endsOf(tokens, at, now.kind)) {
    const known = holes.get(now.hole);
    if (known !== undefined && sliceOf(source, tokens, ...known) !== sliceOf(source, tokens, at, end)) continue;
    if (known === undefined) holes.set(now.hole, [at, end]);
    const found = go(end);
    if (found >= 0) return found;
    if (known === undefined) holes.delete(now.hole);
  }
  return -1;
}

function sliceOf(source: string, tokens: readonly Token[], from: number, to: number): string {
  return to <= from ? '' : source.slice((tokens[from] as Token).start, (tokens[to - 1] as Token).end);
}

/** Indices at which a hole that begins at `at` may end, shortest first. */
function* endsOf(tokens: readonly Token[], at: number, kind: Hole): Generator<number> {
  const first = tokens[at] as Token;
  if (kind === 'ident' || kind === 'string') {
    if (first.kind === kind) yield at + 1;
    return;
  }
  if (kind === 'type') {
    yield* typeEnds(tokens, at);
    return;
  }
  if (kind === 'place') {
    yield* [...placeEnds(tokens, at)].reverse();
    return;
  }
  let depth = 0;
  for (let end = at; end < Math.min(tokens.length, at + longest); end++) {
    const token = tokens[end] as Token;
    if (token.kind === 'close' && depth-- === 0) return;
    if (depth === 0) {
      if ([';', '{', '=>'].includes(token.text) || (token.text === ',' && kind !== 'exprs')) return;
      if (['let', 'fn', 'struct', 'use', 'for', 'while'].includes(token.text)) return;
    }
    if (token.kind === 'open') depth++;
    if (depth === 0) yield end + 1;
  }
}

/** Names, fields and elements, with what dereferences them, and numbers: `*total`, `self.items[i].count`. */
function* placeEnds(tokens: readonly Token[], at: number): Generator<number> {
  let index = at;
  while (tokens[index]?.text === '*' || tokens[index]?.text === '&') index++;
  const first = tokens[index];
  if (first === undefined || (!['ident', 'number', 'char', 'string'].includes(first.kind) && first.text !== 'self'))
    return;
  yield index + 1;
  for (index++; index < tokens.length; ) {
    const text = tokens[index]?.text ?? '';
    if (text === '.' || text === '::') index += 2;
    else if (text === '[' && tokens[index]?.start === tokens[index - 1]?.end)
      index = Math.max(index, pairOf(tokens, index)) + 1;
    else return;
    if (index > at + longest || tokens[index - 1]?.kind === 'open') return;
    yield Math.min(index, tokens.length);
  }
}

/** Types: `i32`, `&mut T`, `Vec<Vec<T>>`, `[T; 3]`, `(A, B)`, `std::fmt::Error`. */
function* typeEnds(tokens: readonly Token[], at: number): Generator<number> {
  let index = at;
  while (
    ['&', '&&', 'mut', 'dyn', 'impl', '*', 'const'].includes(tokens[index]?.text ?? '') ||
    tokens[index]?.kind === 'lifetime'
  )
    index++;
  const first = tokens[index];
  if (first?.text === '[' || first?.text === '(') {
    const close = pairOf(tokens, index);
    if (close > 0) yield close + 1;
    return;
  }
  if (first?.kind !== 'ident' && first?.text !== 'Self') return;
  while (tokens[index + 1]?.text === '::' && tokens[index + 2]?.kind === 'ident') index += 2;
  if (tokens[index + 1]?.text !== '<') {
    yield index + 1;
    return;
  }
  let depth = 0;
  for (let end = index + 1; end < Math.min(tokens.length, index + longest); end++) {
    const text = (tokens[end] as Token).text;
    if (text === '<') depth++;
    if (text === '>' && --depth === 0) {
      yield end + 1;
      return;
    }
    if ([';', '{', '}', '='].includes(text) && text !== ';') return;
  }
}

/** Index of the closer of the delimiter at `at`; -1 when there is none. */
export function pairOf(tokens: readonly Token[], at: number): number {
  const stack: string[] = [];
  for (let index = at; index < tokens.length; index++) {
    const token = tokens[index] as Token;
    if (token.kind === 'open') stack.push(closerOf[token.text] as string);
    if (token.kind !== 'close') continue;
    if (stack.pop() !== token.text) return -1;
    if (stack.length === 0) return index;
  }
  return -1;
}
