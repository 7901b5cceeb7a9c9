// Attention by blocks of 64 queries and 64 keys, with a running softmax (Dao et al. 2022, "FlashAttention"): no T x S
// matrix. Products are those of gemm.ts on packed blocks; rows of a block in scratch memory are padded, so that no tile
// meets an edge there. Forward: a block of queries of one head is one piece of work. Backward: all queries and keys of one
// head of keys, since dk and dv are summed over queries and dq over keys.
import { multiply, packA, packB } from './gemm';
import { max4, share, sum4 } from './lanes';
import { expDown4, expNear4, expTable, log4 } from './math';

const size: i32 = 64;

/** First key that query t sees, and the end of them. */
// @ts-ignore: decorator
@inline
function firstKey(t: i32, causal: i32, window: i32): i32 {
  return causal && window ? max(0, t - window + 1) : 0;
}

// @ts-ignore: decorator
@inline
function endOfKeys(t: i32, keys: i32, causal: i32): i32 {
  return causal ? t + 1 : keys;
}

/** First and end of the keys j0.. that query t sees, from j0. */
// @ts-ignore: decorator
@inline
function firstIn(t: i32, j0: i32, causal: i32, window: i32): i32 {
  return max(0, min(size, firstKey(t, causal, window) - j0));
}

// @ts-ignore: decorator
@inline
function endIn(t: i32, j0: i32, keys: i32, causal: i32): i32 {
  return max(0, min(size, endOfKeys(t, keys, causal) - j0));
}

/** `value` in a row s[64] outside of from..to-1: the keys that are not seen. */
function mask(s: usize, from: i32, to: i32, value: f32): void {
  for (let j = 0; j < from; j += 1) store<f32>(s + (<usize>j << 2), value);
  for (let j = to; j < size; j += 1) store<f32>(s + (<usize>j << 2), value);
}

/** Whether some of the queries t0.. do not see some of the keys j0..: then a product over the block has weights 0 in it. */
// @ts-ignore: decorator
@inline
function isPartial(t0: i32, rows: i32, j0: i32, count: i32, causal: i32, window: i32): bool {
  return causal != 0 && (j0 + count - 1 > t0 || firstKey(t0 + rows - 1, causal, window) > j0);
}

/** Whether all of x[rows, n] are finite. A weight 0 keeps a finite number out of a sum, and makes NaN of any other. */
function allFinite(x: usize, stride: usize, rows: i32, n: i32): bool {
  let a = f32x4.splat(0);
  let b: f32 = 0;
  for (let r = 0; r < rows; r += 1, x += stride) {
    let p = x;
    let left = n;
    for (; left >= 4; left -= 4, p += 16) a = f32x4.add(a, f32x4.mul(v128.load(p), f32x4.splat(0)));
    for (; left > 0; left -= 1, p += 4) b += load<f32>(p) * 0;
  }
  return sum4(a) + b == 0;
}

/** to[n] += factor * x[n], for the few blocks that are not all finite. */
function addScaled(to: usize, x: usize, n: i32, factor: f32): void {
  for (; n > 0; n -= 1, to += 4, x += 4) store<f32>(to, load<f32>(to) + factor * load<f32>(x));
}

function scaleTo(x: usize, y: usize, n: i32, factor: f32): void {
  let left = n;
  for (; left >= 4; left -= 4, x += 16, y += 16) v128.store(y, f32x4.mul(v128.load(x), f32x4.splat(factor)));
  for (; left > 0; left -= 1, x += 4, y += 4) store<f32>(y, load<f32>(x) * factor);
}

/** Scores s[64] -> exp(s - top); the row's top, total and weighted sums follow where the top rises. */
function softmaxRow(s: usize, top: usize, total: usize, sums: usize, width: i32, table: usize): void {
  let a = v128.load(s);
  for (let j: usize = 16; j < 256; j += 16) a = f32x4.max(a, v128.load(s + j));
  const old = load<f32>(top);
  const next = max<f32>(old, max4(a));
  if (next == -Infinity) {
    memory.fill(s, 0, 256);
    return;
  }
  const shift = f32x4.splat(next);
  let sum = f32x4.splat(0);
  for (let j: usize = 0; j < 256; j += 16) {
    const e = expDown4(f32x4.sub(v128.load(s + j), shift), table);
    v128.store(s + j, e);
    sum = f32x4.add(sum, e);
  }
  const keep = f32x4.extract_lane(expDown4(f32x4.splat(old - next), table), 0);
  store<f32>(top, next);
  store<f32>(total, load<f32>(total) * keep + sum4(sum));
  if (keep != 1) scaleTo(sums, sums, width, keep);
}

export function attention(
  q: usize, k: usize, v: usize, out: usize, lse: usize, batch: i32, time: i32, keys: i32, heads: i32, kvHeads: i32,
  headDim: i32, qStride: i32, kStride: i32, vStride: i32, causal: i32, window: i32, scale: f32, work: usize,
  lane: i32, lanes: i32,
): void {
  const width = (headDim + 7) & ~7;
  const piece = <usize>(size * width) << 2;
  const packedQ = work;
  const packedK = packedQ + piece;
  const packedV = packedK + piece;
  const sums = packedV + piece;
  const scores = sums + piece;
  const packedP = scores + <usize>(size * size * 4);
  const tops = packedP + <usize>(size * size * 4);
  const totals = tops + <usize>(size * 4);
  const spare = totals + <usize>(size * 4);
  const table = spare + 128;
  expTable(table);
  const blocks = (time + size - 1) / size;
  const qs = <usize>qStride << 2;
  const ks = <usize>kStride << 2;
  const vs = <usize>vStride << 2;
  const wide = <usize>width << 2;
  const tasks = batch * heads * blocks;
  for (let task = lane; task < tasks; task += lanes) {
    // Blocks are dealt in another order for each head, so that no lane gets all the long ones.
    const turn = task / blocks;
    const head = turn % heads;
    const b = turn / heads;
    const t0 = ((task + turn) % blocks) * size;
    const rows = min(size, time - t0);
    const padded = (rows + 3) & ~3;
    const column = <usize>(head * headDim) << 2;
    const kvColumn = <usize>((head / (heads / kvHeads)) * headDim) << 2;
    packA(q + <usize>(b * time + t0) * qs + column, qs, false, rows, headDim, packedQ);
    memory.fill(sums, 0, piece);
    for (let r: usize = 0; r < <usize>(size * 4); r += 4) {
      store<f32>(tops + r, -Infinity);
      store<f32>(totals + r, 0);
    }
    const end = endOfKeys(t0 + rows - 1, keys, causal);
    for (let j0 = firstKey(t0, causal, window) & ~(size - 1); j0 < end; j0 += size) {
      const count = min(size, keys - j0);
      const panels = (count + 7) / 8;
      packB(k + <usize>(b * keys + j0) * ks + kvColumn, ks, true, count, headDim, packedK, 0, panels);
      const values = v + <usize>(b * keys + j0) * vs + kvColumn;
      packB(values, vs, false, headDim, count, packedV, 0, width / 8);
      multiply(
        packedQ, packedK, <usize>headDim << 5, headDim, scores, <usize>(size * 4), padded, panels * 8, true, true, scale,
        false, 0, spare,
      );
      for (let r = 0; r < rows; r += 1) {
        const s = scores + <usize>(r * size * 4);
        mask(s, firstIn(t0 + r, j0, causal, window), endIn(t0 + r, j0, keys, causal), -Infinity);
        softmaxRow(s, tops + (<usize>r << 2), totals + (<usize>r << 2), sums + <usize>r * wide, width, table);
      }
      if (isPartial(t0, rows, j0, count, causal, window) && !allFinite(values, vs, count, headDim)) {
        for (let r = 0; r < rows; r += 1) {
          const to = endIn(t0 + r, j0, keys, causal);
          for (let j = firstIn(t0 + r, j0, causal, window); j < to; j += 1) {
            const weight = load<f32>(scores + (<usize>(r * size + j) << 2));
            addScaled(sums + <usize>r * wide, values + <usize>j * vs, headDim, weight);
          }
        }
        continue;
      }
      packA(scores, <usize>(size * 4), false, rows, count, packedP);
      multiply(packedP, packedV, <usize>count << 5, count, sums, wide, padded, width, false, false, 1, false, 0, spare);
    }
    for (let r = 0; r < rows; r += 1) {
      const total = load<f32>(totals + (<usize>r << 2));
      const row = b * time + t0 + r;
      scaleTo(sums + <usize>r * wide, out + (<usize>row * <usize>(heads * headDim) << 2) + column, headDim, 1 / total);
      const at = (b * heads + head) * time + t0 + r;
      // Scores that are all -inf have no softmax: NaN, as out is.
      const sum = load<f32>(tops + (<usize>r << 2)) + f32x4.extract_lane(log4(f32x4.splat(total)), 0);
      store<f32>(lse + (<usize>at << 2), total == 0 ? NaN : sum);
    }
  }
}

function dot(x: usize, y: usize, n: i32): f32 {
  let sum = f32x4.splat(0);
  let left = n;
  for (; left >= 4; left -= 4, x += 16, y += 16) sum = f32x4.add(sum, f32x4.mul(v128.load(x), v128.load(y)));
  let total = sum4(sum);
  for (; left > 0; left -= 1, x += 4, y += 4) total += load<f32>(x) * load<f32>(y);
  return total;
}

/** Scores s -> weights exp(s - lse), and d, the gradients of the weights -> scale * weight * (d - delta). */
function weightsAndSlopes(s: usize, d: usize, lse: f32, delta: f32, scale: f32, table: usize): void {
  const shift = f32x4.splat(lse);
  const mean = f32x4.splat(delta);
  const factor = f32x4.splat(scale);
  for (let j: usize = 0; j < 256; j += 16) {
    const p = expNear4(f32x4.sub(v128.load(s + j), shift), table);
    v128.store(s + j, p);
    v128.store(d + j, f32x4.mul(f32x4.mul(p, factor), f32x4.sub(v128.load(d + j), mean)));
  }
}

export function attentionGrad(
  q: usize, k: usize, v: usize, out: usize, lse: usize, g: usize, dq: usize, dk: usize, dv: usize, batch: i32, time: i32,
  keys: i32, heads: i32, kvHeads: i32, headDim: i32, qStride: i32, kStride: i32, vStride: i32, causal: i32, window: i32,
  scale: f32, work: usize, lane: i32, lanes: i32,
): void {
  const width = (headDim + 7) & ~7;
  const piece = <usize>(size * width) << 2;
  const square = <usize>(size * size * 4);
  const keysT = work; // k as columns, for scores
  const valuesT = keysT + piece; // v as columns, for gradients of weights
  const keysB = valuesT + piece; // k as rows, for dq
  const queriesA = keysB + piece;
  const gradsA = queriesA + piece;
  const queriesB = gradsA + piece;
  const gradsB = queriesB + piece;
  const sumK = gradsB + piece;
  const sumV = sumK + piece;
  const scores = sumV + piece;
  const slopes = scores + square;
  const packed = slopes + square;
  const spare = packed + square;
  const table = spare + 128;
  expTable(table);
  const qs = <usize>qStride << 2;
  const ks = <usize>kStride << 2;
  const vs = <usize>vStride << 2;
  const os = <usize>(heads * headDim) << 2;
  const kos = <usize>(kvHeads * headDim) << 2;
  const wide = <usize>width << 2;
  const head4 = <usize>headDim << 2;
  const group = heads / kvHeads;
  const to = share(batch * kvHeads, 1, lane + 1, lanes);
  for (let task = share(batch * kvHeads, 1, lane, lanes); task < to; task += 1) {
    const b = task / kvHeads;
    const kvHead = task % kvHeads;
    const kvColumn = <usize>kvHead * head4;
    for (let t = 0; t < time; t += 1)
      memory.fill(dq + <usize>(b * time + t) * os + <usize>(kvHead * group) * head4, 0, <usize>group * head4);
    for (let j0 = 0; j0 < keys; j0 += size) {
      const count = min(size, keys - j0);
      const padded = (count + 3) & ~3;
      const panels = (count + 7) / 8;
      const kp = k + <usize>(b * keys + j0) * ks + kvColumn;
      packB(kp, ks, true, count, headDim, keysT, 0, panels);
      packB(kp, ks, false, headDim, count, keysB, 0, width / 8);
      packB(v + <usize>(b * keys + j0) * vs + kvColumn, vs, true, count, headDim, valuesT, 0, panels);
      memory.fill(sumK, 0, piece);
      memory.fill(sumV, 0, piece);
      const lastQuery = causal && window ? min(time, j0 + count - 1 + window) : time;
      for (let h = 0; h < group; h += 1) {
        const head = kvHead * group + h;
        const column = <usize>head * head4;
        for (let t0 = causal ? j0 : 0; t0 < lastQuery; t0 += size) {
          const rows = min(size, time - t0);
          const paddedRows = (rows + 3) & ~3;
          const row0 = b * time + t0;
          const qp = q + <usize>row0 * qs + column;
          const gp = g + <usize>row0 * os + column;
          packA(qp, qs, false, rows, headDim, queriesA);
          packA(gp, os, false, rows, headDim, gradsA);
          packB(qp, qs, false, headDim, rows, queriesB, 0, width / 8);
          packB(gp, os, false, headDim, rows, gradsB, 0, width / 8);
          const depth = <usize>headDim << 5;
          multiply(queriesA, keysT, depth, headDim, scores, 256, paddedRows, panels * 8, true, true, scale, false, 0, spare);
          multiply(gradsA, valuesT, depth, headDim, slopes, 256, paddedRows, panels * 8, true, false, 1, false, 0, spare);
          for (let r = 0; r < rows; r += 1) {
            const s = scores + <usize>(r * 256);
            const at = (b * heads + head) * time + t0 + r;
            const offset = <usize>(row0 + r) * os + column;
            weightsAndSlopes(
              s, slopes + <usize>(r * 256), load<f32>(lse + (<usize>at << 2)), dot(g + offset, out + offset, headDim), scale,
              table,
            );
            // A key that is not seen has no part in anything, whatever came out for it.
            const first = firstIn(t0 + r, j0, causal, window);
            const end = endIn(t0 + r, j0, keys, causal);
            mask(s, first, end, 0);
            mask(slopes + <usize>(r * 256), first, end, 0);
          }
          if (
            isPartial(t0, rows, j0, count, causal, window) &&
            !(allFinite(qp, qs, rows, headDim) && allFinite(gp, os, rows, headDim) && allFinite(kp, ks, count, headDim))
          ) {
            for (let r = 0; r < rows; r += 1) {
              const end = endIn(t0 + r, j0, keys, causal);
              for (let j = firstIn(t0 + r, j0, causal, window); j < end; j += 1) {
                const pair = <usize>(r * size + j) << 2;
                const slope = load<f32>(slopes + pair);
                addScaled(sumV + <usize>j * wide, gp + <usize>r * os, headDim, load<f32>(scores + pair));
                addScaled(sumK + <usize>j * wide, qp + <usize>r * qs, headDim, slope);
                addScaled(dq + <usize>(row0 + r) * os + column, kp + <usize>j * ks, headDim, slope);
              }
            }
            continue;
          }
          packA(scores, 256, true, count, rows, packed);
          multiply(packed, gradsB, <usize>rows << 5, rows, sumV, wide, padded, width, false, false, 1, false, 0, spare);
          packA(slopes, 256, true, count, rows, packed);
          multiply(packed, queriesB, <usize>rows << 5, rows, sumK, wide, padded, width, false, false, 1, false, 0, spare);
          packA(slopes, 256, false, rows, count, packed);
          multiply(
            packed, keysB, <usize>count << 5, count, dq + <usize>row0 * os + column, os, rows, headDim, false, false, 1, false, 0,
            spare,
          );
        }
      }
      for (let j = 0; j < count; j += 1) {
        const offset = <usize>(b * keys + j0 + j) * kos + kvColumn;
        scaleTo(sumK + <usize>j * wide, dk + offset, headDim, 1);
        scaleTo(sumV + <usize>j * wide, dv + offset, headDim, 1);
      }
    }
  }
}
