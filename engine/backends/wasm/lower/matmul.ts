// Matrix products and attention: their calls. Weights that stay the same are multiplied out of a packed copy, which the
// backend keeps.
import { epilogueCodes, packedBBytes, packedInt8Bytes } from '../../../../kernels/registry.ts';
import { bytesOf } from '../../../dtype.ts';
import { sizeOf } from '../../../shape.ts';
import { binaryCall } from './elementwise.ts';
import type { Instr } from './instruction.ts';
import type { Operand, Source } from './types.ts';
import { matrixOf } from './walk.ts';

export function matmul(op: Instr<'matmul'>): void {
  const { transA, transB, scale } = op.attrs;
  const [a, b] = [op.rows(0), op.rows(1)];
  const residual = op.f32OrNone(2);
  const { shape } = op.output().type;
  const [m, n] = shape.slice(-2) as [number, number];
  const [rowsA, colsA] = a.type.shape.slice(-2) as [number, number];
  const rowsB = b.type.shape[b.type.shape.length - 2] as number;
  const k = transA ? rowsA : colsA;
  const batch = sizeOf(shape.slice(0, -2));
  const common = { a: a.at, residual, n, k, aStride: a.rowStride, transA: transA ? 1 : 0, scale };
  const epilogue = epilogueCodes[op.attrs.epilogue];
  const shared = sizeOf(b.type.shape.slice(0, -2)) === 1;
  const flat = shared && !transA;
  const single = flat || batch === 1;
  op.result(0, (c) => {
    if (single) {
      const rows = flat ? batch * m : m;
      const packed = packedF32(op, b, { n, k, transB });
      if (packed !== null) {
        op.call('gemmPacked', { ...common, packed, c, m: rows, epilogue });
        return;
      }
    }
    op.call('gemm', {
      ...{ ...common, b: b.at, c, m: flat ? batch * m : m, bStride: b.rowStride, transB: transB ? 1 : 0, epilogue },
      ...{ batch: flat ? 1 : batch, aBatch: rowsA * a.rowStride, bBatch: shared ? 0 : rowsB * b.rowStride },
    });
  });
}

function packedF32(op: Instr, b: Source, { n, k, transB }: { n: number; k: number; transB: boolean }): Operand | null {
  const input = op.around.keepF32 ? op.around.constant(b.at) : null;
  if (input === null || b.at.kind !== 'value') return null;
  const layout = `f32 ${n} ${k} ${b.rowStride} ${transB} ${b.at.offset}`;
  const bytes = packedBBytes(n, k);
  return packedCopy(op, [input], layout, bytes, (packed) =>
    op.emission('gemmPackB', { b: b.at, packed, n, k, bStride: b.rowStride, transB: transB ? 1 : 0 }),
  );
}

/** The packed copy of inputs that this program, or another one, has asked for before, or a new one. */
function packedCopy(
  op: Instr,
  inputs: readonly number[],
  layout: string,
  bytes: number,
  pack: (to: Operand) => ReturnType<Instr['emission']>,
): Operand {
  const { packed } = op.around;
  const found = packed.findIndex((each) => each.layout === layout && each.inputs.join() === inputs.join());
  if (found !== -1) return { kind: 'packed', index: found };
  const operand: Operand = { kind: 'packed', index: packed.length };
  packed.push({ inputs, layout, bytes, pack: pack(operand) });
  return operand;
}

export function linearInt8(op: Instr<'linearInt8'>): void {
  const x = op.rows(0);
  const { rows, cols: k } = matrixOf(x.type.shape);
  const [w, scale] = [op.asDense(op.input(1)), op.asF32(op.input(2))];
  const m = w.type.shape[0] as number;
  const bytes = packedInt8Bytes(m, k);
  const [weights, scales] = [op.around.constant(w.at), op.around.constant(scale.at)];
  let packed: Operand;
  if (weights !== null && scales !== null && w.at.kind === 'value' && scale.at.kind === 'value') {
    const layout = `int8 ${m} ${k} ${w.at.offset} ${scale.at.offset}`;
    packed = packedCopy(op, [weights, scales], layout, bytes, (to) =>
      op.emission('int8Pack', { w: w.at, scale: scale.at, packed: to, m, k }),
    );
  } else {
    packed = op.temp(bytes);
    op.call('int8Pack', { w: w.at, scale: scale.at, packed, m, k });
  }
  // Few rows: that every lane quantises them all takes less than to meet once more.
  const few = op.around.lanes > 1 && rows <= fewRows && rows * k <= fewElements;
  op.call(few ? 'linearInt8Few' : 'linearInt8', {
    ...{ x: x.at, packed, y: op.output().at, rows, m, k, xStride: x.rowStride },
  });
}

/**
 * Weights made floats, a product of floats, rows scaled: right rather than fast. Serving on a processor is `linearInt8`'s, whose
 * kernels read a quarter of these bytes.
 */
export function linearInt8Weights(op: Instr<'linearInt8Weights'>): void {
  const x = op.rows(0);
  const { rows, cols: k } = matrixOf(x.type.shape);
  const w = op.asF32(op.input(1));
  const n = w.type.shape[0] as number;
  const { shape } = op.output().type;
  const type = { dtype: 'f32', shape } as const;
  const product = op.temp(sizeOf(shape) * 4);
  op.call('gemm', {
    ...{ a: x.at, b: w.at, residual: op.f32OrNone(3), c: product, m: rows, n, k, aStride: x.rowStride, bStride: k },
    ...{ transA: 0, transB: 1, scale: 1, epilogue: epilogueCodes.none, batch: 1, aBatch: 0, bBatch: 0 },
  });
  const from: Source = { type, at: product, rowStride: n, dense: true, view: false };
  op.result(0, (y) => binaryCall(op, 'mul', from, op.rows(2), y, shape));
}

const fewRows = 16;
const fewElements = 8192;

/** q, k and v as attention kernels take them. */
function attentionDims(op: Instr<'attention'> | Instr<'attentionGrad'>) {
  const [q, k, v] = [op.rows(0), op.rows(1), op.rows(2)];
  const [batch, time, width] = q.type.shape as [number, number, number];
  const { heads, kvHeads, window, causal, scale } = op.attrs;
  return {
    ...{ q: q.at, k: k.at, v: v.at, batch, time, keys: k.type.shape[1] as number, heads, kvHeads },
    ...{ headDim: width / heads, qStride: q.rowStride, kStride: k.rowStride, vStride: v.rowStride },
    ...{ causal: causal ? 1 : 0, window: window ?? 0, scale },
  };
}

export function attention(op: Instr<'attention'>): void {
  const dims = attentionDims(op);
  op.result(0, (out) => op.result(1, (lse) => op.call('attention', { ...dims, out, lse })));
}

export function attentionGrad(op: Instr<'attentionGrad'>): void {
  const dims = attentionDims(op);
  const [out, lse, g] = [op.f32(3), op.f32(4), op.f32(5)];
  op.result(0, (dq) =>
    op.result(1, (dk) => op.result(2, (dv) => op.call('attentionGrad', { ...dims, out, lse, g, dq, dk, dv }))),
  );
}

export function kvAppend(op: Instr<'kvAppend'>): void {
  const x = op.rows(2);
  const { rows, cols } = matrixOf(x.type.shape);
  const { heads } = op.attrs;
  const dims = { rows, heads, headDim: cols / heads, xStride: x.rowStride };
  const kernel = op.input(0).type.dtype === 'f16' ? 'kvAppend16' : 'kvAppend';
  op.call(kernel, { x: x.at, slots: op.dense(3), cache: op.output(0).at, scales: op.output(1).at, ...dims });
}

export function kvCopy(op: Instr<'kvCopy'>): void {
  const [blocks, , width] = op.input(0).type.shape as [number, number, number];
  const heads = op.input(1).type.shape[2] as number;
  const pairs = sizeOf(op.input(2).type.shape);
  const [cache, scales] = [op.output(0).at, op.output(1).at];
  const arrays = { cache, scales, from: op.dense(2), to: op.dense(3) };
  op.call('kvCopy', { ...arrays, pairs, blocks, heads, headDim: (width / heads) * bytesOf[op.input(0).type.dtype] });
}

export function attentionCached(op: Instr<'attentionCached'>): void {
  const q = op.rows(0);
  const [batch, time, width] = q.type.shape as [number, number, number];
  const { heads, kvHeads, window, scale } = op.attrs;
  const [k, kScales, v, vScales] = [op.dense(1), op.f32(2), op.dense(3), op.f32(4)];
  const [table, positions] = [op.dense(5), op.dense(6)];
  const tableCols = op.input(5).type.shape[1] as number;
  const dims = { batch, time, tableCols, heads, kvHeads, headDim: width / heads, qStride: q.rowStride };
  const shared = { table, positions, ...dims, window: window ?? 0, scale };
  if (op.input(1).type.dtype === 'f16')
    op.result(0, (out) => op.call('attentionCached16', { q: q.at, k, v, out, ...shared }));
  else op.result(0, (out) => op.call('attentionCached', { q: q.at, k, kScales, v, vScales, out, ...shared }));
}
