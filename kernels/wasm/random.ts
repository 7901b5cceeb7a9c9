// Random numbers by counter: Philox4x32-10 (Salmon et al. 2011). Elements 4b..4b+3 are the words of block b.
import { share, storePart } from './lanes';
import { log4, sin4 } from './math';

/** The four words of block `counter` of `stream`. */
function philox(k0: u32, k1: u32, counter: u32, stream: u32): v128 {
  let x0 = counter;
  let x1 = stream;
  let x2: u32 = 0;
  let x3: u32 = 0;
  for (let round = 0; round < 10; round += 1) {
    const a = <u64>x0 * 0xd2511f53;
    const b = <u64>x2 * 0xcd9e8d57;
    x0 = <u32>(b >> 32) ^ x1 ^ k0;
    x1 = <u32>b;
    x2 = <u32>(a >> 32) ^ x3 ^ k1;
    x3 = <u32>a;
    k0 += 0x9e3779b9;
    k1 += 0xbb67ae85;
  }
  let words = i32x4.splat(<i32>x0);
  words = i32x4.replace_lane(words, 1, <i32>x1);
  words = i32x4.replace_lane(words, 2, <i32>x2);
  return i32x4.replace_lane(words, 3, <i32>x3);
}

/** kind 0: uniform in [0, 1), 24 bits. kind 1: normal by Box-Muller, two elements from two words. */
export function random(kind: i32, key: usize, y: usize, n: i32, stream: i32, lane: i32, lanes: i32): void {
  const k0 = load<u32>(key);
  const k1 = load<u32>(key, 4);
  const to = share(n, 16, lane + 1, lanes);
  const unit = f32x4.splat(5.960464477539063e-8); // 2^-24
  for (let at = share(n, 16, lane, lanes); at < to; at += 4) {
    const words = i32x4.shr_u(philox(k0, k1, <u32>at >> 2, <u32>stream), 8);
    let x = f32x4.mul(f32x4.convert_i32x4_s(words), unit);
    if (kind == 1) {
      const first = i32x4.add(v128.shuffle<i32>(words, words, 0, 0, 2, 2), i32x4.splat(1));
      const radius = f32x4.sqrt(
        f32x4.mul(f32x4.splat(-2), log4(f32x4.mul(f32x4.convert_i32x4_s(first), unit))),
      );
      const angle = f32x4.mul(v128.shuffle<i32>(x, x, 1, 1, 3, 3), f32x4.splat(6.283185307179586));
      x = f32x4.mul(radius, sin4(angle, i32x4(1, 0, 1, 0)));
    }
    const p = y + (<usize>at << 2);
    if (to - at >= 4) v128.store(p, x);
    else storePart(p, to - at, x);
  }
}
