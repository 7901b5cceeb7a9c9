// Initial values of parameters, out of the same counted random numbers on every backend.
import type { Device } from '../device.ts';
import type { DType } from '../dtype.ts';
import { affine, cast, fill, normal, uniform } from '../ops/functions.ts';
import type { Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/** How a parameter begins. */
export type Initial =
  | { readonly kind: 'zeros' }
  /** Uniform within ±bound. */
  | { readonly kind: 'uniform'; readonly bound: number }
  | { readonly kind: 'normal'; readonly std: number }
  /** The same values again and again along the last axis. */
  | { readonly kind: 'values'; readonly values: readonly number[] };

/** What a dense layer's weights [out, in] begin as in PyTorch: uniform within ±1/sqrt(in). */
export function denseInitial(inputs: number): Initial {
  return { kind: 'uniform', bound: 1 / Math.sqrt(inputs) };
}

/** @param stream tells the parameters of one seed apart. */
export function initialise(
  device: Device,
  shape: Shape,
  initial: Initial,
  seed: number,
  stream: number,
  dtype: DType = 'f32',
): Tensor {
  return device.scope(() => {
    if (initial.kind === 'zeros') return fill(device, shape, 0, dtype);
    if (initial.kind === 'values') {
      const count = shape.reduce((product, extent) => product * extent, 1);
      const { values } = initial;
      return device.tensor(
        Float64Array.from({ length: count }, (_, i) => values[i % values.length] as number),
        shape,
        dtype,
      );
    }
    const key = device.tensor(Int32Array.of(seed | 0, Math.floor(seed / 2 ** 32) | 0), [2], 'i32');
    const drawn =
      initial.kind === 'normal'
        ? affine(normal(key, shape, stream), initial.std, 0)
        : affine(uniform(key, shape, stream), 2 * initial.bound, -initial.bound);
    return cast(drawn, dtype);
  });
}
