// The key and value cache: int8, or 16-bit floats (BITS 16) with scales of 1. STEP 1 writes rows of x into their slots, each head
// with its own scale, a workgroup a row; STEP 2 attends to the cache: 64 threads share one query of one head and walk over
// blocks of 64 positions from 0 up, so that the result does not depend on how the positions came in.
struct Params {
  count: u32, time: u32, heads: u32, group: u32, head: u32, window: u32, blocks: u32, xOffset: u32, xStride: u32,
  aOffset: u32, bOffset: u32, scale: f32, kOffset: u32, kScaleOffset: u32, vOffset: u32, vScaleOffset: u32,
}
@group(0) @binding(0) var<uniform> P: Params;

#if STEP == 1
@group(0) @binding(1) var<storage, read_write> cache: array<u32>;
@group(0) @binding(2) var<storage, read_write> scales: array<f32>;
@group(0) @binding(3) var<storage, read> x: array<f32>;
@group(0) @binding(4) var<storage, read> slots: array<i32>;
var<workgroup> most: array<f32, 256>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wg: vec3u, @builtin(num_workgroups) nw: vec3u, @builtin(local_invocation_index) t: u32) {
  let row = wg.x + wg.y * nw.x;
  if (row >= P.count) { return; }
  let slot = slots[P.aOffset + row];
  if (slot < 0) { return; }
  let at = P.xOffset + row * P.xStride;
#if BITS == 16
  let pairs = P.heads * P.head / 2u;
  for (var h = t; h < P.heads; h += 64u) { scales[u32(slot) * P.heads + h] = 1.0; }
  for (var w = t; w < pairs; w += 64u) {
    cache[u32(slot) * pairs + w] = pack2x16float(vec2f(x[at + 2u * w], x[at + 2u * w + 1u]));
  }
#else
  for (var h = t; h < P.heads; h += 64u) {
    var m = 0.0;
    for (var d = 0u; d < P.head; d += 1u) { m = max(m, abs(x[at + h * P.head + d])); }
    most[h] = m / 127.0;
    scales[u32(slot) * P.heads + h] = m / 127.0;
  }
  workgroupBarrier();
  let words = P.heads * P.head / 4u;
  for (var w = t; w < words; w += 64u) {
    var four = vec4<i32>(0);
    for (var j = 0u; j < 4u; j += 1u) {
      let s = most[(w * 4u + j) / P.head];
      if (s > 0.0) {
        let v = x[at + w * 4u + j] / s;
        four[j] = clamp(i32(sign(v) * floor(abs(v) + 0.5)), -127, 127);
      }
    }
    cache[u32(slot) * words + w] = pack4xI8(four);
  }
#endif
}

#elif STEP == 3
// Blocks copied in order: xOffset is the width of a row in bytes, 16 words of every 64 positions.
@group(0) @binding(1) var<storage, read_write> cache: array<u32>;
@group(0) @binding(2) var<storage, read_write> scales: array<f32>;
@group(0) @binding(3) var<storage, read> sources: array<i32>;
@group(0) @binding(4) var<storage, read> targets: array<i32>;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) t: u32) {
  for (var i = 0u; i < P.count; i += 1u) {
    let source = sources[P.aOffset + i];
    let to = targets[P.bOffset + i];
    if (source >= 0 && to >= 0 && u32(source) < P.blocks && u32(to) < P.blocks) {
      let words = 16u * P.xOffset;
      for (var w = t; w < words; w += 256u) { cache[u32(to) * words + w] = cache[u32(source) * words + w]; }
      let each = 64u * P.heads;
      for (var w = t; w < each; w += 256u) { scales[u32(to) * each + w] = scales[u32(source) * each + w]; }
    }
    storageBarrier();
  }
}

#else
@group(0) @binding(1) var<storage, read> q: array<f32>;
@group(0) @binding(2) var<storage, read> k: array<u32>;
@group(0) @binding(3) var<storage, read> kScales: array<f32>;
@group(0) @binding(4) var<storage, read> v: array<u32>;
@group(0) @binding(5) var<storage, read> vScales: array<f32>;
@group(0) @binding(6) var<storage, read> table: array<i32>;
@group(0) @binding(7) var<storage, read> positions: array<i32>;
@group(0) @binding(8) var<storage, read_write> result: array<f32>;
var<workgroup> query: array<f32, DH>;
var<workgroup> score: array<f32, 64>;

#if BITS == 16
fn keyAt(from_: u32) -> f32 { let at = P.kOffset + from_; return unpack2x16float(k[at / 2u])[at % 2u]; }
fn valueAt(from_: u32) -> f32 { let at = P.vOffset + from_; return unpack2x16float(v[at / 2u])[at % 2u]; }
#else
fn keyAt(from_: u32) -> f32 { let at = P.kOffset + from_; return f32(i32(k[at / 4u] << (24u - (at % 4u) * 8u)) >> 24u); }
fn valueAt(from_: u32) -> f32 { let at = P.vOffset + from_; return f32(i32(v[at / 4u] << (24u - (at % 4u) * 8u)) >> 24u); }
#endif

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wg: vec3u, @builtin(num_workgroups) nw: vec3u, @builtin(local_invocation_index) t: u32) {
  let item = wg.x + wg.y * nw.x;
  if (item >= P.count * P.heads) { return; }
  let row = item / P.heads;
  let head = item % P.heads;
  let kvHeads = P.heads / P.group;
  let kvHead = head / P.group;
  let sequence = row / P.time;
  for (var d = t; d < DH; d += 64u) { query[d] = q[P.xOffset + row * P.xStride + head * DH + d] * P.scale; }
  workgroupBarrier();
  let position = positions[P.bOffset + row];
  var acc: array<f32, (DH + 63) / 64>;
  var most = -3.0e38;
  var sum = 0.0;
  let begin = select(0, max(position + 1 - i32(P.window), 0), P.window != 0u);
  for (var b = begin / 64; b <= position / 64 && position >= 0; b += 1) {
    let block = u32(table[P.aOffset + sequence * P.blocks + u32(b)]);
    let p = b * 64 + i32(t);
    let slot = block * 64u + t;
    var s = -3.0e38;
    if (p >= begin && p <= position) {
      s = 0.0;
      for (var d = 0u; d < DH; d += 1u) { s += query[d] * keyAt((slot * kvHeads + kvHead) * DH + d); }
      s *= kScales[P.kScaleOffset + slot * kvHeads + kvHead];
    }
    score[t] = s;
    workgroupBarrier();
    var top = most;
    for (var j = 0u; j < 64u; j += 1u) { top = max(top, score[j]); }
    workgroupBarrier();
    score[t] = select(0.0, exp(s - top), p >= begin && p <= position);
    workgroupBarrier();
    let shrink = exp(most - top);
    most = top;
    sum *= shrink;
    for (var j = 0u; j < 64u; j += 1u) { sum += score[j]; }
    for (var i = 0u; i < (DH + 63) / 64; i += 1u) {
      let d = i * 64u + t;
      if (d < DH) {
        var a = acc[i] * shrink;
        for (var j = 0u; j < 64u; j += 1u) {
          let at = block * 64u + j;
          if (score[j] > 0.0) { a += score[j] * vScales[P.vScaleOffset + at * kvHeads + kvHead] * valueAt((at * kvHeads + kvHead) * DH + d); }
        }
        acc[i] = a;
      }
    }
    workgroupBarrier();
  }
  for (var i = 0u; i < (DH + 63) / 64; i += 1u) {
    let d = i * 64u + t;
    if (d < DH) { result[(row * P.heads + head) * DH + d] = acc[i] / sum; }
  }
}
#endif
