// A quantised ByteLM on a device, with its cache: gives logits of new bytes of several sequences at once. Programs are kept
// by size; a pass is padded to the next size, which changes no bit of a position's logits. Choosing bytes is generate.ts's.
import { RustaError } from '../../schemas/errors.ts';
import type { Compiled } from '../compiled.ts';
import type { Device } from '../device.ts';
import type { ByteLmConfig } from '../model/config.ts';
import { vocabulary } from '../model/config.ts';
import { kvCopy } from '../ops/functions.ts';
import { blockLength } from '../ops/quantised.ts';
import type { QuantisedByteLM } from '../quant/model.ts';
import type { TensorType } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { forward, type Loaded, load } from './forward.ts';
import { type Chunk, inputTypes, layOut } from './inputs.ts';
import { type BlockCopy, type Layout, type Sequence, SequenceStore } from './sequences.ts';
import { Stepper } from './stepper.ts';

export interface DecoderOptions {
  /** Sequences that are decoded at once at most: sizes the cache. */
  readonly sequences?: number;
  /** Prompts that are remembered for prompts that begin alike. */
  readonly prefixes?: number;
  /** Bits of a number in the cache of keys and values: 8 with a scale for each head and position, or 16 (f16) in twice the bytes. */
  readonly cacheBits?: 8 | 16;
  /** What products take: rows of activations in 8 bits as the weights (int8, the fastest), or floats as they are (weights alone). */
  readonly activations?: 'int8' | 'float';
}

/** Positions of a chunk that are computed in one pass at most. */
export const largestChunk = 256;

type Pass = Compiled<readonly TensorType[], Tensor>;
type Copier = Compiled<readonly TensorType[], readonly Tensor[]>;

export class Decoder {
  readonly device: Device;
  readonly config: ByteLmConfig;
  readonly sequences: number;
  /** Weights and caches, on the device. */
  readonly loaded: Loaded;
  readonly #store: SequenceStore;
  readonly #passes = new Map<string, Pass>();
  readonly #copiers = new Map<string, Copier>();
  readonly #stepper: Stepper;
  #breathed = performance.now();

  /** @throws RustaError `out-of-memory`. */
  constructor(
    device: Device,
    model: QuantisedByteLM,
    { sequences = 8, prefixes = 4, cacheBits = 8, activations = 'int8' }: DecoderOptions = {},
  ) {
    this.device = device;
    this.config = model.config;
    this.sequences = sequences;
    const layouts = layoutsOf(model.config, sequences);
    this.#store = new SequenceStore(layouts, prefixes);
    this.loaded = load(device, model, layouts, { cacheBits, activations });
    this.#stepper = new Stepper(device, this.loaded, layouts.length);
  }

  /** Blocks that are free, in the pool that has the fewest. For tests and reports. */
  get freeBlocks(): number {
    return Math.min(...this.#store.pools.map(({ free }) => free));
  }

  /**
   * Reads a prompt: a sequence of all its bytes, and the logits after the last.
   * @throws RustaError `empty-prompt`, `prompt-too-long`, `aborted`.
   */
  async prefill(
    prompt: Uint8Array,
    signal?: AbortSignal,
  ): Promise<{ readonly sequence: Sequence; readonly logits: Float32Array }> {
    if (prompt.length === 0) {
      throw new RustaError('the prompt is empty', {
        code: 'empty-prompt',
        op: 'decode',
        hint: 'begin with the symbol of a document, 0xC0',
      });
    }
    if (prompt.length > this.config.context) throw tooLong(prompt.length, 0, this.config.context);
    const sequence = this.#store.begin(prompt);
    try {
      const whole = this.#store.fits(prompt.length - sequence.length);
      let logits = new Float32Array(0);
      while (sequence.length < prompt.length) {
        const bytes = [...prompt.subarray(sequence.length, sequence.length + largestChunk)];
        [logits] = (await this.#last([{ sequence, bytes }], signal)) as [Float32Array<ArrayBuffer>];
        sequence.append(bytes);
        if (!whole) sequence.trim();
      }
      if (whole) this.#store.remember(sequence);
      sequence.trim();
      return { sequence, logits };
    } catch (error) {
      sequence.dispose();
      throw error;
    }
  }

  /** `count` sequences with the same bytes; the given one is the first of them. */
  fork(sequence: Sequence, count: number): Sequence[] {
    const all = [sequence];
    const copies: BlockCopy[] = [];
    try {
      while (all.length < count) {
        const made = this.#store.fork(sequence);
        all.push(made.fork);
        copies.push(...made.copies);
      }
      this.#copy(copies);
      return all;
    } catch (error) {
      for (const fork of all.slice(1)) fork.dispose();
      throw error;
    }
  }

  /**
   * Computes more bytes of each sequence; -> the logits after the last, f32[256] each.
   * @param ahead bytes that will likely be asked for after these, each the likeliest: of one sequence, the device then goes on by itself.
   */
  async advance(chunks: readonly Chunk[], signal?: AbortSignal, ahead = 0): Promise<Float32Array[]> {
    const [only] = chunks;
    const single = chunks.length === 1 && only?.bytes.length === 1 ? only : null;
    const logits = single === null ? await this.#last(chunks, signal) : [await this.#stepped(single, signal, ahead)];
    for (const { sequence, bytes } of chunks) {
      sequence.append(bytes);
      sequence.trim();
    }
    if (single !== null) this.#stepper.saw(single.sequence, logits[0] as Float32Array);
    return logits;
  }

  /**
   * Computes several bytes of each sequence, without making them part of it: `accept` says how many are.
   * @returns for each chunk, logits after each of its bytes.
   */
  async propose(chunks: readonly Chunk[], signal?: AbortSignal): Promise<Float32Array[][]> {
    const { logits, length } = await this.#run(chunks, true, signal);
    return chunks.map(({ bytes }, index) => bytes.map((_, at) => row(logits, index * length + at)));
  }

  /** The first `count` bytes of a chunk that was proposed become part of its sequence. */
  accept({ sequence, bytes }: Chunk, count: number): void {
    sequence.append(bytes.slice(0, count));
    sequence.trim();
  }

  async #stepped(chunk: Chunk, signal: AbortSignal | undefined, ahead: number): Promise<Float32Array> {
    await this.#admit([chunk], signal);
    return untilAborted(this.#stepper.next(chunk.sequence, chunk.bytes[0] as number, ahead), signal);
  }

  async #last(chunks: readonly Chunk[], signal?: AbortSignal): Promise<Float32Array[]> {
    const { logits } = await this.#run(chunks, false, signal);
    return chunks.map((_, index) => row(logits, index));
  }

  async #run(
    chunks: readonly Chunk[],
    all: boolean,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly logits: Float32Array; readonly length: number }> {
    await this.#admit(chunks, signal);
    // What is queued ahead wrote where these may write now, or be told otherwise.
    this.#stepper.drop();
    const batch = sizeAbove(chunks.length);
    const length = sizeAbove(Math.max(...chunks.map(({ bytes }) => bytes.length)));
    const { pass, types } = this.#pass(batch, length, all);
    const arrays = layOut(chunks, batch, length, this.config, this.#store.layouts.length, all);
    // The inputs live as long as it takes to queue the pass: no scope of the caller's can free them.
    const output = this.device.scope(() =>
      pass.run(arrays.map((array, index) => this.device.tensor(array, (types[index] as TensorType).shape, 'i32'))),
    );
    const logits = (await untilAborted(output.data(), signal)) as Float32Array;
    return { logits, length };
  }

  /** Goes on unless it was stopped; there is room for the chunks then. */
  async #admit(chunks: readonly Chunk[], signal: AbortSignal | undefined): Promise<void> {
    if (signal !== undefined) await this.#breathe();
    throwIfAborted(signal);
    for (const { sequence, bytes } of chunks) {
      if (sequence.length + bytes.length > this.config.context)
        throw tooLong(sequence.length, bytes.length, this.config.context);
      sequence.reserve(bytes.length);
    }
  }

  #pass(batch: number, length: number, all: boolean): { readonly pass: Pass; readonly types: readonly TensorType[] } {
    const pools = this.#store.layouts.length;
    const types = inputTypes(this.config, pools, batch, length, all);
    const key = `${batch}x${length}${all ? ' all' : ''}`;
    let pass = this.#passes.get(key);
    if (pass === undefined) {
      pass = this.device.program<readonly TensorType[], Tensor>(
        (...given) =>
          forward(this.loaded, {
            ids: given[0] as Tensor,
            positions: given[1] as Tensor,
            slots: given.slice(2, 2 + pools),
            tables: given.slice(2 + pools, 2 + 2 * pools),
            rows: all ? null : (given[2 + 2 * pools] as Tensor),
          }),
        types,
      );
      this.#passes.set(key, pass);
    }
    return { pass, types };
  }

  /** Lets timers and events run, of which one may abort: a backend on this thread never waits for anything else. */
  async #breathe(): Promise<void> {
    if (performance.now() - this.#breathed < 15) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#breathed = performance.now();
  }

  /** Copies blocks in the caches of every layer of their pool. */
  #copy(copies: readonly BlockCopy[]): void {
    for (const pool of this.#store.layouts.keys()) {
      const own = copies.filter((copy) => copy.pool === pool);
      if (own.length === 0) continue;
      // Pairs up to the next size are no blocks: they are passed over.
      const size = sizeAbove(own.length);
      const blocks = (side: 'from' | 'to'): Tensor =>
        this.device.tensor(
          Int32Array.from({ length: size }, (_, index) => own[index]?.[side] ?? -1),
          [size],
          'i32',
        );
      this.device.scope(() => this.#copier(pool, size).run([blocks('from'), blocks('to')]));
    }
  }

  /** A program, because it copies within the caches; an op by itself would give new ones. */
  #copier(pool: number, size: number): Copier {
    const key = `${pool} ${size}`;
    let copier = this.#copiers.get(key);
    if (copier === undefined) {
      const type: TensorType = { dtype: 'i32', shape: [size] };
      copier = this.device.program<readonly TensorType[], readonly Tensor[]>(
        (from, to) => {
          for (const { keys, values } of this.loaded.layers.filter((each) => each.pool === pool)) {
            for (const { steps, scales } of [keys, values]) {
              const [nextSteps, nextScales] = kvCopy(steps, scales, from as Tensor, to as Tensor);
              this.device.assign(steps, nextSteps);
              this.device.assign(scales, nextScales);
            }
          }
          return [];
        },
        [type, type],
      );
      this.#copiers.set(key, copier);
    }
    return copier;
  }
}

/** One pool for each window that a layer has. */
function layoutsOf({ windows, context }: ByteLmConfig, sequences: number): Layout[] {
  const whole = Math.ceil(context / blockLength);
  return [...new Set(windows)].map((window) => ({
    window,
    // A windowed pool holds the window of each sequence, a chunk that is being read, and one prompt that is remembered whole.
    blocks:
      window === null
        ? whole * (sequences + 1)
        : Math.min(whole, Math.ceil((window + largestChunk) / blockLength) + 1) * sequences + whole,
  }));
}

/** Sizes that programs are made for: powers of two. */
function sizeAbove(count: number): number {
  let size = 1;
  while (size < count) size *= 2;
  return size;
}

function row(logits: Float32Array, index: number): Float32Array {
  return logits.slice(index * vocabulary, (index + 1) * vocabulary);
}

export function tooLong(length: number, more: number, context: number): RustaError {
  return new RustaError(`${length} bytes and ${more} more do not fit into the context of ${context}`, {
    code: 'prompt-too-long',
    op: 'decode',
    expected: `at most ${context} bytes`,
    got: `${length + more}`,
    hint: "shorten the prompt, ask for fewer bytes, or pass overflow: 'slide' to drop its beginning",
  });
}

function aborted(signal: AbortSignal): RustaError {
  return new RustaError('it was stopped', { code: 'aborted', op: 'decode', exit: 'interrupted', cause: signal.reason });
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw aborted(signal);
}

/** Waits for a read, but no longer than until the signal: the device goes on with what was queued, and nobody waits for it. */
function untilAborted<T>(reading: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return reading;
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(aborted(signal));
    signal.addEventListener('abort', stop, { once: true });
    reading.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
