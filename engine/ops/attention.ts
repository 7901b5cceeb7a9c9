// Attention, causal and windowed, with its gradient. Backends go over blocks of keys (Dao et al. 2022) and keep no T×S
// matrix; the reference goes over one query at a time. Over the cache of a generation: cached.ts.

import { RustaError } from '../../schemas/errors.ts';
import type { TensorType } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { expectShape, floatInput, inputOf, sameDType, shapeError, statistics } from './check.ts';
import type { OpCase, OpDef, OpTable, Ref } from './def.ts';
import * as f from './functions.ts';
import type { AttentionAttrs } from './names.ts';

interface Dims {
  readonly batch: number;
  readonly queries: number;
  readonly keys: number;
  /** Width of a head. */
  readonly width: number;
}

/** @throws RustaError where heads do not divide, or a window has no direction. */
export function checkHeads(
  op: string,
  inputs: readonly TensorType[],
  columns: number,
  { heads, kvHeads, window, causal }: AttentionAttrs,
): number {
  const whole = [heads, kvHeads].every((count) => Number.isInteger(count) && count >= 1);
  if (!whole || columns % heads !== 0 || heads % kvHeads !== 0)
    shapeError(
      op,
      `${heads} heads, ${kvHeads} of keys`,
      inputs,
      `heads that divide ${columns}, and are divided by those of keys`,
    );
  if (window !== null && !(causal && Number.isInteger(window) && window >= 1))
    shapeError(op, `window ${window}, ${causal ? '' : 'not '}causal`, inputs, 'a causal window of 1 or more');
  return columns / heads;
}

function dimsOf(op: string, inputs: readonly TensorType[], attrs: AttentionAttrs): Dims {
  const q = floatInput(op, inputs, 0, 'q');
  sameDType(op, inputs.slice(0, 3));
  expectShape(op, inputs, 0, 'q', ['*', '*', '*']);
  const [batch, queries, columns] = q.shape as [number, number, number];
  const width = checkHeads(op, inputs, columns, attrs);
  const ofKeys = attrs.kvHeads * width;
  expectShape(op, inputs, 1, 'k', [batch, attrs.causal ? queries : '*', ofKeys]);
  const keys = (inputs[1] as TensorType).shape[1] as number;
  expectShape(op, inputs, 2, 'v', [batch, keys, ofKeys]);
  if (keys === 0 && queries > 0) shapeError(op, 'no keys', inputs, 'at least one');
  return { batch, queries, keys, width };
}

/** First and last + 1 of the keys that query t sees. */
function seen(t: number, keys: number, { causal, window }: AttentionAttrs): readonly [number, number] {
  return causal ? [window === null ? 0 : Math.max(0, t - window + 1), t + 1] : [0, keys];
}

const dot = (a: Float64Array, at: number, b: Float64Array, and: number, width: number): number => {
  let total = 0;
  for (let i = 0; i < width; i += 1) total += (a[at + i] as number) * (b[and + i] as number);
  return total;
};

interface Query {
  /** Place of the query's head in q and out. */
  readonly at: number;
  /** Place of its statistics in lse. */
  readonly row: number;
  readonly first: number;
  readonly end: number;
  /** Place of key j's head in k and v. */
  key(j: number): number;
}

function forQueries({ batch, queries, keys, width }: Dims, attrs: AttentionAttrs, each: (query: Query) => void): void {
  const { heads, kvHeads } = attrs;
  for (let b = 0; b < batch; b += 1) {
    for (let h = 0; h < heads; h += 1) {
      const kvHead = Math.floor(h / (heads / kvHeads));
      for (let t = 0; t < queries; t += 1) {
        const [first, end] = seen(t, keys, attrs);
        each({
          at: ((b * queries + t) * heads + h) * width,
          row: (b * heads + h) * queries + t,
          first,
          end,
          key: (j) => ((b * keys + j) * kvHeads + kvHead) * width,
        });
      }
    }
  }
}

function forward(refs: readonly Ref[], attrs: AttentionAttrs): readonly Float64Array[] {
  const [q, k, v] = refs as readonly [Ref, Ref, Ref];
  const dims = dimsOf(
    'attention',
    refs.map(({ type }) => type),
    attrs,
  );
  const out = new Float64Array(q.data.length);
  const lse = new Float64Array(dims.batch * attrs.heads * dims.queries);
  forQueries(dims, attrs, ({ at, row, first, end, key }) => {
    const scores = Array.from(
      { length: end - first },
      (_, j) => attrs.scale * dot(q.data, at, k.data, key(first + j), dims.width),
    );
    const top = scores.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY);
    const total = scores.reduce((sum, score) => sum + Math.exp(score - top), 0);
    lse[row] = top + Math.log(total);
    for (const [j, score] of scores.entries()) {
      const weight = Math.exp(score - top) / total;
      const from = key(first + j);
      for (let i = 0; i < dims.width; i += 1)
        out[at + i] = (out[at + i] as number) + weight * (v.data[from + i] as number);
    }
  });
  return [out, lse];
}

function backward(refs: readonly Ref[], attrs: AttentionAttrs): readonly Float64Array[] {
  const [q, k, v, out, lse, g] = refs as readonly [Ref, Ref, Ref, Ref, Ref, Ref];
  const dims = dimsOf(
    'attentionGrad',
    refs.map(({ type }) => type),
    attrs,
  );
  const [dq, dk, dv] = [q, k, v].map(({ data }) => new Float64Array(data.length)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const accumulate = (into: Float64Array, at: number, by: number, from: Float64Array, and: number): void => {
    for (let i = 0; i < dims.width; i += 1) into[at + i] = (into[at + i] as number) + by * (from[and + i] as number);
  };
  forQueries(dims, attrs, ({ at, row, first, end, key }) => {
    const delta = dot(g.data, at, out.data, at, dims.width);
    for (let j = first; j < end; j += 1) {
      const from = key(j);
      const weight = Math.exp(attrs.scale * dot(q.data, at, k.data, from, dims.width) - (lse.data[row] as number));
      const slope = attrs.scale * weight * (dot(g.data, at, v.data, from, dims.width) - delta);
      accumulate(dv, from, weight, g.data, at);
      accumulate(dq, at, slope, k.data, from);
      accumulate(dk, from, slope, q.data, at);
    }
  });
  return [dq, dk, dv];
}

/** Pairs of a query and a key that it sees, over all heads. */
function pairs({ batch, queries, keys }: Dims, attrs: AttentionAttrs): number {
  let total = 0;
  for (let t = 0; t < queries; t += 1) {
    const [first, end] = seen(t, keys, attrs);
    total += end - first;
  }
  return total * batch * attrs.heads;
}

const causalAttrs = (heads: number, width: number, extra: Partial<AttentionAttrs> = {}): AttentionAttrs => ({
  heads,
  kvHeads: heads,
  window: null,
  causal: true,
  scale: 1 / Math.sqrt(width),
  ...extra,
});

interface Sizes {
  readonly attrs: AttentionAttrs;
  readonly batch: number;
  readonly queries: number;
  readonly keys?: number;
  readonly width: number;
  readonly bench?: true;
}

const sizes: readonly Sizes[] = [
  { attrs: causalAttrs(1, 4), batch: 1, queries: 1, width: 4 },
  { attrs: causalAttrs(3, 4), batch: 2, queries: 7, width: 4 },
  { attrs: causalAttrs(2, 8, { window: 3 }), batch: 2, queries: 9, width: 8 },
  { attrs: causalAttrs(2, 4, { window: 1 }), batch: 1, queries: 5, width: 4 },
  { attrs: causalAttrs(1, 8, { window: 100 }), batch: 1, queries: 6, width: 8 },
  { attrs: causalAttrs(4, 4, { kvHeads: 2 }), batch: 2, queries: 5, width: 4 },
  { attrs: causalAttrs(2, 4, { causal: false }), batch: 2, queries: 3, keys: 6, width: 4 },
  { attrs: causalAttrs(1, 64), batch: 1, queries: 70, width: 64 },
  { attrs: causalAttrs(1, 16, { window: 64 }), batch: 1, queries: 140, width: 16 },
  { attrs: causalAttrs(2, 4), batch: 1, queries: 0, width: 4 },
  { attrs: causalAttrs(8, 64), batch: 1, queries: 512, width: 64, bench: true },
  { attrs: causalAttrs(8, 64, { window: 256 }), batch: 1, queries: 512, width: 64, bench: true },
];

function inputsOf({ attrs, batch, queries, keys = queries, width }: Sizes): TensorType[] {
  const of = (length: number, heads: number): TensorType => ({ dtype: 'f32', shape: [batch, length, heads * width] });
  return [of(queries, attrs.heads), of(keys, attrs.kvHeads), of(keys, attrs.kvHeads)];
}

const attention: OpDef<AttentionAttrs> = {
  arity: 3,
  infer: (inputs, attrs) => {
    const { batch, queries } = dimsOf('attention', inputs, attrs);
    const { dtype, shape } = inputs[0] as TensorType;
    return [
      { dtype, shape },
      { dtype: statistics(dtype), shape: [batch, attrs.heads, queries] },
    ];
  },
  forward,
  vjp: ({ inputs, outputs, grads, attrs }) => {
    const [g, ofLse] = grads as readonly [Tensor | null, Tensor | null];
    if (ofLse !== null)
      throw new RustaError('its second output has no gradient', { code: 'no-gradient', op: 'attention' });
    return f.attentionGrad([...inputs, ...outputs, g as Tensor], attrs);
  },
  flops: (inputs, attrs) => {
    const dims = dimsOf('attention', inputs, attrs);
    return 4 * dims.width * pairs(dims, attrs);
  },
  strided: [0, 1, 2],
  cases: sizes.map(
    (each): OpCase<AttentionAttrs> => ({
      attrs: each.attrs,
      inputs: inputsOf(each),
      ...(each.bench ? { bench: true } : {}),
    }),
  ),
};

const attentionGrad: OpDef<AttentionAttrs> = {
  arity: 6,
  infer: (inputs, attrs) => {
    const { batch, queries } = dimsOf('attentionGrad', inputs, attrs);
    const [q, k, v] = inputs as readonly [TensorType, TensorType, TensorType];
    for (const [index, name] of [
      [3, 'out'],
      [5, 'g'],
    ] as const)
      expectShape('attentionGrad', inputs, index, name, q.shape);
    inputOf('attentionGrad', inputs, 4, 'lse', [statistics(q.dtype)]);
    expectShape('attentionGrad', inputs, 4, 'lse', [batch, attrs.heads, queries]);
    return [q, k, v];
  },
  forward: backward,
  vjp: null,
  flops: (inputs, attrs) => {
    const dims = dimsOf('attentionGrad', inputs, attrs);
    return 10 * dims.width * pairs(dims, attrs);
  },
  strided: [0, 1, 2],
  cases: sizes.map((each): OpCase<AttentionAttrs> => {
    const [q, k, v] = inputsOf(each) as [TensorType, TensorType, TensorType];
    const stats: TensorType = { dtype: 'f32', shape: [each.batch, each.attrs.heads, each.queries] };
    // Any lse will do, so long as exp(score - lse) stays moderate.
    return {
      attrs: each.attrs,
      inputs: [q, k, v, q, { ...stats, fill: { kind: 'normal', mean: 3, std: 0.5 } }, q],
      ...(each.bench ? { bench: true } : {}),
    };
  }),
};

export const attentions: Pick<OpTable, 'attention' | 'attentionGrad'> = { attention, attentionGrad };
