// Flags of V8 for the engine's kernels, set before anything is compiled: by programs, never by the engine, which may be a guest.
import { setFlagsFromString } from 'node:v8';

export function setEngineFlags(): void {
  // Twice as much at once where V8 joins 128-bit operations to 256 bits. It is an experiment of V8's, so only in the version
  // whose code passes the kernels' tests (test/kernels/wide.test.ts).
  if (process.versions.v8.startsWith('13.')) setFlagsFromString('--experimental-wasm-revectorize');
  // Node 20 has relaxed SIMD, and only behind this flag.
  if (Number(process.versions.node.split('.')[0]) < 22) setFlagsFromString('--experimental-wasm-relaxed-simd');
}
