// Gradients of w[0]·x + w[1]·y in one pass: dx = w[0]·g, dy = w[1]·g, and each workgroup's share of the sums of g·x and
// g·y, which a reduction adds up. A thread takes EACH vectors of W, 256 apart.
struct Params { n: u32, xOffset: u32, yOffset: u32, gOffset: u32, wOffset: u32 }
@group(0) @binding(0) var<uniform> P: Params;
#if W == 4
alias TV = vec4<TX>;
#else
alias TV = TX;
#endif
@group(0) @binding(1) var<storage, read> x: array<TV>;
@group(0) @binding(2) var<storage, read> y: array<TV>;
@group(0) @binding(3) var<storage, read> w: array<f32>;
@group(0) @binding(4) var<storage, read> g: array<TV>;
@group(0) @binding(5) var<storage, read_write> dx: array<TV>;
@group(0) @binding(6) var<storage, read_write> dy: array<TV>;
@group(0) @binding(7) var<storage, read_write> sums: array<vec2<f32>>;
var<workgroup> meet: array<vec2<f32>, 256>;

fn inner(a: V, b: V) -> f32 {
#if W == 4
  return dot(a, b);
#else
  return a * b;
#endif
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) wg: vec3u, @builtin(num_workgroups) nw: vec3u, @builtin(local_invocation_index) t: u32) {
  let group = wg.x + wg.y * nw.x;
  let w0 = w[P.wOffset];
  let w1 = w[P.wOffset + 1u];
  var sum = vec2<f32>(0.0);
  for (var k = 0u; k < EACH; k += 1u) {
    let i = (group * EACH + k) * 256u + t;
    if (i < P.n) {
      let grad = V(g[P.gOffset / W + i]);
      dx[i] = TV(w0 * grad);
      dy[i] = TV(w1 * grad);
      sum += vec2<f32>(inner(grad, V(x[P.xOffset / W + i])), inner(grad, V(y[P.yOffset / W + i])));
    }
  }
  meet[t] = sum;
  workgroupBarrier();
  for (var half = 128u; half > 0u; half /= 2u) {
    if (t < half) { meet[t] += meet[t + half]; }
    workgroupBarrier();
  }
  if (t == 0u && group * EACH * 256u < P.n) { sums[group] = meet[0]; }
}
