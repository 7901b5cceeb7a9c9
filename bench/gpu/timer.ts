// Times one op on a WebGPU device: the GPU's own timestamps and the wall time of a queue, after half a second of work, since a
// card that idles is clocked low. Inputs are pseudo-random.
import { spawnSync } from 'node:child_process';
import type { WebGpuBackend } from '../../engine/backends/webgpu.ts';
import type { OpAttrs, OpName } from '../../engine/ops/names.ts';
import { table } from '../../engine/ops/table.ts';
import { Recorder } from '../../engine/program/record.ts';
import { seal } from '../../engine/program/seal.ts';
import type { Program } from '../../engine/program/types.ts';
import { byteLength, sizeOf, type TensorType } from '../../engine/shape.ts';
import type { Tensor } from '../../engine/tensor.ts';

export interface GpuTimed {
  /** GPU time of one run, summed over its dispatches: the best and the median of several. ms. */
  readonly best: number;
  readonly median: number;
  /** Wall time of one run in a queue of many. ms. */
  readonly wall: number;
  /** ms. */
  readonly compile: number;
  /** Of the best run, by dispatch. ms. */
  readonly parts: readonly number[];
}

/** Pseudo-random contents, repeated after 4M elements: f32 and f16 in -1..1, i32 0 or 1, bytes anything. */
export function contents({ dtype, shape }: TensorType): Uint8Array {
  const length = Math.min(sizeOf(shape), 1 << 22);
  let state = 12345;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  if (dtype === 'f32') return new Uint8Array(Float32Array.from({ length }, () => next() * 2 - 1).buffer);
  if (dtype === 'i32') return new Uint8Array(Int32Array.from({ length }, () => Math.floor(next() * 2)).buffer);
  if (dtype === 'f16') {
    // Sign and exponents of 2^-4 to 2^-1.
    const words = Uint16Array.from({ length }, () => {
      const bits = Math.floor(next() * 65536);
      return (bits & 0x8000) | ((11 + (bits & 3)) << 10) | ((bits >> 2) & 0x3ff);
    });
    return new Uint8Array(words.buffer);
  }
  return Uint8Array.from({ length }, () => Math.floor(next() * 256));
}

/** A program of one op. What the op changes in place is updated, as in training: as an output it would be copied first. */
export function programOf<N extends OpName>(op: N, inputs: readonly TensorType[], attrs: OpAttrs[N]): Program {
  const recorder = new Recorder();
  const given = inputs.map((type) => recorder.input(type));
  const outputs = recorder.apply(op, given, attrs);
  const updates = new Map(table[op].inPlace);
  for (const [out, into] of updates) recorder.assign(given[into] as Tensor, outputs[out] as Tensor);
  return seal(recorder.finish(outputs.filter((_, out) => !updates.has(out))));
}

export function outputTypes(program: Program): TensorType[] {
  return program.outputs.map((id) => (program.values[id] as { type: TensorType }).type);
}

/** Clocks and heat as nvidia-smi tells them, or null where there is none. */
export function clocks(): string | null {
  const fields = 'name,driver_version,clocks.sm,clocks.max.sm,clocks.mem,temperature.gpu,power.draw';
  const { status, stdout } = spawnSync('nvidia-smi', [`--query-gpu=${fields}`, '--format=csv,noheader'], {
    encoding: 'utf8',
    timeout: 5_000,
  });
  return status === 0 ? `${fields}: ${stdout.trim().split('\n')[0]}` : null;
}

export class GpuTimer {
  readonly backend: WebGpuBackend;
  /** Until when the card counts as warm. */
  #warm = 0;

  constructor(backend: WebGpuBackend) {
    this.backend = backend;
  }

  /** A buffer filled with pseudo-random contents; the caller releases it. */
  fill(type: TensorType): number {
    const bytes = Math.max(Math.ceil(byteLength(type) / 4) * 4, 4);
    const id = this.backend.allocate(bytes, 'a benchmark');
    const data = contents(type);
    for (let at = 0; at < bytes; at += data.byteLength)
      this.backend.write(id, data.subarray(0, Math.min(data.byteLength, bytes - at)), at);
    return id;
  }

  /** @param on the same device with kernel parameters forced. @throws RustaError for whatever goes wrong on the device. */
  async time(program: Program, on: WebGpuBackend = this.backend): Promise<GpuTimed> {
    const { backend } = this;
    const held: number[] = [];
    let executable: ReturnType<WebGpuBackend['prepare']> | null = null;
    try {
      const given = program.inputs.map((id) => this.fill((program.values[id] as { type: TensorType }).type));
      held.push(...given);
      const taken = outputTypes(program).map((type) => backend.allocate(byteLength(type), 'a benchmark'));
      held.push(...taken);
      executable = on.prepare(program);
      const { run } = executable;
      const queue = async (runs: number): Promise<void> => {
        for (let k = 0; k < runs; k += 1) run.call(executable, given, taken);
        await backend.read((taken[0] ?? given[0]) as number, 0, 4);
      };
      const begin = performance.now();
      await executable.warmUp();
      const compile = performance.now() - begin;
      await queue(1);
      const until = performance.now() + (performance.now() > this.#warm ? 500 : 50);
      while (performance.now() < until) await queue(backend.can.software ? 1 : 4);
      const runs: number[][] = [];
      for (let k = 0; k < 5; k += 1) runs.push((await executable.profile(given, taken)).map(({ ms }) => ms));
      const sum = (parts: readonly number[]): number => parts.reduce((total, ms) => total + ms, 0);
      runs.sort((a, b) => sum(a) - sum(b));
      const parts = runs[0] as number[];
      const best = sum(parts);
      const count = backend.can.software ? 2 : Math.max(2, Math.min(50, Math.round(100 / best)));
      const started = performance.now();
      await queue(count);
      const wall = (performance.now() - started) / count;
      this.#warm = performance.now() + 400;
      return { best, median: sum(runs[2] as number[]), wall, compile, parts };
    } finally {
      executable?.dispose();
      for (const id of held) backend.release(id);
    }
  }
}
