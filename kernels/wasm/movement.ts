// Copies and constants.
import { share } from './lanes';

export function fill(bytes: i32, y: usize, n: i32, bits: i32, lane: i32, lanes: i32): void {
  const from = share(n, 64, lane, lanes);
  const to = share(n, 64, lane + 1, lanes);
  let pattern = i32x4.splat(bits);
  if (bytes == 1) pattern = i8x16.splat(<i8>bits);
  else if (bytes == 2) pattern = i16x8.splat(<i16>bits);
  const end = y + <usize>to * bytes;
  let at = y + <usize>from * bytes;
  for (; at + 16 <= end; at += 16) v128.store(at, pattern);
  for (; at < end; at += bytes) {
    if (bytes == 4) store<i32>(at, bits);
    else if (bytes == 2) store<i16>(at, <i16>bits);
    else store<u8>(at, <u8>bits);
  }
}
