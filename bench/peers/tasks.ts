// What every engine is given: the same shapes, in turn. An engine that has no such thing leaves it out.
import type { Unit } from '../timing.ts';

export type Work =
  | {
      readonly kind: 'gemm' | 'int8' | 'gemv' | 'gemv-int8';
      readonly m: number;
      readonly n: number;
      readonly k: number;
    }
  | { readonly kind: 'softmax' | 'rmsNorm'; readonly rows: number; readonly cols: number }
  | { readonly kind: 'mlp'; readonly batch: number; readonly width: number; readonly hidden: number }
  | { readonly kind: 'prefill' | 'decode'; readonly size: 'small' | 'large'; readonly tokens: number };

export type Task = Work & {
  readonly kernel: string;
  readonly shape: string;
  readonly dtype: string;
  readonly unit: Unit;
  /** In units of `unit` times a millisecond. */
  readonly work: number;
};

const product = (kind: 'gemm' | 'int8' | 'gemv' | 'gemv-int8', m: number, n: number, k: number): Task => {
  const int8 = kind.includes('int8');
  const one = m === 1;
  return {
    ...{ kind, m, n, k, kernel: `${int8 ? 'int8' : 'f32'} ${one ? 'GEMV' : 'GEMM'}`, shape: `${m}x${n}x${k}` },
    ...{ dtype: int8 ? 'i8' : 'f32', unit: one ? 'GB/s' : int8 ? 'GOP/s' : 'GFLOP/s' },
    work: one ? ((int8 ? 1 : 4) * n * k) / 1e6 : (2 * m * n * k) / 1e6,
  };
};

const rows = (kind: 'softmax' | 'rmsNorm', count: number, cols: number): Task => ({
  ...{ kind, rows: count, cols, kernel: kind, shape: `${count}x${cols}`, dtype: 'f32', unit: 'GB/s' },
  work: (8 * count * cols) / 1e6,
});

const served = (kind: 'prefill' | 'decode', size: 'small' | 'large', tokens: number): Task => ({
  ...{ kind, size, tokens, kernel: `${kind}(${tokens})`, shape: size, dtype: 'i8', unit: 'tokens/s' },
  work: tokens * 1000,
});

const [batch, width, hidden] = [512, 768, 3072];

export const tasks: readonly Task[] = [
  product('gemm', 512, 512, 512),
  product('gemm', 1024, 1024, 1024),
  product('gemm', 512, 512, 3072),
  product('int8', 1024, 1024, 1024),
  product('gemv-int8', 1, 768, 3072),
  product('gemv', 1, 768, 3072),
  rows('softmax', 512, 256),
  rows('softmax', 1024, 1024),
  rows('rmsNorm', 512, 512),
  rows('rmsNorm', 2048, 768),
  {
    ...{
      kind: 'mlp',
      batch,
      width,
      hidden,
      kernel: 'mlp forward+backward',
      shape: `${batch}x${width}x${hidden}x${width}`,
    },
    // Two products forward, three back.
    ...{ dtype: 'f32', unit: 'GFLOP/s', work: (10 * batch * width * hidden) / 1e6 },
  },
  served('prefill', 'small', 512),
  served('decode', 'small', 128),
  served('prefill', 'large', 512),
  served('decode', 'large', 128),
];

/** An engine with one task in hand. */
export interface Prepared {
  /** Once; a promise is awaited. Where a number comes of it, that is its milliseconds, and else it is timed from outside. */
  run(): unknown;
  /** What is told once beside the figures: bytes of matrices, say. */
  readonly note?: string;
}

export interface Peer {
  readonly version: string;
  /** null: it has no such thing. */
  prepare(task: Task, threads: number): Promise<Prepared | null>;
}
