// Arithmetic of shapes: sizes, broadcasting, and how types are written in messages. No op is known here.
import { bytesOf, type DType } from './dtype.ts';

export type Shape = readonly number[];

export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** Number of elements; 1 for a scalar. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const extent of shape) size *= extent;
  return size;
}

/** Bytes of a dense tensor of this type. */
export function byteLength({ dtype, shape }: TensorType): number {
  return sizeOf(shape) * bytesOf[dtype];
}

/** Extent of the last axis; 1 for a scalar. */
export function lastOf(shape: Shape): number {
  return shape[shape.length - 1] ?? 1;
}

/** Rows: the product of all axes but the last. */
export function rowsOf(shape: Shape): number {
  return sizeOf(shape.slice(0, -1));
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

/** The common shape of two, as numpy broadcasts them, or null where they do not fit. */
export function broadcast(a: Shape, b: Shape): Shape | null {
  const rank = Math.max(a.length, b.length);
  const out: number[] = [];
  for (let axis = 0; axis < rank; axis += 1) {
    const x = a[axis - rank + a.length] ?? 1;
    const y = b[axis - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) return null;
    out.push(x === 1 ? y : x);
  }
  return out;
}

/** `f32[4,8]`, as every message writes a type. */
export function written({ dtype, shape }: TensorType): string {
  return `${dtype}[${shape.join(',')}]`;
}
