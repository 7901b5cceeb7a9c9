// Attention on subgroup matrices (after Dao, FlashAttention-2, 2023): SG subgroups own UNITS * 16 queries each and walk over
// 64 keys at a time in workgroup memory. WGSL shows no element of a matrix, so scores go through workgroup memory: two
// lanes share a row of 16, make probabilities relative to a reference, and put them back as f16. The sums of outputs cannot
// be scaled by row in registers either: a row keeps its first maximum as reference while later scores stay within
// 2^SLACK of it, and only beyond that are the sums taken through workgroup memory and scaled (the rare path).
// Needs: f16, heads of HEAD (a multiple of 16), times a multiple of SG * UNITS * 16, keys of 64.
// Memory: 2 * 64 * (HEAD + 8) * 2 + SG * 16 * (max(64, HEAD) + 4) * 4 bytes.
struct Params {
  time: u32, keys: u32, heads: u32, group: u32, window: u32, causal: u32, scale: f32,
  qOffset: u32, qStride: u32, kOffset: u32, kStride: u32, vOffset: u32, vStride: u32,
}
@group(0) @binding(0) var<uniform> P: Params;
@group(0) @binding(1) var<storage, read> q: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> k: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> v: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read_write> result: array<vec4<u32>>;
@group(0) @binding(5) var<storage, read_write> lse: array<f32>;

alias Left = subgroup_matrix_left<f16, 16, 16>;
alias Right = subgroup_matrix_right<f16, 16, 16>;
alias Sums = subgroup_matrix_result<f32, 16, 16>;

const SLACK: f32 = 10.0;
const ROW: u32 = HEAD / 8 + 1; // Vectors of a row of keys or values, padded.
const BUFFER: u32 = 16 * (WIDEST + 4) / 4; // Vectors of a subgroup's own memory.

var<workgroup> ks: array<vec4<u32>, 64 * (HEAD / 8 + 1)>;
var<workgroup> vs: array<vec4<u32>, 64 * (HEAD / 8 + 1)>;
var<workgroup> own: array<vec4<u32>, SG * 16 * (WIDEST + 4) / 4>;
var<workgroup> grown: u32;

@compute @workgroup_size(SG * 32)
fn main(
  @builtin(workgroup_id) wg: vec3u, @builtin(num_workgroups) nw: vec3u, @builtin(subgroup_id) sg: u32,
  @builtin(subgroup_invocation_id) lane: u32, @builtin(local_invocation_index) t: u32,
) {
  let head = wg.y;
  let batch = wg.z;
  let kvHead = head / P.group;
  // The longest walks first.
  let first = (nw.x - 1u - wg.x) * (SG * UNITS * 16u);
  let row0 = first + sg * (UNITS * 16u);
  let buffer = sg * BUFFER;
  let half_ = lane % 2u;
  let factor = P.scale * 1.4426950408889634;

#for u UNITS
#for d HEAD / 16
  let q##u##_##d = subgroupMatrixLoad<Left, row_major>(
    &q, (P.qOffset + (batch * P.time + row0 + u * 16u) * P.qStride + head * HEAD + d * 16u) / 8u, P.qStride / 8u);
#end
  var most##u = -1.0e30;
  var sum##u = 0.0;
#end
  var acc: array<Sums, UNITS * HEAD / 16>;

  let end = select(P.keys, min(P.keys, first + SG * UNITS * 16u), P.causal != 0u);
  let begin = select(0u, first + 1u - min(first + 1u, P.window), P.window != 0u) / 64u * 64u;
  var turn = 0u;
  let kAt = (P.kOffset + batch * P.keys * P.kStride + kvHead * HEAD) / 8u;
  let vAt = (P.vOffset + batch * P.keys * P.vStride + kvHead * HEAD) / 8u;
#for i 64 * HEAD / 8 / (SG * 32)
  let lr##i = (t + i * SG * 32u) / (HEAD / 8u);
  let lc##i = (t + i * SG * 32u) % (HEAD / 8u);
  var nk##i = k[kAt + (begin + lr##i) * (P.kStride / 8u) + lc##i];
  var nv##i = v[vAt + (begin + lr##i) * (P.vStride / 8u) + lc##i];
#end
  for (var j0 = begin; j0 < end; j0 += 64u) {
#for i 64 * HEAD / 8 / (SG * 32)
    ks[lr##i * ROW + lc##i] = nk##i;
    vs[lr##i * ROW + lc##i] = nv##i;
#end
    workgroupBarrier();
    if (j0 + 64u < end) {
#for i 64 * HEAD / 8 / (SG * 32)
      nk##i = k[kAt + (j0 + 64u + lr##i) * (P.kStride / 8u) + lc##i];
      nv##i = v[vAt + (j0 + 64u + lr##i) * (P.vStride / 8u) + lc##i];
#end
    }
    // Whether any row of this workgroup sees only a part of the block.
    let edge = (P.causal != 0u && j0 + 63u > first) || (P.window != 0u && j0 + P.window < first + SG * UNITS * 16u);
#for u UNITS
    {
#for n 4
      {
        var s = Sums();
#for d HEAD / 16
        s = subgroupMatrixMultiplyAccumulate(
          q##u##_##d, subgroupMatrixLoad<Right, col_major>(&ks, n * 16u * ROW + d * 2u, ROW), s);
#end
        subgroupMatrixStore<row_major>(&own, buffer + n * 4u, s, 17u);
      }
#end
      workgroupBarrier();
      // Row lane / 2 of the unit, columns 32 * (lane % 2) on.
      let query = row0 + u * 16u + lane / 2u;
      var p: array<vec4<f32>, 8>;
      var top = -1.0e30;
      let at = buffer + (lane / 2u) * 17u + half_ * 8u;
#for c 8
      p[c] = bitcast<vec4<f32>>(own[at + c]) * factor;
#end
      if (edge) {
#for c 8
        {
          let key = vec4<u32>(j0 + half_ * 32u + c * 4u) + vec4<u32>(0u, 1u, 2u, 3u);
          let hidden = (vec4<bool>(P.causal != 0u) & (key > vec4<u32>(query))) |
            (vec4<bool>(P.window != 0u) & (key + P.window <= vec4<u32>(query)));
          p[c] = select(p[c], vec4<f32>(-1.0e30), hidden);
        }
#end
      }
#for c 8
      top = max(top, max(max(p[c].x, p[c].y), max(p[c].z, p[c].w)));
#end
      top = max(top, subgroupShuffleXor(top, 1u));
      turn += 1u;
      var shrink = 1.0;
      if (top > most##u + SLACK) {
        shrink = exp2(most##u - top);
        // Nothing is to be scaled where nothing was summed yet.
        if (sum##u > 0.0) { grown = turn; }
        most##u = top;
        sum##u *= shrink;
      }
      if (workgroupUniformLoad(&grown) == turn) {
#for d HEAD / 16
        subgroupMatrixStore<row_major>(&own, buffer + d * 4u, acc[u * (HEAD / 16) + d], (WIDEST + 4u) / 4u);
#end
        workgroupBarrier();
        for (var c = 0u; c < HEAD / 8u; c += 1u) {
          let place = buffer + (lane / 2u) * ((WIDEST + 4u) / 4u) + half_ * (HEAD / 8u) + c;
          own[place] = bitcast<vec4<u32>>(bitcast<vec4<f32>>(own[place]) * shrink);
        }
        workgroupBarrier();
#for d HEAD / 16
        acc[u * (HEAD / 16) + d] = subgroupMatrixLoad<Sums, row_major>(&own, buffer + d * 4u, (WIDEST + 4u) / 4u);
#end
        workgroupBarrier();
      }
      var part = 0.0;
#for c 8
      p[c] = exp2(p[c] - most##u);
      p[c] = select(p[c], vec4<f32>(0.0), vec4<bool>(most##u == -1.0e30));
      part += (p[c].x + p[c].y) + (p[c].z + p[c].w);
#end
      sum##u += part + subgroupShuffleXor(part, 1u);
      // Probabilities as f16, rows of 64 padded by 8.
#for c 4
      {
        let low = bitcast<vec2<u32>>(vec4<f16>(p[c * 2]));
        let high = bitcast<vec2<u32>>(vec4<f16>(p[c * 2 + 1]));
        own[buffer + (lane / 2u) * 9u + half_ * 4u + c] = vec4<u32>(low, high);
      }
#end
      workgroupBarrier();
#for n 4
      {
        let left = subgroupMatrixLoad<Left, row_major>(&own, buffer + n * 2u, 9u);
#for d HEAD / 16
        acc[u * (HEAD / 16) + d] = subgroupMatrixMultiplyAccumulate(
          left, subgroupMatrixLoad<Right, row_major>(&vs, n * 16u * ROW + d * 2u, ROW), acc[u * (HEAD / 16) + d]);
#end
      }
#end
      workgroupBarrier();
    }
#end
  }

#for u UNITS
  {
#for d HEAD / 16
    subgroupMatrixStore<row_major>(&own, buffer + d * 4u, acc[u * (HEAD / 16) + d], (WIDEST + 4u) / 4u);
#end
    workgroupBarrier();
    let row = batch * P.time + row0 + u * 16u + lane / 2u;
    let each = 1.0 / sum##u;
    for (var c = 0u; c < HEAD / 16u; c += 1u) {
      let place = buffer + (lane / 2u) * ((WIDEST + 4u) / 4u) + half_ * (HEAD / 8u) + c * 2u;
      let low = bitcast<vec2<u32>>(vec4<f16>(bitcast<vec4<f32>>(own[place]) * each));
      let high = bitcast<vec2<u32>>(vec4<f16>(bitcast<vec4<f32>>(own[place + 1u]) * each));
      result[(row * P.heads + head) * (HEAD / 8u) + half_ * (HEAD / 16u) + c] = vec4<u32>(low, high);
    }
    if (half_ == 0u) {
      lse[(batch * P.heads + head) * P.time + row0 + u * 16u + lane / 2u] = (most##u + log2(sum##u)) * 0.6931471805599453;
    }
    workgroupBarrier();
  }
#end
}
