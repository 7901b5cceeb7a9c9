// "Did you mean": the word of a list that is closest to what was typed.

/** Edit distance of two short words, a swap of neighbours counting once (optimal string alignment). */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + same);
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, at(i - 2, j - 2) + 1);
      row.push(cost);
    }
  }
  return at(a.length, b.length);
}

/** The closest of `words` to `typed`, or null when none is near: at most a third of its letters may differ. */
export function nearest(typed: string, words: Iterable<string>): string | null {
  if (typed.length > 64) return null;
  const fold = (word: string): string => word.toLowerCase().replaceAll('_', '-');
  let best: string | null = null;
  let bound = Math.max(1, Math.floor(typed.length / 3)) + 1;
  for (const word of words) {
    const found = distance(fold(typed), fold(word));
    if (found < bound) {
      best = word;
      bound = found;
    }
  }
  return best;
}
