// Marks of a merge that was left half done: one side of every conflict is kept, or both where they go together. Which one was
// meant nobody can tell from the text, so that all of them are guesses; those that parse go first.
//
// <<<<<<< HEAD
// let limit = 10;
// =======                    →    let limit = 20;
// let limit = 20;
// >>>>>>> wider
import type { TextRange } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { type Change, Repairs } from './support/repairs.ts';
import { rust } from './support/rust.ts';

export const syntaxConflicts: Proposer = {
  name: 'syntax-conflicts',
  codes: [null],
  propose(input: ProposeInput): Draft[] {
    const primary = input.diagnostic.spans.find((span) => span.primary);
    const file = primary === undefined ? null : input.source(primary.file);
    if (file === null || !/^<{7}/m.test(file.text)) return [];
    const found = conflicts(file.text);
    if (found.length === 0) return [];
    const repairs = new Repairs(file);
    const keep = (title: string, prior: number, change: (one: Conflict) => Change[]): void => {
      repairs.add(prior, title, found.flatMap(change), ['guesses'], { idiom: 1 });
    };
    const gone = (start: number, end: number): Change => ({ start, end, text: '' });
    keep('keep what is merged in', 0, (one) => [gone(one.start, one.theirs.start), gone(one.theirs.end, one.end)]);
    keep('keep what was there', 0.2, (one) => [gone(one.start, one.ours.start), gone(one.ours.end, one.end)]);
    keep('keep both sides', 0.4, (one) => [
      gone(one.start, one.ours.start),
      gone(one.ours.end, one.theirs.start),
      gone(one.theirs.end, one.end),
    ]);
    return repairs.drafts();
  },
  examples: [
    {
      title: 'a statement',
      before: rust`
        pub fn limit(n: u32) -> u32 {
        <<<<<<< HEAD
            let most = 10;
        =======
            let most = 20;
        >>>>>>> wider
            n.min(most)
        }
      `,
      after: rust`
        pub fn limit(n: u32) -> u32 {
            let most = 20;
            n.min(most)
        }
      `,
      within: 1,
    },
    {
      title: 'what was there',
      before: rust`
        <<<<<<< HEAD
        pub fn name() -> &'static str {
            "old"
        }
        =======
        pub fn name() -> &'static str {
            "new"
        }
        >>>>>>> 3f2a
      `,
      after: rust`
        pub fn name() -> &'static str {
            "old"
        }
      `,
    },
    {
      title: 'both, in three parts',
      before: rust`
        pub enum Kind {
        <<<<<<< HEAD
            Circle,
        ||||||| base
        =======
            Square,
        >>>>>>> squares
        }

        pub fn kinds() -> [Kind; 2] {
            [Kind::Circle, Kind::Square]
        }
      `,
      after: rust`
        pub enum Kind {
            Circle,
            Square,
        }

        pub fn kinds() -> [Kind; 2] {
            [Kind::Circle, Kind::Square]
        }
      `,
    },
  ],
};

interface Conflict extends TextRange {
  readonly ours: TextRange;
  readonly theirs: TextRange;
}

/** Every conflict with the lines of its two sides; the common base, where it is written, belongs to neither. */
function conflicts(text: string): Conflict[] {
  const found: Conflict[] = [];
  let start = -1;
  let ours = -1;
  let base = -1;
  let theirs = -1;
  for (const line of text.matchAll(/^[ \t]*(<{7}|\|{7}|={7}|>{7})(?:[ \t].*)?\r?(?:\n|$)/gm)) {
    const next = line.index + line[0].length;
    if (line[1]?.startsWith('<')) {
      [start, ours, base, theirs] = [line.index, next, -1, -1];
    } else if (start < 0) continue;
    else if (line[1]?.startsWith('|')) base = line.index;
    else if (line[1]?.startsWith('=')) {
      if (base < 0) base = line.index;
      theirs = next;
    } else if (theirs >= 0) {
      found.push({ start, end: next, ours: { start: ours, end: base }, theirs: { start: theirs, end: line.index } });
      start = -1;
    }
  }
  return found;
}
