// Edits that put something around what stays are written as what they put there: they fit beside other repairs of the same
// expression, and are judged by what they add.
//
//     total(a, b)  →  Ok(total(a, b))    is the insertion of `Ok(` and of `)`
import type { Edit } from '../../../schemas/types.ts';
import type { Draft, ProposeInput, Proposer } from '../../types.ts';

/** Texts shorter than this may stand in the new text by chance. */
const shortest = 3;

/** The proposer, with what its drafts put around a text as insertions. */
export function withInsertions(proposer: Proposer): Proposer {
  return {
    ...proposer,
    async propose(input) {
      const drafts = await proposer.propose(input);
      return drafts.map((draft) => inserted(draft, input));
    },
  };
}

function inserted(draft: Draft, input: ProposeInput): Draft {
  const edits = draft.edits.flatMap((edit) => around(edit, input));
  if (edits.length === draft.edits.length && edits.every((edit, index) => edit === draft.edits[index])) return draft;
  // Of two insertions at one place nobody could tell which comes first.
  const sorted = [...edits].sort((a, b) =>
    a.file < b.file ? -1 : a.file > b.file ? 1 : a.start - b.start || a.end - b.end,
  );
  const clash = sorted.some((edit, index) => {
    const before = sorted[index - 1];
    return before?.file === edit.file && (before.start === edit.start || edit.start < before.end);
  });
  return clash ? draft : { ...draft, edits: sorted };
}

function around(edit: Edit, input: ProposeInput): Edit[] {
  const source = edit.end > edit.start ? input.source(edit.file) : null;
  const old = source === null ? '' : source.slice(source.range(edit));
  const at = old.trim().length < shortest ? -1 : edit.text.indexOf(old);
  if (at < 0 || edit.text.length === old.length || edit.text.includes(old, at + 1)) return [edit];
  const [before, behind] = [edit.text.slice(0, at), edit.text.slice(at + old.length)];
  // Part of a longer word is another word.
  if (/\w$/.test(before) && /^\w/.test(old)) return [edit];
  if (/^\w/.test(behind) && /\w$/.test(old)) return [edit];
  return [
    ...(before === '' ? [] : [{ ...edit, end: edit.start, text: before }]),
    ...(behind === '' ? [] : [{ ...edit, start: edit.end, text: behind }]),
  ];
}
