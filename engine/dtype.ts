// Element types of tensors and what each costs. Which backend computes in which type is the backend's own matter.

/** f64 exists on the reference backend alone; f16 is storage (and matmul input) where a backend says so. */
export type DType = 'f32' | 'f16' | 'f64' | 'i32' | 'u8' | 'i8';

export const dtypes: readonly DType[] = ['f32', 'f16', 'f64', 'i32', 'u8', 'i8'];

/** Bytes of one element. */
export const bytesOf: Record<DType, number> = { f32: 4, f16: 2, f64: 8, i32: 4, u8: 1, i8: 1 };

export function isFloat(dtype: DType): boolean {
  return dtype === 'f32' || dtype === 'f16' || dtype === 'f64';
}
