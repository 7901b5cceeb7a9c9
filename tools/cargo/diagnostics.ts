// Turns the compiler's JSON messages into Diagnostics. Pure; what order to repair them in is causes.ts's work.
//
// A child of a message that carries replacements is one suggestion, but the compiler flattens alternatives ("one of
// these imports", "wrap it in Some or in Ok") into the same child. Within one alternative parts never overlap (they need
// not be sorted: E0106 names the return type first), so a part that overlaps an earlier one begins the next alternative.
import { isAbsolute, relative, resolve } from 'node:path';
import { shortHash } from '../../schemas/hash.ts';
import type { CargoTarget, Diagnostic, Edit, Note, Span, Suggestion } from '../../schemas/types.ts';
import { classify } from './taxonomy.ts';

/** A span as rustc prints it (`--error-format=json`; rustc book, "JSON output"). */
export interface RustcSpan {
  readonly file_name: string;
  readonly byte_start: number;
  readonly byte_end: number;
  readonly line_start: number;
  readonly line_end: number;
  readonly column_start: number;
  readonly column_end: number;
  readonly is_primary: boolean;
  readonly label: string | null;
  readonly text: readonly { readonly text: string; readonly highlight_start: number; readonly highlight_end: number }[];
  readonly suggested_replacement: string | null;
  readonly suggestion_applicability: Suggestion['applicability'] | null;
  readonly expansion: { readonly span: RustcSpan } | null;
}

/** A message as rustc prints it. */
export interface RustcMessage {
  readonly message: string;
  readonly code: { readonly code: string } | null;
  readonly level: string;
  readonly spans: readonly RustcSpan[];
  readonly children: readonly RustcMessage[];
  readonly rendered: string | null;
}

/** Where a message came from. */
export interface MessageOrigin {
  /** Folder that the compiler ran in and that relative file names start from: the workspace root. */
  readonly root: string;
  readonly target: CargoTarget;
}

const levels: Readonly<Record<string, Diagnostic['level']>> = {
  error: 'error',
  warning: 'warning',
  note: 'note',
  help: 'help',
  'failure-note': 'failure-note',
  'error: internal compiler error': 'ice',
};

const applicabilities: readonly string[] = ['MachineApplicable', 'MaybeIncorrect', 'HasPlaceholders', 'Unspecified'];

/** Summaries that rustc and cargo add after the messages proper. */
const summary =
  /^(aborting due to|could not compile|For more information about|Some errors have detailed explanations|\d+ warnings? emitted)/;

/** One line of the compiler's output as a message; null when it is anything else (a macro may print there too). */
export function parseMessage(value: unknown): RustcMessage | null {
  if (!isObject(value) || typeof value.message !== 'string' || typeof value.level !== 'string') return null;
  if (value.code !== null && !(isObject(value.code) && typeof value.code.code === 'string')) return null;
  if (!Array.isArray(value.spans) || !value.spans.every(isSpan)) return null;
  if (!Array.isArray(value.children) || !value.children.every((child) => parseMessage(child) !== null)) return null;
  return value as unknown as RustcMessage;
}

/** The messages in a compiler's own output, one JSON object a line; other lines are passed over. */
export function messagesIn(output: string): RustcMessage[] {
  return output.split('\n').flatMap((line) => parseMessage(parseJsonLine(line)) ?? []);
}

/** The JSON object on a line; null for any other line. */
export function parseJsonLine(line: string): Record<string, unknown> | null {
  if (!line.startsWith('{')) return null;
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** The message as a Diagnostic with a provisional id (see `settleIds`); null for a summary. */
export function normalise(message: RustcMessage, origin: MessageOrigin): Diagnostic | null {
  const level = levels[message.level] ?? 'error';
  const code = message.code?.code ?? null;
  if (level === 'failure-note' || (code === null && message.spans.length === 0 && summary.test(message.message))) {
    return null;
  }
  const notes: Note[] = [];
  const suggestions: Suggestion[] = [];
  for (const child of message.children) {
    const parts = child.spans.filter((span) => span.suggested_replacement !== null);
    if (parts.length > 0) suggestions.push(...splitAlternatives(child.message, parts, origin.root));
    else notes.push({ level: noteLevel(child.level), message: child.message, spans: spansOf(child, origin.root) });
  }
  return {
    v: 1,
    id: shortHash(code ?? '', message.message, ...message.spans.filter((span) => span.is_primary).map(spanText)),
    code,
    level,
    message: message.message,
    class: classify(code, message.message, level),
    target: origin.target,
    spans: spansOf(message, origin.root),
    notes,
    suggestions,
    rendered: message.rendered ?? message.message,
    root: null,
  };
}

/**
 * One entry for what several targets report at the same place (a library and its own test build, a module that two
 * binaries share), in order of file and position; equal ids told apart by their order.
 */
export function settleIds(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const found = new Map<string, Diagnostic>();
  for (const diagnostic of diagnostics) {
    const places = diagnostic.spans
      .filter((span) => span.primary)
      .map((span) => `${span.file}:${span.start}:${span.end}`);
    const key = shortHash(diagnostic.level, diagnostic.code ?? '', diagnostic.message, ...places);
    if (!found.has(key)) found.set(key, diagnostic);
  }
  const ordinals = new Map<string, number>();
  return [...found.values()].sort(byPlace).map((diagnostic) => {
    const ordinal = ordinals.get(diagnostic.id) ?? 0;
    ordinals.set(diagnostic.id, ordinal + 1);
    return ordinal === 0 ? diagnostic : { ...diagnostic, id: shortHash(diagnostic.id, String(ordinal)) };
  });
}

/** First primary span, else the first span. */
export function primarySpan(diagnostic: Diagnostic): Span | null {
  return diagnostic.spans.find((span) => span.primary) ?? diagnostic.spans[0] ?? null;
}

function byPlace(a: Diagnostic, b: Diagnostic): number {
  const first = primarySpan(a);
  const second = primarySpan(b);
  if (first === null || second === null) return Number(second !== null) - Number(first !== null);
  if (first.file !== second.file) return first.file < second.file ? -1 : 1;
  return first.start - second.start || first.end - second.end;
}

function spansOf(message: RustcMessage, root: string): Span[] {
  return message.spans.map((raw) => {
    const place = callSite(raw, root);
    return {
      file: localPath(place.file_name, root),
      start: place.byte_start,
      end: place.byte_end,
      line: place.line_start,
      column: place.column_start,
      end_line: place.line_end,
      end_column: place.column_end,
      primary: raw.is_primary,
      label: raw.label,
      expansion: raw.expansion !== null,
    };
  });
}

/** The outermost call inside the workspace that a span was expanded from; the span itself when there is none. */
function callSite(span: RustcSpan, root: string): RustcSpan {
  let place = span;
  for (let at = span.expansion?.span; at !== undefined; at = at.expansion?.span) {
    if (!isAbsolute(localPath(at.file_name, root)) || isAbsolute(localPath(place.file_name, root))) place = at;
  }
  return place;
}

function splitAlternatives(message: string, parts: readonly RustcSpan[], root: string): Suggestion[] {
  const alternatives: { applicability: Suggestion['applicability']; parts: RustcSpan[] }[] = [];
  for (const part of parts) {
    const applicability = part.suggestion_applicability ?? 'Unspecified';
    const current = alternatives.at(-1);
    const apart = current?.parts.every((other) => !overlap(other, part)) ?? false;
    if (current !== undefined && current.applicability === applicability && apart) current.parts.push(part);
    else alternatives.push({ applicability, parts: [part] });
  }
  return alternatives.flatMap((alternative) => {
    const edits = alternative.parts.map(
      (part): Edit => ({
        file: localPath(part.file_name, root),
        start: part.byte_start,
        end: part.byte_end,
        text: part.suggested_replacement ?? '',
      }),
    );
    const [first, ...rest] = edits;
    // A part in another crate's source (inside a macro of the standard library) is not ours to edit.
    if (first === undefined || edits.some((edit) => isAbsolute(edit.file))) return [];
    return [{ message, applicability: alternative.applicability, edits: [first, ...rest] }];
  });
}

/** Two insertions at one place overlap as well. */
function overlap(a: RustcSpan, b: RustcSpan): boolean {
  if (a.file_name !== b.file_name) return false;
  if (a.byte_start === b.byte_start && a.byte_end === b.byte_end) return true;
  return a.byte_start < b.byte_end && b.byte_start < a.byte_end;
}

/** Relative to the root with `/`; absolute when outside it (or no file at all, as `<anon>`). */
function localPath(file: string, root: string): string {
  if (file.startsWith('<')) return `/${file}`;
  const path = resolve(root, file);
  const inside = relative(root, path);
  return inside === '' || inside.startsWith('..') || isAbsolute(inside) ? path : inside;
}

/** The source text that a span covers, lines joined. Columns count characters, not UTF-16 units. */
function spanText(span: RustcSpan): string {
  return span.text
    .map((line) => [...line.text].slice(line.highlight_start - 1, line.highlight_end - 1).join(''))
    .join('\n');
}

function noteLevel(level: string): Note['level'] {
  return level === 'help' || level === 'warning' || level === 'error' ? level : 'note';
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSpan(value: unknown): boolean {
  if (!isObject(value) || typeof value.file_name !== 'string' || typeof value.is_primary !== 'boolean') return false;
  const counts = ['byte_start', 'byte_end', 'line_start', 'line_end', 'column_start', 'column_end'];
  if (!counts.every((name) => Number.isSafeInteger(value[name]) && (value[name] as number) >= 0)) return false;
  if (value.label !== null && typeof value.label !== 'string') return false;
  if (value.suggested_replacement !== null && typeof value.suggested_replacement !== 'string') return false;
  const applicability = value.suggestion_applicability;
  if (applicability !== null && !applicabilities.includes(applicability as string)) return false;
  if (!Array.isArray(value.text) || !value.text.every((line) => isObject(line) && typeof line.text === 'string')) {
    return false;
  }
  return value.expansion === null || (isObject(value.expansion) && isSpan(value.expansion.span));
}
