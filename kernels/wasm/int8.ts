// Module `int8`.
export function placeholder(p: usize): void { if (DOT == 1) store<f32>(p, 1); else store<i32>(p, DOT); }
