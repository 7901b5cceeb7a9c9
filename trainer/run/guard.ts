// When a run has gone wrong: a pure rule over the losses as they come in. What to do about it is the loop's business.

export interface GuardState {
  /** Smoothed loss, bits per byte; null before the first. */
  readonly smooth: number | null;
  /** Lowest smoothed loss so far. */
  readonly best: number | null;
  /** Losses in a row that were no number, or steps skipped for overflow. */
  readonly lost: number;
  /** Losses in a row far above the best. */
  readonly high: number;
}

export interface GuardLimits {
  /** Steps in a row without a usable loss that end the run. */
  readonly lost: number;
  /** A smoothed loss this many times the best one counts as diverging … */
  readonly ratio: number;
  /** … and this many in a row end the run. */
  readonly high: number;
}

/** Decay of the smoothing, a step. */
const decay = 0.95;

export const guardLimits: GuardLimits = { lost: 50, ratio: 1.5, high: 200 };
export const guardStart: GuardState = { smooth: null, best: null, lost: 0, high: 0 };

export type GuardVerdict = 'fine' | 'not-a-number' | 'diverging';

/** `bpb` is null where the step was skipped. */
export function guard(
  state: GuardState,
  bpb: number | null,
  limits: GuardLimits = guardLimits,
): { readonly state: GuardState; readonly verdict: GuardVerdict } {
  if (bpb === null || !Number.isFinite(bpb)) {
    const lost = state.lost + 1;
    return { state: { ...state, lost }, verdict: lost >= limits.lost ? 'not-a-number' : 'fine' };
  }
  const smooth = state.smooth === null ? bpb : decay * state.smooth + (1 - decay) * bpb;
  const best = Math.min(state.best ?? smooth, smooth);
  const high = smooth > best * limits.ratio ? state.high + 1 : 0;
  return { state: { smooth, best, lost: 0, high }, verdict: high >= limits.high ? 'diverging' : 'fine' };
}
