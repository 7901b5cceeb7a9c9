// Attention over the int8 cache of keys and values; what writes the cache is cache.ts.
//
// Queries and weights are taken as i16, in units of the largest in the head, or in the block of 64 keys: 16 bits against the
// cache's 8, and products are exact in i32, without a conversion of the cache to f32. A query's result is the same alone, in a
// batch and in any chunk: blocks are joined from position 0 up by a running softmax.
//
// Many queries of a sequence: 16 of one head at a time, by pairs; the values of a block are widened once for them. Few: block by
// block for all heads, so that a block, whose rows hold all heads, comes from memory once and in order.
import { loadPart, max4, share, sum4 } from './lanes';
import { expDown4, expTable, expTableBytes } from './math';
import { checked, largestSize } from './quantise';
import { firstOf, firstSeen, lastOf } from './seen';

/** Keys of a block. */
const size: i32 = 64;

/** The least largest size that is told from 0: 32767 over it is finite. */
const least: f32 = 1e-30;

/** 32767 / size. */
// @ts-ignore: decorator
@inline
function perUnit(size: f32): v128 {
  return f32x4.splat(size < least ? 0 : 32767 / size);
}

/** x * factor rounded to even: adding 1.5 * 2^23, `magic`, leaves a whole number in the low bits. */
// @ts-ignore: decorator
@inline
function rounded(x: v128, factor: v128, magic: v128): v128 {
  return i32x4.sub(f32x4.add(f32x4.mul(x, factor), magic), magic);
}

/** q[n] as i16, zeros up to a multiple of 16; gives the unit. */
function roundQuery(q: usize, n: i32, to: usize): f32 {
  const size = largestSize(q, n);
  const factor = perUnit(size);
  const magic = f32x4.splat(12582912);
  const zero = f32x4.splat(0);
  const padded = (n + 15) & ~15;
  for (let left = n; left > n - padded; left -= 4, q += 16, to += 8) {
    const x = left >= 4 ? v128.load(q) : left > 0 ? loadPart(q, left, zero) : zero;
    const h = rounded(x, factor, magic);
    v128.store_lane<i64>(to, i16x8.narrow_i32x4_s(h, h), 0);
  }
  return checked(size / 32767);
}

/** Four vectors -> the sum of each. */
// @ts-ignore: decorator
@inline
function sums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 2, 4, 6), v128.shuffle<i32>(a, b, 1, 3, 5, 7));
  const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 2, 4, 6), v128.shuffle<i32>(c, d, 1, 3, 5, 7));
  return i32x4.add(v128.shuffle<i32>(ab, cd, 0, 2, 4, 6), v128.shuffle<i32>(ab, cd, 1, 3, 5, 7));
}

/** Dimensions of a head that are no multiple of 8: products of the last of one query with four keys. */
function lastDimensions(q: usize, k: usize, stride: usize, n: i32): v128 {
  let total = i32x4.splat(0);
  for (let i: usize = 0; i < <usize>n; i += 1) {
    let t = i32x4.splat(<i32>load<i8>(k + i));
    t = i32x4.replace_lane(t, 1, <i32>load<i8>(k + stride + i));
    t = i32x4.replace_lane(t, 2, <i32>load<i8>(k + 2 * stride + i));
    t = i32x4.replace_lane(t, 3, <i32>load<i8>(k + 3 * stride + i));
    total = i32x4.add(total, i32x4.mul(t, i32x4.splat(<i32>load<i16>(q + (i << 1)))));
  }
  return total;
}

// Scratch memory of a lane, from `work` on: scores f32[2][64], weights i16[2][64], scales of keys and of values f32[64] each.
const weightsAt: usize = 512;
const keyScalesAt: usize = 768;
const valueScalesAt: usize = 1024;
const tableAt: usize = 1280; // Constants: see expTable.
const valuesAt: usize = 1280 + expTableBytes; // i16[32][padded][2]

// A query's state, after its i16[padded] and its sum of values f32[padded]: the largest score, the sum of exponentials, the unit.
// @ts-ignore: decorator
@inline
function stateBytes(padded: i32): usize {
  return <usize>padded * 6 + 16;
}

/** What query `state` scores four keys at `at`, whose products with it are `dots`; -inf where it does not see them. */
// @ts-ignore: decorator
@inline
function score(dots: v128, scales: v128, at: v128, first: i32, position: i32, state: usize): v128 {
  const s = f32x4.mul(f32x4.mul(v128.load_splat<f32>(state, 8), scales), f32x4.convert_i32x4_s(dots));
  // Keys before the window and after the position are not seen, whatever stands in the cache.
  const seen = v128.and(i32x4.ge_s(at, i32x4.splat(first)), i32x4.le_s(at, i32x4.splat(position)));
  return v128.bitselect(s, f32x4.splat(-Infinity), seen);
}

/** Scores of keys from..to of a block for one or two queries. */
// @ts-ignore: decorator
@inline
function scoreKeys(
  two: bool, q: usize, r: usize, k: usize, stride: usize, n: i32, from: i32, to: i32, begin: i32, work: usize,
  qs: usize, qFirst: i32, qPosition: i32, rs: usize, rFirst: i32, rPosition: i32,
): void {
  for (let j = from; j < to; j += 4) {
    let a = i32x4.splat(0);
    let b = a, c = a, d = a, e = a, f = a, g = a, h = a;
    let p = k + <usize>j * stride;
    let x = q;
    let y = r;
    let i = n;
    for (; i >= 8; i -= 8, x += 16, y += 16, p += 8) {
      const u = v128.load(x);
      const v = two ? v128.load(y) : u;
      let t = v128.load_ext<i8>(p);
      a = i32x4.add(a, i32x4.dot_i16x8_s(u, t));
      if (two) e = i32x4.add(e, i32x4.dot_i16x8_s(v, t));
      t = v128.load_ext<i8>(p + stride);
      b = i32x4.add(b, i32x4.dot_i16x8_s(u, t));
      if (two) f = i32x4.add(f, i32x4.dot_i16x8_s(v, t));
      t = v128.load_ext<i8>(p + 2 * stride);
      c = i32x4.add(c, i32x4.dot_i16x8_s(u, t));
      if (two) g = i32x4.add(g, i32x4.dot_i16x8_s(v, t));
      t = v128.load_ext<i8>(p + 3 * stride);
      d = i32x4.add(d, i32x4.dot_i16x8_s(u, t));
      if (two) h = i32x4.add(h, i32x4.dot_i16x8_s(v, t));
    }
    let qDots = sums(a, b, c, d);
    if (i > 0) qDots = i32x4.add(qDots, lastDimensions(x, p, stride, i));
    const at = i32x4.add(i32x4.splat(begin + j), i32x4(0, 1, 2, 3));
    const scales = v128.load(work + keyScalesAt + (<usize>j << 2));
    v128.store(work + (<usize>j << 2), score(qDots, scales, at, qFirst, qPosition, qs));
    if (two) {
      let rDots = sums(e, f, g, h);
      if (i > 0) rDots = i32x4.add(rDots, lastDimensions(y, p, stride, i));
      v128.store(work + 256 + (<usize>j << 2), score(rDots, scales, at, rFirst, rPosition, rs));
    }
  }
}

/**
 * The running softmax of a query over a block: scores f32[64] become weights times the values' scales, i16[64].
 * Gives false where it sees none of the keys; else state takes the largest score and the sum, and at 12 what the values so far
 * are to be multiplied with; the weights' unit is left in place of the first score.
 */
function weigh(
  scores: usize, weights: usize, scales: usize, state: usize, from: i32, to: i32, table: usize,
): bool {
  const none = v128.load_splat<f32>(table, 48);
  let most = none;
  let any = i32x4.splat(0);
  for (let j = <usize>from << 2; j < <usize>to << 2; j += 16) {
    const s = v128.load(scores + j);
    most = f32x4.pmax(most, s);
    any = v128.or(any, f32x4.ne(s, none));
  }
  if (!v128.any_true(any)) return false;
  // A NaN is no largest, but makes the sum one.
  const top = load<f32>(state);
  const higher = max<f32>(top, max4(most));
  const shift = f32x4.splat(higher);
  let sum = f32x4.splat(0);
  let size = sum;
  let all = sum;
  for (let j = <usize>from << 2; j < <usize>to << 2; j += 16) {
    const s = v128.load(scores + j);
    const e = expDown4(f32x4.sub(s, shift), table);
    sum = f32x4.add(sum, e);
    const w = v128.and(f32x4.mul(e, v128.load(scales + j)), f32x4.ne(s, none));
    size = f32x4.pmax(size, f32x4.abs(w));
    all = f32x4.add(all, w);
    v128.store(scores + j, w);
  }
  const largest = max4(size);
  const factor = perUnit(largest);
  const magic = v128.load_splat<f32>(table, 8);
  for (let j = <usize>from << 2; j < <usize>to << 2; j += 32) {
    const a = rounded(v128.load(scores + j), factor, magic);
    const b = rounded(v128.load(scores + j, 16), factor, magic);
    v128.store(weights + (j >> 1), i16x8.narrow_i32x4_s(a, b));
  }
  const keep = f32x4.extract_lane(expDown4(f32x4.splat(top - higher), table), 0);
  store<f32>(state, higher);
  store<f32>(state, load<f32>(state, 4) * keep + sum4(sum), 4);
  store<f32>(state, keep, 12);
  // Infinite where a weight is, NaN where one is or where two infinities were added: NaN in either case.
  store<f32>(scores, checked(largest / 32767) + checked(sum4(all)) * 0);
  return true;
}

/** out[4] = out * keep + unit * sum. */
// @ts-ignore: decorator
@inline
function join(out: usize, sum: v128, keep: v128, unit: v128): void {
  v128.store(out, f32x4.add(f32x4.mul(v128.load(out), keep), f32x4.mul(unit, f32x4.convert_i32x4_s(sum))));
}

/** One query: `out` f32[n] with the values of keys from..to (even both) of a block, i8 rows `stride` bytes apart, added. */
function addValues(out: usize, n: i32, keep: f32, unit: f32, weights: usize, v: usize, stride: usize, from: i32, to: i32): void {
  weights += <usize>from << 1;
  v += <usize>from * stride;
  const pairs = (to - from) >> 1;
  const k = f32x4.splat(keep);
  const u = f32x4.splat(unit);
  let i = 0;
  for (; i + 16 <= n; i += 16) {
    let a = i32x4.splat(0);
    let b = a, c = a, d = a;
    let p = v + <usize>i;
    let w = weights;
    for (let j = pairs; j > 0; j -= 1, p += 2 * stride, w += 4) {
      const t = v128.load_splat<i32>(w);
      let x = v128.load_ext<i8>(p);
      let y = v128.load_ext<i8>(p + stride);
      a = i32x4.add(a, i32x4.dot_i16x8_s(low16(x, y), t));
      b = i32x4.add(b, i32x4.dot_i16x8_s(high16(x, y), t));
      x = v128.load_ext<i8>(p, 8);
      y = v128.load_ext<i8>(p + stride, 8);
      c = i32x4.add(c, i32x4.dot_i16x8_s(low16(x, y), t));
      d = i32x4.add(d, i32x4.dot_i16x8_s(high16(x, y), t));
    }
    const o = out + (<usize>i << 2);
    join(o, a, k, u);
    join(o + 16, b, k, u);
    join(o + 32, c, k, u);
    join(o + 48, d, k, u);
  }
  for (; i < n; i += 1) {
    let sum = 0;
    for (let j = 0; j < pairs * 2; j += 1)
      sum += <i32>load<i16>(weights + (<usize>j << 1)) * <i32>load<i8>(v + <usize>i + <usize>j * stride);
    const o = out + (<usize>i << 2);
    store<f32>(o, load<f32>(o) * keep + unit * <f32>sum);
  }
}

/** Two i16 vectors, side by side. */
// @ts-ignore: decorator
@inline
function low16(x: v128, y: v128): v128 {
  return v128.shuffle<i16>(x, y, 0, 8, 1, 9, 2, 10, 3, 11);
}

// @ts-ignore: decorator
@inline
function high16(x: v128, y: v128): v128 {
  return v128.shuffle<i16>(x, y, 4, 12, 5, 13, 6, 14, 7, 15);
}

/** The same for one or two queries with values widened to pairs, i16[32][padded][2], and weights 128 bytes apart. */
// @ts-ignore: decorator
@inline
function addPairs(
  two: bool, q: usize, r: usize, padded: i32, qKeep: f32, qUnit: f32, rKeep: f32, rUnit: f32, weights: usize, v: usize, from: i32,
  to: i32,
): void {
  const stride = <usize>padded << 2;
  weights += <usize>from << 1;
  v += <usize>(from >> 1) * stride;
  const pairs = (to - from) >> 1;
  for (let i = 0; i < padded; i += 16) {
    let a = i32x4.splat(0);
    let b = a, c = a, d = a, e = a, f = a, g = a, h = a;
    let p = v + (<usize>i << 2);
    let w = weights;
    for (let j = pairs; j > 0; j -= 1, p += stride, w += 4) {
      const s = v128.load_splat<i32>(w);
      const t = two ? v128.load_splat<i32>(w, 128) : s;
      let x = v128.load(p);
      a = i32x4.add(a, i32x4.dot_i16x8_s(x, s));
      if (two) e = i32x4.add(e, i32x4.dot_i16x8_s(x, t));
      x = v128.load(p, 16);
      b = i32x4.add(b, i32x4.dot_i16x8_s(x, s));
      if (two) f = i32x4.add(f, i32x4.dot_i16x8_s(x, t));
      x = v128.load(p, 32);
      c = i32x4.add(c, i32x4.dot_i16x8_s(x, s));
      if (two) g = i32x4.add(g, i32x4.dot_i16x8_s(x, t));
      x = v128.load(p, 48);
      d = i32x4.add(d, i32x4.dot_i16x8_s(x, s));
      if (two) h = i32x4.add(h, i32x4.dot_i16x8_s(x, t));
    }
    const at = <usize>i << 2;
    let k = f32x4.splat(qKeep);
    let u = f32x4.splat(qUnit);
    join(q + at, a, k, u);
    join(q + at + 16, b, k, u);
    join(q + at + 32, c, k, u);
    join(q + at + 48, d, k, u);
    if (two) {
      k = f32x4.splat(rKeep);
      u = f32x4.splat(rUnit);
      join(r + at, e, k, u);
      join(r + at + 16, f, k, u);
      join(r + at + 32, g, k, u);
      join(r + at + 48, h, k, u);
    }
  }
}

/** Values from..to (even both) of a block, n of them a row, as pairs of rows, zeros up to `padded`. */
function widen(v: usize, stride: usize, n: i32, padded: i32, from: i32, to: i32, pairs: usize): void {
  for (let j = from; j < to; j += 2) {
    const x = v + <usize>j * stride;
    const y = pairs + <usize>(j * padded * 2);
    let i = 0;
    for (; i + 8 <= n; i += 8) {
      const a = v128.load_ext<i8>(x + <usize>i);
      const b = v128.load_ext<i8>(x + stride + <usize>i);
      v128.store(y + (<usize>i << 2), low16(a, b));
      v128.store(y + (<usize>i << 2), high16(a, b), 16);
    }
    for (; i < padded; i += 1) {
      store<i16>(y + (<usize>i << 2), i < n ? <i16>load<i8>(x + <usize>i) : 0);
      store<i16>(y + (<usize>i << 2), i < n ? <i16>load<i8>(x + stride + <usize>i) : 0, 2);
    }
  }
}

/** Scales from..to, `next` bytes apart, one after the other. */
function gather(scales: usize, next: usize, from: i32, to: i32, out: usize): void {
  scales += <usize>from * next;
  for (let j = <usize>from << 2; j < <usize>to << 2; j += 16, scales += 4 * next) {
    let x = v128.load_splat<f32>(scales);
    x = v128.load_lane<f32>(scales + next, x, 1);
    x = v128.load_lane<f32>(scales + 2 * next, x, 2);
    v128.store(out + j, v128.load_lane<f32>(scales + 3 * next, x, 3));
  }
}

/** Prepares the query of a head: its state is empty. */
function begin(q: usize, n: i32, scale: f32, query: usize, padded: i32): void {
  const values = query + <usize>padded * 2;
  memory.fill(values, 0, <usize>padded * 4);
  const state = values + <usize>padded * 4;
  store<f32>(state, -Infinity);
  store<f32>(state, 0, 4);
  store<f32>(state, roundQuery(q, n, query) * scale, 8);
}

/** out[n] = the sum of values over the sum of exponentials. */
function end(query: usize, n: i32, padded: i32, out: usize): void {
  const values = query + <usize>padded * 2;
  const factor: f32 = 1 / load<f32>(values + <usize>padded * 4, 4);
  for (let x: usize = 0; x < <usize>n << 2; x += 4) store<f32>(out + x, load<f32>(values + x) * factor);
}

/**
 * Queries `a` and, unless 0, `b` of one head over a block that begins at position `at`; keys and values i8 at k and v. `pairs`:
 * the values are widened.
 */
function attend(
  a: usize, aFirst: i32, aPosition: i32, b: usize, bFirst: i32, bPosition: i32, at: i32, k: usize, v: usize, stride: usize, n: i32,
  padded: i32, pairs: bool, work: usize,
): void {
  const from = max(0, min(aFirst, bFirst) - at) & ~7;
  const to = min(size, (max(aPosition, bPosition) + 8 - at) & ~7);
  const state = <usize>padded * 6;
  const weights = work + weightsAt;
  const scales = work + valueScalesAt;
  const as = a + state;
  const av = a + <usize>padded * 2;
  if (b == 0) {
    scoreKeys(false, a, 0, k, stride, n, from, to, at, work, as, aFirst, aPosition, 0, 0, 0);
    if (!weigh(work, weights, scales, as, from, to, work + tableAt)) return;
    const keep = load<f32>(as, 12);
    if (pairs) addPairs(false, av, 0, padded, keep, load<f32>(work), 0, 0, weights, work + valuesAt, from, to);
    else addValues(av, n, keep, load<f32>(work), weights, v, stride, from, to);
    return;
  }
  const bs = b + state;
  const bv = b + <usize>padded * 2;
  scoreKeys(true, a, b, k, stride, n, from, to, at, work, as, aFirst, aPosition, bs, bFirst, bPosition);
  const sees = weigh(work, weights, scales, as, from, to, work + tableAt);
  const seesToo = weigh(work + 256, weights + 128, scales, bs, from, to, work + tableAt);
  if (sees && seesToo && pairs) {
    addPairs(
      true, av, bv, padded, load<f32>(as, 12), load<f32>(work), load<f32>(bs, 12), load<f32>(work + 256), weights, work + valuesAt,
      from, to,
    );
    return;
  }
  if (sees) addValues(av, n, load<f32>(as, 12), load<f32>(work), weights, v, stride, from, to);
  if (seesToo) addValues(bv, n, load<f32>(bs, 12), load<f32>(work + 256), weights + 128, v, stride, from, to);
}

/**
 * Reads a line of every 64 bytes of rows from..to in order, that they are on their way from memory before heads ask for them, row by
 * row with a stride that the processor foresees late. What is read is left at `to`, so that it is not optimised away.
 */
function fetch(x: usize, bytes: i32, out: usize): void {
  let any = i32x4.splat(0);
  let other = any;
  for (let left = bytes; left > 0; left -= 128, x += 128) {
    any = v128.or(any, v128.load(x));
    other = v128.or(other, v128.load(x, 64));
  }
  v128.store(out, v128.or(any, other));
}

/** Queries of a head that go through a block together. */
const tile: i32 = 16;
/** Up to so many queries of a sequence go by blocks for all heads. */
const few: i32 = 3;

export function attentionCached(
  q: usize, k: usize, kScales: usize, v: usize, vScales: usize, table: usize, positions: usize, out: usize,
  batch: i32, time: i32, tableCols: i32, heads: i32, kvHeads: i32, headDim: i32, qStride: i32, window: i32, scale: f32,
  work: usize, lane: i32, lanes: i32,
): void {
  const padded = (headDim + 15) & ~15;
  const each = stateBytes(padded);
  const states = work + valuesAt + <usize>padded * 128;
  const stride = <usize>(kvHeads * headDim);
  const next = <usize>kvHeads << 2;
  expTable(work + tableAt);
  const many = time > few;
  const tiles = (time + tile - 1) / tile;
  // A task is a tile of one head, or a share of the heads of one sequence.
  const parts = many ? heads * tiles : min(heads, max(1, (lanes + batch - 1) / max(batch, 1)));
  const tasks = batch * parts;
  for (let task = lane; task < tasks; task += lanes) {
    const part = task % parts;
    const b = task / parts;
    const t = many ? (part % tiles) * tile : 0;
    const row = b * time + t;
    const count = min(many ? tile : few, time - t);
    const head0 = many ? part / tiles : share(heads, 1, part, parts);
    const head1 = many ? head0 + 1 : share(heads, 1, part + 1, parts);
    const places = positions + (<usize>row << 2);
    const last = lastOf(places, count);
    const earliest = firstOf(places, count, window);
    for (let i = 0; i < count; i += 1) {
      for (let head = head0; head < head1; head += 1) {
        const x = q + ((<usize>(row + i) * <usize>qStride + <usize>(head * headDim)) << 2);
        begin(x, headDim, scale, states + <usize>((head - head0) * count + i) * each, padded);
      }
    }
    for (let block = earliest / size; block * size <= last; block += 1) {
      const at = block * size;
      const slot = <usize>load<i32>(table + (<usize>(b * tableCols + block) << 2)) * size;
      const from = max(0, earliest - at) & ~7;
      const to = min(size, (last + 8 - at) & ~7);
      if (!many) {
        const row = (slot + <usize>from) * stride;
        fetch(k + row, (to - from) * <i32>stride, work);
        fetch(v + row, (to - from) * <i32>stride, work);
      }
      for (let head = head0; head < head1; head += 1) {
        const kvHead = <usize>(head / (heads / kvHeads));
        const kp = k + slot * stride + kvHead * <usize>headDim;
        const vp = v + slot * stride + kvHead * <usize>headDim;
        const scales = (slot * <usize>kvHeads + kvHead) << 2;
        gather(kScales + scales, next, from, to, work + keyScalesAt);
        gather(vScales + scales, next, from, to, work + valueScalesAt);
        if (many) widen(vp, stride, headDim, padded, from, to, work + valuesAt);
        const first = states + <usize>((head - head0) * count) * each;
        for (let i = 0; i < count; ) {
          const position = load<i32>(places + (<usize>i << 2));
          const start = firstSeen(position, window);
          const query = first + <usize>i * each;
          i += 1;
          if (at > position || at + size <= start) continue;
          let other: usize = 0;
          let otherPosition = position;
          let otherStart = start;
          if (i < count) {
            const p = load<i32>(places + (<usize>i << 2));
            const s = firstSeen(p, window);
            if (at <= p && at + size > s) {
              other = query + each;
              otherPosition = p;
              otherStart = s;
              i += 1;
            }
          }
          attend(query, start, position, other, otherStart, otherPosition, at, kp, vp, stride, headDim, padded, many, work);
        }
      }
    }
    for (let i = 0; i < count; i += 1) {
      for (let head = head0; head < head1; head += 1)
        end(
          states + <usize>((head - head0) * count + i) * each, headDim, padded,
          out + ((<usize>(row + i) * <usize>heads + <usize>head) * <usize>headDim << 2),
        );
    }
  }
}
