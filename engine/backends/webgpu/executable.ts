// A program made ready for a WebGPU device: calls with their pipelines, slots, parameters in one uniform buffer and cached
// bind groups. A run is encoded in one pass over the calls, cut into submissions of bounded length.

import type { WgslSources } from '../../../kernels/wgsl-registry.ts';
import { RustaError } from '../../../schemas/errors.ts';
import type { Program } from '../../program/types.ts';
import type { BufferId, Executable } from '../backend.ts';
import type { Call, Param } from './call.ts';
import type { Capabilities } from './capabilities.ts';
import { lower } from './lower.ts';
import { Pace } from './pace.ts';
import type { Pipeline } from './pipelines.ts';
import type { Queue } from './queue.ts';
import { assign, type Home } from './slots.ts';
import type { Choice } from './variants.ts';
import type { Window } from './windows.ts';

/** Uniform bindings start at multiples of this on every adapter. */
const uniformStep = 256;
/** Bind groups kept for a call that touches what runs are given: runs alternate between few buffers. */
const keptGroups = 8;

interface Step {
  readonly call: Call;
  readonly pipeline: Pipeline;
  readonly homes: readonly Home[];
  readonly uniformAt: number;
  readonly uniformBytes: number;
  /** Indices into `homes` of what runs are given. */
  readonly given: readonly number[];
  fixed: GPUBindGroup | null;
  readonly groups: Map<string, GPUBindGroup>;
}

/** Where GPU time is measured: see `profile`. */
export interface Timing {
  readonly op: string;
  readonly label: string;
  /** Workgroups, as x,y,z. */
  readonly groups: string;
  readonly ms: number;
}

export class GpuExecutable implements Executable {
  readonly arenaBytes: number;
  /** Which variant of a kernel serves what, and why, in the order of the program. */
  readonly choices: readonly Choice[];
  readonly #queue: Queue;
  readonly #program: Program;
  readonly #steps: readonly Step[];
  readonly #slots: readonly BufferId[];
  readonly #constants = new Map<number, BufferId>();
  readonly #uniforms: GPUBuffer | null;
  readonly #copies: readonly { readonly from: Home; readonly input: number; readonly bytes: number }[];
  readonly #pace: Pace;
  #ready = false;
  #disposed = false;

  constructor(queue: Queue, program: Program, sources: WgslSources, can: Capabilities) {
    this.#queue = queue;
    this.#program = program;
    this.#pace = new Pace({ software: can.software, target: can.submissionMs });
    const { calls, temporaries, choices } = lower(program, sources, can);
    this.choices = choices;
    const { homes, slots, copies } = assign(program, calls, temporaries);
    const held: BufferId[] = [];
    try {
      for (const bytes of slots) held.push(queue.allocate(bytes, 'a program'));
      for (const [index, { contents }] of temporaries.entries()) {
        if (contents === null) continue;
        const id = queue.allocate(contents.byteLength, 'constants of a program');
        held.push(id);
        queue.write(id, contents, 0);
        this.#constants.set(index, id);
      }
    } catch (error) {
      for (const id of held) queue.release(id);
      throw error;
    }
    this.#slots = held.slice(0, slots.length);
    this.arenaBytes = held.reduce((sum, id) => sum + queue.bytes(id), 0);

    const homeOf = (ref: number): Home => {
      const home = homes[ref];
      if (home === null || home === undefined)
        throw new RustaError(`value ${ref} has no place`, { code: 'program-broken', op: 'webgpu' });
      return home;
    };
    let at = 0;
    const packed: { at: number; params: readonly Param[] }[] = [];
    this.#steps = calls.map((call): Step => {
      const uniformBytes = Math.max(Math.ceil((call.params.length * 4) / 16) * 16, 16);
      const uniformAt = at;
      packed.push({ at, params: call.params });
      at += Math.ceil(uniformBytes / uniformStep) * uniformStep;
      const own = call.buffers.map(({ ref }) => homeOf(ref));
      const given = own.flatMap(({ kind }, index) => (kind === 'input' || kind === 'output' ? [index] : []));
      return {
        call,
        pipeline: queue.pipelines.of(call),
        homes: own,
        uniformAt,
        uniformBytes,
        given,
        fixed: null,
        groups: new Map(),
      };
    });
    this.#uniforms = at === 0 ? null : queue.uniforms(pack(packed, at));
    this.#copies = copies.map(({ from, input, bytes }) => ({ from: homeOf(from), input, bytes }));
  }

  async warmUp(): Promise<void> {
    await Promise.all(this.#steps.map(({ pipeline }) => pipeline.ready));
  }

  /** Dispatches of a run, for reports. */
  get dispatches(): number {
    return this.#steps.length;
  }

  run(inputs: readonly BufferId[], outputs: readonly BufferId[]): void {
    this.#open();
    if (!this.#ready) {
      if (this.#steps.every(({ pipeline }) => pipeline.pipeline !== null)) this.#ready = true;
      else this.#queue.hold(this.warmUp());
    }
    // Ids are looked up now: what is released after this call is still there when its turn comes.
    const buffers = this.#given(inputs, outputs);
    this.#queue.inOrder(() => this.#encode(inputs, outputs, buffers, null));
  }

  /** Runs once with a timestamp around every dispatch: milliseconds of GPU time of each. Slower than `run`. */
  async profile(inputs: readonly BufferId[], outputs: readonly BufferId[]): Promise<Timing[]> {
    await this.warmUp();
    const { device } = this.#queue;
    const count = this.#steps.length * 2;
    const timings: Timing[] = [];
    const buffers = this.#given(inputs, outputs);
    const sets: GPUQuerySet[] = [];
    for (let from = 0; from < count; from += 4096)
      sets.push(device.createQuerySet({ type: 'timestamp', count: Math.min(4096, count - from) }));
    this.#encode(inputs, outputs, buffers, sets);
    for (const [index, set] of sets.entries()) {
      const bytes = set.count * 8;
      const resolved = device.createBuffer({ size: bytes, usage: 0x200 | 4 });
      const staging = device.createBuffer({ size: bytes, usage: 1 | 8 });
      const encoder = device.createCommandEncoder();
      encoder.resolveQuerySet(set, 0, set.count, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, staging, 0, bytes);
      device.queue.submit([encoder.finish()]);
      await staging.mapAsync(1);
      const times = new BigInt64Array(staging.getMappedRange().slice(0));
      for (let k = 0; k < times.length / 2; k += 1) {
        const { call } = this.#steps[index * 2048 + k] as Step;
        const ns = Number((times[2 * k + 1] as bigint) - (times[2 * k] as bigint));
        timings.push({ op: call.op, label: call.shader.label, groups: call.groups.join(), ms: ns / 1e6 });
      }
      for (const each of [resolved, staging]) each.destroy();
      set.destroy();
    }
    return timings;
  }

  #given(inputs: readonly BufferId[], outputs: readonly BufferId[]): { in: GPUBuffer[]; out: GPUBuffer[] } {
    const { program } = { program: this.#program };
    if (inputs.length !== program.inputs.length || outputs.length !== program.outputs.length)
      throw new RustaError(`a run with ${inputs.length} inputs and ${outputs.length} outputs`, {
        code: 'run-arity',
        op: 'webgpu',
        expected: `${program.inputs.length} and ${program.outputs.length}`,
      });
    return { in: inputs.map((id) => this.#queue.buffer(id)), out: outputs.map((id) => this.#queue.buffer(id)) };
  }

  #encode(
    inputs: readonly BufferId[],
    outputs: readonly BufferId[],
    buffers: { in: readonly GPUBuffer[]; out: readonly GPUBuffer[] },
    timed: readonly GPUQuerySet[] | null,
  ): void {
    const { device } = this.#queue;
    const broken = this.#steps.find(({ pipeline }) => pipeline.failure !== null);
    if (broken !== undefined) {
      this.#queue.fail(broken.pipeline.failure as RustaError);
      return;
    }
    const bufferOf = (home: Home): GPUBuffer => {
      if (home.kind === 'input') return buffers.in[home.index] as GPUBuffer;
      if (home.kind === 'output') return buffers.out[home.index] as GPUBuffer;
      const id = home.kind === 'slot' ? this.#slots[home.index] : this.#constants.get(home.index);
      return this.#queue.buffer(id as BufferId);
    };
    const isTimed = timed === null && this.#pace.begin();
    const began = isTimed ? this.#queue.idle() : null;
    const perSubmission = this.#pace.count;
    let encoder = device.createCommandEncoder();
    let pass: GPUComputePassEncoder | null = null;
    let inPass = 0;
    let last: GPUComputePipeline | null = null;
    const flush = (): void => {
      pass?.end();
      pass = null;
      device.queue.submit([encoder.finish()]);
      encoder = device.createCommandEncoder();
    };
    for (const [index, step] of this.#steps.entries()) {
      if (pass === null) {
        const set = timed?.[Math.floor(index / 2048)];
        const at = (index % 2048) * 2;
        pass = encoder.beginComputePass(
          set === undefined
            ? {}
            : { timestampWrites: { querySet: set, beginningOfPassWriteIndex: at, endOfPassWriteIndex: at + 1 } },
        );
        last = null;
        inPass = 0;
      }
      const pipeline = step.pipeline.pipeline as GPUComputePipeline;
      if (pipeline !== last) pass.setPipeline(pipeline);
      last = pipeline;
      pass.setBindGroup(0, this.#group(step, inputs, outputs, bufferOf));
      const [x, y, z] = step.call.groups;
      pass.dispatchWorkgroups(x, y, z);
      inPass += 1;
      if (timed !== null) {
        pass.end();
        pass = null;
        if (index % 256 === 255) flush();
      } else if (inPass >= perSubmission) flush();
    }
    (pass as GPUComputePassEncoder | null)?.end();
    for (const { from, input, bytes } of this.#copies)
      encoder.copyBufferToBuffer(bufferOf(from), 0, buffers.in[input] as GPUBuffer, 0, Math.ceil(bytes / 4) * 4);
    device.queue.submit([encoder.finish()]);
    if (began !== null) this.#observe(began, this.#queue.idle());
  }

  /** What the run took: from the end of what was queued before it to its own. */
  #observe(began: Promise<number>, ended: Promise<number>): void {
    Promise.all([began, ended]).then(
      ([from, to]) => this.#pace.observe(this.#steps.length, to - from),
      () => {}, // A lost device is told by the next read.
    );
  }

  #group(
    step: Step,
    inputs: readonly BufferId[],
    outputs: readonly BufferId[],
    bufferOf: (home: Home) => GPUBuffer,
  ): GPUBindGroup {
    if (step.fixed !== null) return step.fixed;
    const key = step.given
      .map((index) => {
        const home = step.homes[index] as Home;
        return home.kind === 'input' ? inputs[home.index] : outputs[home.index];
      })
      .join(' ');
    const known = step.groups.get(key);
    if (known !== undefined) return known;
    const made = this.#queue.device.createBindGroup({
      label: step.call.shader.label,
      layout: step.pipeline.layout,
      entries: [
        {
          binding: 0,
          resource: { buffer: this.#uniforms as GPUBuffer, offset: step.uniformAt, size: step.uniformBytes },
        },
        ...step.homes.map((home, index) => ({
          binding: index + 1,
          resource: this.#bound(bufferOf(home), step.call.buffers[index]?.window ?? null),
        })),
      ],
    });
    if (step.given.length === 0) step.fixed = made;
    else {
      const oldest = step.groups.keys().next();
      if (step.groups.size >= keptGroups && !oldest.done) step.groups.delete(oldest.value);
      step.groups.set(key, made);
    }
    return made;
  }

  /** A buffer, its window, or what one binding may cover of a larger buffer that a small value lies in. */
  #bound(buffer: GPUBuffer, window: Window | null): GPUBufferBinding {
    if (window !== null) return { buffer, offset: window.at, size: window.bytes };
    const most = Math.floor(this.#queue.device.limits.maxStorageBufferBindingSize / 16) * 16;
    return buffer.size > most ? { buffer, size: most } : { buffer };
  }

  #open(): void {
    this.#queue.open();
    if (this.#disposed) throw new RustaError('the program was disposed of', { code: 'program-disposed', op: 'webgpu' });
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    // In its turn: a run that still waits for its pipelines looks its memory up when it is encoded.
    this.#queue.inOrder(() => {
      for (const id of [...this.#slots, ...this.#constants.values()]) this.#queue.release(id);
      this.#uniforms?.destroy();
    });
  }
}

function pack(all: readonly { readonly at: number; readonly params: readonly Param[] }[], bytes: number) {
  const view = new DataView(new ArrayBuffer(bytes));
  for (const { at, params } of all)
    for (const [index, { type, value }] of params.entries()) {
      const place = at + index * 4;
      if (type === 'f32') view.setFloat32(place, value, true);
      else if (type === 'u32') view.setUint32(place, value, true);
      else view.setInt32(place, value, true);
    }
  return new Uint8Array(view.buffer);
}
