// The ops as functions of tensors: what a user calls, and what gradients are written with. Shapes are x: dtype[...], as
// ops/names.ts writes them; what does not fit is refused by the context with `shape-mismatch` or `dtype-mismatch`.
import { RustaError } from '../../schemas/errors.ts';
import type { DType } from '../dtype.ts';
import { type Shape, sameShape, sizeOf, written } from '../shape.ts';
import type { Context, Tensor } from '../tensor.ts';
import type { ActivationName, AttentionAttrs, BinaryName, OpAttrs, OpName, RopeAttrs, UnaryName } from './names.ts';

function all<N extends OpName>(op: N, inputs: readonly Tensor[], attrs: OpAttrs[N]): readonly Tensor[] {
  const { context } = inputs[0] as Tensor;
  return context.apply(op, inputs, attrs);
}

function one<N extends OpName>(op: N, inputs: readonly (Tensor | undefined)[], attrs: OpAttrs[N]): Tensor {
  return all(op, inputs.filter((input) => input !== undefined) as Tensor[], attrs)[0] as Tensor;
}

const none = {};
const unary =
  (op: UnaryName) =>
  (x: Tensor): Tensor =>
    one(op, [x], none as never);
const binary =
  (op: BinaryName) =>
  (a: Tensor, b: Tensor): Tensor =>
    one(op, [a, b], none as never);

type Unary = (x: Tensor) => Tensor;
type Binary = (a: Tensor, b: Tensor) => Tensor;

export const neg: Unary = unary('neg');
export const abs: Unary = unary('abs');
export const exp: Unary = unary('exp');
export const log: Unary = unary('log');
export const sqrt: Unary = unary('sqrt');
export const rsqrt: Unary = unary('rsqrt');
export const reciprocal: Unary = unary('reciprocal');
export const tanh: Unary = unary('tanh');
export const sigmoid: Unary = unary('sigmoid');
export const square: Unary = unary('square');
export const sin: Unary = unary('sin');
export const cos: Unary = unary('cos');
export const relu: Unary = unary('relu');
/** max(x, 0)². */
export const relu2: Unary = unary('relu2');
export const silu: Unary = unary('silu');
/** The tanh form. */
export const gelu: Unary = unary('gelu');
/** 1 where x is finite, else 0, in x's dtype. */
export const finite: Unary = unary('isFinite');

export const add: Binary = binary('add');
export const sub: Binary = binary('sub');
export const mul: Binary = binary('mul');
export const div: Binary = binary('div');
export const maximum: Binary = binary('maximum');
export const minimum: Binary = binary('minimum');
export const pow: Binary = binary('pow');
/** 1 where a < b, else 0, in the inputs' dtype. */
export const less: Binary = binary('less');
export const equal: Binary = binary('equal');

/** x * scale + shift. */
export function affine(x: Tensor, scale: number, shift: number): Tensor {
  return one('affine', [x], { scale, shift });
}

export function where(condition: Tensor, a: Tensor, b: Tensor): Tensor {
  return one('where', [condition, a, b], {});
}

/** g * f'(x). */
export function activationGrad(x: Tensor, g: Tensor, of: ActivationName): Tensor {
  return one('activationGrad', [x, g], { of });
}

/** x in another element type; x itself where it has it. */
export function cast(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : one('cast', [x], { dtype });
}

/** x, dense. */
export function copy(x: Tensor): Tensor {
  return one('copy', [x], {});
}

/** A constant in a context of its own choosing. */
export function fill(context: Context, shape: Shape, value: number, dtype: DType = 'f32'): Tensor {
  return context.apply('fill', [], { shape, dtype, value })[0] as Tensor;
}

/** A constant beside x: of its context and dtype. */
export function fillLike(x: Tensor, shape: Shape, value: number): Tensor {
  return fill(x.context, shape, value, x.dtype);
}

/** One extent may be -1: what is left. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const free = shape.indexOf(-1);
  const known = sizeOf(shape.filter((_, axis) => axis !== free));
  const full = free < 0 ? shape : shape.map((extent, axis) => (axis === free ? sizeOf(x.shape) / known : extent));
  return sameShape(x.shape, full) ? x : one('reshape', [x], { shape: full });
}

export function slice(x: Tensor, axis: number, start: number, length: number): Tensor {
  const at = axisOf('slice', x, axis);
  return start === 0 && length === x.shape[at] ? x : one('slice', [x], { axis: at, start, length });
}

/** Equal parts along an axis; their gradients are joined by one concat. */
export function split(x: Tensor, axis: number, parts: number): readonly Tensor[] {
  const at = axisOf('split', x, axis);
  return parts === 1 ? [x] : all('split', [x], { axis: at, parts });
}

/** x[index] along the leading axis, which goes: a dense view. */
export function at(x: Tensor, index: number): Tensor {
  return reshape(slice(x, 0, index, 1), x.shape.slice(1));
}

export function concat(parts: readonly Tensor[], axis: number): Tensor {
  const [first] = parts;
  if (first === undefined) throw new RustaError('nothing to join', { code: 'shape-mismatch', op: 'concat' });
  return parts.length === 1 ? first : one('concat', parts, { axis: axisOf('concat', first, axis) });
}

/** Zeros before and after, along an axis. */
export function pad(x: Tensor, axis: number, before: number, after: number): Tensor {
  return before === 0 && after === 0 ? x : one('pad', [x], { axis: axisOf('pad', x, axis), before, after });
}

export function transpose(x: Tensor, perm: readonly number[]): Tensor {
  return one('transpose', [x], { perm });
}

export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : one('broadcastTo', [x], { shape });
}

/** The gradient of broadcasting: sums over the axes that were broadcast. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.shape.length - shape.length;
  const axes = x.shape.flatMap((extent, axis) =>
    axis < lead || (shape[axis - lead] === 1 && extent !== 1) ? [axis] : [],
  );
  return reshape(sum(x, { axes, keepDims: true }), shape);
}

export interface Reduction {
  /** All axes where left out; negative ones count from the end. */
  readonly axes?: readonly number[];
  readonly keepDims?: boolean;
}

function reduction(op: string, x: Tensor, { axes, keepDims = false }: Reduction): OpAttrs['sum'] {
  const chosen = (axes ?? x.shape.map((_, axis) => axis)).map((axis) => axisOf(op, x, axis));
  return { axes: chosen.toSorted((a, b) => a - b), keepDims };
}

export function sum(x: Tensor, over: Reduction = {}): Tensor {
  return one('sum', [x], reduction('sum', x, over));
}

export function mean(x: Tensor, over: Reduction = {}): Tensor {
  return one('mean', [x], reduction('mean', x, over));
}

export function max(x: Tensor, over: Reduction = {}): Tensor {
  return one('max', [x], reduction('max', x, over));
}

/** f32[]: the sum of all squares. */
export function sumSquares(x: Tensor): Tensor {
  return one('sumSquares', [x], {});
}

/** i32[...]: index of the first largest along the last axis. */
export function argmax(x: Tensor): Tensor {
  return one('argmax', [x], {});
}

export interface MatmulOptions {
  readonly transA?: boolean;
  readonly transB?: boolean;
  readonly scale?: number;
  readonly epilogue?: 'none' | 'relu2';
  /** Added to the product; not together with an epilogue. */
  readonly residual?: Tensor;
  /** dtype of the result; a's where left out. */
  readonly out?: OpAttrs['matmul']['out'];
}

/** (a[...,M,K], b[...,K,N]) -> [...,M,N]. A dense layer with weights [out, in] is `matmul(x, w, { transB: true })`. */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  const { transA = false, transB = false, scale = 1, epilogue = 'none', residual } = options;
  const out = options.out ?? (a.dtype as OpAttrs['matmul']['out']);
  return one('matmul', [a, b, residual], { transA, transB, scale, epilogue, out });
}

/** Over the last axis. */
export function softmax(x: Tensor): Tensor {
  return one('softmax', [x], {});
}

export function logSoftmax(x: Tensor): Tensor {
  return one('logSoftmax', [x], {});
}

/** (logits[N,V], targets i32[N]) -> nats, f32[N]; with `cap`, of cap·tanh(logits/cap). */
export function crossEntropy(logits: Tensor, targets: Tensor, cap: number | null = null): Tensor {
  return all('crossEntropy', [logits, targets], { cap })[0] as Tensor;
}

export function crossEntropyGrad(logits: Tensor, targets: Tensor, lse: Tensor, g: Tensor, cap: number | null): Tensor {
  return one('crossEntropyGrad', [logits, targets, lse, g], { cap });
}

/** x / sqrt(mean(x²) + eps) over the last axis. */
export function rmsNorm(x: Tensor, eps: number): Tensor {
  return one('rmsNorm', [x], { eps });
}

export function rmsNormGrad(x: Tensor, g: Tensor, eps: number): Tensor {
  return one('rmsNormGrad', [x, g], { eps });
}

/** w[0]·x + w[1]·y. */
export function mix(x: Tensor, y: Tensor, w: Tensor): Tensor {
  return one('mix', [x, y, w], {});
}

export function mixGrad(x: Tensor, y: Tensor, w: Tensor, g: Tensor): readonly Tensor[] {
  return all('mixGrad', [x, y, w, g], {});
}

/** x[B,T,H*Dh], turned by its position. */
export function rope(x: Tensor, attrs: RopeAttrs, positions?: Tensor, inverse = false): Tensor {
  return one('rope', [x, positions], { ...attrs, inverse });
}

/** rope of each head's rmsNorm. */
export function normRope(x: Tensor, attrs: RopeAttrs & { readonly eps: number }, positions?: Tensor): Tensor {
  return one('normRope', [x, positions], attrs);
}

export function normRopeGrad(
  x: Tensor,
  g: Tensor,
  attrs: RopeAttrs & { readonly eps: number },
  positions?: Tensor,
): Tensor {
  return one('normRopeGrad', [x, g, positions], attrs);
}

/** (q[B,T,H*Dh], k[B,S,Hkv*Dh], v[B,S,Hkv*Dh]) -> [B,T,H*Dh]. */
export function attention(q: Tensor, k: Tensor, v: Tensor, attrs: AttentionAttrs): Tensor {
  return all('attention', [q, k, v], attrs)[0] as Tensor;
}

/** (q, k, v, out, lse, g) -> (dq, dk, dv). */
export function attentionGrad(inputs: readonly Tensor[], attrs: AttentionAttrs): readonly Tensor[] {
  return all('attentionGrad', inputs, attrs);
}

/** (table[V,D], ids i32|u8[...]) -> [...,D]. */
export function embedding(table: Tensor, ids: Tensor): Tensor {
  return one('embedding', [table, ids], {});
}

export function embeddingGrad(ids: Tensor, g: Tensor, rows: number): Tensor {
  return one('embeddingGrad', [ids, g], { rows });
}

/** (tables[K,R,D], ids i32|u8[B,T]) -> [B,T,D]: a row of each table for the n-gram that ends at t. */
export function hashEmbedding(tables: Tensor, ids: Tensor, orders: readonly number[]): Tensor {
  return one('hashEmbedding', [tables, ids], { orders });
}

export function hashEmbeddingGrad(ids: Tensor, g: Tensor, orders: readonly number[], rows: number): Tensor {
  return one('hashEmbeddingGrad', [ids, g], { orders, rows });
}

/** (key i32[2]) -> f32 in [0, 1). The same numbers on every backend. */
export function uniform(key: Tensor, shape: Shape, stream = 0): Tensor {
  return one('uniform', [key], { shape, stream });
}

export function normal(key: Tensor, shape: Shape, stream = 0): Tensor {
  return one('normal', [key], { shape, stream });
}

/** -> (p', m', v'). */
export function adamw(p: Tensor, g: Tensor, m: Tensor, v: Tensor, hyper: Tensor): readonly [Tensor, Tensor, Tensor] {
  return all('adamw', [p, g, m, v, hyper], {}) as unknown as readonly [Tensor, Tensor, Tensor];
}

/** (x f32[...,K], w i8[M,K], scale f32[M]) -> f32[...,M]. */
export function linearInt8(x: Tensor, w: Tensor, scale: Tensor): Tensor {
  return one('linearInt8', [x, w, scale], {});
}

/** The same without quantising x: (x f32|f16[...,K], w i8[M,K], scale f32[M]) -> f32[...,M], sums in f32. */
export function linearInt8Weights(x: Tensor, w: Tensor, scale: Tensor): Tensor {
  return one('linearInt8Weights', [x, w, scale], {});
}

/** -> (cache', scales'), in place. */
export function kvAppend(
  cache: Tensor,
  scales: Tensor,
  x: Tensor,
  slots: Tensor,
  heads: number,
): readonly [Tensor, Tensor] {
  return all('kvAppend', [cache, scales, x, slots], { heads }) as unknown as readonly [Tensor, Tensor];
}

/** -> (cache', scales'), in place: block to[i] takes block from[i]. */
export function kvCopy(cache: Tensor, scales: Tensor, from: Tensor, to: Tensor): readonly [Tensor, Tensor] {
  return all('kvCopy', [cache, scales, from, to], {}) as unknown as readonly [Tensor, Tensor];
}

/** (q, k, kScales, v, vScales, table, positions) -> f32[B,T,H*Dh]. */
export function attentionCached(inputs: readonly Tensor[], attrs: AttentionAttrs): Tensor {
  return one('attentionCached', inputs, attrs);
}

function axisOf(op: string, x: Tensor, axis: number): number {
  const from = axis < 0 ? axis + x.shape.length : axis;
  if (Number.isInteger(from) && from >= 0 && from < x.shape.length) return from;
  const expected = `an axis from ${-x.shape.length} to ${x.shape.length - 1}`;
  throw new RustaError(`axis ${axis} of ${written(x)}: expected ${expected}`, {
    code: 'shape-mismatch',
    op,
    expected,
    got: String(axis),
  });
}
