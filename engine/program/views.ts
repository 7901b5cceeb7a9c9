// Arithmetic of row-strided views: which slices and reshapes cost nothing. Whether an op takes a stride is the table's word.
import { lastOf, rowsOf, type Shape, sizeOf, type TensorType } from '../shape.ts';
import type { Program, Value, ValueId, View } from './types.ts';

export function typeOf({ values }: Pick<Program, 'values'>, id: ValueId): TensorType {
  return (values[id] as Value).type;
}

/** The value whose memory this one lies in: itself, or what it is a view of. */
export function baseOf({ values }: Pick<Program, 'values'>, id: ValueId): ValueId {
  return values[id]?.view?.base ?? id;
}

/** Whether the elements follow one another in row-major order (an offset does not matter). */
export function isDense({ type, view }: Value): boolean {
  return view === null || view.rowStride === lastOf(type.shape) || rowsOf(type.shape) <= 1 || sizeOf(type.shape) === 0;
}

/** The view that `value` (number `id`) is of its base: itself, where it has memory of its own. */
function viewOf(id: ValueId, { type, view }: Value): View {
  return view ?? { base: id, offset: 0, rowStride: lastOf(type.shape) };
}

/** The same elements in another shape, or null where that takes a copy. */
export function reshapeView(id: ValueId, value: Value, shape: Shape): View | null {
  const view = viewOf(id, value);
  if (isDense(value)) return { ...view, rowStride: lastOf(shape) };
  return lastOf(value.type.shape) === lastOf(shape) ? view : null;
}

/** Elements start..start+length of an axis, or null where that takes a copy. */
export function sliceView(
  id: ValueId,
  value: Value,
  { axis, start, length }: { readonly axis: number; readonly start: number; readonly length: number },
): View | null {
  const { shape } = value.type;
  const view = viewOf(id, value);
  const rank = shape.length;
  if (axis === rank - 1) {
    const offset = view.offset + start;
    return rowsOf(shape) <= 1 ? { ...view, offset, rowStride: length } : { ...view, offset };
  }
  if (shape.slice(0, axis).some((extent) => extent !== 1)) return null;
  const rows = sizeOf(shape.slice(axis + 1, -1));
  return { ...view, offset: view.offset + start * rows * view.rowStride };
}

/** Contents of a view, dense, out of its base's. */
export function gather(base: Float64Array, { shape }: TensorType, { offset, rowStride }: View): Float64Array {
  const columns = lastOf(shape);
  const rows = rowsOf(shape);
  if (rowStride === columns || rows <= 1) return base.slice(offset, offset + rows * columns);
  const out = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row += 1) {
    const at = offset + row * rowStride;
    out.set(base.subarray(at, at + columns), row * columns);
  }
  return out;
}
