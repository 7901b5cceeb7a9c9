// Numbers that stand for names in calls of WebAssembly kernels.

/** Codes of `kind` in `unary`. */
export const unaryCodes = {
  neg: 0,
  abs: 1,
  exp: 2,
  log: 3,
  sqrt: 4,
  rsqrt: 5,
  reciprocal: 6,
  tanh: 7,
  sigmoid: 8,
  square: 9,
  sin: 10,
  cos: 11,
  relu: 12,
  relu2: 13,
  silu: 14,
  gelu: 15,
  isFinite: 16,
} as const;

/** Codes of `kind` in `binary`. */
export const binaryCodes = {
  add: 0,
  sub: 1,
  mul: 2,
  div: 3,
  maximum: 4,
  minimum: 5,
  pow: 6,
  less: 7,
  equal: 8,
} as const;

/** Codes of `kind` in `activationGrad`. */
export const activationCodes = { relu: 0, relu2: 1, silu: 2, gelu: 3 } as const;

/** Codes of `kind` in `reduce` and `reduceAll`. */
export const reduceCodes = { sum: 0, max: 1, squares: 2 } as const;

/** Codes of `from` and `to` in `cast`. */
export const dtypeCodes = { f32: 0, f16: 1, i32: 2, u8: 3, i8: 4 } as const;

/** Codes of `epilogue` in `gemm` and `gemmPacked`. */
export const epilogueCodes = { none: 0, relu2: 1 } as const;

/** Codes of `kind` in `softmax` and `random`. */
export const softmaxCodes = { softmax: 0, logSoftmax: 1 } as const;
export const randomCodes = { uniform: 0, normal: 1 } as const;
