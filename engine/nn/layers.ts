// Layers as functions of tensors, without state of their own. Weights are [out, in], as PyTorch keeps them.
import { attention, matmul, mix, normRope, rmsNorm, split } from '../ops/functions.ts';
import type { Tensor } from '../tensor.ts';

export interface Heads {
  readonly heads: number;
  /** Positions back that are seen, the own one included; null: all. */
  readonly window: number | null;
  readonly ropeBase: number;
  readonly normEps: number;
}

export interface BlockWeights {
  /** [3D, D]: of queries, keys and values. */
  readonly qkv: Tensor;
  /** [D, D]. */
  readonly out: Tensor;
  /** [F, D]. */
  readonly up: Tensor;
  /** [D, F]. */
  readonly down: Tensor;
  /** f32[2]: of the residual stream and of the input embedding. */
  readonly mix: Tensor;
}

/** Causal attention with QK-norm and RoPE: x[B,T,D] -> residual + out(attention(x)). q, k and v are views of one product. */
export function selfAttention(x: Tensor, { qkv, out }: BlockWeights, residual: Tensor, options: Heads): Tensor {
  const { heads, window, ropeBase: base, normEps: eps } = options;
  const [q, k, v] = split(matmul(x, qkv, { transB: true }), -1, 3) as readonly [Tensor, Tensor, Tensor];
  const width = (x.shape.at(-1) as number) / heads;
  const attrs = { heads, kvHeads: heads, window, causal: true, scale: 1 / Math.sqrt(width) };
  const mixed = attention(normRope(q, { heads, base, eps }), normRope(k, { heads, base, eps }), v, attrs);
  return matmul(mixed, out, { transB: true, residual });
}

/** x[B,T,D] -> residual + down(relu(up(x))²) (So et al. 2021). */
export function mlp(x: Tensor, { up, down }: BlockWeights, residual: Tensor): Tensor {
  return matmul(matmul(x, up, { transB: true, epilogue: 'relu2' }), down, { transB: true, residual });
}

/** One block of the transformer over x[B,T,D]; x0 is the normed embedding. */
export function block(x: Tensor, x0: Tensor, weights: BlockWeights, options: Heads): Tensor {
  const mixed = mix(x, x0, weights.mix);
  const attended = selfAttention(rmsNorm(mixed, options.normEps), weights, mixed, options);
  return mlp(rmsNorm(attended, options.normEps), weights, attended);
}
