// The int8 cache of keys and values: appending to it, and copies of its blocks. Attention over it is cached-attention.ts.
import { share } from './lanes';
import { checked, largestSize, steps } from './quantise';

/** Positions of a block. */
const size: i32 = 64;

export function kvAppend(
  x: usize, slots: usize, cache: usize, scales: usize, rows: i32, heads: i32, headDim: i32, xStride: i32,
  lane: i32, lanes: i32,
): void {
  const to = share(rows, 1, lane + 1, lanes);
  const most = i32x4.splat(127);
  for (let row = share(rows, 1, lane, lanes); row < to; row += 1) {
    const slot = load<i32>(slots + (<usize>row << 2));
    if (slot < 0) continue;
    for (let head = 0; head < heads; head += 1) {
      let p = x + ((<usize>row * <usize>xStride + <usize>(head * headDim)) << 2);
      const at = <usize>slot * <usize>heads + <usize>head;
      let q = cache + at * <usize>headDim;
      const s = largestSize(p, headDim) / 127;
      store<f32>(scales + (at << 2), checked(s));
      const divisor = f32x4.splat(s);
      let left = headDim;
      for (; left >= 4; left -= 4, p += 16, q += 4) {
        const h = i16x8.narrow_i32x4_s(steps(v128.load(p), divisor, most), divisor);
        v128.store_lane<i32>(q, i8x16.narrow_i16x8_s(h, h), 0);
      }
      for (; left > 0; left -= 1, p += 4, q += 1)
        store<i8>(q, <i8>i32x4.extract_lane(steps(v128.load_splat<f32>(p), divisor, most), 0));
    }
  }
}

/** Block to[i] takes block from[i], in order of i; a lane moves its part of every block. A number outside is passed over. */
export function kvCopy(
  cache: usize, scales: usize, from: usize, to: usize, pairs: i32, blocks: i32, heads: i32, headDim: i32,
  lane: i32, lanes: i32,
): void {
  const bytes = heads * headDim * size;
  const first = share(bytes, 16, lane, lanes);
  const end = share(bytes, 16, lane + 1, lanes);
  const firstScale = share(heads * size, 16, lane, lanes);
  const endOfScales = share(heads * size, 16, lane + 1, lanes);
  for (let i = 0; i < pairs; i += 1) {
    const a = load<i32>(from + (<usize>i << 2));
    const b = load<i32>(to + (<usize>i << 2));
    if (a < 0 || b < 0 || a >= blocks || b >= blocks) continue;
    const x = <usize>a * <usize>bytes + <usize>first;
    memory.copy(cache + <usize>b * <usize>bytes + <usize>first, cache + x, <usize>(end - first));
    memory.copy(
      scales + ((<usize>b * <usize>(heads * size) + <usize>firstScale) << 2),
      scales + ((<usize>a * <usize>(heads * size) + <usize>firstScale) << 2),
      <usize>(endOfScales - firstScale) << 2,
    );
  }
}
