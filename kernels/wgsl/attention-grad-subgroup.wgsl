// Gradients of attention on subgroup matrices. A workgroup of SG subgroups owns SG * 16 queries (QUERY) or keys and walks
// over WALK of the others at a time; what it sums is its own, so that no atomics are needed. With X the rows owned and B1,
// B2 the rows walked over: scores X1 B1^T and X2 B2^T go through workgroup memory, become probabilities (from the
// log-sum-exp that the forward kernel kept) and gradients of scores, and are multiplied by B1 (dq or dk) and B2 (dv).
// STEP: 1 delta = dout · out of each row and head; 2 gradients.
// Needs: f16, heads of HEAD (a multiple of 16), as many key heads as heads, times and keys multiples of SG * 16 and WALK.
struct Params {
  time: u32, keys: u32, heads: u32, group: u32, window: u32, causal: u32, scale: f32,
  qOffset: u32, qStride: u32, kOffset: u32, kStride: u32, vOffset: u32, vStride: u32, oOffset: u32, oStride: u32,
  gOffset: u32, gStride: u32, lOffset: u32,
}
@group(0) @binding(0) var<uniform> P: Params;

#if STEP == 1
@group(0) @binding(1) var<storage, read> out: array<vec4<f16>>;
@group(0) @binding(2) var<storage, read> g: array<vec4<f16>>;
@group(0) @binding(3) var<storage, read_write> delta: array<f32>;

// 8 lanes a head: HEAD / 32 vectors of 4 each.
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) wg: vec3u, @builtin(num_workgroups) nw: vec3u, @builtin(local_invocation_index) t: u32) {
  let item = (wg.x + wg.y * nw.x) * 32u + t / 8u;
  let row = item / P.heads;
  let head = item % P.heads;
  let batch = row / P.time;
  let live = batch < P.keys; // keys holds the number of sequences here.
  var sum = 0.0;
  if (live) {
    for (var c = t % 8u; c < HEAD / 4u; c += 8u) {
      let a = vec4<f32>(out[(P.oOffset + row * P.oStride + head * HEAD) / 4u + c]);
      sum += dot(a, vec4<f32>(g[(P.gOffset + row * P.gStride + head * HEAD) / 4u + c]));
    }
  }
  sum += subgroupShuffleXor(sum, 1u);
  sum += subgroupShuffleXor(sum, 2u);
  sum += subgroupShuffleXor(sum, 4u);
  if (live && t % 8u == 0u) { delta[(batch * P.heads + head) * P.time + row % P.time] = sum; }
}

#else
@group(0) @binding(1) var<storage, read> q: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> k: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> v: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read> g: array<vec4<u32>>;
@group(0) @binding(5) var<storage, read> lse: array<f32>;
@group(0) @binding(6) var<storage, read> delta: array<f32>;
#if QUERY
@group(0) @binding(7) var<storage, read_write> dq: array<vec4<u32>>;
#else
@group(0) @binding(7) var<storage, read_write> dk: array<vec4<u32>>;
@group(0) @binding(8) var<storage, read_write> dv: array<vec4<u32>>;
#endif

alias Left = subgroup_matrix_left<f16, 16, 16>;
alias Right = subgroup_matrix_right<f16, 16, 16>;
alias Sums = subgroup_matrix_result<f32, 16, 16>;

const ROW: u32 = HEAD / 8 + 1;
const WIDE: u32 = WALK / 4 + 1; // Vectors of a row of f32 scores, padded.
const NARROW: u32 = WALK / 8 + 1; // The same of f16.
const OUT: u32 = HEAD / 4 + 1; // A row of f32 sums.

var<workgroup> one: array<vec4<u32>, WALK * (HEAD / 8 + 1)>;
var<workgroup> two: array<vec4<u32>, WALK * (HEAD / 8 + 1)>;
var<workgroup> own: array<vec4<u32>, SG * BUFFER>;
#if !QUERY
var<workgroup> lses: array<f32, WALK>;
var<workgroup> deltas: array<f32, WALK>;
#endif

@compute @workgroup_size(SG * 32)
fn main(
  @builtin(workgroup_id) wg: vec3u, @builtin(num_workgroups) nw: vec3u, @builtin(subgroup_id) sg: u32,
  @builtin(subgroup_invocation_id) lane: u32, @builtin(local_invocation_index) t: u32,
) {
  let head = wg.y;
  let batch = wg.z;
  let half_ = lane % 2u;
  let buffer = sg * BUFFER;
  let place = (batch * P.heads + head) * P.time;
  let factor = P.scale * 1.4426950408889634;
#if QUERY
  let first = (nw.x - 1u - wg.x) * (SG * 16u);
#else
  let first = wg.x * (SG * 16u);
#endif
  let row0 = first + sg * 16u;
  let mine = row0 + lane / 2u;
#if QUERY
  let count = P.keys;
  let begin = select(0u, first + 1u - min(first + 1u, P.window), P.window != 0u) / WALK * WALK;
  let end = select(P.keys, min(P.keys, first + SG * 16u), P.causal != 0u);
  let myLse = lse[P.lOffset + place + mine] * 1.4426950408889634;
  let myDelta = delta[place + mine];
#for d HEAD / 16
  let x1_##d = subgroupMatrixLoad<Left, row_major>(
    &q, (P.qOffset + (batch * P.time + row0) * P.qStride + head * HEAD + d * 16u) / 8u, P.qStride / 8u);
  let x2_##d = subgroupMatrixLoad<Left, row_major>(
    &g, (P.gOffset + (batch * P.time + row0) * P.gStride + head * HEAD + d * 16u) / 8u, P.gStride / 8u);
#end
  let oneAt = (P.kOffset + batch * P.keys * P.kStride + head * HEAD) / 8u;
  let twoAt = (P.vOffset + batch * P.keys * P.vStride + head * HEAD) / 8u;
  let oneStride = P.kStride / 8u;
  let twoStride = P.vStride / 8u;
#else
  let count = P.time;
  let begin = select(0u, first, P.causal != 0u) / WALK * WALK;
  let end = select(P.time, min(P.time, first + SG * 16u - 1u + P.window), P.window != 0u);
#for d HEAD / 16
  let x1_##d = subgroupMatrixLoad<Left, row_major>(
    &k, (P.kOffset + (batch * P.keys + row0) * P.kStride + head * HEAD + d * 16u) / 8u, P.kStride / 8u);
  let x2_##d = subgroupMatrixLoad<Left, row_major>(
    &v, (P.vOffset + (batch * P.keys + row0) * P.vStride + head * HEAD + d * 16u) / 8u, P.vStride / 8u);
#end
  let oneAt = (P.qOffset + batch * P.time * P.qStride + head * HEAD) / 8u;
  let twoAt = (P.gOffset + batch * P.time * P.gStride + head * HEAD) / 8u;
  let oneStride = P.qStride / 8u;
  let twoStride = P.gStride / 8u;
  var acc2: array<Sums, HEAD / 16>;
#endif
  var acc1: array<Sums, HEAD / 16>;

#for i WALK * HEAD / 8 / (SG * 32)
  let lr##i = (t + i * SG * 32u) / (HEAD / 8u);
  let lc##i = (t + i * SG * 32u) % (HEAD / 8u);
#if QUERY
  var n1_##i = k[oneAt + (begin + lr##i) * oneStride + lc##i];
  var n2_##i = v[twoAt + (begin + lr##i) * twoStride + lc##i];
#else
  var n1_##i = q[oneAt + (begin + lr##i) * oneStride + lc##i];
  var n2_##i = g[twoAt + (begin + lr##i) * twoStride + lc##i];
#endif
#end
  for (var j0 = begin; j0 < end; j0 += WALK) {
#for i WALK * HEAD / 8 / (SG * 32)
    one[lr##i * ROW + lc##i] = n1_##i;
    two[lr##i * ROW + lc##i] = n2_##i;
#end
#if !QUERY
    for (var i = t; i < WALK; i += SG * 32u) {
      lses[i] = lse[P.lOffset + place + j0 + i] * 1.4426950408889634;
      deltas[i] = delta[place + j0 + i];
    }
#endif
    workgroupBarrier();
    if (j0 + WALK < end) {
#for i WALK * HEAD / 8 / (SG * 32)
#if QUERY
      n1_##i = k[oneAt + (j0 + WALK + lr##i) * oneStride + lc##i];
      n2_##i = v[twoAt + (j0 + WALK + lr##i) * twoStride + lc##i];
#else
      n1_##i = q[oneAt + (j0 + WALK + lr##i) * oneStride + lc##i];
      n2_##i = g[twoAt + (j0 + WALK + lr##i) * twoStride + lc##i];
#endif
#end
    }
#if QUERY
    let edge = (P.causal != 0u && j0 + WALK - 1u > first) || (P.window != 0u && j0 + P.window < first + SG * 16u);
#else
    let edge = (P.causal != 0u && j0 < first + SG * 16u - 1u) || (P.window != 0u && first + P.window < j0 + WALK);
#endif
#for n WALK / 16
    {
      var s = Sums();
#for d HEAD / 16
      s = subgroupMatrixMultiplyAccumulate(
        x1_##d, subgroupMatrixLoad<Right, col_major>(&one, n * 16u * ROW + d * 2u, ROW), s);
#end
      subgroupMatrixStore<row_major>(&own, buffer + n * 4u, s, WIDE);
    }
#end
    workgroupBarrier();
    var p: array<vec4<f32>, WALK / 8>;
    let at = buffer + (lane / 2u) * WIDE + half_ * (WALK / 8u);
#for c WALK / 8
#if QUERY
    p[c] = exp2(bitcast<vec4<f32>>(own[at + c]) * factor - myLse);
#else
    {
      let l = half_ * (WALK / 2u) + c * 4u;
      p[c] = exp2(bitcast<vec4<f32>>(own[at + c]) * factor - vec4<f32>(lses[l], lses[l + 1u], lses[l + 2u], lses[l + 3u]));
    }
#endif
#end
    if (edge) {
#for c WALK / 8
      {
        let other = vec4<u32>(j0 + half_ * (WALK / 2u) + c * 4u) + vec4<u32>(0u, 1u, 2u, 3u);
#if QUERY
        let key = other;
        let query = vec4<u32>(mine);
#else
        let key = vec4<u32>(mine);
        let query = other;
#endif
        let hidden = (vec4<bool>(P.causal != 0u) & (key > query)) | (vec4<bool>(P.window != 0u) & (key + P.window <= query));
        p[c] = select(p[c], vec4<f32>(0.0), hidden);
      }
#end
    }
    workgroupBarrier();
#for n WALK / 16
    {
      var s = Sums();
#for d HEAD / 16
      s = subgroupMatrixMultiplyAccumulate(
        x2_##d, subgroupMatrixLoad<Right, col_major>(&two, n * 16u * ROW + d * 2u, ROW), s);
#end
      subgroupMatrixStore<row_major>(&own, buffer + n * 4u, s, WIDE);
    }
#end
    workgroupBarrier();
    var ds: array<vec4<f32>, WALK / 8>;
#for c WALK / 8
#if QUERY
    ds[c] = p[c] * (bitcast<vec4<f32>>(own[at + c]) - myDelta);
#else
    {
      let l = half_ * (WALK / 2u) + c * 4u;
      ds[c] = p[c] * (bitcast<vec4<f32>>(own[at + c]) - vec4<f32>(deltas[l], deltas[l + 1u], deltas[l + 2u], deltas[l + 3u]));
    }
#endif
#end
    workgroupBarrier();
    let put = buffer + (lane / 2u) * NARROW + half_ * (WALK / 16u);
#for c WALK / 16
    own[put + c] = vec4<u32>(bitcast<vec2<u32>>(vec4<f16>(ds[c * 2])), bitcast<vec2<u32>>(vec4<f16>(ds[c * 2 + 1])));
#if !QUERY
    own[put + 16u * NARROW + c] =
      vec4<u32>(bitcast<vec2<u32>>(vec4<f16>(p[c * 2])), bitcast<vec2<u32>>(vec4<f16>(p[c * 2 + 1])));
#endif
#end
    workgroupBarrier();
#for n WALK / 16
    {
      let left = subgroupMatrixLoad<Left, row_major>(&own, buffer + n * 2u, NARROW);
#for d HEAD / 16
      acc1[d] = subgroupMatrixMultiplyAccumulate(
        left, subgroupMatrixLoad<Right, row_major>(&one, n * 16u * ROW + d * 2u, ROW), acc1[d]);
#end
#if !QUERY
      let prob = subgroupMatrixLoad<Left, row_major>(&own, buffer + 16u * NARROW + n * 2u, NARROW);
#for d HEAD / 16
      acc2[d] = subgroupMatrixMultiplyAccumulate(
        prob, subgroupMatrixLoad<Right, row_major>(&two, n * 16u * ROW + d * 2u, ROW), acc2[d]);
#end
#endif
    }
#end
    workgroupBarrier();
  }

#if QUERY
  let outRow = (batch * P.time + mine) * P.heads + head;
#else
  let outRow = (batch * P.keys + mine) * P.heads + head;
#endif
#for d HEAD / 16
  subgroupMatrixStore<row_major>(&own, buffer + d * 4u, acc1[d], OUT);
#end
  workgroupBarrier();
  for (var c = 0u; c < HEAD / 16u; c += 1u) {
    let from_ = buffer + (lane / 2u) * OUT + half_ * (HEAD / 8u) + c * 2u;
    let low = bitcast<vec2<u32>>(vec4<f16>(bitcast<vec4<f32>>(own[from_]) * P.scale));
    let high = bitcast<vec2<u32>>(vec4<f16>(bitcast<vec4<f32>>(own[from_ + 1u]) * P.scale));
#if QUERY
    dq[outRow * (HEAD / 8u) + half_ * (HEAD / 16u) + c] = vec4<u32>(low, high);
#else
    dk[outRow * (HEAD / 8u) + half_ * (HEAD / 16u) + c] = vec4<u32>(low, high);
#endif
  }
#if !QUERY
  workgroupBarrier();
#for d HEAD / 16
  subgroupMatrixStore<row_major>(&own, buffer + d * 4u, acc2[d], OUT);
#end
  workgroupBarrier();
  for (var c = 0u; c < HEAD / 16u; c += 1u) {
    let from_ = buffer + (lane / 2u) * OUT + half_ * (HEAD / 8u) + c * 2u;
    let low = bitcast<vec2<u32>>(vec4<f16>(bitcast<vec4<f32>>(own[from_])));
    let high = bitcast<vec2<u32>>(vec4<f16>(bitcast<vec4<f32>>(own[from_ + 1u])));
    dv[outRow * (HEAD / 8u) + half_ * (HEAD / 16u) + c] = vec4<u32>(low, high);
  }
#endif
}
#endif
