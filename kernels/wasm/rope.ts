// Rotary position embedding (Su et al. 2021), alone or after the rmsNorm of each head, and the gradient of the latter.
// Angles are position * base^(-2i/Dh) in f64; one row's sines and cosines serve all its heads.
// Scratch of a lane: frequencies f64[H], cosines f32[H], sines f32[H], with H = half a head rounded up to 4.
import { loadPart, share, storePart } from './lanes';
import { exp64, log64, sinOf } from './math';
import { inverseRms, rmsNormRowGrad } from './rows';

// @ts-ignore: decorator
@inline
function padded(headDim: i32): i32 {
  return ((headDim >> 1) + 3) & ~3;
}

function frequencies(angles: usize, headDim: i32, base: f32): void {
  const step = (-2 * log64(<f64>base)) / <f64>headDim;
  for (let i = 0; i < padded(headDim); i += 1) store<f64>(angles + (<usize>i << 3), exp64(step * <f64>i));
}

function turns(angles: usize, headDim: i32, position: i32): void {
  const h = padded(headDim);
  const cosines = angles + (<usize>h << 3);
  const sines = cosines + (<usize>h << 2);
  const p = f64x2.splat(<f64>position);
  for (let i = 0; i < h; i += 4) {
    const low = f64x2.mul(p, v128.load(angles + (<usize>i << 3)));
    const high = f64x2.mul(p, v128.load(angles + (<usize>i << 3), 16));
    v128.store(cosines + (<usize>i << 2), sinOf(low, high, i32x4.splat(1)));
    v128.store(sines + (<usize>i << 2), sinOf(low, high, i32x4.splat(0)));
  }
}

/** One head: (a, b) -> (a cos - b sin, a sin + b cos), times `factor`; `sign` -1 turns back. */
function turn(x: usize, y: usize, angles: usize, headDim: i32, factor: f32, sign: f32): void {
  const half = headDim >> 1;
  let cosines = angles + (<usize>padded(headDim) << 3);
  let sines = cosines + (<usize>padded(headDim) << 2);
  const f = f32x4.splat(factor);
  const s = f32x4.splat(sign);
  const other = <usize>half << 2;
  for (let left = half; left > 0; left -= 4, x += 16, y += 16, cosines += 16, sines += 16) {
    const a = f32x4.mul(left >= 4 ? v128.load(x) : loadPart(x, left, f), f);
    const b = f32x4.mul(left >= 4 ? v128.load(x + other) : loadPart(x + other, left, f), f);
    const cos = v128.load(cosines);
    const sin = f32x4.mul(v128.load(sines), s);
    const first = f32x4.sub(f32x4.mul(a, cos), f32x4.mul(b, sin));
    const second = f32x4.add(f32x4.mul(a, sin), f32x4.mul(b, cos));
    if (left >= 4) {
      v128.store(y, first);
      v128.store(y + other, second);
    } else {
      storePart(y, left, first);
      storePart(y + other, left, second);
    }
  }
}

// @ts-ignore: decorator
@inline
function positionOf(positions: usize, row: i32, time: i32): i32 {
  return positions == 0 ? row % time : load<i32>(positions + (<usize>row << 2));
}

export function rope(
  x: usize, positions: usize, y: usize, rows: i32, time: i32, heads: i32, headDim: i32, xStride: i32, base: f32,
  inverse: i32, norm: i32, eps: f32, angles: usize, lane: i32, lanes: i32,
): void {
  frequencies(angles, headDim, base);
  const to = share(rows, 1, lane + 1, lanes);
  const size = <usize>headDim << 2;
  for (let row = share(rows, 1, lane, lanes); row < to; row += 1) {
    turns(angles, headDim, positionOf(positions, row, time));
    let p = x + (<usize>row * <usize>xStride << 2);
    let q = y + <usize>row * <usize>heads * size;
    for (let head = 0; head < heads; head += 1, p += size, q += size)
      turn(p, q, angles, headDim, norm ? inverseRms(p, headDim, eps) : 1, inverse ? -1 : 1);
  }
}

export function normRopeGrad(
  x: usize, g: usize, positions: usize, dx: usize, rows: i32, time: i32, heads: i32, headDim: i32, xStride: i32,
  base: f32, eps: f32, angles: usize, lane: i32, lanes: i32,
): void {
  frequencies(angles, headDim, base);
  const turned = angles + (<usize>padded(headDim) << 4);
  const to = share(rows, 1, lane + 1, lanes);
  const size = <usize>headDim << 2;
  for (let row = share(rows, 1, lane, lanes); row < to; row += 1) {
    turns(angles, headDim, positionOf(positions, row, time));
    let p = x + (<usize>row * <usize>xStride << 2);
    let offset = <usize>row * <usize>heads * size;
    for (let head = 0; head < heads; head += 1, p += size, offset += size) {
      turn(g + offset, turned, angles, headDim, 1, -1);
      rmsNormRowGrad(p, turned, dx + offset, headDim, eps);
    }
  }
}
