// Byte-range edits: applying, composing, undoing and finding them. Pure; files are disk.ts's and apply.ts's work.
//
// Invariants of every list of edits that is applied here: ranges lie within the text, start and end on UTF-8 boundaries, and
// do not overlap; two insertions at one place keep their order; an edit given twice counts once. (Shape: rustfix's replace.rs.)
import { structuredPatch } from 'diff';
import { RustaError } from '../../schemas/errors.ts';
import type { ByteEdit } from '../../schemas/types.ts';

/** `bytes[start..end)` becomes `text`; an insertion where start equals end. */
export interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Throws RustaError: `edit-range`, `edit-boundary`, `edit-overlap`. */
export function applyEdits(bytes: Uint8Array, edits: readonly Replacement[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const { start, end, text } of ordered(bytes, edits)) {
    parts.push(bytes.subarray(at, start), Buffer.from(text));
    at = end;
  }
  parts.push(bytes.subarray(at));
  return Buffer.concat(parts);
}

/** `applyEdits` for edits that carry what they replace. Throws `edit-mismatch` too. */
export function applyByteEdits(bytes: Uint8Array, edits: readonly ByteEdit[]): Uint8Array {
  const made = applyEdits(
    bytes,
    edits.map(({ start, end, new: text }) => ({ start, end, text })),
  );
  for (const edit of edits) {
    const found = Buffer.from(bytes.subarray(edit.start, edit.end));
    if (!found.equals(Buffer.from(edit.old))) {
      throw refused('edit-mismatch', `${place(edit)} does not hold the text that it replaces`, {
        expected: JSON.stringify(edit.old),
        got: JSON.stringify(found.toString()),
      });
    }
  }
  return made;
}

/** The edits of the post-image that give the pre-image back. */
export function invertEdits(edits: readonly ByteEdit[]): ByteEdit[] {
  let shift = 0;
  return distinct(edits, (edit) => `${edit.start} ${edit.end} ${edit.new}`)
    .sort(byPlace)
    .map((edit) => {
      const start = edit.start + shift;
      const end = start + Buffer.byteLength(edit.new);
      shift += Buffer.byteLength(edit.new) - (edit.end - edit.start);
      return { start, end, old: edit.new, new: edit.old };
    });
}

/** Several lists, each over the text that the one before it made, as one list over `before`. */
export function composeEdits(before: string, steps: readonly (readonly Replacement[])[]): ByteEdit[] {
  let bytes: Uint8Array = Buffer.from(before);
  for (const step of steps) bytes = applyEdits(bytes, step);
  return diffEdits(before, Buffer.from(bytes).toString());
}

/** The edits between two texts: one for each run of changed lines, without what its two sides begin and end with in common. */
export function diffEdits(before: string, after: string): ByteEdit[] {
  if (before === after) return [];
  const old = splitLines(before);
  const now = splitLines(after);
  const edits: ByteEdit[] = [];
  let line = 0;
  let at = 0;
  for (const hunk of structuredPatch('', '', before, after, '', '', { context: 0 }).hunks) {
    const first = hunk.oldStart - 1;
    for (; line < first; line += 1) at += Buffer.byteLength(old[line] as string);
    const from = old.slice(first, first + hunk.oldLines).join('');
    const to = now.slice(hunk.newStart - 1, hunk.newStart - 1 + hunk.newLines).join('');
    edits.push(trimmed(at, from, to));
  }
  return edits;
}

/** Lines with their endings; what follows the last '\n' is a line of its own, when there is anything. */
export function splitLines(text: string): string[] {
  return text.split(/(?<=\n)/);
}

/** `from` at byte `at` becoming `to`, as small as whole code points allow. */
function trimmed(at: number, from: string, to: string): ByteEdit {
  const most = Math.min(from.length, to.length);
  let head = 0;
  while (head < most && from[head] === to[head]) head += 1;
  if (splitsPair(from, head) || splitsPair(to, head)) head -= 1;
  let tail = 0;
  while (tail < most - head && from[from.length - 1 - tail] === to[to.length - 1 - tail]) tail += 1;
  if (splitsPair(from, from.length - tail) || splitsPair(to, to.length - tail)) tail -= 1;
  const start = at + Buffer.byteLength(from.slice(0, head));
  const old = from.slice(head, from.length - tail);
  return { start, end: start + Buffer.byteLength(old), old, new: to.slice(head, to.length - tail) };
}

/** True when `index` lies between the two halves of a surrogate pair. */
function splitsPair(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  const before = text.charCodeAt(index - 1);
  return unit >= 0xdc00 && unit <= 0xdfff && before >= 0xd800 && before <= 0xdbff;
}

/** In order of place, each once, or refused. */
function ordered(bytes: Uint8Array, edits: readonly Replacement[]): Replacement[] {
  for (const edit of edits) {
    const { start, end } = edit;
    if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || start > end || end > bytes.length) {
      throw refused('edit-range', `${place(edit)} is not a range of a text of ${bytes.length} bytes`);
    }
    for (const at of [start, end]) {
      if (((bytes[at] ?? 0) & 0xc0) === 0x80) {
        throw refused('edit-boundary', `${place(edit)} cuts a character in two at byte ${at}`);
      }
    }
  }
  const sorted = distinct(edits, (edit) => `${edit.start} ${edit.end} ${edit.text}`).sort(byPlace);
  for (const [index, edit] of sorted.entries()) {
    const previous = sorted[index - 1];
    if (previous !== undefined && previous.end > edit.start) {
      throw refused('edit-overlap', `${place(previous)} and ${place(edit)} overlap`);
    }
  }
  return sorted;
}

function distinct<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...new Map(items.map((item) => [key(item), item])).values()];
}

/** At one start, insertions come before the replacement. Array.sort keeps the order of equals. */
function byPlace(a: { start: number; end: number }, b: { start: number; end: number }): number {
  return a.start - b.start || a.end - b.end;
}

function place({ start, end }: { readonly start: number; readonly end: number }): string {
  return start === end ? `the insertion at byte ${start}` : `the edit of bytes ${start}..${end}`;
}

function refused(code: string, message: string, detail: { expected?: string; got?: string } = {}): RustaError {
  return new RustaError(message, { code, op: 'patch edits', exit: 'refused', ...detail });
}
