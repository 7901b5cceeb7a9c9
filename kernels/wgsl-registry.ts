// The WGSL kernels: one file a family, and how their text is found. Which variant of a family serves an op on which device
// is the WebGPU backend's choice (engine/backends/webgpu/).

/** Kernel families: `wgsl/NAME.wgsl`. */
export const wgslFamilies = [
  'math',
  'packed',
  'map',
  'reduce',
  'rows',
  'rope',
  'matmul',
  'matmul-subgroup',
  'splitk',
  'gemv',
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
  'int8-few',
  'int8-weights',
  'cache',
] as const;

export type WgslFamily = (typeof wgslFamilies)[number];
export type WgslSources = { readonly [F in WgslFamily]: string };

/** Texts of all families, as build.ts gathers them: loaded when a GPU is asked for, in Node and in a page alike. */
export async function readWgsl(): Promise<WgslSources> {
  const { wgslTexts } = await import('./generated/wgsl-texts.ts');
  // Every family has its file, or this does not compile.
  return wgslTexts satisfies WgslSources;
}
