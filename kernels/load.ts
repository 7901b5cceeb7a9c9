// The built WebAssembly modules as bytes, in Node and in a page alike. Compiling, instances and memory are the runtime's.
import { wasmModules } from './generated/wasm-bytes.ts';
import type { WasmModuleName } from './spec.ts';

/**
 * What was built. `dense` is mul and add, `dense-relaxed` fuses them. The int8 modules compute the same integers: `int8` by
 * 16-bit products (SIMD), `int8-dot` by the relaxed dot product, which is one instruction where the processor has one,
 * `int8-pairs` by the relaxed 16-bit half of it: which is fastest, only a timed probe can say.
 */
export type WasmVariant = keyof typeof wasmModules;

/** The variants that give a module, those that need relaxed SIMD last. */
export const variantsOf: Readonly<Record<WasmModuleName, readonly WasmVariant[]>> = {
  base: ['base'],
  dense: ['dense', 'dense-relaxed'],
  int8: ['int8', 'int8-dot', 'int8-pairs'],
};

export function needsRelaxed(variant: WasmVariant): boolean {
  return variant.includes('-');
}

/** Size of a built module. */
export function wasmSize(variant: WasmVariant): number {
  return wasmModules[variant].bytes;
}

/**
 * Bytes of a module that imports `env.memory`, shared or not, with at least 1 page; the memory must be made with a maximum,
 * of at most 65536 pages.
 */
export function wasmBytes(variant: WasmVariant, shared: boolean): Uint8Array<ArrayBuffer> {
  const { base64, limitsAt } = wasmModules[variant];
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  bytes[limitsAt] = shared ? 3 : 1;
  return bytes;
}
