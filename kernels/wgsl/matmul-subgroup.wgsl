// Matrix product of f16 with f32 sums on subgroup matrices (tensor cores): BM x BN of the result a workgroup, WM x WN a
// subgroup of 32, BK deep. The next slices of both inputs are loaded into registers before the present ones are used.
// Workgroup memory holds vectors of 8 f16 (vec4<u32>), in which a thread stores 16 bytes at once; matrices are loaded from
// it with offsets and strides counted in such vectors. Rows are padded by PAD f16, so that the 8 rows of a matrix lie in
// different banks. A slice lies as in memory, whatever the transposes: they are the majorness of the loads.
// Order of workgroups: SWZ rows of tiles are walked through together, so that their inputs are still in the L2 cache.
// DIRECT: sums are stored as f32 from the matrices. Otherwise they go through workgroup memory, 16 rows of a subgroup at a
// time, and are scaled, squared, added to and rounded on the way; rows and columns beyond the result are left out.
// Needs: strides and offsets multiples of 8, K of BK; DIRECT also M of BM and N of BN.
struct Params {
  M: u32, N: u32, K: u32, aOffset: u32, aStride: u32, bOffset: u32, bStride: u32, rOffset: u32, rStride: u32,
  aBatch: u32, bBatch: u32, batches: u32, split: u32, each: u32, scale: f32,
}
@group(0) @binding(0) var<uniform> P: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<u32>>;
#if DIRECT
@group(0) @binding(3) var<storage, read_write> result: array<f32>;
#else
@group(0) @binding(3) var<storage, read_write> result: array<vec4<TO>>;
#if RESIDUAL
@group(0) @binding(4) var<storage, read> residual: array<vec4<TO>>;
#endif
#endif

alias Left = subgroup_matrix_left<f16, 16, 16>;
alias Right = subgroup_matrix_right<f16, 16, 16>;
alias Sums = subgroup_matrix_result<f32, 16, 16>;

// Columns of a slice as it lies in memory, in vectors of 8, and with padding.
#if transA
const A_COLUMNS: u32 = BM / 8;
#else
const A_COLUMNS: u32 = BK / 8;
#endif
#if transB
const B_COLUMNS: u32 = BK / 8;
#else
const B_COLUMNS: u32 = BN / 8;
#endif
const A_STRIDE: u32 = A_COLUMNS + PAD / 8;
const B_STRIDE: u32 = B_COLUMNS + PAD / 8;
const THREADS: u32 = (BM / WM) * (BN / WN) * 32;

// The slice of a, and after the last one 16 rows of f32 sums of every subgroup, padded by 4.
var<workgroup> as_: array<vec4<u32>, A_SIZE>;
#if transB
var<workgroup> bs: array<vec4<u32>, BN * (BK + PAD) / 8>;
#else
var<workgroup> bs: array<vec4<u32>, BK * (BN + PAD) / 8>;
#endif

/// Places beyond the inputs are read from their last ones, and left out of the result.
fn withinM(at: u32, count: u32) -> u32 {
#if EDGE_M
  return min(at, count - 1u);
#else
  return at;
#endif
}
fn withinN(at: u32, count: u32) -> u32 {
#if EDGE_N
  return min(at, count - 1u);
#else
  return at;
#endif
}

/// Vector `q` of the slice of a at row m0 (of the product) and depth k0, in vectors from the start of the batch.
fn placeA(q: u32, m0: u32, k0: u32) -> u32 {
#if transA
  return (k0 + q / A_COLUMNS) * (P.aStride / 8u) + withinM(m0 / 8u + q % A_COLUMNS, P.M / 8u);
#else
  return withinM(m0 + q / A_COLUMNS, P.M) * (P.aStride / 8u) + k0 / 8u + q % A_COLUMNS;
#endif
}
fn placeB(q: u32, n0: u32, k0: u32) -> u32 {
#if transB
  return withinN(n0 + q / B_COLUMNS, P.N) * (P.bStride / 8u) + k0 / 8u + q % B_COLUMNS;
#else
  return (k0 + q / B_COLUMNS) * (P.bStride / 8u) + withinN(n0 / 8u + q % B_COLUMNS, P.N / 8u);
#endif
}

@compute @workgroup_size((BM / WM) * (BN / WN) * 32)
fn main(
  @builtin(workgroup_id) wg: vec3u, @builtin(num_workgroups) nw: vec3u, @builtin(subgroup_id) sg: u32,
  @builtin(subgroup_invocation_id) lane: u32, @builtin(local_invocation_index) t: u32,
) {
  let across = (P.N + BN - 1u) / BN;
  let down = (P.M + BM - 1u) / BM;
  let id = wg.x + wg.y * nw.x;
  if (id >= across * down) { return; }
  let band = id / (SWZ * across);
  let height = min(SWZ, down - band * SWZ);
  let m0 = (band * SWZ + (id % (SWZ * across)) % height) * BM;
  let n0 = ((id % (SWZ * across)) / height) * BN;
  let batch = wg.z / P.split;
  let part = wg.z % P.split;
  let kFrom = part * P.each;
  let kTo = min(kFrom + P.each, P.K);
  let row0 = (sg / (BN / WN)) * WM;
  let column0 = (sg % (BN / WN)) * WN;

  // What this thread loads. Addresses are written out from k0 each time: with constant shapes the compiler keeps one base
  // and puts the rest into the instructions, where running pointers would cost a register each.
  let aFrom = (P.aOffset + batch * P.aBatch) / 8u;
  let bFrom = (P.bOffset + batch * P.bBatch) / 8u;
#for i BM * BK / 8 / ((BM / WM) * (BN / WN) * 32)
  var va##i = a[aFrom + placeA(t + i * THREADS, m0, kFrom)];
#end
#for i BN * BK / 8 / ((BM / WM) * (BN / WN) * 32)
  var vb##i = b[bFrom + placeB(t + i * THREADS, n0, kFrom)];
#end

  var sums: array<Sums, WM / 16 * WN / 16>;
  for (var k0 = kFrom; k0 < kTo; k0 += BK) {
#for i BM * BK / 8 / ((BM / WM) * (BN / WN) * 32)
    as_[(t + i * THREADS) / A_COLUMNS * A_STRIDE + (t + i * THREADS) % A_COLUMNS] = va##i;
#end
#for i BN * BK / 8 / ((BM / WM) * (BN / WN) * 32)
    bs[(t + i * THREADS) / B_COLUMNS * B_STRIDE + (t + i * THREADS) % B_COLUMNS] = vb##i;
#end
    workgroupBarrier();
    if (k0 + BK < kTo) {
#for i BM * BK / 8 / ((BM / WM) * (BN / WN) * 32)
      va##i = a[aFrom + placeA(t + i * THREADS, m0, k0 + BK)];
#end
#for i BN * BK / 8 / ((BM / WM) * (BN / WN) * 32)
      vb##i = b[bFrom + placeB(t + i * THREADS, n0, k0 + BK)];
#end
    }
#for k BK / 16
    {
#for i WM / 16
#if transA
      let left##i = subgroupMatrixLoad<Left, col_major>(&as_, k * 16u * A_STRIDE + (row0 + i * 16u) / 8u, A_STRIDE);
#else
      let left##i = subgroupMatrixLoad<Left, row_major>(&as_, (row0 + i * 16u) * A_STRIDE + k * 2u, A_STRIDE);
#endif
#end
#for j WN / 16
      {
#if transB
        let right = subgroupMatrixLoad<Right, col_major>(&bs, (column0 + j * 16u) * B_STRIDE + k * 2u, B_STRIDE);
#else
        let right = subgroupMatrixLoad<Right, row_major>(&bs, k * 16u * B_STRIDE + (column0 + j * 16u) / 8u, B_STRIDE);
#endif
#for i WM / 16
        sums[i * (WN / 16) + j] = subgroupMatrixMultiplyAccumulate(left##i, right, sums[i * (WN / 16) + j]);
#end
      }
#end
    }
#end
    workgroupBarrier();
  }

  let outBase = (part * P.batches + batch) * P.M * P.N;
#if DIRECT
#for i WM / 16
#for j WN / 16
  subgroupMatrixStore<row_major>(
    &result, outBase + (m0 + row0 + i * 16u) * P.N + n0 + column0 + j * 16u, sums[i * (WN / 16) + j], P.N);
#end
#end
#else
  let e0 = sg * (16u * (WN + 4u) / 4u);
#for i WM / 16
#for j WN / 16
  subgroupMatrixStore<row_major>(&as_, e0 + j * 4u, sums[i * (WN / 16) + j], (WN + 4u) / 4u);
#end
  workgroupBarrier();
#for r 16 * WN / 4 / 32
  {
    let er##r = (lane + r * 32u) / (WN / 4u);
    let ec##r = (lane + r * 32u) % (WN / 4u);
    let m = m0 + row0 + i * 16u + er##r;
    let n = n0 + column0 + ec##r * 4u;
    if ((EDGE_M == 0 || m < P.M) && (EDGE_N == 0 || n < P.N)) {
      var v = bitcast<vec4<f32>>(as_[e0 + er##r * ((WN + 4u) / 4u) + ec##r]) * P.scale;
#if RELU2
      v = select(max(v, vec4<f32>(0.0)), v, (bitcast<vec4<u32>>(v) & vec4<u32>(0x7fffffffu)) > vec4<u32>(0x7f800000u));
      v = v * v;
#endif
#if RESIDUAL
      v += vec4<f32>(residual[(P.rOffset + (batch * P.M + m) * P.rStride + n) / 4u]);
#endif
      result[(outBase + m * P.N + n) / 4u] = vec4<TO>(v);
    }
  }
#end
  workgroupBarrier();
#end
#endif
}
