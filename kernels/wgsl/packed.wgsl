// Four bytes in a word, for adapters whose WGSL lacks packed_4x8_integer_dot_product: put before what calls these, under the names of
// the language's own.
fn pack4xI8(v: vec4<i32>) -> u32 {
  let b = bitcast<vec4<u32>>(v) & vec4<u32>(0xffu);
  return b.x | (b.y << 8u) | (b.z << 16u) | (b.w << 24u);
}

fn bytesOf(word: u32) -> vec4<i32> {
  return (vec4<i32>(bitcast<i32>(word)) << vec4<u32>(24u, 16u, 8u, 0u)) >> vec4<u32>(24u);
}

fn dot4I8Packed(a: u32, b: u32) -> i32 { return dot(bytesOf(a), bytesOf(b)); }
