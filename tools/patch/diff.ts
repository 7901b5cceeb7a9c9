// Two states of some files as a unified diff that `git apply` and `patch` take, and its size in lines. Colour is cli/'s work.
import { createTwoFilesPatch, FILE_HEADERS_ONLY, structuredPatch } from 'diff';

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
    .map(({ path, before, after }) => {
      const text = createTwoFilesPatch(`a/${path}`, `b/${path}`, before, after, undefined, undefined, {
        context,
        headerOptions: FILE_HEADERS_ONLY,
      });
      // As git does: a tab ends a name that holds a space, or GNU patch would cut it there.
      return path.includes(' ') ? text.replace(/^(--- a.*)\n(\+\+\+ b.*)\n/, '$1\t\n$2\t\n') : text;
    })
    .join('');
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
