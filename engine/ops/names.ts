// Every op by name, with its attributes and exact meaning. The one table that gives each its rules is table.ts; backends,
// kernels and gradients are total over these names. N stands for the product of leading axes.
import type { DType } from '../dtype.ts';
import type { Shape } from '../shape.ts';

// biome-ignore lint/complexity/noBannedTypes: an op without attributes
type None = {};

export type UnaryName =
  | 'neg'
  | 'abs'
  | 'exp'
  | 'log'
  | 'sqrt'
  | 'rsqrt'
  | 'reciprocal'
  | 'tanh'
  | 'sigmoid'
  | 'square'
  | 'sin'
  | 'cos'
  | 'relu'
  | 'relu2'
  | 'silu'
  | 'gelu'
  | 'isFinite';

export type BinaryName = 'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'minimum' | 'pow' | 'less' | 'equal';

export type ActivationName = 'relu' | 'relu2' | 'silu' | 'gelu';

interface Axes {
  /** Axes that are reduced, ascending. */
  readonly axes: readonly number[];
  /** Whether a reduced axis stays, with extent 1. */
  readonly keepDims: boolean;
}

export interface AttentionAttrs {
  readonly heads: number;
  /** Heads of k and v; divides `heads`. */
  readonly kvHeads: number;
  /** A query at t sees keys j with t - window < j <= t; null: all j <= t (all j where not causal). */
  readonly window: number | null;
  readonly causal: boolean;
  /** Factor on q·k; 1/sqrt(Dh) by custom. */
  readonly scale: number;
}

export interface RopeAttrs {
  readonly heads: number;
  /** Base of the frequencies: pair i of Dh/2 turns by position * base^(-2i/Dh). Halves are paired: (x[i], x[i + Dh/2]). */
  readonly base: number;
}

// Elementwise ops take f32, f16 or f64, all inputs alike, and give the same dtype; `less`, `equal` and `isFinite` give 1 or 0.
// relu, relu2, maximum, minimum and max let NaN through. gelu is the tanh form: x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x³))).
// Of two equal values, maximum and minimum take the gradient to the first; max shares it evenly.
type Elementwise = { readonly [N in UnaryName | BinaryName]: None };

/** Attributes of each op, by name. Inputs and outputs are in the comments; `?` marks an input that may be left out. */
export interface OpAttrs extends Elementwise {
  /** x -> x * scale + shift. */
  affine: { readonly scale: number; readonly shift: number };
  /** (cond, a, b), broadcast -> cond != 0 ? a : b. cond is f32 or of the dtype of a and b (NaN counts as true). */
  where: None;
  /** (x, g) -> g * f'(x), of an activation. */
  activationGrad: { readonly of: ActivationName };
  cast: { readonly dtype: DType };
  /** x, any layout -> the same, dense. */
  copy: None;
  /** () -> a constant. */
  fill: { readonly shape: Shape; readonly dtype: DType; readonly value: number };
  /** A view where x is dense. */
  reshape: { readonly shape: Shape };
  /** A view where the axis is the last or everything before it has extent 1. */
  slice: { readonly axis: number; readonly start: number; readonly length: number };
  /** (x) -> `parts` equal slices along an axis, in order: views where slice would be one. Its gradient is one concat. */
  split: { readonly axis: number; readonly parts: number };
  /** (x...), along one axis. */
  concat: { readonly axis: number };
  /** Zeros before and after, along one axis: the gradient of slice. */
  pad: { readonly axis: number; readonly before: number; readonly after: number };
  transpose: { readonly perm: readonly number[] };
  broadcastTo: { readonly shape: Shape };
  sum: Axes;
  mean: Axes;
  max: Axes;
  /** x[...,C] -> f32[]: the sum of all squares, summed in f32 whatever x's dtype. (Here and below, f32 statistics are f64 of f64.) */
  sumSquares: None;
  /** x[...,C] -> i32[...]: index of the first largest; NaN counts as largest. */
  argmax: None;
  /**
   * (a[...,M,K], b[...,K,N], residual?[...,M,N]) -> epilogue(scale * a·b) + residual, [...,M,N]. transA: a is [...,K,M]; transB: b
   * is [...,N,K]. Leading axes equal, or b has none (then it is shared). Sums in f32 whatever the inputs; `out` is the
   * result's dtype. Gradients of relu2 are taken from the result: 2·sqrt(y)·g; relu2 and a residual do not go together. The
   * residual has the result's dtype.
   */
  matmul: {
    readonly transA: boolean;
    readonly transB: boolean;
    readonly scale: number;
    readonly epilogue: 'none' | 'relu2';
    readonly out: 'f32' | 'f16' | 'f64';
  };
  /** Over the last axis. */
  softmax: None;
  logSoftmax: None;
  /**
   * (logits[N,V], targets i32[N]) -> (loss f32[N], lse f32[N]) with z = cap === null ? logits : cap * tanh(logits / cap). A target of -1
   * is left out: loss 0, no gradient.
   */
  crossEntropy: { readonly cap: number | null };
  /** (logits, targets, lse, g f32[N]) -> d logits. */
  crossEntropyGrad: { readonly cap: number | null };
  /** x[...,C] -> x / sqrt(mean(x²) + eps), without parameters. */
  rmsNorm: { readonly eps: number };
  /** (x, g) -> d x. */
  rmsNormGrad: { readonly eps: number };
  /** (x[...,C], y[...,C], w f32[2]) -> w[0]·x + w[1]·y, in the dtype of x and y. */
  mix: None;
  /** (x, y, w, g) -> (d x, d y, d w f32[2]), d w summed in f32. */
  mixGrad: None;
  /** (x[B,T,H*Dh], positions? i32[B,T]; 0..T-1 without) -> turned; `inverse` turns back, which is the gradient. */
  rope: RopeAttrs & { readonly inverse: boolean };
  /** rope(rmsNorm of each head): the same inputs. */
  normRope: RopeAttrs & { readonly eps: number };
  /** (x, g, positions?) -> d x. */
  normRopeGrad: RopeAttrs & { readonly eps: number };
  /** (q[B,T,H*Dh], k[B,S,Hkv*Dh], v[B,S,Hkv*Dh]) -> (out[B,T,H*Dh], lse f32[B,H,T]). Where causal, T = S. No T×S matrix is kept. */
  attention: AttentionAttrs;
  /** (q, k, v, out, lse, g) -> (dq, dk, dv). */
  attentionGrad: AttentionAttrs;
  /** (table[V,D], ids i32|u8[...]) -> [...,D]. An id outside the table gives zeros. */
  embedding: None;
  /** (ids, g[...,D]) -> f32[rows,D], summed in order of position. */
  embeddingGrad: { readonly rows: number };
  /**
   * (tables[K,R,D], ids i32|u8[B,T]) -> [B,T,D]: the sum over k of row hash(orders[k]) of table k. The hash of order n at t, in u32:
   * h = 0x811c9dc5 ^ n; for i = 0..n-1: h = (h ^ (t >= i ? ids[t-i] + 1 : 0)) * 0x01000193; then h ^= h >>> 16; h *= 0x85ebca6b;
   * h ^= h >>> 13; h *= 0xc2b2ae35; h ^= h >>> 16; the row is h % R. (FNV-1a, finished as MurmurHash3 does.) An id of -1 stands for
   * a place before the text: it counts as t < i does.
   */
  hashEmbedding: { readonly orders: readonly number[] };
  /** (ids, g[B,T,D]) -> f32[K,R,D]. */
  hashEmbeddingGrad: { readonly orders: readonly number[]; readonly rows: number };
  /** (key i32[2]) -> uniform in [0,1), Philox4x32-10: element e is word e%4 of the block with counter (e/4, stream, 0, 0). 24 bits. */
  uniform: { readonly shape: Shape; readonly stream: number };
  /**
   * Standard normal by Box–Muller over the same words w: elements 2i and 2i+1 are r·cos(a) and r·sin(a), with
   * r = sqrt(-2 ln u), u = ((w[2i] >>> 8) + 1) / 2^24, a = 2·pi·(w[2i+1] >>> 8) / 2^24.
   */
  normal: { readonly shape: Shape; readonly stream: number };
  /**
   * (p f32, g, m f32, v f32, hyper f32[8] = lr, beta1, beta2, eps, weightDecay, 1-beta1^t, 1-beta2^t, gate) -> (p', m', v'): AdamW
   * (decoupled decay), g multiplied by gate first; gate 0 changes nothing, whatever g holds.
   */
  adamw: None;
  /**
   * (x f32[...,K], w i8[M,K], scale f32[M]) -> f32[...,M]. Each row of x is quantised: s = max|x|/63, q = round(x/s) + 64 in 1..127
   * (half away from zero; s = 0 gives q = 64; max, s and x/s in f32); the sum over k of (q - 64)·w is exact in i32; y = s * scale * sum, in f32.
   */
  linearInt8: None;
  /**
   * (x f32|f16[...,K], w i8[M,K], scale f32[M]) -> f32[...,M]: y = scale * the sum over k of x·w, summed in f32. x is not quantised, so that NaN
   * and infinity in a row of x reach that row of y alone.
   */
  linearInt8Weights: None;
  /**
   * (cache i8[blocks,64,H*Dh], scales f32[blocks,64,H], x f32[B,T,H*Dh], slots i32[B,T]) -> (cache', scales'), in place: row `slot` (block * 64 +
   * place) takes x, each head with its own scale max|x|/127. A negative slot is not written. A cache of f16 takes x as the nearest
   * f16, with scale 1; the ops below take either.
   */
  kvAppend: { readonly heads: number };
  /**
   * (cache i8[blocks,64,C], scales f32[blocks,64,H], from i32[N], to i32[N]) -> (cache', scales'), in place: block to[i] takes block from[i],
   * in order of i. A pair with a number outside 0..blocks-1 does nothing. For the fork of a sequence within a block.
   */
  kvCopy: None;
  /**
   * (q f32[B,T,H*Dh], k i8[blocks,64,Hkv*Dh], kScales, v, vScales, table i32[B,blocks of a sequence], positions i32[B,T]) -> f32[B,T,H*Dh]. Position p
   * of sequence b lies in block table[b, p / 64] at p % 64; keys 0..positions[b,t] are seen, or the last `window` of them.
   * Sums go over blocks from position 0 up, so that the result does not depend on how positions came in.
   */
  attentionCached: AttentionAttrs;
}

export type OpName = keyof OpAttrs;
