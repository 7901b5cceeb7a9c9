// Gradient of an embedding without float atomics: positions are sorted by row (a stable counting sort over tiles of 1024
// positions), then runs of equal rows are summed in order of position, 64 sorted positions a workgroup. A run that crosses
// such chunks leaves partial sums, which the last step adds in order. The result does not depend on timing.
// STEP: 1 rows and histogram of each tile, 2 prefix over tiles, 3 prefix over rows, 4 scatter, 5 sums of chunks, 6 the rest.
// HASH: number of tables; 0 is one table indexed by the ids themselves.
struct Params {
  count: u32, width: u32, rows: u32, time: u32, iOffset: u32, gOffset: u32, gStride: u32, tiles: u32, chunks: u32,
  ORDERS
}
@group(0) @binding(0) var<uniform> P: Params;

#if STEP == 1
#if BYTES
@group(0) @binding(1) var<storage, read> ids: array<u32>;
fn idAt(i: u32) -> i32 { let e = P.iOffset + i; return i32((ids[e / 4u] >> ((e % 4u) * 8u)) & 255u); }
#else
@group(0) @binding(1) var<storage, read> ids: array<i32>;
fn idAt(i: u32) -> i32 { return ids[P.iOffset + i]; }
#endif
@group(0) @binding(2) var<storage, read_write> rowOf: array<u32>;
@group(0) @binding(3) var<storage, read_write> histogram: array<atomic<u32>>;

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
fn main(@builtin(workgroup_id) wg: vec3u, @builtin(local_invocation_index) t: u32) {
  let tile = wg.x;
  for (var i = 0u; i < 4u; i += 1u) {
    let at = tile * 1024u + i * 256u + t;
    if (at < P.count) {
#if HASH
#for k HASH
      {
        let row = hashed(at, at % P.time, P.order##k);
        rowOf[k * P.count + at] = row;
        atomicAdd(&histogram[(k * P.tiles + tile) * P.rows + row], 1u);
      }
#end
#else
      let id = idAt(at);
      let row = select(P.rows, u32(id), id >= 0 && u32(id) < P.rows);
      rowOf[at] = row;
      if (row < P.rows) { atomicAdd(&histogram[tile * P.rows + row], 1u); }
#endif
    }
  }
}

#elif STEP == 2
@group(0) @binding(1) var<storage, read_write> histogram: array<u32>;
@group(0) @binding(2) var<storage, read_write> totals: array<u32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) wg: vec3u, @builtin(local_invocation_index) t: u32) {
  let row = wg.x * 256u + t;
  let k = wg.y;
  if (row >= P.rows) { return; }
  var sum = 0u;
  for (var tile = 0u; tile < P.tiles; tile += 1u) {
    let at = (k * P.tiles + tile) * P.rows + row;
    let own = histogram[at];
    histogram[at] = sum;
    sum += own;
  }
  totals[k * P.rows + row] = sum;
}

#elif STEP == 3
@group(0) @binding(1) var<storage, read> totals: array<u32>;
@group(0) @binding(2) var<storage, read_write> offsets: array<u32>;
var<workgroup> sums: array<u32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) wg: vec3u, @builtin(local_invocation_index) t: u32) {
  let k = wg.x;
  let each = (P.rows + 255u) / 256u;
  let begin = min(t * each, P.rows);
  let end = min(begin + each, P.rows);
  var own = 0u;
  for (var row = begin; row < end; row += 1u) { own += totals[k * P.rows + row]; }
  sums[t] = own;
  workgroupBarrier();
  var before = 0u;
  for (var i = 0u; i < t; i += 1u) { before += sums[i]; }
  for (var row = begin; row < end; row += 1u) {
    offsets[k * (P.rows + 1u) + row] = before;
    before += totals[k * P.rows + row];
  }
  if (t == 255u) { offsets[k * (P.rows + 1u) + P.rows] = before; }
}

#elif STEP == 4
@group(0) @binding(1) var<storage, read> rowOf: array<u32>;
@group(0) @binding(2) var<storage, read> histogram: array<u32>;
@group(0) @binding(3) var<storage, read> offsets: array<u32>;
@group(0) @binding(4) var<storage, read_write> sorted: array<u32>;
var<workgroup> rows_: array<u32, 1024>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) wg: vec3u, @builtin(local_invocation_index) t: u32) {
  let tile = wg.x;
  let k = wg.y;
  for (var i = t; i < 1024u; i += 256u) {
    let at = tile * 1024u + i;
    var row = P.rows;
    if (at < P.count) { row = rowOf[k * P.count + at]; }
    rows_[i] = row;
  }
  workgroupBarrier();
  for (var i = t; i < 1024u; i += 256u) {
    let row = rows_[i];
    if (row >= P.rows) { continue; }
    var rank = 0u;
    for (var j = 0u; j < i; j += 1u) { rank += select(0u, 1u, rows_[j] == row); }
    let place = offsets[k * (P.rows + 1u) + row] + histogram[(k * P.tiles + tile) * P.rows + row] + rank;
    sorted[k * P.count + place] = tile * 1024u + i;
  }
}

#elif STEP == 5
#if W == 4
alias TV = vec4<TX>;
#else
alias TV = TX;
#endif
@group(0) @binding(1) var<storage, read> rowOf: array<u32>;
@group(0) @binding(2) var<storage, read> offsets: array<u32>;
@group(0) @binding(3) var<storage, read> sorted: array<u32>;
@group(0) @binding(4) var<storage, read> g: array<TV>;
@group(0) @binding(5) var<storage, read_write> partial: array<V>;
@group(0) @binding(6) var<storage, read_write> result: array<V>;

@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) wg: vec3u, @builtin(num_workgroups) nw: vec3u, @builtin(local_invocation_index) t: u32) {
  let k = wg.z;
  let columns = P.width / W;
  let parts = (columns + 127u) / 128u;
  let chunk = wg.x + wg.y / parts * nw.x;
  let c = wg.y % parts * 128u + t;
  let valid = offsets[k * (P.rows + 1u) + P.rows];
  let begin = chunk * 64u;
  let end = min(begin + 64u, valid);
  if (c >= columns || begin >= end) { return; }
  var sum = V(0.0);
  var at = sorted[k * P.count + begin];
  var row = rowOf[k * P.count + at];
  for (var i = begin; i < end; i += 1u) {
    sum += V(g[(P.gOffset + at * P.gStride) / W + c]);
    var next = P.rows;
    if (i + 1u < end) {
      at = sorted[k * P.count + i + 1u];
      next = rowOf[k * P.count + at];
    }
    if (next != row) {
      let from_ = offsets[k * (P.rows + 1u) + row];
      let to = offsets[k * (P.rows + 1u) + row + 1u];
      if (from_ >= begin && to <= end) { result[(k * P.rows + row) * columns + c] = sum; }
      else {
        // The head of the chunk where the run began before or at its start; else its tail.
        let tail = select(0u, 1u, from_ > begin);
        partial[((k * P.chunks + chunk) * 2u + tail) * columns + c] = sum;
      }
      sum = V(0.0);
      row = next;
    }
  }
}

#elif STEP == 6
@group(0) @binding(1) var<storage, read> offsets: array<u32>;
@group(0) @binding(2) var<storage, read> partial: array<V>;
@group(0) @binding(3) var<storage, read_write> result: array<V>;

@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) wg: vec3u, @builtin(num_workgroups) nw: vec3u, @builtin(local_invocation_index) t: u32) {
  let k = wg.z;
  let columns = P.width / W;
  let parts = (columns + 127u) / 128u;
  let row = wg.x + wg.y / parts * nw.x;
  let c = wg.y % parts * 128u + t;
  if (c >= columns || row >= P.rows) { return; }
  let from_ = offsets[k * (P.rows + 1u) + row];
  let to = offsets[k * (P.rows + 1u) + row + 1u];
  let at = (k * P.rows + row) * columns + c;
  if (from_ == to) {
    result[at] = V(0.0);
    return;
  }
  let one = from_ / 64u;
  let last = (to - 1u) / 64u;
  if (one == last) { return; }
  var sum = V(0.0);
  for (var chunk = one; chunk <= last; chunk += 1u) {
    let tail = select(0u, 1u, from_ > chunk * 64u);
    sum += partial[((k * P.chunks + chunk) * 2u + tail) * columns + c];
  }
  result[at] = sum;
}
#endif
