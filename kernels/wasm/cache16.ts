// The 16-bit cache of keys and values, in f16: appending to it, and attention over it, a tile of queries of one head at a time.
// It takes twice the bytes of the int8 cache (cache.ts, cached-attention.ts) and rounds to 11 bits instead of 8; it is not tuned.
//
// A block's keys and values are widened to f32 once for a tile. A query's result is the same alone, in a batch and in any
// chunk: its own keys alone are looked at, blocks are joined from position 0 up by a running softmax.
import { narrow, widen } from './half';
import { loadPart, max4, share, storePart, sum4 } from './lanes';
import { exp4 } from './math';
import { firstOf, firstSeen, lastOf } from './seen';

const size: i32 = 64;

export function kvAppend16(
  x: usize, slots: usize, cache: usize, scales: usize, rows: i32, heads: i32, headDim: i32, xStride: i32,
  lane: i32, lanes: i32,
): void {
  const to = share(rows, 1, lane + 1, lanes);
  const width = heads * headDim;
  for (let row = share(rows, 1, lane, lanes); row < to; row += 1) {
    const slot = load<i32>(slots + (<usize>row << 2));
    if (slot < 0) continue;
    for (let head = 0; head < heads; head += 1) store<f32>(scales + ((<usize>slot * <usize>heads + <usize>head) << 2), 1);
    let p = x + (<usize>row * <usize>xStride << 2);
    let y = cache + (<usize>slot * <usize>width << 1);
    let left = width;
    for (; left >= 4; left -= 4, p += 16, y += 8) {
      const h = narrow(v128.load(p));
      v128.store_lane<i64>(y, i16x8.narrow_i32x4_u(h, h), 0);
    }
    for (; left > 0; left -= 1, p += 4, y += 2) store<u16>(y, <u16>i32x4.extract_lane(narrow(v128.load_splat<f32>(p)), 0));
  }
}

/** n f16 -> f32 at `to`, with zeros up to a multiple of 4. */
function widenRow(x: usize, n: i32, to: usize): void {
  let left = n;
  for (; left >= 4; left -= 4, x += 8, to += 16) v128.store(to, widen(v128.load_ext<u16>(x)));
  if (left == 0) return;
  v128.store(to, f32x4.splat(0));
  for (; left > 0; left -= 1, x += 2, to += 4)
    store<f32>(to, f32x4.extract_lane(widen(i32x4.splat(<i32>load<u16>(x))), 0));
}

// @ts-ignore: decorator
@inline
function dot(x: usize, y: usize, n: usize): f32 {
  let a = f32x4.splat(0);
  for (let i: usize = 0; i < n; i += 16) a = f32x4.add(a, f32x4.mul(v128.load(x + i), v128.load(y + i)));
  return sum4(a);
}

/** One query over keys from..to-1 of a block: scores f32[64], the softmax's top and total, the sum of values. `wide`: bytes of a row. */
function attend(
  query: usize, keys: usize, values: usize, wide: usize, from: i32, to: i32, scale: f32, sums: usize, state: usize,
  scores: usize,
): void {
  const begin = from & ~3;
  const end = (to + 3) & ~3;
  for (let j = begin; j < end; j += 1) {
    const seen = j >= from && j < to;
    store<f32>(scores + (<usize>j << 2), seen ? scale * dot(query, keys + <usize>j * wide, wide) : -Infinity);
  }
  const top = load<f32>(state);
  let most = f32x4.splat(top);
  for (let j = begin; j < end; j += 4) most = f32x4.max(most, v128.load(scores + (<usize>j << 2)));
  const higher = max4(most);
  if (higher == -Infinity) return;
  let sum = f32x4.splat(0);
  for (let j = begin; j < end; j += 4) {
    const at = scores + (<usize>j << 2);
    const e = exp4(f32x4.sub(v128.load(at), f32x4.splat(higher)));
    sum = f32x4.add(sum, e);
    v128.store(at, e);
  }
  const keep = f32x4.extract_lane(exp4(f32x4.splat(top - higher)), 0);
  for (let i: usize = 0; i < wide; i += 16) {
    let a = f32x4.mul(v128.load(sums + i), f32x4.splat(keep));
    for (let j = from; j < to; j += 1)
      a = f32x4.add(a, f32x4.mul(v128.load_splat<f32>(scores + (<usize>j << 2)), v128.load(values + <usize>j * wide + i)));
    v128.store(sums + i, a);
  }
  store<f32>(state, higher);
  store<f32>(state, load<f32>(state, 4) * keep + sum4(sum), 4);
}

/** Queries that go through a block together. */
const tile: i32 = 16;

export function attentionCached16(
  q: usize, k: usize, v: usize, table: usize, positions: usize, out: usize, batch: i32, time: i32, tableCols: i32,
  heads: i32, kvHeads: i32, headDim: i32, qStride: i32, window: i32, scale: f32, work: usize, lane: i32, lanes: i32,
): void {
  const wide = <usize>((headDim + 3) & ~3) << 2;
  const scores = work;
  const keys = scores + 256;
  const values = keys + <usize>size * wide;
  const states = values + <usize>size * wide;
  const each = 2 * wide + 16; // Of a query: itself, its sum of values, top and total.
  const stride = <usize>(kvHeads * headDim) << 1;
  const tiles = (time + tile - 1) / tile;
  const tasks = batch * heads * tiles;
  for (let task = lane; task < tasks; task += lanes) {
    const t = (task % tiles) * tile;
    const head = (task / tiles) % heads;
    const b = task / tiles / heads;
    const row = b * time + t;
    const count = min(tile, time - t);
    const column = <usize>((head / (heads / kvHeads)) * headDim) << 1;
    memory.fill(states, 0, <usize>count * each);
    const places = positions + (<usize>row << 2);
    const last = lastOf(places, count);
    const earliest = firstOf(places, count, window);
    for (let i = 0; i < count; i += 1) {
      const query = states + <usize>i * each;
      memory.copy(query, q + ((<usize>(row + i) * <usize>qStride + <usize>(head * headDim)) << 2), <usize>headDim << 2);
      store<f32>(query + 2 * wide, -Infinity);
    }
    for (let block = earliest / size; block * size <= last; block += 1) {
      const slot = <usize>load<i32>(table + (<usize>(b * tableCols + block) << 2)) * size;
      const begin = max(0, earliest - block * size);
      const end = min(size, last + 1 - block * size);
      for (let j = begin; j < end; j += 1) {
        const at = (slot + <usize>j) * stride + column;
        widenRow(k + at, headDim, keys + <usize>j * wide);
        widenRow(v + at, headDim, values + <usize>j * wide);
      }
      for (let i = 0; i < count; i += 1) {
        const position = load<i32>(places + (<usize>i << 2));
        const first = firstSeen(position, window);
        const from = max(0, first - block * size);
        const to = min(size, position + 1 - block * size);
        if (from >= to) continue;
        const query = states + <usize>i * each;
        attend(query, keys, values, wide, from, to, scale, query + wide, query + 2 * wide, scores);
      }
    }
    for (let i = 0; i < count; i += 1) {
      const query = states + <usize>i * each;
      const factor = f32x4.splat(1 / load<f32>(query + 2 * wide, 4));
      let o = out + ((<usize>(row + i) * <usize>heads + <usize>head) * <usize>headDim << 2);
      let x = query + wide;
      let left = headDim;
      for (; left >= 4; left -= 4, o += 16, x += 16) v128.store(o, f32x4.mul(v128.load(x), factor));
      if (left > 0) storePart(o, left, f32x4.mul(loadPart(x, left, factor), factor));
    }
  }
}
