// What every list of drafts is put through: drafts whose edits overlap or change nothing are left out, each content once.
import type { Edit } from '../../../schemas/types.ts';
import type { Draft } from '../../types.ts';

/** The drafts that can be applied, in their order, at most `most`. */
export function sound(drafts: readonly Draft[], most = 12): Draft[] {
  const found = new Map<string, Draft>();
  for (const draft of drafts) {
    const edits = ordered(draft.edits);
    if (edits.length === 0 || edits.some((edit, i) => overlaps(edits[i - 1], edit))) continue;
    const key = JSON.stringify(edits);
    if (!found.has(key)) found.set(key, { ...draft, edits });
  }
  return [...found.values()].slice(0, most);
}

function ordered(edits: readonly Edit[]): Edit[] {
  const sorted = [...edits].sort((a, b) =>
    a.file < b.file ? -1 : a.file > b.file ? 1 : a.start - b.start || a.end - b.end,
  );
  return sorted.filter((edit, i) => JSON.stringify(edit) !== JSON.stringify(sorted[i - 1]));
}

function overlaps(before: Edit | undefined, edit: Edit): boolean {
  if (before === undefined || before.file !== edit.file) return false;
  return edit.start < before.end || (edit.start === before.start && edit.end === before.end);
}
