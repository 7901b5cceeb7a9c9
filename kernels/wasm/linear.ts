// W8A8 dense layers. x is quantised by rows to 7 bits around 64 (u7), weights are i8 with a scale per output; sums are exact in
// i32, so that all variants give the same integers:
//   DOT 1  i32x4.relaxed_dot_i8x16_i7x16_add_s: one instruction where the processor has VNNI or the like
//   DOT 2  i16x8.relaxed_dot_i8x16_i7x16_s, widened by i32x4.dot_i16x8_s with ones: fewer instructions where it has not
//   DOT 0  i32x4.dot_i16x8_s on bytes widened to i16 (plain SIMD); x is then kept as i16 without the 64
//
// Packed weights: panels of 8 outputs, [K/4][8][4] bytes, K padded to 16 with zeros; then for each output -64 times the sum of
// its weights (i32), then its scale (f32). Quantised rows: groups of 4, [K/4][4][4]; up to 3 rows that are left lie one
// after the other, [K]; then a step (f32) for each row.
// The ones of DOT 2 are made of a number that the compiler does not know (`units`, 1): a constant it would make anew at each use,
// by four instructions, and could not join to 256 bits.
//
// Tile: 4 rows x 8 outputs (DOT 0: twice 4 x 4), eight sums, or 4 x 16 (see lanes.ts). One row alone: 8 outputs, four sums each. Weights go by in
// blocks that fit the second cache, each once for all rows.
import { loadPart, share, wide as wideTiles } from './lanes';
import { checked, largestSize, steps } from './quantise';

/** Bytes of weights that are multiplied with all rows before the next. */
const blockBytes: i32 = 192 * 1024;

// @ts-ignore: decorator
@inline
function padded(k: i32): i32 {
  return (k + 15) & ~15;
}

/** Four rows of w, `k` bytes each, as [K/4][4][4] at `to`, 32 bytes from step to step; gives the sums of the rows. */
function packFour(w: usize, k: i32, kp: i32, to: usize): v128 {
  let sums = i32x4.splat(0);
  const b = w + <usize>k;
  const c = b + <usize>k;
  const d = c + <usize>k;
  let i: usize = 0;
  for (; i + 16 <= <usize>k; i += 16, to += 128) {
    const x = v128.load(w + i);
    const y = v128.load(b + i);
    const z = v128.load(c + i);
    const t = v128.load(d + i);
    const xy = v128.shuffle<i32>(x, y, 0, 4, 1, 5);
    const zt = v128.shuffle<i32>(z, t, 0, 4, 1, 5);
    const xyh = v128.shuffle<i32>(x, y, 2, 6, 3, 7);
    const zth = v128.shuffle<i32>(z, t, 2, 6, 3, 7);
    sums = i32x4.add(sums, storeFour(to, v128.shuffle<i64>(xy, zt, 0, 2)));
    sums = i32x4.add(sums, storeFour(to + 32, v128.shuffle<i64>(xy, zt, 1, 3)));
    sums = i32x4.add(sums, storeFour(to + 64, v128.shuffle<i64>(xyh, zth, 0, 2)));
    sums = i32x4.add(sums, storeFour(to + 96, v128.shuffle<i64>(xyh, zth, 1, 3)));
  }
  for (; i < <usize>kp; i += 4, to += 32) {
    for (let o: usize = 0; o < 4; o += 1) {
      for (let j: usize = 0; j < 4; j += 1)
        store<i8>(to + o * 4 + j, i + j < <usize>k ? load<i8>(w + o * <usize>k + i + j) : 0);
    }
    sums = i32x4.add(sums, storeFour(to, v128.load(to)));
  }
  return sums;
}

/** Stores four times four bytes, and gives the sum of each four. */
// @ts-ignore: decorator
@inline
function storeFour(to: usize, x: v128): v128 {
  v128.store(to, x);
  return i32x4.extadd_pairwise_i16x8_s(i16x8.extadd_pairwise_i8x16_s(x));
}

export function int8Pack(w: usize, scale: usize, packed: usize, m: i32, k: i32, lane: i32, lanes: i32): void {
  const kp = padded(k);
  const panels = (m + 7) / 8;
  const sums = packed + <usize>panels * 8 * <usize>kp;
  const scales = sums + (<usize>panels << 5);
  const to = share(panels, 1, lane + 1, lanes);
  for (let panel = share(panels, 1, lane, lanes); panel < to; panel += 1) {
    const base = packed + <usize>panel * 8 * <usize>kp;
    if (panel * 8 + 8 <= m) {
      for (let half: usize = 0; half < 2; half += 1) {
        const output = <usize>panel * 8 + half * 4;
        const total = packFour(w + output * <usize>k, k, kp, base + half * 16);
        v128.store(sums + (output << 2), i32x4.mul(total, i32x4.splat(-64)));
        v128.store(scales + (output << 2), v128.load(scale + (output << 2)));
      }
      continue;
    }
    for (let o = 0; o < 8; o += 1) {
      const output = panel * 8 + o;
      const row = w + <usize>output * <usize>k;
      let sum = 0;
      for (let i = 0; i < kp; i += 1) {
        const value: i8 = output < m && i < k ? load<i8>(row + <usize>i) : 0;
        sum += <i32>value;
        store<i8>(base + <usize>((i >> 2) * 32 + o * 4 + (i & 3)), value);
      }
      store<i32>(sums + (<usize>output << 2), -64 * sum);
      store<f32>(scales + (<usize>output << 2), output < m ? load<f32>(scale + (<usize>output << 2)) : 0);
    }
  }
}

/** Bytes of one quantised element. */
const element: i32 = DOT == 0 ? 2 : 1;

/** The step of a row, which is left at `at`, and what its elements are divided by. */
function stepOf(x: usize, k: i32, at: usize): f32 {
  const s = largestSize(x, k) / 63;
  store<f32>(at, checked(s));
  return s;
}

/** One row as i16. */
function quantiseWide(x: usize, k: i32, to: usize, next: usize, step: usize): void {
  const divisor = f32x4.splat(stepOf(x, k, step));
  const most = i32x4.splat(63);
  for (let left = k; left > k - padded(k); left -= 4, x += 16, to += next) {
    const q = steps(fourOf(x, left), divisor, most);
    v128.store_lane<i64>(to, i16x8.narrow_i32x4_s(q, q), 0);
  }
}

/** The last of `left` elements, fewer than four or none, and zeros. */
function lastOf(x: usize, left: i32): v128 {
  return left > 0 ? loadPart(x, left, f32x4.splat(0)) : f32x4.splat(0);
}

/** The next four of `left` elements, zeros after them. */
// @ts-ignore: decorator
@inline
function fourOf(x: usize, left: i32): v128 {
  return left >= 4 ? v128.load(x) : lastOf(x, left);
}

/**
 * x / divisor rounded half away from zero. The largest float below a half, `below`, with the quotient's sign is added, and the
 * fraction cut off: a half itself would round up what lies just below one.
 */
// @ts-ignore: decorator
@inline
function nearest(x: v128, divisor: v128, sign: v128, below: v128): v128 {
  const v = f32x4.div(x, divisor);
  return i32x4.relaxed_trunc_f32x4_s(f32x4.add(v, v128.or(v128.and(v, sign), below)));
}

/** Sixteen steps as u7; a step that is too small for the type is not exact, so that some quotients are beyond 63. */
// @ts-ignore: decorator
@inline
function bytesOf(a: v128, b: v128, c: v128, d: v128, most: v128, least: v128, zero: v128): v128 {
  const q = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
  return i8x16.add(i8x16.max_s(i8x16.min_s(q, most), least), zero);
}

/** Rows of zeros are divided by 1. */
// @ts-ignore: decorator
@inline
function divisorOf(step: f32): v128 {
  return f32x4.splat(step == 0 ? 1 : step);
}

/**
 * Four rows, `xs` bytes apart, as [K/4][4][4] u7; or one, [K]: then four neighbouring fours go together, as if they were rows.
 * Constants are made of `units`, 1: see above.
 */
function quantiseRows(units: i32, four: bool, x: usize, xs: usize, k: i32, to: usize, step: usize): void {
  const sign = i32x4.splat(units << 31);
  const below = f32x4.splat(<f32>units * 0.49999997);
  const most = i8x16.splat(<i8>(units * 63));
  const least = i8x16.splat(<i8>(units * -63));
  const zero = i8x16.splat(<i8>(units * 64));
  const apart = four ? xs : 16;
  const less = four ? 0 : 4;
  const turn = four ? 4 : 16;
  let y = x + apart;
  let z = y + apart;
  let t = z + apart;
  const a = divisorOf(stepOf(x, k, step));
  let b = a, c = a, d = a;
  if (four) {
    b = divisorOf(stepOf(y, k, step + 4));
    c = divisorOf(stepOf(z, k, step + 8));
    d = divisorOf(stepOf(t, k, step + 12));
  }
  const next = <usize>turn << 2;
  for (let left = k; left > k - padded(k); left -= turn, x += next, y += next, z += next, t += next, to += 16) {
    const q = bytesOf(
      nearest(fourOf(x, left), a, sign, below), nearest(fourOf(y, left - less), b, sign, below),
      nearest(fourOf(z, left - 2 * less), c, sign, below), nearest(fourOf(t, left - 3 * less), d, sign, below), most, least, zero,
    );
    v128.store(to, q);
  }
}

/** Rows from..to of x, each to its place; `from` is a multiple of 4, and `to` too unless it is the last. */
function quantise(
  units: i32, x: usize, xStride: i32, rows: i32, k: i32, quantised: usize, stepsAt: usize, from: i32, to: i32,
): void {
  const whole = rows & ~3;
  const xs = <usize>xStride << 2;
  for (let row = from; row < to; ) {
    const grouped = row < whole;
    const at = x + <usize>row * xs;
    const first = quantised + <usize>(row * padded(k) * element);
    const step = stepsAt + (<usize>row << 2);
    if (DOT == 0) {
      const count = grouped ? 4 : 1;
      for (let i: usize = 0; i < <usize>count; i += 1)
        quantiseWide(at + i * xs, k, first + i * 8, grouped ? 32 : 8, step + (i << 2));
    } else quantiseRows(units, grouped, at, xs, k, first, step);
    row += grouped ? 4 : 1;
  }
}

// @ts-ignore: decorator
@inline
function dot(w: v128, x: v128, sum: v128, one: v128): v128 {
  if (DOT == 1) return i32x4.relaxed_dot_i8x16_i7x16_add_s(w, x, sum);
  return i32x4.add(sum, i32x4.dot_i16x8_s(i16x8.relaxed_dot_i8x16_i7x16_s(w, x), one));
}

/** y[4] (or the first `n`) = step * scale * (sum + correction). */
// @ts-ignore: decorator
@inline
function put(y: usize, sum: v128, correction: v128, scale: v128, step: usize, n: i32): void {
  const total = f32x4.convert_i32x4_s(DOT == 0 ? sum : i32x4.add(sum, correction));
  const value = f32x4.mul(f32x4.mul(v128.load_splat<f32>(step), scale), total);
  if (n >= 4) v128.store(y, value);
  else {
    if (n > 0) v128.store_lane<f32>(y, value, 0);
    if (n > 1) v128.store_lane<f32>(y, value, 1, 4);
    if (n > 2) v128.store_lane<f32>(y, value, 2, 8);
  }
}

// @ts-ignore: decorator
@inline
function value(sum: v128, correction: v128, scale: v128, step: v128): v128 {
  return f32x4.mul(f32x4.mul(step, scale), f32x4.convert_i32x4_s(i32x4.add(sum, correction)));
}

/** A whole panel's y[8]: both halves alike, side by side, so that an engine may compute them as one. */
// @ts-ignore: decorator
@inline
function putBoth(y: usize, a: v128, b: v128, sums: usize, scales: usize, step: usize): void {
  const s = v128.load_splat<f32>(step);
  const first = value(a, v128.load(sums), v128.load(scales), s);
  const second = value(b, v128.load(sums, 16), v128.load(scales, 16), s);
  v128.store(y, first);
  v128.store(y, second, 16);
}

/** 4 rows x 8 outputs. */
function tile4(units: i32, x: usize, w: usize, kp: i32, y: usize, ys: usize, sums: usize, scales: usize, step: usize, n: i32): void {
  const one = i16x8.splat(<i16>units);
  let a0 = i32x4.splat(0);
  let a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0;
  // Four k a turn, for the reason that gemm.ts gives.
  for (let i = kp; i > 0; i -= 4, x += 16, w += 32) {
    const w0 = v128.load(w);
    const w1 = v128.load(w, 16);
    let t = v128.load_splat<i32>(x);
    a0 = dot(w0, t, a0, one);
    a1 = dot(w1, t, a1, one);
    t = v128.load_splat<i32>(x, 4);
    b0 = dot(w0, t, b0, one);
    b1 = dot(w1, t, b1, one);
    t = v128.load_splat<i32>(x, 8);
    c0 = dot(w0, t, c0, one);
    c1 = dot(w1, t, c1, one);
    t = v128.load_splat<i32>(x, 12);
    d0 = dot(w0, t, d0, one);
    d1 = dot(w1, t, d1, one);
  }
  if (n >= 8) {
    putBoth(y, a0, a1, sums, scales, step);
    putBoth(y + ys, b0, b1, sums, scales, step + 4);
    putBoth(y + 2 * ys, c0, c1, sums, scales, step + 8);
    putBoth(y + 3 * ys, d0, d1, sums, scales, step + 12);
    return;
  }
  const k0 = v128.load(sums);
  const k1 = v128.load(sums, 16);
  const s0 = v128.load(scales);
  const s1 = v128.load(scales, 16);
  put(y, a0, k0, s0, step, n);
  put(y + 16, a1, k1, s1, step, n - 4);
  y += ys;
  put(y, b0, k0, s0, step + 4, n);
  put(y + 16, b1, k1, s1, step + 4, n - 4);
  y += ys;
  put(y, c0, k0, s0, step + 8, n);
  put(y + 16, c1, k1, s1, step + 8, n - 4);
  y += ys;
  put(y, d0, k0, s0, step + 12, n);
  put(y + 16, d1, k1, s1, step + 12, n - 4);
}

/** 4 rows x 16 outputs: two panels, `next` bytes apart. */
function tile4x2(
  units: i32, x: usize, w: usize, next: usize, kp: i32, y: usize, ys: usize, sums: usize, scales: usize, step: usize,
): void {
  const one = i16x8.splat(<i16>units);
  let a0 = i32x4.splat(0);
  let a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0, e0 = a0, e1 = a0, f0 = a0, f1 = a0, g0 = a0, g1 = a0, h0 = a0, h1 = a0;
  let v = w + next;
  for (let i = kp; i > 0; i -= 4, x += 16, w += 32, v += 32) {
    const w0 = v128.load(w);
    const w1 = v128.load(w, 16);
    const v0 = v128.load(v);
    const v1 = v128.load(v, 16);
    let t = v128.load_splat<i32>(x);
    a0 = dot(w0, t, a0, one);
    a1 = dot(w1, t, a1, one);
    e0 = dot(v0, t, e0, one);
    e1 = dot(v1, t, e1, one);
    t = v128.load_splat<i32>(x, 4);
    b0 = dot(w0, t, b0, one);
    b1 = dot(w1, t, b1, one);
    f0 = dot(v0, t, f0, one);
    f1 = dot(v1, t, f1, one);
    t = v128.load_splat<i32>(x, 8);
    c0 = dot(w0, t, c0, one);
    c1 = dot(w1, t, c1, one);
    g0 = dot(v0, t, g0, one);
    g1 = dot(v1, t, g1, one);
    t = v128.load_splat<i32>(x, 12);
    d0 = dot(w0, t, d0, one);
    d1 = dot(w1, t, d1, one);
    h0 = dot(v0, t, h0, one);
    h1 = dot(v1, t, h1, one);
  }
  putBoth(y, a0, a1, sums, scales, step);
  putBoth(y + 32, e0, e1, sums + 32, scales + 32, step);
  y += ys;
  putBoth(y, b0, b1, sums, scales, step + 4);
  putBoth(y + 32, f0, f1, sums + 32, scales + 32, step + 4);
  y += ys;
  putBoth(y, c0, c1, sums, scales, step + 8);
  putBoth(y + 32, g0, g1, sums + 32, scales + 32, step + 8);
  y += ys;
  putBoth(y, d0, d1, sums, scales, step + 12);
  putBoth(y + 32, h0, h1, sums + 32, scales + 32, step + 12);
}

/** 1 row x 8 outputs. */
function tile1(units: i32, x: usize, w: usize, kp: i32, y: usize, sums: usize, scales: usize, step: usize, n: i32): void {
  const one = i16x8.splat(<i16>units);
  let a0 = i32x4.splat(0);
  let a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0;
  for (let i = kp; i > 0; i -= 16, x += 16, w += 128) {
    let t = v128.load_splat<i32>(x);
    a0 = dot(v128.load(w), t, a0, one);
    a1 = dot(v128.load(w, 16), t, a1, one);
    t = v128.load_splat<i32>(x, 4);
    b0 = dot(v128.load(w, 32), t, b0, one);
    b1 = dot(v128.load(w, 48), t, b1, one);
    t = v128.load_splat<i32>(x, 8);
    c0 = dot(v128.load(w, 64), t, c0, one);
    c1 = dot(v128.load(w, 80), t, c1, one);
    t = v128.load_splat<i32>(x, 12);
    d0 = dot(v128.load(w, 96), t, d0, one);
    d1 = dot(v128.load(w, 112), t, d1, one);
  }
  const first = i32x4.add(i32x4.add(a0, b0), i32x4.add(c0, d0));
  const second = i32x4.add(i32x4.add(a1, b1), i32x4.add(c1, d1));
  if (n >= 8) {
    putBoth(y, first, second, sums, scales, step);
    return;
  }
  put(y, first, v128.load(sums), v128.load(scales), step, n);
  put(y + 16, second, v128.load(sums, 16), v128.load(scales, 16), step, n - 4);
}

/**
 * 1 row x 64 outputs: eight panels, `apart` panels from one to the next, so that as many streams of memory are prefetched. A stream
 * goes on where that of the tile before ended: of a panel alone, one page long, much would be over before it is foreseen.
 */
function tile1x8(
  units: i32, x: usize, w: usize, apart: usize, kp: i32, y: usize, sums: usize, scales: usize, step: usize,
): void {
  const next = apart * <usize>(kp * 8);
  const far = apart << 5;
  const one = i16x8.splat(<i16>units);
  let a0 = i32x4.splat(0);
  let a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0, e0 = a0, e1 = a0, f0 = a0, f1 = a0, g0 = a0, g1 = a0, h0 = a0, h1 = a0;
  let w1 = w + 1 * next;
  let w2 = w + 2 * next;
  let w3 = w + 3 * next;
  let w4 = w + 4 * next;
  let w5 = w + 5 * next;
  let w6 = w + 6 * next;
  let w7 = w + 7 * next;
  for (let i = kp; i > 0; i -= 4, x += 4, w += 32, w1 += 32, w2 += 32, w3 += 32, w4 += 32, w5 += 32, w6 += 32, w7 += 32) {
    const t = v128.load_splat<i32>(x);
    a0 = dot(v128.load(w), t, a0, one);
    a1 = dot(v128.load(w, 16), t, a1, one);
    b0 = dot(v128.load(w1), t, b0, one);
    b1 = dot(v128.load(w1, 16), t, b1, one);
    c0 = dot(v128.load(w2), t, c0, one);
    c1 = dot(v128.load(w2, 16), t, c1, one);
    d0 = dot(v128.load(w3), t, d0, one);
    d1 = dot(v128.load(w3, 16), t, d1, one);
    e0 = dot(v128.load(w4), t, e0, one);
    e1 = dot(v128.load(w4, 16), t, e1, one);
    f0 = dot(v128.load(w5), t, f0, one);
    f1 = dot(v128.load(w5, 16), t, f1, one);
    g0 = dot(v128.load(w6), t, g0, one);
    g1 = dot(v128.load(w6, 16), t, g1, one);
    h0 = dot(v128.load(w7), t, h0, one);
    h1 = dot(v128.load(w7, 16), t, h1, one);
  }
  putBoth(y, a0, a1, sums, scales, step);
  y += far;
  sums += far;
  scales += far;
  putBoth(y, b0, b1, sums, scales, step);
  y += far;
  sums += far;
  scales += far;
  putBoth(y, c0, c1, sums, scales, step);
  y += far;
  sums += far;
  scales += far;
  putBoth(y, d0, d1, sums, scales, step);
  y += far;
  sums += far;
  scales += far;
  putBoth(y, e0, e1, sums, scales, step);
  y += far;
  sums += far;
  scales += far;
  putBoth(y, f0, f1, sums, scales, step);
  y += far;
  sums += far;
  scales += far;
  putBoth(y, g0, g1, sums, scales, step);
  y += far;
  sums += far;
  scales += far;
  putBoth(y, h0, h1, sums, scales, step);
}

// @ts-ignore: decorator
@inline
function wide(w: v128, x: v128, sum: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(w, x));
}

/** Sums of outputs (0, 1) and (2, 3), two halves each, as four. */
// @ts-ignore: decorator
@inline
function halves(low: v128, high: v128): v128 {
  return i32x4.add(v128.shuffle<i32>(low, high, 0, 2, 4, 6), v128.shuffle<i32>(low, high, 1, 3, 5, 7));
}

/** 4 rows x 4 outputs in i16. */
function wide4(x: usize, w: usize, kp: i32, y: usize, ys: usize, scales: usize, step: usize, n: i32): void {
  let a0 = i32x4.splat(0);
  let a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0;
  for (let i = kp; i > 0; i -= 4, x += 32, w += 32) {
    const w0 = v128.load_ext<i8>(w);
    const w1 = v128.load_ext<i8>(w, 8);
    let t = v128.load_splat<i64>(x);
    a0 = wide(w0, t, a0);
    a1 = wide(w1, t, a1);
    t = v128.load_splat<i64>(x, 8);
    b0 = wide(w0, t, b0);
    b1 = wide(w1, t, b1);
    t = v128.load_splat<i64>(x, 16);
    c0 = wide(w0, t, c0);
    c1 = wide(w1, t, c1);
    t = v128.load_splat<i64>(x, 24);
    d0 = wide(w0, t, d0);
    d1 = wide(w1, t, d1);
  }
  const s = v128.load(scales);
  put(y, halves(a0, a1), s, s, step, n);
  put(y + ys, halves(b0, b1), s, s, step + 4, n);
  put(y + 2 * ys, halves(c0, c1), s, s, step + 8, n);
  put(y + 3 * ys, halves(d0, d1), s, s, step + 12, n);
}

/** 1 row x 8 outputs in i16. */
function wide1(x: usize, w: usize, kp: i32, y: usize, scales: usize, step: usize, n: i32): void {
  let a0 = i32x4.splat(0);
  let a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  for (let i = kp; i > 0; i -= 8, x += 16, w += 64) {
    let t = v128.load_splat<i64>(x);
    a0 = wide(v128.load_ext<i8>(w), t, a0);
    a1 = wide(v128.load_ext<i8>(w, 8), t, a1);
    a2 = wide(v128.load_ext<i8>(w, 16), t, a2);
    a3 = wide(v128.load_ext<i8>(w, 24), t, a3);
    t = v128.load_splat<i64>(x, 8);
    b0 = wide(v128.load_ext<i8>(w, 32), t, b0);
    b1 = wide(v128.load_ext<i8>(w, 40), t, b1);
    b2 = wide(v128.load_ext<i8>(w, 48), t, b2);
    b3 = wide(v128.load_ext<i8>(w, 56), t, b3);
  }
  const s0 = v128.load(scales);
  const s1 = v128.load(scales, 16);
  put(y, halves(i32x4.add(a0, b0), i32x4.add(a1, b1)), s0, s0, step, n);
  put(y + 16, halves(i32x4.add(a2, b2), i32x4.add(a3, b3)), s1, s1, step, n - 4);
}

/** All rows with the lane's share of the panels. */
function multiply(packed: usize, y: usize, rows: i32, m: i32, k: i32, quantised: usize, stepsAt: usize, lane: i32, lanes: i32): void {
  const units = <i32>(lane < lanes);
  const kp = padded(k);
  const panels = (m + 7) / 8;
  const sums = packed + <usize>panels * 8 * <usize>kp;
  const scales = sums + (<usize>panels << 5);
  const ys = <usize>m << 2;
  const whole = rows & ~3;
  const to = share(panels, 1, lane + 1, lanes);
  // One row needs no weight twice.
  const group = rows == 1 ? max(1, to) : max(1, blockBytes / max(8 * kp, 1));
  for (let from = share(panels, 1, lane, lanes); from < to; from += group) {
    const end = min(to, from + group);
    for (let row = 0; row < rows; ) {
      const grouped = row < whole;
      const x = quantised + <usize>row * <usize>(kp * element);
      const step = stepsAt + (<usize>row << 2);
      // Of one row by itself the first eighth of the panels stands for the others.
      const eighth = DOT == 0 || grouped ? 0 : (min(end, m >> 3) - from) >> 3;
      for (let panel = from; panel < end; panel += 1) {
        if (eighth > 0 && panel == from + eighth) panel = from + 8 * eighth;
        if (panel == end) break;
        const w = packed + <usize>panel * 8 * <usize>kp;
        const at = y + <usize>row * ys + (<usize>panel << 5);
        const s = scales + (<usize>panel << 5);
        const n = m - panel * 8;
        if (DOT == 0) {
          if (grouped) {
            wide4(x, w, kp, at, ys, s, step, n);
            wide4(x, w + 16, kp, at + 16, ys, s + 16, step, n - 4);
          } else wide1(x, w, kp, at, s, step, n);
        } else {
          const c = sums + (<usize>panel << 5);
          if (grouped) {
            if (wideTiles && n >= 16 && panel + 2 <= end) {
              tile4x2(units, x, w, <usize>(kp * 8), kp, at, ys, c, s, step);
              panel += 1;
            } else tile4(units, x, w, kp, at, ys, c, s, step, n);
          }
          else if (panel < from + eighth) tile1x8(units, x, w, <usize>eighth, kp, at, c, s, step);
          else tile1(units, x, w, kp, at, c, s, step, n);
        }
      }
      row += grouped ? 4 : 1;
    }
  }
}

// @ts-ignore: decorator
@inline
function stepsOf(quantised: usize, rows: i32, k: i32): usize {
  return quantised + <usize>((rows + 3) & ~3) * <usize>(padded(k) * 2);
}

export function int8Quantise(
  x: usize, packed: usize, y: usize, rows: i32, m: i32, k: i32, xStride: i32, quantised: usize, lane: i32, lanes: i32,
): void {
  quantise(
    <i32>(lane < lanes), x, xStride, rows, k, quantised, stepsOf(quantised, rows, k), share(rows, 4, lane, lanes),
    share(rows, 4, lane + 1, lanes),
  );
}

export function int8Multiply(
  x: usize, packed: usize, y: usize, rows: i32, m: i32, k: i32, xStride: i32, quantised: usize, lane: i32, lanes: i32,
): void {
  multiply(packed, y, rows, m, k, quantised, stepsOf(quantised, rows, k), lane, lanes);
}

/** Each lane quantises all rows for itself: for few rows that costs less than waiting for the others. */
export function linearInt8Few(
  x: usize, packed: usize, y: usize, rows: i32, m: i32, k: i32, xStride: i32, quantised: usize, lane: i32, lanes: i32,
): void {
  const stepsAt = stepsOf(quantised, rows, k);
  quantise(<i32>(lane < lanes), x, xStride, rows, k, quantised, stepsAt, 0, rows);
  multiply(packed, y, rows, m, k, quantised, stepsAt, lane, lanes);
}
