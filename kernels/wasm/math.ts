// Elementary functions of four f32 at once, to about one unit in the last place, with NaN and infinity as IEEE 754 has
// them. Polynomials are those of Cephes (S. Moshier); angles are reduced in f64.

// @ts-ignore: decorator
@inline
function c(x: f32): v128 {
  return f32x4.splat(x);
}

// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  // exp(89) overflows and exp(-104) is 0; pmin and pmax keep a NaN that is their first operand.
  const t = f32x4.pmax(f32x4.pmin(x, c(89)), c(-104));
  // Adding 1.5 * 2^23 rounds to a whole number, which then stands in the low bits: cheaper than nearest and trunc_sat.
  const whole = f32x4.add(f32x4.mul(t, c(1.44269504088896341)), c(12582912));
  const n = f32x4.sub(whole, c(12582912));
  const r = f32x4.sub(f32x4.sub(t, f32x4.mul(n, c(0.693359375))), f32x4.mul(n, c(-2.12194440e-4)));
  let p = f32x4.add(f32x4.mul(c(1.9875691500e-4), r), c(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), c(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), c(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), c(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), c(5.0000001201e-1));
  p = f32x4.add(f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), r), c(1));
  // 2^n in two factors: one alone would not reach the smallest and the largest results.
  const i = i32x4.sub(whole, i32x4.splat(0x4b400000));
  const half = i32x4.shr_s(i, 1);
  const low = i32x4.shl(i32x4.add(half, i32x4.splat(127)), 23);
  const high = i32x4.shl(i32x4.add(i32x4.sub(i, half), i32x4.splat(127)), 23);
  return f32x4.mul(f32x4.mul(p, low), high);
}

/** Bytes of expTable: scratch memory of kernels that compute many exponentials. */
export const expTableBytes: i32 = 64;

/**
 * The constants of expDown4 in memory. V8 makes a vector constant anew at each use, by four instructions, also in a loop; a load that
 * repeats a number is one.
 */
export function expTable(at: usize): void {
  store<f32>(at, -88);
  store<f32>(at, 1.44269504088896341, 4);
  store<f32>(at, 12582912, 8);
  store<f32>(at, 0.693359375, 12);
  store<f32>(at, -2.12194440e-4, 16);
  store<f32>(at, 1.9875691500e-4, 20);
  store<f32>(at, 1.3981999507e-3, 24);
  store<f32>(at, 8.3334519073e-3, 28);
  store<f32>(at, 4.1665795894e-2, 32);
  store<f32>(at, 1.6666665459e-1, 36);
  store<f32>(at, 5.0000001201e-1, 40);
  store<f32>(at, 1, 44);
  store<f32>(at, -Infinity, 48);
  store<f32>(at, 88, 52);
  store<f32>(at, Infinity, 56);
}

/** exp of what is not above 0, or NaN: less to do than exp4. 0 below -87.7, where it would be no normal number. */
// @ts-ignore: decorator
@inline
export function expDown4(x: v128, table: usize): v128 {
  // At -88 the power of two is 2^-127, whose bits are 0. pmax keeps a NaN that is its first operand.
  const t = f32x4.pmax(x, v128.load_splat<f32>(table));
  const magic = v128.load_splat<f32>(table, 8);
  const whole = f32x4.add(f32x4.mul(t, v128.load_splat<f32>(table, 4)), magic);
  const n = f32x4.sub(whole, magic);
  const r = f32x4.sub(
    f32x4.sub(t, f32x4.mul(n, v128.load_splat<f32>(table, 12))),
    f32x4.mul(n, v128.load_splat<f32>(table, 16)),
  );
  let p = f32x4.add(f32x4.mul(v128.load_splat<f32>(table, 20), r), v128.load_splat<f32>(table, 24));
  p = f32x4.add(f32x4.mul(p, r), v128.load_splat<f32>(table, 28));
  p = f32x4.add(f32x4.mul(p, r), v128.load_splat<f32>(table, 32));
  p = f32x4.add(f32x4.mul(p, r), v128.load_splat<f32>(table, 36));
  p = f32x4.add(f32x4.mul(p, r), v128.load_splat<f32>(table, 40));
  const one = v128.load_splat<f32>(table, 44);
  p = f32x4.add(f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), r), one);
  // The low bits of `whole` are n; those of 1 are 127 << 23.
  return f32x4.mul(p, i32x4.add(i32x4.shl(whole, 23), one));
}

/** The same for what should not be above 0, but may be: infinite from 88 on. */
// @ts-ignore: decorator
@inline
export function expNear4(x: v128, table: usize): v128 {
  const most = v128.load_splat<f32>(table, 52);
  const beyond = v128.and(f32x4.gt(x, most), v128.load_splat<f32>(table, 56));
  return f32x4.add(expDown4(f32x4.pmin(x, most), table), beyond);
}

// @ts-ignore: decorator
@inline
export function log4(x: v128): v128 {
  const tiny = f32x4.lt(x, c(1.17549435e-38));
  const scaled = v128.bitselect(f32x4.mul(x, c(8388608)), x, tiny);
  let e = i32x4.sub(i32x4.shr_u(scaled, 23), i32x4.splat(126));
  e = i32x4.sub(e, v128.and(tiny, i32x4.splat(23)));
  let m = v128.or(v128.and(scaled, i32x4.splat(0x007fffff)), i32x4.splat(0x3f000000));
  const small = f32x4.lt(m, c(0.707106781186547524));
  e = i32x4.add(e, small);
  m = f32x4.sub(f32x4.add(m, v128.and(m, small)), c(1));
  const z = f32x4.mul(m, m);
  let p = f32x4.add(f32x4.mul(c(7.0376836292e-2), m), c(-1.1514610310e-1));
  p = f32x4.add(f32x4.mul(p, m), c(1.1676998740e-1));
  p = f32x4.add(f32x4.mul(p, m), c(-1.2420140846e-1));
  p = f32x4.add(f32x4.mul(p, m), c(1.4249322787e-1));
  p = f32x4.add(f32x4.mul(p, m), c(-1.6668057665e-1));
  p = f32x4.add(f32x4.mul(p, m), c(2.0000714765e-1));
  p = f32x4.add(f32x4.mul(p, m), c(-2.4999993993e-1));
  p = f32x4.add(f32x4.mul(p, m), c(3.3333331174e-1));
  const fe = f32x4.convert_i32x4_s(e);
  let y = f32x4.mul(f32x4.mul(p, m), z);
  y = f32x4.add(y, f32x4.mul(fe, c(-2.12194440e-4)));
  y = f32x4.sub(y, f32x4.mul(z, c(0.5)));
  y = f32x4.add(f32x4.add(m, y), f32x4.mul(fe, c(0.693359375)));
  // 0 -> -inf, below 0 and NaN -> NaN, inf -> inf.
  y = v128.bitselect(c(-Infinity), y, f32x4.eq(x, c(0)));
  y = v128.bitselect(x, y, f32x4.eq(x, c(Infinity)));
  return v128.bitselect(y, c(NaN), f32x4.ge(x, c(0)));
}

// @ts-ignore: decorator
@inline
export function tanh4(x: v128): v128 {
  const a = f32x4.abs(x);
  const z = f32x4.mul(x, x);
  let p = f32x4.add(f32x4.mul(c(-5.70498872745e-3), z), c(2.06390887954e-2));
  p = f32x4.add(f32x4.mul(p, z), c(-5.37397155531e-2));
  p = f32x4.add(f32x4.mul(p, z), c(1.33314422036e-1));
  p = f32x4.add(f32x4.mul(p, z), c(-3.33332819422e-1));
  const near = f32x4.add(f32x4.mul(f32x4.mul(p, z), x), x);
  const e = exp4(f32x4.add(a, a));
  const far = f32x4.sub(c(1), f32x4.div(c(2), f32x4.add(e, c(1))));
  const signed = v128.or(far, v128.and(x, i32x4.splat(0x80000000)));
  return v128.bitselect(near, signed, f32x4.lt(a, c(0.625)));
}

// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
  return f32x4.div(c(1), f32x4.add(c(1), exp4(f32x4.neg(x))));
}

/** 2 sqrt(2/pi) (x + 0.044715 x^3), whose sigmoid is half of 1 + tanh without its cancellation: gelu is x times that. */
// @ts-ignore: decorator
@inline
export function geluInner4(x: v128): v128 {
  return f32x4.mul(
    f32x4.mul(c(1.5957691216), x),
    f32x4.add(c(1), f32x4.mul(c(0.044715), f32x4.mul(x, x))),
  );
}

/** Sine of the four angles in two f64x2; `quarters` i32x4 are added turns of 90 degrees: 1 gives the cosine. */
// @ts-ignore: decorator
@inline
export function sinOf(low: v128, high: v128, quarters: v128): v128 {
  const nl = f64x2.nearest(f64x2.mul(low, f64x2.splat(0.63661977236758134308)));
  const nh = f64x2.nearest(f64x2.mul(high, f64x2.splat(0.63661977236758134308)));
  const rl = f64x2.sub(
    f64x2.sub(low, f64x2.mul(nl, f64x2.splat(1.57079632673412561417))),
    f64x2.mul(nl, f64x2.splat(6.07710050650619224932e-11)),
  );
  const rh = f64x2.sub(
    f64x2.sub(high, f64x2.mul(nh, f64x2.splat(1.57079632673412561417))),
    f64x2.mul(nh, f64x2.splat(6.07710050650619224932e-11)),
  );
  const ql = f64x2.sub(nl, f64x2.mul(f64x2.splat(4), f64x2.floor(f64x2.mul(nl, f64x2.splat(0.25)))));
  const qh = f64x2.sub(nh, f64x2.mul(f64x2.splat(4), f64x2.floor(f64x2.mul(nh, f64x2.splat(0.25)))));
  const q = i32x4.add(
    v128.shuffle<i32>(i32x4.trunc_sat_f64x2_s_zero(ql), i32x4.trunc_sat_f64x2_s_zero(qh), 0, 1, 4, 5),
    quarters,
  );
  const r = v128.shuffle<i32>(f32x4.demote_f64x2_zero(rl), f32x4.demote_f64x2_zero(rh), 0, 1, 4, 5);
  const z = f32x4.mul(r, r);
  let s = f32x4.add(f32x4.mul(c(-1.9515295891e-4), z), c(8.3321608736e-3));
  s = f32x4.add(f32x4.mul(s, z), c(-1.6666654611e-1));
  s = f32x4.add(f32x4.mul(f32x4.mul(s, z), r), r);
  let k = f32x4.add(f32x4.mul(c(2.443315711809948e-5), z), c(-1.388731625493765e-3));
  k = f32x4.add(f32x4.mul(k, z), c(4.166664568298827e-2));
  k = f32x4.add(f32x4.sub(f32x4.mul(f32x4.mul(k, z), z), f32x4.mul(z, c(0.5))), c(1));
  const odd = i32x4.ne(v128.and(q, i32x4.splat(1)), i32x4.splat(0));
  return v128.xor(v128.bitselect(k, s, odd), i32x4.shl(v128.and(q, i32x4.splat(2)), 30));
}

// @ts-ignore: decorator
@inline
export function sin4(x: v128, quarters: v128): v128 {
  return sinOf(f64x2.promote_low_f32x4(x), f64x2.promote_low_f32x4(v128.shuffle<i32>(x, x, 2, 3, 2, 3)), quarters);
}

/** Natural logarithm of a positive, finite, normal f64. */
export function log64(x: f64): f64 {
  let bits = reinterpret<i64>(x);
  let e = <i32>(bits >> 52) - 1023;
  let m = reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    e += 1;
  }
  const s = (m - 1) / (m + 1);
  const z = s * s;
  let p: f64 = 1.0 / 19;
  p = p * z + 1.0 / 17;
  p = p * z + 1.0 / 15;
  p = p * z + 1.0 / 13;
  p = p * z + 1.0 / 11;
  p = p * z + 1.0 / 9;
  p = p * z + 1.0 / 7;
  p = p * z + 1.0 / 5;
  p = p * z + 1.0 / 3;
  return <f64>e * 0.69314718055994530942 + (2 * s + 2 * s * z * p);
}

/** e^x for |x| < 700; beyond, 0 or infinity. */
export function exp64(x: f64): f64 {
  if (x != x) return x;
  if (x > 700) return Infinity;
  if (x < -700) return 0;
  const n = nearest(x * 1.44269504088896340736);
  const r = x - n * 6.93147180369123816490e-1 - n * 1.90821492927058770002e-10;
  let p: f64 = 1.0 / 6227020800;
  p = p * r + 1.0 / 479001600;
  p = p * r + 1.0 / 39916800;
  p = p * r + 1.0 / 3628800;
  p = p * r + 1.0 / 362880;
  p = p * r + 1.0 / 40320;
  p = p * r + 1.0 / 5040;
  p = p * r + 1.0 / 720;
  p = p * r + 1.0 / 120;
  p = p * r + 1.0 / 24;
  p = p * r + 1.0 / 6;
  p = p * r + 0.5;
  p = p * r + 1;
  p = p * r + 1;
  return p * reinterpret<f64>((<i64>n + 1023) << 52);
}

/** a ** b as ECMAScript has it, in f64. */
export function pow64(a: f64, b: f64): f64 {
  if (b == 0) return 1;
  if (b != b || a != a) return NaN;
  const size = abs(a);
  if (abs(b) == Infinity) {
    if (size == 1) return NaN;
    return size > 1 == b > 0 ? Infinity : 0;
  }
  const whole = floor(b) == b;
  const odd = whole && abs(b) < 9007199254740992 && (<i64>b & 1) == 1;
  let y: f64;
  if (size == 0) y = b > 0 ? 0 : Infinity;
  else if (size == Infinity) y = b > 0 ? Infinity : 0;
  else {
    if (a < 0 && !whole) return NaN;
    y = exp64(b * log64(size));
  }
  return odd && (a < 0 || (a == 0 && reinterpret<i64>(a) < 0)) ? -y : y;
}
