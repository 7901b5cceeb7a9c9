// Which positions queries over a cache see, whatever the cache holds.

/** The first position that `position` sees through a window; 0: it sees all before it. */
export function firstSeen(position: i32, window: i32): i32 {
  return window ? max(0, position - window + 1) : 0;
}

/** The largest of `count` positions. */
export function lastOf(positions: usize, count: i32): i32 {
  let last = -1;
  for (let i = 0; i < count; i += 1) last = max(last, load<i32>(positions + (<usize>i << 2)));
  return last;
}

/** The first position that any of `count` sees. */
export function firstOf(positions: usize, count: i32, window: i32): i32 {
  let least = i32.MAX_VALUE;
  for (let i = 0; i < count; i += 1) least = min(least, load<i32>(positions + (<usize>i << 2)));
  return firstSeen(least, window);
}
