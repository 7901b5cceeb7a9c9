// Two states of some files as a unified diff that `git apply` and `patch` take, and its size in lines. Colour is cli/'s work.
import { diffLines, FILE_HEADERS_ONLY, formatPatch, parsePatch, type StructuredPatch, structuredPatch } from 'diff';
import type { Edit } from '../../schemas/types.ts';

/** A file before and after; `path` is relative to the root, with forward slashes. */
export interface TextChange {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** Lines of context around a hunk, as git shows. */
const context = 3;

/** Minimal unified diff; files that do not differ are left out, so that it is empty when nothing changes. */
export function unifiedDiff(files: readonly TextChange[]): string {
  return files
    .filter(({ before, after }) => before !== after)
    .map(({ path, before, after }) =>
      format(structuredPatch(`a/${path}`, `b/${path}`, before, after, undefined, undefined, { context })),
    )
    .join('');
}

/** The same diff with its paths below `prefix`, which ends in a slash. */
export function moveDiff(diff: string, prefix: string): string {
  const below = (name: string | undefined): string => (name ?? '').replace(/^[ab]\//, (side) => side + prefix);
  return parsePatch(diff)
    .map((patch) => format({ ...patch, oldFileName: below(patch.oldFileName), newFileName: below(patch.newFileName) }))
    .join('');
}

function format(patch: StructuredPatch): string {
  const headers = { oldHeader: undefined, newHeader: undefined };
  const text = formatPatch({ ...patch, ...headers }, FILE_HEADERS_ONLY);
  // As git does: a tab ends a name that holds a space, or GNU patch would cut it there. Quoted names need none.
  return text.replace(/^(--- a.* .*)\n(\+\+\+ b.*)\n/, '$1\t\n$2\t\n');
}

/** The change of a file as edits of whole lines, one for each place where the texts differ. */
export function lineEdits({ path, before, after }: TextChange): Edit[] {
  const starts = [0];
  for (let at = before.indexOf('\n'); at >= 0; at = before.indexOf('\n', at + 1)) starts.push(at + 1);
  const byte = (line: number): number => Buffer.byteLength(before.slice(0, starts[line] ?? before.length));
  const edits: Edit[] = [];
  let line = 0;
  let open: { from: number; text: string } | null = null;
  for (const { added, removed, value, count } of diffLines(before, after)) {
    if (!added && !removed) {
      if (open !== null) edits.push({ file: path, start: byte(open.from), end: byte(line), text: open.text });
      open = null;
    } else {
      open ??= { from: line, text: '' };
      if (added) open.text += value;
    }
    if (!added) line += count;
  }
  if (open !== null) edits.push({ file: path, start: byte(open.from), end: byte(line), text: open.text });
  return edits;
}

/** Lines that the diff adds and removes: equal lines around and between the changes do not count. */
export function countLines(files: readonly TextChange[]): { added: number; removed: number } {
  const count = { added: 0, removed: 0 };
  for (const { before, after } of files) {
    for (const { lines } of structuredPatch('', '', before, after, '', '', { context: 0 }).hunks) {
      for (const line of lines) {
        if (line.startsWith('+')) count.added += 1;
        else if (line.startsWith('-')) count.removed += 1;
      }
    }
  }
  return count;
}
