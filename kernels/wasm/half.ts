// f16 in both directions after F. Giesen, "Half to float done quick" and "float->half variants"; ties go to even.

/** Four f16 in the low halves of i32 lanes -> f32. */
// @ts-ignore: decorator
@inline
export function widen(h: v128): v128 {
  const shifted = i32x4.shl(v128.and(h, i32x4.splat(0x7fff)), 13);
  const scaled = f32x4.mul(shifted, f32x4.splat(5.192296858534828e33)); // 2^112
  const special = i32x4.ge_s(shifted, i32x4.splat(0x7c00 << 13));
  const bits = v128.or(scaled, v128.and(special, i32x4.splat(0x7f800000)));
  return v128.or(bits, i32x4.shl(v128.and(h, i32x4.splat(0x8000)), 16));
}

/** Four f32 -> f16 in the low halves of i32 lanes. */
// @ts-ignore: decorator
@inline
export function narrow(x: v128): v128 {
  const sign = v128.and(x, i32x4.splat(0x80000000));
  const a = v128.xor(x, sign);
  const odd = v128.and(i32x4.shr_u(a, 13), i32x4.splat(1));
  const normal = i32x4.shr_u(i32x4.add(i32x4.add(a, i32x4.splat(<i32>0xc8000fff)), odd), 13);
  const small = i32x4.sub(f32x4.add(a, f32x4.splat(0.5)), i32x4.splat(0x3f000000));
  let h = v128.bitselect(small, normal, i32x4.lt_s(a, i32x4.splat(0x38800000)));
  h = v128.bitselect(i32x4.splat(0x7c00), h, i32x4.ge_s(a, i32x4.splat(0x47800000)));
  h = v128.bitselect(i32x4.splat(0x7e00), h, i32x4.gt_s(a, i32x4.splat(0x7f800000)));
  return v128.or(h, i32x4.shr_u(sign, 16));
}
