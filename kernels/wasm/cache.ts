// The int8 cache of keys and values: appending to it, copies of its blocks, and attention over it, one query of one head at a time.
//
// Queries and weights are taken as two i16 each, coarse and fine, in units of the largest in the head, or in the block of 64
// keys: 31 bits in all, and products with the cache's i8 are exact in i32, without a conversion of the cache to f32. A query's
// result is the same alone, in a batch and in any chunk: blocks are joined from position 0 up by a running softmax.
import { loadPart, max4, share, sum4 } from './lanes';
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

/** Units of the fine part in one of the coarse part. */
const fineness: f32 = 65534;

/** x / unit = coarse + fine / fineness, both as i16 in the low halves of the result's two vectors: stored at `to` and `to + apart`. */
// @ts-ignore: decorator
@inline
function split(x: v128, unit: v128, to: usize, apart: usize): void {
  const v = f32x4.div(x, unit);
  const coarse = f32x4.nearest(v);
  const fine = f32x4.nearest(f32x4.mul(f32x4.sub(v, coarse), f32x4.splat(fineness)));
  const q = i16x8.narrow_i32x4_s(i32x4.trunc_sat_f32x4_s(coarse), i32x4.trunc_sat_f32x4_s(fine));
  v128.store_lane<i64>(to, q, 0);
  v128.store_lane<i64>(to + apart, q, 1);
}

/** q[n] in coarse and fine i16[n], padded to 4; gives the unit. */
function splitQuery(q: usize, n: i32, to: usize, apart: usize): f32 {
  const unit = largestSize(q, n) / 32767;
  const divisor = f32x4.splat(unit);
  for (let left = n; left > 0; left -= 4, q += 16, to += 8)
    split(left >= 4 ? v128.load(q) : loadPart(q, left, f32x4.splat(0)), divisor, to, apart);
  return checked(unit);
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

/** Products of q with four keys, `stride` bytes apart. */
// @ts-ignore: decorator
@inline
function products(q: usize, k: usize, stride: usize, n: i32): v128 {
  return f32x4.convert_i32x4_s(
    sums(product(q, k, n), product(q, k + stride, n), product(q, k + 2 * stride, n), product(q, k + 3 * stride, n)),
  );
}

/** Four vectors -> the sum of each. */
// @ts-ignore: decorator
@inline
function sums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 1, 4, 5), v128.shuffle<i32>(a, b, 2, 3, 6, 7));
  const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 1, 4, 5), v128.shuffle<i32>(c, d, 2, 3, 6, 7));
  return i32x4.add(v128.shuffle<i32>(ab, cd, 0, 2, 4, 6), v128.shuffle<i32>(ab, cd, 1, 3, 5, 7));
}

/**
 * out[n] = out * keep + unit * sum over keys from..to (even, odd) of weight * v i8, weights i16 coarse and fine (`apart` bytes on);
 * `stride` bytes from key to key.
 */
function addValues(
  out: usize, n: i32, keep: f32, unit: f32, weights: usize, apart: usize, v: usize, stride: usize, from: i32, to: i32,
): void {
  const pairs = (to - from + 1) >> 1;
  weights += <usize>from << 1;
  v += <usize>from * stride;
  let i = 0;
  for (; i + 16 <= n; i += 16) {
    let a = i32x4.splat(0);
    let b = a, c = a, d = a, e = a, f = a, g = a, h = a;
    let p = v + <usize>i;
    let w = weights;
    for (let j = 0; j < pairs; j += 1, p += 2 * stride, w += 4) {
      const coarse = v128.load_splat<i32>(w);
      const fine = v128.load_splat<i32>(w + apart);
      const x = v128.load(p);
      const y = v128.load(p + stride);
      const low = v128.shuffle<i8>(x, y, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      const high = v128.shuffle<i8>(x, y, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
      let t = i16x8.extend_low_i8x16_s(low);
      a = i32x4.add(a, i32x4.dot_i16x8_s(t, coarse));
      e = i32x4.add(e, i32x4.dot_i16x8_s(t, fine));
      t = i16x8.extend_high_i8x16_s(low);
      b = i32x4.add(b, i32x4.dot_i16x8_s(t, coarse));
      f = i32x4.add(f, i32x4.dot_i16x8_s(t, fine));
      t = i16x8.extend_low_i8x16_s(high);
      c = i32x4.add(c, i32x4.dot_i16x8_s(t, coarse));
      g = i32x4.add(g, i32x4.dot_i16x8_s(t, fine));
      t = i16x8.extend_high_i8x16_s(high);
      d = i32x4.add(d, i32x4.dot_i16x8_s(t, coarse));
      h = i32x4.add(h, i32x4.dot_i16x8_s(t, fine));
    }
    const o = out + (<usize>i << 2);
    join(o, a, e, keep, unit);
    join(o + 16, b, f, keep, unit);
    join(o + 32, c, g, keep, unit);
    join(o + 48, d, h, keep, unit);
  }
  for (; i < n; i += 1) {
    let sum = 0;
    let rest = 0;
    for (let j = 0; j < pairs * 2; j += 1) {
      const value = <i32>load<i8>(v + <usize>i + <usize>j * stride);
      const w = weights + (<usize>j << 1);
      sum += <i32>load<i16>(w) * value;
      rest += <i32>load<i16>(w + apart) * value;
    }
    const o = out + (<usize>i << 2);
    store<f32>(o, load<f32>(o) * keep + unit * (<f32>sum + <f32>rest / fineness));
  }
}

// @ts-ignore: decorator
@inline
function join(out: usize, coarse: v128, fine: v128, keep: f32, unit: f32): void {
  const kept = f32x4.mul(v128.load(out), f32x4.splat(keep));
  const rest = f32x4.div(f32x4.convert_i32x4_s(fine), f32x4.splat(fineness));
  const sum = f32x4.add(f32x4.convert_i32x4_s(coarse), rest);
  v128.store(out, f32x4.add(kept, f32x4.mul(f32x4.splat(unit), sum)));
}

export function attentionCached(
  q: usize, k: usize, kScales: usize, v: usize, vScales: usize, table: usize, positions: usize, out: usize,
  batch: i32, time: i32, tableCols: i32, heads: i32, kvHeads: i32, headDim: i32, qStride: i32, window: i32, scale: f32,
  work: usize, lane: i32, lanes: i32,
): void {
  const scores = work; // f32[64]
  const weights = scores + 256; // i16[64], coarse and fine
  const query = weights + 256; // i16[headDim], coarse and fine
  const apart = <usize>((headDim + 7) & ~7) * 2;
  const values = query + 2 * apart; // f32[headDim]
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
    const unit =
      splitQuery(q + ((<usize>row * <usize>qStride + <usize>(head * headDim)) << 2), headDim, query, apart) * scale;
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
        const dots = f32x4.add(
          products(query, p, stride, headDim),
          f32x4.div(products(query + apart, p, stride, headDim), f32x4.splat(fineness)),
        );
        let factors = v128.load_splat<f32>(s);
        factors = v128.load_lane<f32>(s + <usize>next, factors, 1);
        factors = v128.load_lane<f32>(s + <usize>(2 * next), factors, 2);
        factors = v128.load_lane<f32>(s + <usize>(3 * next), factors, 3);
        const score = f32x4.mul(f32x4.mul(f32x4.splat(unit), factors), dots);
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
        let factors = v128.load_splat<f32>(s);
        factors = v128.load_lane<f32>(s + <usize>next, factors, 1);
        factors = v128.load_lane<f32>(s + <usize>(2 * next), factors, 2);
        factors = v128.load_lane<f32>(s + <usize>(3 * next), factors, 3);
        const w = v128.and(f32x4.mul(e, factors), f32x4.ne(score, f32x4.splat(-Infinity)));
        largest = f32x4.max(largest, f32x4.abs(w));
        v128.store(scores + (<usize>j << 2), w);
      }
      const step = max4(largest) / 32767;
      const divisor = f32x4.splat(step);
      for (let j = from & ~3; j < to; j += 4)
        split(v128.load(scores + (<usize>j << 2)), divisor, weights + (<usize>j << 1), 128);
      const keep = f32x4.extract_lane(exp4(f32x4.splat(top - higher)), 0);
      addValues(values, headDim, keep, checked(step), weights, 128, vp, stride, from, to);
      total = total * keep + sum4(sum);
      top = higher;
    }
    const factor: f32 = 1 / total;
    const o = out + ((<usize>row * <usize>heads + <usize>head) * <usize>headDim << 2);
    for (let i: usize = 0; i < <usize>headDim << 2; i += 4) store<f32>(o + i, load<f32>(values + i) * factor);
  }
}
