// Module `base`: element by element and row by row, and the cache in f16.
export { attentionCached16, kvAppend16 } from './cache16';
export { activationGrad, adamw, affine, binary, unary, where } from './elementwise';
export { embedding, embeddingGrad, hashEmbedding, hashEmbeddingGrad } from './embedding';
export { cast, copy, fill } from './movement';
export { random } from './random';
export { argmax, reduce, reduceBlocks, reduceLast } from './reduce';
export { normRopeGrad, rope } from './rope';
export { crossEntropy, crossEntropyGrad, rmsNorm, rmsNormGrad, softmax } from './rows';
