// The CPU backend: kernels in WebAssembly, run by workers over one memory (folder wasm/). This file keeps buffers, the arena
// and packed weights, and puts everything in the queue; what a program's calls are is wasm/lower/, how they run wasm/lane.ts.
import { RustaError } from '../../schemas/errors.ts';
import type { Program } from '../program/types.ts';
import type { Backend, BackendInfo, BackendOptions, BufferId, Executable, MemoryUse } from './backend.ts';
import { Allocator, aligned } from './wasm/allocator.ts';
import { type Connection, connect } from './wasm/connect.ts';
import { command } from './wasm/control.ts';
import { functions, type Prepared, prepareProgram } from './wasm/lower/program.ts';
import { deviceClosed } from './wasm/queue.ts';

/** Memory grows by at least this much at a time, bytes. */
const growth = 16 << 20;

/** A packed copy of buffers, valid until one of them changes. */
interface PackedCopy {
  readonly address: number;
  readonly key: string;
  readonly buffers: readonly BufferId[];
  valid: boolean;
}

interface Buffer {
  readonly address: number;
  readonly bytes: number;
  /** Packed copies made of it. */
  copies: Set<PackedCopy> | null;
}

/** What an executable remembers of its last run. */
interface Loaded {
  readonly prepared: Prepared;
  readonly id: number;
  readonly packIds: readonly number[];
  readonly copies: (PackedCopy | null)[];
  /** Buffers that a run changes: indices of updated inputs. */
  readonly updated: readonly number[];
}

/** Opens the CPU device. @throws RustaError `no-device`, saying what is missing. */
export async function open(options: WasmOptions = {}): Promise<Backend> {
  const ops = new Map<number, readonly string[]>();
  const where = (executable: number, instruction: number): string =>
    ops.get(executable)?.[instruction] ?? (executable === -1 ? 'run' : 'pack');
  return new WasmBackend(await connect(options, functions, where), ops);
}

export interface WasmOptions extends BackendOptions {
  /** false: no shared memory, though there could be. */
  readonly shared?: boolean;
}

class WasmBackend implements Backend {
  readonly kind = 'wasm';
  readonly #connection: Connection;
  readonly #ops: Map<number, readonly string[]>;
  readonly #allocator: Allocator;
  readonly #limit: number;
  readonly #buffers = new Map<BufferId, Buffer>();
  readonly #executables = new Set<Loaded>();
  readonly #packed = new Map<string, PackedCopy>();
  /** Packed copies that the run being queued needs. */
  readonly #pinned = new Set<number>();
  #arena: { address: number; bytes: number } | null = null;
  #next = 1;
  #closed = false;

  constructor(connection: Connection, ops: Map<number, readonly string[]>) {
    this.#connection = connection;
    this.#ops = ops;
    this.#limit = connection.limit;
    this.#allocator = new Allocator(connection.begin, Math.min(connection.queue.bytes, this.#limit));
  }

  info(): BackendInfo {
    return { kind: 'wasm', device: this.#connection.device, choices: this.#connection.choices };
  }

  memory(): MemoryUse {
    return { live: this.#allocator.live, peak: this.#allocator.peak };
  }

  allocate(bytes: number, label: string): BufferId {
    this.#check('allocate');
    const buffer: Buffer = { address: this.#take(bytes, label), bytes, copies: null };
    const id = this.#next;
    this.#next += 1;
    this.#buffers.set(id, buffer);
    return id;
  }

  release(id: BufferId): void {
    if (this.#closed) return;
    const buffer = this.#of(id, 'release');
    this.#changed(buffer);
    this.#buffers.delete(id);
    this.#allocator.free(buffer.address);
  }

  write(id: BufferId, data: Uint8Array, byteOffset = 0): void {
    this.#check('write');
    const buffer = this.#of(id, 'write');
    within(buffer, byteOffset, data.length, 'write');
    this.#changed(buffer);
    this.#connection.queue.write(buffer.address + byteOffset, data);
  }

  read(id: BufferId, byteOffset: number, bytes: number): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#closed) return Promise.reject(deviceClosed('read'));
    const buffer = this.#of(id, 'read');
    within(buffer, byteOffset, bytes, 'read');
    return this.#connection.queue.read(buffer.address + byteOffset, bytes);
  }

  prepare(program: Program): Executable {
    this.#check('prepare');
    const prepared = prepareProgram(program, this.#connection.lanes);
    const loaded: Loaded = {
      prepared,
      id: this.#define(prepared.code, prepared.ops),
      packIds: prepared.packed.map(({ code }) => this.#define(code, ['pack'])),
      copies: prepared.packed.map(() => null),
      updated: program.updates.map(({ input }) => program.inputs.indexOf(input)),
    };
    this.#executables.add(loaded);
    try {
      this.#fitArena();
    } catch (error) {
      this.#dispose(loaded);
      throw error;
    }
    return {
      arenaBytes: prepared.arenaBytes,
      run: (inputs, outputs) => this.#run(loaded, inputs, outputs),
      dispose: () => this.#dispose(loaded),
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#connection.close();
  }

  #run(loaded: Loaded, inputs: readonly BufferId[], outputs: readonly BufferId[]): void {
    this.#check('run');
    const { prepared, id, updated } = loaded;
    const words: number[] = [command.run, 3 + prepared.slots, id, this.#arena?.address ?? 0];
    for (const each of inputs) words.push(this.#of(each, 'run').address);
    for (const each of outputs) words.push(this.#of(each, 'run').address);
    for (let index = 0; index < prepared.packed.length; index += 1) {
      words.push(this.#packedCopy(loaded, index, inputs, words));
      this.#pinned.add(words[words.length - 1] as number);
    }
    this.#pinned.clear();
    this.#connection.queue.push(words);
    for (const index of updated) this.#changed(this.#of(inputs[index] as BufferId, 'run'));
    for (const each of outputs) this.#changed(this.#of(each, 'run'));
  }

  /** Address of a packed copy; made now, where it is not there. `bound`: the slots before it. */
  #packedCopy(loaded: Loaded, index: number, inputs: readonly BufferId[], bound: readonly number[]): number {
    const { prepared, packIds, copies } = loaded;
    const { inputs: from, layout, bytes, slot } = prepared.packed[index] as Prepared['packed'][number];
    const last = copies[index];
    if (last?.valid && from.every((input, at) => inputs[input] === last.buffers[at])) return last.address;
    const buffers = from.map((input) => inputs[input] as BufferId);
    const key = `${buffers.join()} ${layout}`;
    let copy = this.#packed.get(key);
    if (copy === undefined) {
      copy = { address: this.#take(bytes, 'a packed copy of weights'), key, buffers, valid: true };
      this.#packed.set(key, copy);
      for (const each of buffers) {
        const buffer = this.#of(each, 'run');
        buffer.copies ??= new Set();
        buffer.copies.add(copy);
      }
      const words = [command.run, 3 + prepared.slots, packIds[index] as number, ...bound.slice(3)];
      while (words.length < 3 + prepared.slots) words.push(0);
      words[3 + slot] = copy.address;
      this.#connection.queue.push(words);
    }
    copies[index] = copy;
    return copy.address;
  }

  /** Drops what was packed of a buffer. */
  #changed(buffer: Buffer): void {
    if (buffer.copies === null) return;
    for (const copy of buffer.copies) this.#drop(copy);
    buffer.copies = null;
  }

  #drop(copy: PackedCopy): void {
    if (!copy.valid) return;
    copy.valid = false;
    this.#packed.delete(copy.key);
    this.#allocator.free(copy.address);
    for (const id of copy.buffers) this.#buffers.get(id)?.copies?.delete(copy);
  }

  #define(code: Int32Array<ArrayBuffer>, ops: readonly string[]): number {
    const id = this.#next;
    this.#next += 1;
    this.#ops.set(id, ops);
    this.#connection.queue.define(id, code);
    return id;
  }

  #dispose(loaded: Loaded): void {
    if (this.#closed || !this.#executables.delete(loaded)) return;
    for (const id of [loaded.id, ...loaded.packIds]) {
      this.#ops.delete(id);
      this.#connection.queue.push([command.forget, 3, id]);
    }
    this.#fitArena();
  }

  /** One arena serves all executables, since only one runs at a time: it is as large as the largest. */
  #fitArena(): void {
    const bytes = Math.max(0, ...[...this.#executables].map(({ prepared }) => prepared.arenaBytes));
    if (this.#arena !== null && aligned(this.#arena.bytes) === aligned(bytes)) return;
    const before = this.#arena;
    // Whatever is queued runs before what comes to use these bytes later.
    if (before !== null) this.#allocator.free(before.address);
    this.#arena = null;
    if (bytes > 0) this.#arena = { address: this.#take(bytes, 'the arena of a program'), bytes };
  }

  /** @throws RustaError `out-of-memory` */
  #take(bytes: number, label: string): number {
    const found = this.#tryTake(bytes);
    if (found !== null) return found;
    // Packed copies can be made again.
    for (const copy of [...this.#packed.values()]) if (!this.#pinned.has(copy.address)) this.#drop(copy);
    const freed = this.#tryTake(bytes);
    if (freed !== null) return freed;
    this.#pinned.clear();
    const { live } = this.#allocator;
    const arena = this.#arena?.bytes ?? 0;
    const limit = this.#limit - this.#connection.begin;
    throw new RustaError(
      `${label} asks for ${mib(bytes)}; ${mib(live)} of ${mib(limit)} are in use (buffers ${mib(live - arena)}, arena ${mib(arena)}), the largest free piece is ${mib(Math.max(this.#allocator.largestGap, limit - live - arena > 0 ? this.#limit - this.#allocator.end : 0))}`,
      {
        code: 'out-of-memory',
        op: 'allocate',
        hint: 'use a smaller model, batch or context, or free what is not needed (device.scope)',
      },
    );
  }

  #tryTake(bytes: number): number | null {
    const found = this.#allocator.take(bytes);
    if (found !== null) return found;
    const needed = this.#allocator.endFor(bytes);
    if (needed > this.#limit) return null;
    const { queue } = this.#connection;
    if (needed > queue.bytes) {
      const roomy = Math.min(this.#limit, Math.max(needed, queue.bytes + growth));
      if (!queue.grow(roomy) && !queue.grow(needed)) return null;
    }
    this.#allocator.extend(Math.min(queue.bytes, this.#limit));
    return this.#allocator.take(bytes);
  }

  #of(id: BufferId, op: string): Buffer {
    const buffer = this.#buffers.get(id);
    if (buffer !== undefined) return buffer;
    throw new RustaError(`there is no buffer ${id}`, { code: 'no-buffer', op });
  }

  #check(op: string): void {
    if (this.#closed) throw deviceClosed(op);
  }
}

function within(buffer: Buffer, offset: number, bytes: number, op: string): void {
  if (offset >= 0 && bytes >= 0 && offset + bytes <= buffer.bytes) return;
  throw new RustaError(`bytes ${offset} to ${offset + bytes} of a buffer of ${buffer.bytes}`, {
    code: 'out-of-range',
    op,
  });
}

function mib(bytes: number): string {
  return `${(bytes / (1 << 20)).toFixed(bytes < 100 << 20 ? 2 : 0)} MiB`;
}
