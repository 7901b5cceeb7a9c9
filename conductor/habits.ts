// What a repair is by content, not by place: the situation that a diagnostic describes, and the shape of what is done
// about it. By these the user's decisions on earlier patches are remembered and weighed. Keeping them is memory/habits.ts's.
import type { Store } from '../memory/store.ts';
import { shortHash } from '../schemas/hash.ts';
import type { Diagnostic, Edit, PatchBundle } from '../schemas/types.ts';
import { primarySpan } from '../tools/cargo/diagnostics.ts';
import type { Candidate } from './types.ts';

/** Hashes of the diagnostic without its names, and of the edits without theirs. */
export interface Habit {
  readonly situation: string;
  readonly shape: string;
}

export function habitOf(diagnostic: Diagnostic, edits: readonly Edit[]): Habit {
  return { situation: situationOf(diagnostic), shape: shapeOf(edits) };
}

/** The code, the message and what the compiler expects at the place, names left out but for types that it expects. */
export function situationOf(diagnostic: Diagnostic): string {
  const label = primarySpan(diagnostic)?.label ?? '';
  const about = label.startsWith('expected') ? label : nameless(label);
  return shortHash(diagnostic.code ?? '', nameless(diagnostic.message), about);
}

function nameless(text: string): string {
  return text.replace(/`[^`]*`/g, '`_`');
}

/** What is between two words: a literal, a word with what makes it a method, a macro or a path, or one character. */
const token =
  /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)'|\d[\w.]*|(?<![\w:])(?:[a-z_]\w*::)+\w+|(?:\.\s*)?[\p{XID_Start}_][\p{XID_Continue}]*!?|\S/gu;
const keywords = new Set(
  'as async await break const continue crate dyn else enum fn for if impl in let loop match mod move mut pub ref return self Self static struct super trait type unsafe use where while'.split(
    ' ',
  ),
);

/**
 * The words that make a repair the kind that it is, in order: keywords, methods, macros, types and signs. Names and
 * literals are what it is about, and left out: `"a".to_string()` and `.to_string()` put behind a name are one kind,
 * `String::from("a")` is another. A path through modules counts as one, however long.
 */
export function shapeOf(edits: readonly Edit[]): string {
  const parts = edits.map(({ text }) => {
    const words = (text.match(token) ?? []).flatMap((raw) => {
      const word = raw.replace(/\s+/g, '');
      if (/^["'\d]/.test(word)) return [];
      if (/^[a-z_]\w*::/.test(word)) return ['path'];
      if (!/^\.?[\p{XID_Start}_]/u.test(word)) return [word];
      const styled = keywords.has(word) || /^\.|!$|^\p{Lu}/u.test(word);
      return styled ? [word] : [];
    });
    return text === '' ? '-' : words.join(' ');
  });
  // The same text in one edit or in several: what goes before and behind an expression is one thing.
  return shortHash(parts.filter((part) => part !== '').join(' '));
}

/**
 * A candidate by what it does about an error, wherever the error stands: places count from the error's own.
 * Two candidates of one error never share it.
 */
export function deedOf(diagnostic: Diagnostic, candidate: Pick<Candidate, 'edits'>): string {
  const span = primarySpan(diagnostic);
  return shortHash(
    diagnostic.code ?? '',
    diagnostic.message,
    ...candidate.edits.flatMap(({ file, start, end, text }) => {
      const from = span?.file === file ? span.start : 0;
      return [`${start - from}`, `${end - start}`, text];
    }),
  );
}

/** The user had a patch written: its repairs are wanted here, and those offered instead of it are not. */
export async function noteApplied(store: Store, { id, episode }: PatchBundle): Promise<void> {
  const chosen = store.bundle(id);
  if (chosen === undefined) return;
  const kept = habitsOf(chosen.bundle);
  const others = store.bundles(chosen.root).filter(({ bundle }) => bundle.episode === episode && bundle.id !== id);
  const wanted = new Set(kept.map(({ situation, shape }) => `${situation} ${shape}`));
  const refused = others
    .flatMap(({ bundle }) => habitsOf(bundle))
    .filter(({ situation, shape }) => !wanted.has(`${situation} ${shape}`));
  await store.noteHabits(chosen.root, { kept, refused });
}

/** The user took a patch back. */
export async function noteRolledBack(store: Store, { id }: PatchBundle): Promise<void> {
  const found = store.bundle(id);
  if (found !== undefined) await store.noteHabits(found.root, { undone: habitsOf(found.bundle) });
}

function habitsOf({ fixes }: PatchBundle): Habit[] {
  return fixes.flatMap(({ habit }) => (habit === undefined ? [] : [habit]));
}
