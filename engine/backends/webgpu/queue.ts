// A WebGPU device as the backend uses it: buffers by number, one order of doing, errors kept for the next read.
// While pipelines of a queued run are still being compiled, whatever is called after it waits in a list.
import { RustaError } from '../../../schemas/errors.ts';
import type { BufferId } from '../backend.ts';
import { Pipelines } from './pipelines.ts';

// Flags of GPUBufferUsage, which is no global in Node.
const usage = { mapRead: 1, copySource: 4, copyTarget: 8, uniform: 64, storage: 128 } as const;

interface Held {
  readonly buffer: GPUBuffer;
  readonly bytes: number;
  readonly label: string;
}

export class Queue {
  readonly device: GPUDevice;
  readonly pipelines: Pipelines;
  readonly memoryLimit: number;
  readonly #buffers = new Map<BufferId, Held>();
  #next: BufferId = 1;
  #live = 0;
  #peak = 0;
  #failure: RustaError | null = null;
  #closed = false;
  #waiting: (() => void)[] = [];
  #blocked: Promise<void> | null = null;

  constructor(device: GPUDevice, memoryLimit: number) {
    this.device = device;
    this.memoryLimit = memoryLimit;
    this.pipelines = new Pipelines(device);
    device.addEventListener('uncapturederror', (event) => {
      const { error } = event as GPUUncapturedErrorEvent;
      const memory = error.constructor.name === 'GPUOutOfMemoryError';
      this.fail(
        new RustaError(error.message, {
          code: memory ? 'out-of-memory' : 'gpu-error',
          op: 'webgpu',
          ...(memory ? { hint: 'use smaller batches, or accumulate gradients over microbatches' } : {}),
        }),
      );
    });
    device.lost.then(({ reason, message }) => {
      if (this.#closed) return;
      this.fail(
        new RustaError(`the device was lost (${reason}): ${message}`, {
          code: 'device-lost',
          op: 'webgpu',
          hint: 'start again: a trainer resumes from its last checkpoint',
        }),
      );
    });
  }

  get memory(): { live: number; peak: number } {
    return { live: this.#live, peak: this.#peak };
  }

  fail(error: RustaError): void {
    this.#failure ??= error;
  }

  open(): void {
    if (this.#closed)
      throw new RustaError('the device is closed', { code: 'device-closed', op: 'webgpu', hint: 'open another' });
  }

  allocate(bytes: number, label: string): BufferId {
    this.open();
    const size = Math.max(Math.ceil(bytes / 16) * 16, 16);
    const most = this.device.limits.maxBufferSize;
    if (size > most || this.#live + size > this.memoryLimit)
      throw new RustaError(`${label} asks for ${size} bytes`, {
        code: 'out-of-memory',
        op: 'webgpu',
        expected: `at most ${size > most ? most : this.memoryLimit - this.#live}`,
        got: String(size),
        hint: 'use smaller batches, or accumulate gradients over microbatches',
      });
    const buffer = this.device.createBuffer({
      label,
      size,
      usage: usage.storage | usage.copySource | usage.copyTarget,
    });
    const id = this.#next;
    this.#next += 1;
    this.#buffers.set(id, { buffer, bytes: size, label });
    this.#live += size;
    this.#peak = Math.max(this.#peak, this.#live);
    return id;
  }

  release(id: BufferId): void {
    const held = this.#buffers.get(id);
    if (held === undefined) return;
    this.#buffers.delete(id);
    this.#live -= held.bytes;
    this.inOrder(() => held.buffer.destroy());
  }

  buffer(id: BufferId): GPUBuffer {
    const held = this.#buffers.get(id);
    if (held === undefined)
      throw new RustaError(`no buffer ${id}: it was released`, { code: 'buffer-missing', op: 'webgpu' });
    return held.buffer;
  }

  bytes(id: BufferId): number {
    return this.#buffers.get(id)?.bytes ?? 0;
  }

  uniforms(contents: Uint8Array<ArrayBuffer>): GPUBuffer {
    const buffer = this.device.createBuffer({ size: contents.byteLength, usage: usage.uniform | usage.copyTarget });
    this.device.queue.writeBuffer(buffer, 0, contents);
    return buffer;
  }

  /** Does it now, or once what was called before is done. */
  inOrder(action: () => void): void {
    if (this.#blocked === null) action();
    else this.#waiting.push(action);
  }

  /** Holds everything that follows until the promise is done. */
  hold(until: Promise<unknown>): void {
    const gate = (): void => {
      const blocked: Promise<void> = until.then(
        () => this.#resume(blocked),
        (error: unknown) => {
          this.fail(error as RustaError);
          this.#resume(blocked);
        },
      );
      this.#blocked = blocked;
    };
    this.inOrder(gate);
  }

  #resume(done: Promise<void>): void {
    if (this.#blocked === done) this.#blocked = null;
    while (this.#blocked === null) {
      const action = this.#waiting.shift();
      if (action === undefined) return;
      action();
    }
  }

  /** When all that was submitted so far is done, as `performance.now()` tells it. */
  async idle(): Promise<number> {
    await this.device.queue.onSubmittedWorkDone();
    return performance.now();
  }

  write(id: BufferId, data: Uint8Array, at: number): void {
    this.open();
    const buffer = this.buffer(id);
    const tail = data.byteLength % 4;
    if (at % 4 !== 0 || (tail !== 0 && at + data.byteLength + 4 - tail > this.bytes(id)))
      throw new RustaError(`a write of ${data.byteLength} bytes at ${at}`, {
        code: 'unaligned-write',
        op: 'webgpu',
        expected: 'multiples of 4',
      });
    const copy = new Uint8Array(data.byteLength + (tail === 0 ? 0 : 4 - tail));
    copy.set(data);
    this.inOrder(() => this.device.queue.writeBuffer(buffer, at, copy));
  }

  async read(id: BufferId, at: number, bytes: number): Promise<Uint8Array<ArrayBuffer>> {
    this.open();
    const buffer = this.buffer(id);
    const from = Math.floor(at / 4) * 4;
    const size = Math.max(Math.ceil((at + bytes - from) / 4) * 4, 4);
    // The copy takes its turn now: what is called later must not change what is read.
    let copied: GPUBuffer | null = null;
    this.inOrder(() => {
      copied = this.device.createBuffer({ size, usage: usage.mapRead | usage.copyTarget });
      const encoder = this.device.createCommandEncoder();
      encoder.copyBufferToBuffer(buffer, from, copied, 0, size);
      this.device.queue.submit([encoder.finish()]);
    });
    while (copied === null && this.#blocked !== null) await this.#blocked;
    this.open();
    this.#raise();
    const staging = copied as unknown as GPUBuffer;
    try {
      await staging.mapAsync(1);
    } catch (cause) {
      // Errors are told asynchronously: what went wrong first is the better message.
      await new Promise((done) => setTimeout(done, 0));
      this.open();
      this.#raise();
      throw new RustaError(`cannot read back: ${cause instanceof Error ? cause.message : cause}`, {
        code: 'gpu-error',
        op: 'webgpu',
        cause,
      });
    }
    this.#raise();
    const data = new Uint8Array(staging.getMappedRange().slice(0));
    staging.destroy();
    return data.slice(at - from, at - from + bytes);
  }

  /** Throws what went wrong, once. */
  #raise(): void {
    const failure = this.#failure;
    if (failure === null) return;
    if (failure.code !== 'device-lost') this.#failure = null;
    throw failure;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waiting = [];
    for (const { buffer } of this.#buffers.values()) buffer.destroy();
    this.#buffers.clear();
    this.#live = 0;
    this.device.destroy();
  }
}
