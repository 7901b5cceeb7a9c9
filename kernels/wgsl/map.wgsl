// An expression over elements: whatever chain of elementwise ops, casts, broadcasts, transposes and copies was fused.
// The backend writes BINDINGS, PARAMS and BODY (engine/backends/webgpu/expression.ts); math.wgsl stands before this file.
// One thread computes W elements of the output, or 4 bytes of it where elements are bytes.
struct Params { n: u32, PARAMS }
@group(0) @binding(0) var<uniform> P: Params;
BINDINGS

FUNCTIONS

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) wg: vec3u, @builtin(num_workgroups) nw: vec3u, @builtin(local_invocation_index) t: u32) {
  let i = (wg.x + wg.y * nw.x) * 256u + t;
  if (i >= P.n) { return; }
  BODY
}
