// The whole contract of a backend. It has one queue: whatever is called is done in order, and only `read` waits.
// Recording, shapes, gradients and planning are none of its business; it is given a program and replays it.
import type { Program } from '../program/types.ts';

/** A backend's memory, by number. 0 is no buffer. */
export type BufferId = number;

export type BackendKind = 'reference' | 'wasm' | 'webgpu';

export interface BackendInfo {
  readonly kind: BackendKind;
  /** What runs: `WebAssembly, 2 threads`, or the adapter's name. */
  readonly device: string;
  /** What was chosen, and why: one line each, for `rusta doctor`. */
  readonly choices: readonly { readonly what: string; readonly chosen: string; readonly why: string }[];
}

export interface MemoryUse {
  /** Bytes in use now: buffers and arenas. */
  readonly live: number;
  readonly peak: number;
}

/** A program made ready: kernels chosen, memory planned. */
export interface Executable {
  /** Bytes of its arena, held until `dispose`. */
  readonly arenaBytes: number;
  /**
   * Queues one run. `inputs` and `outputs` are in the program's order; an updated input is changed in place.
   * What goes wrong is told by the next `read`, with the op that failed.
   */
  run(inputs: readonly BufferId[], outputs: readonly BufferId[]): void;
  /** Compiles ahead what the first run would wait for. */
  warmUp?(): Promise<void>;
  dispose(): void;
}

export interface BackendOptions {
  /** Threads that compute; the backend's choice where left out. */
  readonly threads?: number;
  /** Bytes beyond which `allocate` refuses; the machine's limit where left out. */
  readonly memoryLimit?: number;
  /** Which GPU: part of its name, or `software`; the fastest where left out. */
  readonly adapter?: string;
  /** Nobody asked for this backend by name: it refuses (`no-device`) where another will do better, as on a software GPU. */
  readonly auto?: boolean;
}

/** What the module of each backend exports. @throws RustaError `no-device`, saying what is missing. */
export type OpenBackend = (options: BackendOptions) => Promise<Backend>;

export interface Backend {
  readonly kind: BackendKind;
  info(): BackendInfo;
  memory(): MemoryUse;
  /** @throws RustaError `out-of-memory`: who asked (`label`) for how much, and what there is. */
  allocate(bytes: number, label: string): BufferId;
  release(buffer: BufferId): void;
  /** Queues a copy into a buffer; `data` may be changed once it returns. */
  write(buffer: BufferId, data: Uint8Array, byteOffset?: number): void;
  /** Waits for the queue up to here. @throws RustaError for whatever went wrong in it. */
  read(buffer: BufferId, byteOffset: number, bytes: number): Promise<Uint8Array<ArrayBuffer>>;
  /** @throws RustaError where an op, dtype or size is beyond this backend, saying which. */
  prepare(program: Program): Executable;
  /** Frees everything. Later calls throw RustaError `device-closed`; waiting reads are refused with it. */
  close(): Promise<void>;
}
