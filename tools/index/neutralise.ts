// Makes a file with broken delimiters parse, for questions only: what comes out is never a repair.
//
// rustc recovers from most syntax errors and goes on to types; an unbalanced delimiter or text that is no item ends
// it at once. By layout, what is broken away from the place of interest is emptied (a function's body becomes
// `loop {}`, anything else goes), and around the place delimiters are balanced by indentation.
import { SourceFile, syntaxDamage, type TextRange } from './source.ts';

export interface Neutralised {
  readonly text: string;
  /** Where an index of the old text lies in the new one; null when that text is gone. */
  moved(at: number): number | null;
}

interface Change extends TextRange {
  readonly text: string;
}

const closers: Readonly<Record<string, string>> = { '{': '}', '(': ')', '[': ']' };
/** A line that goes on with the item above it although it is not indented. */
const continues = /^(?:[{}()\]]|where\b|else\b|\.)/;
/** The start of an item that holds items; what may stand before its keyword is matched loosely. */
const container = /^(?:(?:#\[.*\]|\/\/.*)\s*\n\s*)*(?:pub(?:\([^)]*\))?\s+)?(?:unsafe\s+)?(?:impl|trait|mod)\b/;
const functionHeader = /^(?:(?:#\[.*\]|\/\/.*)\s*\n\s*)*[\w\s()"]*\bfn\b[^{;]*\{/;

/** Versions of `file` to ask in, the likelier first; `keep` is the place that must survive. None when it parses. */
export function neutralisations(file: SourceFile, keep: TextRange): Neutralised[] {
  if (!file.root.hasError) return [];
  const byLayout = apply(file.text, changesIn(file, { start: 0, end: file.text.length }, keep));
  if (syntaxDamage(byLayout.text) === 0) return [byLayout];
  const balanced = apply(file.text, balance(file.text));
  return [byLayout, balanced].filter((made) => made.text !== file.text);
}

function apply(text: string, changes: readonly Change[]): Neutralised {
  const sorted = [...changes].sort((a, b) => a.start - b.start || a.end - b.end);
  let made = '';
  let at = 0;
  for (const change of sorted) {
    made += text.slice(at, change.start) + change.text;
    at = change.end;
  }
  made += text.slice(at);
  return {
    text: made,
    moved(index) {
      let shift = 0;
      for (const change of sorted) {
        if (change.start > index || (change.start === index && change.end > index && change.text === '')) break;
        if (index < change.end) return null;
        shift += change.text.length - (change.end - change.start);
      }
      return index + shift;
    },
  };
}

/** Changes inside one stretch of items, piece by piece. */
function changesIn(file: SourceFile, range: TextRange, keep: TextRange): Change[] {
  const changes: Change[] = [];
  for (const piece of pieces(file, range)) {
    const text = file.slice(piece);
    if (syntaxDamage(text) === 0) continue;
    const holdsPlace = piece.start <= keep.start && keep.end <= piece.end;
    const trimmed = text.trimStart();
    const offset = piece.start + text.length - trimmed.length;
    if (container.test(trimmed)) {
      const inner = interior(file, { start: offset, end: piece.end });
      if (inner !== null) {
        changes.push(...changesIn(file, inner.range, keep));
        if (inner.closer !== null) changes.push(inner.closer);
        continue;
      }
    }
    const balanced = balance(text);
    if (holdsPlace || (balanced.length > 0 && syntaxDamage(apply(text, balanced).text) === 0)) {
      for (const change of balanced)
        changes.push({ start: piece.start + change.start, end: piece.start + change.end, text: change.text });
      continue;
    }
    const header = functionHeader.exec(trimmed)?.[0];
    const emptied = header !== undefined && syntaxDamage(`${header} loop {} }`) === 0;
    const start = emptied ? offset + header.length : piece.start;
    changes.push({ start, end: piece.end, text: emptied ? ' loop {} }\n' : '\n' });
  }
  return changes;
}

/** Cuts a stretch where a line stands as far left as its first one and does not go on with what is above. */
function pieces(file: SourceFile, range: TextRange): TextRange[] {
  const found: TextRange[] = [];
  const mayHoldText = /r#*"|\/\*/.test(file.slice(range));
  let start = range.start;
  let left: number | null = null;
  for (let line = file.lineOf(range.start); line < file.lineCount; line++) {
    const { start: at, end } = file.line(line);
    if (at >= range.end) break;
    const text = file.text.slice(at, end);
    const indent = text.length - text.trimStart().length;
    if (text.trim() === '' || at < range.start) continue;
    left ??= indent;
    if (indent > left || at === start || continues.test(text.trimStart()) || (mayHoldText && inText(file, at)))
      continue;
    found.push({ start, end: at });
    start = at;
  }
  found.push({ start, end: range.end });
  return joinAttributes(file, found);
}

/** An attribute or a comment belongs to the piece below it. */
function joinAttributes(file: SourceFile, found: readonly TextRange[]): TextRange[] {
  const joined: TextRange[] = [];
  let open: number | null = null;
  for (const piece of found) {
    const start: number = open ?? piece.start;
    const lines = file
      .slice(piece)
      .split('\n')
      .filter((line) => line.trim() !== '');
    open = lines.every((line) => /^\s*(#!?\[.*\]|\/\/.*)$/.test(line)) ? start : null;
    if (open === null) joined.push({ start, end: piece.end });
  }
  if (open !== null) joined.push({ start: open, end: found.at(-1)?.end ?? open });
  return joined;
}

/** Whether an index lies in a string or comment that can be believed: an unclosed quote turns a file inside out. */
function inText(file: SourceFile, at: number): boolean {
  const node = file.root.descendantForIndex(at, at);
  return node !== null && node.startIndex < at && /^(raw_string|block_comment|string_content$)/.test(node.type)
    ? node.type !== 'string_content' || node.parent?.type === 'raw_string_literal'
    : false;
}

/** The lines between a container's `{` and its closing line, and the `}` to add where there is none. */
function interior(file: SourceFile, range: TextRange): { range: TextRange; closer: Change | null } | null {
  const first = file.lineOf(range.start);
  let open = first;
  while (
    open < file.lineCount &&
    file.line(open).end < range.end &&
    !file.slice(file.line(open)).trimEnd().endsWith('{')
  )
    open++;
  if (file.line(open).end >= range.end) return null;
  const indent = file.indentAt(range.start);
  const last = file.lineOf(range.end - 1);
  for (let line = last; line > open; line--) {
    const text = file.slice(file.line(line));
    if (text.trim() === '') continue;
    if (text.trimEnd() === `${indent}}`)
      return { range: { start: file.line(open + 1).start, end: file.line(line).start }, closer: null };
    break;
  }
  return {
    range: { start: file.line(open + 1).start, end: range.end },
    closer: { start: range.end, end: range.end, text: `${indent}}\n` },
  };
}

interface Open {
  readonly kind: string;
  readonly indent: number;
}

/** Insertions and removals that pair every delimiter of `text`, by its indentation where a line starts with one. */
function balance(text: string): Change[] {
  const file = new SourceFile('', text);
  const changes: Change[] = [];
  const open: Open[] = [];
  const close = (count: number, at: number, after = ''): void => {
    const added = open.splice(open.length - count).reverse();
    if (count > 0) changes.push({ start: at, end: at, text: added.map((each) => closers[each.kind]).join('') + after });
  };
  for (const { kind, at } of tokens(file)) {
    const indent = file.indentAt(at).length;
    const startsLine = file.line(file.lineOf(at)).start + indent === at;
    const top = open.at(-1);
    if (kind in closers) {
      open.push({ kind, indent });
    } else if (kind === ';' || kind === 'let') {
      // Neither stands inside parentheses, but for closures' blocks, which have a `{` of their own.
      if (top?.kind === '(' && (kind === ';' || startsLine)) {
        const count = open.length - 1 - open.findLastIndex((each) => each.kind !== '(');
        close(count, at, kind === 'let' ? '; ' : '');
      }
    } else {
      const partner = (each: Open): boolean => closers[each.kind] === kind;
      let index = open.findLastIndex(partner);
      if (kind === '}' && startsLine && index >= 0 && open[index]?.indent !== indent) {
        const aligned = open.findLastIndex((each) => partner(each) && each.indent === indent);
        // A brace deeper than its opener closes nothing when the opener's own line gets one later.
        if (aligned >= 0) index = aligned;
        else if (indent > (open[index]?.indent ?? 0)) index = -1;
      }
      if (index < 0) {
        changes.push({ start: at, end: at + 1, text: '' });
        continue;
      }
      close(open.length - 1 - index, at);
      open.pop();
    }
  }
  close(open.length, text.length);
  return changes;
}

/** Delimiters, `;` and `let` in source order; those in strings and comments are no tokens. */
function tokens(file: SourceFile): { kind: string; at: number }[] {
  const found: { kind: string; at: number }[] = [];
  const cursor = file.root.walk();
  const wanted = new Set(['{', '}', '(', ')', '[', ']', ';', 'let']);
  for (let more = true; more; ) {
    if (cursor.gotoFirstChild()) continue;
    if (wanted.has(cursor.nodeType) && cursor.endIndex > cursor.startIndex)
      found.push({ kind: cursor.nodeType, at: cursor.startIndex });
    while (!cursor.gotoNextSibling()) {
      if (cursor.gotoParent()) continue;
      more = false;
      break;
    }
  }
  cursor.delete();
  return found;
}
