// Ops over the last axis, LANES threads a row and 256 / LANES rows a workgroup: each row is read from memory once and from
// the cache again. Statistics are f32. MODE: 1 softmax, 2 logSoftmax, 3 rmsNorm, 4 rmsNormGrad, 5 crossEntropy,
// 6 crossEntropyGrad, 7 argmax, 8 mix, 9 mixGrad. SHUFFLE: subgroups are 32 wide and LANES is 32, so that no barrier is
// needed; otherwise rows meet in workgroup memory.
struct Params {
  rows: u32, columns: u32, xOffset: u32, xStride: u32, gOffset: u32, gStride: u32, aux: u32, aux2: u32, aux3: u32, eps: f32, cap: f32,
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
#if MODE == 4
@group(0) @binding(2) var<storage, read> g: array<TGV>;
@group(0) @binding(3) var<storage, read_write> result: array<TOV>;
#elif MODE == 5
@group(0) @binding(2) var<storage, read> targets: array<i32>;
@group(0) @binding(3) var<storage, read_write> loss: array<f32>;
@group(0) @binding(4) var<storage, read_write> lse: array<f32>;
#elif MODE == 6
@group(0) @binding(2) var<storage, read> targets: array<i32>;
@group(0) @binding(3) var<storage, read> lse: array<f32>;
@group(0) @binding(4) var<storage, read> g: array<f32>;
@group(0) @binding(5) var<storage, read_write> result: array<TOV>;
#elif MODE == 7
@group(0) @binding(2) var<storage, read_write> result: array<i32>;
#else
@group(0) @binding(2) var<storage, read_write> result: array<TOV>;
#endif

#if !SHUFFLE
var<workgroup> meet: array<f32, 256>;
#endif
#if MODE == 7
var<workgroup> meetAt: array<u32, 256>;
#endif

fn sumOf(v: V) -> f32 {
#if W == 4
  return (v.x + v.y) + (v.z + v.w);
#else
  return v;
#endif
}

fn isNan1(v: f32) -> bool { return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u; }
fn larger(a: f32, b: f32) -> f32 { return select(select(select(a, b, b > a), b, isNan1(b)), a, isNan1(a)); }
fn maxOf(v: V) -> f32 {
#if W == 4
  return larger(larger(v.x, v.y), larger(v.z, v.w));
#else
  return v;
#endif
}

#if SHUFFLE
fn rowSum(v: f32, t: u32) -> f32 { return subgroupAdd(v); }
fn rowMax(v: f32, t: u32) -> f32 {
  let nan = subgroupAny(isNan1(v));
  return select(subgroupMax(v), v * 0.0 + subgroupAdd(v), nan);
}
#else
fn rowSum(v: f32, t: u32) -> f32 {
  meet[t] = v;
  workgroupBarrier();
  for (var half = LANESu / 2u; half > 0u; half /= 2u) {
    if (t % LANESu < half) { meet[t] += meet[t + half]; }
    workgroupBarrier();
  }
  let total = meet[t - t % LANESu];
  workgroupBarrier();
  return total;
}
fn rowMax(v: f32, t: u32) -> f32 {
  meet[t] = v;
  workgroupBarrier();
  for (var half = LANESu / 2u; half > 0u; half /= 2u) {
    if (t % LANESu < half) { meet[t] = larger(meet[t], meet[t + half]); }
    workgroupBarrier();
  }
  let most = meet[t - t % LANESu];
  workgroupBarrier();
  return most;
}
#endif

#if MODE == 5 || MODE == 6
fn capped(v: V) -> V {
#if CAP
  // The clamp changes nothing, but keeps the product from being fused into a later difference.
  let z = P.cap * m_tanh(v / P.cap);
  return select(clamp(z, V(-P.cap), V(P.cap)), z, isNan(z));
#else
  return v;
#endif
}
#endif

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) wg: vec3u, @builtin(num_workgroups) nw: vec3u, @builtin(local_invocation_index) t: u32) {
  let given = (wg.x + wg.y * nw.x) * (256u / LANESu) + t / LANESu;
  let row = min(given, P.rows - 1u);
  let live = given < P.rows;
  let lane = t % LANESu;
  let count = P.columns / W;
  let xAt = (P.xOffset + row * P.xStride) / W;
#if MODE == 3 || MODE == 4
  var squares = 0.0;
  var products = 0.0;
  for (var c = lane; c < count; c += LANESu) {
    let v = V(x[xAt + c]);
    squares += sumOf(v * v);
#if MODE == 4
    products += sumOf(v * V(g[(P.gOffset + row * P.gStride) / W + c]));
#endif
  }
  let scale = inverseSqrt(rowSum(squares, t) / f32(P.columns) + P.eps);
#if MODE == 4
  let pull = rowSum(products, t) * scale * scale / f32(P.columns);
#endif
  if (!live) { return; }
  for (var c = lane; c < count; c += LANESu) {
    let v = V(x[xAt + c]);
#if MODE == 3
    result[row * count + c] = TOV(v * scale);
#else
    let wide = V(g[(P.gOffset + row * P.gStride) / W + c]);
    // Of one column nothing is left but what eps adds.
    result[row * count + c] = TOV(scale * select(wide - v * pull, wide * P.eps * scale * scale, P.columns == 1u));
#endif
  }
#elif MODE == 1 || MODE == 2
  var most = bitcast<f32>(0xff800000u | (P.rows & 0u));
  for (var c = lane; c < count; c += LANESu) { most = larger(most, maxOf(V(x[xAt + c]))); }
  most = rowMax(most, t);
  var sum = 0.0;
  for (var c = lane; c < count; c += LANESu) { sum += sumOf(m_exp(V(x[xAt + c]) - most)); }
  sum = rowSum(sum, t);
  if (!live) { return; }
#if MODE == 1
  let factor = 1.0 / sum;
#else
  let shift = most + logOf(sum);
#endif
  for (var c = lane; c < count; c += LANESu) {
#if MODE == 1
    result[row * count + c] = TOV(m_exp(V(x[xAt + c]) - most) * factor);
#else
    result[row * count + c] = TOV(V(x[xAt + c]) - shift);
#endif
  }
#elif MODE == 5
  let wanted = targets[row + P.aux];
  var most = bitcast<f32>(0xff800000u | (P.rows & 0u));
  for (var c = lane; c < count; c += LANESu) { most = larger(most, maxOf(capped(V(x[xAt + c])))); }
  most = rowMax(most, t);
  var sum = 0.0;
  var hit = 0.0;
  for (var c = lane; c < count; c += LANESu) {
    let z = capped(V(x[xAt + c]));
    sum += sumOf(m_exp(z - most));
    let at = i32(c * W);
#if W == 4
    if (wanted >= at && wanted < at + 4) { hit += z[wanted - at]; }
#else
    if (wanted == at) { hit += z; }
#endif
  }
  sum = rowSum(sum, t);
  hit = rowSum(hit, t);
  if (!live || lane != 0u) { return; }
  let total = most + logOf(sum);
  lse[row] = total;
  loss[row] = select(total - hit, 0.0, wanted < 0);
#elif MODE == 6
  if (!live) { return; }
  let wanted = targets[row + P.aux];
  let factor = select(g[row + P.aux3], 0.0, wanted < 0);
  let total = lse[row + P.aux2];
  for (var c = lane; c < count; c += LANESu) {
    let z = capped(V(x[xAt + c]));
    var d = m_exp(z - total);
    let at = i32(c * W);
#if W == 4
    if (wanted >= at && wanted < at + 4) { d[wanted - at] -= 1.0; }
#else
    if (wanted == at) { d -= 1.0; }
#endif
#if CAP
    d *= 1.0 - (z / P.cap) * (z / P.cap);
#endif
    result[row * count + c] = select(TOV(d * factor), TOV(V(0.0)), VB(wanted < 0));
  }
#elif MODE == 7
  var best = bitcast<f32>(0xff800000u | (P.rows & 0u));
  var where_ = 0xffffffffu;
  for (var c = lane; c < count; c += LANESu) {
    let v = x[xAt + c];
    let one = f32(v);
    if (where_ == 0xffffffffu || (!isNan1(best) && (isNan1(one) || one > best))) { best = one; where_ = c; }
  }
  meet[t] = best;
  meetAt[t] = where_;
  workgroupBarrier();
  for (var half = LANESu / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      let other = meet[t + half];
      let otherAt = meetAt[t + half];
      let mine = meet[t];
      let mineAt = meetAt[t];
      let tie = (isNan1(other) && isNan1(mine)) || other == mine;
      let better = (isNan1(other) && !isNan1(mine)) || (!isNan1(mine) && other > mine);
      if (otherAt != 0xffffffffu && (mineAt == 0xffffffffu || better || (tie && otherAt < mineAt))) {
        meet[t] = other;
        meetAt[t] = otherAt;
      }
    }
    workgroupBarrier();
  }
  if (live && lane == 0u) { result[row] = i32(meetAt[t]); }
#endif
}
