// How natural a candidate's new text is where it is put: which of its runs of three tokens the file holds elsewhere (an
// n-gram model of order three, told only as seen or unseen), and how many of its words are new to the file.
import type { Edit } from '../schemas/types.ts';
import type { SourceFile } from '../tools/index/source.ts';

export interface Familiarity {
  /** Share of the new runs of three tokens that stand in the file before the edit, 0 to 1. */
  readonly familiar: number;
  /** Words of the new text that the file does not hold. */
  readonly novel: number;
}

/** A word, a number, a string, a character, or one other sign. */
const TOKEN = /[\p{XID_Start}_][\p{XID_Continue}]*|\d[\w.]*|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)'|[^\s]/gu;
const WORD = /^[\p{XID_Start}_]/u;
/** Characters on each side in which the two tokens around an edit are looked for. */
const around = 80;
/** A file beyond this is not read for its habits: it would cost more than a check. */
const longest = 400_000;

interface Habits {
  readonly runs: ReadonlySet<string>;
  readonly words: ReadonlySet<string>;
}
const known = new WeakMap<SourceFile, Habits>();

export function familiarity(edits: readonly Edit[], source: (file: string) => SourceFile | null): Familiarity {
  let seen = 0;
  let all = 0;
  const novel = new Set<string>();
  for (const edit of edits) {
    const file = source(edit.file);
    if (file === null || file.text.length > longest) continue;
    const habits = habitsOf(file);
    const { start, end } = file.range(edit);
    const before = tokens(file.text.slice(Math.max(0, start - around), start)).slice(-2);
    const after = tokens(file.text.slice(end, end + around)).slice(0, 2);
    const own = tokens(edit.text);
    for (const word of own) if (WORD.test(word) && !habits.words.has(word)) novel.add(word);
    for (const run of runs([...before, ...own, ...after])) {
      all += 1;
      if (habits.runs.has(run)) seen += 1;
    }
  }
  return { familiar: all === 0 ? 0 : seen / all, novel: novel.size };
}

function habitsOf(file: SourceFile): Habits {
  let found = known.get(file);
  if (found === undefined) {
    const all = tokens(file.text);
    found = { runs: new Set(runs(all)), words: new Set(all.filter((token) => WORD.test(token))) };
    known.set(file, found);
  }
  return found;
}

function tokens(text: string): string[] {
  return text.match(TOKEN) ?? [];
}

/** Runs of three: names of values count as one another, and so do literals of a kind. */
function runs(all: readonly string[]): string[] {
  const kinds = all.map((token, index) => kindOf(token, all[index - 1], all[index + 1]));
  return kinds.slice(2).map((kind, index) => `${kinds[index]} ${kinds[index + 1]} ${kind}`);
}

const keywords = new Set(
  'as async await break const continue crate dyn else enum fn for if impl in let loop match mod move mut pub ref return self static struct super trait type unsafe use where while'.split(
    ' ',
  ),
);

function kindOf(token: string, before: string | undefined, after: string | undefined): string {
  if (/^\d/.test(token)) return '0';
  if (/^["']./.test(token)) return token.slice(0, 1);
  if (!WORD.test(token) || keywords.has(token) || /^\p{Lu}/u.test(token)) return token;
  // A method, a macro or a part of a path is known by its name.
  return before === '.' || before === ':' || after === '!' || after === ':' ? token : 'x';
}
