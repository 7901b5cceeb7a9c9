// What a WebAssembly kernel is, told so that a runtime can call it without knowing it. Which kernels there are is in
// registry/wasm.ts; how they are built and loaded is in build.ts and load.ts.
//
// Calling convention. Every lane (a worker) has its own instance of each module over one shared memory, imported as
// `env.memory`; modules hold no data and no mutable globals. A kernel is one or more exported functions, its phases, each
// called by every lane as (...params, lane, lanes), with a barrier between two phases. A phase partitions its output
// among the lanes, statically, and in such a way that the bits of the result do not depend on the number of lanes.

/**
 * - `read`, `write`, `update`: byte address of an array that is read, written, or both. Addresses are multiples of the
 *   element's size (16 is faster); an array may have address 0 only where its kernel says so. Arrays do not overlap,
 *   unless the kernel says that it works in place.
 * - `shared`, `lane`: byte address of scratch memory, one for all lanes or one for each, multiples of 64. The runtime
 *   provides them, as `scratch` says.
 * - `i32`: a count of elements, a stride in elements, a code. `f32`: a factor.
 */
export type ParamKind = 'read' | 'write' | 'update' | 'shared' | 'lane' | 'i32' | 'f32';

/** By name, in the order of the call. */
export type Params = Readonly<Record<string, ParamKind>>;

/** What a caller gives: everything but scratch. */
export type Arguments<P extends Params> = {
  readonly [K in keyof P as P[K] extends 'shared' | 'lane' ? never : K]: number;
};

/** Bytes of scratch memory: one piece for all lanes, and one more for each. */
export interface Scratch {
  readonly shared: number;
  readonly lane: number;
}

/**
 * Modules, each compiled from one file of kernels/wasm: `base` is element by element, `dense` multiplies f32, `int8`
 * multiplies bytes. `dense` and `int8` also come in variants that need relaxed SIMD.
 */
export type WasmModuleName = 'base' | 'dense' | 'int8';

export interface WasmKernel {
  readonly module: WasmModuleName;
  /** Names of exported functions, in order. */
  readonly phases: readonly string[];
  readonly params: Params;
  /** Bytes of scratch memory for a call, given its arguments; left out: none. */
  readonly scratch?: (given: never) => Scratch;
}

/** What one lane passes to each phase of `kernel`; `scratch` is the address of the shared bytes, then come each lane's. */
export function callOf<K extends WasmKernel>(
  kernel: K,
  given: Arguments<K['params']>,
  scratch: number,
  lane: number,
  lanes: number,
): number[] {
  const sizes = scratchOf(kernel, given);
  const values = given as Readonly<Record<string, number>>;
  const call = Object.entries(kernel.params).map(([name, kind]) => {
    if (kind === 'shared') return scratch;
    if (kind === 'lane') return scratch + sizes.shared + lane * sizes.lane;
    return values[name] as number;
  });
  return [...call, lane, lanes];
}

/** Scratch memory of a call, both parts rounded up to 64 bytes: in all `shared + lanes * lane`. */
export function scratchOf<K extends WasmKernel>(kernel: K, given: Arguments<K['params']>): Scratch {
  const { shared, lane } = kernel.scratch?.(given as never) ?? { shared: 0, lane: 0 };
  return { shared: roundUp(shared, 64), lane: roundUp(lane, 64) };
}

export function roundUp(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}
