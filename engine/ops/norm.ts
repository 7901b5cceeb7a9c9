// Ops of the residual stream: rmsNorm without parameters, and the mixing of two streams by two weights.
import { lastOf, type TensorType } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import {
  dtypeError,
  elements,
  expectShape,
  floatInput,
  rankFrom,
  sameDType,
  sameShapes,
  shapeError,
  statistics,
} from './check.ts';
import type { OpCase, OpDef, OpTable, Ref } from './def.ts';
import * as f from './functions.ts';
import type { OpAttrs } from './names.ts';

type Norm = OpAttrs['rmsNorm'];

const f32 = (...shape: number[]): TensorType => ({ dtype: 'f32', shape });

/** 1 / sqrt(mean(x²) + eps). */
export function inverseRms(x: Float64Array, eps: number): number {
  return 1 / Math.sqrt(x.reduce((total, value) => total + value * value, 0) / x.length + eps);
}

/** The gradient of one row of rmsNorm, into `out`. */
export function rmsNormRowGrad(x: Float64Array, g: Float64Array, eps: number, out: Float64Array): void {
  const r = inverseRms(x, eps);
  const dot = x.reduce((total, value, i) => total + value * (g[i] as number), 0);
  for (const [i, value] of x.entries()) out[i] = r * ((g[i] as number) - (value * r * r * dot) / x.length);
}

function rowsIn({ data, shape }: Ref): number[] {
  const columns = lastOf(shape);
  return columns === 0 ? [] : Array.from({ length: data.length / columns }, (_, row) => row * columns);
}

const normCases = (eps: number, inputs: (shape: readonly number[]) => readonly TensorType[]): OpCase<Norm>[] => [
  ...[[3, 5], [2, 3, 67], [1], [0, 4], [5, 512]].map((shape) => ({ attrs: { eps }, inputs: inputs(shape) })),
  { attrs: { eps }, inputs: inputs([512, 512]), bench: true },
  { attrs: { eps }, inputs: inputs([1, 512]), bench: true },
];

const rmsNorm: OpDef<Norm> = {
  arity: 1,
  infer: (inputs) => {
    rankFrom('rmsNorm', inputs, 0, 1);
    return [floatInput('rmsNorm', inputs, 0)];
  },
  forward: (refs, { eps }) => {
    const [x] = refs as readonly [Ref];
    const out = new Float64Array(x.data.length);
    for (const at of rowsIn(x)) {
      const row = x.data.subarray(at, at + lastOf(x.shape));
      const r = inverseRms(row, eps);
      out.set(
        row.map((value) => value * r),
        at,
      );
    }
    return [out];
  },
  vjp: ({ inputs, grads, attrs }) => [f.rmsNormGrad(inputs[0] as Tensor, grads[0] as Tensor, attrs.eps)],
  flops: (inputs) => 4 * elements(inputs),
  strided: [0],
  cases: [
    ...normCases(1e-6, (shape) => [{ dtype: 'f32', shape }]),
    {
      attrs: { eps: 1e-6 },
      inputs: [{ ...f32(2, 4), fill: { kind: 'values', values: [0, 0, 0, 0, 3e4, -3e4, 1, 0] } }],
      smooth: false,
    },
  ],
};

const rmsNormGrad: OpDef<Norm> = {
  arity: 2,
  infer: (inputs) => {
    const x = floatInput('rmsNormGrad', inputs, 0);
    rankFrom('rmsNormGrad', inputs, 0, 1);
    sameDType('rmsNormGrad', inputs);
    sameShapes('rmsNormGrad', inputs);
    return [x];
  },
  forward: (refs, { eps }) => {
    const [x, g] = refs as readonly [Ref, Ref];
    const out = new Float64Array(x.data.length);
    const columns = lastOf(x.shape);
    for (const at of rowsIn(x))
      rmsNormRowGrad(
        x.data.subarray(at, at + columns),
        g.data.subarray(at, at + columns),
        eps,
        out.subarray(at, at + columns),
      );
    return [out];
  },
  vjp: null,
  flops: (inputs) => 4 * elements(inputs),
  strided: [0],
  cases: normCases(1e-6, (shape) => [
    { dtype: 'f32', shape },
    { dtype: 'f32', shape },
  ]),
};

function checkMix(op: string, inputs: readonly TensorType[], streams: readonly number[]): TensorType {
  const x = floatInput(op, inputs, 0);
  rankFrom(op, inputs, 0, 1);
  const same = streams.map((index) => inputs[index] as TensorType);
  if (same.some(({ dtype }) => dtype !== x.dtype)) dtypeError(op, 'the streams differ', inputs, `all ${x.dtype}`);
  if (same.some(({ shape }) => shape.join() !== x.shape.join()))
    shapeError(op, 'the streams differ', inputs, `all [${x.shape.join(',')}]`);
  const w = inputs[2] as TensorType;
  if (w.dtype !== statistics(x.dtype)) dtypeError(op, `the weights are ${w.dtype}`, inputs, statistics(x.dtype));
  expectShape(op, inputs, 2, 'w', [2]);
  return x;
}

const mixShapes = [[3, 5], [2, 3, 67], [1], [0, 4]];
const mixInputs = (shape: readonly number[]): TensorType[] => [
  { dtype: 'f32', shape },
  { dtype: 'f32', shape },
  f32(2),
];

const mix: OpDef<OpAttrs['mix']> = {
  arity: 3,
  infer: (inputs) => [checkMix('mix', inputs, [0, 1])],
  forward: (refs) => {
    const [x, y, w] = refs as readonly [Ref, Ref, Ref];
    const [a, b] = w.data as unknown as [number, number];
    return [x.data.map((value, i) => a * value + b * (y.data[i] as number))];
  },
  vjp: ({ inputs, grads }) => {
    const [x, y, w] = inputs as readonly [Tensor, Tensor, Tensor];
    return f.mixGrad(x, y, w, grads[0] as Tensor);
  },
  flops: ([x]) => 3 * elements([x as TensorType]),
  strided: [],
  cases: [
    ...mixShapes.map((shape) => ({ attrs: {}, inputs: mixInputs(shape) })),
    { attrs: {}, inputs: mixInputs([512, 512]), bench: true },
  ],
};

const mixGrad: OpDef<OpAttrs['mixGrad']> = {
  arity: 4,
  infer: (inputs) => {
    const x = checkMix('mixGrad', inputs, [0, 1, 3]);
    return [x, x, inputs[2] as TensorType];
  },
  forward: (refs) => {
    const [x, y, w, g] = refs as readonly [Ref, Ref, Ref, Ref];
    const [a, b] = w.data as unknown as [number, number];
    const dot = (of: Ref): number => of.data.reduce((total, value, i) => total + value * (g.data[i] as number), 0);
    return [g.data.map((value) => a * value), g.data.map((value) => b * value), Float64Array.of(dot(x), dot(y))];
  },
  vjp: null,
  flops: ([x]) => 6 * elements([x as TensorType]),
  strided: [],
  cases: [...mixShapes, [512, 512]].map((shape) => ({
    attrs: {},
    inputs: [...mixInputs(shape), { dtype: 'f32', shape }],
    ...(shape[0] === 512 ? { bench: true as const } : {}),
  })),
};

export const norms: Pick<OpTable, 'rmsNorm' | 'rmsNormGrad' | 'mix' | 'mixGrad'> = {
  rmsNorm,
  rmsNormGrad,
  mix,
  mixGrad,
};
