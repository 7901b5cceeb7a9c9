// Distributions over the last axis: softmax, its logarithm, and the cross-entropy of a target with soft-capped logits.

import { RustaError } from '../../schemas/errors.ts';
import { lastOf, type TensorType } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { elements, expectShape, floatInput, inputOf, rankFrom, statistics } from './check.ts';
import type { OpCase, OpDef, OpTable, Ref } from './def.ts';
import * as f from './functions.ts';
import type { OpAttrs } from './names.ts';

const f32 = (...shape: number[]): TensorType => ({ dtype: 'f32', shape });

/** max + log(sum(exp(z - max))). */
function logSumExp(z: Float64Array): number {
  const top = z.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  if (top === Number.NEGATIVE_INFINITY) return top;
  return top + Math.log(z.reduce((total, value) => total + Math.exp(value - top), 0));
}

function byRows({ data, shape }: Ref, of: (row: Float64Array) => (value: number) => number): Float64Array {
  const columns = lastOf(shape);
  const out = new Float64Array(data.length);
  if (columns === 0) return out;
  for (let at = 0; at < data.length; at += columns) {
    const row = data.subarray(at, at + columns);
    out.set(row.map(of(row)), at);
  }
  return out;
}

const rowCases: readonly OpCase<OpAttrs['softmax']>[] = [
  { attrs: {}, inputs: [f32(3, 5)] },
  { attrs: {}, inputs: [{ ...f32(2, 3, 67), fill: { kind: 'normal', std: 4 } }] },
  { attrs: {}, inputs: [f32(1)] },
  { attrs: {}, inputs: [f32(3, 1)] },
  { attrs: {}, inputs: [f32(0, 4)] },
  {
    attrs: {},
    inputs: [{ ...f32(2, 3), fill: { kind: 'values', values: [1000, 999, -1000, 1, Number.NaN, 2] } }],
    smooth: false,
  },
  { attrs: {}, inputs: [f32(512, 256)], bench: true },
  { attrs: {}, inputs: [f32(1024, 1024)], bench: true },
];

const softmax: OpDef<OpAttrs['softmax']> = {
  arity: 1,
  infer: (inputs) => {
    rankFrom('softmax', inputs, 0, 1);
    return [floatInput('softmax', inputs, 0)];
  },
  forward: ([x]) => [
    byRows(x as Ref, (row) => {
      const lse = logSumExp(row);
      return (value) => Math.exp(value - lse);
    }),
  ],
  vjp: ({ outputs, grads }) => {
    const [y] = outputs as readonly [Tensor];
    const [g] = grads as readonly [Tensor];
    return [f.mul(y, f.sub(g, f.sum(f.mul(g, y), { axes: [-1], keepDims: true })))];
  },
  flops: (inputs) => 5 * elements(inputs),
  strided: [],
  cases: rowCases,
};

const logSoftmax: OpDef<OpAttrs['logSoftmax']> = {
  arity: 1,
  infer: (inputs) => {
    rankFrom('logSoftmax', inputs, 0, 1);
    return [floatInput('logSoftmax', inputs, 0)];
  },
  forward: ([x]) => [
    byRows(x as Ref, (row) => {
      const lse = logSumExp(row);
      return (value) => value - lse;
    }),
  ],
  vjp: ({ outputs, grads }) => {
    const [y] = outputs as readonly [Tensor];
    const [g] = grads as readonly [Tensor];
    return [f.sub(g, f.mul(f.exp(y), f.sum(g, { axes: [-1], keepDims: true })))];
  },
  flops: (inputs) => 5 * elements(inputs),
  strided: [],
  cases: rowCases,
};

type Cap = OpAttrs['crossEntropy'];

function checkLogits(op: string, inputs: readonly TensorType[]): TensorType {
  const logits = floatInput(op, inputs, 0, 'logits');
  expectShape(op, inputs, 0, 'logits', ['*', '*']);
  inputOf(op, inputs, 1, 'targets', ['i32']);
  expectShape(op, inputs, 1, 'targets', [logits.shape[0] as number]);
  return logits;
}

function capped(row: Float64Array, cap: number | null): Float64Array {
  return cap === null ? row : row.map((value) => cap * Math.tanh(value / cap));
}

/** A target that is no class, but -1, is an error of the caller's that no kernel can report: it counts as left out. */
const isTarget = (target: number, classes: number): boolean => target >= 0 && target < classes;

const idCase = (cap: number | null, rows: number, classes: number, extra: Partial<OpCase<Cap>> = {}): OpCase<Cap> => ({
  attrs: { cap },
  inputs: [
    { ...f32(rows, classes), fill: { kind: 'normal', std: 3 } },
    { dtype: 'i32', shape: [rows], fill: { kind: 'ids', below: classes } },
  ],
  ...extra,
});

const crossEntropy: OpDef<Cap> = {
  arity: 2,
  infer: (inputs) => {
    const { dtype, shape } = checkLogits('crossEntropy', inputs);
    const type: TensorType = { dtype: statistics(dtype), shape: [shape[0] as number] };
    return [type, type];
  },
  forward: (refs, { cap }) => {
    const [logits, targets] = refs as readonly [Ref, Ref];
    const classes = lastOf(logits.shape);
    const lse = new Float64Array(targets.data.length);
    const loss = targets.data.map((target, row) => {
      const z = capped(logits.data.subarray(row * classes, (row + 1) * classes), cap);
      lse[row] = logSumExp(z);
      return isTarget(target, classes) ? (lse[row] as number) - (z[target] as number) : 0;
    });
    return [loss, lse];
  },
  vjp: ({ inputs, outputs, grads, attrs }) => {
    const [logits, targets] = inputs as readonly [Tensor, Tensor];
    const [g, ofLse] = grads as readonly [Tensor | null, Tensor | null];
    if (ofLse !== null) {
      const hint = 'use logSoftmax where the normaliser is needed for itself';
      throw new RustaError('its second output has no gradient', { code: 'no-gradient', op: 'crossEntropy', hint });
    }
    return [f.crossEntropyGrad(logits, targets, outputs[1] as Tensor, g as Tensor, attrs.cap), null];
  },
  flops: ([logits], { cap }) => (cap === null ? 4 : 8) * elements([logits as TensorType]),
  strided: [],
  cases: [
    idCase(null, 3, 5),
    idCase(15, 7, 256),
    idCase(15, 1, 1),
    idCase(15, 0, 5),
    {
      attrs: { cap: 15 },
      inputs: [
        { ...f32(4, 3), fill: { kind: 'normal', std: 20 } },
        { dtype: 'i32', shape: [4], fill: { kind: 'values', values: [-1, 2, 0, -1] } },
      ],
    },
    idCase(15, 512, 256, { bench: true }),
  ],
};

const crossEntropyGrad: OpDef<Cap> = {
  arity: 4,
  infer: (inputs) => {
    const { dtype, shape } = checkLogits('crossEntropyGrad', inputs);
    for (const [index, name] of [
      [2, 'lse'],
      [3, 'g'],
    ] as const) {
      inputOf('crossEntropyGrad', inputs, index, name, [statistics(dtype)]);
      expectShape('crossEntropyGrad', inputs, index, name, [shape[0] as number]);
    }
    return [{ dtype, shape }];
  },
  forward: (refs, { cap }) => {
    const [logits, targets, lse, g] = refs as readonly [Ref, Ref, Ref, Ref];
    const classes = lastOf(logits.shape);
    const out = new Float64Array(logits.data.length);
    for (const [row, target] of targets.data.entries()) {
      if (!isTarget(target, classes)) continue;
      const raw = logits.data.subarray(row * classes, (row + 1) * classes);
      const z = capped(raw, cap);
      for (const [index, value] of z.entries()) {
        const slope = cap === null ? 1 : 1 - (value / cap) ** 2;
        const share = Math.exp(value - (lse.data[row] as number)) - (index === target ? 1 : 0);
        out[row * classes + index] = share * slope * (g.data[row] as number);
      }
    }
    return [out];
  },
  vjp: null,
  flops: ([logits], { cap }) => (cap === null ? 4 : 9) * elements([logits as TensorType]),
  strided: [],
  cases: [idCase(null, 3, 5), idCase(15, 7, 256), idCase(15, 0, 5), idCase(15, 512, 256, { bench: true })].map(
    (each) => {
      const rows = each.inputs[0]?.shape[0] as number;
      const lse = { ...f32(rows), fill: { kind: 'normal', mean: 10, std: 0.1 } } as const;
      return { ...each, inputs: [...each.inputs, lse, f32(rows)] };
    },
  ),
};

export const distributions: Pick<OpTable, 'softmax' | 'logSoftmax' | 'crossEntropy' | 'crossEntropyGrad'> = {
  softmax,
  logSoftmax,
  crossEntropy,
  crossEntropyGrad,
};
