// What is timed on a GPU: single ops at the shapes of the 33.8M byte model (131,072 symbols a step, width 512) and square
// products; and the same kernels at shapes that a software adapter manages, to try the program itself.
import type { OpAttrs, OpName } from '../../engine/ops/names.ts';
import type { Program } from '../../engine/program/types.ts';
import type { TensorType } from '../../engine/shape.ts';
import type { About } from '../bench.ts';
import { programOf } from './timer.ts';

/** A row; bytes are held against the bandwidth of a copy, which the same run measures. */
export interface GpuCase extends Omit<About, 'ceiling'> {
  readonly program: () => Program;
}

export interface Sizes {
  /** Symbols of a step as sequences × time. */
  readonly sequences: number;
  readonly time: number;
  readonly width: number;
  /** Sides of square products; the larger is left out where it is 0. */
  readonly squares: readonly [number, number];
  /** Elements of flat values. */
  readonly flat: number;
  readonly tableRows: number;
}

export const sizes: Readonly<Record<'full' | 'small', Sizes>> = {
  full: { sequences: 64, time: 2048, width: 512, squares: [4096, 8192], flat: 2 ** 28, tableRows: 4096 },
  small: { sequences: 2, time: 64, width: 64, squares: [128, 0], flat: 2 ** 14, tableRows: 64 },
};

const headWidth = 64;

/** @param half f16 where the adapter has it; else every row is f32. */
export function gpuCases({ sequences, time, width, squares, flat, tableRows }: Sizes, half: boolean): GpuCase[] {
  const rows = sequences * time;
  const of =
    (dtype: TensorType['dtype']) =>
    (...shape: number[]): TensorType => ({ dtype, shape });
  const [f, i, u] = [of('f32'), of('i32'), of('u8')];
  const h = half ? of('f16') : f;
  const dtype = half ? 'f16' : 'f32';
  const each = half ? 2 : 4;
  const all: GpuCase[] = [];
  const add = <N extends OpName>(
    about: Pick<GpuCase, 'suite' | 'shape' | 'dtype' | 'unit' | 'work'> & { kernel?: string; quick?: boolean },
    op: N,
    inputs: readonly TensorType[],
    attrs: OpAttrs[N],
  ): void => void all.push({ kernel: op, quick: false, ...about, program: () => programOf(op, inputs, attrs) });
  /** `bytes` that are read and written at least. */
  const moved = <N extends OpName>(
    op: N,
    shape: string,
    type: string,
    bytes: number,
    inputs: readonly TensorType[],
    attrs: OpAttrs[N],
    quick = false,
  ): void => add({ suite: 'gpu-bytes', shape, dtype: type, unit: 'GB/s', work: bytes / 1e6, quick }, op, inputs, attrs);

  const x = h(rows, width);
  const cells = rows * width;
  const shape = `${rows}x${width}`;
  const sequence = h(sequences, time, width);
  const ids = u(sequences, time);
  const orders = [2, 3, 4, 6];
  moved('copy', `${flat}`, 'f32', 8 * flat, [f(flat)], {}, true);
  if (half) moved('cast', `${flat / 2}`, 'f32>f16', 3 * flat, [f(flat / 2)], { dtype: 'f16' });
  moved('add', shape, dtype, 3 * each * cells, [x, x], {}, true);
  moved('mix', shape, dtype, 3 * each * cells, [x, x, f(2)], {});
  moved('mixGrad', shape, dtype, 5 * each * cells, [x, x, f(2), x], {});
  moved('sum', `${shape} rows`, dtype, each * cells, [x], { axes: [0], keepDims: false });
  moved('sumSquares', `${flat / 4}`, 'f32', flat, [f(flat / 4)], {});
  moved('rmsNorm', shape, dtype, 2 * each * cells, [x], { eps: 1e-6 }, true);
  moved('rmsNormGrad', shape, dtype, 3 * each * cells, [x, x], { eps: 1e-6 });
  const rope = { heads: width / headWidth, base: 10_000, eps: 1e-6 };
  moved('normRope', shape, dtype, 2 * each * cells, [sequence], rope, true);
  moved('normRopeGrad', shape, dtype, 3 * each * cells, [sequence, sequence], rope);
  moved('crossEntropy', `${rows}x256`, 'f32', 4 * rows * 256, [f(rows, 256), i(rows)], { cap: 15 });
  const scores = [f(rows, 256), i(rows), f(rows), f(rows)];
  moved('crossEntropyGrad', `${rows}x256`, 'f32', 8 * rows * 256, scores, { cap: 15 });
  moved('embedding', shape, dtype, each * cells, [h(256, width), ids], {});
  moved('embeddingGrad', shape, dtype, each * cells, [ids, sequence], { rows: 256 });
  const tables = h(orders.length, tableRows, width);
  moved('hashEmbedding', shape, dtype, 5 * each * cells, [tables, ids], { orders });
  moved('hashEmbeddingGrad', shape, dtype, 4 * each * cells, [ids, sequence], { orders, rows: tableRows });
  const parameters = f(flat / 32);
  const four = [parameters, parameters, parameters, parameters, f(8)];
  moved('adamw', `${flat / 32}`, 'f32', (28 * flat) / 32, four, {}, true);

  /** M x N x K in the layouts that `matmul` takes. */
  const product = (
    [M, N, K]: readonly [number, number, number],
    attrs: Partial<OpAttrs['matmul']>,
    type: (...shape: number[]) => TensorType = h,
    more: { residual?: boolean; quick?: boolean } = {},
  ): void => {
    const full: OpAttrs['matmul'] = {
      ...{ transA: false, transB: false, scale: 1, epilogue: 'none', out: dtype },
      ...attrs,
    };
    const inputs = [full.transA ? type(K, M) : type(M, K), full.transB ? type(N, K) : type(K, N)];
    if (more.residual === true) inputs.push({ dtype: full.out, shape: [M, N] });
    const kind = [full.transA && 'a^T', full.transB && 'b^T', full.epilogue !== 'none' && full.epilogue];
    const kernel = ['matmul', ...kind.filter(Boolean), ...(more.residual === true ? ['+ residual'] : [])].join(' ');
    const about = { suite: 'gpu-matmul', kernel, shape: `${M}x${N}x${K}`, dtype: `${type(1).dtype}>${full.out}` };
    add({ ...about, unit: 'GFLOP/s', work: (2 * M * N * K) / 1e6, quick: more.quick === true }, 'matmul', inputs, full);
  };
  const [square, larger] = squares;
  product([square, square, square], { out: 'f32' }, f, { quick: true });
  if (half) {
    product([square, square, square], { out: 'f32' }, h, { quick: true });
    product([square, square, square], {});
    if (larger > 0) product([larger, larger, larger], { out: 'f32' });
  }
  product([rows, 4 * width, width], { epilogue: 'relu2' }, h, { quick: true });
  product([rows, width, 4 * width], {}, h, { residual: true });
  product([rows, 3 * width, width], {});
  product([rows, width, width], {});
  product([rows, width, 4 * width], { transB: true }, h, { quick: true });
  product([rows, 4 * width, width], { transB: true });
  product([width, 4 * width, rows], { transA: true, out: 'f32' }, h, { quick: true });
  product([width, width, rows], { transA: true, out: 'f32' });

  const heads = width / headWidth;
  const lse = f(sequences, heads, time);
  const whole = (4 * time * time * width * sequences) / 2;
  for (const window of [null, time / 8]) {
    const attrs = { heads, kvHeads: heads, window, causal: true, scale: 0.125 };
    const seen = window === null ? 1 : (window * time - (window * (window - 1)) / 2) / ((time * time) / 2);
    const name = `${sequences}x${time}x${width}${window === null ? '' : ` window ${window}`}`;
    const about = { suite: 'gpu-attention', shape: name, dtype, unit: 'GFLOP/s' as const, quick: true };
    const forward = [sequence, sequence, sequence];
    add({ ...about, work: (whole * seen) / 1e6 }, 'attention', forward, attrs);
    const back = [...forward, sequence, lse, sequence];
    add({ ...about, work: (2.5 * whole * seen) / 1e6 }, 'attentionGrad', back, attrs);
  }
  return all;
}
