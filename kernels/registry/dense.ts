// WebAssembly kernels made of f32 matrix products: matmul and attention.
// The words used here are explained in wasm.ts.
import { roundUp, type Scratch } from '../spec.ts';

/** Bytes of f32 B[K,N] (or its transpose) as `gemmPackB` leaves it. */
export function packedBBytes(n: number, k: number): number {
  return roundUp(n, 8) * k * 4;
}

/** Bytes of one lane's packed A in `gemm`. */
const packedABytes: number = 128 * 512 * 4 + 128;

export const denseKernels = {
  /**
   * c[batch,M,N] dense = epilogue(scale * a·b) + residual. a: rows of aStride, [M,K], or [K,M] with transA; b: [K,N], or [N,K] with transB.
   * From matrix to matrix a moves by aBatch elements, b by bBatch (0: shared). residual is 0 or like c; c must be neither of the inputs.
   * Where b is shared and transA is 0, give batch*M as M: it is faster.
   */
  gemm: {
    module: 'dense',
    phases: ['gemmPackAll', 'gemmCompute'],
    params: {
      a: 'read',
      b: 'read',
      residual: 'read',
      c: 'write',
      m: 'i32',
      n: 'i32',
      k: 'i32',
      aStride: 'i32',
      bStride: 'i32',
      transA: 'i32',
      transB: 'i32',
      batch: 'i32',
      aBatch: 'i32',
      bBatch: 'i32',
      scale: 'f32',
      epilogue: 'i32',
      packedB: 'shared',
      packedA: 'lane',
    },
    scratch: ({ n, k, batch, bBatch }: { n: number; k: number; batch: number; bBatch: number }): Scratch => ({
      shared: packedBBytes(n, k) * (bBatch === 0 ? 1 : batch),
      lane: packedABytes,
    }),
  },
  /** b[K,N], or [N,K] with transB -> packed (packedBBytes), for `gemmPacked`. */
  gemmPackB: {
    module: 'dense',
    phases: ['gemmPackB'],
    params: { b: 'read', packed: 'write', n: 'i32', k: 'i32', bStride: 'i32', transB: 'i32' },
  },
  /** `gemm` of one matrix with b packed before: weights that stay the same. The same bits as `gemm`. */
  gemmPacked: {
    module: 'dense',
    phases: ['gemmPacked'],
    params: {
      a: 'read',
      packed: 'read',
      residual: 'read',
      c: 'write',
      m: 'i32',
      n: 'i32',
      k: 'i32',
      aStride: 'i32',
      transA: 'i32',
      scale: 'f32',
      epilogue: 'i32',
      packedA: 'lane',
    },
    scratch: (): Scratch => ({ shared: 0, lane: packedABytes }),
  },
  /**
   * q[batch,time,heads*headDim] with qStride from row to row, k and v [batch,keys,kvHeads*headDim] with theirs -> out dense,
   * lse[batch,heads,time]. window 0: none. Where causal, keys = time.
   */
  attention: {
    module: 'dense',
    phases: ['attention'],
    params: {
      q: 'read',
      k: 'read',
      v: 'read',
      out: 'write',
      lse: 'write',
      batch: 'i32',
      time: 'i32',
      keys: 'i32',
      heads: 'i32',
      kvHeads: 'i32',
      headDim: 'i32',
      qStride: 'i32',
      kStride: 'i32',
      vStride: 'i32',
      causal: 'i32',
      window: 'i32',
      scale: 'f32',
      work: 'lane',
    },
    scratch: ({ headDim }: { headDim: number }): Scratch => ({ shared: 0, lane: attentionBytes(4, 2, headDim) }),
  },
  /** -> dq, dk, dv dense. */
  attentionGrad: {
    module: 'dense',
    phases: ['attentionGrad'],
    params: {
      q: 'read',
      k: 'read',
      v: 'read',
      out: 'read',
      lse: 'read',
      g: 'read',
      dq: 'write',
      dk: 'write',
      dv: 'write',
      batch: 'i32',
      time: 'i32',
      keys: 'i32',
      heads: 'i32',
      kvHeads: 'i32',
      headDim: 'i32',
      qStride: 'i32',
      kStride: 'i32',
      vStride: 'i32',
      causal: 'i32',
      window: 'i32',
      scale: 'f32',
      work: 'lane',
    },
    scratch: ({ headDim }: { headDim: number }): Scratch => ({ shared: 0, lane: attentionBytes(9, 3, headDim) }),
  },
} as const;

/** Scratch of one lane in attention: pieces of 64 rows of a head (padded), squares of 64 x 64, statistics and a spare tile. */
function attentionBytes(pieces: number, squares: number, headDim: number): number {
  return 4 * 64 * (pieces * roundUp(headDim, 8) + squares * 64 + 4);
}
