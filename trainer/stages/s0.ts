// S0, the byte warm-up: a language model of Rust code and its documentation, from random weights. Where the numbers of the full
// size come from, and what else was tried: docs/S0.md.
import { windowsOf } from '../../engine/model/config.ts';
import { defaultRecipe } from '../../engine/optim/recipe.ts';
import type { Stage } from './stage.ts';

const common = { v: 1, ropeBase: 10_000, normEps: 1e-6, logitCap: 15 } as const;

export const s0: Stage = {
  name: 's0',
  seed: 1,
  mixture: [
    { kind: 'code', weight: 0.94, infill: 0.5 },
    { kind: 'std', weight: 0.02, infill: 0.5 },
    { kind: 'prose', weight: 0.04, infill: 0 },
  ],
  sizes: {
    full: {
      model: {
        ...common,
        context: 4096,
        width: 512,
        layers: 8,
        heads: 8,
        ffn: 2048,
        windows: windowsOf(8, 256),
        hash: { orders: [2, 3, 4, 6], rows: 4096 },
      },
      recipe: { ...defaultRecipe, precision: 'mixed' },
      schedule: { warmUp: 100, cooldown: 0.5, floor: 0.02 },
      batch: 32,
      steps: 6000,
      every: { metrics: 10, validation: 500, checkpoint: 500 },
      validationBytes: 1 << 20,
    },
    tiny: {
      model: {
        ...common,
        context: 256,
        width: 128,
        layers: 3,
        heads: 4,
        ffn: 512,
        windows: windowsOf(3, 64),
        hash: { orders: [2, 3, 4], rows: 2048 },
      },
      recipe: defaultRecipe,
      schedule: { warmUp: 20, cooldown: 0.5, floor: 0.02 },
      batch: 16,
      steps: 300,
      every: { metrics: 5, validation: 100, checkpoint: 100 },
      validationBytes: 1 << 16,
    },
  },
  gates: { bpb: 0.56, ofXz: 0.51, int8Loss: 0.01, syntax: 0.85, infill: 0.2, fileBytes: 33 * 1024 * 1024 },
};
