// Rows of f32 in steps of max|x| / most: whole numbers, half away from zero, exactly as the reference rounds them.
import { loadPart } from './lanes';

/**
 * max|x|; NaN where one is NaN: without their sign, floats are ordered as whole numbers are, and NaN is above all. The mask is made of
 * a number that the compiler does not know, which it then keeps in a register.
 */
export function largestSize(x: usize, n: i32): f32 {
  const mask = i32x4.splat(n | 0x7fffffff);
  let a = i32x4.splat(0);
  let b = a;
  let left = n;
  for (; left >= 8; left -= 8, x += 32) {
    a = i32x4.max_s(a, v128.and(mask, v128.load(x)));
    b = i32x4.max_s(b, v128.and(mask, v128.load(x, 16)));
  }
  for (; left > 0; left -= 4, x += 16)
    a = i32x4.max_s(a, v128.and(mask, left >= 4 ? v128.load(x) : loadPart(x, left, i32x4.splat(0))));
  a = i32x4.max_s(a, b);
  a = i32x4.max_s(a, v128.shuffle<i32>(a, a, 2, 3, 0, 1));
  a = i32x4.max_s(a, v128.shuffle<i32>(a, a, 1, 0, 3, 2));
  return f32x4.extract_lane(a, 0);
}

/** x / step as i32, within -most..most; 0 where that is no number. |x| + 0.5 might round: the fraction is compared. */
// @ts-ignore: decorator
@inline
export function steps(x: v128, step: v128, most: v128): v128 {
  const v = f32x4.div(x, step);
  const size = f32x4.abs(v);
  const whole = f32x4.trunc(size);
  const up = f32x4.ge(f32x4.sub(size, whole), f32x4.splat(0.5));
  const q = i32x4.min_s(i32x4.sub(i32x4.trunc_sat_f32x4_s(whole), up), most);
  const negative = i32x4.shr_s(v, 31);
  return i32x4.sub(v128.xor(q, negative), negative);
}

/** A finite step as it is; NaN for any other, so that the row's results are NaN too. */
// @ts-ignore: decorator
@inline
export function checked(step: f32): f32 {
  return step + (step - step);
}
