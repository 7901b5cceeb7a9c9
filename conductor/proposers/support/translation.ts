// A whole file with what other languages' habits put into it, as Rust: the tables of rewrites and passes applied until
// nothing changes. Text that is Rust already comes back as it was. What of it helps is syntax-foreign's question.
import { diffArrays } from 'diff';
import { casts, conditionals, expressionRewrites } from './foreign-expressions.ts';
import { firstPasses, lastPasses } from './foreign-layout.ts';
import { statementRewrites } from './foreign-statements.ts';
import { type Change, spliced } from './repairs.ts';
import { rewritten } from './rewrites.ts';
import { lex, type Token } from './tokens.ts';

/** One habit, and the text without it. */
export interface Step {
  readonly title: string;
  readonly text: string;
}

/** Rounds: a rewrite may uncover another one (`elif not x:`). */
const rounds = 3;
/** Longer texts are left alone: every step reads the whole text. */
const longest = 60_000;

const tokensOf = (text: string): Token[] =>
  lex(text).filter((token) => token.kind !== 'comment' && token.kind !== 'doc');

/** Each habit of the text by itself, in the order of the tables. */
export function habits(text: string): Step[] {
  if (text.length > longest) return [];
  const found: Step[] = [];
  const add = (title: string, now: string): void => {
    if (now !== text && !found.some((step) => step.text === now)) found.push({ title, text: now });
  };
  for (const pass of firstPasses) add(pass.title, pass.change(text));
  const tokens = tokensOf(text);
  const byTitle = new Map<string, Change[]>();
  for (const rewrite of [...statementRewrites, ...expressionRewrites]) {
    const changes = rewritten(text, tokens, rewrite);
    if (changes.length > 0) byTitle.set(rewrite.title, [...(byTitle.get(rewrite.title) ?? []), ...changes]);
  }
  for (const [title, changes] of byTitle) add(title, spliced(text, apart(changes)));
  add('an `if` expression', spliced(text, apart(conditionals(text, tokens))));
  add('a cast', spliced(text, apart(casts(text, tokens))));
  for (const pass of lastPasses) add(pass.title, pass.change(text));
  return found;
}

/** The text without any habit, and which there were. */
export function translation(text: string): { readonly text: string; readonly titles: readonly string[] } {
  const titles = new Set<string>();
  let now = text;
  for (let round = 0; round < rounds && text.length <= longest; round++) {
    const before = now;
    const step = (title: string, next: string): void => {
      if (next !== now) titles.add(title);
      now = next;
    };
    for (const pass of firstPasses) step(pass.title, pass.change(now));
    let tokens = tokensOf(now);
    for (const rewrite of [...statementRewrites, ...expressionRewrites]) {
      const changes = rewritten(now, tokens, rewrite);
      if (changes.length === 0) continue;
      step(rewrite.title, spliced(now, changes));
      tokens = tokensOf(now);
    }
    step('an `if` expression', spliced(now, apart(conditionals(now, tokensOf(now)))));
    step('a cast', spliced(now, apart(casts(now, tokensOf(now)))));
    for (const pass of lastPasses) step(pass.title, pass.change(now));
    if (now === before) break;
  }
  return { text: now, titles: [...titles] };
}

function apart(changes: readonly Change[]): Change[] {
  const sorted = [...changes].sort((a, b) => a.start - b.start || b.end - a.end);
  let end = -1;
  return sorted.filter((change) => {
    const fits = change.start >= end;
    if (fits) end = Math.max(change.end, change.start);
    return fits;
  });
}

/** What turns `before` into `after`, in words and blanks. */
export function changesBetween(before: string, after: string): Change[] {
  const pieces = (text: string): string[] => text.match(/\s+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? [];
  const changes: Change[] = [];
  let at = 0;
  let open: { start: number; end: number; text: string } | null = null;
  for (const part of diffArrays(pieces(before), pieces(after))) {
    const text = part.value.join('');
    if (part.added === true || part.removed === true) {
      open ??= { start: at, end: at, text: '' };
      if (part.added === true) open.text += text;
      else {
        at += text.length;
        open.end = at;
      }
      continue;
    }
    if (open !== null) changes.push(open);
    open = null;
    at += text.length;
  }
  if (open !== null) changes.push(open);
  return changes;
}
