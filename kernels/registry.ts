// Every kernel, by name, with the codes that calls are written in.
export * from './registry/codes.ts';
export { packedBBytes } from './registry/dense.ts';
export { packedInt8Bytes } from './registry/int8.ts';
export { type WasmKernelName, wasmKernels } from './registry/wasm.ts';
