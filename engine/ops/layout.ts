// Ops that move elements without computing: casts, copies, shapes, slices and what undoes them.
import { dtypes, isFloat } from '../dtype.ts';
import { broadcast, type Shape, sameShape, sizeOf, type TensorType } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { broadcastPlaces, dtypeError, placesOf, sameDType, shapeError, stridesOf } from './check.ts';
import type { OpDef, OpTable, Ref } from './def.ts';
import * as f from './functions.ts';
import type { OpAttrs } from './names.ts';

const f32 = (...shape: number[]): TensorType => ({ dtype: 'f32', shape });
const i32 = (...shape: number[]): TensorType => ({ dtype: 'i32', shape });
const free = (): number => 0;

const cast: OpDef<OpAttrs['cast']> = {
  arity: 1,
  infer: ([x], { dtype }) => [{ dtype, shape: (x as TensorType).shape }],
  forward: ([x], { dtype }) => [isFloat(dtype) ? (x as Ref).data.slice() : (x as Ref).data.map(saturating(dtype))],
  vjp: ({ inputs, grads, attrs }) => {
    const { dtype } = inputs[0] as Tensor;
    return [isFloat(dtype) && isFloat(attrs.dtype) ? f.cast(grads[0] as Tensor, dtype) : null];
  },
  flops: free,
  strided: [0],
  cases: [
    { attrs: { dtype: 'f16' }, inputs: [f32(3, 5)], smooth: false },
    { attrs: { dtype: 'f32' }, inputs: [{ dtype: 'f16', shape: [7] }], smooth: false },
    { attrs: { dtype: 'f32' }, inputs: [{ ...i32(4), fill: { kind: 'ids', below: 100 } }] },
    { attrs: { dtype: 'f32' }, inputs: [{ dtype: 'u8', shape: [4], fill: { kind: 'ids', below: 256 } }] },
    { attrs: { dtype: 'i32' }, inputs: [{ dtype: 'u8', shape: [0] }] },
    {
      attrs: { dtype: 'i32' },
      inputs: [{ ...f32(4), fill: { kind: 'values', values: [-1.75, 2.5, 0, 1e5] } }],
      smooth: false,
    },
  ],
};

/** To whole numbers: towards zero, clamped to the range; NaN gives 0. */
function saturating(dtype: TensorType['dtype']): (x: number) => number {
  const [low, high] = dtype === 'u8' ? [0, 255] : dtype === 'i8' ? [-128, 127] : [-(2 ** 31), 2 ** 31 - 1];
  return (x) => (Number.isNaN(x) ? 0 : Math.min(high, Math.max(low, Math.trunc(x))));
}

const copy: OpDef<OpAttrs['copy']> = {
  arity: 1,
  infer: ([x]) => [x as TensorType],
  forward: ([x]) => [(x as Ref).data.slice()],
  vjp: ({ grads }) => [grads[0] as Tensor],
  flops: free,
  strided: [0],
  cases: [
    { attrs: {}, inputs: [f32(3, 5)] },
    { attrs: {}, inputs: [f32(0)] },
    { attrs: {}, inputs: [{ dtype: 'u8', shape: [5], fill: { kind: 'ids', below: 256 } }] },
  ],
};

const fill: OpDef<OpAttrs['fill']> = {
  arity: 0,
  infer: (_, { shape, dtype }) => {
    if (!dtypes.includes(dtype)) dtypeError('fill', `no dtype '${dtype}'`, [], dtypes.join(', '));
    return [{ shape, dtype }];
  },
  forward: (_, { shape, value }) => [new Float64Array(sizeOf(shape)).fill(value)],
  vjp: null,
  flops: free,
  strided: [],
  cases: [
    { attrs: { shape: [3, 5], dtype: 'f32', value: 1.5 }, inputs: [] },
    { attrs: { shape: [], dtype: 'i32', value: -7 }, inputs: [] },
    { attrs: { shape: [0], dtype: 'f32', value: 1 }, inputs: [] },
  ],
};

const reshape: OpDef<OpAttrs['reshape']> = {
  arity: 1,
  infer: (inputs, { shape }) => {
    const [x] = inputs as readonly [TensorType];
    const whole = shape.every((extent) => Number.isInteger(extent) && extent >= 0);
    if (!whole || sizeOf(shape) !== sizeOf(x.shape))
      shapeError('reshape', `cannot become [${shape.join(',')}]`, inputs, `a shape of ${sizeOf(x.shape)} elements`);
    return [{ dtype: x.dtype, shape }];
  },
  forward: ([x]) => [(x as Ref).data.slice()],
  vjp: ({ inputs, grads }) => [f.reshape(grads[0] as Tensor, (inputs[0] as Tensor).shape)],
  flops: free,
  strided: [],
  cases: [
    { attrs: { shape: [2, 6] }, inputs: [f32(3, 4)] },
    { attrs: { shape: [] }, inputs: [f32(1, 1)] },
    { attrs: { shape: [0, 7] }, inputs: [f32(3, 0)] },
  ],
};

function axisExtent(op: string, inputs: readonly TensorType[], axis: number): number {
  const { shape } = inputs[0] as TensorType;
  const extent = shape[axis];
  if (extent === undefined) shapeError(op, `no axis ${axis}`, inputs, `an axis below ${shape.length}`);
  return extent;
}

const withAxis = (shape: Shape, axis: number, extent: number): Shape =>
  shape.map((each, at) => (at === axis ? extent : each));

/** Elements start..start+length of an axis. */
function part({ data, shape }: Ref, axis: number, start: number, length: number): Float64Array {
  const strides = stridesOf(shape);
  const first = start * (strides[axis] as number);
  return Float64Array.from(placesOf(withAxis(shape, axis, length), strides), (place) => data[first + place] as number);
}

const slice: OpDef<OpAttrs['slice']> = {
  arity: 1,
  infer: (inputs, { axis, start, length }) => {
    const [x] = inputs as readonly [TensorType];
    const extent = axisExtent('slice', inputs, axis);
    if (!Number.isInteger(start) || !Number.isInteger(length) || start < 0 || length < 0 || start + length > extent)
      shapeError('slice', `${start}..${start + length} of axis ${axis}`, inputs, `a range within 0..${extent}`);
    return [{ dtype: x.dtype, shape: withAxis(x.shape, axis, length) }];
  },
  forward: ([x], { axis, start, length }) => [part(x as Ref, axis, start, length)],
  vjp: ({ inputs, grads, attrs: { axis, start, length } }) => {
    const extent = (inputs[0] as Tensor).shape[axis] as number;
    return [f.pad(grads[0] as Tensor, axis, start, extent - start - length)];
  },
  flops: free,
  strided: [0],
  cases: [
    { attrs: { axis: 0, start: 1, length: 2 }, inputs: [f32(4, 5)] },
    { attrs: { axis: 1, start: 2, length: 3 }, inputs: [f32(4, 5)] },
    { attrs: { axis: 1, start: 1, length: 1 }, inputs: [f32(2, 3, 4)] },
    { attrs: { axis: 0, start: 4, length: 0 }, inputs: [f32(4)] },
  ],
};

const split: OpDef<OpAttrs['split']> = {
  arity: 1,
  infer: (inputs, { axis, parts }) => {
    const [x] = inputs as readonly [TensorType];
    const extent = axisExtent('split', inputs, axis);
    if (!Number.isInteger(parts) || parts < 1 || extent % parts !== 0)
      shapeError('split', `axis ${axis} in ${parts}`, inputs, `a number of parts that divides ${extent}`);
    const type = { dtype: x.dtype, shape: withAxis(x.shape, axis, extent / parts) };
    return Array.from({ length: parts }, () => type);
  },
  forward: ([x], { axis, parts }) => {
    const length = ((x as Ref).shape[axis] as number) / parts;
    return Array.from({ length: parts }, (_, index) => part(x as Ref, axis, index * length, length));
  },
  vjp: ({ outputs, grads, attrs: { axis } }) => [
    f.concat(
      outputs.map((output, index) => grads[index] ?? f.fillLike(output, output.shape, 0)),
      axis,
    ),
  ],
  flops: free,
  strided: [0],
  cases: [
    { attrs: { axis: 2, parts: 3 }, inputs: [f32(2, 3, 12)] },
    { attrs: { axis: 0, parts: 4 }, inputs: [f32(4, 3)] },
    { attrs: { axis: 1, parts: 2 }, inputs: [f32(3, 4, 2)] },
  ],
};

const concat: OpDef<OpAttrs['concat']> = {
  arity: [1, Number.POSITIVE_INFINITY],
  infer: (inputs, { axis }) => {
    sameDType('concat', inputs);
    const [first] = inputs as readonly [TensorType];
    axisExtent('concat', inputs, axis);
    const like = withAxis(first.shape, axis, 0);
    if (inputs.some(({ shape }) => !sameShape(withAxis(shape, axis, 0), like)))
      shapeError('concat', `the parts differ beside axis ${axis}`, inputs, 'parts alike but along that axis');
    const extent = inputs.reduce((total, { shape }) => total + (shape[axis] as number), 0);
    return [{ dtype: first.dtype, shape: withAxis(first.shape, axis, extent) }];
  },
  forward: (inputs, { axis }) => {
    const { shape } = inputs[0] as Ref;
    const outer = sizeOf(shape.slice(0, axis));
    const lengths = inputs.map((input) => sizeOf(input.shape.slice(axis)));
    const out = new Float64Array(inputs.reduce((total, { data }) => total + data.length, 0));
    let place = 0;
    for (let row = 0; row < outer; row += 1) {
      for (const [index, { data }] of inputs.entries()) {
        const length = lengths[index] as number;
        out.set(data.subarray(row * length, (row + 1) * length), place);
        place += length;
      }
    }
    return [out];
  },
  vjp: ({ inputs, grads, attrs: { axis } }) => {
    let start = 0;
    return inputs.map(({ shape }) => {
      const length = shape[axis] as number;
      start += length;
      return f.slice(grads[0] as Tensor, axis, start - length, length);
    });
  },
  flops: free,
  strided: [],
  cases: [
    { attrs: { axis: 0 }, inputs: [f32(2, 3), f32(1, 3)] },
    { attrs: { axis: 1 }, inputs: [f32(2, 3), f32(2, 0), f32(2, 5)] },
    { attrs: { axis: 2 }, inputs: [f32(2, 3, 4), f32(2, 3, 4), f32(2, 3, 4)] },
    { attrs: { axis: 0 }, inputs: [f32(1)] },
  ],
};

const pad: OpDef<OpAttrs['pad']> = {
  arity: 1,
  infer: (inputs, { axis, before, after }) => {
    const [x] = inputs as readonly [TensorType];
    const extent = axisExtent('pad', inputs, axis);
    if (!Number.isInteger(before) || !Number.isInteger(after) || before < 0 || after < 0)
      shapeError('pad', `${before} before and ${after} after`, inputs, 'whole numbers from 0 up');
    return [{ dtype: x.dtype, shape: withAxis(x.shape, axis, before + extent + after) }];
  },
  forward: ([x], { axis, before, after }) => {
    const { data, shape } = x as Ref;
    const full = withAxis(shape, axis, before + (shape[axis] as number) + after);
    const strides = stridesOf(full);
    const out = new Float64Array(sizeOf(full));
    const first = before * (strides[axis] as number);
    for (const [index, place] of placesOf(shape, strides).entries()) out[first + place] = data[index] as number;
    return [out];
  },
  vjp: ({ inputs, grads, attrs: { axis, before } }) => [
    f.slice(grads[0] as Tensor, axis, before, (inputs[0] as Tensor).shape[axis] as number),
  ],
  flops: free,
  strided: [],
  cases: [
    { attrs: { axis: 0, before: 1, after: 2 }, inputs: [f32(2, 3)] },
    { attrs: { axis: 1, before: 2, after: 0 }, inputs: [f32(2, 3)] },
    { attrs: { axis: 1, before: 0, after: 3 }, inputs: [f32(2, 1, 3)] },
  ],
};

const transpose: OpDef<OpAttrs['transpose']> = {
  arity: 1,
  infer: (inputs, { perm }) => {
    const [x] = inputs as readonly [TensorType];
    if (perm.toSorted((a, b) => a - b).join() !== x.shape.map((_, axis) => axis).join())
      shapeError(
        'transpose',
        `[${perm.join(',')}] is no order of the axes`,
        inputs,
        `0 to ${x.shape.length - 1}, each once`,
      );
    return [{ dtype: x.dtype, shape: perm.map((axis) => x.shape[axis] as number) }];
  },
  forward: ([x], { perm }) => {
    const { data, shape } = x as Ref;
    const strides = stridesOf(shape);
    const places = placesOf(
      perm.map((axis) => shape[axis] as number),
      perm.map((axis) => strides[axis] as number),
    );
    return [Float64Array.from(places, (place) => data[place] as number)];
  },
  vjp: ({ grads, attrs: { perm } }) => [
    f.transpose(
      grads[0] as Tensor,
      perm.map((_, axis) => perm.indexOf(axis)),
    ),
  ],
  flops: free,
  strided: [],
  cases: [
    { attrs: { perm: [1, 0] }, inputs: [f32(3, 5)] },
    { attrs: { perm: [0, 2, 1] }, inputs: [f32(2, 3, 4)] },
    { attrs: { perm: [2, 0, 1] }, inputs: [f32(2, 3, 4)] },
    { attrs: { perm: [1, 0] }, inputs: [f32(0, 5)] },
  ],
};

const broadcastTo: OpDef<OpAttrs['broadcastTo']> = {
  arity: 1,
  infer: (inputs, { shape }) => {
    const [x] = inputs as readonly [TensorType];
    const common = broadcast(x.shape, shape);
    if (common === null || !sameShape(common, shape))
      shapeError('broadcastTo', `does not broadcast to [${shape.join(',')}]`, inputs, 'extents of 1 where it grows');
    return [{ dtype: x.dtype, shape }];
  },
  forward: ([x], { shape }) => {
    const { data, shape: own } = x as Ref;
    return [Float64Array.from(broadcastPlaces(own, shape), (place) => data[place] as number)];
  },
  vjp: ({ inputs, grads }) => [f.sumTo(grads[0] as Tensor, (inputs[0] as Tensor).shape)],
  flops: free,
  strided: [],
  cases: [
    { attrs: { shape: [3, 5] }, inputs: [f32(5)] },
    { attrs: { shape: [3, 5] }, inputs: [f32(3, 1)] },
    { attrs: { shape: [2, 3] }, inputs: [f32()] },
    { attrs: { shape: [0, 3] }, inputs: [f32(1, 3)] },
  ],
};

export const layout: Pick<
  OpTable,
  'cast' | 'copy' | 'fill' | 'reshape' | 'slice' | 'split' | 'concat' | 'pad' | 'transpose' | 'broadcastTo'
> = { cast, copy, fill, reshape, slice, split, concat, pad, transpose, broadcastTo };
