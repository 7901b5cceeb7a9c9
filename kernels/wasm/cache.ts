// The int8 cache of keys and values: appending to it, copies of its blocks, and attention over it, a tile of queries of one head at a time.
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

// Below, `wide` says whether keys and values are read out of widened copies: keys as i16[64][n], values as pairs of keys, i16[32][n][2],
// n padded to 16 with zeros. Sums are exact, so that both ways give the same bits.

/** Four vectors -> the sum of each. */
// @ts-ignore: decorator
@inline
function sums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 1, 4, 5), v128.shuffle<i32>(a, b, 2, 3, 6, 7));
  const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 1, 4, 5), v128.shuffle<i32>(c, d, 2, 3, 6, 7));
  return i32x4.add(v128.shuffle<i32>(ab, cd, 0, 2, 4, 6), v128.shuffle<i32>(ab, cd, 1, 3, 5, 7));
}

/** Products of q (coarse, and fine `apart` bytes on) with four keys, `stride` bytes apart. */
// @ts-ignore: decorator
@inline
function products(wide: bool, q: usize, apart: usize, k: usize, stride: usize, n: i32): v128 {
  let a = i32x4.splat(0);
  let b = a, c = a, d = a, e = a, f = a, g = a, h = a;
  let i = n;
  for (; i >= 8; i -= 8, q += 16, k += wide ? 16 : 8) {
    const coarse = v128.load(q);
    const fine = v128.load(q + apart);
    let t = wide ? v128.load(k) : v128.load_ext<i8>(k);
    a = i32x4.add(a, i32x4.dot_i16x8_s(coarse, t));
    e = i32x4.add(e, i32x4.dot_i16x8_s(fine, t));
    t = wide ? v128.load(k + stride) : v128.load_ext<i8>(k + stride);
    b = i32x4.add(b, i32x4.dot_i16x8_s(coarse, t));
    f = i32x4.add(f, i32x4.dot_i16x8_s(fine, t));
    t = wide ? v128.load(k + 2 * stride) : v128.load_ext<i8>(k + 2 * stride);
    c = i32x4.add(c, i32x4.dot_i16x8_s(coarse, t));
    g = i32x4.add(g, i32x4.dot_i16x8_s(fine, t));
    t = wide ? v128.load(k + 3 * stride) : v128.load_ext<i8>(k + 3 * stride);
    d = i32x4.add(d, i32x4.dot_i16x8_s(coarse, t));
    h = i32x4.add(h, i32x4.dot_i16x8_s(fine, t));
  }
  let whole = sums(a, b, c, d);
  let rest = sums(e, f, g, h);
  if (!wide) {
    for (; i > 0; i -= 1, q += 2, k += 1) {
      let t = i32x4.splat(<i32>load<i8>(k));
      t = i32x4.replace_lane(t, 1, <i32>load<i8>(k + stride));
      t = i32x4.replace_lane(t, 2, <i32>load<i8>(k + 2 * stride));
      t = i32x4.replace_lane(t, 3, <i32>load<i8>(k + 3 * stride));
      whole = i32x4.add(whole, i32x4.mul(t, i32x4.splat(<i32>load<i16>(q))));
      rest = i32x4.add(rest, i32x4.mul(t, i32x4.splat(<i32>load<i16>(q + apart))));
    }
  }
  return f32x4.add(f32x4.convert_i32x4_s(whole), f32x4.div(f32x4.convert_i32x4_s(rest), f32x4.splat(fineness)));
}

/** Values i8 of two keys, side by side. */
// @ts-ignore: decorator
@inline
function low8(x: v128, y: v128): v128 {
  return v128.shuffle<i8>(x, y, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

// @ts-ignore: decorator
@inline
function high8(x: v128, y: v128): v128 {
  return v128.shuffle<i8>(x, y, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/**
 * out[n] = out * keep + unit * sum over keys from..to (even, odd) of weight * v, weights i16 coarse and fine (`apart` bytes on);
 * `stride` bytes from key to key (`wide`: from pair to pair).
 */
// @ts-ignore: decorator
@inline
function addValues(
  wide: bool, out: usize, n: i32, keep: f32, unit: f32, weights: usize, apart: usize, v: usize, stride: usize, from: i32, to: i32,
): void {
  const pairs = (to - from + 1) >> 1;
  weights += <usize>from << 1;
  v += <usize>(wide ? from >> 1 : from) * stride;
  let i = 0;
  for (; i + 16 <= n; i += 16) {
    let a = i32x4.splat(0);
    let b = a, c = a, d = a, e = a, f = a, g = a, h = a;
    let p = v + <usize>(wide ? i << 2 : i);
    let w = weights;
    for (let j = 0; j < pairs; j += 1, p += wide ? stride : 2 * stride, w += 4) {
      const coarse = v128.load_splat<i32>(w);
      const fine = v128.load_splat<i32>(w + apart);
      const x = wide ? coarse : v128.load(p);
      const y = wide ? coarse : v128.load(p + stride);
      const low = wide ? coarse : low8(x, y);
      const high = wide ? coarse : high8(x, y);
      let t = wide ? v128.load(p) : i16x8.extend_low_i8x16_s(low);
      a = i32x4.add(a, i32x4.dot_i16x8_s(t, coarse));
      e = i32x4.add(e, i32x4.dot_i16x8_s(t, fine));
      t = wide ? v128.load(p, 16) : i16x8.extend_high_i8x16_s(low);
      b = i32x4.add(b, i32x4.dot_i16x8_s(t, coarse));
      f = i32x4.add(f, i32x4.dot_i16x8_s(t, fine));
      t = wide ? v128.load(p, 32) : i16x8.extend_low_i8x16_s(high);
      c = i32x4.add(c, i32x4.dot_i16x8_s(t, coarse));
      g = i32x4.add(g, i32x4.dot_i16x8_s(t, fine));
      t = wide ? v128.load(p, 48) : i16x8.extend_high_i8x16_s(high);
      d = i32x4.add(d, i32x4.dot_i16x8_s(t, coarse));
      h = i32x4.add(h, i32x4.dot_i16x8_s(t, fine));
    }
    const o = out + (<usize>i << 2);
    join(o, a, e, keep, unit);
    join(o + 16, b, f, keep, unit);
    join(o + 32, c, g, keep, unit);
    join(o + 48, d, h, keep, unit);
  }
  if (wide) return;
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

/** Keys and values from..to of a block, i8 `stride` bytes apart, as `wide` wants them: n of them a key, padded to `padded`. */
function widen(k: usize, v: usize, stride: usize, n: i32, padded: i32, from: i32, to: i32, keys: usize, values: usize): void {
  for (let j = from; j < to; j += 1) {
    const x = k + <usize>j * stride;
    const y = keys + <usize>(j * padded * 2);
    let i = 0;
    for (; i + 8 <= n; i += 8) v128.store(y + <usize>(i << 1), v128.load_ext<i8>(x + <usize>i));
    for (; i < padded; i += 1) store<i16>(y + <usize>(i << 1), i < n ? <i16>load<i8>(x + <usize>i) : 0);
  }
  for (let j = from; j < to; j += 2) {
    const x = v + <usize>j * stride;
    const y = values + <usize>(j * padded * 2);
    let i = 0;
    for (; i + 16 <= n; i += 16) {
      const a = v128.load(x + <usize>i);
      const b = v128.load(x + stride + <usize>i);
      const low = low8(a, b);
      const high = high8(a, b);
      const at = y + <usize>(i << 2);
      v128.store(at, i16x8.extend_low_i8x16_s(low));
      v128.store(at, i16x8.extend_high_i8x16_s(low), 16);
      v128.store(at, i16x8.extend_low_i8x16_s(high), 32);
      v128.store(at, i16x8.extend_high_i8x16_s(high), 48);
    }
    for (; i < padded; i += 1) {
      store<i16>(y + <usize>(i << 2), i < n ? <i16>load<i8>(x + <usize>i) : 0);
      store<i16>(y + <usize>(i << 2), i < n ? <i16>load<i8>(x + stride + <usize>i) : 0, 2);
    }
  }
}

/** Four scales, `next` bytes apart. */
// @ts-ignore: decorator
@inline
function four(s: usize, next: usize): v128 {
  let x = v128.load_splat<f32>(s);
  x = v128.load_lane<f32>(s + next, x, 1);
  x = v128.load_lane<f32>(s + 2 * next, x, 2);
  return v128.load_lane<f32>(s + 3 * next, x, 3);
}

/**
 * One query over one block: its state is `top` and `total` of the softmax, and its sum of `values`. `scores` f32[64], and after
 * them weights i16[64], coarse and fine. Keys at `k`, values at `v`, each `stride` bytes on (`wide`: `stride` bytes of a key and
 * twice that for a pair); scales `next` bytes on.
 */
// @ts-ignore: decorator
@inline
function attend(
  wide: bool, block: i32, first: i32, position: i32, query: usize, apart: usize, k: usize, v: usize, stride: usize,
  ks: usize, vs: usize, next: usize, n: i32, values: usize, state: usize, scores: usize,
): void {
  const weights = scores + 256;
  const top = load<f32>(state);
  const unit = load<f32>(state, 8);
  const from = max(0, first - block * size) & ~1;
  const to = min(size, position + 1 - block * size);
  for (let j = from & ~3; j < to; j += 4) {
    const dots = products(wide, query, apart, k + <usize>j * stride, stride, n);
    const score = f32x4.mul(f32x4.mul(f32x4.splat(unit), four(ks + <usize>j * next, next)), dots);
    // Keys before the window and after the position are not seen, whatever stands in the cache.
    const at = i32x4.add(i32x4.splat(block * size + j), i32x4(0, 1, 2, 3));
    const seen = v128.and(i32x4.ge_s(at, i32x4.splat(first)), i32x4.le_s(at, i32x4.splat(position)));
    v128.store(scores + (<usize>j << 2), v128.bitselect(score, f32x4.splat(-Infinity), seen));
  }
  let most = f32x4.splat(-Infinity);
  for (let j = from & ~3; j < to; j += 4) most = f32x4.max(most, v128.load(scores + (<usize>j << 2)));
  const higher = max<f32>(top, max4(most));
  if (higher == -Infinity) return;
  const shift = f32x4.splat(higher);
  let sum = f32x4.splat(0);
  let largest = f32x4.splat(0);
  for (let j = from & ~3; j < to; j += 4) {
    const score = v128.load(scores + (<usize>j << 2));
    const e = exp4(f32x4.sub(score, shift));
    sum = f32x4.add(sum, e);
    const w = v128.and(f32x4.mul(e, four(vs + <usize>j * next, next)), f32x4.ne(score, f32x4.splat(-Infinity)));
    largest = f32x4.max(largest, f32x4.abs(w));
    v128.store(scores + (<usize>j << 2), w);
  }
  const step = max4(largest) / 32767;
  const divisor = f32x4.splat(step);
  for (let j = from & ~3; j < to; j += 4)
    split(v128.load(scores + (<usize>j << 2)), divisor, weights + (<usize>j << 1), 128);
  const keep = f32x4.extract_lane(exp4(f32x4.splat(top - higher)), 0);
  addValues(wide, values, n, keep, checked(step), weights, 128, v, wide ? stride << 1 : stride, from, to);
  store<f32>(state, higher);
  store<f32>(state, load<f32>(state, 4) * keep + sum4(sum), 4);
}

/** Queries that go through a block together. */
const tile: i32 = 16;
/** From so many on, to widen a block once costs less than to widen it for each of them. */
const many: i32 = 3;

export function attentionCached(
  q: usize, k: usize, kScales: usize, v: usize, vScales: usize, table: usize, positions: usize, out: usize,
  batch: i32, time: i32, tableCols: i32, heads: i32, kvHeads: i32, headDim: i32, qStride: i32, window: i32, scale: f32,
  work: usize, lane: i32, lanes: i32,
): void {
  const padded = (headDim + 15) & ~15;
  const apart = <usize>padded * 2;
  const keys = work + 512; // i16[64][padded]
  const pairs = keys + <usize>(size * padded * 2); // i16[32][padded][2]
  const each = apart * 2 + <usize>padded * 4 + 16; // Of a query: coarse and fine, values, top, total, unit.
  const states = pairs + <usize>(size * padded * 2);
  const stride = <usize>(kvHeads * headDim);
  const next = <usize>kvHeads << 2;
  const tiles = (time + tile - 1) / tile;
  const tasks = batch * heads * tiles;
  for (let task = lane; task < tasks; task += lanes) {
    const t = (task % tiles) * tile;
    const head = (task / tiles) % heads;
    const b = task / tiles / heads;
    const row = b * time + t;
    const count = min(tile, time - t);
    const kvHead = head / (heads / kvHeads);
    memory.fill(states, 0, <usize>count * each);
    let last = -1;
    let earliest = i32.MAX_VALUE;
    for (let i = 0; i < count; i += 1) {
      const position = load<i32>(positions + (<usize>(row + i) << 2));
      last = max(last, position);
      earliest = min(earliest, window ? max(0, position - window + 1) : 0);
      const query = states + <usize>i * each;
      const state = query + each - 16;
      store<f32>(state, -Infinity);
      const x = q + ((<usize>(row + i) * <usize>qStride + <usize>(head * headDim)) << 2);
      store<f32>(state, splitQuery(x, headDim, query, apart) * scale, 8);
    }
    for (let block = earliest / size; block * size <= last; block += 1) {
      const slot = <usize>load<i32>(table + (<usize>(b * tableCols + block) << 2)) * size;
      const kp = k + slot * stride + <usize>(kvHead * headDim);
      const vp = v + slot * stride + <usize>(kvHead * headDim);
      const ks = kScales + ((slot * <usize>kvHeads + <usize>kvHead) << 2);
      const vs = vScales + ((slot * <usize>kvHeads + <usize>kvHead) << 2);
      if (count >= many) {
        const from = max(0, earliest - block * size) & ~3;
        const to = min(size, (last + 4 - block * size) & ~3);
        widen(kp, vp, stride, headDim, padded, from, to, keys, pairs);
      }
      for (let i = 0; i < count; i += 1) {
        const position = load<i32>(positions + (<usize>(row + i) << 2));
        const first = window ? max(0, position - window + 1) : 0;
        if (block * size > position || block < first / size) continue;
        const query = states + <usize>i * each;
        const values = query + 2 * apart;
        const state = query + each - 16;
        if (count >= many)
          attend(true, block, first, position, query, apart, keys, pairs, apart, ks, vs, next, padded, values, state, work);
        else attend(false, block, first, position, query, apart, kp, vp, stride, ks, vs, next, headDim, values, state, work);
      }
    }
    for (let i = 0; i < count; i += 1) {
      const values = states + <usize>i * each + 2 * apart;
      const factor: f32 = 1 / load<f32>(values + <usize>(padded << 2), 4);
      const o = out + ((<usize>(row + i) * <usize>heads + <usize>head) * <usize>headDim << 2);
      for (let x: usize = 0; x < <usize>headDim << 2; x += 4) store<f32>(o + x, load<f32>(values + x) * factor);
    }
  }
}
