// The int8 cache of keys and values: appending to it, and attention over it, one query of one head at a time.
//
// Queries and weights are taken as i16 (of the largest in the head, or in the block of 64 keys): products with the cache's i8
// are then exact in i32, so that their order is free, and a query's result is the same alone, in a batch and in any chunk.
// Blocks are joined from position 0 up by a running softmax. Rounding to i16 costs 1.5e-5 of the largest.
import { max4, share, sum4 } from './lanes';
import { exp4 } from './math';
import { checked, largestSize, steps } from './quantise';

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

/** q as i16[n], zeros up to a multiple of 8; gives the step. */
function toI16(q: usize, n: i32, to: usize): f32 {
  const s = largestSize(q, n) / 32767;
  const divisor = f32x4.splat(s);
  const most = i32x4.splat(32767);
  let left = n;
  for (; left >= 4; left -= 4, q += 16, to += 8) {
    const v = steps(v128.load(q), divisor, most);
    v128.store_lane<i64>(to, i16x8.narrow_i32x4_s(v, v), 0);
  }
  for (; left > 0; left -= 1, q += 4, to += 2)
    store<i16>(to, <i16>i32x4.extract_lane(steps(v128.load_splat<f32>(q), divisor, most), 0));
  return checked(s);
}

/** Sum of q i16[n] * k i8[n], in four parts. */
// @ts-ignore: decorator
@inline
function product(q: usize, k: usize, n: i32): v128 {
  let sum = i32x4.splat(0);
  let i = n;
  for (; i >= 16; i -= 16, q += 32, k += 16) {
    sum = i32x4.add(sum, i32x4.dot_i16x8_s(v128.load(q), v128.load_ext<i8>(k)));
    sum = i32x4.add(sum, i32x4.dot_i16x8_s(v128.load(q, 16), v128.load_ext<i8>(k, 8)));
  }
  if (i >= 8) {
    sum = i32x4.add(sum, i32x4.dot_i16x8_s(v128.load(q), v128.load_ext<i8>(k)));
    i -= 8;
    q += 16;
    k += 8;
  }
  let rest = 0;
  for (; i > 0; i -= 1, q += 2, k += 1) rest += <i32>load<i16>(q) * <i32>load<i8>(k);
  return i32x4.add(sum, i32x4.replace_lane(i32x4.splat(0), 0, rest));
}

/** Four vectors -> the sum of each. */
// @ts-ignore: decorator
@inline
function sums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 1, 4, 5), v128.shuffle<i32>(a, b, 2, 3, 6, 7));
  const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 1, 4, 5), v128.shuffle<i32>(c, d, 2, 3, 6, 7));
  return i32x4.add(v128.shuffle<i32>(ab, cd, 0, 2, 4, 6), v128.shuffle<i32>(ab, cd, 1, 3, 5, 7));
}

/** out[n] = out * keep + factor * sum over keys from..to (even, odd) of weight i16 * v i8; `stride` bytes from key to key. */
function addValues(
  out: usize, n: i32, keep: f32, factor: f32, weights: usize, v: usize, stride: usize, from: i32, to: i32,
): void {
  const pairs = (to - from + 1) >> 1;
  weights += <usize>from << 1;
  v += <usize>from * stride;
  let i = 0;
  for (; i + 16 <= n; i += 16) {
    let a = i32x4.splat(0);
    let b = a, c = a, d = a;
    let p = v + <usize>i;
    let w = weights;
    for (let j = 0; j < pairs; j += 1, p += 2 * stride, w += 4) {
      const both = v128.load_splat<i32>(w);
      const x = v128.load(p);
      const y = v128.load(p + stride);
      const low = v128.shuffle<i8>(x, y, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      const high = v128.shuffle<i8>(x, y, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
      a = i32x4.add(a, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(low), both));
      b = i32x4.add(b, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(low), both));
      c = i32x4.add(c, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(high), both));
      d = i32x4.add(d, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(high), both));
    }
    const o = out + (<usize>i << 2);
    join(o, a, keep, factor);
    join(o + 16, b, keep, factor);
    join(o + 32, c, keep, factor);
    join(o + 48, d, keep, factor);
  }
  for (; i < n; i += 1) {
    let sum = 0;
    for (let j = 0; j < pairs * 2; j += 1)
      sum += <i32>load<i16>(weights + (<usize>j << 1)) * <i32>load<i8>(v + <usize>i + <usize>j * stride);
    const o = out + (<usize>i << 2);
    store<f32>(o, load<f32>(o) * keep + factor * <f32>sum);
  }
}

// @ts-ignore: decorator
@inline
function join(out: usize, sum: v128, keep: f32, factor: f32): void {
  const kept = f32x4.mul(v128.load(out), f32x4.splat(keep));
  v128.store(out, f32x4.add(kept, f32x4.mul(f32x4.splat(factor), f32x4.convert_i32x4_s(sum))));
}

export function attentionCached(
  q: usize, k: usize, kScales: usize, v: usize, vScales: usize, table: usize, positions: usize, out: usize,
  batch: i32, time: i32, tableCols: i32, heads: i32, kvHeads: i32, headDim: i32, qStride: i32, window: i32, scale: f32,
  work: usize, lane: i32, lanes: i32,
): void {
  const scores = work; // f32[64]
  const weights = scores + 256; // i16[64]
  const query = weights + 128; // i16[headDim]
  const values = query + <usize>((headDim + 7) & ~7) * 2; // f32[headDim]
  const stride = <usize>(kvHeads * headDim);
  const tasks = batch * heads * time;
  for (let task = lane; task < tasks; task += lanes) {
    const t = task % time;
    const head = (task / time) % heads;
    const b = task / time / heads;
    const row = b * time + t;
    const kvHead = head / (heads / kvHeads);
    const position = load<i32>(positions + (<usize>row << 2));
    const first = window ? max(0, position - window + 1) : 0;
    const step =
      toI16(q + ((<usize>row * <usize>qStride + <usize>(head * headDim)) << 2), headDim, query) * scale;
    memory.fill(values, 0, <usize>headDim << 2);
    let top: f32 = -Infinity;
    let total: f32 = 0;
    for (let block = first / size; block * size <= position; block += 1) {
      const from = max(0, first - block * size) & ~1;
      const to = min(size, position + 1 - block * size);
      const slot = <usize>load<i32>(table + (<usize>(b * tableCols + block) << 2)) * size;
      const kp = k + slot * stride + <usize>(kvHead * headDim);
      const ks = kScales + ((slot * <usize>kvHeads + <usize>kvHead) << 2);
      const vp = v + slot * stride + <usize>(kvHead * headDim);
      const vs = vScales + ((slot * <usize>kvHeads + <usize>kvHead) << 2);
      const next = kvHeads << 2;
      for (let j = from & ~3; j < to; j += 4) {
        const p = kp + <usize>j * stride;
        const s = ks + <usize>(j * next);
        const dots = sums(
          product(query, p, headDim), product(query, p + stride, headDim), product(query, p + 2 * stride, headDim),
          product(query, p + 3 * stride, headDim),
        );
        let steps = v128.load_splat<f32>(s);
        steps = v128.load_lane<f32>(s + <usize>next, steps, 1);
        steps = v128.load_lane<f32>(s + <usize>(2 * next), steps, 2);
        steps = v128.load_lane<f32>(s + <usize>(3 * next), steps, 3);
        const score = f32x4.mul(f32x4.mul(f32x4.splat(step), steps), f32x4.convert_i32x4_s(dots));
        // Keys before the window and after the position are not seen, whatever stands in the cache.
        const at = i32x4.add(i32x4.splat(block * size + j), i32x4(0, 1, 2, 3));
        const seen = v128.and(i32x4.ge_s(at, i32x4.splat(first)), i32x4.le_s(at, i32x4.splat(position)));
        v128.store(scores + (<usize>j << 2), v128.bitselect(score, f32x4.splat(-Infinity), seen));
      }
      let most = f32x4.splat(-Infinity);
      for (let j = from & ~3; j < to; j += 4) most = f32x4.max(most, v128.load(scores + (<usize>j << 2)));
      const higher = max<f32>(top, max4(most));
      if (higher == -Infinity) continue;
      const shift = f32x4.splat(higher);
      let sum = f32x4.splat(0);
      let largest = f32x4.splat(0);
      for (let j = from & ~3; j < to; j += 4) {
        const s = vs + <usize>(j * next);
        const score = v128.load(scores + (<usize>j << 2));
        const e = exp4(f32x4.sub(score, shift));
        sum = f32x4.add(sum, e);
        let steps = v128.load_splat<f32>(s);
        steps = v128.load_lane<f32>(s + <usize>next, steps, 1);
        steps = v128.load_lane<f32>(s + <usize>(2 * next), steps, 2);
        steps = v128.load_lane<f32>(s + <usize>(3 * next), steps, 3);
        const w = v128.and(f32x4.mul(e, steps), f32x4.ne(score, f32x4.splat(-Infinity)));
        largest = f32x4.max(largest, f32x4.abs(w));
        v128.store(scores + (<usize>j << 2), w);
      }
      const unit = max4(largest) / 32767;
      const divisor = f32x4.splat(unit);
      const limit = i32x4.splat(32767);
      for (let j = from & ~3; j < to; j += 4) {
        const w = steps(v128.load(scores + (<usize>j << 2)), divisor, limit);
        v128.store_lane<i64>(weights + (<usize>j << 1), i16x8.narrow_i32x4_s(w, w), 0);
      }
      const keep = f32x4.extract_lane(exp4(f32x4.splat(top - higher)), 0);
      addValues(values, headDim, keep, checked(unit), weights, vp, stride, from, to);
      total = total * keep + sum4(sum);
      top = higher;
    }
    const factor: f32 = 1 / total;
    const o = out + ((<usize>row * <usize>heads + <usize>head) * <usize>headDim << 2);
    for (let i: usize = 0; i < <usize>headDim << 2; i += 4) store<f32>(o + i, load<f32>(values + i) * factor);
  }
}
