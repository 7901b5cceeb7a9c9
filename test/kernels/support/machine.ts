// Kernels on one memory, called as a runtime with any number of lanes would: each lane in turn, phase by phase.
import { setFlagsFromString } from 'node:v8';
import type { DType } from '../../../engine/dtype.ts';
import type { OpDef, Ref } from '../../../engine/ops/def.ts';
import type { OpAttrs, OpName } from '../../../engine/ops/names.ts';
import { table } from '../../../engine/ops/table.ts';
import { needsRelaxed, type WasmVariant, wasmBytes } from '../../../kernels/load.ts';
import { wasmKernels } from '../../../kernels/registry.ts';
import { type Arguments, callOf, scratchOf, type WasmKernel, type WasmModuleName } from '../../../kernels/spec.ts';

type Kernels = typeof wasmKernels;
type Data = Float32Array | Int32Array | Int8Array | Uint8Array | Uint16Array;

const pages = 1024;

/** Whether machines multiply by wide tiles, where they are not told. */
export const defaults: { wide: boolean } = { wide: false };

export class Machine {
  readonly memory: WebAssembly.Memory;
  readonly #exports = new Map<WasmModuleName, Record<string, (...values: number[]) => void>>();
  #top = 64;

  constructor(
    variants: Readonly<Partial<Record<WasmModuleName, WasmVariant>>> = {},
    shared = false,
    wide: boolean = defaults.wide,
  ) {
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: 65_536, shared });
    const chosen = { base: 'base', dense: 'dense', int8: 'int8', ...variants } as const;
    for (const [module, variant] of Object.entries(chosen) as [WasmModuleName, WasmVariant][]) {
      if (needsRelaxed(variant) && !WebAssembly.validate(wasmBytes(variant, shared)))
        setFlagsFromString('--experimental-wasm-relaxed-simd');
      const compiled = new WebAssembly.Module(wasmBytes(variant, shared));
      const instance = new WebAssembly.Instance(compiled, {
        env: { memory: this.memory, wide: wide ? 1 : 0 },
      });
      this.#exports.set(module, instance.exports as Record<string, (...values: number[]) => void>);
    }
  }

  exportsOf(module: WasmModuleName): Record<string, (...values: number[]) => void> {
    return this.#exports.get(module) as Record<string, (...values: number[]) => void>;
  }

  /** Forgets all arrays. */
  reset(): void {
    this.#top = 64;
  }

  /** Address of fresh bytes, 64-aligned; filled with 0xff (NaN), so that what is not written shows. */
  take(bytes: number): number {
    const at = this.#top;
    this.#top += Math.ceil(bytes / 64) * 64 + 64;
    const missing = this.#top - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / 65_536));
    new Uint8Array(this.memory.buffer, at, bytes + 64).fill(0xff);
    return at;
  }

  put(data: Data): number {
    const at = this.take(data.byteLength);
    new Uint8Array(this.memory.buffer, at).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return at;
  }

  f32(at: number, count: number): Float32Array {
    return new Float32Array(this.memory.buffer, at, count).slice();
  }

  i32(at: number, count: number): Int32Array {
    return new Int32Array(this.memory.buffer, at, count).slice();
  }

  bytes(at: number, count: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, at, count).slice();
  }

  /** Phases from `first` on, on one lane, with scratch memory that stays: for timing. */
  prepare<N extends keyof Kernels>(name: N, given: Arguments<Kernels[N]['params']>, first = 0): () => void {
    const kernel: WasmKernel = wasmKernels[name];
    const { shared, lane } = scratchOf(kernel, given as Arguments<WasmKernel['params']>);
    const call = callOf(kernel, given as Arguments<WasmKernel['params']>, this.take(shared + lane), 0, 1);
    const phases = kernel.phases.map((phase) => this.exportsOf(kernel.module)[phase] as (...values: number[]) => void);
    for (const phase of phases) phase(...call);
    return () => {
      for (const phase of phases.slice(first)) phase(...call);
    };
  }

  /** Runs all phases of a kernel with `lanes` lanes. */
  run<N extends keyof Kernels>(name: N, given: Arguments<Kernels[N]['params']>, lanes = 1): void {
    const kernel: WasmKernel = wasmKernels[name];
    const { shared, lane } = scratchOf(kernel, given as Arguments<WasmKernel['params']>);
    const top = this.#top;
    const scratch = this.take(shared + lanes * lane);
    for (const phase of kernel.phases)
      for (let each = 0; each < lanes; each += 1) {
        const call = callOf(kernel, given as Arguments<WasmKernel['params']>, scratch, each, lanes);
        (this.exportsOf(kernel.module)[phase] as (...values: number[]) => void)(...call);
      }
    const guard = this.bytes(scratch + shared + lanes * lane, 64);
    if (!guard.every((byte) => byte === 0xff)) throw new Error(`${name} writes beyond its scratch memory`);
    this.#top = top;
  }
}

/** Pseudo-random f32 around 0, the same each time. */
export function numbers(count: number, seed = 1, factor = 1): Float32Array {
  let state = seed * 2_654_435_761;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x297a2d39) | 0;
    return (factor * (((state >>> 8) & 0xffff) - 32_768)) / 16_384;
  });
}

/** Whole numbers from `low` to `high`. */
export function integers(count: number, low: number, high: number, seed = 1): Int32Array {
  return Int32Array.from(numbers(count, seed), (x) => low + Math.floor(((x + 2) / 4) * (high - low + 1)));
}

/** Throws unless |got - want| <= tolerance * (scale of that element), NaN and infinities alike. */
export function close(
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  tolerance: number,
  scale: (index: number) => number = (index) => Math.abs(want[index] as number),
): void {
  if (got.length !== want.length) throw new Error(`${got.length} elements instead of ${want.length}`);
  for (let i = 0; i < want.length; i += 1) {
    const [a, b] = [got[i] as number, want[i] as number];
    if (Object.is(a, b) || a === b || (Number.isNaN(a) && Number.isNaN(b))) continue;
    if (!(Math.abs(a - b) <= tolerance * (scale(i) + 1e-30)))
      throw new Error(`element ${i} of ${want.length}: ${a} instead of ${b}`);
  }
}

/** An f32 or i32 array as the reference takes it. */
export function ref(data: ArrayLike<number>, shape: readonly number[], dtype: DType = 'f32'): Ref {
  return { type: { dtype, shape }, shape, data: Float64Array.from(data) };
}

/** The outputs of an op by the reference in f64. */
export function reference<N extends OpName>(op: N, inputs: readonly Ref[], attrs: OpAttrs[N]): readonly Float64Array[] {
  return (table[op] as OpDef<OpAttrs[N]>).forward(inputs, attrs);
}

/** Runs `each` with 1, 2 and 3 lanes; what it gives back, as bytes, must be the same each time. Gives the first. */
export function sameBits<T extends Data>(each: (lanes: number) => T): T {
  const first = each(1);
  const bytes = (data: Data): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  for (const lanes of [2, 3]) {
    const other = each(lanes);
    // NaN has many bit patterns, and 0xff marks what was never written: both must agree too.
    if (!bytes(first).equals(bytes(other))) throw new Error(`with ${lanes} lanes other bits than with one`);
  }
  return first;
}
