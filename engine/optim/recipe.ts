// How a model is trained, as data: optimisers, clipping, precision. The schedule's factor comes from outside, step by step.
import { RustaError } from '../../schemas/errors.ts';

export interface AdamwRecipe {
  readonly rate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly decay: number;
}

export interface MuonRecipe {
  readonly rate: number;
  readonly momentum: number;
  readonly decay: number;
}

export interface LossScale {
  readonly initial: number;
  /** Steps without an overflow after which it doubles. It halves after each overflow. */
  readonly interval: number;
}

export interface Recipe {
  /** For all that Muon does not take. */
  readonly adamw: AdamwRecipe;
  /** For weight matrices; null: AdamW for them too. */
  readonly muon: MuonRecipe | null;
  /** Largest global norm of the gradients; null: none. */
  readonly clip: number | null;
  /** `mixed`: activations and inputs of products in f16; master weights, moments and statistics in f32. */
  readonly precision: 'f32' | 'mixed';
  readonly lossScale: LossScale;
  /** Batches whose gradients are averaged in one step. */
  readonly microbatches: number;
  /** Blocks are computed again in the backward pass. */
  readonly recompute: boolean;
}

export const defaultRecipe: Recipe = {
  adamw: { rate: 3e-3, beta1: 0.9, beta2: 0.95, eps: 1e-8, decay: 0.01 },
  muon: { rate: 0.02, momentum: 0.95, decay: 0.01 },
  clip: null,
  precision: 'f32',
  lossScale: { initial: 65_536, interval: 1_000 },
  microbatches: 1,
  recompute: false,
};

/** @throws RustaError `recipe-invalid`, naming the field. */
export function checkRecipe(recipe: Recipe): Recipe {
  const { adamw, muon, clip, lossScale, microbatches } = recipe;
  const share = (x: number): boolean => x >= 0 && x < 1;
  const least = (x: number): boolean => Number.isFinite(x) && x >= 0;
  const checks: readonly (readonly [boolean, string, unknown, string])[] = [
    [least(adamw.rate), 'adamw.rate', adamw.rate, 'a number from 0'],
    [share(adamw.beta1), 'adamw.beta1', adamw.beta1, 'a number in [0, 1)'],
    [share(adamw.beta2), 'adamw.beta2', adamw.beta2, 'a number in [0, 1)'],
    [least(adamw.eps), 'adamw.eps', adamw.eps, 'a number from 0'],
    [least(adamw.decay), 'adamw.decay', adamw.decay, 'a number from 0'],
    [muon === null || least(muon.rate), 'muon.rate', muon?.rate, 'a number from 0'],
    [muon === null || share(muon.momentum), 'muon.momentum', muon?.momentum, 'a number in [0, 1)'],
    [muon === null || least(muon.decay), 'muon.decay', muon?.decay, 'a number from 0'],
    [clip === null || (Number.isFinite(clip) && clip > 0), 'clip', clip, 'a number above 0, or null'],
    [recipe.precision === 'f32' || recipe.precision === 'mixed', 'precision', recipe.precision, 'f32 or mixed'],
    [lossScale.initial >= 1 && lossScale.initial <= 2 ** 24, 'lossScale.initial', lossScale.initial, '1 to 2^24'],
    [Number.isInteger(lossScale.interval) && lossScale.interval > 0, 'lossScale.interval', lossScale.interval, 'steps'],
    [Number.isInteger(microbatches) && microbatches > 0, 'microbatches', microbatches, 'a whole number from 1'],
  ];
  for (const [fits, name, value, expected] of checks) {
    if (fits) continue;
    const got = String(value);
    const detail = { code: 'recipe-invalid', op: 'read the recipe', expected, got };
    throw new RustaError(`${name}: expected ${expected}, got ${got}`, detail);
  }
  return recipe;
}
