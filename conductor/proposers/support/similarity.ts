// How alike two names are: edits of letters, with case, underscores and word order counting for little.

/**
 * Damerau–Levenshtein distance (optimal string alignment): insertions, deletions, substitutions and swaps of neighbours.
 * Stops early and gives `limit + 1` once the distance must exceed `limit`.
 */
export function editDistance(a: string, b: string, limit: number = Number.POSITIVE_INFINITY): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(
        (last[j] as number) + 1,
        (row[j - 1] as number) + 1,
        (last[j - 1] as number) + (same ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (before[j - 2] as number) + 1);
      }
      row.push(cost);
      least = Math.min(least, cost);
    }
    if (least > limit) return limit + 1;
    before = last;
    last = row;
  }
  return last[b.length] as number;
}

/** `HttpServer`, `http_server` and `HTTPServer` alike: lower-case words. */
export function wordsOf(name: string): string[] {
  return name
    .replace(/^r#/, '')
    .replace(/(\p{Lu}+)(\p{Lu}\p{Ll})/gu, '$1_$2')
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1_$2')
    .split('_')
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());
}

/**
 * Similarity in [0,1]: 1 for equal names, 0.95 when only case or underscores differ; else by letters, or by shared words
 * (`count` and `item_count`), whichever says more. Names of one letter are alike only when equal.
 */
export function similarity(a: string, b: string): number {
  if (a === b) return 1;
  const left = wordsOf(a);
  const right = wordsOf(b);
  const [plainA, plainB] = [left.join(''), right.join('')];
  if (plainA === plainB && plainA !== '') return 0.95;
  const longest = Math.max(plainA.length, plainB.length);
  if (Math.min(plainA.length, plainB.length) <= 2)
    return longest === 2 || longest === 3 ? 0.4 * Number(editDistance(plainA, plainB) === 1) : 0;
  const letters = 1 - editDistance(plainA, plainB) / longest;
  const shared = left.filter((word) => right.some((other) => other === word || stem(other) === stem(word)));
  const sharedLetters = shared.reduce((sum, word) => sum + word.length, 0);
  const contained = shared.length === Math.min(left.length, right.length) && sharedLetters >= 3 ? 0.55 : 0;
  const words = Math.max(contained, (1.6 * sharedLetters) / (plainA.length + plainB.length));
  const sameWords = left.length === right.length && [...left].sort().join() === [...right].sort().join() ? 0.85 : 0;
  const abbreviates = Math.min(plainA.length, plainB.length) >= 3 && isSubsequence(plainA, plainB) ? 0.6 : 0;
  return Math.min(0.94, Math.max(letters, words, sameWords, abbreviates));
}

/** A word without the endings that plural and tense put on it. */
function stem(word: string): string {
  return word.length > 3 ? word.replace(/(ies|es|s|ed|ing)$/, '') : word;
}

/** Whether the shorter name's letters stand in the longer one in order, from the same first letter: `idx` and `index`. */
function isSubsequence(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  if (short[0] !== long[0]) return false;
  let at = 0;
  for (const letter of long) if (letter === short[at]) at++;
  return at === short.length;
}
