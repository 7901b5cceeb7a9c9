// Ops of serving in int8: dense layers with quantised weights and activations, and attention over a quantised cache.
import { lastOf, rowsOf, sizeOf, type TensorType } from '../shape.ts';
import { checkHeads } from './attention.ts';
import { expectShape, inputOf, rankFrom, shapeError } from './check.ts';
import type { Fill, OpCase, OpDef, OpTable, Ref } from './def.ts';
import type { AttentionAttrs, OpAttrs } from './names.ts';

/** Positions in a block of the cache. */
export const blockLength = 64;

const f32 = (...shape: number[]): TensorType => ({ dtype: 'f32', shape });
const i32 = (values: readonly number[], ...shape: number[]): TensorType & { readonly fill: Fill } => ({
  dtype: 'i32',
  shape,
  fill: { kind: 'values', values },
});
const i8 = (...shape: number[]): TensorType & { readonly fill: Fill } => ({
  dtype: 'i8',
  shape,
  fill: { kind: 'normal', std: 40 },
});
const f16 = (...shape: number[]): TensorType => ({ dtype: 'f16', shape });
/** A cache holds steps of its scales, or f16 whose scales are 1. */
const cacheTypes = ['i8', 'f16'] as const;
const scales = (...shape: number[]): TensorType & { readonly fill: Fill } => ({
  ...f32(...shape),
  fill: { kind: 'positive' },
});

const roundAway = (x: number): number => Math.sign(x) * Math.floor(Math.abs(x) + 0.5);

/** max|x| / `most`, and x in steps of it, in f32: whole numbers from -most to most. */
export function quantiseRow(row: ArrayLike<number>, most: number): { scale: number; steps: number[] } {
  const values = Array.from(row, Math.fround);
  const top = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  const scale = Math.fround(top / most);
  const steps = values.map((value) =>
    scale === 0 ? 0 : Math.max(-most, Math.min(most, roundAway(Math.fround(value / scale)))),
  );
  return { scale, steps };
}

function inferLinear(
  op: 'linearInt8' | 'linearInt8Weights',
  inputs: readonly TensorType[],
  dtypes: readonly ('f32' | 'f16')[],
): readonly TensorType[] {
  inputOf(op, inputs, 0, 'x', dtypes);
  const shape = rankFrom(op, inputs, 0, 1);
  const w = inputOf(op, inputs, 1, 'w', ['i8']);
  expectShape(op, inputs, 1, 'w', ['*', lastOf(shape)]);
  inputOf(op, inputs, 2, 'scale', ['f32']);
  const rows = w.shape[0] as number;
  expectShape(op, inputs, 2, 'scale', [rows]);
  return [{ dtype: 'f32', shape: [...shape.slice(0, -1), rows] }];
}

/** Rows of x and of w, and the depth: non-multiples of what kernels read at once too. */
const linearShapes = [
  [[3, 16], 4],
  [[2, 3, 40], 5],
  [[1, 1], 1],
  [[7], 3],
  [[0, 16], 4],
  [[5, 130], 67],
] as const;

const linearInt8: OpDef<OpAttrs['linearInt8']> = {
  arity: 3,
  infer: (inputs) => inferLinear('linearInt8', inputs, ['f32']),
  forward: (refs) => {
    const [x, w, scale] = refs as readonly [Ref, Ref, Ref];
    const [outputs, k] = w.shape as [number, number];
    const out = new Float64Array(rowsOf(x.shape) * outputs);
    for (let row = 0; row < rowsOf(x.shape); row += 1) {
      const { scale: own, steps } = quantiseRow(x.data.subarray(row * k, (row + 1) * k), 63);
      for (let output = 0; output < outputs; output += 1) {
        const total = steps.reduce((sum, step, i) => sum + step * (w.data[output * k + i] as number), 0);
        out[row * outputs + output] = own * (scale.data[output] as number) * total;
      }
    }
    return [out];
  },
  vjp: null,
  flops: ([x, w]) => 2 * rowsOf((x as TensorType).shape) * sizeOf((w as TensorType).shape),
  strided: [],
  cases: [
    ...linearShapes.map(([shape, rows]) => ({
      attrs: {},
      inputs: [f32(...shape), i8(rows, lastOf(shape)), scales(rows)],
    })),
    {
      attrs: {},
      inputs: [{ ...f32(2, 4), fill: { kind: 'values', values: [0, 0, 0, 0, 1, -1, 0.5, 2] } }, i8(3, 4), scales(3)],
    },
    ...(
      [
        [1, 512, 1536],
        [1, 512, 3072],
        [1, 3072, 512],
        [1, 768, 3072],
        [8, 512, 3072],
        [512, 512, 3072],
        [512, 3072, 512],
        [1024, 1024, 1024],
      ] as const
    ).map(([m, k, n]) => ({ attrs: {}, inputs: [f32(m, k), i8(n, k), scales(n)], bench: true as const })),
  ],
};

/** Weights alone in int8 (W8A16 where x is f16): what linearInt8 would be if x lost nothing. */
const linearInt8Weights: OpDef<OpAttrs['linearInt8Weights']> = {
  arity: 3,
  infer: (inputs) => inferLinear('linearInt8Weights', inputs, ['f32', 'f16']),
  forward: (refs) => {
    const [x, w, scale] = refs as readonly [Ref, Ref, Ref];
    const [outputs, k] = w.shape as [number, number];
    const out = new Float64Array(rowsOf(x.shape) * outputs);
    for (let at = 0; at < out.length; at += 1) {
      const [row, output] = [Math.floor(at / outputs), at % outputs];
      let total = 0;
      for (let i = 0; i < k; i += 1) total += (x.data[row * k + i] as number) * (w.data[output * k + i] as number);
      out[at] = (scale.data[output] as number) * total;
    }
    return [out];
  },
  vjp: null,
  flops: ([x, w]) => 2 * rowsOf((x as TensorType).shape) * sizeOf((w as TensorType).shape),
  strided: [],
  cases: [
    ...linearShapes.map(([shape, rows]) => ({
      attrs: {},
      inputs: [f32(...shape), i8(rows, lastOf(shape)), scales(rows)],
    })),
    { attrs: {}, inputs: [f32(9, 48), i8(20, 48), scales(20)] },
    { attrs: {}, inputs: [f16(3, 32), i8(10, 32), scales(10)] },
    {
      attrs: {},
      inputs: [
        { ...f32(2, 4), fill: { kind: 'values', values: [Number.NaN, 0, 0, 0, Number.POSITIVE_INFINITY, 0, 1, 2] } },
        i8(3, 4),
        scales(3),
      ],
    },
  ],
};

const kvAppend: OpDef<OpAttrs['kvAppend']> = {
  arity: 4,
  infer: (inputs, { heads }) => {
    const cache = inputOf('kvAppend', inputs, 0, 'the cache', cacheTypes);
    expectShape('kvAppend', inputs, 0, 'the cache', ['*', blockLength, '*']);
    const [blocks, , width] = cache.shape as [number, number, number];
    if (!Number.isInteger(heads) || heads < 1 || width % heads !== 0)
      shapeError('kvAppend', `${heads} heads`, inputs, `a number of heads that divides ${width}`);
    const kept = inputOf('kvAppend', inputs, 1, 'scales', ['f32']);
    expectShape('kvAppend', inputs, 1, 'scales', [blocks, blockLength, heads]);
    const x = inputOf('kvAppend', inputs, 2, 'x', ['f32']);
    expectShape('kvAppend', inputs, 2, 'x', ['*', '*', width]);
    inputOf('kvAppend', inputs, 3, 'slots', ['i32']);
    expectShape('kvAppend', inputs, 3, 'slots', x.shape.slice(0, 2));
    return [cache, kept];
  },
  forward: (refs, { heads }) => {
    const [cache, kept, x, slots] = refs as readonly [Ref, Ref, Ref, Ref];
    const width = lastOf(cache.shape) / heads;
    const [next, nextScales] = [cache.data.slice(), kept.data.slice()];
    for (const [row, slot] of slots.data.entries()) {
      if (slot < 0 || slot >= kept.data.length / heads) continue;
      for (let head = 0; head < heads; head += 1) {
        const from = (row * heads + head) * width;
        const values = x.data.subarray(from, from + width);
        const { scale, steps } = cache.type.dtype === 'i8' ? quantiseRow(values, 127) : { scale: 1, steps: values };
        next.set(steps, (slot * heads + head) * width);
        nextScales[slot * heads + head] = scale;
      }
    }
    return [next, nextScales];
  },
  vjp: null,
  flops: ([, , x]) => 3 * sizeOf((x as TensorType).shape),
  strided: [2],
  inPlace: [
    [0, 0],
    [1, 1],
  ],
  cases: [
    {
      attrs: { heads: 2 },
      inputs: [i8(2, blockLength, 8), scales(2, blockLength, 2), f32(2, 3, 8), i32([0, 1, -1, 70, 127, 64], 2, 3)],
    },
    { attrs: { heads: 1 }, inputs: [i8(1, blockLength, 20), scales(1, blockLength, 1), f32(1, 1, 20), i32([5], 1, 1)] },
    { attrs: { heads: 1 }, inputs: [i8(1, blockLength, 4), scales(1, blockLength, 1), f32(1, 0, 4), i32([], 1, 0)] },
    {
      attrs: { heads: 2 },
      inputs: [f16(2, blockLength, 12), scales(2, blockLength, 2), f32(2, 3, 12), i32([0, 1, -1, 70, 127, 64], 2, 3)],
    },
  ],
};

const kvCopy: OpDef<OpAttrs['kvCopy']> = {
  arity: 4,
  infer: (inputs) => {
    const cache = inputOf('kvCopy', inputs, 0, 'the cache', cacheTypes);
    expectShape('kvCopy', inputs, 0, 'the cache', ['*', blockLength, '*']);
    const kept = inputOf('kvCopy', inputs, 1, 'scales', ['f32']);
    expectShape('kvCopy', inputs, 1, 'scales', [cache.shape[0] as number, blockLength, '*']);
    const from = inputOf('kvCopy', inputs, 2, 'from', ['i32']);
    expectShape('kvCopy', inputs, 2, 'from', ['*']);
    inputOf('kvCopy', inputs, 3, 'to', ['i32']);
    expectShape('kvCopy', inputs, 3, 'to', from.shape);
    return [cache, kept];
  },
  forward: (refs) => {
    const [cache, kept, from, to] = refs as readonly [Ref, Ref, Ref, Ref];
    const blocks = cache.shape[0] as number;
    const inside = (block: number): boolean => block >= 0 && block < blocks;
    return [cache, kept].map(({ data, shape }) => {
      const next = data.slice();
      const size = blockLength * lastOf(shape);
      for (const [index, source] of from.data.entries()) {
        const target = to.data[index] as number;
        if (inside(source) && inside(target)) next.copyWithin(target * size, source * size, (source + 1) * size);
      }
      return next;
    });
  },
  vjp: null,
  flops: () => 0,
  strided: [],
  inPlace: [
    [0, 0],
    [1, 1],
  ],
  cases: [
    {
      attrs: {},
      inputs: [i8(4, blockLength, 6), scales(4, blockLength, 2), i32([0, 3, -1, 1], 4), i32([2, 1, 0, 9], 4)],
    },
    { attrs: {}, inputs: [i8(1, blockLength, 4), scales(1, blockLength, 1), i32([], 0), i32([], 0)] },
    {
      attrs: {},
      inputs: [f16(4, blockLength, 6), scales(4, blockLength, 2), i32([0, 3, -1, 1], 4), i32([2, 1, 0, 9], 4)],
    },
  ],
};

interface Cached {
  readonly batch: number;
  readonly length: number;
  readonly width: number;
}

function checkCached(inputs: readonly TensorType[], attrs: AttentionAttrs): Cached {
  const op = 'attentionCached';
  const q = inputOf(op, inputs, 0, 'q', ['f32']);
  expectShape(op, inputs, 0, 'q', ['*', '*', '*']);
  const [batch, length, columns] = q.shape as [number, number, number];
  const width = checkHeads(op, inputs, columns, attrs);
  if (!attrs.causal) shapeError(op, 'not causal', inputs, 'causal: true');
  const k = inputOf(op, inputs, 1, 'k', cacheTypes);
  expectShape(op, inputs, 1, 'k', ['*', blockLength, attrs.kvHeads * width]);
  const blocks = k.shape[0] as number;
  inputOf(op, inputs, 3, 'v', [k.dtype]);
  expectShape(op, inputs, 3, 'v', k.shape);
  for (const [index, name] of [
    [2, 'kScales'],
    [4, 'vScales'],
  ] as const) {
    inputOf(op, inputs, index, name, ['f32']);
    expectShape(op, inputs, index, name, [blocks, blockLength, attrs.kvHeads]);
  }
  inputOf(op, inputs, 5, 'table', ['i32']);
  expectShape(op, inputs, 5, 'table', [batch, '*']);
  inputOf(op, inputs, 6, 'positions', ['i32']);
  expectShape(op, inputs, 6, 'positions', [batch, length]);
  return { batch, length, width };
}

function forwardCached(refs: readonly Ref[], attrs: AttentionAttrs): readonly Float64Array[] {
  const [q, k, kScales, v, vScales, table, positions] = refs as readonly [Ref, Ref, Ref, Ref, Ref, Ref, Ref];
  const { heads, kvHeads, window, scale } = attrs;
  const { batch, length, width } = checkCached(
    refs.map(({ type }) => type),
    attrs,
  );
  const perSequence = lastOf(table.shape);
  const out = new Float64Array(q.data.length);
  for (let row = 0; row < batch * length; row += 1) {
    const sequence = Math.floor(row / length);
    const last = positions.data[row] as number;
    const first = window === null ? 0 : Math.max(0, last - window + 1);
    for (let head = 0; head < heads; head += 1) {
      const kvHead = Math.floor(head / (heads / kvHeads));
      const at = (row * heads + head) * width;
      const slotOf = (position: number): number => {
        const block = table.data[sequence * perSequence + Math.floor(position / blockLength)] as number;
        return (block * blockLength + (position % blockLength)) * kvHeads + kvHead;
      };
      const scores: number[] = [];
      for (let position = first; position <= last; position += 1) {
        const slot = slotOf(position);
        let total = 0;
        for (let i = 0; i < width; i += 1) total += (q.data[at + i] as number) * (k.data[slot * width + i] as number);
        scores.push(scale * total * (kScales.data[slot] as number));
      }
      const top = scores.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY);
      const total = scores.reduce((sum, score) => sum + Math.exp(score - top), 0);
      for (const [index, score] of scores.entries()) {
        const slot = slotOf(first + index);
        const weight = (Math.exp(score - top) / total) * (vScales.data[slot] as number);
        for (let i = 0; i < width; i += 1)
          out[at + i] = (out[at + i] as number) + weight * (v.data[slot * width + i] as number);
      }
    }
  }
  return [out];
}

function cachedCase(
  attrs: Pick<AttentionAttrs, 'heads' | 'kvHeads' | 'window'>,
  width: number,
  table: readonly (readonly number[])[],
  positions: readonly (readonly number[])[],
  { bench, dtype = 'i8' }: { readonly bench?: true; readonly dtype?: 'i8' | 'f16' } = {},
): OpCase<AttentionAttrs> {
  const { heads, kvHeads } = attrs;
  const blocks = Math.max(...table.flat()) + 1;
  const [batch, length] = [positions.length, (positions[0] as readonly number[]).length];
  // Scales small enough that the weights do not all fall on one key.
  const fill =
    dtype === 'i8' ? ({ kind: 'normal', mean: 0.02, std: 0.002 } as const) : ({ kind: 'values', values: [1] } as const);
  const stats = { ...f32(blocks, blockLength, kvHeads), fill };
  const cache = dtype === 'i8' ? i8 : f16;
  return {
    attrs: { ...attrs, causal: true, scale: 1 / Math.sqrt(width) },
    inputs: [
      f32(batch, length, heads * width),
      cache(blocks, blockLength, kvHeads * width),
      stats,
      cache(blocks, blockLength, kvHeads * width),
      stats,
      i32(table.flat(), batch, (table[0] as readonly number[]).length),
      i32(positions.flat(), batch, length),
    ],
    ...(bench ? { bench } : {}),
  };
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

const attentionCached: OpDef<AttentionAttrs> = {
  arity: 7,
  infer: (inputs, attrs) => {
    checkCached(inputs, attrs);
    return [inputs[0] as TensorType];
  },
  forward: forwardCached,
  vjp: null,
  // As many as all keys of the table: how many a position sees is data.
  flops: ([q, , , , , table]) =>
    4 * sizeOf((q as TensorType).shape) * lastOf((table as TensorType).shape) * blockLength,
  strided: [],
  cases: [
    cachedCase({ heads: 1, kvHeads: 1, window: null }, 4, [[0]], [[0]]),
    cachedCase(
      { heads: 2, kvHeads: 2, window: null },
      8,
      [
        [2, 0],
        [1, 0],
      ],
      [
        [70, 71, 72],
        [0, 1, 63],
      ],
    ),
    cachedCase({ heads: 2, kvHeads: 2, window: 16 }, 4, [[0, 3, 1]], [[5, 64, 70, 130]]),
    cachedCase({ heads: 4, kvHeads: 2, window: null }, 4, [[1, 0]], [[3, 127]]),
    cachedCase({ heads: 1, kvHeads: 1, window: 64 }, 64, [[0, 1, 2]], [range(100, 110)]),
    cachedCase({ heads: 1, kvHeads: 1, window: null }, 4, [[0]], [[0]], { dtype: 'f16' }),
    cachedCase({ heads: 4, kvHeads: 2, window: 16 }, 6, [[0, 3, 1]], [[5, 64, 70, 130]], { dtype: 'f16' }),
    cachedCase({ heads: 1, kvHeads: 1, window: null }, 64, [[2, 1, 0]], [range(100, 120)], { dtype: 'f16' }),
    cachedCase({ heads: 8, kvHeads: 8, window: null }, 64, [range(0, 8)], [[500]], { bench: true }),
    cachedCase({ heads: 8, kvHeads: 8, window: null }, 64, [range(0, 8)], [range(384, 512)], { bench: true }),
    cachedCase({ heads: 8, kvHeads: 8, window: 256 }, 64, [range(0, 8)], [[500]], { bench: true }),
  ],
};

export const quantised: Pick<OpTable, 'linearInt8' | 'linearInt8Weights' | 'kvAppend' | 'kvCopy' | 'attentionCached'> =
  {
    linearInt8,
    linearInt8Weights,
    kvAppend,
    kvCopy,
    attentionCached,
  };
