// How far attention over the int8 cache may be off, by what it rounds: derived from the inputs of a case, element by element.
import type { Ref } from '../../../engine/ops/def.ts';
import type { AttentionAttrs } from '../../../engine/ops/names.ts';
import { blockLength } from '../../../engine/ops/quantised.ts';
import { lastOf } from '../../../engine/shape.ts';

/** Half a unit of 16 bits, in parts of the largest. */
const half = 1 / (2 * 32_767);
/** Rounding of f32 in exponentials, scales and sums over some blocks, in parts of what is summed. */
const single = 2e-6;

/**
 * A query is rounded to units of its largest element q, so that the score of key k is off by at most d = scale s_k q half sum|k|.
 * A softmax whose scores are off by d has weights p exp(-2d) to p exp(2d). Weights times the values' scales s_v are rounded to units of
 * the largest in their block, so that the value at i is off by at most max(p s_v) half sum|v_i| for each block. Together:
 * (exp(2d) - 1) sum(p s_v |v_i|) + exp(2d) sum over blocks of max(p s_v) half sum|v_i|.
 * @returns the bound of each element of the output; 0 where the cache is f16, since nothing is rounded to units there.
 */
export function roundingOf(inputs: readonly Ref[], { heads, kvHeads, window, scale }: AttentionAttrs): Float64Array {
  const [q, k, kScales, v, vScales, table, positions] = inputs as readonly [Ref, Ref, Ref, Ref, Ref, Ref, Ref];
  const bound = new Float64Array(q.data.length);
  if (k.type.dtype !== 'i8') return bound;
  const width = lastOf(q.shape) / heads;
  const time = lastOf(positions.shape);
  const columns = lastOf(table.shape);
  for (const [row, last] of positions.data.entries()) {
    const first = window === null ? 0 : Math.max(0, last - window + 1);
    for (let head = 0; head < heads; head += 1) {
      const query = q.data.subarray((row * heads + head) * width, (row * heads + head + 1) * width);
      const most = query.reduce((top, x) => Math.max(top, Math.abs(x)), 0);
      const keys = Array.from({ length: last - first + 1 }, (_, index) => {
        const position = first + index;
        const block = table.data[Math.floor(row / time) * columns + Math.floor(position / blockLength)] as number;
        const slot = (block * blockLength + (position % blockLength)) * kvHeads + Math.floor((head * kvHeads) / heads);
        const own = k.data.subarray(slot * width, (slot + 1) * width);
        const factor = scale * (kScales.data[slot] as number);
        return {
          block: Math.floor(position / blockLength),
          score: factor * own.reduce((sum, x, i) => sum + x * (query[i] as number), 0),
          off:
            factor *
            own.reduce((sum, x, i) => sum + Math.abs(x) * (most * half + single * Math.abs(query[i] as number)), 0),
          valueScale: vScales.data[slot] as number,
          value: v.data.subarray(slot * width, (slot + 1) * width),
        };
      });
      const top = keys.reduce((so, { score }) => Math.max(so, score), Number.NEGATIVE_INFINITY);
      const total = keys.reduce((sum, { score }) => sum + Math.exp(score - top), 0);
      const weights = keys.map(({ score, valueScale }) => (Math.exp(score - top) / total) * valueScale);
      const grown = Math.exp(2 * keys.reduce((so, { off }) => Math.max(so, off), 0));
      const largest = new Map<number, number>();
      for (const [index, { block }] of keys.entries())
        largest.set(block, Math.max(largest.get(block) ?? 0, weights[index] as number));
      for (let i = 0; i < width; i += 1) {
        let sum = 0;
        for (const [index, { block, value }] of keys.entries()) {
          const size = Math.abs(value[i] as number);
          sum +=
            size * ((grown - 1 + single) * (weights[index] as number) + grown * half * (largest.get(block) as number));
        }
        bound[(row * heads + head) * width + i] = sum;
      }
    }
  }
  return bound;
}
