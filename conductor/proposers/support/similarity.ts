// How alike two names are: edits of letters, with case, underscores and word order counting for little.

import { editDistance } from '../../../schemas/nearest.ts';

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
