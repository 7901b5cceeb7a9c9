// How far a confidence can be trusted: calibration in bins of equal mass, squared error, and what is wrong among the surest. Pure.
// The claims of an evaluation are figures.ts's, the picture reliability-plot.ts's.
import type { Graded } from './stats.ts';

/** Bins of a calibration error (Nixon et al. 2019 on why of equal mass). */
export const bins = 15;

export interface Bin {
  /** Means over the claims in it. */
  readonly confidence: number;
  readonly right: number;
  readonly n: number;
}

export interface Reliability {
  readonly n: number;
  /** Expected calibration error: mean distance of confidence and share right, over the bins, weighed by their claims. */
  readonly ece: number;
  /** Mean squared distance of confidence and outcome (Brier 1950). */
  readonly brier: number;
  /** Area under the risk-coverage curve: the share wrong among the k surest, mean over k (Geifman and El-Yaniv 2017). */
  readonly aurc: number;
  readonly bins: readonly Bin[];
}

/** Null of nothing. Claims of equal confidence share their risk, so that their order does not matter. */
export function reliability(claims: readonly Graded[]): Reliability | null {
  const n = claims.length;
  if (n === 0) return null;
  const sorted = [...claims].sort((a, b) => a.confidence - b.confidence || Number(a.right) - Number(b.right));
  const cut = binned(sorted);
  return {
    n,
    ece: cut.reduce((sum, bin) => sum + (bin.n / n) * Math.abs(bin.confidence - bin.right), 0),
    brier: mean(claims.map(({ confidence, right }) => (confidence - Number(right)) ** 2)),
    aurc: riskCoverage(sorted),
    bins: cut,
  };
}

/** At most fifteen bins of as many claims each, give or take one. Claims of equal confidence are never parted. */
function binned(sorted: readonly Graded[]): Bin[] {
  const found: Bin[] = [];
  let start = 0;
  for (let bin = 1; bin <= bins && start < sorted.length; bin += 1) {
    let end = Math.max(start + 1, Math.round((bin * sorted.length) / bins));
    while (end < sorted.length && sorted[end]?.confidence === sorted[end - 1]?.confidence) end += 1;
    const inside = sorted.slice(start, end);
    found.push({
      confidence: mean(inside.map(({ confidence }) => confidence)),
      right: mean(inside.map(({ right }) => Number(right))),
      n: inside.length,
    });
    start = end;
  }
  return found;
}

function riskCoverage(sorted: readonly Graded[]): number {
  let wrong = 0;
  let taken = 0;
  let sum = 0;
  for (let end = sorted.length; end > 0; ) {
    let start = end - 1;
    while (start > 0 && sorted[start - 1]?.confidence === sorted[end - 1]?.confidence) start -= 1;
    const tied = end - start;
    const share = sorted.slice(start, end).filter(({ right }) => !right).length / tied;
    // Of each tied claim the expected risk, whichever of them came first.
    for (let k = 1; k <= tied; k += 1) sum += (wrong + k * share) / (taken + k);
    wrong += tied * share;
    taken += tied;
    end = start;
  }
  return sum / sorted.length;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
