// Strided walks over arrays of any rank, for kernels that walk four axes: axes that lie one in another are joined, axes of
// extent 1 dropped, and what is left beyond four becomes several calls.
import { rowsOf, type Shape, sizeOf } from '../../../shape.ts';
import type { Source } from './types.ts';

/** Elements from index to index, by axis, of a source in its own shape. */
export function stridesOf({ type: { shape }, rowStride }: Pick<Source, 'type' | 'rowStride'>): number[] {
  return shape.map((_, axis) =>
    axis === shape.length - 1 ? 1 : rowStride * sizeOf(shape.slice(axis + 1, shape.length - 1)),
  );
}

export function denseStrides(shape: Shape): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/** Strides of a source as it is broadcast to `shape`. */
export function broadcastStrides(source: Pick<Source, 'type' | 'rowStride'>, shape: Shape): number[] {
  const own = stridesOf(source);
  const lead = shape.length - own.length;
  return shape.map((_, axis) =>
    axis < lead || source.type.shape[axis - lead] === 1 ? 0 : (own[axis - lead] as number),
  );
}

export interface Axes {
  readonly extents: number[];
  /** By array, then by axis. */
  readonly strides: number[][];
}

/** The same walk in fewer axes. */
export function joined(shape: Shape, strides: readonly (readonly number[])[]): Axes {
  const extents: number[] = [];
  const kept: number[][] = strides.map(() => []);
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    const extent = shape[axis] as number;
    if (extent === 1) continue;
    const inner = extents[0];
    const joins =
      inner !== undefined && strides.every((each, array) => each[axis] === (kept[array]?.[0] as number) * inner);
    if (joins) extents[0] = inner * extent;
    else {
      extents.unshift(extent);
      for (const [array, each] of strides.entries()) kept[array]?.unshift(each[axis] as number);
    }
  }
  return { extents, strides: kept };
}

type Four = readonly [number, number, number, number];

/**
 * Calls `emit` with four axes of every array, and the element that each array begins at: once, or once for each index of the
 * axes beyond four.
 */
export function walk(
  shape: Shape,
  strides: readonly (readonly number[])[],
  emit: (extents: Four, strides: readonly Four[], begins: readonly number[]) => void,
): void {
  if (sizeOf(shape) === 0) return;
  const { extents, strides: by } = joined(shape, strides);
  const outer = Math.max(0, extents.length - 4);
  const inner = four(extents.slice(outer), 1);
  const innerStrides = by.map((each) => four(each.slice(outer), 0));
  const outerExtents = extents.slice(0, outer);
  const calls = sizeOf(outerExtents);
  for (let call = 0; call < calls; call += 1) {
    let rest = call;
    const begins = by.map(() => 0);
    for (let axis = outer - 1; axis >= 0; axis -= 1) {
      const extent = outerExtents[axis] as number;
      const index = rest % extent;
      rest = Math.floor(rest / extent);
      for (const [array, each] of by.entries())
        begins[array] = (begins[array] as number) + index * (each[axis] as number);
    }
    emit(inner, innerStrides, begins);
  }
}

function four(values: readonly number[], fill: number): Four {
  return [...new Array(4 - values.length).fill(fill), ...values] as unknown as Four;
}

/** Rows and columns of a shape, a scalar being one of each. */
export function matrixOf(shape: Shape): { rows: number; cols: number } {
  return { rows: rowsOf(shape), cols: shape[shape.length - 1] ?? 1 };
}
