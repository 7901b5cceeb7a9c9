// Small programs for tests of the queue and of memory: written out, so that nothing but the backend is tried.
import type { Program } from '../../../../engine/program/types.ts';

const f32 = (n: number) => ({ type: { dtype: 'f32', shape: [n] }, view: null }) as const;

/** y[n] = x * scale + shift. */
export function affine(n: number, scale: number, shift: number): Program {
  return {
    values: [f32(n), f32(n)],
    inputs: [0],
    outputs: [1],
    updates: [],
    instructions: [{ op: 'affine', inputs: [0], outputs: [1], attrs: { scale, shift }, region: null }],
  };
}

/** state[n] = state + x, in place; hands back twice the new state. */
export function accumulate(n: number): Program {
  return {
    values: [f32(n), f32(n), f32(n), f32(n)],
    inputs: [0, 1],
    outputs: [3],
    updates: [{ input: 0, value: 2 }],
    instructions: [
      { op: 'add', inputs: [0, 1], outputs: [2], attrs: {}, region: null },
      { op: 'affine', inputs: [2], outputs: [3], attrs: { scale: 2, shift: 0 }, region: null },
    ],
  };
}

/** y[n] = x turned `times` times by what takes a while: tanh of tanh of ... (softmax does not write over its input). */
export function slow(n: number, times: number, op: 'tanh' | 'softmax' = 'tanh'): Program {
  const ids = Array.from({ length: times + 1 }, (_, id) => id);
  return {
    values: ids.map(() => f32(n)),
    inputs: [0],
    outputs: [times],
    updates: [],
    instructions: ids.slice(1).map((id) => ({
      op,
      inputs: [id - 1],
      outputs: [id],
      attrs: {},
      region: null,
    })),
  };
}

export function bytesOf(values: readonly number[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Float32Array.from(values).buffer);
}

export function floatsOf(bytes: Uint8Array<ArrayBuffer>): number[] {
  return [...new Float32Array(bytes.buffer)];
}
