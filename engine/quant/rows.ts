// Numbers as whole steps of a scale: {bits, group, scale}, one scale for each group of values along the last axis, K.
import { RustaError } from '../../schemas/errors.ts';
import { lastOf, type Shape, sizeOf } from '../shape.ts';

export interface Quantised {
  readonly shape: Shape;
  readonly bits: 8;
  /** Values along K that share a scale; K where a row has one. */
  readonly group: number;
  /** Steps from -127 to 127, of `shape`. */
  readonly values: Int8Array;
  /** Of `shape` with K / group in K's place. */
  readonly scales: Float32Array;
}

/** Largest step. -128 is left out, so that the range is even. */
const most = 127;

/**
 * @param group divides the last axis; a whole row where left out.
 * @throws RustaError `not-finite`, naming the value; `shape-mismatch`.
 */
export function quantise(data: Float32Array, shape: Shape, name: string, group: number = lastOf(shape)): Quantised {
  if (data.length !== sizeOf(shape) || !Number.isInteger(group) || group < 1 || lastOf(shape) % group !== 0) {
    throw new RustaError(`'${name}': ${data.length} values as [${shape.join(',')}] in groups of ${group}`, {
      code: 'shape-mismatch',
      op: 'quantise',
      expected: 'groups that divide the last axis',
    });
  }
  const values = new Int8Array(data.length);
  const scales = new Float32Array(data.length / group);
  for (let at = 0; at < data.length; at += group) {
    let top = 0;
    for (let i = at; i < at + group; i += 1) {
      const size = Math.abs(data[i] as number);
      if (!(size < Number.POSITIVE_INFINITY)) {
        throw new RustaError(`'${name}' holds ${data[i]} at element ${i}`, {
          code: 'not-finite',
          op: 'quantise',
          hint: 'the training diverged; take an earlier checkpoint',
        });
      }
      if (size > top) top = size;
    }
    const scale = Math.fround(top / most);
    scales[at / group] = scale;
    // A scale that f32 rounds to zero leaves zeros; one that it rounds down must not carry a step beyond the range.
    if (scale > 0)
      for (let i = at; i < at + group; i += 1) values[i] = clamped(Math.round((data[i] as number) / scale));
  }
  return { shape, bits: 8, group, values, scales };
}

const clamped = (step: number): number => Math.max(-most, Math.min(most, step));

/** The numbers that the steps stand for. */
export function restored({ values, scales, group }: Quantised): Float32Array<ArrayBuffer> {
  const out = new Float32Array(values.length);
  for (let at = 0; at < values.length; at += group) {
    const scale = scales[at / group] as number;
    for (let i = at; i < at + group; i += 1) out[i] = scale * (values[i] as number);
  }
  return out;
}
