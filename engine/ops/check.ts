// What the rules of ops share: refusals that name op, types and what was expected, and places of elements.
import { RustaError } from '../../schemas/errors.ts';
import type { DType } from '../dtype.ts';
import { isFloat } from '../dtype.ts';
import { type Shape, sizeOf, type TensorType, written } from '../shape.ts';

/** Refuses shapes. `expected` says what would have fitted: `b with 8 rows`. */
export function shapeError(op: string, what: string, inputs: readonly TensorType[], expected: string): never {
  throw refusal('shape-mismatch', op, what, inputs, expected);
}

/** Refuses element types. */
export function dtypeError(op: string, what: string, inputs: readonly TensorType[], expected: string): never {
  throw refusal('dtype-mismatch', op, what, inputs, expected);
}

function refusal(code: string, op: string, what: string, inputs: readonly TensorType[], expected: string): RustaError {
  const got = inputs.map(written).join(', ');
  return new RustaError(`${what}: got ${got}; expected ${expected}`, { code, op, expected, got });
}

/** Input `index`, a floating-point tensor. */
export function floatInput(op: string, inputs: readonly TensorType[], index: number, name = 'the input'): TensorType {
  const input = inputs[index] as TensorType;
  if (!isFloat(input.dtype)) dtypeError(op, `${name} is not floating point`, inputs, 'f32, f16 or f64');
  return input;
}

/** Input `index`, of one of these dtypes. */
export function inputOf(
  op: string,
  inputs: readonly TensorType[],
  index: number,
  name: string,
  dtypes: readonly DType[],
): TensorType {
  const input = inputs[index] as TensorType;
  if (!dtypes.includes(input.dtype)) dtypeError(op, `${name} is ${input.dtype}`, inputs, dtypes.join(' or '));
  return input;
}

/** Every input has the dtype of the first. */
export function sameDType(op: string, inputs: readonly TensorType[]): DType {
  const { dtype } = inputs[0] as TensorType;
  if (inputs.some((input) => input.dtype !== dtype))
    dtypeError(op, 'element types differ', inputs, `all ${dtype} (use cast)`);
  return dtype;
}

/** Every input has the shape of the first. */
export function sameShapes(op: string, inputs: readonly TensorType[]): Shape {
  const { shape } = inputs[0] as TensorType;
  if (inputs.some((input) => input.shape.join() !== shape.join()))
    shapeError(op, 'shapes differ', inputs, `all [${shape.join(',')}]`);
  return shape;
}

/** Input `index` has exactly this shape; `*` stands for any extent. */
export function expectShape(
  op: string,
  inputs: readonly TensorType[],
  index: number,
  name: string,
  shape: readonly (number | '*')[],
): void {
  const got = (inputs[index] as TensorType).shape;
  if (got.length !== shape.length || shape.some((extent, axis) => extent !== '*' && extent !== got[axis]))
    shapeError(op, `${name} does not fit`, inputs, `${name} [${shape.join(',')}]`);
}

/** At least this many axes. */
export function rankFrom(op: string, inputs: readonly TensorType[], index: number, rank: number): Shape {
  const { shape } = inputs[index] as TensorType;
  if (shape.length < rank) shapeError(op, 'too few axes', inputs, `at least ${rank}`);
  return shape;
}

/** The dtype in which statistics of `dtype` are kept: f64 for f64, f32 for all else. */
export function statistics(dtype: DType): 'f32' | 'f64' {
  return dtype === 'f64' ? 'f64' : 'f32';
}

/** Row-major strides, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides: number[] = new Array(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    strides[axis] = step;
    step *= shape[axis] as number;
  }
  return strides;
}

/** For each element of `out` in order: the sum of index times stride. */
export function placesOf(out: Shape, strides: readonly number[]): Int32Array {
  const places = new Int32Array(sizeOf(out));
  const index = new Array<number>(out.length).fill(0);
  let place = 0;
  for (let element = 0; element < places.length; element += 1) {
    places[element] = place;
    for (let axis = out.length - 1; axis >= 0; axis -= 1) {
      place += strides[axis] as number;
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < (out[axis] as number)) break;
      place -= (out[axis] as number) * (strides[axis] as number);
      index[axis] = 0;
    }
  }
  return places;
}

/** For each element of `out` in order: the place of the element of `shape` that is broadcast to it. */
export function broadcastPlaces(shape: Shape, out: Shape): Int32Array {
  const own = stridesOf(shape);
  const lead = out.length - shape.length;
  const strides = out.map((_, axis) => (axis < lead || shape[axis - lead] === 1 ? 0 : (own[axis - lead] as number)));
  return placesOf(out, strides);
}

/** Elements of all inputs: the cost of an op that touches each once. */
export function elements(types: readonly TensorType[]): number {
  return types.reduce((total, { shape }) => total + sizeOf(shape), 0);
}
