// Matrix product in f32 for any shape, layout and input type: BM x BN of the result a workgroup of 256 threads, BK deep
// slices of both inputs in workgroup memory, kept K-major so that either transpose reads alike. A thread holds TM x TN sums,
// in blocks of 4 x 4 that lie 64 apart, so that neighbouring threads read neighbouring words.
// Memory: (BM + BN) * BK * 4 bytes. VEC: rows of both inputs are multiples of 4 elements, so that 4 are loaded at once.
struct Params {
  M: u32, N: u32, K: u32, aOffset: u32, aStride: u32, bOffset: u32, bStride: u32, rOffset: u32, rStride: u32,
  aBatch: u32, bBatch: u32, batches: u32, split: u32, each: u32, scale: f32,
}
@group(0) @binding(0) var<uniform> P: Params;
#if VEC
alias TAV = vec4<TA>;
alias TBV = vec4<TB>;
#else
alias TAV = TA;
alias TBV = TB;
#endif
@group(0) @binding(1) var<storage, read> a: array<TAV>;
@group(0) @binding(2) var<storage, read> b: array<TBV>;
@group(0) @binding(3) var<storage, read_write> result: array<TO>;
#if RESIDUAL
@group(0) @binding(4) var<storage, read> residual: array<TO>;
#endif

var<workgroup> as_: array<vec4<f32>, BM * BK / 4>;
var<workgroup> bs: array<vec4<f32>, BN * BK / 4>;

/// Four elements of a row of a: `at` its first element, `left` how many of the row and of all rows there are.
fn fetchA(at: u32, left: i32, inside: bool) -> vec4<f32> {
  if (!inside || left <= 0) { return vec4<f32>(0.0); }
#if VEC
  return vec4<f32>(a[at / 4u]);
#else
  var v = vec4<f32>(0.0);
  v.x = f32(a[at]);
  if (left > 1) { v.y = f32(a[at + 1u]); }
  if (left > 2) { v.z = f32(a[at + 2u]); }
  if (left > 3) { v.w = f32(a[at + 3u]); }
  return v;
#endif
}
fn fetchB(at: u32, left: i32, inside: bool) -> vec4<f32> {
  if (!inside || left <= 0) { return vec4<f32>(0.0); }
#if VEC
  return vec4<f32>(b[at / 4u]);
#else
  var v = vec4<f32>(0.0);
  v.x = f32(b[at]);
  if (left > 1) { v.y = f32(b[at + 1u]); }
  if (left > 2) { v.z = f32(b[at + 2u]); }
  if (left > 3) { v.w = f32(b[at + 3u]); }
  return v;
#endif
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) wg: vec3u, @builtin(local_invocation_index) t: u32) {
  let m0 = wg.y * BM;
  let n0 = wg.x * BN;
  let batch = wg.z / P.split;
  let part = wg.z % P.split;
  let kFrom = part * P.each;
  let kTo = min(kFrom + P.each, P.K);
  let aBase = P.aOffset + batch * P.aBatch;
  let bBase = P.bOffset + batch * P.bBatch;
  let tx = t % 16u;
  let ty = t / 16u;
  var sums: array<vec4<f32>, TM * TN / 4>;
  for (var k0 = kFrom; k0 < kTo; k0 += BK) {
#for i BM * BK / 1024
    {
      let q = t + i * 256u;
#if transA
      // a is K x M: a vector runs along M.
      let k = q / (BM / 4u);
      let m = (q % (BM / 4u)) * 4u;
      as_[k * (BM / 4u) + m / 4u] = fetchA(aBase + (k0 + k) * P.aStride + m0 + m, i32(P.M) - i32(m0 + m), k0 + k < kTo);
#else
      let m = q / (BK / 4u);
      let k = (q % (BK / 4u)) * 4u;
      let v = fetchA(aBase + (m0 + m) * P.aStride + k0 + k, i32(kTo) - i32(k0 + k), m0 + m < P.M);
      as_[(k + 0u) * (BM / 4u) + m / 4u][m % 4u] = v.x;
      as_[(k + 1u) * (BM / 4u) + m / 4u][m % 4u] = v.y;
      as_[(k + 2u) * (BM / 4u) + m / 4u][m % 4u] = v.z;
      as_[(k + 3u) * (BM / 4u) + m / 4u][m % 4u] = v.w;
#endif
    }
#end
#for i BN * BK / 1024
    {
      let q = t + i * 256u;
#if transB
      let n = q / (BK / 4u);
      let k = (q % (BK / 4u)) * 4u;
      let v = fetchB(bBase + (n0 + n) * P.bStride + k0 + k, i32(kTo) - i32(k0 + k), n0 + n < P.N);
      bs[(k + 0u) * (BN / 4u) + n / 4u][n % 4u] = v.x;
      bs[(k + 1u) * (BN / 4u) + n / 4u][n % 4u] = v.y;
      bs[(k + 2u) * (BN / 4u) + n / 4u][n % 4u] = v.z;
      bs[(k + 3u) * (BN / 4u) + n / 4u][n % 4u] = v.w;
#else
      let k = q / (BN / 4u);
      let n = (q % (BN / 4u)) * 4u;
      bs[k * (BN / 4u) + n / 4u] = fetchB(bBase + (k0 + k) * P.bStride + n0 + n, i32(P.N) - i32(n0 + n), k0 + k < kTo);
#endif
    }
#end
    workgroupBarrier();
    for (var k = 0u; k < BK; k += 1u) {
#for i TM / 4
      let ai##i = as_[k * (BM / 4u) + ty + i * 16u];
#for j TN / 4
      {
        let bj = bs[k * (BN / 4u) + tx + j * 16u];
        sums[(i * 4 + 0) * (TN / 4) + j] += ai##i.x * bj;
        sums[(i * 4 + 1) * (TN / 4) + j] += ai##i.y * bj;
        sums[(i * 4 + 2) * (TN / 4) + j] += ai##i.z * bj;
        sums[(i * 4 + 3) * (TN / 4) + j] += ai##i.w * bj;
      }
#end
#end
    }
    workgroupBarrier();
  }
  let outBase = (part * P.batches + batch) * P.M * P.N;
#for i TM / 4
#for r 4
#for j TN / 4
  {
    let m = m0 + ty * 4u + i * 64u + r;
    let n = n0 + tx * 4u + j * 64u;
    if (m < P.M) {
      let v = finish(sums[(i * 4 + r) * (TN / 4) + j] * P.scale);
      for (var c = 0u; c < 4u; c += 1u) {
        if (n + c < P.N) {
#if RESIDUAL
          result[outBase + m * P.N + n + c] = TO(v[c] + f32(residual[P.rOffset + batch * P.M * P.rStride + m * P.rStride + n + c]));
#else
          result[outBase + m * P.N + n + c] = TO(v[c]);
#endif
        }
      }
    }
  }
#end
#end
#end
}

fn finish(v: vec4<f32>) -> vec4<f32> {
#if RELU2
  let y = select(max(v, vec4<f32>(0.0)), v, (bitcast<vec4<u32>>(v) & vec4<u32>(0x7fffffffu)) > vec4<u32>(0x7f800000u));
  return y * y;
#else
  return v;
#endif
}
