// How a phase divides its work among lanes, how wide tiles are, and how the last elements of an array are loaded and stored.

/**
 * 1: tiles of products take two panels at once, sixteen sums. They stay in registers only where the engine joins 128-bit operations
 * to 256 bits; elsewhere they spill. The runtime asks a clock which it is.
 */
// @ts-ignore: decorator
@external("env", "wide")
export declare const wide: i32;

/** First of the `n` items of lane `lane` (that of lane + 1 is the end): a multiple of `unit`, so that lanes share no vector. */
export function share(n: i32, unit: i32, lane: i32, lanes: i32): i32 {
  const units = (n + unit - 1) / unit;
  const from = <i32>((<i64>units * lane) / lanes) * unit;
  return min(from, n);
}

/** Loads 1 to 3 f32, the other lanes of `rest`. */
export function loadPart(p: usize, n: i32, rest: v128): v128 {
  let x = v128.load_lane<f32>(p, rest, 0);
  if (n > 1) x = v128.load_lane<f32>(p, x, 1, 4);
  if (n > 2) x = v128.load_lane<f32>(p, x, 2, 8);
  return x;
}

/** Stores the first 1 to 3 f32 of `x`. */
export function storePart(p: usize, n: i32, x: v128): void {
  v128.store_lane<f32>(p, x, 0);
  if (n > 1) v128.store_lane<f32>(p, x, 1, 4);
  if (n > 2) v128.store_lane<f32>(p, x, 2, 8);
}

// @ts-ignore: decorator
@inline
export function sum4(x: v128): f32 {
  const two = f32x4.add(x, v128.shuffle<i32>(x, x, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.add(two, v128.shuffle<i32>(two, two, 1, 0, 3, 2)), 0);
}

/** The largest; NaN where one is NaN. */
// @ts-ignore: decorator
@inline
export function max4(x: v128): f32 {
  const two = f32x4.max(x, v128.shuffle<i32>(x, x, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.max(two, v128.shuffle<i32>(two, two, 1, 0, 3, 2)), 0);
}
