// Reductions: over chosen axes, over everything, and the index of the largest.
import { rowsOf, type Shape, type TensorType } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { elements, floatInput, placesOf, rankFrom, shapeError, statistics, stridesOf } from './check.ts';
import type { OpCase, OpDef, OpTable, Ref } from './def.ts';
import * as f from './functions.ts';
import type { OpAttrs } from './names.ts';

type Axes = OpAttrs['sum'];

const f32 = (...shape: number[]): TensorType => ({ dtype: 'f32', shape });

function inferReduced(op: string, inputs: readonly TensorType[], { axes, keepDims }: Axes): TensorType {
  const { dtype, shape } = floatInput(op, inputs, 0);
  const ascending = axes.every((axis, i) => shape[axis] !== undefined && axis > (axes[i - 1] ?? -1));
  if (!ascending) shapeError(op, `axes [${axes.join(',')}]`, inputs, `ascending axes below ${shape.length}`);
  const kept = shape.flatMap((extent, axis) => (!axes.includes(axis) ? [extent] : keepDims ? [1] : []));
  return { dtype, shape: kept };
}

/** Reduces with `step` from `start`; `end` gets the number of elements of each. */
function reduced(
  { data, shape }: Ref,
  { axes }: Axes,
  start: number,
  step: (total: number, value: number) => number,
  end: (total: number, count: number) => number = (total) => total,
): Float64Array {
  const strides = stridesOf(shape);
  const of = (over: boolean): [Shape, number[]] => {
    const chosen = shape.map((_, axis) => axis).filter((axis) => axes.includes(axis) === over);
    return [chosen.map((axis) => shape[axis] as number), chosen.map((axis) => strides[axis] as number)];
  };
  const inner = placesOf(...of(true));
  return Float64Array.from(placesOf(...of(false)), (place) => {
    let total = start;
    for (const offset of inner) total = step(total, data[place + offset] as number);
    return end(total, inner.length);
  });
}

/** The output's gradient, with its reduced axes back as 1, so that it broadcasts. */
function spread(g: Tensor, x: Tensor, axes: readonly number[]): Tensor {
  return f.reshape(
    g,
    x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent)),
  );
}

const cases: readonly OpCase<Axes>[] = [
  { attrs: { axes: [0, 1], keepDims: false }, inputs: [f32(3, 5)] },
  { attrs: { axes: [1], keepDims: true }, inputs: [f32(3, 5)] },
  { attrs: { axes: [0], keepDims: false }, inputs: [f32(4, 3)] },
  { attrs: { axes: [0, 2], keepDims: false }, inputs: [f32(2, 3, 4)] },
  { attrs: { axes: [1], keepDims: false }, inputs: [f32(2, 3, 4)] },
  { attrs: { axes: [], keepDims: false }, inputs: [f32(3)] },
  { attrs: { axes: [0], keepDims: false }, inputs: [f32(67)] },
];
const emptyCase: OpCase<Axes> = { attrs: { axes: [0], keepDims: false }, inputs: [f32(0, 3)], smooth: false };
const common = { arity: 1, flops: elements, strided: [] } as const;

const sum: OpDef<Axes> = {
  ...common,
  infer: (inputs, attrs) => [inferReduced('sum', inputs, attrs)],
  forward: ([x], attrs) => [reduced(x as Ref, attrs, 0, (total, value) => total + value)],
  vjp: ({ inputs, grads, attrs }) => {
    const [x] = inputs as readonly [Tensor];
    return [f.broadcastTo(spread(grads[0] as Tensor, x, attrs.axes), x.shape)];
  },
  cases: [...cases, emptyCase],
};

const mean: OpDef<Axes> = {
  ...common,
  infer: (inputs, attrs) => [inferReduced('mean', inputs, attrs)],
  forward: ([x], attrs) => [
    reduced(
      x as Ref,
      attrs,
      0,
      (total, value) => total + value,
      (total, count) => total / count,
    ),
  ],
  vjp: ({ inputs, grads, attrs }) => {
    const [x] = inputs as readonly [Tensor];
    const count = attrs.axes.reduce((product, axis) => product * (x.shape[axis] as number), 1);
    return [f.broadcastTo(f.affine(spread(grads[0] as Tensor, x, attrs.axes), 1 / count, 0), x.shape)];
  },
  cases: [...cases, emptyCase],
};

const max: OpDef<Axes> = {
  ...common,
  infer: (inputs, attrs) => [inferReduced('max', inputs, attrs)],
  forward: ([x], attrs) => [
    reduced(x as Ref, attrs, Number.NEGATIVE_INFINITY, (total, value) => Math.max(total, value)),
  ],
  vjp: ({ inputs, outputs, grads, attrs }) => {
    const [x] = inputs as readonly [Tensor];
    const best = f.equal(x, spread(outputs[0] as Tensor, x, attrs.axes));
    const share = f.div(best, f.sum(best, { axes: attrs.axes, keepDims: true }));
    return [f.mul(share, spread(grads[0] as Tensor, x, attrs.axes))];
  },
  cases: [...cases, emptyCase],
};

const sumSquares: OpDef<OpAttrs['sumSquares']> = {
  ...common,
  infer: (inputs) => [{ dtype: statistics(floatInput('sumSquares', inputs, 0).dtype), shape: [] }],
  forward: ([x]) => [Float64Array.of((x as Ref).data.reduce((total, value) => total + value * value, 0))],
  vjp: ({ inputs, grads }) => {
    const [x] = inputs as readonly [Tensor];
    return [f.mul(f.affine(x, 2, 0), f.cast(grads[0] as Tensor, x.dtype))];
  },
  flops: (inputs) => 2 * elements(inputs),
  cases: [
    { attrs: {}, inputs: [f32(3, 5)] },
    { attrs: {}, inputs: [f32(1031)] },
    { attrs: {}, inputs: [f32(0)] },
    { attrs: {}, inputs: [f32()] },
  ],
};

const argmax: OpDef<OpAttrs['argmax']> = {
  ...common,
  infer: (inputs) => {
    floatInput('argmax', inputs, 0);
    const shape = rankFrom('argmax', inputs, 0, 1);
    if (shape[shape.length - 1] === 0) shapeError('argmax', 'no element to choose', inputs, 'a last axis of 1 or more');
    return [{ dtype: 'i32', shape: shape.slice(0, -1) }];
  },
  forward: ([x]) => {
    const { data, shape } = x as Ref;
    const columns = shape[shape.length - 1] as number;
    return [
      Float64Array.from({ length: rowsOf(shape) }, (_, row) => {
        const values = data.subarray(row * columns, (row + 1) * columns);
        const nan = values.findIndex(Number.isNaN);
        return nan >= 0 ? nan : values.indexOf(Math.max(...values));
      }),
    ];
  },
  vjp: null,
  cases: [
    { attrs: {}, inputs: [f32(3, 5)] },
    { attrs: {}, inputs: [f32(4, 256)] },
    { attrs: {}, inputs: [f32(0, 3)] },
    { attrs: {}, inputs: [{ ...f32(2, 3), fill: { kind: 'values', values: [1, 2, 2, 0, Number.NaN, 9] } }] },
  ],
};

export const reductions: Pick<OpTable, 'sum' | 'mean' | 'max' | 'sumSquares' | 'argmax'> = {
  sum,
  mean,
  max,
  sumSquares,
  argmax,
};
