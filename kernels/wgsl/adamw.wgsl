// AdamW with decoupled decay (Loshchilov and Hutter, 2019), in place, one thread for W parameters. The gate multiplies the gradient;
// a gate of 0 keeps everything as it is, whatever the gradient holds, which then enters no arithmetic: by selection, for a branch
// would keep the loads waiting.
struct Params { n: u32, hOffset: u32, gOffset: u32 }
@group(0) @binding(0) var<uniform> P: Params;
#if W == 4
alias TG4 = vec4<TG>;
#else
alias TG4 = TG;
#endif
@group(0) @binding(1) var<storage, read_write> p: array<V>;
@group(0) @binding(2) var<storage, read_write> m: array<V>;
@group(0) @binding(3) var<storage, read_write> v: array<V>;
@group(0) @binding(4) var<storage, read> g: array<TG4>;
@group(0) @binding(5) var<storage, read> hyper: array<f32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) wg: vec3u, @builtin(num_workgroups) nw: vec3u, @builtin(local_invocation_index) t: u32) {
  let i = (wg.x + wg.y * nw.x) * 256u + t;
  let h = P.hOffset;
  let gate = hyper[h + 7u];
  if (i >= P.n) { return; }
  let rate = hyper[h];
  let keep = VB(gate == 0.0);
  let grad = select(V(g[P.gOffset / W + i]) * gate, V(0.0), keep);
  let oldP = p[i];
  let oldM = m[i];
  let oldV = v[i];
  let newM = hyper[h + 1u] * oldM + (1.0 - hyper[h + 1u]) * grad;
  let newV = hyper[h + 2u] * oldV + (1.0 - hyper[h + 2u]) * grad * grad;
  let step = (newM / hyper[h + 5u]) / (sqrt(newV / hyper[h + 6u]) + hyper[h + 3u]);
  p[i] = select(oldP - rate * (step + hyper[h + 4u] * oldP), oldP, keep);
  m[i] = select(newM, oldM, keep);
  v[i] = select(newV, oldV, keep);
}
