// What bytelm.py begins with: initial weights, and the batches of every step, in the files that it reads.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '../../engine/checkpoint/bytes.ts';
import { writeSafetensors } from '../../engine/checkpoint/safetensors.ts';
import { type ByteLmConfig, shapesOf } from '../../engine/model/config.ts';
import type { Recipe } from '../../engine/optim/recipe.ts';
import type { Schedule } from '../../engine/optim/schedule.ts';

export interface Dumped {
  readonly config: ByteLmConfig;
  readonly schedule: Schedule;
  readonly recipe: Recipe;
  readonly weights: ReadonlyMap<string, Float32Array>;
  /** sequences × (context + 1) symbols each. */
  readonly batches: readonly Uint8Array[];
}

export async function dump(folder: string, { config, schedule, recipe, weights, batches }: Dumped): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const tensors = [...shapesOf(config)].map(([name, shape]) => {
    const data = weights.get(name) as Float32Array;
    return {
      name,
      dtype: 'f32' as const,
      shape,
      bytes: () => new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    };
  });
  const about = { 'rusta.run': JSON.stringify({ config, schedule, recipe }) };
  await replaceFile(join(folder, 'init.safetensors'), (sink) => writeSafetensors(sink, tensors, about));
  writeFileSync(join(folder, 'batches.bin'), Buffer.concat(batches));
}
