// Adds up the parts of a matmul that was split along K, in order, and finishes it: scale, relu2, residual, type.
struct Params { n: u32, parts: u32, columns: u32, rOffset: u32, rStride: u32, scale: f32 }
@group(0) @binding(0) var<uniform> P: Params;
#if W == 4
@group(0) @binding(1) var<storage, read> parts: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> result: array<vec4<TO>>;
#if RESIDUAL
@group(0) @binding(3) var<storage, read> residual: array<vec4<TO>>;
#endif
#else
@group(0) @binding(1) var<storage, read> parts: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<TO>;
#if RESIDUAL
@group(0) @binding(3) var<storage, read> residual: array<TO>;
#endif
#endif

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) wg: vec3u, @builtin(num_workgroups) nw: vec3u, @builtin(local_invocation_index) t: u32) {
  let i = (wg.x + wg.y * nw.x) * 256u + t;
  if (i >= P.n) { return; }
  var v = V(0.0);
  for (var part = 0u; part < P.parts; part += 1u) { v += parts[part * P.n + i]; }
  v *= P.scale;
#if RELU2
  v = m_relu2(v);
#endif
#if RESIDUAL
  let e = i * W;
  v += V(residual[(P.rOffset + (e / P.columns) * P.rStride + e % P.columns) / W]);
#endif
#if W == 4
  result[i] = vec4<TO>(v);
#else
  result[i] = TO(v);
#endif
}
