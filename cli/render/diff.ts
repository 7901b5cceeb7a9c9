// A unified diff in colour. Counts the lines that each hunk announces, so that a removed `-- x` is not taken for a header.
import type { Colors } from '../terminal.ts';
import { harmless } from '../text.ts';

/** `diff` with colours and every acting character made visible; ends in a newline unless empty. */
export function renderDiff(diff: string, colors: Colors): string {
  if (diff === '') return '';
  let removed = 0;
  let added = 0;
  const lines = diff.replace(/\n$/, '').split('\n');
  return lines
    .map((line) => {
      const shown = harmless(line.replace(/\r$/, ''));
      if (removed > 0 || added > 0) {
        if (line.startsWith('+')) added -= 1;
        else if (line.startsWith('-')) removed -= 1;
        else if (!line.startsWith('\\')) {
          added -= 1;
          removed -= 1;
        }
        return line.startsWith('+') ? colors.green(shown) : line.startsWith('-') ? colors.red(shown) : shown;
      }
      const hunk = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(line);
      if (!hunk) return line.startsWith('\\') ? shown : colors.bold(shown);
      removed = Number(hunk[1] ?? 1);
      added = Number(hunk[2] ?? 1);
      return colors.cyan(shown);
    })
    .map((line) => `${line}\n`)
    .join('');
}
