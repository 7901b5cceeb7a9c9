// Module `dense`: f32 matrix products.
export function placeholder(p: usize): void { store<f32>(p, f32x4.extract_lane(ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(f32x4.splat(1), v128.load(p), v128.load(p)) : v128.load(p), 0)); }
