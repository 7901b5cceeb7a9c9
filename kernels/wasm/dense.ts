// Module `dense`: f32 matrix products and attention.
export { attention, attentionGrad } from './attention';
export { gemmCompute, gemmPackAll, gemmPackB, gemmPacked } from './gemm';
