// The engine's public face: `import { openDevice } from 'rusta/engine'`.
export type { BackendInfo, BackendKind } from './backends/backend.ts';
export type { Compiled } from './compiled.ts';
export { type Device, type DeviceOptions, openDevice } from './device.ts';
export type { DType } from './dtype.ts';
export * from './ops/functions.ts';
export { microbatches } from './program/accumulate.ts';
export { checkpoint, gradients } from './program/gradients.ts';
export type { Shape, TensorType } from './shape.ts';
export { Tensor } from './tensor.ts';
export type { Tree } from './tree.ts';
