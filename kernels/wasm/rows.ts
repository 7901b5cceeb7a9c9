// What works on whole rows: softmax and its logarithm, cross-entropy, rmsNorm. A row belongs to one lane.
import { loadPart, max4, share, storePart, sum4 } from './lanes';
import { expDown4, expNear4, expTable, log4, tanh4 } from './math';

/** The largest of what is no NaN: for the exponentials of a row, whose sum a NaN makes NaN all the same. */
function largest(x: usize, cols: i32): f32 {
  let a = f32x4.splat(-Infinity);
  let b = a, c = a, d = a;
  let left = cols;
  for (; left >= 16; left -= 16, x += 64) {
    a = f32x4.pmax(a, v128.load(x));
    b = f32x4.pmax(b, v128.load(x, 16));
    c = f32x4.pmax(c, v128.load(x, 32));
    d = f32x4.pmax(d, v128.load(x, 48));
  }
  for (; left >= 4; left -= 4, x += 16) a = f32x4.pmax(a, v128.load(x));
  if (left > 0) b = f32x4.pmax(b, loadPart(x, left, a));
  return max4(f32x4.max(f32x4.max(a, b), f32x4.max(c, d)));
}

// @ts-ignore: decorator
@inline
function logOf(x: f32): f32 {
  return f32x4.extract_lane(log4(f32x4.splat(x)), 0);
}

/** Sum of exp(x - top), also stored at y unless that is 0. */
function exponentials(x: usize, y: usize, cols: i32, top: f32, table: usize): f32 {
  const shift = f32x4.splat(top);
  let a = f32x4.splat(0);
  let b = a;
  let left = cols;
  for (; left >= 8; left -= 8, x += 32) {
    const e = expDown4(f32x4.sub(v128.load(x), shift), table);
    const f = expDown4(f32x4.sub(v128.load(x, 16), shift), table);
    a = f32x4.add(a, e);
    b = f32x4.add(b, f);
    if (y != 0) {
      v128.store(y, e);
      v128.store(y, f, 16);
      y += 32;
    }
  }
  for (; left > 0; left -= 4, x += 16) {
    const e = expDown4(f32x4.sub(left >= 4 ? v128.load(x) : loadPart(x, left, f32x4.splat(-Infinity)), shift), table);
    a = f32x4.add(a, e);
    if (y != 0) {
      if (left >= 4) v128.store(y, e);
      else storePart(y, left, e);
      y += 16;
    }
  }
  return sum4(f32x4.add(a, b));
}

export function softmax(
  kind: i32, x: usize, y: usize, rows: i32, cols: i32, table: usize, lane: i32, lanes: i32,
): void {
  expTable(table);
  const to = share(rows, 1, lane + 1, lanes);
  for (let row = share(rows, 1, lane, lanes); row < to; row += 1) {
    let p = x + (<usize>row * <usize>cols << 2);
    let q = y + (<usize>row * <usize>cols << 2);
    const top = largest(p, cols);
    let left = cols;
    if (kind == 0) {
      const factor = f32x4.splat(1 / exponentials(p, q, cols, top, table));
      for (; left >= 4; left -= 4, q += 16) v128.store(q, f32x4.mul(v128.load(q), factor));
      if (left > 0) storePart(q, left, f32x4.mul(loadPart(q, left, factor), factor));
    } else {
      const lse = f32x4.splat(top + logOf(exponentials(p, 0, cols, top, table)));
      for (; left >= 4; left -= 4, p += 16, q += 16) v128.store(q, f32x4.sub(v128.load(p), lse));
      if (left > 0) storePart(q, left, f32x4.sub(loadPart(p, left, lse), lse));
    }
  }
}

// @ts-ignore: decorator
@inline
function capped(x: v128, cap: f32): v128 {
  return cap == 0 ? x : f32x4.mul(f32x4.splat(cap), tanh4(f32x4.div(x, f32x4.splat(cap))));
}

/** No capped logit is above the cap: then it can stand for the largest, as long as exp(-2 cap) is no tiny number. */
const largestCap: f32 = 30;

export function crossEntropy(
  logits: usize, targets: usize, loss: usize, lse: usize, rows: i32, cols: i32, cap: f32, table: usize,
  lane: i32, lanes: i32,
): void {
  expTable(table);
  const to = share(rows, 16, lane + 1, lanes);
  for (let row = share(rows, 16, lane, lanes); row < to; row += 1) {
    const p = logits + (<usize>row * <usize>cols << 2);
    let top: f32 = cap;
    if (cap == 0 || cap > largestCap) {
      top = largest(p, cols);
      if (cap != 0) top = f32x4.extract_lane(capped(f32x4.splat(top), cap), 0);
    }
    let total: f32;
    if (cap == 0) total = exponentials(p, 0, cols, top, table);
    else {
      let sum = f32x4.splat(0);
      const shift = f32x4.splat(top);
      let at = p;
      let left = cols;
      for (; left >= 4; left -= 4, at += 16)
        sum = f32x4.add(sum, expDown4(f32x4.sub(capped(v128.load(at), cap), shift), table));
      if (left > 0) {
        const z = f32x4.sub(capped(loadPart(at, left, shift), cap), shift);
        sum = f32x4.add(sum, expDown4(loadLanes(z, left), table));
      }
      total = sum4(sum);
    }
    const normaliser = top + logOf(total);
    store<f32>(lse + (<usize>row << 2), normaliser);
    const target = load<i32>(targets + (<usize>row << 2));
    let value: f32 = 0;
    if (target >= 0 && target < cols)
      value = normaliser - f32x4.extract_lane(capped(v128.load_splat<f32>(p + (<usize>target << 2)), cap), 0);
    store<f32>(loss + (<usize>row << 2), value);
  }
}

/** The first `n` (1 to 3) lanes of x; -inf in the others. */
// @ts-ignore: decorator
@inline
function loadLanes(x: v128, n: i32): v128 {
  return v128.bitselect(x, f32x4.splat(-Infinity), i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(n)));
}

export function crossEntropyGrad(
  logits: usize, targets: usize, lse: usize, g: usize, d: usize, rows: i32, cols: i32, cap: f32, table: usize,
  lane: i32, lanes: i32,
): void {
  expTable(table);
  const to = share(rows, 1, lane + 1, lanes);
  const one = f32x4.splat(1);
  for (let row = share(rows, 1, lane, lanes); row < to; row += 1) {
    let p = logits + (<usize>row * <usize>cols << 2);
    let q = d + (<usize>row * <usize>cols << 2);
    const target = load<i32>(targets + (<usize>row << 2));
    const counts = target >= 0 && target < cols;
    const shift = v128.load_splat<f32>(lse + (<usize>row << 2));
    const grad = v128.load_splat<f32>(g + (<usize>row << 2));
    const hit = i32x4.splat(target);
    let index = i32x4(0, 1, 2, 3);
    for (let left = cols; left > 0; left -= 4, p += 16, q += 16) {
      let y = f32x4.splat(0);
      if (counts) {
        const z = capped(left >= 4 ? v128.load(p) : loadPart(p, left, shift), cap);
        y = f32x4.sub(expNear4(f32x4.sub(z, shift), table), v128.and(i32x4.eq(index, hit), one));
        if (cap != 0) {
          const t = f32x4.div(z, f32x4.splat(cap));
          y = f32x4.mul(y, f32x4.sub(one, f32x4.mul(t, t)));
        }
        y = f32x4.mul(y, grad);
        index = i32x4.add(index, i32x4.splat(4));
      }
      if (left >= 4) v128.store(q, y);
      else storePart(q, left, y);
    }
  }
}

/** Sum of x * y over a row. */
export function dotRow(x: usize, y: usize, cols: i32): f32 {
  const zero = f32x4.splat(0);
  let a = zero;
  let b = zero;
  let c = zero;
  let d = zero;
  let left = cols;
  for (; left >= 16; left -= 16, x += 64, y += 64) {
    a = f32x4.add(a, f32x4.mul(v128.load(x), v128.load(y)));
    b = f32x4.add(b, f32x4.mul(v128.load(x, 16), v128.load(y, 16)));
    c = f32x4.add(c, f32x4.mul(v128.load(x, 32), v128.load(y, 32)));
    d = f32x4.add(d, f32x4.mul(v128.load(x, 48), v128.load(y, 48)));
  }
  for (; left >= 4; left -= 4, x += 16, y += 16) a = f32x4.add(a, f32x4.mul(v128.load(x), v128.load(y)));
  if (left > 0) b = f32x4.add(b, f32x4.mul(loadPart(x, left, zero), loadPart(y, left, zero)));
  return sum4(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
}

/** y = x * factor. */
export function scaleRow(x: usize, y: usize, cols: i32, factor: f32): void {
  const f = f32x4.splat(factor);
  let left = cols;
  for (; left >= 4; left -= 4, x += 16, y += 16) v128.store(y, f32x4.mul(v128.load(x), f));
  if (left > 0) storePart(y, left, f32x4.mul(loadPart(x, left, f), f));
}

// @ts-ignore: decorator
@inline
export function inverseRms(x: usize, cols: i32, eps: f32): f32 {
  return 1 / sqrt(dotRow(x, x, cols) / <f32>cols + eps);
}

/** dx = r * (g - x * r^2 * mean(g * x)). */
export function rmsNormRowGrad(x: usize, g: usize, dx: usize, cols: i32, eps: f32): void {
  const r = inverseRms(x, cols, eps);
  const a = f32x4.splat(r);
  const b = f32x4.splat(r * r * r * (dotRow(g, x, cols) / <f32>cols));
  let left = cols;
  for (; left >= 4; left -= 4, x += 16, g += 16, dx += 16)
    v128.store(dx, f32x4.sub(f32x4.mul(a, v128.load(g)), f32x4.mul(b, v128.load(x))));
  if (left > 0) storePart(dx, left, f32x4.sub(f32x4.mul(a, loadPart(g, left, a)), f32x4.mul(b, loadPart(x, left, b))));
}

export function rmsNorm(x: usize, y: usize, rows: i32, cols: i32, xStride: i32, eps: f32, lane: i32, lanes: i32): void {
  const to = share(rows, 1, lane + 1, lanes);
  for (let row = share(rows, 1, lane, lanes); row < to; row += 1) {
    const p = x + (<usize>row * <usize>xStride << 2);
    scaleRow(p, y + (<usize>row * <usize>cols << 2), cols, inverseRms(p, cols, eps));
  }
}

export function rmsNormGrad(
  x: usize, g: usize, dx: usize, rows: i32, cols: i32, xStride: i32, eps: f32, lane: i32, lanes: i32,
): void {
  const to = share(rows, 1, lane + 1, lanes);
  for (let row = share(rows, 1, lane, lanes); row < to; row += 1) {
    const offset = <usize>row * <usize>cols << 2;
    rmsNormRowGrad(x + (<usize>row * <usize>xStride << 2), g + offset, dx + offset, cols, eps);
  }
}
