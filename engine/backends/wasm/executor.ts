// What one lane does with commands: it keeps executables, runs their calls in step with the other lanes, and copies. Where
// commands come from (a ring, or messages) is lane.ts and worker.ts's matter.
import type { Barrier } from './barrier.ts';
import { type BoundCall, type BoundCode, bind, decode, type KernelFunction } from './code.ts';

/** Copies below this many bytes are lane 0's alone. */
const shared = 1 << 16;

/** A kernel trapped: where, for the caller's message. */
export class CallFailed extends Error {
  readonly executable: number;
  readonly instruction: number;

  constructor(executable: number, instruction: number, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.executable = executable;
    this.instruction = instruction;
  }
}

export class Executor {
  readonly #memory: WebAssembly.Memory;
  readonly #functions: readonly KernelFunction[];
  readonly #lane: number;
  readonly #lanes: number;
  readonly #barrier: Barrier | null;
  readonly #pulse: () => void;
  readonly #codes = new Map<number, BoundCode>();
  #bytes: Uint8Array;
  /** What was done since lanes last met: 0 nothing, 1 by lane 0 alone, 2 by all. The same in every lane. */
  #since: 0 | 1 | 2 = 0;

  constructor(
    memory: WebAssembly.Memory,
    functions: readonly KernelFunction[],
    lane: number,
    lanes: number,
    barrier: Barrier | null,
    pulse: () => void = () => {},
  ) {
    this.#memory = memory;
    this.#functions = functions;
    this.#lane = lane;
    this.#lanes = lanes;
    this.#barrier = barrier;
    this.#pulse = pulse;
    this.#bytes = new Uint8Array(memory.buffer);
  }

  define(id: number, words: Int32Array): void {
    this.#codes.set(id, decode(words, this.#functions, this.#lane, this.#lanes));
  }

  /** As define, of code that lies in memory. */
  defineAt(id: number, address: number, words: number): void {
    this.bytesTo(address + words * 4);
    this.define(id, new Int32Array(this.#bytes.buffer, address, words));
  }

  forget(id: number): void {
    this.#codes.delete(id);
  }

  /** Runs an executable, its slots bound to the addresses from `words[from]` on. @throws CallFailed, Stopped */
  run(id: number, words: Int32Array, from: number, mask: number): void {
    const code = this.#codes.get(id) as BoundCode;
    const slots = code.bound.length;
    for (let slot = 0; slot < slots; slot += 1) bind(code, slot, (words[(from + slot) & mask] as number) >>> 0);
    const { calls } = code;
    for (let index = 0; index < calls.length; index += 1) {
      const each = calls[index] as BoundCall;
      if (each.solo) {
        if (!each.free && this.#since === 2) this.meet();
        if (this.#since === 0) this.#since = 1;
        if (this.#lane !== 0) continue;
      } else {
        if (!each.free && this.#since !== 0) this.meet();
        this.#since = 2;
      }
      this.#pulse();
      try {
        invoke(each.run, each.args);
      } catch (error) {
        throw new CallFailed(id, each.instruction, error);
      }
    }
  }

  copy(to: number, from: number, bytes: number): void {
    if (bytes < shared || this.#lanes === 1) {
      if (this.#since === 2) this.meet();
      if (this.#since === 0) this.#since = 1;
      if (this.#lane === 0) this.#move(to, from, bytes);
      return;
    }
    if (this.#since !== 0) this.meet();
    this.#since = 2;
    // Ranges that overlap are not asked for; lanes take lines of the cache.
    const share = Math.ceil(bytes / this.#lanes / 64) * 64;
    const begin = Math.min(bytes, share * this.#lane);
    this.#move(to + begin, from + begin, Math.min(bytes, begin + share) - begin);
  }

  /** After this, all that was done before is done. */
  meet(): void {
    this.#barrier?.wait();
    this.#since = 0;
  }

  /** As meet, for what lane 0 does next by itself. */
  settle(): void {
    if (this.#since === 2) this.meet();
    else if (this.#since === 0) this.#since = 1;
  }

  /** Memory, up to at least `end`. */
  bytesTo(end: number): Uint8Array {
    if (end > this.#bytes.byteLength || this.#bytes.byteLength === 0) this.#bytes = new Uint8Array(this.#memory.buffer);
    return this.#bytes;
  }

  #move(to: number, from: number, bytes: number): void {
    if (bytes > 0) this.bytesTo(Math.max(to, from) + bytes).copyWithin(to, from, from + bytes);
  }
}

type Sixteen = { readonly [K in 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15]: number };

/** A call without spreading, which V8 does a good deal faster; what a kernel does not take is dropped. */
function invoke(run: KernelFunction, args: readonly number[]): void {
  const a = args as { readonly [index: number]: number } as Sixteen;
  if (args.length <= 8) run(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]);
  else if (args.length <= 16) {
    run(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10], a[11], a[12], a[13], a[14], a[15]);
  } else run(...args);
}
