// Reductions and what goes row by row: sums, softmax, cross-entropy, norms, rotary positions.
import { reduceCodes, softmaxCodes } from '../../../../kernels/registry.ts';
import { sizeOf } from '../../../shape.ts';
import { copyCall, denseF32 } from './elementwise.ts';
import { type Instr, moved } from './instruction.ts';
import type { Operand, Source } from './types.ts';
import { denseStrides, joined, matrixOf, stridesOf } from './walk.ts';

export function reduce(op: Instr<'sum' | 'mean' | 'max'>): void {
  const source = op.rows(0);
  const { shape } = source.type;
  const reduced = new Set(op.attrs.axes);
  const count = sizeOf(shape.filter((_, axis) => reduced.has(axis)));
  const kind = op.op === 'max' ? reduceCodes.max : reduceCodes.sum;
  const factor = op.op === 'mean' ? 1 / count : 1;
  const kept = shape.map((_, axis) => axis).filter((axis) => !reduced.has(axis));
  const axes = shape.map((_, axis) => axis).filter((axis) => reduced.has(axis));
  op.result(0, (y) => {
    if (sizeOf(kept.map((axis) => shape[axis] as number)) === 1 && source.dense && count > 0) {
      op.call('reduceAll', { kind, x: source.at, y, n: count, factor });
      return;
    }
    reduceCall(op, source, kept, axes, { kind, factor, y });
  });
}

/** At most three axes of each sort; what has more is laid out anew first. */
function reduceCall(
  op: Instr,
  source: Source,
  kept: readonly number[],
  axes: readonly number[],
  { kind, factor, y }: { kind: number; factor: number; y: Operand },
): void {
  const { shape } = source.type;
  const strides = stridesOf(source);
  const pick = (which: readonly number[]) =>
    joined(
      which.map((axis) => shape[axis] as number),
      [which.map((axis) => strides[axis] as number)],
    );
  const [stay, go] = [pick(kept), pick(axes)];
  if (stay.extents.length > 3 || go.extents.length > 3) {
    const order = [...kept, ...axes];
    const extents = order.map((axis) => shape[axis] as number);
    const at = op.temp(sizeOf(shape) * 4);
    const from = { at: source.at, strides: order.map((axis) => strides[axis] as number) };
    copyCall(op, from, { at, strides: denseStrides(extents) }, extents, 'f32');
    const [rows, cols] = [kept, axes].map((which) => sizeOf(which.map((axis) => shape[axis] as number)));
    const laid = denseF32(at, [rows as number, cols as number]);
    reduceCall(op, laid, [0], [1], { kind, factor, y });
    return;
  }
  const [d0, d1, d2] = three(stay.extents, 1);
  const [x0, x1, x2] = three(stay.strides[0] as number[], 0);
  const [r0, r1, r2] = three(go.extents, 1);
  const [s0, s1, s2] = three(go.strides[0] as number[], 0);
  op.call('reduce', { kind, x: source.at, y, d0, d1, d2, x0, x1, x2, r0, r1, r2, s0, s1, s2, factor });
}

function three(values: readonly number[], fill: number): readonly [number, number, number] {
  return [...new Array(3 - values.length).fill(fill), ...values] as unknown as readonly [number, number, number];
}

export function sumSquares(op: Instr<'sumSquares'>): void {
  const n = sizeOf(op.input(0).type.shape);
  op.call('reduceAll', { kind: reduceCodes.squares, x: op.f32(0), y: op.output().at, n, factor: 1 });
}

export function argmax(op: Instr<'argmax'>): void {
  const { rows, cols } = matrixOf(op.input(0).type.shape);
  op.call('argmax', { x: op.f32(0), y: op.output().at, rows, cols });
}

export function softmax(op: Instr<'softmax' | 'logSoftmax'>): void {
  const { rows, cols } = matrixOf(op.input(0).type.shape);
  const x = op.f32(0);
  op.result(0, (y) => op.call('softmax', { kind: softmaxCodes[op.op], x, y, rows, cols }));
}

export function crossEntropy(op: Instr<'crossEntropy'>): void {
  const { rows, cols } = matrixOf(op.input(0).type.shape);
  const [logits, targets] = [op.f32(0), op.dense(1)];
  const cap = op.attrs.cap ?? 0;
  op.result(0, (loss) =>
    op.result(1, (lse) => op.call('crossEntropy', { logits, targets, loss, lse, rows, cols, cap })),
  );
}

export function crossEntropyGrad(op: Instr<'crossEntropyGrad'>): void {
  const { rows, cols } = matrixOf(op.input(0).type.shape);
  const [logits, targets, lse, g] = [op.f32(0), op.dense(1), op.f32(2), op.f32(3)];
  const cap = op.attrs.cap ?? 0;
  op.result(0, (d) => op.call('crossEntropyGrad', { logits, targets, lse, g, d, rows, cols, cap }));
}

export function rmsNorm(op: Instr<'rmsNorm'>): void {
  const { rows, cols } = matrixOf(op.input(0).type.shape);
  const x = op.rows(0);
  op.result(0, (y) => op.call('rmsNorm', { x: x.at, y, rows, cols, xStride: x.rowStride, eps: op.attrs.eps }));
}

export function rmsNormGrad(op: Instr<'rmsNormGrad'>): void {
  const { rows, cols } = matrixOf(op.input(0).type.shape);
  const [x, g] = [op.rows(0), op.f32(1)];
  op.result(0, (dx) => op.call('rmsNormGrad', { x: x.at, g, dx, rows, cols, xStride: x.rowStride, eps: op.attrs.eps }));
}

export function rope(op: Instr<'rope' | 'normRope'>): void {
  const { heads, base } = op.attrs;
  const x = op.rows(0);
  const { rows, cols } = matrixOf(x.type.shape);
  const time = x.type.shape[1] as number;
  const positions = op.inputs[1] === undefined ? 0 : op.dense(1);
  const inverse = op.op === 'rope' && (op as Instr<'rope'>).attrs.inverse ? 1 : 0;
  const [norm, eps] = op.op === 'normRope' ? [1, (op as Instr<'normRope'>).attrs.eps] : [0, 0];
  const dims = { rows, time, heads, headDim: cols / heads, xStride: x.rowStride };
  op.result(0, (y) => op.call('rope', { x: x.at, positions, y, ...dims, base, inverse, norm, eps }));
}

export function normRopeGrad(op: Instr<'normRopeGrad'>): void {
  const { heads, base, eps } = op.attrs;
  const x = op.rows(0);
  const { rows, cols } = matrixOf(x.type.shape);
  const time = x.type.shape[1] as number;
  const g = op.f32(1);
  const positions = op.inputs[2] === undefined ? 0 : op.dense(2);
  const dims = { rows, time, heads, headDim: cols / heads, xStride: x.rowStride };
  op.result(0, (dx) => op.call('normRopeGrad', { x: x.at, g, positions, dx, ...dims, base, eps }));
}

/** Ids as the embedding kernels take them. */
function idsOf(op: Instr, index: number): { ids: Operand; idBytes: number } {
  return { ids: op.dense(index), idBytes: op.input(index).type.dtype === 'u8' ? 1 : 4 };
}

export function embedding(op: Instr<'embedding'>): void {
  const [tableRows, cols] = op.input(0).type.shape as [number, number];
  const n = sizeOf(op.input(1).type.shape);
  const table = op.f32(0);
  const ids = idsOf(op, 1);
  op.result(0, (y) => op.call('embedding', { table, y, n, tableRows, cols, ...ids }));
}

export function embeddingGrad(op: Instr<'embeddingGrad'>): void {
  const [tableRows, cols] = op.output().type.shape as [number, number];
  const n = sizeOf(op.input(0).type.shape);
  op.call('embeddingGrad', { ...idsOf(op, 0), g: op.f32(1), d: op.output().at, n, tableRows, cols });
}

export function hashEmbedding(op: Instr<'hashEmbedding'>): void {
  const [count, tableRows, cols] = op.input(0).type.shape as [number, number, number];
  const [batch, time] = op.input(1).type.shape as [number, number];
  const tables = op.f32(0);
  const ids = idsOf(op, 1);
  const dims = { batch, time, count, tableRows, cols, ...ordersOf(op) };
  op.result(0, (y) => op.call('hashEmbedding', { tables, y, ...dims, ...ids }));
}

export function hashEmbeddingGrad(op: Instr<'hashEmbeddingGrad'>): void {
  const [count, tableRows, cols] = op.output().type.shape as [number, number, number];
  const [batch, time] = op.input(0).type.shape as [number, number];
  const dims = { batch, time, count, tableRows, cols, ...ordersOf(op) };
  op.call('hashEmbeddingGrad', { ...idsOf(op, 0), g: op.f32(1), d: op.output().at, ...dims });
}

function ordersOf(op: Instr<'hashEmbedding'> | Instr<'hashEmbeddingGrad'>): { orders0: number; orders1: number } {
  const { orders } = op.attrs;
  if (orders.length > 8 || orders.some((order) => order > 255)) {
    op.refuse(op.input(0).type, `takes up to eight orders of at most 255, not ${orders.join(', ')}`);
  }
  const word = (from: number): number =>
    orders.slice(from, from + 4).reduce((bits, order, index) => bits | (order << (8 * index)), 0);
  return { orders0: word(0), orders1: word(4) };
}

export function adamw(op: Instr<'adamw'>): void {
  const n = sizeOf(op.input(0).type.shape);
  const [p, m, v] = [op.output(0).at, op.output(1).at, op.output(2).at];
  op.call('adamw', { p, g: op.f32(1), m, v, hyper: moved(op.f32(4), 0), n });
}
