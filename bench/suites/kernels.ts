// What is timed of the kernels themselves, on one lane: shapes of matrix products and of a model's layers. Each entry makes its
// arrays and says what a call does; timing, ceilings and printing are run.ts's.
import { packedBBytes, packedInt8Bytes, softmaxCodes, unaryCodes } from '../../kernels/registry.ts';
import { integers, type Machine, numbers } from '../../test/kernels/support/machine.ts';
import { type About, f32Ceiling, int8Ceiling, readCeiling } from '../bench.ts';

export interface Bench extends About {
  /** Makes the arrays; what it returns is timed. */
  readonly prepare: (machine: Machine) => () => void;
}

const f32Shapes = [
  [512, 512, 512, true],
  [1024, 1024, 1024, true],
  [512, 512, 3072, true],
  [512, 3072, 512, true],
  [2048, 1536, 512, false],
  [2048, 2048, 512, false],
  [2048, 512, 2048, false],
  [512, 768, 4224, true],
  [512, 4224, 768, false],
  [2048, 768, 3072, false],
] as const;

const gemm = ([m, n, k, quick]: (typeof f32Shapes)[number], transB: 0 | 1): Bench => ({
  suite: 'gemm',
  kernel: transB ? 'gemm (b transposed)' : 'gemm',
  shape: `${m}x${n}x${k}`,
  dtype: 'f32',
  unit: 'GFLOP/s',
  work: (2 * m * n * k) / 1e6,
  ceiling: f32Ceiling,
  quick: quick && transB === 0,
  prepare: (machine) => {
    const [a, b, c] = [machine.put(numbers(m * k, 1)), machine.put(numbers(n * k, 2)), machine.take(m * n * 4)];
    return machine.prepare('gemm', {
      ...{ a, b, residual: 0, c, m, n, k, aStride: k, bStride: transB ? k : n, transA: 0, transB, batch: 1 },
      ...{ aBatch: 0, bBatch: 0, scale: 1, epilogue: 0 },
    });
  },
});

const packed = ([m, n, k, quick]: (typeof f32Shapes)[number]): Bench => ({
  suite: 'gemm',
  kernel: 'gemmPacked',
  shape: `${m}x${n}x${k}`,
  dtype: 'f32',
  unit: 'GFLOP/s',
  work: (2 * m * n * k) / 1e6,
  ceiling: f32Ceiling,
  quick: quick && m === 1024,
  prepare: (machine) => {
    const [a, b, c] = [machine.put(numbers(m * k, 1)), machine.put(numbers(n * k, 2)), machine.take(m * n * 4)];
    const at = machine.take(packedBBytes(n, k));
    machine.run('gemmPackB', { b, packed: at, n, k, bStride: n, transB: 0 });
    const sizes = { m, n, k, aStride: k, transA: 0, scale: 1, epilogue: 0 };
    return machine.prepare('gemmPacked', { a, packed: at, residual: 0, c, ...sizes });
  },
});

/** Random bytes, repeated: making many anew would take longer than timing them. */
function weights(count: number): Int8Array {
  const some = Int8Array.from(integers(65_521, -127, 127, 3));
  return Int8Array.from({ length: count }, (_, i) => some[i % some.length] as number);
}

/** `whole`: f32 to f32 with quantising; otherwise the product alone, of rows that are quantised already. */
const int8 = (rows: number, m: number, k: number, whole: boolean, quick: boolean): Bench => {
  const stream = rows === 1;
  return {
    suite: stream ? 'int8-gemv' : rows <= 16 ? 'int8-batch' : 'int8',
    kernel: whole ? 'linearInt8' : 'int8Multiply',
    shape: `${rows}x${m}x${k}`,
    dtype: 'i8',
    unit: stream ? 'GB/s' : 'GOP/s',
    work: stream ? (m * k) / 1e6 : (2 * rows * m * k) / 1e6,
    ceiling: stream ? readCeiling(m * k) : int8Ceiling,
    quick,
    prepare: (machine) => {
      const w = machine.put(weights(m * k));
      const [scale, at] = [machine.put(numbers(m, 4)), machine.take(packedInt8Bytes(m, k))];
      machine.run('int8Pack', { w, scale, packed: at, m, k });
      const [x, y] = [machine.put(numbers(rows * k, 1)), machine.take(rows * m * 4)];
      const given = { x, packed: at, y, rows, m, k, xStride: k };
      if (rows <= 16 && whole) return machine.prepare('linearInt8Few', given);
      return machine.prepare('linearInt8', given, whole ? 0 : 1);
    },
  };
};

const elementwise = (name: 'exp' | 'tanh' | 'relu2' | 'gelu', n: number): Bench => ({
  suite: 'elementwise',
  kernel: name,
  shape: `${n}`,
  dtype: 'f32',
  unit: 'GB/s',
  work: (8 * n) / 1e6,
  ceiling: null,
  quick: name !== 'gelu',
  prepare: (machine) => {
    const [x, y] = [machine.put(numbers(n, 1)), machine.take(n * 4)];
    return machine.prepare('unary', { kind: unaryCodes[name], x, y, n });
  },
});

const rowsOf = (kernel: 'softmax' | 'rmsNorm', rows: number, cols: number): Bench => ({
  suite: 'rows',
  kernel,
  shape: `${rows}x${cols}`,
  dtype: 'f32',
  unit: 'GB/s',
  work: (8 * rows * cols) / 1e6,
  ceiling: null,
  quick: true,
  prepare: (machine) => {
    const [x, y] = [machine.put(numbers(rows * cols, 1)), machine.take(rows * cols * 4)];
    if (kernel === 'softmax') return machine.prepare('softmax', { kind: softmaxCodes.softmax, x, y, rows, cols });
    return machine.prepare('rmsNorm', { x, y, rows, cols, xStride: cols, eps: 1e-6 });
  },
});

const attention = (time: number, heads: number, headDim: number, window: number, back: boolean): Bench => {
  const w = heads * headDim;
  let pairs = 0;
  for (let t = 0; t < time; t += 1) pairs += window > 0 ? Math.min(window, t + 1) : t + 1;
  return {
    suite: 'attention',
    kernel: back ? 'attentionGrad' : 'attention',
    shape: `${time}x${heads}x${headDim}${window > 0 ? ` window ${window}` : ''}`,
    dtype: 'f32',
    unit: 'GFLOP/s',
    work: ((back ? 10 : 4) * pairs * w) / 1e6,
    ceiling: f32Ceiling,
    quick: window === 0,
    prepare: (machine) => {
      const [q, k, v, g] = [1, 2, 3, 4].map((seed) => machine.put(numbers(time * w, seed))) as [
        number,
        number,
        number,
        number,
      ];
      const [out, dq, dk, dv] = [0, 1, 2, 3].map(() => machine.take(time * w * 4)) as [number, number, number, number];
      const lse = machine.take(heads * time * 4);
      const common = {
        ...{ q, k, v, out, lse, batch: 1, time, keys: time, heads, kvHeads: heads, headDim, qStride: w, kStride: w },
        ...{ vStride: w, causal: 1, window, scale: 1 / Math.sqrt(headDim) },
      };
      machine.run('attention', common);
      return back
        ? machine.prepare('attentionGrad', { ...common, g, dq, dk, dv })
        : machine.prepare('attention', common);
    },
  };
};

const adamw = (n: number): Bench => ({
  suite: 'optimiser',
  kernel: 'adamw',
  shape: `${n}`,
  dtype: 'f32',
  unit: 'GB/s',
  work: (28 * n) / 1e6,
  ceiling: null,
  quick: true,
  prepare: (machine) => {
    const [p, g, m, v] = [1, 2, 3, 4].map((seed) => machine.put(numbers(n, seed).map(Math.abs))) as [
      number,
      number,
      number,
      number,
    ];
    const hyper = machine.put(Float32Array.of(1e-4, 0.9, 0.95, 1e-8, 0.1, 0.5, 0.5, 1));
    return machine.prepare('adamw', { p, g, m, v, hyper, n });
  },
});

export const kernelBenches: readonly Bench[] = [
  ...f32Shapes.map((shape) => gemm(shape, 0)),
  ...f32Shapes.map((shape) => gemm(shape, 1)),
  ...f32Shapes.map(packed),
  int8(1024, 1024, 1024, false, true),
  int8(1024, 1024, 1024, true, true),
  int8(512, 3072, 512, true, false),
  int8(512, 512, 3072, true, true),
  int8(512, 4224, 768, true, false),
  int8(1, 768, 3072, true, true),
  int8(1, 3072, 768, true, true),
  int8(1, 3072, 512, true, false),
  // 60 MB of weights: beyond the caches.
  int8(1, 16_384, 3840, true, true),
  ...[2, 4, 8, 16].map((rows) => int8(rows, 3072, 768, true, rows === 8)),
  ...(['relu2', 'exp', 'tanh', 'gelu'] as const).map((name) => elementwise(name, 1 << 20)),
  rowsOf('softmax', 512, 256),
  rowsOf('softmax', 1024, 1024),
  rowsOf('rmsNorm', 512, 512),
  rowsOf('rmsNorm', 2048, 768),
  attention(512, 8, 64, 0, false),
  attention(512, 8, 64, 0, true),
  attention(2048, 8, 64, 256, false),
  attention(2048, 8, 64, 256, true),
  adamw(1 << 20),
];
