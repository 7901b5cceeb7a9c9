// A small ByteLM trained for a few hundred steps on text that is made here: what two backends, or this engine and PyTorch, are
// held against each other by. Initial weights and batches are given, so that they are the same everywhere.
import type { Device } from '../../../engine/device.ts';
import { ByteLM } from '../../../engine/model/byteLm.ts';
import { type ByteLmConfig, shapesOf } from '../../../engine/model/config.ts';
import { trainByteLm } from '../../../engine/model/train.ts';
import { defaultRecipe, type Recipe } from '../../../engine/optim/recipe.ts';
import { rateFactor, type Schedule } from '../../../engine/optim/schedule.ts';
import type { StepMetrics, Training } from '../../../engine/optim/training.ts';

export interface SmallRun {
  readonly config: ByteLmConfig;
  readonly recipe: Recipe;
  readonly schedule: Schedule;
  readonly sequences: number;
  readonly steps: number;
}

/** Of the full model's parts all but a second layer; AdamW alone, since Muon's products take a software adapter long. */
export const smallRun: SmallRun = {
  config: {
    v: 1,
    context: 16,
    width: 16,
    layers: 1,
    heads: 1,
    ffn: 32,
    windows: [8],
    hash: { orders: [2, 3], rows: 64 },
    ropeBase: 10_000,
    normEps: 1e-6,
    logitCap: 15,
  },
  recipe: { ...defaultRecipe, adamw: { ...defaultRecipe.adamw, rate: 0.02 }, muon: null },
  schedule: { warmUp: 20, cooldown: 0.5, floor: 0.02 },
  sequences: 1,
  steps: 200,
};

/** With Muon, and with shapes that the kernels on subgroup matrices take: for a real GPU. */
export const mediumRun: SmallRun = {
  ...smallRun,
  config: {
    ...smallRun.config,
    ...{ context: 128, width: 128, layers: 2, heads: 2, ffn: 512, windows: [64, null] },
    hash: { orders: [2, 3, 4, 6], rows: 1024 },
  },
  recipe: defaultRecipe,
  sequences: 8,
};

const words =
  'fn let mut impl for in match self Some None Ok Err usize u32 String Vec push len iter map collect return if else'.split(
    ' ',
  );

/** Text with words to learn and noise that cannot be: `bytes` symbols, the same for each seed everywhere. */
export function madeText(bytes: number, seed: number): Uint8Array {
  let state = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
  const draw = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  let text = '';
  let last = 0;
  while (text.length < bytes) {
    // After each word one of three follows.
    last = (last * 5 + draw(3) * 7 + 1) % words.length;
    text += `${words[last]}${[' ', '(', '.', ';\n'][draw(4)]}`;
  }
  return new TextEncoder().encode(text).subarray(0, bytes);
}

/** Symbols of one step: sequences × (context + 1), row-major. */
export function batchOf({ sequences, config }: SmallRun, step: number): Uint8Array {
  return madeText(sequences * (config.context + 1), 1000 + step);
}

/** What each parameter begins with, drawn on one device. */
export async function initialWeights(device: Device, { config }: SmallRun): Promise<ReadonlyMap<string, Float32Array>> {
  const held = new Map<string, Float32Array>();
  const { parameters } = ByteLM.create(device, config, { seed: 7 });
  for (const [name, tensor] of Object.entries(parameters)) held.set(name, (await tensor.data()) as Float32Array);
  return held;
}

/** Trains from these weights. */
export async function train(
  device: Device,
  run: SmallRun,
  weights: ReadonlyMap<string, Float32Array>,
): Promise<readonly StepMetrics[]> {
  const { config, recipe, schedule, sequences, steps } = run;
  const parameters = [...shapesOf(config)].map(([name, shape]) => [
    name,
    device.tensor(weights.get(name) as Float32Array, shape),
  ]);
  const model = new ByteLM(device, config, Object.fromEntries(parameters));
  const training = trainByteLm(model, recipe, { sequences, length: config.context });
  const metrics = await takeSteps(device, training, steps, (step) => ({
    tokens: batchOf(run, step),
    factor: rateFactor(step, step / steps, schedule),
  }));
  training.dispose();
  return metrics;
}

/** Takes steps; figures of up to 20 of them wait on the device before they are read. */
export async function takeSteps(
  device: Device,
  training: Training,
  steps: number,
  given: (step: number) => { readonly tokens: Uint8Array; readonly factor: number },
): Promise<readonly StepMetrics[]> {
  const metrics: StepMetrics[] = [];
  while (metrics.length < steps)
    await device.scope(async () => {
      const waiting: Promise<StepMetrics>[] = [];
      for (let step = metrics.length; step < steps && waiting.length < 20; step += 1) {
        const { tokens, factor } = given(step);
        training.step(tokens, factor);
        waiting.push(training.metrics());
      }
      metrics.push(...(await Promise.all(waiting)));
    });
  return metrics;
}

/** The largest |a - b| / b over the steps, in windows of 10: single batches are noise. */
export function farthest(a: readonly number[], b: readonly number[]): number {
  let most = 0;
  for (let from = 0; from < b.length; from += 10) {
    const mean = (losses: readonly number[]): number =>
      losses.slice(from, from + 10).reduce((sum, loss) => sum + loss, 0) / Math.min(10, b.length - from);
    const share = Math.abs(mean(a) - mean(b)) / mean(b);
    if (!(share <= most)) most = share;
  }
  return most;
}
