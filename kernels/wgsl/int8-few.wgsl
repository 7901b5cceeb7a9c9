// Few rows of x times int8 weights, in one dispatch: 32 lanes an output, 8 outputs a workgroup, and every workgroup quantises the
// ROWS rows of x for itself. The weights of a lane are asked for first, into registers, so that their way from memory overlaps with
// quantising; x is read once; values meet in four barriers. K is 16 * COUNT, at most 4096; EACH: vectors of 16 weights a lane.
struct Params { K: u32, M: u32, xOffset: u32, xStride: u32, wOffset: u32, sOffset: u32 }
@group(0) @binding(0) var<uniform> P: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> w: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> wScales: array<f32>;
@group(0) @binding(4) var<storage, read_write> result: array<f32>;

var<workgroup> sizes: array<f32, ROWS * 256>;
var<workgroup> largest: array<f32, ROWS * 16>;
var<workgroup> packed: array<vec4<u32>, ROWS * COUNT>;
var<workgroup> meet: array<i32, ROWS * 256>;

/// a / b, correctly rounded: WGSL's own quotient may be off by 2.5 units in the last place.
fn quotient(a: vec4<f32>, b: f32) -> vec4<f32> {
  let q = a / b;
  return fma(fma(-q, vec4<f32>(b), a), vec4<f32>(1.0 / b), q);
}

fn largestOf(v: vec4<f32>) -> f32 {
  let a = abs(v);
  return max(max(a.x, a.y), max(a.z, a.w));
}

/// Four elements in 7 bits.
fn quantised(v: vec4<f32>, s: f32) -> u32 {
  let q = quotient(v, s);
  return select(0u, pack4xI8(vec4<i32>(sign(q) * floor(abs(q) + 0.5))), s > 0.0);
}

fn product(a: vec4<u32>, b: vec4<u32>) -> i32 {
  return (dot4I8Packed(a.x, b.x) + dot4I8Packed(a.y, b.y)) + (dot4I8Packed(a.z, b.z) + dot4I8Packed(a.w, b.w));
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) wg: vec3u, @builtin(num_workgroups) nw: vec3u, @builtin(local_invocation_index) t: u32) {
  let given = (wg.x + wg.y * nw.x) * 8u + t / 32u;
  let m = min(given, P.M - 1u);
  let lane = t % 32u;
  let own = (P.wOffset + m * P.K) / 16u;
#for i EACH
  let w##i = w[own + min(lane + i * 32u, COUNT - 1u)];
#end
#for r ROWS
  let from##r = (P.xOffset + r * P.xStride) / 4u + min(t, COUNT - 1u) * 4u;
  let a##r = x[from##r];
  let b##r = x[from##r + 1u];
  let c##r = x[from##r + 2u];
  let d##r = x[from##r + 3u];
  sizes[r * 256u + t] = max(max(largestOf(a##r), largestOf(b##r)), max(largestOf(c##r), largestOf(d##r)));
#end
  workgroupBarrier();
  if (t < ROWS * 16u) {
    let first = t / 16u * 256u + t % 16u;
    var most = sizes[first];
    for (var i = 1u; i < 16u; i += 1u) { most = max(most, sizes[first + i * 16u]); }
    largest[t] = most;
  }
  workgroupBarrier();
  var scales: array<f32, ROWS>;
#for r ROWS
  {
    var most = largest[r * 16u];
    for (var i = 1u; i < 16u; i += 1u) { most = max(most, largest[r * 16u + i]); }
    scales[r] = quotient(vec4<f32>(most), 63.0).x;
    if (t < COUNT) {
      let s = scales[r];
      packed[r * COUNT + t] = vec4<u32>(quantised(a##r, s), quantised(b##r, s), quantised(c##r, s), quantised(d##r, s));
    }
  }
#end
  workgroupBarrier();
#for r ROWS
  {
    var sum = 0;
#for i EACH
    if (lane + i * 32u < COUNT) { sum += product(w##i, packed[r * COUNT + lane + i * 32u]); }
#end
    meet[r * 256u + t] = sum;
  }
#end
  workgroupBarrier();
  if (lane < ROWS && given < P.M) {
    var sum = 0;
    for (var i = 0u; i < 32u; i += 1u) { sum += meet[lane * 256u + t - lane + i]; }
    result[lane * P.M + given] = scales[lane] * wScales[P.sOffset + given] * f32(sum);
  }
}
