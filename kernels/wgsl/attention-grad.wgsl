// Gradients of attention in f32, in two kernels that each own what they sum, so that no atomics are needed. QUERY: a thread
// owns a query, walks over the keys and sums dq; it also leaves delta = dout · out for the other. Otherwise a thread owns a
// key, walks over the queries that see it and sums dk and dv over the heads that share it. Probabilities are made again
// from the log-sum-exp that the forward kernel kept.
struct Params {
  time: u32, keys: u32, heads: u32, group: u32, window: u32, causal: u32, scale: f32,
  qOffset: u32, qStride: u32, kOffset: u32, kStride: u32, vOffset: u32, vStride: u32, oOffset: u32, oStride: u32,
  gOffset: u32, gStride: u32, lOffset: u32,
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
@group(0) @binding(4) var<storage, read> g: array<TV>;
@group(0) @binding(5) var<storage, read> lse: array<f32>;
#if QUERY
@group(0) @binding(6) var<storage, read> out: array<TV>;
@group(0) @binding(7) var<storage, read_write> delta: array<f32>;
@group(0) @binding(8) var<storage, read_write> dq: array<TV>;
#else
@group(0) @binding(6) var<storage, read> delta: array<f32>;
@group(0) @binding(7) var<storage, read_write> dk: array<TV>;
@group(0) @binding(8) var<storage, read_write> dv: array<TV>;
#endif

var<workgroup> one: array<V, KEYS * DV>;
var<workgroup> two: array<V, KEYS * DV>;

fn inner(a: V, b: V) -> f32 {
#if W == 4
  return dot(a, b);
#else
  return a * b;
#endif
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wg: vec3u, @builtin(local_invocation_index) t: u32) {
  let batch = wg.z;
  let first = wg.x * 64u;
  let own = first + t;
#if QUERY
  let head = wg.y;
  let kvHead = head / P.group;
  let live = own < P.time;
  let row = batch * P.time + min(own, P.time - 1u);
  var qr: array<V, DV>;
  var gr: array<V, DV>;
  var sum: array<V, DV>;
  var product = 0.0;
  for (var d = 0u; d < DV; d += 1u) {
    qr[d] = V(q[(P.qOffset + row * P.qStride) / W + head * DV + d]) * P.scale;
    gr[d] = V(g[(P.gOffset + row * P.gStride) / W + head * DV + d]);
    product += inner(gr[d], V(out[(P.oOffset + row * P.oStride) / W + head * DV + d]));
  }
  let place = (batch * P.heads + head) * P.time + min(own, P.time - 1u);
  let total = lse[P.lOffset + place];
  if (live) { delta[place] = product; }
  let last = min(first + 63u, P.time - 1u);
  let end = select(P.keys, min(P.keys, last + 1u), P.causal != 0u);
  let begin = select(0u, first + 1u - min(first + 1u, P.window), P.window != 0u) / KEYS * KEYS;
  for (var j0 = begin; j0 < end; j0 += KEYS) {
    for (var i = t; i < KEYS * DV; i += 64u) {
      let at = batch * P.keys + min(j0 + i / DV, P.keys - 1u);
      one[i] = V(k[(P.kOffset + at * P.kStride) / W + kvHead * DV + i % DV]);
      two[i] = V(v[(P.vOffset + at * P.vStride) / W + kvHead * DV + i % DV]);
    }
    workgroupBarrier();
    for (var i = 0u; i < KEYS; i += 1u) {
      let j = j0 + i;
      if (j < P.keys && (P.causal == 0u || j <= own) && (P.window == 0u || j + P.window > own)) {
        var s = 0.0;
        var dp = 0.0;
        for (var d = 0u; d < DV; d += 1u) {
          s += inner(qr[d], one[i * DV + d]);
          dp += inner(gr[d], two[i * DV + d]);
        }
        let ds = expOf(s - total) * (dp - product) * P.scale;
        for (var d = 0u; d < DV; d += 1u) { sum[d] += ds * one[i * DV + d]; }
      }
    }
    workgroupBarrier();
  }
  if (!live) { return; }
  for (var d = 0u; d < DV; d += 1u) { dq[(row * P.heads + head) * DV + d] = TV(sum[d]); }
#else
  let kvHead = wg.y;
  let live = own < P.keys;
  let row = batch * P.keys + min(own, P.keys - 1u);
  var kr: array<V, DV>;
  var vr: array<V, DV>;
  var sumK: array<V, DV>;
  var sumV: array<V, DV>;
  for (var d = 0u; d < DV; d += 1u) {
    kr[d] = V(k[(P.kOffset + row * P.kStride) / W + kvHead * DV + d]) * P.scale;
    vr[d] = V(v[(P.vOffset + row * P.vStride) / W + kvHead * DV + d]);
  }
  let last = min(first + 63u, P.keys - 1u);
  let begin = select(0u, first, P.causal != 0u) / KEYS * KEYS;
  let end = select(P.time, min(P.time, last + P.window), P.window != 0u);
  for (var head = kvHead * P.group; head < (kvHead + 1u) * P.group; head += 1u) {
    for (var i0 = begin; i0 < end; i0 += KEYS) {
      for (var i = t; i < KEYS * DV; i += 64u) {
        let at = batch * P.time + min(i0 + i / DV, P.time - 1u);
        one[i] = V(q[(P.qOffset + at * P.qStride) / W + head * DV + i % DV]);
        two[i] = V(g[(P.gOffset + at * P.gStride) / W + head * DV + i % DV]);
      }
      workgroupBarrier();
      for (var i = 0u; i < KEYS; i += 1u) {
        let query = i0 + i;
        if (query < P.time && (P.causal == 0u || own <= query) && (P.window == 0u || own + P.window > query)) {
          let place = (batch * P.heads + head) * P.time + query;
          var s = 0.0;
          var dp = 0.0;
          for (var d = 0u; d < DV; d += 1u) {
            s += inner(kr[d], one[i * DV + d]);
            dp += inner(vr[d], two[i * DV + d]);
          }
          let p = expOf(s - lse[P.lOffset + place]);
          let ds = p * (dp - delta[place]) * P.scale;
          for (var d = 0u; d < DV; d += 1u) {
            sumV[d] += p * two[i * DV + d];
            sumK[d] += ds * one[i * DV + d];
          }
        }
      }
      workgroupBarrier();
    }
  }
  if (!live) { return; }
  for (var d = 0u; d < DV; d += 1u) {
    dk[(row * (P.heads / P.group) + kvHead) * DV + d] = TV(sumK[d]);
    dv[(row * (P.heads / P.group) + kvHead) * DV + d] = TV(sumV[d]);
  }
#endif
}
