// Field shorthands in struct expressions: what becomes more than a name needs its field's name before it.
//
//     Record { email }    →    Record { email: email.cloned() }, not Record { email.cloned() }
import type { Edit } from '../../../schemas/types.ts';
import { enclosing, type SourceFile } from '../../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../../types.ts';

/** The proposer, with the shorthands of its drafts written out. */
export function withFieldNames(proposer: Proposer): Proposer {
  return {
    ...proposer,
    async propose(input) {
      const drafts = await proposer.propose(input);
      return drafts.map((draft) => named(draft, input));
    },
  };
}

function named(draft: Draft, input: ProposeInput): Draft {
  const added: Edit[] = [];
  let edits: readonly Edit[] = draft.edits;
  for (const edit of draft.edits) {
    const source = input.source(edit.file);
    if (source === null || edit.text.includes(':') || edit.text === '') continue;
    const field = shorthandAt(source, edit);
    if (field === null || added.some((one) => one.file === edit.file && one.start === field.start)) continue;
    const own = edits.filter((one) => one.file === edit.file && one.start >= field.start && one.end <= field.end);
    const text = applied(source, field, own);
    if (/^[\p{XID_Start}_]\p{XID_Continue}*$/u.test(text.trim()) || /^\w+\s*:/.test(text) || text.includes(','))
      continue;
    const whole: Edit = { ...edit, start: field.start, end: field.end, text: `${field.name}: ${text}` };
    edits = [...edits.filter((one) => !own.includes(one)), whole];
    added.push(whole);
  }
  return added.length === 0 ? draft : { ...draft, edits };
}

/** The shorthand initialiser that an edit touches, in bytes of the file. */
function shorthandAt(source: SourceFile, edit: Edit): { start: number; end: number; name: string } | null {
  const range = source.range(edit);
  for (const at of [
    range,
    { start: Math.max(0, range.start - 1), end: range.end },
    { start: range.start, end: range.end + 1 },
  ]) {
    const node = enclosing(source.nodeAt(at), 'shorthand_field_initializer');
    if (node === null || range.start < node.startIndex || range.end > node.endIndex) continue;
    return { start: source.byteOfIndex(node.startIndex), end: source.byteOfIndex(node.endIndex), name: node.text };
  }
  return null;
}

function applied(source: SourceFile, field: { start: number; end: number }, edits: readonly Edit[]): string {
  const whole = source.range(field);
  let text = source.slice(whole);
  for (const edit of [...edits].sort((a, b) => b.start - a.start)) {
    const range = source.range(edit);
    text = text.slice(0, range.start - whole.start) + edit.text + text.slice(range.end - whole.start);
  }
  return text;
}
