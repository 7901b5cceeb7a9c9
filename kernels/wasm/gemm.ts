// f32 matrix products, packed as Goto and van de Geijn do ("Anatomy of high-performance matrix multiplication", 2008).
//
// Tile: 4 rows x 8 columns of c in eight vectors; for each k two vectors of b and four repeated elements of a: 6 loads for 8
// fused multiply-adds. Twice as wide where that pays (see lanes.ts): eight chains of 256 bits, as many as latency asks for. b is packed whole into panels of 8 columns, [K][8]; a by blocks of up to 128 rows and 512 k into
// panels of 4 rows, [k][4]. One panel of b (16 KiB) stays in the first cache while the block of a (256 KiB) goes by from the
// second. An element of c is one chain of multiply-adds over k, in order, whatever the tiling: the same bits for any
// number of rows, columns and lanes.
import { share, wide } from './lanes';

const maxRows: i32 = 128;
const maxDepth: i32 = 512;

/** a * b + c: fused where relaxed SIMD is there. */
// @ts-ignore: decorator
@inline
export function fma(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** c[8] = what `last` makes of a row of a tile: see below. */
function finish(x: v128, y: v128, scale: v128, relu2: bool, c: usize, r: usize): void {
  x = f32x4.mul(x, scale);
  y = f32x4.mul(y, scale);
  if (relu2) {
    x = f32x4.max(x, f32x4.splat(0));
    x = f32x4.mul(x, x);
    y = f32x4.max(y, f32x4.splat(0));
    y = f32x4.mul(y, y);
  }
  if (r != 0) {
    x = f32x4.add(x, v128.load(r));
    y = f32x4.add(y, v128.load(r, 16));
  }
  v128.store(c, x);
  v128.store(c, y, 16);
}

/**
 * c[4][8] (rows of `cs` bytes) = a panel * b panel over k. Unless `first`, c's contents are added to; `last` scales, applies
 * relu2 and adds the residual r (rows of cs bytes, or 0).
 */
export function tile(
  a: usize, b: usize, k: i32, c: usize, cs: usize, first: bool, last: bool, scale: f32, relu2: bool, r: usize,
): void {
  const c1 = c + cs;
  const c2 = c1 + cs;
  const c3 = c2 + cs;
  let x0 = f32x4.splat(0);
  let x1 = x0, x2 = x0, x3 = x0, x4 = x0, x5 = x0, x6 = x0, x7 = x0;
  if (!first) {
    x0 = v128.load(c);
    x1 = v128.load(c, 16);
    x2 = v128.load(c1);
    x3 = v128.load(c1, 16);
    x4 = v128.load(c2);
    x5 = v128.load(c2, 16);
    x6 = v128.load(c3);
    x7 = v128.load(c3, 16);
  }
  // One k a turn: of several, the optimiser of the compiler gathers all loads first, and they spill (31 instead of 50 GFLOP/s).
  for (let i = k; i > 0; i -= 1) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let t = v128.load_splat<f32>(a);
    x0 = fma(b0, t, x0);
    x1 = fma(b1, t, x1);
    t = v128.load_splat<f32>(a, 4);
    x2 = fma(b0, t, x2);
    x3 = fma(b1, t, x3);
    t = v128.load_splat<f32>(a, 8);
    x4 = fma(b0, t, x4);
    x5 = fma(b1, t, x5);
    t = v128.load_splat<f32>(a, 12);
    x6 = fma(b0, t, x6);
    x7 = fma(b1, t, x7);
    a += 16;
    b += 32;
  }
  if (last && (scale != 1 || relu2 || r != 0)) {
    const s = f32x4.splat(scale);
    finish(x0, x1, s, relu2, c, r);
    finish(x2, x3, s, relu2, c1, r == 0 ? 0 : r + cs);
    finish(x4, x5, s, relu2, c2, r == 0 ? 0 : r + 2 * cs);
    finish(x6, x7, s, relu2, c3, r == 0 ? 0 : r + 3 * cs);
    return;
  }
  v128.store(c, x0);
  v128.store(c, x1, 16);
  v128.store(c1, x2);
  v128.store(c1, x3, 16);
  v128.store(c2, x4);
  v128.store(c2, x5, 16);
  v128.store(c3, x6);
  v128.store(c3, x7, 16);
}

/** As tile, of 16 columns: two panels of b, `next` bytes apart. An element is the same chain of multiply-adds. */
function tileWide(
  a: usize, b: usize, next: usize, k: i32, c: usize, cs: usize, first: bool, last: bool, scale: f32, relu2: bool, r: usize,
): void {
  const c1 = c + cs;
  const c2 = c1 + cs;
  const c3 = c2 + cs;
  let x0 = f32x4.splat(0);
  let x1 = x0, x2 = x0, x3 = x0, x4 = x0, x5 = x0, x6 = x0, x7 = x0, y0 = x0, y1 = x0, y2 = x0, y3 = x0, y4 = x0, y5 = x0, y6 = x0, y7 = x0;
  if (!first) {
    x0 = v128.load(c);
    x1 = v128.load(c, 16);
    y0 = v128.load(c, 32);
    y1 = v128.load(c, 48);
    x2 = v128.load(c1);
    x3 = v128.load(c1, 16);
    y2 = v128.load(c1, 32);
    y3 = v128.load(c1, 48);
    x4 = v128.load(c2);
    x5 = v128.load(c2, 16);
    y4 = v128.load(c2, 32);
    y5 = v128.load(c2, 48);
    x6 = v128.load(c3);
    x7 = v128.load(c3, 16);
    y6 = v128.load(c3, 32);
    y7 = v128.load(c3, 48);
  }
  let d = b + next;
  for (let i = k; i > 0; i -= 1) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const d0 = v128.load(d);
    const d1 = v128.load(d, 16);
    let t = v128.load_splat<f32>(a);
    x0 = fma(b0, t, x0);
    x1 = fma(b1, t, x1);
    y0 = fma(d0, t, y0);
    y1 = fma(d1, t, y1);
    t = v128.load_splat<f32>(a, 4);
    x2 = fma(b0, t, x2);
    x3 = fma(b1, t, x3);
    y2 = fma(d0, t, y2);
    y3 = fma(d1, t, y3);
    t = v128.load_splat<f32>(a, 8);
    x4 = fma(b0, t, x4);
    x5 = fma(b1, t, x5);
    y4 = fma(d0, t, y4);
    y5 = fma(d1, t, y5);
    t = v128.load_splat<f32>(a, 12);
    x6 = fma(b0, t, x6);
    x7 = fma(b1, t, x7);
    y6 = fma(d0, t, y6);
    y7 = fma(d1, t, y7);
    a += 16;
    b += 32;
    d += 32;
  }
  if (last && (scale != 1 || relu2 || r != 0)) {
    const s = f32x4.splat(scale);
    const r1 = r == 0 ? 0 : r + cs;
    const r2 = r == 0 ? 0 : r + 2 * cs;
    const r3 = r == 0 ? 0 : r + 3 * cs;
    const right: usize = r == 0 ? 0 : 32;
    finish(x0, x1, s, relu2, c, r);
    finish(y0, y1, s, relu2, c + 32, r + right);
    finish(x2, x3, s, relu2, c1, r1);
    finish(y2, y3, s, relu2, c1 + 32, r1 + right);
    finish(x4, x5, s, relu2, c2, r2);
    finish(y4, y5, s, relu2, c2 + 32, r2 + right);
    finish(x6, x7, s, relu2, c3, r3);
    finish(y6, y7, s, relu2, c3 + 32, r3 + right);
    return;
  }
  v128.store(c, x0);
  v128.store(c, x1, 16);
  v128.store(c, y0, 32);
  v128.store(c, y1, 48);
  v128.store(c1, x2);
  v128.store(c1, x3, 16);
  v128.store(c1, y2, 32);
  v128.store(c1, y3, 48);
  v128.store(c2, x4);
  v128.store(c2, x5, 16);
  v128.store(c2, y4, 32);
  v128.store(c2, y5, 48);
  v128.store(c3, x6);
  v128.store(c3, x7, 16);
  v128.store(c3, y6, 32);
  v128.store(c3, y7, 48);
}

/** A tile that reaches over the edge of c: through `spare` (128 bytes), with the same arithmetic. */
function edge(
  a: usize, b: usize, k: i32, c: usize, cs: usize, rows: i32, cols: i32, first: bool, last: bool, scale: f32, relu2: bool,
  r: usize, spare: usize,
): void {
  if (!first) {
    for (let i = 0; i < rows; i += 1)
      for (let j = 0; j < cols; j += 1)
        store<f32>(spare + <usize>(i * 32 + j * 4), load<f32>(c + <usize>i * cs + (<usize>j << 2)));
  }
  tile(a, b, k, spare, 32, first, false, scale, relu2, 0);
  for (let i = 0; i < rows; i += 1) {
    for (let j = 0; j < cols; j += 1) {
      const at = <usize>i * cs + (<usize>j << 2);
      let y = load<f32>(spare + <usize>(i * 32 + j * 4));
      if (last) {
        y *= scale;
        if (relu2) {
          y = max<f32>(y, 0);
          y *= y;
        }
        if (r != 0) y += load<f32>(r + at);
      }
      store<f32>(c + at, y);
    }
  }
}

/** c[rows][cols] = packed a (panels of 4 rows over k) * packed b (panels of 8 columns, `bPanel` bytes apart, over k). */
export function multiply(
  a: usize, b: usize, bPanel: usize, k: i32, c: usize, cs: usize, rows: i32, cols: i32, first: bool, last: bool,
  scale: f32, relu2: bool, r: usize, spare: usize,
): void {
  const aPanel = <usize>k << 4;
  let j = 0;
  // Without fused products it pays less than the bytes of the module.
  if (ASC_FEATURE_RELAXED_SIMD && wide) {
    for (; j + 16 <= cols; j += 16, b += 2 * bPanel) {
      let ap = a;
      let i = 0;
      for (; i + 4 <= rows; i += 4, ap += aPanel) {
        const at = <usize>i * cs + (<usize>j << 2);
        tileWide(ap, b, bPanel, k, c + at, cs, first, last, scale, relu2, r == 0 ? 0 : r + at);
      }
      if (i == rows) continue;
      for (let half: usize = 0; half < 2; half += 1) {
        const at = <usize>i * cs + (<usize>j << 2) + half * 32;
        const res = r == 0 ? 0 : r + at;
        edge(ap, b + half * bPanel, k, c + at, cs, rows - i, 8, first, last, scale, relu2, res, spare);
      }
    }
  }
  for (; j < cols; j += 8, b += bPanel) {
    let ap = a;
    for (let i = 0; i < rows; i += 4, ap += aPanel) {
      const at = <usize>i * cs + (<usize>j << 2);
      const res = r == 0 ? 0 : r + at;
      if (i + 4 <= rows && j + 8 <= cols) tile(ap, b, k, c + at, cs, first, last, scale, relu2, res);
      else edge(ap, b, k, c + at, cs, min(4, rows - i), min(8, cols - j), first, last, scale, relu2, res, spare);
    }
  }
}

/** Four rows of four, `stride` bytes apart, as four columns at `to`, 16 bytes apart times `step`. */
// @ts-ignore: decorator
@inline
function transpose4(p: usize, stride: usize, to: usize, step: usize): void {
  const a = v128.load(p);
  const b = v128.load(p + stride);
  const c = v128.load(p + 2 * stride);
  const d = v128.load(p + 3 * stride);
  const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const abh = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const cdh = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(ab, cd, 0, 2));
  v128.store(to + step, v128.shuffle<i64>(ab, cd, 1, 3));
  v128.store(to + 2 * step, v128.shuffle<i64>(abh, cdh, 0, 2));
  v128.store(to + 3 * step, v128.shuffle<i64>(abh, cdh, 1, 3));
}

/** `width` (4 or 8) rows of x, [rows][k] with `xs` bytes from row to row -> [k][width]; zeros for rows that are not there. */
function packRows(x: usize, xs: usize, rows: i32, k: i32, to: usize, width: i32): void {
  const step = <usize>width << 2;
  for (let r = 0; r < width; r += 4, x += 4 * xs, to += 16) {
    let i = 0;
    if (r + 4 <= rows) {
      for (; i + 4 <= k; i += 4) transpose4(x + (<usize>i << 2), xs, to + <usize>i * step, step);
    }
    for (; i < k; i += 1) {
      for (let q = 0; q < 4; q += 1) {
        const value: f32 = r + q < rows ? load<f32>(x + <usize>q * xs + (<usize>i << 2)) : 0;
        store<f32>(to + <usize>i * step + (<usize>q << 2), value);
      }
    }
  }
}

/** `width` (4 or 8) columns of x, [k][columns] with `xs` bytes from row to row -> [k][width]; zeros for columns that are not there. */
function packColumns(x: usize, xs: usize, columns: i32, k: i32, to: usize, width: i32): void {
  if (columns >= 8 && width == 8) {
    for (let i = 0; i < k; i += 1, x += xs, to += 32) {
      v128.store(to, v128.load(x));
      v128.store(to, v128.load(x, 16), 16);
    }
  } else if (columns >= 4 && width == 4) {
    for (let i = 0; i < k; i += 1, x += xs, to += 16) v128.store(to, v128.load(x));
  } else {
    for (let i = 0; i < k; i += 1, x += xs) {
      for (let j = 0; j < width; j += 1, to += 4) store<f32>(to, j < columns ? load<f32>(x + (<usize>j << 2)) : 0);
    }
  }
}

/** a[rows][k], or [k][rows] with trans, with `as` bytes from row to row -> panels of 4 rows. */
export function packA(a: usize, as: usize, trans: bool, rows: i32, k: i32, to: usize): void {
  for (let i = 0; i < rows; i += 4, to += <usize>k << 4) {
    if (trans) packColumns(a + (<usize>i << 2), as, rows - i, k, to, 4);
    else packRows(a + <usize>i * as, as, rows - i, k, to, 4);
  }
}

/** b[k][cols], or [cols][k] with trans -> panels of 8 columns, from panel `from` to panel `end`. */
export function packB(b: usize, bs: usize, trans: bool, cols: i32, k: i32, to: usize, from: i32, end: i32): void {
  const panel = <usize>k << 5;
  to += <usize>from * panel;
  let i = from * 8;
  if (!trans) {
    // Two panels at once: a whole cache line of each row.
    for (; i + 8 < end * 8 && i + 16 <= cols; i += 16, to += 2 * panel) {
      let x = b + (<usize>i << 2);
      let y = to;
      for (let r = 0; r < k; r += 1, x += bs, y += 32) {
        v128.store(y, v128.load(x));
        v128.store(y, v128.load(x, 16), 16);
        v128.store(y + panel, v128.load(x, 32));
        v128.store(y + panel, v128.load(x, 48), 16);
      }
    }
  }
  for (; i < end * 8; i += 8, to += panel) {
    if (trans) packRows(b + <usize>i * bs, bs, cols - i, k, to, 8);
    else packColumns(b + (<usize>i << 2), bs, cols - i, k, to, 8);
  }
}

/** Rows m0..m1 and columns n0..n1 (a multiple of 8) of one product with packed b. */
function block(
  a: usize, as: usize, transA: bool, packed: usize, residual: usize, c: usize, n: i32, k: i32,
  m0: i32, m1: i32, n0: i32, n1: i32, scale: f32, relu2: bool, packedA: usize,
): void {
  const spare = packedA + <usize>(maxRows * maxDepth * 4);
  const cs = <usize>n << 2;
  const bPanel = <usize>k << 5;
  const slabs = max(1, (k + maxDepth - 1) / maxDepth);
  const panels = (m1 - m0 + 3) / 4;
  const blocks = (panels * 4 + maxRows - 1) / maxRows;
  for (let slab = 0; slab < slabs; slab += 1) {
    const k0 = <i32>((<i64>k * slab) / slabs);
    const depth = <i32>((<i64>k * (slab + 1)) / slabs) - k0;
    const b = packed + <usize>(n0 >> 3) * bPanel + (<usize>k0 << 5);
    let from = m0;
    for (let i = 0; i < blocks; i += 1) {
      const end = min(m1, m0 + ((panels * (i + 1)) / blocks) * 4);
      const first = transA ? a + <usize>k0 * as + (<usize>from << 2) : a + <usize>from * as + (<usize>k0 << 2);
      packA(first, as, transA, end - from, depth, packedA);
      const at = <usize>from * cs + (<usize>n0 << 2);
      multiply(
        packedA, b, bPanel, depth, c + at, cs, end - from, n1 - n0, slab == 0, slab + 1 == slabs, scale, relu2,
        residual == 0 ? 0 : residual + at, spare,
      );
      from = end;
    }
  }
}

/** Products of `batch` matrices with packed b: divided by rows where there are enough of them, or else by columns. */
function products(
  a: usize, packed: usize, residual: usize, c: usize, m: i32, n: i32, k: i32, as: usize, transA: bool, batch: i32,
  aBatch: usize, bBatch: usize, scale: f32, relu2: bool, packedA: usize, lane: i32, lanes: i32,
): void {
  const panels = (m + 3) / 4;
  const all = panels * batch;
  const size = <usize>m * <usize>n << 2;
  if (all >= lanes * 8) {
    let at = share(all, 1, lane, lanes);
    const to = share(all, 1, lane + 1, lanes);
    while (at < to) {
      const i = at / panels;
      const first = at - i * panels;
      const count = min(panels - first, to - at);
      at += count;
      block(
        a + <usize>i * aBatch, as, transA, packed + <usize>i * bBatch, residual == 0 ? 0 : residual + <usize>i * size,
        c + <usize>i * size, n, k, first * 4, min(m, (first + count) * 4), 0, n, scale, relu2, packedA,
      );
    }
  } else {
    const n0 = share(n, 8, lane, lanes);
    const n1 = share(n, 8, lane + 1, lanes);
    if (n0 >= n1) return;
    for (let i = 0; i < batch; i += 1)
      block(
        a + <usize>i * aBatch, as, transA, packed + <usize>i * bBatch, residual == 0 ? 0 : residual + <usize>i * size,
        c + <usize>i * size, n, k, 0, m, n0, n1, scale, relu2, packedA,
      );
  }
}

export function gemmPackAll(
  a: usize, b: usize, residual: usize, c: usize, m: i32, n: i32, k: i32, aStride: i32, bStride: i32, transA: i32,
  transB: i32, batch: i32, aBatch: i32, bBatch: i32, scale: f32, epilogue: i32, packedB: usize, packedA: usize,
  lane: i32, lanes: i32,
): void {
  const panels = (n + 7) / 8;
  const matrices = bBatch == 0 ? 1 : batch;
  let at = share(panels * matrices, 2, lane, lanes);
  const to = share(panels * matrices, 2, lane + 1, lanes);
  while (at < to) {
    const i = at / panels;
    const first = at - i * panels;
    const count = min(panels - first, to - at);
    packB(
      b + (<usize>i * <usize>bBatch << 2), <usize>bStride << 2, transB != 0, n, k,
      packedB + <usize>(i * panels) * (<usize>k << 5), first, first + count,
    );
    at += count;
  }
}

export function gemmCompute(
  a: usize, b: usize, residual: usize, c: usize, m: i32, n: i32, k: i32, aStride: i32, bStride: i32, transA: i32,
  transB: i32, batch: i32, aBatch: i32, bBatch: i32, scale: f32, epilogue: i32, packedB: usize, packedA: usize,
  lane: i32, lanes: i32,
): void {
  const bBytes = bBatch == 0 ? 0 : <usize>((n + 7) / 8) * (<usize>k << 5);
  products(
    a, packedB, residual, c, m, n, k, <usize>aStride << 2, transA != 0, batch, <usize>aBatch << 2, bBytes, scale,
    epilogue == 1, packedA, lane, lanes,
  );
}

export function gemmPackB(b: usize, packed: usize, n: i32, k: i32, bStride: i32, transB: i32, lane: i32, lanes: i32): void {
  const panels = (n + 7) / 8;
  packB(b, <usize>bStride << 2, transB != 0, n, k, packed, share(panels, 2, lane, lanes), share(panels, 2, lane + 1, lanes));
}

export function gemmPacked(
  a: usize, packed: usize, residual: usize, c: usize, m: i32, n: i32, k: i32, aStride: i32, transA: i32, scale: f32,
  epilogue: i32, packedA: usize, lane: i32, lanes: i32,
): void {
  products(
    a, packed, residual, c, m, n, k, <usize>aStride << 2, transA != 0, 1, 0, 0, scale, epilogue == 1, packedA, lane, lanes,
  );
}
