// WebAssembly kernels over bytes: W8A8 matrix products and attention over an int8 cache.
// The words used here are explained in wasm.ts.
import { roundUp, type Scratch } from '../spec.ts';

/** Bytes of an int8 weight matrix w[M,K] with its scales, as `int8Pack` leaves it. */
export function packedInt8Bytes(m: number, k: number): number {
  return roundUp(m, 8) * (roundUp(k, 16) + 8);
}

export const int8Kernels = {
  /** w i8[M,K], scale f32[M] -> packed (packedInt8Bytes), for `linearInt8`, whatever variant of the module runs. */
  int8Pack: {
    module: 'int8',
    phases: ['int8Pack'],
    params: { w: 'read', scale: 'read', packed: 'write', m: 'i32', k: 'i32' },
  },
  /** x f32[rows,K], w packed by `int8Pack` -> y f32[rows,M]: any number of rows; few of them share one read of the weights. */
  linearInt8: {
    module: 'int8',
    phases: ['int8Quantise', 'int8Multiply'],
    params: {
      x: 'read',
      packed: 'read',
      y: 'write',
      rows: 'i32',
      m: 'i32',
      k: 'i32',
      xStride: 'i32',
      quantised: 'shared',
    },
    scratch: ({ rows, k }: { rows: number; k: number }): Scratch => ({ shared: int8RowsBytes(rows, k), lane: 0 }),
  },
  /** The same in one phase, with the same bits: for few rows (up to 16 or so), where a barrier costs more than to quantise twice. */
  linearInt8Few: {
    module: 'int8',
    phases: ['linearInt8Few'],
    params: {
      x: 'read',
      packed: 'read',
      y: 'write',
      rows: 'i32',
      m: 'i32',
      k: 'i32',
      xStride: 'i32',
      quantised: 'lane',
    },
    scratch: ({ rows, k }: { rows: number; k: number }): Scratch => ({ shared: 0, lane: int8RowsBytes(rows, k) }),
  },
  /** x f32[rows, heads*headDim] -> rows `slots` i32[rows] of cache i8[…,64,heads*headDim] and scales f32[…,64,heads]. Slots differ. */
  kvAppend: {
    module: 'int8',
    phases: ['kvAppend'],
    params: {
      x: 'read',
      slots: 'read',
      cache: 'update',
      scales: 'update',
      rows: 'i32',
      heads: 'i32',
      headDim: 'i32',
      xStride: 'i32',
    },
  },
  /** cache i8[blocks,64,heads*headDim], scales f32[blocks,64,heads]; from and to i32[pairs]. Of f16: twice the headDim. */
  kvCopy: {
    module: 'int8',
    phases: ['kvCopy'],
    params: {
      cache: 'update',
      scales: 'update',
      from: 'read',
      to: 'read',
      pairs: 'i32',
      blocks: 'i32',
      heads: 'i32',
      headDim: 'i32',
    },
  },
  /** table i32[batch,tableCols], positions i32[batch,time]. window 0: none. headDim is at most 256. */
  attentionCached: {
    module: 'int8',
    phases: ['attentionCached'],
    params: {
      q: 'read',
      k: 'read',
      kScales: 'read',
      v: 'read',
      vScales: 'read',
      table: 'read',
      positions: 'read',
      out: 'write',
      batch: 'i32',
      time: 'i32',
      tableCols: 'i32',
      heads: 'i32',
      kvHeads: 'i32',
      headDim: 'i32',
      qStride: 'i32',
      window: 'i32',
      scale: 'f32',
      work: 'lane',
    },
    // Scores, weights and scales of a block, its values widened, and 16 queries, or 3 of every head, with their states.
    scratch: ({ headDim, heads }: { headDim: number; heads: number }): Scratch => {
      const padded = roundUp(headDim, 16);
      return { shared: 0, lane: 1344 + padded * 128 + Math.max(16, 3 * heads) * (padded * 6 + 16) };
    },
  },
} as const;

/** Quantised rows and their scales. */
function int8RowsBytes(rows: number, k: number): number {
  return roundUp(rows, 4) * (roundUp(k, 16) * 2 + 4);
}
