// Every WebAssembly kernel: its module, phases, parameters and scratch memory. What each computes is told in
// engine/ops/names.ts and, where it is more or less than an op, here. f32 is the type of whatever is not said otherwise.
//
// Words: `rows` counts rows of `cols` elements, dense unless a parameter `…Stride` (elements from row to row) is there.
// A kernel with dims `d0..d3` walks four axes, the last innermost, with a stride of each array on each axis (0 repeats);
// axes that are not needed have extent 1. More axes: call once for each index of the outer ones, with moved addresses.

import type { WasmKernel } from '../spec.ts';
import { baseKernels } from './base.ts';
import { denseKernels } from './dense.ts';
import { int8Kernels } from './int8.ts';

export const wasmKernels: typeof baseKernels & typeof denseKernels & typeof int8Kernels = {
  ...baseKernels,
  ...denseKernels,
  ...int8Kernels,
};

export type WasmKernelName = keyof typeof wasmKernels;

// Every entry is a kernel, or this does not compile.
wasmKernels satisfies Readonly<Record<WasmKernelName, WasmKernel>>;
