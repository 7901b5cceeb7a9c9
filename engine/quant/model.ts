// A ByteLM for serving: every matrix and table in int8, one scale a row; the residual's scalars stay f32.
import type { ByteLM } from '../model/byteLm.ts';
import { type ByteLmConfig, type ParameterName, shapesOf } from '../model/config.ts';
import { sizeOf } from '../shape.ts';
import { type Quantised, quantise as quantiseRows } from './rows.ts';

export type QuantisedName = Exclude<ParameterName, 'mix'>;

export interface QuantisedByteLM {
  readonly config: ByteLmConfig;
  readonly tensors: ReadonlyMap<QuantisedName, Quantised>;
  /** f32[L,2]. */
  readonly mix: Float32Array;
}

/**
 * Reads a model's weights from its device and quantises them.
 * @throws RustaError `not-finite` where a weight is NaN or infinite.
 */
export async function quantise({ config, parameters }: ByteLM): Promise<QuantisedByteLM> {
  const tensors = new Map<QuantisedName, Quantised>();
  for (const [name, shape] of shapesOf(config)) {
    if (name === 'mix') continue;
    const data = await (parameters[name] as (typeof parameters)['embed']).data();
    tensors.set(name, quantiseRows(Float32Array.from(data), shape, name));
  }
  return { config, tensors, mix: Float32Array.from(await parameters.mix.data()) };
}

/** Bytes of weights that one position reads in decode: matrices, and the scales of their rows. */
export function matrixBytes(config: ByteLmConfig): number {
  return [...shapesOf(config)]
    .filter(([name]) => ['qkv', 'out', 'up', 'down', 'head'].includes(name))
    .reduce((total, [, shape]) => total + sizeOf(shape) + 4 * sizeOf(shape.slice(0, -1)), 0);
}
