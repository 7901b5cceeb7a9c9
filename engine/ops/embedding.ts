// Rows of tables by id: byte embeddings, and embeddings of hashed n-grams, with their scatter gradients.
import { lastOf, sizeOf, type TensorType } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { expectShape, floatInput, inputOf, shapeError, statistics } from './check.ts';
import type { OpDef, OpTable, Ref } from './def.ts';
import * as f from './functions.ts';
import type { OpAttrs } from './names.ts';

const f32 = (...shape: number[]): TensorType => ({ dtype: 'f32', shape });
const bytes = (...shape: number[]) =>
  ({ dtype: 'u8', shape, fill: { kind: 'ids', below: 256 } }) as const satisfies TensorType & { fill: unknown };

const embedding: OpDef<OpAttrs['embedding']> = {
  arity: 2,
  infer: (inputs) => {
    const table = floatInput('embedding', inputs, 0, 'the table');
    expectShape('embedding', inputs, 0, 'the table', ['*', '*']);
    const ids = inputOf('embedding', inputs, 1, 'ids', ['i32', 'u8']);
    return [{ dtype: table.dtype, shape: [...ids.shape, lastOf(table.shape)] }];
  },
  forward: (refs) => {
    const [table, ids] = refs as readonly [Ref, Ref];
    const [rows, width] = table.shape as [number, number];
    const out = new Float64Array(ids.data.length * width);
    for (const [index, id] of ids.data.entries())
      if (id >= 0 && id < rows) out.set(table.data.subarray(id * width, (id + 1) * width), index * width);
    return [out];
  },
  vjp: ({ inputs, grads }) => {
    const [table, ids] = inputs as readonly [Tensor, Tensor];
    return [f.embeddingGrad(ids, grads[0] as Tensor, table.shape[0] as number), null];
  },
  flops: () => 0,
  strided: [],
  cases: [
    { attrs: {}, inputs: [f32(5, 3), { dtype: 'i32', shape: [2, 4], fill: { kind: 'ids', below: 5 } }] },
    { attrs: {}, inputs: [f32(256, 8), bytes(3)] },
    { attrs: {}, inputs: [f32(4, 5), { dtype: 'i32', shape: [4], fill: { kind: 'values', values: [-1, 3, 4, 0] } }] },
    { attrs: {}, inputs: [f32(4, 5), { dtype: 'i32', shape: [0] }] },
    { attrs: {}, inputs: [f32(256, 512), bytes(1, 512)], bench: true },
  ],
};

const embeddingGrad: OpDef<OpAttrs['embeddingGrad']> = {
  arity: 2,
  infer: (inputs, { rows }) => {
    const ids = inputOf('embeddingGrad', inputs, 0, 'ids', ['i32', 'u8']);
    const g = floatInput('embeddingGrad', inputs, 1, 'g');
    expectShape('embeddingGrad', inputs, 1, 'g', [...ids.shape, '*']);
    return [{ dtype: statistics(g.dtype), shape: [rows, lastOf(g.shape)] }];
  },
  forward: (refs, { rows }) => {
    const [ids, g] = refs as readonly [Ref, Ref];
    const width = lastOf(g.shape);
    const out = new Float64Array(rows * width);
    for (const [index, id] of ids.data.entries()) if (id >= 0 && id < rows) addRow(out, id, g.data, index, width);
    return [out];
  },
  vjp: null,
  flops: ([, g]) => sizeOf((g as TensorType).shape),
  strided: [],
  cases: [
    { attrs: { rows: 5 }, inputs: [{ dtype: 'i32', shape: [2, 4], fill: { kind: 'ids', below: 5 } }, f32(2, 4, 3)] },
    { attrs: { rows: 256 }, inputs: [bytes(70), f32(70, 8)] },
    {
      attrs: { rows: 4 },
      inputs: [{ dtype: 'i32', shape: [4], fill: { kind: 'values', values: [-1, 3, 4, 3] } }, f32(4, 5)],
    },
    { attrs: { rows: 4 }, inputs: [{ dtype: 'i32', shape: [0] }, f32(0, 5)] },
    { attrs: { rows: 256 }, inputs: [bytes(1, 512), f32(1, 512, 512)], bench: true },
  ],
};

function addRow(out: Float64Array, row: number, from: Float64Array, and: number, width: number): void {
  for (let i = 0; i < width; i += 1)
    out[row * width + i] = (out[row * width + i] as number) + (from[and * width + i] as number);
}

/**
 * Row of an order's table for the n-gram that ends at `t` of `ids`: FNV-1a over the last n ids, finished as MurmurHash3
 * does. An id of -1, or a place before the first, counts as 0.
 */
export function hashRow(ids: ArrayLike<number>, t: number, order: number, rows: number): number {
  let h = 0x811c9dc5 ^ order;
  for (let i = 0; i < order; i += 1) h = Math.imul(h ^ (t >= i ? (ids[t - i] as number) + 1 : 0), 0x01000193);
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  h ^= h >>> 16;
  return (h >>> 0) % rows;
}

/** Calls `each` with every position (of all sequences) and the row of each table that it reads. */
function forRows(
  ids: Ref,
  orders: readonly number[],
  rows: number,
  each: (position: number, tableRow: number) => void,
): void {
  const [batch, length] = ids.shape as [number, number];
  for (let b = 0; b < batch; b += 1) {
    const own = ids.data.subarray(b * length, (b + 1) * length);
    for (let t = 0; t < length; t += 1) {
      for (const [k, order] of orders.entries()) each(b * length + t, k * rows + hashRow(own, t, order, rows));
    }
  }
}

function checkOrders(op: string, inputs: readonly TensorType[], orders: readonly number[], ids: number): void {
  inputOf(op, inputs, ids, 'ids', ['i32', 'u8']);
  expectShape(op, inputs, ids, 'ids', ['*', '*']);
  if (orders.length === 0 || orders.some((order) => !Number.isInteger(order) || order < 1))
    shapeError(op, `orders [${orders.join(',')}]`, inputs, 'whole numbers from 1 up, one for each table');
}

const hashEmbedding: OpDef<OpAttrs['hashEmbedding']> = {
  arity: 2,
  infer: (inputs, { orders }) => {
    const tables = floatInput('hashEmbedding', inputs, 0, 'the tables');
    checkOrders('hashEmbedding', inputs, orders, 1);
    expectShape('hashEmbedding', inputs, 0, 'the tables', [orders.length, '*', '*']);
    if (tables.shape[1] === 0) shapeError('hashEmbedding', 'empty tables', inputs, 'at least one row');
    return [{ dtype: tables.dtype, shape: [...(inputs[1] as TensorType).shape, lastOf(tables.shape)] }];
  },
  forward: (refs, { orders }) => {
    const [tables, ids] = refs as readonly [Ref, Ref];
    const [, rows, width] = tables.shape as [number, number, number];
    const out = new Float64Array(ids.data.length * width);
    forRows(ids, orders, rows, (position, row) => addRow(out, position, tables.data, row, width));
    return [out];
  },
  vjp: ({ inputs, grads, attrs: { orders } }) => {
    const [tables, ids] = inputs as readonly [Tensor, Tensor];
    return [f.hashEmbeddingGrad(ids, grads[0] as Tensor, orders, tables.shape[1] as number), null];
  },
  flops: ([tables, ids], { orders }) =>
    sizeOf((ids as TensorType).shape) * orders.length * lastOf((tables as TensorType).shape),
  strided: [],
  cases: [
    { attrs: { orders: [2, 3] }, inputs: [f32(2, 7, 5), bytes(2, 9)] },
    { attrs: { orders: [1] }, inputs: [f32(1, 3, 4), bytes(1, 1)] },
    {
      attrs: { orders: [2, 6] },
      inputs: [
        f32(2, 16, 4),
        { dtype: 'i32', shape: [1, 6], fill: { kind: 'values', values: [-1, -1, 7, 255, 0, 7] } },
      ],
    },
    { attrs: { orders: [2] }, inputs: [f32(1, 3, 4), { dtype: 'u8', shape: [1, 0] }] },
    { attrs: { orders: [2, 3, 4, 6] }, inputs: [f32(4, 4096, 512), bytes(1, 512)], bench: true },
  ],
};

const hashEmbeddingGrad: OpDef<OpAttrs['hashEmbeddingGrad']> = {
  arity: 2,
  infer: (inputs, { orders, rows }) => {
    checkOrders('hashEmbeddingGrad', inputs, orders, 0);
    const g = floatInput('hashEmbeddingGrad', inputs, 1, 'g');
    expectShape('hashEmbeddingGrad', inputs, 1, 'g', [...(inputs[0] as TensorType).shape, '*']);
    return [{ dtype: statistics(g.dtype), shape: [orders.length, rows, lastOf(g.shape)] }];
  },
  forward: (refs, { orders, rows }) => {
    const [ids, g] = refs as readonly [Ref, Ref];
    const width = lastOf(g.shape);
    const out = new Float64Array(orders.length * rows * width);
    forRows(ids, orders, rows, (position, row) => addRow(out, row, g.data, position, width));
    return [out];
  },
  vjp: null,
  flops: ([, g], { orders }) => sizeOf((g as TensorType).shape) * orders.length,
  strided: [],
  cases: [
    { attrs: { orders: [2, 3], rows: 7 }, inputs: [bytes(2, 9), f32(2, 9, 5)] },
    { attrs: { orders: [6], rows: 3 }, inputs: [bytes(1, 70), f32(1, 70, 4)] },
    { attrs: { orders: [2], rows: 3 }, inputs: [{ dtype: 'u8', shape: [1, 0] }, f32(1, 0, 4)] },
    { attrs: { orders: [2, 3, 4, 6], rows: 4096 }, inputs: [bytes(1, 512), f32(1, 512, 512)], bench: true },
  ],
};

export const embeddings: Pick<OpTable, 'embedding' | 'embeddingGrad' | 'hashEmbedding' | 'hashEmbeddingGrad'> = {
  embedding,
  embeddingGrad,
  hashEmbedding,
  hashEmbeddingGrad,
};
