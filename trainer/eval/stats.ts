// The statistics of an evaluation: quantiles, bootstrap intervals, the exact McNemar test, and how well a confidence
// ranks and calibrates. Pure, and deterministic: random draws come from a seed.

/** An estimate with its 95% interval; null where nothing was measured. */
export interface Estimate {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Cases behind it. */
  readonly n: number;
}

/** Numbers in [0, 1) from a seed: mulberry32, whose 32 bits of state do for resampling and shuffling. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Linear interpolation between order statistics (type 7 of Hyndman and Fan); null of nothing. */
export function quantile(values: readonly number[], q: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length === 0) return null;
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)] as number;
  const high = sorted[Math.ceil(at)] as number;
  return low + (high - low) * (at - Math.floor(at));
}

/** Resamples drawn for an interval: the ends are then stable to about a tenth of the interval's width. */
const rounds = 2000;

export interface Sample {
  /** What is drawn together: cases of one crate resemble each other. */
  readonly group: string;
  readonly hit: boolean;
}

/**
 * A share with its percentile bootstrap interval (Efron 1979), groups drawn with replacement. Where all samples agree
 * the bootstrap would call the share certain: the rule of three gives the far end then.
 */
export function share(samples: readonly Sample[], seed = 1): Estimate {
  const n = samples.length;
  if (n === 0) return { value: null, low: null, high: null, n };
  const groups = new Map<string, { hits: number; all: number }>();
  for (const { group, hit } of samples) {
    const sums = groups.get(group) ?? { hits: 0, all: 0 };
    groups.set(group, { hits: sums.hits + (hit ? 1 : 0), all: sums.all + 1 });
  }
  const sums = [...groups.values()];
  const hits = sums.reduce((total, one) => total + one.hits, 0);
  if (hits === 0) return { value: 0, low: 0, high: Math.min(1, 3 / sums.length), n };
  if (hits === n) return { value: 1, low: Math.max(0, 1 - 3 / sums.length), high: 1, n };
  const draw = random(seed);
  const shares: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    let hit = 0;
    let all = 0;
    for (let index = 0; index < sums.length; index += 1) {
      const one = sums[Math.floor(draw() * sums.length)] as { hits: number; all: number };
      hit += one.hits;
      all += one.all;
    }
    shares.push(hit / all);
  }
  return { value: hits / n, low: quantile(shares, 0.025), high: quantile(shares, 0.975), n };
}

/**
 * Two-sided exact McNemar test: how likely a split at least as uneven as `gained` against `lost` is by chance, when a
 * case that changed was as likely to change either way.
 */
export function mcnemar(gained: number, lost: number): number {
  const n = gained + lost;
  const few = Math.min(gained, lost);
  let logTerm = -n * Math.LN2; // ln of C(n, 0) / 2^n
  let tail = 0;
  for (let k = 0; k <= few; k += 1) {
    tail += Math.exp(logTerm);
    logTerm += Math.log((n - k) / (k + 1));
  }
  return Math.min(1, 2 * tail);
}

/** A claim with how sure it was, and whether it was right. */
export interface Graded {
  readonly confidence: number;
  readonly right: boolean;
}

/** Chance that a right claim is graded above a wrong one, ties counting half (Mann-Whitney); null without both kinds. */
export function auroc(claims: readonly Graded[]): number | null {
  const right = claims.filter((one) => one.right);
  const wrong = claims.filter((one) => !one.right);
  if (right.length === 0 || wrong.length === 0) return null;
  let above = 0;
  for (const a of right)
    for (const b of wrong) above += a.confidence > b.confidence ? 1 : a.confidence === b.confidence ? 0.5 : 0;
  return above / (right.length * wrong.length);
}

/** Expected calibration error over ten equal bins of confidence (Guo et al. 2017); null of nothing. */
export function calibrationError(claims: readonly Graded[]): number | null {
  if (claims.length === 0) return null;
  let sum = 0;
  for (let bin = 0; bin < 10; bin += 1) {
    const inside = claims.filter(({ confidence }) => Math.min(9, Math.floor(confidence * 10)) === bin);
    const mean = inside.reduce((total, { confidence }) => total + confidence, 0);
    const hits = inside.filter(({ right }) => right).length;
    sum += Math.abs(mean - hits);
  }
  return sum / claims.length;
}
