// Linear layers over int8 weights. STEP 1 quantises rows of x to 7 bits (a workgroup a row); STEP 2 multiplies by packed
// dot products of four: 32 lanes an output row, ROWS rows of x for one read of its weights, sums exact in i32.
struct Params { rows: u32, K: u32, M: u32, xOffset: u32, xStride: u32, wOffset: u32, sOffset: u32, words: u32 }
@group(0) @binding(0) var<uniform> P: Params;

#if STEP == 1
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> packed: array<u32>;
@group(0) @binding(3) var<storage, read_write> scales: array<f32>;
var<workgroup> meet: array<f32, 256>;

/// a / b, correctly rounded: WGSL's own quotient may be off by 2.5 units in the last place.
fn quotient(a: f32, b: f32) -> f32 {
  let q = a / b;
  return fma(fma(-q, b, a), 1.0 / b, q);
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) wg: vec3u, @builtin(num_workgroups) nw: vec3u, @builtin(local_invocation_index) t: u32) {
  let row = wg.x + wg.y * nw.x;
  if (row >= P.rows) { return; }
  let at = P.xOffset + row * P.xStride;
  var most = 0.0;
  for (var k = t; k < P.K; k += 256u) { most = max(most, abs(x[at + k])); }
  meet[t] = most;
  workgroupBarrier();
  for (var half = 128u; half > 0u; half /= 2u) {
    if (t < half) { meet[t] = max(meet[t], meet[t + half]); }
    workgroupBarrier();
  }
  let s = quotient(meet[0], 63.0);
  if (t == 0u) { scales[row] = s; }
  for (var w = t; w < P.words; w += 256u) {
    var four = vec4<i32>(0);
    for (var j = 0u; j < 4u; j += 1u) {
      let k = w * 4u + j;
      if (k < P.K && s > 0.0) {
        let v = quotient(x[at + k], s);
        four[j] = i32(sign(v) * floor(abs(v) + 0.5));
      }
    }
    packed[row * P.words + w] = pack4xI8(four);
  }
}

#else
@group(0) @binding(1) var<storage, read> packed: array<u32>;
@group(0) @binding(2) var<storage, read> scales: array<f32>;
@group(0) @binding(3) var<storage, read> w: array<u32>;
@group(0) @binding(4) var<storage, read> wScales: array<f32>;
@group(0) @binding(5) var<storage, read_write> result: array<f32>;
var<workgroup> meet: array<i32, 256>;

/// Four weights of a row from element k on.
fn weights(at: u32) -> u32 {
#if ALIGNED
  return w[at / 4u];
#else
  let shift = (at % 4u) * 8u;
  let low = w[at / 4u] >> shift;
  return select(low | (w[at / 4u + 1u] << (32u - shift)), low, shift == 0u);
#endif
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) wg: vec3u, @builtin(local_invocation_index) t: u32) {
  let m = min(wg.x * 8u + t / 32u, P.M - 1u);
  let lane = t % 32u;
  let first = wg.y * ROWS;
  var sums: array<i32, ROWS>;
  for (var k = lane; k < P.words; k += 32u) {
    let four = weights(P.wOffset + m * P.K + k * 4u);
#for r ROWS
    sums[r] = sums[r] + dot4I8Packed(four, packed[min(first + r, P.rows - 1u) * P.words + k]);
#end
  }
#for r ROWS
  meet[t] = sums[r];
  workgroupBarrier();
  for (var half = 16u; half > 0u; half /= 2u) {
    if (lane < half) { meet[t] += meet[t + half]; }
    workgroupBarrier();
  }
  if (lane == 0u && wg.x * 8u + t / 32u < P.M && first + r < P.rows) {
    result[(first + r) * P.M + m] = scales[first + r] * wScales[P.sOffset + m] * f32(meet[t]);
  }
  workgroupBarrier();
#end
}
#endif
