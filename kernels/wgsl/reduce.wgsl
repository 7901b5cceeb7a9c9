// Sum, max or argmax of an expression over the middle of [outer, red, inner], in two passes where there are few results:
// each of `parts` workgroups takes a fixed slice of `red`, so that the sum does not depend on timing.
// inner == 1 (ROW): 256 threads walk along red and meet in workgroup memory. Otherwise 64 threads take neighbours in inner
// and 4 rows of threads share red.
struct Params { outer: u32, red: u32, inner: u32, parts: u32, each: u32, scale: f32, PARAMS }
@group(0) @binding(0) var<uniform> P: Params;
BINDINGS
@group(0) @binding(OUT) var<storage, read_write> result: array<TO>;

FUNCTIONS

#if MAX
const START: f32 = -3.4028234663852886e38;
fn join(a: f32, b: f32) -> f32 {
  let an = (bitcast<u32>(a) & 0x7fffffffu) > 0x7f800000u;
  return select(select(a, b, b > a), a, an) + select(0.0, b, (bitcast<u32>(b) & 0x7fffffffu) > 0x7f800000u);
}
#else
const START: f32 = 0.0;
fn join(a: f32, b: f32) -> f32 { return a + b; }
#endif

var<workgroup> shared_: array<f32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) wg: vec3u, @builtin(num_workgroups) nw: vec3u, @builtin(local_invocation_index) t: u32) {
  let from_ = wg.z * P.each;
  let to = min(from_ + P.each, P.red);
  var sum = START;
#if MAX
  var any = false;
#endif
#if ROW
  let o = wg.x + wg.y * nw.x;
  let c = 0u;
  if (o < P.outer) {
    for (var r = from_ + t * W; r < to; r += 256u * W) {
      let v = value(o * P.red + r);
#if W == 4
      let one = join(join(v.x, v.y), join(v.z, v.w));
#else
      let one = v;
#endif
#if MAX
      sum = select(one, join(sum, one), any);
      any = true;
#else
      sum = join(sum, one);
#endif
    }
  }
#else
  // One group takes 64 columns of one o.
  let columns = (P.inner + 63u) / 64u;
  let group = wg.x + wg.y * nw.x;
  let o = group / columns;
  let c = (group % columns) * 64u + (t % 64u);
  if (o < P.outer && c < P.inner) {
    for (var r = from_ + t / 64u; r < to; r += 4u) {
      let one = value((o * P.red + r) * P.inner + c);
#if MAX
      sum = select(one, join(sum, one), any);
      any = true;
#else
      sum = join(sum, one);
#endif
    }
  }
#endif
  // -inf is the start of a max only where nothing was seen.
#if MAX
  if (!any) { sum = bitcast<f32>(0xff800000u | (P.red & 0u)); }
#endif
  shared_[t] = sum;
  workgroupBarrier();
#if ROW
  for (var half = 128u; half > 0u; half /= 2u) {
    if (t < half) { shared_[t] = join(shared_[t], shared_[t + half]); }
    workgroupBarrier();
  }
  if (t == 0u && o < P.outer) { result[wg.z * P.outer + o] = TO(shared_[0] * P.scale); }
#else
  if (t < 64u && o < P.outer && c < P.inner) {
    let total = join(join(shared_[t], shared_[t + 64u]), join(shared_[t + 128u], shared_[t + 192u]));
    result[(wg.z * P.outer + o) * P.inner + c] = TO(total * P.scale);
  }
#endif
}
