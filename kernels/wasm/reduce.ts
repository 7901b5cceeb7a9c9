// Reductions: over any axes, over everything, and the place of the largest. A sum is taken in fixed pieces, never in
// pieces that depend on the number of lanes.
import { loadPart, max4, share, sum4 } from './lanes';

/** Elements of one partial sum of reduceBlocks; also in registry/base.ts. */
const block: i32 = 4096;

// @ts-ignore: decorator
@inline
function start(kind: i32): v128 {
  return f32x4.splat(kind == 1 ? -Infinity : 0);
}

// @ts-ignore: decorator
@inline
function step(kind: i32, total: v128, x: v128): v128 {
  if (kind == 0) return f32x4.add(total, x);
  if (kind == 1) return f32x4.max(total, x);
  return f32x4.add(total, f32x4.mul(x, x));
}

// @ts-ignore: decorator
@inline
function join(kind: i32, a: v128, b: v128): v128 {
  return kind == 1 ? f32x4.max(a, b) : f32x4.add(a, b);
}

/** Of up to `block` elements, one after the other in memory. */
function ofBlock(kind: i32, x: usize, n: i32): f32 {
  const first = start(kind);
  let a = first;
  let b = first;
  let c = first;
  let d = first;
  let left = n;
  for (; left >= 16; left -= 16, x += 64) {
    a = step(kind, a, v128.load(x));
    b = step(kind, b, v128.load(x, 16));
    c = step(kind, c, v128.load(x, 32));
    d = step(kind, d, v128.load(x, 48));
  }
  for (; left >= 4; left -= 4, x += 16) a = step(kind, a, v128.load(x));
  if (left > 0) b = step(kind, b, loadPart(x, left, first));
  const all = join(kind, join(kind, a, b), join(kind, c, d));
  return kind == 1 ? max4(all) : sum4(all);
}

function ofRow(kind: i32, x: usize, n: i32): f32 {
  let total: f32 = f32x4.extract_lane(start(kind), 0);
  for (let at = 0; at < n; at += block) {
    const part = ofBlock(kind, x + (<usize>at << 2), min(block, n - at));
    total = kind == 1 ? max(total, part) : total + part;
  }
  return total;
}

export function reduceBlocks(kind: i32, x: usize, y: usize, n: i32, factor: f32, partial: usize, lane: i32, lanes: i32): void {
  const blocks = (n + block - 1) / block;
  const to = share(blocks, 1, lane + 1, lanes);
  for (let i = share(blocks, 1, lane, lanes); i < to; i += 1)
    store<f32>(partial + (<usize>i << 2), ofBlock(kind, x + (<usize>(i * block) << 2), min(block, n - i * block)));
}

export function reduceLast(kind: i32, x: usize, y: usize, n: i32, factor: f32, partial: usize, lane: i32, lanes: i32): void {
  if (lane != 0) return;
  const blocks = (n + block - 1) / block;
  if (kind == 1) {
    store<f32>(y, factor * ofRow(1, partial, blocks));
    return;
  }
  let total: f64 = 0;
  for (let i = 0; i < blocks; i += 1) total += <f64>load<f32>(partial + (<usize>i << 2));
  store<f32>(y, factor * <f32>total);
}

/** Rows whose columns are summed before the sum joins the others. */
const piece: i32 = 128;

/** Up to four columns side by side, from `x` on: over r0, r1 and r2. */
function ofColumns(kind: i32, x: usize, columns: i32, r0: i32, r1: i32, r2: i32, s0: i32, s1: i32, s2: i32): v128 {
  let total = start(kind);
  const s = <usize>s2 << 2;
  for (let i = 0; i < r0; i += 1) {
    for (let j = 0; j < r1; j += 1) {
      let p = x + (<usize>(i * s0 + j * s1) << 2);
      for (let k = 0; k < r2; ) {
        const end = min(r2, k + piece);
        let part = start(kind);
        if (columns >= 4) for (; k < end; k += 1, p += s) part = step(kind, part, v128.load(p));
        else for (; k < end; k += 1, p += s) part = step(kind, part, loadPart(p, columns, f32x4.splat(0)));
        total = join(kind, total, part);
      }
    }
  }
  return total;
}

export function reduce(
  kind: i32, x: usize, y: usize, d0: i32, d1: i32, d2: i32, x0: i32, x1: i32, x2: i32,
  r0: i32, r1: i32, r2: i32, s0: i32, s1: i32, s2: i32, factor: f32, lane: i32, lanes: i32,
): void {
  const n = d0 * d1 * d2;
  let at = share(n, 16, lane, lanes);
  const to = share(n, 16, lane + 1, lanes);
  while (at < to) {
    const row = at / d2;
    const i2 = at - row * d2;
    const i1 = row % d1;
    const i0 = row / d1;
    const p = x + (<usize>(i0 * x0 + i1 * x1 + i2 * x2) << 2);
    const q = y + (<usize>at << 2);
    if (s2 == 1) {
      let total: f32 = f32x4.extract_lane(start(kind), 0);
      for (let i = 0; i < r0; i += 1) {
        for (let j = 0; j < r1; j += 1) {
          const part = ofRow(kind, p + (<usize>(i * s0 + j * s1) << 2), r2);
          total = kind == 1 ? max(total, part) : total + part;
        }
      }
      store<f32>(q, factor * total);
      at += 1;
    } else {
      // Columns side by side where they lie so, each with the same order of its own as alone.
      const columns = x2 == 1 ? min(4, min(d2 - i2, to - at)) : 1;
      const total = f32x4.mul(f32x4.splat(factor), ofColumns(kind, p, columns, r0, r1, r2, s0, s1, s2));
      if (columns == 4) v128.store(q, total);
      else {
        store<f32>(q, f32x4.extract_lane(total, 0));
        if (columns > 1) store<f32>(q, f32x4.extract_lane(total, 1), 4);
        if (columns > 2) store<f32>(q, f32x4.extract_lane(total, 2), 8);
      }
      at += columns;
    }
  }
}

export function argmax(x: usize, y: usize, rows: i32, cols: i32, lane: i32, lanes: i32): void {
  const to = share(rows, 16, lane + 1, lanes);
  for (let row = share(rows, 16, lane, lanes); row < to; row += 1) {
    const p = x + (<usize>row * <usize>cols << 2);
    const top = ofRow(1, p, cols);
    let at = 0;
    if (top != top) while (load<f32>(p + (<usize>at << 2)) == load<f32>(p + (<usize>at << 2))) at += 1;
    else while (load<f32>(p + (<usize>at << 2)) != top) at += 1;
    store<i32>(y + (<usize>row << 2), at);
  }
}
