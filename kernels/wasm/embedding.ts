// Rows of tables by id and by hashed n-gram, and their scatter gradients. A gradient is divided by columns: a lane adds
// all positions, in their order, to its own columns, so that no two lanes write the same element.
import { share } from './lanes';

// @ts-ignore: decorator
@inline
function idAt(ids: usize, at: i32, idBytes: i32): i32 {
  return idBytes == 1 ? <i32>load<u8>(ids + <usize>at) : load<i32>(ids + (<usize>at << 2));
}

/** y += x, or y = x. */
function addRow(x: usize, y: usize, n: i32, add: bool): void {
  let left = n;
  if (add) {
    for (; left >= 4; left -= 4, x += 16, y += 16) v128.store(y, f32x4.add(v128.load(y), v128.load(x)));
    for (; left > 0; left -= 1, x += 4, y += 4) store<f32>(y, load<f32>(y) + load<f32>(x));
  } else {
    for (; left >= 4; left -= 4, x += 16, y += 16) v128.store(y, v128.load(x));
    for (; left > 0; left -= 1, x += 4, y += 4) store<f32>(y, load<f32>(x));
  }
}

/** Zeros in columns from..to of all rows. */
function clear(y: usize, rows: i32, cols: i32, from: i32, to: i32): void {
  for (let row = 0; row < rows; row += 1)
    memory.fill(y + ((<usize>row * <usize>cols + <usize>from) << 2), 0, <usize>(to - from) << 2);
}

export function embedding(
  table: usize, ids: usize, y: usize, n: i32, tableRows: i32, cols: i32, idBytes: i32, lane: i32, lanes: i32,
): void {
  const to = share(n, 1, lane + 1, lanes);
  const size = <usize>cols << 2;
  for (let i = share(n, 1, lane, lanes); i < to; i += 1) {
    const id = idAt(ids, i, idBytes);
    if (id >= 0 && id < tableRows) addRow(table + <usize>id * size, y + <usize>i * size, cols, false);
    else memory.fill(y + <usize>i * size, 0, size);
  }
}

export function embeddingGrad(
  ids: usize, g: usize, d: usize, n: i32, tableRows: i32, cols: i32, idBytes: i32, lane: i32, lanes: i32,
): void {
  const from = share(cols, 16, lane, lanes);
  const to = share(cols, 16, lane + 1, lanes);
  if (from >= to) return;
  clear(d, tableRows, cols, from, to);
  for (let i = 0; i < n; i += 1) {
    const id = idAt(ids, i, idBytes);
    if (id < 0 || id >= tableRows) continue;
    addRow(
      g + ((<usize>i * <usize>cols + <usize>from) << 2),
      d + ((<usize>id * <usize>cols + <usize>from) << 2),
      to - from,
      true,
    );
  }
}

/** FNV-1a over the last `order` ids, finished as MurmurHash3 does. `ids` is the sequence's own. */
function hashRow(ids: usize, t: i32, order: i32, rows: i32, idBytes: i32): i32 {
  let h: u32 = 0x811c9dc5 ^ order;
  for (let i = 0; i < order; i += 1)
    h = (h ^ (t >= i ? <u32>(idAt(ids, t - i, idBytes) + 1) : 0)) * 0x01000193;
  h ^= h >> 16;
  h *= 0x85ebca6b;
  h ^= h >> 13;
  h *= 0xc2b2ae35;
  h ^= h >> 16;
  return <i32>(h % <u32>rows);
}

// @ts-ignore: decorator
@inline
function orderOf(k: i32, orders0: i32, orders1: i32): i32 {
  return ((k < 4 ? orders0 : orders1) >>> ((k & 3) << 3)) & 255;
}

export function hashEmbedding(
  tables: usize, ids: usize, y: usize, batch: i32, time: i32, count: i32, tableRows: i32, cols: i32,
  orders0: i32, orders1: i32, idBytes: i32, lane: i32, lanes: i32,
): void {
  const n = batch * time;
  const to = share(n, 1, lane + 1, lanes);
  const size = <usize>cols << 2;
  for (let i = share(n, 1, lane, lanes); i < to; i += 1) {
    const t = i % time;
    const own = ids + <usize>(i - t) * idBytes;
    if (count == 0) memory.fill(y + <usize>i * size, 0, size);
    for (let k = 0; k < count; k += 1) {
      const row = k * tableRows + hashRow(own, t, orderOf(k, orders0, orders1), tableRows, idBytes);
      addRow(tables + <usize>row * size, y + <usize>i * size, cols, k > 0);
    }
  }
}

export function hashEmbeddingGrad(
  ids: usize, g: usize, d: usize, batch: i32, time: i32, count: i32, tableRows: i32, cols: i32,
  orders0: i32, orders1: i32, idBytes: i32, lane: i32, lanes: i32,
): void {
  const from = share(cols, 16, lane, lanes);
  const to = share(cols, 16, lane + 1, lanes);
  if (from >= to) return;
  clear(d, count * tableRows, cols, from, to);
  const n = batch * time;
  for (let i = 0; i < n; i += 1) {
    const t = i % time;
    const own = ids + <usize>(i - t) * idBytes;
    for (let k = 0; k < count; k += 1) {
      const row = k * tableRows + hashRow(own, t, orderOf(k, orders0, orders1), tableRows, idBytes);
      addRow(
        g + ((<usize>i * <usize>cols + <usize>from) << 2),
        d + ((<usize>row * <usize>cols + <usize>from) << 2),
        to - from,
        true,
      );
    }
  }
}
