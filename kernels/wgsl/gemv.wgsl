// Few rows times the rows of b (ROWS x K by N x K): 32 threads an output column, each reads vectors of 4 along K of b once
// for all rows of a. Bound by the read of b.
struct Params { N: u32, K: u32, aOffset: u32, aStride: u32, bOffset: u32, bStride: u32, scale: f32 }
@group(0) @binding(0) var<uniform> P: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4<TA>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<TB>>;
@group(0) @binding(3) var<storage, read_write> result: array<TO>;
var<workgroup> meet: array<f32, ROWS * 256>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) wg: vec3u, @builtin(num_workgroups) nw: vec3u, @builtin(local_invocation_index) t: u32) {
  let given = (wg.x + wg.y * nw.x) * 8u + t / 32u;
  let n = min(given, P.N - 1u);
  let lane = t % 32u;
  var sums: array<f32, ROWS>;
  for (var k = lane; k < P.K / 4u; k += 32u) {
    let own = vec4<f32>(b[(P.bOffset + n * P.bStride) / 4u + k]);
#for r ROWS
    sums[r] += dot(own, vec4<f32>(a[(P.aOffset + r * P.aStride) / 4u + k]));
#end
  }
#for r ROWS
  meet[r * 256u + t] = sums[r];
#end
  workgroupBarrier();
  // Lane r finishes row r.
  if (lane < ROWS && given < P.N) {
    var v = 0.0;
    for (var i = 0u; i < 32u; i += 1u) { v += meet[lane * 256u + t - lane + i]; }
    v *= P.scale;
#if RELU2
    v = select(max(v, 0.0), v, (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u);
    v = v * v;
#endif
    result[lane * P.N + given] = TO(v);
  }
}
