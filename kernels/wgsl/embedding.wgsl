// Rows of tables by id: one table, or the sum of rows that hashes of the last n ids choose. A thread makes W columns.
// The hash is that of engine/ops/names.ts (FNV-1a over ids, finished as MurmurHash3 does), in u32.
struct Params { count: u32, width: u32, rows: u32, time: u32, iOffset: u32, tOffset: u32, orders: u32, ORDERS }
@group(0) @binding(0) var<uniform> P: Params;
#if W == 4
alias TV = vec4<TX>;
#else
alias TV = TX;
#endif
@group(0) @binding(1) var<storage, read> tables: array<TV>;
#if BYTES
@group(0) @binding(2) var<storage, read> ids: array<u32>;
fn idAt(i: u32) -> i32 { let e = P.iOffset + i; return i32((ids[e / 4u] >> ((e % 4u) * 8u)) & 255u); }
#else
@group(0) @binding(2) var<storage, read> ids: array<i32>;
fn idAt(i: u32) -> i32 { return ids[P.iOffset + i]; }
#endif
@group(0) @binding(3) var<storage, read_write> result: array<TV>;

#if HASH
fn hashed(at: u32, time: u32, order: u32) -> u32 {
  var h = 0x811c9dc5u ^ order;
  for (var i = 0u; i < order; i += 1u) {
    var id = 0u;
    if (time >= i) { id = bitcast<u32>(idAt(at - i) + 1); }
    h = (h ^ id) * 0x01000193u;
  }
  h = h ^ (h >> 16u);
  h = h * 0x85ebca6bu;
  h = h ^ (h >> 13u);
  h = h * 0xc2b2ae35u;
  h = h ^ (h >> 16u);
  return h % P.rows;
}
#endif

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) wg: vec3u, @builtin(num_workgroups) nw: vec3u, @builtin(local_invocation_index) t: u32) {
  let i = (wg.x + wg.y * nw.x) * 256u + t;
  let columns = P.width / W;
  let at = i / columns;
  let c = i % columns;
  if (at >= P.count) { return; }
#if HASH
  var sum = V(0.0);
#for k HASH
  sum += V(tables[P.tOffset / W + (k * P.rows + hashed(at, at % P.time, P.order##k)) * columns + c]);
#end
  result[i] = TV(sum);
#else
  let id = idAt(at);
  var v = TV(V(0.0));
  if (id >= 0 && u32(id) < P.rows) { v = tables[P.tOffset / W + u32(id) * columns + c]; }
  result[i] = v;
#endif
}
