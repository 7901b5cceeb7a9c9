// Rotary position embedding of heads, alone or after the rms norm of each head, and its gradient. LANES threads share a
// head; a thread turns pairs (i, i + half) of W neighbours. MODE: 0 rope, 1 normRope, 2 normRopeGrad. SHARED: a workgroup
// has whole rows, ROWS of them, whose heads share the sines and cosines of their position: that many groups of W.
// Angles are kept in turns as u32 fractions: position * frequency wraps at a whole turn by itself, so that far positions
// lose nothing. The frequencies come from the host, rounded to 2^-32 turns.
struct Params {
  heads: u32, count: u32, half: u32, time: u32, xOffset: u32, xStride: u32, gOffset: u32, gStride: u32, at: u32,
  direction: f32, eps: f32,
}
@group(0) @binding(0) var<uniform> P: Params;
#if W == 4
alias TXV = vec4<TX>;
alias TGV = vec4<TG>;
alias TOV = vec4<TO>;
#else
alias TXV = TX;
alias TGV = TG;
alias TOV = TO;
#endif
@group(0) @binding(1) var<storage, read> x: array<TXV>;
@group(0) @binding(2) var<storage, read> turns: array<VU>;
@group(0) @binding(3) var<storage, read_write> result: array<TOV>;
#if MODE == 2
@group(0) @binding(4) var<storage, read> g: array<TGV>;
#endif
#if POSITIONS
@group(0) @binding(POSITIONS) var<storage, read> positions: array<i32>;
#endif

#if MODE != 0
#if !SHUFFLE
var<workgroup> meet: array<f32, 256>;
#endif
fn headSum(v: f32, t: u32) -> f32 {
#if SHUFFLE
  var sum = v;
  for (var step = LANESu / 2u; step > 0u; step /= 2u) { sum += subgroupShuffleXor(sum, step); }
  return sum;
#else
  meet[t] = v;
  workgroupBarrier();
  for (var half = LANESu / 2u; half > 0u; half /= 2u) {
    if (t % LANESu < half) { meet[t] += meet[t + half]; }
    workgroupBarrier();
  }
  let total = meet[t - t % LANESu];
  workgroupBarrier();
  return total;
#endif
}
#endif

#if SHARED
var<workgroup> cosines: array<V, SHAREDu>;
var<workgroup> sines: array<V, SHAREDu>;
#endif

fn positionOf(row: u32) -> u32 {
#if POSITIONS
  return bitcast<u32>(positions[P.at + row]);
#else
  return row % P.time;
#endif
}

struct Turn { c: V, s: V }
fn turnOf(i: u32, position: u32) -> Turn {
  let turn = sinCos(V(VI(turns[i] * position)) * 1.4629180792671596e-9);
  return Turn(turn.cos, turn.sin);
}

fn sumOf(v: V) -> f32 {
#if W == 4
  return (v.x + v.y) + (v.z + v.w);
#else
  return v;
#endif
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) wg: vec3u, @builtin(num_workgroups) nw: vec3u, @builtin(local_invocation_index) t: u32) {
  let given = (wg.x + wg.y * nw.x) * (256u / LANESu) + t / LANESu;
  let live = given < P.count;
  let item = min(given, P.count - 1u);
  let row = item / P.heads;
  let head = item % P.heads;
  let lane = t % LANESu;
  let halves = P.half / W;
  let xAt = (P.xOffset + row * P.xStride + head * P.half * 2u) / W;
#if SHARED
  let firstRow = (wg.x + wg.y * nw.x) * ROWSu;
  for (var e = t; e < SHAREDu; e += 256u) {
    let turn = turnOf(e % halves, positionOf(min(firstRow + e / halves, P.count / P.heads - 1u)));
    cosines[e] = turn.c;
    sines[e] = turn.s;
  }
  workgroupBarrier();
  let place = t / LANESu / P.heads * halves;
#else
  let position = positionOf(row);
#endif
#if MODE != 0
  var squares = 0.0;
  var products = 0.0;
#if MODE == 2
  let gAt = (P.gOffset + row * P.gStride + head * P.half * 2u) / W;
#endif
  for (var i = lane; i < halves; i += LANESu) {
    let a = V(x[xAt + i]);
    let b = V(x[xAt + halves + i]);
    squares += sumOf(a * a + b * b);
#if MODE == 2
    // The gradient is turned back first; what is kept of it here is its product with x.
#if SHARED
    let c = cosines[place + i];
    let s = sines[place + i];
#else
    let turn = turnOf(i, position);
    let c = turn.c;
    let s = turn.s;
#endif
    let ga = V(g[gAt + i]);
    let gb = V(g[gAt + halves + i]);
    products += sumOf(a * (ga * c + gb * s) + b * (gb * c - ga * s));
#endif
  }
  let scale = inverseSqrt(headSum(squares, t) / f32(P.half * 2u) + P.eps);
#if MODE == 2
  let pull = headSum(products, t) * scale * scale / f32(P.half * 2u);
#endif
#else
  let scale = 1.0;
#endif
  if (!live) { return; }
  let outAt = (row * P.heads + head) * P.half * 2u / W;
  for (var i = lane; i < halves; i += LANESu) {
#if SHARED
    let c = cosines[place + i];
    let s = P.direction * sines[place + i];
#else
    let turn = turnOf(i, position);
    let c = turn.c;
    let s = P.direction * turn.s;
#endif
    let a = V(x[xAt + i]);
    let b = V(x[xAt + halves + i]);
#if MODE == 2
    let ga = V(g[gAt + i]);
    let gb = V(g[gAt + halves + i]);
    result[outAt + i] = TOV(scale * (ga * c + gb * s - a * pull));
    result[outAt + halves + i] = TOV(scale * (gb * c - ga * s - b * pull));
#else
    result[outAt + i] = TOV(scale * (a * c - b * s));
    result[outAt + halves + i] = TOV(scale * (b * c + a * s));
#endif
  }
}
