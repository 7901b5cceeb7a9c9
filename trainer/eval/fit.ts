// Fits the readable weights: ranking as a choice among the candidates of one root cause (conditional logit, McFadden
// 1974), confidence as logistic regression; both drawn towards what they were before (ridge). Pure, deterministic.
import { shortHash } from '../../schemas/hash.ts';
import type { CaseSample } from './samples.ts';
import type { Graded } from './stats.ts';

export type Weights = Readonly<Record<string, number>>;

/** How hard the fit is drawn to the weights before it: a unit of squared distance costs this much log-likelihood. */
export interface FitOptions {
  readonly ridge: number;
  readonly steps: number;
}

export interface Fitted {
  readonly weights: Weights;
  readonly bias: number;
  /** Mean log-loss before and after, on the samples of the fit. */
  readonly before: number;
  readonly after: number;
  readonly n: number;
}

interface Row {
  readonly features: Weights;
  readonly right: boolean;
}

/** Weights of the policy. `names` are the features that may be weighed; the rest stay as they are. */
export function fitRanking(samples: readonly CaseSample[], prior: Weights, bias: number, options: FitOptions): Fitted {
  const tasks = samples.flatMap((sample) =>
    sample.tasks.map(({ choices }) =>
      choices.flatMap(({ features, right }): Row[] => (right === null ? [] : [{ features, right }])),
    ),
  );
  const telling = tasks.filter((rows) => rows.some((row) => row.right) && rows.some((row) => !row.right));
  const loss = (weights: Record<string, number>, gradient: Record<string, number> | null): number => {
    let sum = 0;
    for (const rows of telling) {
      const scores = rows.map((row) => dot(weights, row.features));
      const all = logSumExp(scores);
      const good = logSumExp(scores.filter((_, index) => rows[index]?.right));
      sum += all - good;
      if (gradient === null) continue;
      for (const [index, row] of rows.entries()) {
        const score = scores[index] as number;
        const push = Math.exp(score - all) - (row.right ? Math.exp(score - good) : 0);
        for (const [name, value] of Object.entries(row.features))
          if (name in gradient) gradient[name] = (gradient[name] as number) + push * value;
      }
    }
    return sum;
  };
  const fitted = descend(loss, prior, options);
  // A choice has no level of its own: how likely the chosen one is right at all is one more number.
  const rows = tasks.flat();
  const level = (shift: number): number =>
    rows.reduce((sum, row) => sum + logistic(dot(fitted.weights, row.features) + shift, row.right), 0);
  let best = bias;
  for (let shift = -6; shift <= 6; shift += 0.05) if (level(shift) < level(best)) best = shift;
  const count = Math.max(1, telling.length);
  return {
    ...fitted,
    bias: round(best),
    before: fitted.before / count,
    after: fitted.after / count,
    n: telling.length,
  };
}

/** Of the ridge, what draws the constant of the confidence. */
const constantShare = 0.25;

/**
 * Weights of the confidence; `base` is its constant, a feature that is always 1. That one is drawn less: how often repairs are
 * right at all is what samples say best, and what a set that is easier than others says too well.
 */
export function fitConfidence(samples: readonly CaseSample[], prior: Weights, options: FitOptions): Fitted {
  const rows = samples.flatMap((sample) => sample.held);
  const loss = (weights: Record<string, number>, gradient: Record<string, number> | null): number => {
    let sum = 0;
    for (const row of rows) {
      const score = dot(weights, row.features);
      sum += logistic(score, row.right);
      if (gradient === null) continue;
      const push = 1 / (1 + Math.exp(-score)) - (row.right ? 1 : 0);
      for (const [name, value] of Object.entries(row.features))
        if (name in gradient) gradient[name] = (gradient[name] as number) + push * value;
    }
    return sum;
  };
  const fitted = descend(loss, prior, options, { name: 'base', ridge: options.ridge * constantShare });
  const count = Math.max(1, rows.length);
  return { ...fitted, bias: 0, before: fitted.before / count, after: fitted.after / count, n: rows.length };
}

/** A patch that would be claimed or offered first, with the confidence that weights fitted without its group give it. */
export interface Predicted extends Graded {
  /** Whether it may be claimed at all: what removes, invents or guesses is `unsure` whatever its confidence. */
  readonly claimable: boolean;
}

/** Confidence by weights that saw nothing of a sample's group: groups are dealt into `folds` parts by their names. */
export function predicted(
  samples: readonly CaseSample[],
  prior: Weights,
  options: FitOptions,
  folds: number,
): readonly Predicted[] {
  const foldOf = ({ group }: CaseSample): number => Number.parseInt(shortHash(group).slice(0, 6), 16) % folds;
  return Array.from({ length: folds }, (_, fold) => {
    const { weights } = fitConfidence(
      samples.filter((sample) => foldOf(sample) !== fold),
      prior,
      options,
    );
    const own = samples.filter((sample) => foldOf(sample) === fold);
    return own.flatMap(({ held }) =>
      held
        .filter(({ first }) => first)
        .map(({ features, right }): Predicted => {
          const claimable = ['removes', 'invents', 'filled'].every((name) => (features[name] ?? 0) === 0);
          return { confidence: 1 / (1 + Math.exp(-dot(weights, features))), right, claimable };
        }),
    );
  }).flat();
}

/** Of tasks where a right candidate is known: the share whose highest score is a right one. */
export function firstRight(
  samples: readonly CaseSample[],
  weights: Weights,
): { readonly share: number; readonly n: number } {
  let hits = 0;
  let n = 0;
  for (const { choices } of samples.flatMap(({ tasks }) => tasks)) {
    if (!choices.some(({ right }) => right === true)) continue;
    n += 1;
    const best = choices.toSorted((a, b) => dot(weights, b.features) - dot(weights, a.features))[0];
    if (best?.right === true) hits += 1;
  }
  return { share: n === 0 ? 0 : hits / n, n };
}

/**
 * Some samples must not turn what a feature means: a weight may shrink to nothing, but keeps its prior's sign.
 * Gradient descent with a step that halves where it does not help: a convex loss of some thirty weights.
 */
function descend(
  loss: (weights: Record<string, number>, gradient: Record<string, number> | null) => number,
  prior: Weights,
  { ridge, steps }: FitOptions,
  apart: { readonly name: string; readonly ridge: number } | null = null,
): { weights: Weights; before: number; after: number } {
  const names = Object.keys(prior);
  const drawn = (name: string): number => (name === apart?.name ? apart.ridge : ridge);
  const penalty = (weights: Weights): number =>
    names.reduce((sum, name) => sum + drawn(name) * ((weights[name] as number) - (prior[name] as number)) ** 2, 0);
  let weights: Record<string, number> = { ...prior };
  const before = loss(weights, null);
  let value = before;
  let rate = 0.1;
  for (let step = 0; step < steps && rate > 1e-9; step += 1) {
    const gradient = Object.fromEntries(names.map((name) => [name, 0]));
    loss(weights, gradient);
    const moved = Object.fromEntries(
      names.map((name) => {
        const at = weights[name] as number;
        const start = prior[name] as number;
        const to = at - rate * ((gradient[name] as number) + 2 * drawn(name) * (at - start));
        return [name, start === 0 || Math.sign(to) === Math.sign(start) ? to : 0];
      }),
    );
    const next = loss(moved, null) + penalty(moved);
    if (next < value) {
      weights = moved;
      value = next;
      rate *= 1.3;
    } else rate /= 2;
  }
  return {
    weights: Object.fromEntries(names.map((name) => [name, round(weights[name] as number)])),
    before,
    after: loss(weights, null),
  };
}

function dot(weights: Weights, features: Weights): number {
  let sum = 0;
  for (const [name, value] of Object.entries(features)) sum += (weights[name] ?? 0) * value;
  return sum;
}

function logSumExp(values: readonly number[]): number {
  const most = Math.max(...values);
  return most + Math.log(values.reduce((sum, value) => sum + Math.exp(value - most), 0));
}

/** Negative log-likelihood of one outcome under log-odds. */
function logistic(score: number, right: boolean): number {
  const signed = right ? score : -score;
  return signed >= 0 ? Math.log1p(Math.exp(-signed)) : -signed + Math.log1p(Math.exp(signed));
}

function round(value: number): number {
  return Math.round(value * 1e3) / 1e3;
}
