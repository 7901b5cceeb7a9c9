// Rows of floats times int8 weights, which are made floats in registers: 32 lanes an output, 8 outputs a workgroup, ROWS rows of x for
// one read of their weights, sums in f32. Bound by the read of the weights. WIDE: a lane takes 16 weights at once, else one.
struct Params { rows: u32, K: u32, M: u32, xOffset: u32, xStride: u32, wOffset: u32, sOffset: u32 }
@group(0) @binding(0) var<uniform> P: Params;
#if WIDE
@group(0) @binding(1) var<storage, read> x: array<vec4<TX>>;
@group(0) @binding(2) var<storage, read> w: array<vec4<u32>>;
#else
@group(0) @binding(1) var<storage, read> x: array<TX>;
@group(0) @binding(2) var<storage, read> w: array<u32>;
#endif
@group(0) @binding(3) var<storage, read> wScales: array<f32>;
@group(0) @binding(4) var<storage, read_write> result: array<f32>;
var<workgroup> meet: array<f32, ROWS * 256>;

/// The four signed bytes of a word.
fn bytes(word: u32) -> vec4<f32> {
  return vec4<f32>((bitcast<vec4<i32>>(vec4<u32>(word) << vec4<u32>(24u, 16u, 8u, 0u))) >> vec4<u32>(24u));
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) wg: vec3u, @builtin(num_workgroups) nw: vec3u, @builtin(local_invocation_index) t: u32) {
  let given = (wg.x + wg.y * nw.x) * 8u + t / 32u;
  let m = min(given, P.M - 1u);
  let lane = t % 32u;
  let first = wg.z * ROWS;
  var sums: array<f32, ROWS>;
#for r ROWS
  let at##r = P.xOffset + min(first + r, P.rows - 1u) * P.xStride;
#end
#if WIDE
  for (var k = lane; k < P.K / 16u; k += 32u) {
    let own = w[(P.wOffset + m * P.K) / 16u + k];
    let a = bytes(own.x);
    let b = bytes(own.y);
    let c = bytes(own.z);
    let d = bytes(own.w);
#for r ROWS
    {
      let at = at##r / 4u + k * 4u;
      sums[r] += (dot(a, vec4<f32>(x[at])) + dot(b, vec4<f32>(x[at + 1u]))) +
        (dot(c, vec4<f32>(x[at + 2u])) + dot(d, vec4<f32>(x[at + 3u])));
    }
#end
  }
#else
  for (var k = lane; k < P.K; k += 32u) {
    let at = P.wOffset + m * P.K + k;
    let own = f32(bitcast<i32>(w[at / 4u] << (24u - at % 4u * 8u)) >> 24u);
#for r ROWS
    sums[r] += own * f32(x[at##r + k]);
#end
  }
#endif
#for r ROWS
  meet[r * 256u + t] = sums[r];
#end
  workgroupBarrier();
  // Lane r finishes row r.
  if (lane < ROWS && given < P.M && first + lane < P.rows) {
    var v = 0.0;
    for (var i = 0u; i < 32u; i += 1u) { v += meet[lane * 256u + t - lane + i]; }
    result[(first + lane) * P.M + given] = v * wScales[P.sOffset + given];
  }
}
