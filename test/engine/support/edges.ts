// Shapes at the edges for each family of ops, out of fast-check: extents of 0 and 1, no multiples of a tile, broadcasting.
import fc from 'fast-check';
import type { DType } from '../../../engine/dtype.ts';
import type { OpCase } from '../../../engine/ops/def.ts';
import type { OpName } from '../../../engine/ops/names.ts';
import type { Shape } from '../../../engine/shape.ts';

type Case = Omit<OpCase<unknown>, 'smooth' | 'bench'>;
type Input = Case['inputs'][number];

const f32 = (shape: Shape): Input => ({ dtype: 'f32', shape });
const typed = (dtype: DType, shape: Shape): Input => ({ dtype, shape });

/** Around the widths of vectors and tiles. */
const extent = fc.constantFrom(0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 65);
const positive = extent.filter((each) => each > 0);
const small = fc.constantFrom(0, 1, 2, 3, 5);
const shapes = fc.oneof(
  fc.tuple(extent),
  fc.tuple(small, extent),
  fc.tuple(small, small, extent),
  fc.constant([] as number[]),
) as fc.Arbitrary<number[]>;
/** At least one axis, the last not empty. */
const rows = fc.oneof(fc.tuple(positive), fc.tuple(small, positive), fc.tuple(small, small, positive)) as fc.Arbitrary<
  number[]
>;
const ranked = fc.oneof(fc.tuple(extent), fc.tuple(small, extent), fc.tuple(small, small, extent)) as fc.Arbitrary<
  number[]
>;

/** Two or three shapes that broadcast to one, by leaving out leading axes and by extents of 1. */
function broadcasting(count: number): fc.Arbitrary<number[][]> {
  return shapes.chain((whole) =>
    fc
      .array(fc.record({ drop: fc.nat(whole.length), ones: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }) }), {
        minLength: count - 1,
        maxLength: count - 1,
      })
      .chain((others) =>
        fc
          .shuffledSubarray(
            Array.from({ length: count }, (_, at) => at),
            { minLength: count },
          )
          .map((order) => {
            const made = others.map(({ drop, ones }) => whole.slice(drop).map((each, at) => (ones[at] ? 1 : each)));
            const all = [whole, ...made];
            return order.map((at) => all[at] as number[]);
          }),
      ),
  );
}

const unary = shapes.map((shape): Case => ({ attrs: {}, inputs: [f32(shape)] }));
const positives = shapes.map((shape): Case => ({ attrs: {}, inputs: [{ ...f32(shape), fill: { kind: 'positive' } }] }));
const binary = broadcasting(2).map((each): Case => ({ attrs: {}, inputs: each.map(f32) }));
const byRow = rows.map((shape): Case => ({ attrs: {}, inputs: [f32(shape)] }));
const axisOf = (shape: readonly number[]) => fc.nat(shape.length - 1);

const matmul = fc
  .record({
    m: extent,
    n: extent,
    k: extent,
    batch: fc.constantFrom([], [1], [2], [2, 3]),
    shared: fc.boolean(),
    transA: fc.boolean(),
    transB: fc.boolean(),
    scale: fc.constantFrom(1, 0.125),
    last: fc.constantFrom('nothing', 'relu2', 'residual'),
  })
  .map(({ m, n, k, batch, shared, transA, transB, scale, last }): Case => {
    const a = [...batch, ...(transA ? [k, m] : [m, k])];
    const b = [...(shared ? [] : batch), ...(transB ? [n, k] : [k, n])];
    const epilogue = last === 'relu2' ? 'relu2' : 'none';
    const residual = last === 'residual' ? [f32([...batch, m, n])] : [];
    return { attrs: { transA, transB, scale, epilogue, out: 'f32' }, inputs: [f32(a), f32(b), ...residual] };
  });

const reduction = ranked.chain((shape) =>
  fc
    .record({
      axes: fc.subarray(
        shape.map((_, axis) => axis),
        { minLength: 1 },
      ),
      keepDims: fc.boolean(),
    })
    .map((attrs): Case => ({ attrs, inputs: [f32(shape)] })),
);
/** Without empty axes: the largest of nothing is not defined. */
const maxima = reduction.filter(({ inputs }) => inputs.every(({ shape }) => !shape.includes(0)));

const attention = fc
  .record({
    batch: fc.constantFrom(1, 2),
    t: fc.constantFrom(1, 2, 3, 17, 63, 64, 65, 70),
    kvHeads: fc.constantFrom(1, 2),
    groups: fc.constantFrom(1, 2),
    width: fc.constantFrom(4, 8, 16),
    window: fc.constantFrom(null, 1, 5, 64),
    causal: fc.boolean(),
  })
  .map(({ batch, t, kvHeads, groups, width, window, causal }): Case => {
    const heads = kvHeads * groups;
    const kv = f32([batch, t, kvHeads * width]);
    const attrs = { heads, kvHeads, window: causal ? window : null, causal, scale: 1 / Math.sqrt(width) };
    return { attrs, inputs: [f32([batch, t, heads * width]), kv, kv] };
  });

const rope = fc
  .record({ batch: fc.constantFrom(1, 2), t: fc.constantFrom(1, 5, 17), heads: fc.constantFrom(1, 3), half: small })
  .filter(({ half }) => half > 0)
  .map(
    ({ batch, t, heads, half }): Case => ({
      attrs: { heads, base: 10_000, inverse: false, eps: 1e-6 },
      inputs: [f32([batch, t, heads * half * 2])],
    }),
  );

const crossEntropy = fc
  .record({ rows: fc.constantFrom(0, 1, 3, 9), classes: positive, cap: fc.constantFrom(null, 15) })
  .map(
    ({ rows, classes, cap }): Case => ({
      attrs: { cap },
      inputs: [f32([rows, classes]), { dtype: 'i32', shape: [rows], fill: { kind: 'ids', below: classes } }],
    }),
  );

const ids = (shape: Shape, below: number): Input => ({ dtype: 'i32', shape, fill: { kind: 'ids', below } });

/** Rows of floats, weights in int8, and their scales. */
const int8Linear = fc.tuple(small, extent, extent).map(([r, k, m]) => ({
  attrs: {},
  inputs: [
    f32([r, k]),
    { ...typed('i8', [m, k]), fill: { kind: 'normal' as const, std: 40 } },
    { ...f32([m]), fill: { kind: 'positive' as const } },
  ],
}));

const edges: Partial<Record<OpName, fc.Arbitrary<Case>>> = {
  neg: unary,
  abs: unary,
  exp: unary,
  log: positives,
  sqrt: positives,
  rsqrt: positives,
  reciprocal: positives,
  tanh: unary,
  sigmoid: unary,
  square: unary,
  sin: unary,
  cos: unary,
  relu: unary,
  relu2: unary,
  silu: unary,
  gelu: unary,
  isFinite: unary,
  add: binary,
  sub: binary,
  mul: binary,
  div: binary.map((each) => ({
    ...each,
    inputs: each.inputs.map((type) => ({ ...type, fill: { kind: 'positive' } })),
  })),
  maximum: binary,
  minimum: binary,
  less: binary,
  equal: binary,
  affine: shapes.map((shape) => ({ attrs: { scale: -1.5, shift: 0.25 }, inputs: [f32(shape)] })),
  where: broadcasting(3).map((each) => ({
    attrs: {},
    inputs: each.map((shape, at) => (at === 0 ? { ...f32(shape), fill: { kind: 'ids', below: 2 } } : f32(shape))),
  })),
  activationGrad: shapes.map((shape) => ({ attrs: { of: 'silu' }, inputs: [f32(shape), f32(shape)] })),
  cast: shapes.map((shape) => ({ attrs: { dtype: 'f16' }, inputs: [f32(shape)] })),
  copy: unary,
  concat: ranked.chain((shape) =>
    fc.tuple(axisOf(shape), fc.array(small, { minLength: 1, maxLength: 4 })).map(([axis, parts]) => ({
      attrs: { axis },
      inputs: parts.map((part) => f32(shape.map((each, at) => (at === axis ? part : each)))),
    })),
  ),
  slice: ranked.chain((shape) =>
    axisOf(shape).chain((axis) =>
      fc
        .tuple(fc.nat(shape[axis] as number), fc.nat(shape[axis] as number))
        .map(([a, b]) => ({ attrs: { axis, start: Math.min(a, b), length: Math.abs(a - b) }, inputs: [f32(shape)] })),
    ),
  ),
  pad: ranked.chain((shape) =>
    fc
      .tuple(axisOf(shape), small, small)
      .map(([axis, before, after]) => ({ attrs: { axis, before, after }, inputs: [f32(shape)] })),
  ),
  transpose: ranked.chain((shape) =>
    fc
      .shuffledSubarray(
        shape.map((_, axis) => axis),
        { minLength: shape.length },
      )
      .map((perm) => ({ attrs: { perm }, inputs: [f32(shape)] })),
  ),
  broadcastTo: broadcasting(2)
    .filter(([a, b]) => (a as number[]).length >= (b as number[]).length)
    .map(([a, b]) => {
      const [whole, part] = [a as number[], b as number[]];
      const lead = whole.length - part.length;
      // An extent may grow from 1 only.
      const from = part.map((each, axis) => (each === whole[lead + axis] ? each : 1));
      return { attrs: { shape: whole }, inputs: [f32(from)] };
    }),
  sum: reduction,
  mean: maxima,
  max: maxima,
  sumSquares: ranked.map((shape) => ({ attrs: {}, inputs: [f32(shape)] })),
  argmax: byRow,
  matmul,
  softmax: byRow,
  logSoftmax: byRow,
  rmsNorm: rows.map((shape) => ({ attrs: { eps: 1e-6 }, inputs: [f32(shape)] })),
  rmsNormGrad: rows.map((shape) => ({ attrs: { eps: 1e-6 }, inputs: [f32(shape), f32(shape)] })),
  mix: rows.map((shape) => ({ attrs: {}, inputs: [f32(shape), f32(shape), f32([2])] })),
  rope,
  normRope: rope,
  attention,
  crossEntropy,
  embedding: fc.tuple(positive, small, rows).map(([vocabulary, width, shape]) => ({
    attrs: {},
    inputs: [f32([vocabulary, width + 1]), ids(shape, vocabulary)],
  })),
  embeddingGrad: fc.tuple(positive, small, rows).map(([vocabulary, width, shape]) => ({
    attrs: { rows: vocabulary },
    inputs: [ids(shape, vocabulary), f32([...shape, width + 1])],
  })),
  hashEmbedding: fc.tuple(positive, small, fc.constantFrom(1, 2), fc.constantFrom(1, 5, 17)).map(([r, d, b, t]) => ({
    attrs: { orders: [2, 3] },
    inputs: [f32([2, r, d + 1]), { ...typed('u8', [b, t]), fill: { kind: 'ids', below: 256 } }],
  })),
  linearInt8: int8Linear,
  linearInt8Weights: int8Linear,
};

/** Cases at the edges, or null for an op whose own cases say it all. */
export function edgeCases(op: OpName): fc.Arbitrary<Case> | null {
  return edges[op] ?? null;
}
