// What the caller and its workers say to each other, beside the ring.

/** The first message to a worker. */
export interface Start {
  readonly modules: readonly WebAssembly.Module[];
  /** Every kernel function, as its module and its name there: calls name it by its index. */
  readonly functions: readonly (readonly [module: number, name: string])[];
  /** Whether tiles of products are twice as wide. */
  readonly wide: boolean;
  readonly lane: number;
  readonly lanes: number;
  /** Shared memory and the control block; null: the worker is alone and has memory of its own. */
  readonly shared: { readonly memory: WebAssembly.Memory; readonly control: SharedArrayBuffer } | null;
}

/** What a worker with memory of its own is sent. In order, like the ring. */
export type Order =
  /** Commands as in the ring, but `define`. */
  | { readonly type: 'commands'; readonly words: Int32Array }
  | { readonly type: 'define'; readonly id: number; readonly words: Int32Array }
  | { readonly type: 'grow'; readonly bytes: number }
  | { readonly type: 'write'; readonly address: number; readonly data: Uint8Array }
  | { readonly type: 'read'; readonly ticket: number; readonly address: number; readonly bytes: number };

/** What a worker says. */
export type Report =
  | { readonly type: 'ready' }
  /** All before a ticket is done. */
  | { readonly type: 'done'; readonly ticket: number; readonly data: Uint8Array<ArrayBuffer> | null }
  | {
      readonly type: 'failed';
      readonly message: string;
      /** Where a kernel failed: the executable and the number of the instruction; -1 where it was none. */
      readonly executable: number;
      readonly instruction: number;
    }
  /** The lane ended by itself: see the control block. */
  | { readonly type: 'stopped' };
