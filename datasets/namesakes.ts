// What crates say of functions that are named like one of the standard library: other words for the same thing, by which a
// question in other words than the documentation's is found. `swap_remove` is "in constant time", "switching it with the last
// element" elsewhere. Counting alone: what counts as a word is tools/docs/index/terms.ts's, what a count is worth search.ts's.
import { termsOf } from '../tools/docs/index/terms.ts';

/** The first paragraph of the documentation of a function. */
export interface Said {
  readonly name: string;
  readonly text: string;
}

const mostFile = 400_000;
const mostText = 400;
const shortest = 10;
/** Words of a name that are kept: the heaviest ones. */
const mostWords = 80;
/** Words said of fewer names are names themselves, mostly. */
const leastNames = 4;

/**
 * Doc comments with the name of the function beneath them, read by lines: a parser over 800 MB would take ten minutes to tell
 * the same, and a line that looks like a function and is none costs a wrong word.
 */
export function saidIn(text: string): Said[] {
  if (text.length > mostFile) return [];
  const found: Said[] = [];
  let comment: string[] = [];
  for (const line of text.split('\n')) {
    const trimmed = line.trim();
    if (trimmed.startsWith('///')) comment.push(trimmed.slice(3).trim());
    else if (/^(?:#\[|\/\/)|\)\]$/.test(trimmed)) continue;
    else {
      const name = declared.exec(trimmed)?.[1];
      const paragraph = comment.length === 0 || name === undefined ? '' : firstParagraph(comment);
      if (name !== undefined && paragraph.length > shortest) found.push({ name, text: paragraph });
      if (trimmed !== '') comment = [];
    }
  }
  return found;
}

const declared =
  /^(?:pub(?:\([^)]*\))?\s+)?(?:default\s+)?(?:const\s+)?(?:async\s+)?(?:unsafe\s+)?(?:extern\s+"C"\s+)?fn\s+([a-z_][a-z0-9_]*)/;

function firstParagraph(comment: readonly string[]): string {
  const lines: string[] = [];
  for (const line of comment) {
    if (/^(?:```|#)/.test(line) || (line === '' && lines.length > 0)) break;
    if (line !== '') lines.push(line);
  }
  // A link counts by what it shows.
  return lines
    .join(' ')
    .replace(/\[`?([^\]`]*)`?\](?:\([^)]*\)|\[[^\]]*\])?/g, '$1')
    .slice(0, mostText);
}

/** Counts words by name; a text that two crates share counts once. */
export class Namesakes {
  readonly #names: ReadonlySet<string>;
  readonly #byName = new Map<string, { texts: Set<string>; words: Map<string, number> }>();

  constructor(names: ReadonlySet<string>) {
    this.#names = names;
  }

  add({ name, text }: Said): void {
    if (!this.#names.has(name)) return;
    const held = this.#byName.get(name) ?? { texts: new Set(), words: new Map() };
    this.#byName.set(name, held);
    if (held.texts.has(text)) return;
    held.texts.add(text);
    for (const word of new Set(termsOf(text))) held.words.set(word, (held.words.get(word) ?? 0) + 1);
  }

  /**
   * By name, its words with a digit each, 9 for what most say: `constant:3 swap:9`. A word said `c` times in `n` texts weighs
   * c / (c + 1/2 + n/20): once is much, and more than a few times is no more than a few times.
   */
  table(): Record<string, string> {
    const table: Record<string, string> = {};
    const common = new Map<string, number>();
    for (const { words } of this.#byName.values())
      for (const word of words.keys()) common.set(word, (common.get(word) ?? 0) + 1);
    for (const name of [...this.#byName.keys()].sort()) {
      const { texts, words } = this.#byName.get(name) as { texts: Set<string>; words: Map<string, number> };
      const weighed = [...words]
        .map(([word, count]) => ({ word, digit: Math.round((9 * count) / (count + 0.5 + texts.size / 20)) }))
        .filter(({ word, digit }) => digit >= 2 && /^[a-z]+$/.test(word) && (common.get(word) ?? 0) >= leastNames)
        .sort(
          (a, b) =>
            b.digit - a.digit || (common.get(b.word) ?? 0) - (common.get(a.word) ?? 0) || (a.word < b.word ? -1 : 1),
        );
      table[name] = weighed
        .slice(0, mostWords)
        .map(({ word, digit }) => `${word}:${digit}`)
        .join(' ');
    }
    return table;
  }
}
