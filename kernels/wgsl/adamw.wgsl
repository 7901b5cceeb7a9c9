// AdamW with decoupled decay (Loshchilov and Hutter, 2019), one thread for W parameters. The gate multiplies the gradient;
// a gate of 0 keeps everything as it is, whatever the gradient holds.
struct Params { n: u32, hOffset: u32, pOffset: u32, gOffset: u32, mOffset: u32, vOffset: u32 }
@group(0) @binding(0) var<uniform> P: Params;
#if W == 4
alias TG4 = vec4<TG>;
#else
alias TG4 = TG;
#endif
@group(0) @binding(1) var<storage, read> p: array<V>;
@group(0) @binding(2) var<storage, read> g: array<TG4>;
@group(0) @binding(3) var<storage, read> m: array<V>;
@group(0) @binding(4) var<storage, read> v: array<V>;
@group(0) @binding(5) var<storage, read> hyper: array<f32>;
@group(0) @binding(6) var<storage, read_write> p2: array<V>;
@group(0) @binding(7) var<storage, read_write> m2: array<V>;
@group(0) @binding(8) var<storage, read_write> v2: array<V>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) wg: vec3u, @builtin(num_workgroups) nw: vec3u, @builtin(local_invocation_index) t: u32) {
  let i = (wg.x + wg.y * nw.x) * 256u + t;
  if (i >= P.n) { return; }
  let h = P.hOffset;
  let gate = hyper[h + 7u];
  let oldP = p[P.pOffset / W + i];
  let oldM = m[P.mOffset / W + i];
  let oldV = v[P.vOffset / W + i];
  if (gate == 0.0) {
    p2[i] = oldP;
    m2[i] = oldM;
    v2[i] = oldV;
    return;
  }
  let rate = hyper[h];
  let grad = V(g[P.gOffset / W + i]) * gate;
  let newM = hyper[h + 1u] * oldM + (1.0 - hyper[h + 1u]) * grad;
  let newV = hyper[h + 2u] * oldV + (1.0 - hyper[h + 2u]) * grad * grad;
  let step = (newM / hyper[h + 5u]) / (sqrt(newV / hyper[h + 6u]) + hyper[h + 3u]);
  p2[i] = oldP - rate * (step + hyper[h + 4u] * oldP);
  m2[i] = newM;
  v2[i] = newV;
}
