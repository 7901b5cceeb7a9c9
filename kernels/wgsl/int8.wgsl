// Linear layers over int8 weights. STEP 1 quantises rows of x to 7 bits (a workgroup a row); STEP 2 multiplies by packed
// dot products of four: 32 lanes an output row, ROWS rows of x for one read of its weights, sums exact in i32. STEP 3 does
// both: every workgroup quantises the few rows of x for itself, which costs less than another dispatch.
struct Params { rows: u32, K: u32, M: u32, xOffset: u32, xStride: u32, wOffset: u32, sOffset: u32, words: u32 }
@group(0) @binding(0) var<uniform> P: Params;

#if STEP != 2
@group(0) @binding(1) var<storage, read> x: array<f32>;
var<workgroup> most: array<f32, 256>;

/// a / b, correctly rounded: WGSL's own quotient may be off by 2.5 units in the last place.
fn quotient(a: f32, b: f32) -> f32 {
  let q = a / b;
  return fma(fma(-q, b, a), 1.0 / b, q);
}

/// The scale of a row of x: its largest size over 63.
fn scaleOf(row: u32, t: u32) -> f32 {
  let at = P.xOffset + row * P.xStride;
  var size = 0.0;
  for (var k = t; k < P.K; k += 256u) { size = max(size, abs(x[at + k])); }
  most[t] = size;
  workgroupBarrier();
  for (var half = 128u; half > 0u; half /= 2u) {
    if (t < half) { most[t] = max(most[t], most[t + half]); }
    workgroupBarrier();
  }
  let s = quotient(most[0], 63.0);
  workgroupBarrier();
  return s;
}

/// Four quantised elements of a row.
fn quantised(row: u32, word: u32, s: f32) -> u32 {
  var four = vec4<i32>(0);
  for (var j = 0u; j < 4u; j += 1u) {
    let k = word * 4u + j;
    if (k < P.K && s > 0.0) {
      let v = quotient(x[P.xOffset + row * P.xStride + k], s);
      four[j] = i32(sign(v) * floor(abs(v) + 0.5));
    }
  }
  return pack4xI8(four);
}
#endif

#if STEP == 1
@group(0) @binding(2) var<storage, read_write> packed: array<u32>;
@group(0) @binding(3) var<storage, read_write> scales: array<f32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) wg: vec3u, @builtin(num_workgroups) nw: vec3u, @builtin(local_invocation_index) t: u32) {
  let row = wg.x + wg.y * nw.x;
  if (row >= P.rows) { return; }
  let s = scaleOf(row, t);
  if (t == 0u) { scales[row] = s; }
  for (var w = t; w < P.words; w += 256u) { packed[row * P.words + w] = quantised(row, w, s); }
}

#else
#if WIDE
alias Words = vec4<u32>;
fn product(a: Words, b: Words) -> i32 {
  return (dot4I8Packed(a.x, b.x) + dot4I8Packed(a.y, b.y)) + (dot4I8Packed(a.z, b.z) + dot4I8Packed(a.w, b.w));
}
#else
alias Words = u32;
fn product(a: Words, b: Words) -> i32 { return dot4I8Packed(a, b); }
#endif
#if STEP == 3
var<workgroup> packed: array<Words, ROWS * WORDS>;
#else
@group(0) @binding(1) var<storage, read> packed: array<Words>;
@group(0) @binding(2) var<storage, read> scales: array<f32>;
#endif
@group(0) @binding(3) var<storage, read> w: array<Words>;
@group(0) @binding(4) var<storage, read> wScales: array<f32>;
@group(0) @binding(5) var<storage, read_write> result: array<f32>;
var<workgroup> meet: array<i32, 256>;

/// The weights of a row from word k on. Past the row's end lie other weights, where packed x is 0.
fn weights(row: u32, k: u32) -> Words {
#if WIDE
  return w[(P.wOffset + row * P.K) / 16u + k];
#elif ALIGNED
  return w[(P.wOffset + row * P.K) / 4u + k];
#else
  let at = P.wOffset + row * P.K + k * 4u;
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
#if WIDE
  let count = P.words / 4u;
#else
  let count = P.words;
#endif
#if STEP == 3
#for r ROWS
  let s##r = scaleOf(r, t);
#if WIDE
  for (var k = t; k < count; k += 256u) {
    packed[r * count + k] = vec4<u32>(
      quantised(r, k * 4u, s##r), quantised(r, k * 4u + 1u, s##r), quantised(r, k * 4u + 2u, s##r),
      quantised(r, k * 4u + 3u, s##r));
  }
#else
  for (var k = t; k < count; k += 256u) { packed[r * count + k] = quantised(r, k, s##r); }
#endif
#end
  workgroupBarrier();
#endif
  var sums: array<i32, ROWS>;
  for (var k = lane; k < count; k += 32u) {
    let own = weights(m, k);
#for r ROWS
    sums[r] = sums[r] + product(own, packed[min(first + r, P.rows - 1u) * count + k]);
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
#if STEP == 3
    let scale = s##r;
#else
    let scale = scales[first + r];
#endif
    result[(first + r) * P.M + m] = scale * wScales[P.sOffset + m] * f32(meet[t]);
  }
  workgroupBarrier();
#end
}
#endif
