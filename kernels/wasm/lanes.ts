// How a phase divides its work among lanes.

/** First of `n` items of lane `lane`; lane + 1 gives the end. Multiples of `unit`, so that lanes share no vector. */
export function share(n: i32, unit: i32, lane: i32, lanes: i32): i32 {
  const units = (n + unit - 1) / unit;
  const from = <i32>((<i64>units * lane) / lanes) * unit;
  return min(from, n);
}
