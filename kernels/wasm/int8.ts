// Module `int8`: W8A8 products and attention over an int8 cache. DOT chooses how four bytes are multiplied.
export { attentionCached } from './cached-attention';
export { kvAppend, kvCopy } from './cache';
export { int8Multiply, int8Pack, int8Quantise, linearInt8Few } from './linear';
