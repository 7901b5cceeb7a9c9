// How long a kernel call would take one lane, roughly: below a few microseconds lanes lose more by meeting than they gain.
import type { WasmKernelName } from '../../../../kernels/registry.ts';

type Numbers = Readonly<Record<string, number>>;

/** Calls that take one lane less are lane 0's alone, µs: meeting twice costs two lanes 1 to 2 µs. */
export const soloBelow = 4;

const get = (given: Numbers, name: string): number => given[name] ?? 0;
const product = (given: Numbers, names: readonly string[]): number =>
  names.reduce((all, name) => all * get(given, name), 1);

/** Elements a µs of what is bound by memory or arithmetic of a few instructions, and of what computes an exponential. */
const light = 2000;
const heavy = 500;

/** By phase where they differ. What is not listed is shared by all lanes. */
const costs: { readonly [K in WasmKernelName]?: (given: Numbers, phase: number) => number } = {
  unary: (given) => get(given, 'n') / heavy,
  affine: (given) => get(given, 'n') / light,
  activationGrad: (given) => get(given, 'n') / heavy,
  binary: (given) => product(given, ['d0', 'd1', 'd2', 'd3']) / light,
  where: (given) => product(given, ['d0', 'd1', 'd2', 'd3']) / light,
  copy: (given) => product(given, ['d0', 'd1', 'd2', 'd3']) / light,
  cast: (given) => product(given, ['rows', 'cols']) / light,
  fill: (given) => get(given, 'n') / light,
  random: (given) => get(given, 'n') / 50,
  reduce: (given) => product(given, ['d0', 'd1', 'd2', 'r0', 'r1', 'r2']) / light,
  reduceAll: (given, phase) => (phase === 0 ? get(given, 'n') / light : 0),
  argmax: (given) => product(given, ['rows', 'cols']) / light,
  softmax: (given) => product(given, ['rows', 'cols']) / heavy,
  rmsNorm: (given) => product(given, ['rows', 'cols']) / light,
  rmsNormGrad: (given) => product(given, ['rows', 'cols']) / light,
  rope: (given) => product(given, ['rows', 'heads', 'headDim']) / heavy,
  embedding: (given) => product(given, ['n', 'cols']) / light,
  hashEmbedding: (given) => product(given, ['batch', 'time', 'count', 'cols']) / light,
  adamw: (given) => get(given, 'n') / 1000,
  gemm: (given) => product(given, ['m', 'n', 'k', 'batch']) / 25_000,
  gemmPacked: (given) => product(given, ['m', 'n', 'k']) / 10_000,
  linearInt8: (given, phase) =>
    phase === 0 ? product(given, ['rows', 'k']) / light : product(given, ['rows', 'm', 'k']) / 50_000,
  linearInt8Few: (given) => product(given, ['rows', 'm', 'k']) / 50_000,
  kvAppend: (given) => product(given, ['rows', 'heads', 'headDim']) / light,
};

/** µs of one lane, for one phase of a call. */
export function costOf(kernel: WasmKernelName, given: Numbers, phase: number): number {
  return costs[kernel]?.(given, phase) ?? Number.POSITIVE_INFINITY;
}
