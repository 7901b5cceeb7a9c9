// WebAssembly kernels that go element by element or row by row: f32, without matrix products.
// The words used here are explained in wasm.ts.
import { roundUp, type Scratch } from '../spec.ts';

/** Elements that one partial sum of `reduceAll` covers. */
const reduceBlock = 4096;

/** Constants that a lane keeps in memory: see expTable in wasm/math.ts. */
const constants: Scratch = { shared: 0, lane: 64 };

export const baseKernels = {
  /** y = f(x), f by `kind` (unaryCodes). In place: y may be x. */
  unary: { module: 'base', phases: ['unary'], params: { kind: 'i32', x: 'read', y: 'write', n: 'i32' } },
  /** y = f(a, b) by `kind` (binaryCodes), broadcast; y is dense over d0..d3 and may be a or b where that has its shape. */
  binary: {
    module: 'base',
    phases: ['binary'],
    params: {
      kind: 'i32',
      a: 'read',
      b: 'read',
      y: 'write',
      d0: 'i32',
      d1: 'i32',
      d2: 'i32',
      d3: 'i32',
      a0: 'i32',
      a1: 'i32',
      a2: 'i32',
      a3: 'i32',
      b0: 'i32',
      b1: 'i32',
      b2: 'i32',
      b3: 'i32',
    },
  },
  /** y = cond != 0 ? a : b, broadcast; y is dense over d0..d3. A NaN counts as true. */
  where: {
    module: 'base',
    phases: ['where'],
    params: {
      cond: 'read',
      a: 'read',
      b: 'read',
      y: 'write',
      d0: 'i32',
      d1: 'i32',
      d2: 'i32',
      d3: 'i32',
      c0: 'i32',
      c1: 'i32',
      c2: 'i32',
      c3: 'i32',
      a0: 'i32',
      a1: 'i32',
      a2: 'i32',
      a3: 'i32',
      b0: 'i32',
      b1: 'i32',
      b2: 'i32',
      b3: 'i32',
    },
  },
  /** y = x * scale + shift. In place: y may be x. */
  affine: {
    module: 'base',
    phases: ['affine'],
    params: { x: 'read', y: 'write', n: 'i32', scale: 'f32', shift: 'f32' },
  },
  /** y = g * f'(x), f by `kind` (activationCodes). In place: y may be x or g. */
  activationGrad: {
    module: 'base',
    phases: ['activationGrad'],
    params: { kind: 'i32', x: 'read', g: 'read', y: 'write', n: 'i32' },
  },
  /** y, dense = x, converted as `from` and `to` say (dtypeCodes). To integers: towards zero, saturating, NaN is 0. f16 rounds to even. */
  cast: {
    module: 'base',
    phases: ['cast'],
    params: { from: 'i32', to: 'i32', x: 'read', y: 'write', rows: 'i32', cols: 'i32', xStride: 'i32' },
  },
  /**
   * y = x, elements of `bytes` (1, 2 or 4), each with its own strides: copy, slice, concat (once for each input), transpose,
   * broadcastTo; and pad, after `fill`.
   */
  copy: {
    module: 'base',
    phases: ['copy'],
    params: {
      bytes: 'i32',
      x: 'read',
      y: 'write',
      d0: 'i32',
      d1: 'i32',
      d2: 'i32',
      d3: 'i32',
      x0: 'i32',
      x1: 'i32',
      x2: 'i32',
      x3: 'i32',
      y0: 'i32',
      y1: 'i32',
      y2: 'i32',
      y3: 'i32',
    },
  },
  /** y[n] of `bytes` each (1, 2 or 4) = the low bytes of `bits`. */
  fill: { module: 'base', phases: ['fill'], params: { bytes: 'i32', y: 'write', n: 'i32', bits: 'i32' } },
  /** y[n] for random numbers of `kind` (randomCodes); key i32[2]. */
  random: {
    module: 'base',
    phases: ['random'],
    params: { kind: 'i32', key: 'read', y: 'write', n: 'i32', stream: 'i32' },
  },
  /**
   * y[d0,d1,d2] dense = factor * the reduction by `kind` (reduceCodes) of x over r0,r1,r2; x has strides x0..x2 on the kept
   * axes and s0..s2 on the reduced ones, the last innermost. Of no elements: 0, or -inf for max. NaN passes through max.
   */
  reduce: {
    module: 'base',
    phases: ['reduce'],
    params: {
      kind: 'i32',
      x: 'read',
      y: 'write',
      d0: 'i32',
      d1: 'i32',
      d2: 'i32',
      x0: 'i32',
      x1: 'i32',
      x2: 'i32',
      r0: 'i32',
      r1: 'i32',
      r2: 'i32',
      s0: 'i32',
      s1: 'i32',
      s2: 'i32',
      factor: 'f32',
    },
  },
  /** y[1] = factor * the reduction by `kind` of dense x[n], by blocks of a fixed size: for sumSquares and sums to a scalar. */
  reduceAll: {
    module: 'base',
    phases: ['reduceBlocks', 'reduceLast'],
    params: { kind: 'i32', x: 'read', y: 'write', n: 'i32', factor: 'f32', partial: 'shared' },
    scratch: ({ n }: { n: number }): Scratch => ({ shared: Math.ceil(n / reduceBlock) * 4, lane: 0 }),
  },
  /** x[rows,cols] -> i32[rows]. */
  argmax: {
    module: 'base',
    phases: ['argmax'],
    params: { x: 'read', y: 'write', rows: 'i32', cols: 'i32' },
  },
  /** By `kind` (softmaxCodes). In place: y may be x. */
  softmax: {
    module: 'base',
    phases: ['softmax'],
    params: { kind: 'i32', x: 'read', y: 'write', rows: 'i32', cols: 'i32', table: 'lane' },
    scratch: (): Scratch => constants,
  },
  /** cap 0: none. */
  crossEntropy: {
    module: 'base',
    phases: ['crossEntropy'],
    params: {
      logits: 'read',
      targets: 'read',
      loss: 'write',
      lse: 'write',
      rows: 'i32',
      cols: 'i32',
      cap: 'f32',
      table: 'lane',
    },
    scratch: (): Scratch => constants,
  },
  /** cap 0: none. In place: d may be logits. */
  crossEntropyGrad: {
    module: 'base',
    phases: ['crossEntropyGrad'],
    params: {
      logits: 'read',
      targets: 'read',
      lse: 'read',
      g: 'read',
      d: 'write',
      rows: 'i32',
      cols: 'i32',
      cap: 'f32',
      table: 'lane',
    },
    scratch: (): Scratch => constants,
  },
  rmsNorm: {
    module: 'base',
    phases: ['rmsNorm'],
    params: { x: 'read', y: 'write', rows: 'i32', cols: 'i32', xStride: 'i32', eps: 'f32' },
  },
  rmsNormGrad: {
    module: 'base',
    phases: ['rmsNormGrad'],
    params: { x: 'read', g: 'read', dx: 'write', rows: 'i32', cols: 'i32', xStride: 'i32', eps: 'f32' },
  },
  /**
   * x[rows, heads * headDim], rows = B*T; positions i32[rows], or 0: row modulo `time`. `norm` 1: rmsNorm of each head first (with
   * eps); `inverse` 1: turns back. headDim is even.
   */
  rope: {
    module: 'base',
    phases: ['rope'],
    params: {
      x: 'read',
      positions: 'read',
      y: 'write',
      rows: 'i32',
      time: 'i32',
      heads: 'i32',
      headDim: 'i32',
      xStride: 'i32',
      base: 'f32',
      inverse: 'i32',
      norm: 'i32',
      eps: 'f32',
      angles: 'lane',
    },
    scratch: ({ headDim }: { headDim: number }): Scratch => ({ shared: 0, lane: headDim * 16 }),
  },
  /** The gradient of `rope` with norm 1. (Without a norm it is `rope` with inverse 1.) */
  normRopeGrad: {
    module: 'base',
    phases: ['normRopeGrad'],
    params: {
      x: 'read',
      g: 'read',
      positions: 'read',
      dx: 'write',
      rows: 'i32',
      time: 'i32',
      heads: 'i32',
      headDim: 'i32',
      xStride: 'i32',
      base: 'f32',
      eps: 'f32',
      angles: 'lane',
    },
    scratch: ({ headDim }: { headDim: number }): Scratch => ({ shared: 0, lane: headDim * 20 + 128 }),
  },
  /** table[tableRows,cols], ids[n] of idBytes (1: u8, 4: i32) -> y[n,cols]. */
  embedding: {
    module: 'base',
    phases: ['embedding'],
    params: { table: 'read', ids: 'read', y: 'write', n: 'i32', tableRows: 'i32', cols: 'i32', idBytes: 'i32' },
  },
  /** All of d[tableRows,cols] is written. */
  embeddingGrad: {
    module: 'base',
    phases: ['embeddingGrad'],
    params: { ids: 'read', g: 'read', d: 'write', n: 'i32', tableRows: 'i32', cols: 'i32', idBytes: 'i32' },
  },
  /** tables[count,tableRows,cols], ids[batch,time]. Up to eight orders of 1..255, a byte each: orders0 holds the first four, lowest byte first. */
  hashEmbedding: {
    module: 'base',
    phases: ['hashEmbedding'],
    params: {
      tables: 'read',
      ids: 'read',
      y: 'write',
      batch: 'i32',
      time: 'i32',
      count: 'i32',
      tableRows: 'i32',
      cols: 'i32',
      orders0: 'i32',
      orders1: 'i32',
      idBytes: 'i32',
    },
  },
  /** All of d[count,tableRows,cols] is written. */
  hashEmbeddingGrad: {
    module: 'base',
    phases: ['hashEmbeddingGrad'],
    params: {
      ids: 'read',
      g: 'read',
      d: 'write',
      batch: 'i32',
      time: 'i32',
      count: 'i32',
      tableRows: 'i32',
      cols: 'i32',
      orders0: 'i32',
      orders1: 'i32',
      idBytes: 'i32',
    },
  },
  /** `kvAppend` (int8.ts) to a cache of f16, whose scales are 1. */
  kvAppend16: {
    module: 'base',
    phases: ['kvAppend16'],
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
  /** `attentionCached` (int8.ts) over caches of f16. */
  attentionCached16: {
    module: 'base',
    phases: ['attentionCached16'],
    params: {
      q: 'read',
      k: 'read',
      v: 'read',
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
    // Scores of a block, its keys and values in f32, and 16 queries with their sums and states.
    scratch: ({ headDim }: { headDim: number }): Scratch => ({ shared: 0, lane: 512 + roundUp(headDim, 4) * 640 }),
  },
  /** p, m, v in place; hyper f32[8]. */
  adamw: {
    module: 'base',
    phases: ['adamw'],
    params: { p: 'update', g: 'read', m: 'update', v: 'update', hyper: 'read', n: 'i32' },
  },
} as const;
