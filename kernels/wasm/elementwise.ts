// Functions of single elements, with and without broadcasting; codes of `kind` are those of registry/codes.ts.
// Vectors of four; the last elements go through the same code, so that an element's bits do not depend on its place.
import { loadPart, share, storePart } from './lanes';
import { exp4, geluInner4, log4, pow64, sigmoid4, sin4, tanh4 } from './math';

// @ts-ignore: decorator
@inline
function positive(x: v128): v128 {
  return f32x4.max(x, f32x4.splat(0));
}

function apply(kind: i32, x: v128): v128 {
  switch (kind) {
    case 0: return f32x4.neg(x);
    case 1: return f32x4.abs(x);
    case 2: return exp4(x);
    case 3: return log4(x);
    case 4: return f32x4.sqrt(x);
    case 5: return f32x4.div(f32x4.splat(1), f32x4.sqrt(x));
    case 6: return f32x4.div(f32x4.splat(1), x);
    case 7: return tanh4(x);
    case 8: return sigmoid4(x);
    case 9: return f32x4.mul(x, x);
    case 10: return sin4(x, i32x4.splat(0));
    case 11: return sin4(x, i32x4.splat(1));
    case 12: return positive(x);
    case 13: return f32x4.mul(positive(x), positive(x));
    case 14: return f32x4.mul(x, sigmoid4(x));
    case 15: return f32x4.mul(x, sigmoid4(geluInner4(x)));
    default: return v128.and(f32x4.lt(f32x4.abs(x), f32x4.splat(Infinity)), f32x4.splat(1));
  }
}

export function unary(kind: i32, x: usize, y: usize, n: i32, lane: i32, lanes: i32): void {
  const from = share(n, 16, lane, lanes);
  const to = share(n, 16, lane + 1, lanes);
  x += <usize>from << 2;
  y += <usize>from << 2;
  let left = to - from;
  // The two that training meets most have loops of their own.
  if (kind == 13) {
    for (; left >= 4; left -= 4, x += 16, y += 16) {
      const t = positive(v128.load(x));
      v128.store(y, f32x4.mul(t, t));
    }
  } else if (kind == 2) {
    for (; left >= 4; left -= 4, x += 16, y += 16) v128.store(y, exp4(v128.load(x)));
  } else {
    for (; left >= 4; left -= 4, x += 16, y += 16) v128.store(y, apply(kind, v128.load(x)));
  }
  if (left > 0) storePart(y, left, apply(kind, loadPart(x, left, f32x4.splat(1))));
}

export function affine(x: usize, y: usize, n: i32, scale: f32, shift: f32, lane: i32, lanes: i32): void {
  const from = share(n, 16, lane, lanes);
  let left = share(n, 16, lane + 1, lanes) - from;
  x += <usize>from << 2;
  y += <usize>from << 2;
  const s = f32x4.splat(scale);
  const t = f32x4.splat(shift);
  for (; left >= 4; left -= 4, x += 16, y += 16) v128.store(y, f32x4.add(f32x4.mul(v128.load(x), s), t));
  if (left > 0) storePart(y, left, f32x4.add(f32x4.mul(loadPart(x, left, s), s), t));
}

function slope(kind: i32, x: v128): v128 {
  const one = f32x4.splat(1);
  switch (kind) {
    case 0: return v128.bitselect(x, v128.and(f32x4.gt(x, f32x4.splat(0)), one), f32x4.ne(x, x));
    case 1: return f32x4.add(positive(x), positive(x));
    case 2: {
      const s = sigmoid4(x);
      return f32x4.mul(s, f32x4.add(one, f32x4.mul(x, f32x4.sub(one, s))));
    }
    default: {
      const s = sigmoid4(geluInner4(x));
      const inner = f32x4.mul(
        f32x4.splat(1.5957691216),
        f32x4.add(one, f32x4.mul(f32x4.splat(0.134145), f32x4.mul(x, x))),
      );
      return f32x4.mul(s, f32x4.add(one, f32x4.mul(f32x4.mul(x, inner), f32x4.sub(one, s))));
    }
  }
}

export function activationGrad(kind: i32, x: usize, g: usize, y: usize, n: i32, lane: i32, lanes: i32): void {
  const from = share(n, 16, lane, lanes);
  let left = share(n, 16, lane + 1, lanes) - from;
  x += <usize>from << 2;
  g += <usize>from << 2;
  y += <usize>from << 2;
  for (; left >= 4; left -= 4, x += 16, g += 16, y += 16)
    v128.store(y, f32x4.mul(v128.load(g), slope(kind, v128.load(x))));
  if (left > 0) {
    const zero = f32x4.splat(0);
    storePart(y, left, f32x4.mul(loadPart(g, left, zero), slope(kind, loadPart(x, left, zero))));
  }
}

function power(a: v128, b: v128): v128 {
  let y = f32x4.splat(<f32>pow64(<f64>f32x4.extract_lane(a, 0), <f64>f32x4.extract_lane(b, 0)));
  y = f32x4.replace_lane(y, 1, <f32>pow64(<f64>f32x4.extract_lane(a, 1), <f64>f32x4.extract_lane(b, 1)));
  y = f32x4.replace_lane(y, 2, <f32>pow64(<f64>f32x4.extract_lane(a, 2), <f64>f32x4.extract_lane(b, 2)));
  return f32x4.replace_lane(y, 3, <f32>pow64(<f64>f32x4.extract_lane(a, 3), <f64>f32x4.extract_lane(b, 3)));
}

function combine(kind: i32, a: v128, b: v128): v128 {
  switch (kind) {
    case 0: return f32x4.add(a, b);
    case 1: return f32x4.sub(a, b);
    case 2: return f32x4.mul(a, b);
    case 3: return f32x4.div(a, b);
    case 4: return f32x4.max(a, b);
    case 5: return f32x4.min(a, b);
    case 6: return power(a, b);
    case 7: return v128.and(f32x4.lt(a, b), f32x4.splat(1));
    default: return v128.and(f32x4.eq(a, b), f32x4.splat(1));
  }
}

/** Four elements, or the first `n`, with a stride in bytes: 4, 0, or any. */
// @ts-ignore: decorator
@inline
function gather(p: usize, stride: usize, n: i32): v128 {
  if (stride == 4 && n >= 4) return v128.load(p);
  if (stride == 0) return v128.load_splat<f32>(p);
  let x = v128.load_splat<f32>(p);
  if (n > 1) x = v128.load_lane<f32>(p + stride, x, 1);
  if (n > 2) x = v128.load_lane<f32>(p + 2 * stride, x, 2);
  if (n > 3) x = v128.load_lane<f32>(p + 3 * stride, x, 3);
  return x;
}

export function binary(
  kind: i32, a: usize, b: usize, y: usize, d0: i32, d1: i32, d2: i32, d3: i32,
  a0: i32, a1: i32, a2: i32, a3: i32, b0: i32, b1: i32, b2: i32, b3: i32, lane: i32, lanes: i32,
): void {
  const n = d0 * d1 * d2 * d3;
  let at = share(n, 16, lane, lanes);
  const to = share(n, 16, lane + 1, lanes);
  const as = <usize>a3 << 2;
  const bs = <usize>b3 << 2;
  while (at < to) {
    const row = at / d3;
    const i3 = at - row * d3;
    const i2 = row % d2;
    const i1 = (row / d2) % d1;
    const i0 = row / d2 / d1;
    let p = a + (<usize>(i0 * a0 + i1 * a1 + i2 * a2 + i3 * a3) << 2);
    let q = b + (<usize>(i0 * b0 + i1 * b1 + i2 * b2 + i3 * b3) << 2);
    let r = y + (<usize>at << 2);
    let left = min(d3 - i3, to - at);
    at += left;
    if (as == 4 && bs == 4 && kind <= 2) {
      if (kind == 0) for (; left >= 4; left -= 4, p += 16, q += 16, r += 16) v128.store(r, f32x4.add(v128.load(p), v128.load(q)));
      else if (kind == 1) for (; left >= 4; left -= 4, p += 16, q += 16, r += 16) v128.store(r, f32x4.sub(v128.load(p), v128.load(q)));
      else for (; left >= 4; left -= 4, p += 16, q += 16, r += 16) v128.store(r, f32x4.mul(v128.load(p), v128.load(q)));
    }
    for (; left >= 4; left -= 4, p += 4 * as, q += 4 * bs, r += 16)
      v128.store(r, combine(kind, gather(p, as, 4), gather(q, bs, 4)));
    if (left > 0) storePart(r, left, combine(kind, gather(p, as, left), gather(q, bs, left)));
  }
}

export function where(
  cond: usize, a: usize, b: usize, y: usize, d0: i32, d1: i32, d2: i32, d3: i32,
  c0: i32, c1: i32, c2: i32, c3: i32, a0: i32, a1: i32, a2: i32, a3: i32,
  b0: i32, b1: i32, b2: i32, b3: i32, lane: i32, lanes: i32,
): void {
  const n = d0 * d1 * d2 * d3;
  let at = share(n, 16, lane, lanes);
  const to = share(n, 16, lane + 1, lanes);
  const cs = <usize>c3 << 2;
  const as = <usize>a3 << 2;
  const bs = <usize>b3 << 2;
  const zero = f32x4.splat(0);
  while (at < to) {
    const row = at / d3;
    const i3 = at - row * d3;
    const i2 = row % d2;
    const i1 = (row / d2) % d1;
    const i0 = row / d2 / d1;
    let o = cond + (<usize>(i0 * c0 + i1 * c1 + i2 * c2 + i3 * c3) << 2);
    let p = a + (<usize>(i0 * a0 + i1 * a1 + i2 * a2 + i3 * a3) << 2);
    let q = b + (<usize>(i0 * b0 + i1 * b1 + i2 * b2 + i3 * b3) << 2);
    let r = y + (<usize>at << 2);
    let left = min(d3 - i3, to - at);
    at += left;
    for (; left >= 4; left -= 4, o += 4 * cs, p += 4 * as, q += 4 * bs, r += 16)
      v128.store(r, v128.bitselect(gather(p, as, 4), gather(q, bs, 4), f32x4.ne(gather(o, cs, 4), zero)));
    if (left > 0)
      storePart(r, left, v128.bitselect(gather(p, as, left), gather(q, bs, left), f32x4.ne(gather(o, cs, left), zero)));
  }
}

/** hyper: lr, beta1, beta2, eps, weight decay, 1 - beta1^t, 1 - beta2^t, gate. */
export function adamw(p: usize, g: usize, m: usize, v: usize, hyper: usize, n: i32, lane: i32, lanes: i32): void {
  const gate = load<f32>(hyper, 28);
  if (gate == 0) return;
  const from = share(n, 16, lane, lanes);
  let left = share(n, 16, lane + 1, lanes) - from;
  const offset = <usize>from << 2;
  p += offset;
  g += offset;
  m += offset;
  v += offset;
  const lr = load<f32>(hyper);
  const beta1 = load<f32>(hyper, 4);
  const beta2 = load<f32>(hyper, 8);
  const b1 = f32x4.splat(beta1);
  const b2 = f32x4.splat(beta2);
  const c1 = f32x4.splat(1 - beta1);
  const c2 = f32x4.splat(1 - beta2);
  const eps = f32x4.splat(load<f32>(hyper, 12));
  const keep = f32x4.splat(1 - lr * load<f32>(hyper, 16));
  const rate = f32x4.splat(lr / load<f32>(hyper, 20));
  const bias2 = f32x4.splat(1 / load<f32>(hyper, 24));
  const factor = f32x4.splat(gate);
  const zero = f32x4.splat(0);
  while (left > 0) {
    const whole = left >= 4;
    const grad = f32x4.mul(whole ? v128.load(g) : loadPart(g, left, zero), factor);
    const first = f32x4.add(f32x4.mul(b1, whole ? v128.load(m) : loadPart(m, left, zero)), f32x4.mul(c1, grad));
    const second = f32x4.add(
      f32x4.mul(b2, whole ? v128.load(v) : loadPart(v, left, zero)),
      f32x4.mul(c2, f32x4.mul(grad, grad)),
    );
    const step = f32x4.div(f32x4.mul(rate, first), f32x4.add(f32x4.sqrt(f32x4.mul(second, bias2)), eps));
    const next = f32x4.sub(f32x4.mul(whole ? v128.load(p) : loadPart(p, left, zero), keep), step);
    if (whole) {
      v128.store(m, first);
      v128.store(v, second);
      v128.store(p, next);
    } else {
      storePart(m, left, first);
      storePart(v, left, second);
      storePart(p, left, next);
    }
    left -= 4;
    p += 16;
    g += 16;
    m += 16;
    v += 16;
  }
}
