// The WGSL kernels: one file a family, and how their text is found. Which variant of a family serves an op on which device
// is the WebGPU backend's choice (engine/backends/webgpu/).
import { readFile } from 'node:fs/promises';

/** Kernel families: `wgsl/NAME.wgsl`. */
export const wgslFamilies = [
  'math',
  'map',
  'reduce',
  'rows',
  'rope',
  'matmul',
  'matmul-subgroup',
  'splitk',
  'attention',
  'attention-grad',
  'attention-subgroup',
  'attention-grad-subgroup',
  'embedding',
  'segments',
  'random',
  'adamw',
  'mix-grad',
  'int8',
  'cache',
] as const;

export type WgslFamily = (typeof wgslFamilies)[number];
export type WgslSources = { readonly [F in WgslFamily]: string };

/** Texts of all families, from the files beside this one. */
export async function readWgsl(): Promise<WgslSources> {
  const texts = await Promise.all(
    wgslFamilies.map(async (family) => [
      family,
      await readFile(new URL(`./wgsl/${family}.wgsl`, import.meta.url), 'utf8'),
    ]),
  );
  return Object.fromEntries(texts) as WgslSources;
}
