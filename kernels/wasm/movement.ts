// What moves elements without computing: constants, copies with strides on both sides, casts.
import { narrow, widen } from './half';
import { share } from './lanes';

export function fill(bytes: i32, y: usize, n: i32, bits: i32, lane: i32, lanes: i32): void {
  const from = share(n, 64, lane, lanes);
  const to = share(n, 64, lane + 1, lanes);
  let pattern = i32x4.splat(bits);
  if (bytes == 1) pattern = i8x16.splat(<i8>bits);
  else if (bytes == 2) pattern = i16x8.splat(<i16>bits);
  const end = y + <usize>to * bytes;
  let at = y + <usize>from * bytes;
  for (; at + 16 <= end; at += 16) v128.store(at, pattern);
  for (; at < end; at += bytes) {
    if (bytes == 4) store<i32>(at, bits);
    else if (bytes == 2) store<i16>(at, <i16>bits);
    else store<u8>(at, <u8>bits);
  }
}

function move(bytes: i32, x: usize, y: usize): void {
  if (bytes == 4) store<i32>(y, load<i32>(x));
  else if (bytes == 2) store<i16>(y, load<i16>(x));
  else store<u8>(y, load<u8>(x));
}

export function copy(
  bytes: i32, x: usize, y: usize, d0: i32, d1: i32, d2: i32, d3: i32,
  x0: i32, x1: i32, x2: i32, x3: i32, y0: i32, y1: i32, y2: i32, y3: i32, lane: i32, lanes: i32,
): void {
  if (bytes == 4 && y3 == 1 && x2 == 1 && x3 != 1 && d3 > 1 && d2 > 1)
    return transposed(x, y, d0, d1, d2, d3, x0, x1, x3, y0, y1, y2, lane, lanes);
  const n = d0 * d1 * d2 * d3;
  let at = share(n, 64, lane, lanes);
  const to = share(n, 64, lane + 1, lanes);
  while (at < to) {
    const row = at / d3;
    const i3 = at - row * d3;
    const i2 = row % d2;
    const i1 = (row / d2) % d1;
    const i0 = row / d2 / d1;
    let p = x + <usize>(i0 * x0 + i1 * x1 + i2 * x2 + i3 * x3) * bytes;
    let q = y + <usize>(i0 * y0 + i1 * y1 + i2 * y2 + i3 * y3) * bytes;
    const count = min(d3 - i3, to - at);
    at += count;
    if (x3 == 1 && y3 == 1) {
      const size = <usize>count * bytes;
      // A call of memory.copy costs more than a short row does.
      if (size > 1024) memory.copy(q, p, size);
      else {
        const end = p + size;
        for (; p + 16 <= end; p += 16, q += 16) v128.store(q, v128.load(p));
        for (; p < end; p += 1, q += 1) store<u8>(q, load<u8>(p));
      }
    } else {
      for (let i = 0; i < count; i += 1, p += <usize>x3 * bytes, q += <usize>y3 * bytes) move(bytes, p, q);
    }
  }
}

/** Axes 2 and 3 change places: y[i2, i3] = x[i3, i2], in tiles of 4x4 f32. */
function transposed(
  x: usize, y: usize, d0: i32, d1: i32, d2: i32, d3: i32, x0: i32, x1: i32, x3: i32, y0: i32, y1: i32, y2: i32,
  lane: i32, lanes: i32,
): void {
  const groups = (d2 + 3) / 4;
  const n = d0 * d1 * groups;
  const to = share(n, 1, lane + 1, lanes);
  const xs = <usize>x3 << 2;
  const ys = <usize>y2 << 2;
  for (let unit = share(n, 1, lane, lanes); unit < to; unit += 1) {
    const i2 = (unit % groups) * 4;
    const outer = unit / groups;
    const i1 = outer % d1;
    const i0 = outer / d1;
    const p0 = x + (<usize>(i0 * x0 + i1 * x1 + i2) << 2);
    const q0 = y + (<usize>(i0 * y0 + i1 * y1 + i2 * y2) << 2);
    let i3 = 0;
    if (i2 + 4 <= d2) {
      for (; i3 + 4 <= d3; i3 += 4) {
        const p = p0 + <usize>i3 * xs;
        const q = q0 + (<usize>i3 << 2);
        const a = v128.load(p);
        const b = v128.load(p + xs);
        const c = v128.load(p + 2 * xs);
        const d = v128.load(p + 3 * xs);
        const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
        const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
        const abh = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
        const cdh = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
        v128.store(q, v128.shuffle<i64>(ab, cd, 0, 2));
        v128.store(q + ys, v128.shuffle<i64>(ab, cd, 1, 3));
        v128.store(q + 2 * ys, v128.shuffle<i64>(abh, cdh, 0, 2));
        v128.store(q + 3 * ys, v128.shuffle<i64>(abh, cdh, 1, 3));
      }
    }
    const rows = min(4, d2 - i2);
    for (; i3 < d3; i3 += 1)
      for (let r = 0; r < rows; r += 1)
        store<i32>(q0 + <usize>r * ys + (<usize>i3 << 2), load<i32>(p0 + <usize>i3 * xs + (<usize>r << 2)));
  }
}

function loadFloat(type: i32, p: usize): f32 {
  if (type == 0) return load<f32>(p);
  if (type == 1) return f32x4.extract_lane(widen(i32x4.splat(<i32>load<u16>(p))), 0);
  return <f32>loadInt(type, p);
}

function loadInt(type: i32, p: usize): i32 {
  if (type == 2) return load<i32>(p);
  return type == 3 ? <i32>load<u8>(p) : <i32>load<i8>(p);
}

function storeInt(type: i32, p: usize, x: i32): void {
  if (type == 2) store<i32>(p, x);
  else if (type == 3) store<u8>(p, <u8>max(0, min(255, x)));
  else store<i8>(p, <i8>max(-128, min(127, x)));
}

// @ts-ignore: decorator
@inline
function sizeOf(type: i32): i32 {
  return type == 0 || type == 2 ? 4 : type == 1 ? 2 : 1;
}

export function cast(from: i32, to: i32, x: usize, y: usize, rows: i32, cols: i32, xStride: i32, lane: i32, lanes: i32): void {
  const n = rows * cols;
  const ys = sizeOf(to);
  const xs = sizeOf(from);
  let at = share(n, 64, lane, lanes);
  const end = share(n, 64, lane + 1, lanes);
  while (at < end) {
    const row = at / cols;
    const col = at - row * cols;
    let p = x + (<usize>row * <usize>xStride + <usize>col) * xs;
    let q = y + <usize>at * ys;
    let left = min(cols - col, end - at);
    at += left;
    if (from == 0 && to == 1) {
      for (; left >= 4; left -= 4, p += 16, q += 8) {
        const h = narrow(v128.load(p));
        v128.store_lane<i64>(q, v128.shuffle<i16>(h, h, 0, 2, 4, 6, 0, 2, 4, 6), 0);
      }
    } else if (from == 1 && to == 0) {
      for (; left >= 4; left -= 4, p += 8, q += 16) v128.store(q, widen(v128.load_ext<u16>(p)));
    }
    for (; left > 0; left -= 1, p += xs, q += ys) {
      if (from >= 2 && to >= 2) storeInt(to, q, loadInt(from, p));
      else {
        const value = loadFloat(from, p);
        if (to == 0) store<f32>(q, value);
        else if (to == 1) store<u16>(q, <u16>i32x4.extract_lane(narrow(f32x4.splat(value)), 0));
        else storeInt(to, q, i32x4.extract_lane(i32x4.trunc_sat_f32x4_s(f32x4.splat(value)), 0));
      }
    }
  }
}
