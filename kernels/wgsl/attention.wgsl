// Attention in f32 for any head size and input type, blocked (Dao, FlashAttention-2, 2023): a thread owns a query, 64 of
// them walk over KEYS keys at a time in workgroup memory and rescale what they have when the maximum grows.
// DV: vectors of W a head. Memory: 2 * KEYS * head * 4 bytes.
struct Params {
  time: u32, keys: u32, heads: u32, group: u32, window: u32, causal: u32, scale: f32,
  qOffset: u32, qStride: u32, kOffset: u32, kStride: u32, vOffset: u32, vStride: u32,
}
@group(0) @binding(0) var<uniform> P: Params;
#if W == 4
alias TV = vec4<TX>;
#else
alias TV = TX;
#endif
@group(0) @binding(1) var<storage, read> q: array<TV>;
@group(0) @binding(2) var<storage, read> k: array<TV>;
@group(0) @binding(3) var<storage, read> v: array<TV>;
@group(0) @binding(4) var<storage, read_write> result: array<TV>;
@group(0) @binding(5) var<storage, read_write> lse: array<f32>;

var<workgroup> ks: array<V, KEYS * DV>;
var<workgroup> vs: array<V, KEYS * DV>;

fn inner(a: V, b: V) -> f32 {
#if W == 4
  return dot(a, b);
#else
  return a * b;
#endif
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wg: vec3u, @builtin(local_invocation_index) t: u32) {
  let head = wg.y;
  let batch = wg.z;
  let first = wg.x * 64u;
  let query = first + t;
  let live = query < P.time;
  let row = batch * P.time + min(query, P.time - 1u);
  var qr: array<V, DV>;
  var acc: array<V, DV>;
  for (var d = 0u; d < DV; d += 1u) { qr[d] = V(q[(P.qOffset + row * P.qStride) / W + head * DV + d]) * P.scale; }
  var most = -3.0e38;
  var sum = 0.0;
  // Keys that any of the 64 sees.
  let last = min(first + 63u, P.time - 1u);
  let end = select(P.keys, min(P.keys, last + 1u), P.causal != 0u);
  let begin = select(0u, first + 1u - min(first + 1u, P.window), P.window != 0u) / KEYS * KEYS;
  let kvHead = head / P.group;
  for (var j0 = begin; j0 < end; j0 += KEYS) {
    for (var i = t; i < KEYS * DV; i += 64u) {
      let j = min(j0 + i / DV, P.keys - 1u);
      let at = batch * P.keys + j;
      ks[i] = V(k[(P.kOffset + at * P.kStride) / W + kvHead * DV + i % DV]);
      vs[i] = V(v[(P.vOffset + at * P.vStride) / W + kvHead * DV + i % DV]);
    }
    workgroupBarrier();
    for (var i = 0u; i < KEYS; i += 1u) {
      let j = j0 + i;
      let seen = j < P.keys && (P.causal == 0u || j <= query) && (P.window == 0u || j + P.window > query);
      if (seen) {
        var s = 0.0;
        for (var d = 0u; d < DV; d += 1u) { s += inner(qr[d], ks[i * DV + d]); }
        if (s > most) {
          let shrink = exp(most - s);
          sum *= shrink;
          for (var d = 0u; d < DV; d += 1u) { acc[d] *= shrink; }
          most = s;
        }
        let p = expOf(s - most);
        sum += p;
        for (var d = 0u; d < DV; d += 1u) { acc[d] += p * vs[i * DV + d]; }
      }
    }
    workgroupBarrier();
  }
  if (!live) { return; }
  for (var d = 0u; d < DV; d += 1u) { result[(row * P.heads + head) * DV + d] = TV(acc[d] / sum); }
  lse[(batch * P.heads + head) * P.time + query] = most + logOf(select(sum, -1.0, sum == 0.0)); // No finite score: NaN.
}
