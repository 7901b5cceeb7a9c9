// Training of a ByteLM: its loss and matrices, given to the training step. Which batches and at what rate is the caller's.

import type { Recipe } from '../optim/recipe.ts';
import { Training } from '../optim/training.ts';
import type { ByteLM } from './byteLm.ts';
import { loss } from './byteLm.ts';
import { matrices } from './config.ts';

export interface BatchSize {
  /** Sequences of one microbatch. */
  readonly sequences: number;
  /** Positions of each that are predicted: a batch holds one byte more. */
  readonly length: number;
  /** `i32` where tokens may be -1: no text, and no target. */
  readonly dtype?: 'u8' | 'i32';
}

/**
 * `mixed` precision is f32 on WebAssembly, which computes in nothing narrower: `training.precision` tells what runs.
 * @throws RustaError `recipe-invalid`, `out-of-memory`.
 */
export function trainByteLm(model: ByteLM, asked: Recipe, { sequences, length, dtype = 'u8' }: BatchSize): Training {
  const { config, parameters, device } = model;
  const recipe: Recipe = device.kind === 'wasm' ? { ...asked, precision: 'f32' } : asked;
  const options = { activations: recipe.precision === 'mixed' ? 'f16' : 'f32', recompute: recipe.recompute } as const;
  return new Training(device, {
    parameters: parameters as Readonly<Record<string, typeof parameters.embed>>,
    matrices,
    loss: (batch) => loss(config, parameters, batch, options),
    batch: { dtype, shape: [sequences, length + 1] },
    recipe,
  });
}
