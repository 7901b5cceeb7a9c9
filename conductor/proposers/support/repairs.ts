// Trial repairs of a text that does not parse: proposers add them with a prior, the grammar says which of them help.
// Positions are indices of the file's text; drafts leave as byte edits. Compiling them is not done here.
import { SourceFile, syntaxDamage, type TextRange } from '../../../tools/index/source.ts';
import type { CandidateFlag, Draft } from '../../types.ts';

/** Replaces `text.slice(start, end)`. */
export interface Change extends TextRange {
  readonly text: string;
}

interface Trial {
  readonly title: string;
  readonly changes: readonly Change[];
  /** What it costs to believe it, before parsing: 0 for the likeliest slip, 5 for the far-fetched. */
  readonly prior: number;
  readonly flags: readonly CandidateFlag[];
  readonly features: Readonly<Record<string, number>>;
}

/** Trials that are parsed at most, and characters of text that all of them together may take: about 200 ms. */
const maxTrials = 160;
const maxParsed = 1_500_000;
/** What one syntax error that stays weighs against the prior. */
const damageWeight = 3;
/** A trial that leaves this much more damage than the best one is not worth a check. */
const tolerance = 0.6;
/** Files up to this length are parsed whole; of longer ones a window around the likeliest trials, about this long. */
const wholeFile = 20_000;
/** Files up to this length may be parsed whole where a window of them does not do. */
const longest = 200_000;
/** Lines that the window grows by on each side, at most, to reach an item that starts in the first column. */
const itemReach = 300;

/** Collects trial repairs of one file; `drafts` gives those that bring it nearer to parsing, best first. */
export class Repairs {
  private readonly file: SourceFile;
  private readonly near: number | null;
  private readonly trials = new Map<string, Trial>();

  /** `near`, an index of the text: of a long file only trials around it are parsed. */
  constructor(file: SourceFile, near: number | null = null) {
    this.file = file;
    this.near = near;
  }

  /** `features` are for the ranking, beside what the parse tells. */
  add(
    prior: number,
    title: string,
    changes: Change | readonly Change[],
    flags: readonly CandidateFlag[] = [],
    features: Readonly<Record<string, number>> = {},
  ): void {
    const list = (Array.isArray(changes) ? [...changes] : [changes as Change]).filter(
      (change) => this.file.slice(change) !== change.text,
    );
    list.sort((a, b) => a.start - b.start || a.end - b.end);
    if (list.length === 0 || list.some((change, index) => index > 0 && change.start < (list[index - 1] as Change).end))
      return;
    const key = JSON.stringify(list);
    const known = this.trials.get(key);
    if (known === undefined || known.prior > prior)
      this.trials.set(key, { title, changes: list, prior, flags, features });
  }

  insert(prior: number, title: string, at: number, text: string): void {
    this.add(prior, title, { start: at, end: at, text });
  }

  replace(prior: number, title: string, range: TextRange, text: string, flags: readonly CandidateFlag[] = []): void {
    this.add(prior, title, { start: range.start, end: range.end, text }, flags);
  }

  remove(prior: number, title: string, range: TextRange, flags: readonly CandidateFlag[] = []): void {
    this.replace(prior, title, range, '', flags);
  }

  /**
   * At most `limit` drafts, best first. Where the grammar sees damage, only those that lessen it; where it sees none
   * (it is laxer than rustc), those that do none.
   */
  drafts(limit = 12): Draft[] {
    const byPrior = [...this.trials.values()].sort((a, b) => this.price(a) - this.price(b));
    const together = this.closeBy(byPrior);
    if (together.length === 0) return [];
    let window = this.window(together);
    let text = this.file.slice(window);
    let base = new SourceFile(this.file.path, readable(text));
    let before = syntaxDamage(base.text, base);
    if (text.length < this.file.text.length && this.file.text.length < longest) {
      // A window that cuts an item reads as damage all over, whatever is tried: then fewer trials of the whole.
      const whole = new SourceFile(this.file.path, readable(this.file.text));
      const all = syntaxDamage(whole.text, whole);
      (all < before ? base : whole).dispose();
      if (all < before) {
        window = { start: 0, end: this.file.text.length };
        text = this.file.text;
        base = whole;
        before = all;
      }
    }
    const affordable = Math.min(maxTrials, Math.max(8, Math.floor(maxParsed / (text.length + 1))));
    const weighed: { trial: Trial; after: number; cost: number }[] = [];
    for (const trial of together.slice(0, affordable)) {
      const after = syntaxDamage(readable(spliced(text, trial.changes, window.start)), base);
      if (after < before || before === 0) {
        if (after <= before) weighed.push({ trial, after, cost: trial.prior + damageWeight * after });
      }
    }
    base.dispose();
    const least = Math.min(...weighed.map(({ after }) => after));
    const kept = weighed.filter(({ after }) => after <= least + tolerance).sort((a, b) => a.cost - b.cost);
    // Where the grammar has nothing to say, only what is likely by itself.
    return kept.slice(0, before === 0 ? Math.ceil(limit / 2) : limit).map(({ trial, after }) => ({
      title: trial.title,
      edits: trial.changes.map((change) => this.file.edit(change.start, change.end, change.text)),
      ...(trial.flags.length === 0 ? {} : { flags: trial.flags }),
      features: { ...trial.features, prior: trial.prior, syntax_damage: after, syntax_gain: before - after },
    }));
  }

  /** Of a long file few trials can be parsed: those far from the place are worth less. */
  private price({ prior, changes }: Trial): number {
    if (this.near === null || this.file.text.length <= wholeFile) return prior;
    return prior + Math.min(1, Math.abs((changes[0] as Change).start - this.near) / 10_000);
  }

  /** Of a long file, the trials that fit into one window with the likeliest: one window is parsed for all of them. */
  private closeBy(byPrior: readonly Trial[]): readonly Trial[] {
    if (this.file.text.length <= wholeFile) return byPrior;
    let start = this.near ?? Number.POSITIVE_INFINITY;
    let end = this.near ?? 0;
    return byPrior.filter(({ changes }) => {
      const from = Math.min(start, (changes[0] as Change).start);
      const to = Math.max(end, (changes.at(-1) as Change).end);
      if (to - from > wholeFile) return false;
      start = from;
      end = to;
      return true;
    });
  }

  /** The lines to parse: all of a small file, else what the trials touch up to items that start in the first column. */
  private window(trials: readonly Trial[]): TextRange {
    const { file } = this;
    if (file.text.length <= wholeFile) return { start: 0, end: file.text.length };
    let start = file.text.length;
    let end = 0;
    for (const { changes } of trials) {
      start = Math.min(start, (changes[0] as Change).start);
      end = Math.max(end, (changes.at(-1) as Change).end);
    }
    let first = file.lineOf(start);
    let last = file.lineOf(end) + 1;
    const beginsItem = (line: number): boolean =>
      /^[\p{L}#]/u.test(file.text.slice(file.line(line).start, file.line(line).start + 2));
    for (let left = itemReach; left > 0 && first > 0 && !beginsItem(first); left--) first--;
    for (let left = itemReach; left > 0 && last < file.lineCount && !beginsItem(last); left--) last++;
    const upTo = last < file.lineCount ? file.line(last).start : file.text.length;
    return { start: file.line(first).start, end: Math.max(upTo, end) };
  }
}

/** `text`, a part of the file that begins at index `offset`, after changes sorted by position. */
export function spliced(text: string, changes: readonly Change[], offset = 0): string {
  let out = '';
  let at = 0;
  for (const change of changes) {
    out += text.slice(at, change.start - offset) + change.text;
    at = change.end - offset;
  }
  return out + text.slice(at);
}

/**
 * The grammar takes anything balanced inside a macro call. Seen as a call, or as an array, the arguments of the common
 * macros are parsed too; the length stays.
 */
function readable(text: string): string {
  return text
    .replace(/\b(e?println|e?print|format|assert|assert_eq|assert_ne|panic|write|writeln|dbg|todo)!(?=\s*\()/g, '$1 ')
    .replace(/\bvec!(?=\s*\[)/g, '    ');
}
