// Whether an int8 module computes what it should on this machine. Relaxed instructions may differ between engines, and Node 20
// gets one of them wrong on processors without VNNI: a variant is asked before it is timed. Timing is the runtime's.
import { int8Kernels, packedInt8Bytes } from './registry/int8.ts';
import { callOf, roundUp, scratchOf } from './spec.ts';

const rows = 5;
/** One wide tile, one narrow one, and a part of one. */
const outputs = 25;
const depth = 20;

/** Bytes that `dotIsExact` uses. */
export const probeBytes = 4096;

/**
 * Runs a small product, of four rows together and one alone, with the extremes of both operands, and compares it with the exact
 * result. `at` is a 64-aligned address of `probeBytes` free bytes of `memory`, which the module's instance has imported.
 */
export function dotIsExact(
  exports: Readonly<Record<string, (...values: number[]) => void>>,
  memory: WebAssembly.Memory,
  at: number,
): boolean {
  let top = at;
  const take = (bytes: number): number => {
    const from = top;
    top += roundUp(bytes, 64);
    return from;
  };
  const [x, w, scale] = [take(rows * depth * 4), take(outputs * depth), take(outputs * 4)];
  const [packed, y, scratch] = [take(packedInt8Bytes(outputs, depth)), take(rows * outputs * 4), take(0)];
  const floats = new Float32Array(memory.buffer, x, rows * depth);
  const bytes = new Int8Array(memory.buffer, w, outputs * depth);
  // Each row's largest is 63: a step is 1, and every result a whole number.
  for (let i = 0; i < floats.length; i += 1)
    floats[i] = i % depth === 0 ? 63 : i % 3 === 0 ? 63 : ((i * 29) % 127) - 63;
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = i % 5 === 0 ? -128 : i % 7 === 0 ? 127 : ((i * 37) % 255) - 127;
  new Float32Array(memory.buffer, scale, outputs).fill(1);
  const call = (kernel: 'int8Pack' | 'linearInt8', given: Record<string, number>): void => {
    for (const phase of int8Kernels[kernel].phases)
      exports[phase]?.(...callOf(int8Kernels[kernel], given as never, scratch, 0, 1));
  };
  const sizes = { rows, m: outputs, k: depth, xStride: depth };
  if (scratch + scratchOf(int8Kernels.linearInt8, { ...sizes, x, packed, y }).shared > at + probeBytes) return false;
  call('int8Pack', { w, scale, packed, m: outputs, k: depth });
  call('linearInt8', { ...sizes, x, packed, y });
  const results = new Float32Array(memory.buffer, y, rows * outputs);
  for (let row = 0; row < rows; row += 1)
    for (let output = 0; output < outputs; output += 1) {
      let sum = 0;
      for (let k = 0; k < depth; k += 1)
        sum += (floats[row * depth + k] as number) * (bytes[output * depth + k] as number);
      if (results[row * outputs + output] !== sum) return false;
    }
  return true;
}
