// Uniform and normal numbers by Philox4x32-10 (Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3, 2011): the block
// with counter (i, stream, 0, 0) gives elements 4i..4i+3, so that every backend makes the same stream.
struct Params { n: u32, stream: u32, kOffset: u32 }
@group(0) @binding(0) var<uniform> P: Params;
@group(0) @binding(1) var<storage, read> key: array<u32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;

/// High and low word of a product.
fn wide(a: u32, b: u32) -> vec2<u32> {
  let a0 = a & 0xffffu;
  let a1 = a >> 16u;
  let b0 = b & 0xffffu;
  let b1 = b >> 16u;
  let low = a0 * b0;
  let mid = a1 * b0 + (low >> 16u);
  let cross = a0 * b1 + (mid & 0xffffu);
  return vec2<u32>(a1 * b1 + (mid >> 16u) + (cross >> 16u), a * b);
}

fn philox(counter: vec4<u32>, seed: vec2<u32>) -> vec4<u32> {
  var c = counter;
  var k = seed;
  for (var round_ = 0u; round_ < 10u; round_ += 1u) {
    let p = wide(0xd2511f53u, c.x);
    let q = wide(0xcd9e8d57u, c.z);
    c = vec4<u32>(q.x ^ c.y ^ k.x, q.y, p.x ^ c.w ^ k.y, p.y);
    k += vec2<u32>(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) wg: vec3u, @builtin(num_workgroups) nw: vec3u, @builtin(local_invocation_index) t: u32) {
  let i = (wg.x + wg.y * nw.x) * 256u + t;
  if (i * 4u >= P.n) { return; }
  let w = philox(vec4<u32>(i, P.stream, 0u, 0u), vec2<u32>(key[P.kOffset], key[P.kOffset + 1u])) >> vec4<u32>(8u);
#if NORMAL
  let r = sqrt(-2.0 * vec2<f32>(m_log((f32(w.x) + 1.0) / 16777216.0), m_log((f32(w.z) + 1.0) / 16777216.0)));
  let turn = vec2<f32>(w.yw) / 16777216.0;
  let angle = 6.283185307179586 * (turn - round(turn));
  let v = vec4<f32>(r.x * m_cos(angle.x), r.x * m_sin(angle.x), r.y * m_cos(angle.y), r.y * m_sin(angle.y));
#else
  let v = vec4<f32>(w) / 16777216.0;
#endif
  for (var j = 0u; j < 4u; j += 1u) { if (i * 4u + j < P.n) { result[i * 4u + j] = v[j]; } }
}
