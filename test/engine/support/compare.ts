// How near a backend must come to the reference: exactly where nothing is computed, within a bound of what was summed
// where sums are, relative elsewhere. NaN and infinity must be where the reference has them.
import { roundTo } from '../../../engine/contents.ts';
import { isFloat } from '../../../engine/dtype.ts';
import type { OpDef, Ref } from '../../../engine/ops/def.ts';
import type { OpAttrs, OpName } from '../../../engine/ops/names.ts';
import { table } from '../../../engine/ops/table.ts';
import { lastOf, type TensorType } from '../../../engine/shape.ts';
import { roundingOf } from './cached.ts';

/** Ops that move values, choose among them, or count. */
const exact: ReadonlySet<OpName> = new Set<OpName>([
  ...(['neg', 'abs', 'relu', 'isFinite', 'maximum', 'minimum', 'less', 'equal', 'where', 'max', 'argmax'] as const),
  ...(['copy', 'fill', 'reshape', 'slice', 'split', 'concat', 'pad', 'transpose', 'broadcastTo', 'cast'] as const),
  ...(['embedding', 'uniform'] as const),
]);

/** Ops that are sums of products: the error is bounded by the same sum of absolute values. */
const sums: ReadonlySet<OpName> = new Set<OpName>([
  ...([
    'sum',
    'mean',
    'sumSquares',
    'matmul',
    'linearInt8Weights',
    'embeddingGrad',
    'hashEmbedding',
    'hashEmbeddingGrad',
  ] as const),
  ...(['add', 'sub', 'affine', 'mix', 'rope'] as const),
]);

/** Relative to the bound of an element. */
export function toleranceOf(types: readonly TensorType[]): number {
  return types.some(({ dtype }) => dtype === 'f16') ? 2e-3 : types.every(({ dtype }) => dtype !== 'f32') ? 1e-9 : 1e-5;
}

/** Ops that end in a difference or mean of larger numbers: what those are, by element and number of the output. */
const differences: {
  readonly [N in OpName]?: (inputs: readonly Ref[], attrs: OpAttrs[N]) => (at: number, slot: number) => number;
} = {
  // The logarithm of a sum of exponentials is near the largest score, which is a sum of products.
  attention: ([q, k], { heads, scale }) => {
    const width = lastOf((q as Ref).shape) / heads;
    const most = scale * width * largest((q as Ref).data) * largest((k as Ref).data);
    return (_, slot) => (slot === 1 ? most : 0);
  },
  crossEntropy: ([logits]) => {
    const most = largest((logits as Ref).data);
    return (_, slot) => (slot === 0 ? most : 0);
  },
  crossEntropyGrad: (inputs) => {
    const most = largest((inputs[3] as Ref).data);
    return () => most;
  },
  rmsNormGrad: ([x, g]) => rowsOver(x as Ref, g as Ref, lastOf((x as Ref).shape)),
  normRopeGrad: ([x, g], { heads }) => rowsOver(x as Ref, g as Ref, lastOf((x as Ref).shape) / heads),
};

const broadcasting: ReadonlySet<OpName> = new Set<OpName>(['add', 'sub', 'mul', 'div', 'pow']);

/**
 * Of the gradient `g` of an op's first output: the size of numbers whose difference the op's own gradient is. Where they cancel,
 * as a softmax of one element does, the rounding of theirs is left. 0: nothing cancels.
 */
export function cancelling(op: OpName, inputs: readonly Ref[], attrs: unknown, g: Ref): number {
  const [x, y, z] = inputs as readonly [Ref, Ref, Ref];
  const { heads = 1 } = attrs as { heads?: number };
  const overRows = (width: number): number =>
    g.data.reduce((most, _, at) => Math.max(most, rowsOver(x, g, width)(at)), 0);
  if (op === 'crossEntropy') return largest(g.data) * Math.max(1, largest(x.data));
  if (op === 'attention') return rms(g.data) * rms(z.data) * Math.max(rms(x.data), rms(y.data));
  if (op === 'rmsNorm') return overRows(lastOf(x.shape));
  if (op === 'normRope') return overRows(lastOf(x.shape) / heads);
  // The gradient of what was broadcast is a sum of products, of any sign, of g and the other side.
  if (broadcasting.has(op) && Math.min(x.data.length, y.data.length) < g.data.length)
    return g.data.reduce((sum, each) => sum + Math.abs(each), 0) * Math.max(1, largest(x.data), largest(y.data)) ** 2;
  return 0;
}

/** What `g` may become where rows of x, `width` long, are divided by their norm. */
function rowsOver(x: Ref, g: Ref, width: number): (at: number) => number {
  return (at) => {
    const begin = at - (at % width);
    return largest(g.data.subarray(begin, begin + width)) / (rms(x.data.subarray(begin, begin + width)) + 1e-3);
  };
}

function largest(data: Float64Array): number {
  return data.reduce((most, x) => (Number.isFinite(x) ? Math.max(most, Math.abs(x)) : most), 0);
}

/** For each output the reference's numbers, and for each element the error that is allowed. */
export function expected<A>(
  op: OpName,
  inputs: readonly Ref[],
  attrs: A,
  outputs: readonly TensorType[],
): { readonly data: Float64Array; readonly bound: Float64Array }[] {
  const def = table[op] as unknown as OpDef<A>;
  const results = def.forward(inputs, attrs).map((data) => data.slice());
  const tolerance = toleranceOf([...inputs.map(({ type }) => type), ...outputs]);
  const over = differences[op]?.(inputs, attrs as never);
  const rounding = op === 'attentionCached' ? roundingOf(inputs, attrs as never) : null;
  const sizes = sums.has(op) ? sizesOf(op, def, inputs, attrs) : null;
  return results.map((data, slot) => {
    const type = outputs[slot] as TensorType;
    const typical = rms(data);
    const bound = data.map((value, at) => {
      if (exact.has(op) || !isFloat(type.dtype)) return 0;
      const own = tolerance * Math.max(sizes?.[slot]?.[at] ?? typical, Math.abs(value), over?.(at, slot) ?? 0);
      return own + (rounding?.[at] ?? 0);
    });
    return { data: roundTo(type.dtype, data), bound };
  });
}

/** The op of absolute values: for a matmul, |scale|·Σ|a||b| + |residual|. */
function sizesOf<A>(op: OpName, def: OpDef<A>, inputs: readonly Ref[], attrs: A): readonly Float64Array[] {
  const factor = ({ type: { dtype } }: Ref): boolean => isFloat(dtype) || dtype === 'i8';
  const absolute = inputs.map((ref) => (factor(ref) ? { ...ref, data: ref.data.map(Math.abs) } : ref));
  const given = attrs as { scale?: number; shift?: number; epilogue?: string };
  const positive = { ...given } as { scale?: number; shift?: number };
  if (given.scale !== undefined) positive.scale = Math.abs(given.scale);
  if (given.shift !== undefined) positive.shift = Math.abs(given.shift);
  if (op === 'sub') return table.add.forward(absolute, {});
  if (op === 'rope') {
    const size = rms((inputs[0] as Ref).data) * 4;
    return [(inputs[0] as Ref).data.map(() => size)];
  }
  return def.forward(absolute, positive as A);
}

/** Root of the mean square of what is finite. */
function rms(data: Float64Array): number {
  const finite = data.filter(Number.isFinite);
  return finite.length === 0 ? 0 : Math.sqrt(finite.reduce((sum, x) => sum + x * x, 0) / finite.length);
}

/** The first element that is off, in words; null where all are right. */
export function difference(
  got: ArrayLike<number>,
  { data, bound }: { readonly data: Float64Array; readonly bound: Float64Array },
): string | null {
  if (got.length !== data.length) return `${got.length} elements, expected ${data.length}`;
  for (let at = 0; at < data.length; at += 1) {
    const [is, should] = [got[at] as number, data[at] as number];
    if (is === should || (Number.isNaN(is) && Number.isNaN(should))) continue;
    const error = Math.abs(is - should);
    if (Number.isFinite(should) && error <= (bound[at] as number)) continue;
    return `element ${at} is ${is}, expected ${should} (error ${error}, allowed ${bound[at]})`;
  }
  return null;
}
