// What may be done about a warning without asking anybody: its one machine-applicable suggestion, as a candidate within
// bounds. Trying and proving it is lints.ts's work. Pure.
import { shortHash } from '../schemas/hash.ts';
import type { Diagnostic } from '../schemas/types.ts';
import type { Contract } from './contract.ts';
import { inspect } from './guard.ts';
import { changedLines } from './propose.ts';
import type { CrateState } from './state.ts';
import type { Candidate } from './types.ts';

/** A warning and the one thing to do about it, on a state in which it was seen. */
export interface Repair {
  readonly diagnostic: Diagnostic;
  readonly candidate: Candidate;
}

/** The candidate that a warning's one machine-applicable suggestion is; null without one, or where there are several. */
export function safeRepair({ suggestions, spans }: Diagnostic): Candidate | null {
  const safe = suggestions.filter(({ applicability }) => applicability === 'MachineApplicable');
  const [only] = safe;
  if (only === undefined || safe.length > 1 || spans.some(({ primary, expansion }) => primary && expansion))
    return null;
  const edits = [...only.edits].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.start - b.start));
  const id = shortHash(...edits.flatMap(({ file, start, end, text }) => [file, `${start}`, `${end}`, text]));
  const [words] = only.message.split('\n') as [string];
  // What is safe only under a condition is for a person to say.
  if (/^if\b/.test(words)) return null;
  const shown = edits.length === 1 && /^[^\n]{1,60}$/.test(edits[0]?.text ?? '') ? `: \`${edits[0]?.text}\`` : '';
  const title = `${words}${shown}`;
  return { id, proposer: 'lints', title, edits, flags: [], features: { applicability: 3 } };
}

/** What a repair does, by content: it is the same wherever its lines have gone. */
export function deed({ diagnostic, candidate }: Repair, state: CrateState): string {
  const parts = candidate.edits.flatMap(({ file, start, end, text }) => {
    const source = state.source(file);
    if (source === null) return [file, text];
    const range = source.range({ start, end });
    const from = source.text.lastIndexOf('\n', range.start - 1) + 1;
    return [file, source.text.slice(from, range.start), source.slice(range), text];
  });
  return shortHash(diagnostic.code ?? diagnostic.message, ...parts);
}

export function meet(a: Candidate, b: Candidate): boolean {
  return a.edits.some((one) =>
    b.edits.some((other) => one.file === other.file && one.start <= other.end && other.start <= one.end),
  );
}

/** Why a repair may not be made; null where it may. That it takes code away is no doubt here: the compiler vouches for it. */
export function outOfBounds(state: CrateState, { edits }: Candidate): string | null {
  let after: CrateState;
  try {
    after = state.edited(edits);
  } catch {
    return 'its file is out of bounds';
  }
  for (const file of new Set(edits.map((edit) => edit.file))) {
    const [before, changed] = [state.source(file), after.source(file)];
    if (before === null || changed === null || file.split('/').at(-1) === 'build.rs') return `${file} is out of bounds`;
    const own = edits.filter((edit) => edit.file === file);
    const { refusal } = inspect(before, changed, own, []);
    if (refusal !== null) return refusal.detail;
  }
  return null;
}

export function tooLarge(after: CrateState, { maxLines, maxFiles }: Contract): string | null {
  const lines = changedLines(null, after);
  if (lines > maxLines * 10) return `the patch would change ${lines} lines, ${maxLines * 10} are allowed (--max-lines)`;
  if (after.changed.size <= maxFiles) return null;
  return `the patch would change ${after.changed.size} files, ${maxFiles} are allowed (--max-files)`;
}
