// PyTorch's figures for a small ByteLM (test/fixtures/engine/make-fixtures.py), and how far ours are from them.
import { fileURLToPath } from 'node:url';
import { fileSource } from '../../../engine/checkpoint/bytes.ts';
import { Safetensors } from '../../../engine/checkpoint/safetensors.ts';
import type { Device } from '../../../engine/device.ts';
import { ByteLM } from '../../../engine/model/byteLm.ts';
import { type ByteLmConfig, checkConfig, shapesOf } from '../../../engine/model/config.ts';
import { defaultRecipe, type Recipe } from '../../../engine/optim/recipe.ts';
import { rateFactor } from '../../../engine/optim/schedule.ts';
import type { Training } from '../../../engine/optim/training.ts';

export const path: string = fileURLToPath(new URL('../../fixtures/engine/byte-lm.safetensors', import.meta.url));

export interface Fixture {
  readonly config: ByteLmConfig;
  readonly file: Safetensors;
  /** u8 [4,2,T+1]. */
  readonly tokens: Uint8Array;
}

export async function openFixture(): Promise<Fixture> {
  const file = await Safetensors.open(await fileSource(path));
  const config = checkConfig(JSON.parse(file.metadata.config as string), path);
  return { config, file, tokens: (await file.contents('tokens')) as Uint8Array };
}

export async function modelOf({ config, file }: Fixture, device: Device, dtype: 'f32' | 'f64'): Promise<ByteLM> {
  const parameters = [];
  for (const [name, shape] of shapesOf(config))
    parameters.push([name, device.tensor(await file.contents(`init.${name}`), shape, dtype)] as const);
  return new ByteLM(device, config, Object.fromEntries(parameters));
}

/** What make-fixtures.py trains with. */
export function recipeOf(kind: 'adamw' | 'muon'): Recipe {
  return { ...defaultRecipe, muon: kind === 'muon' ? defaultRecipe.muon : null, clip: 1 };
}

/** Takes the fixture's 20 steps; -> the loss of each. */
export async function takeSteps(training: Training, tokens: Uint8Array): Promise<number[]> {
  const losses: number[] = [];
  for (let step = 0; step < 20; step += 1) {
    const batch = tokens.subarray((step % 4) * (tokens.length / 4), ((step % 4) + 1) * (tokens.length / 4));
    training.step(batch, rateFactor(step, step / 20, { warmUp: 5, cooldown: 0.5, floor: 0.02 }));
    losses.push((await training.metrics()).loss);
  }
  return losses;
}

/** |a - b| / |b|, in Euclidean norm. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let [difference, norm] = [0, 0];
  for (let i = 0; i < b.length; i += 1) {
    difference += ((a[i] as number) - (b[i] as number)) ** 2;
    norm += (b[i] as number) ** 2;
  }
  return Math.sqrt(difference / norm);
}
