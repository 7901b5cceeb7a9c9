// One sequence byte by byte, without a way to the caller and back for each: while the caller takes the likeliest byte every time,
// the device takes it by itself and goes on, some steps ahead. The caller sees every step's logits and may decide otherwise:
// then the steps ahead are dropped. What they wrote lies beyond the sequence, where nothing looks; no blocks are taken for them.
import type { Compiled } from '../compiled.ts';
import type { Device } from '../device.ts';
import { vocabulary } from '../model/config.ts';
import { argmax, concat, reshape, slice } from '../ops/functions.ts';
import { blockLength } from '../ops/quantised.ts';
import type { TensorType } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { forward, type Loaded, reachOf } from './forward.ts';
import { inputTypes, tableOf } from './inputs.ts';
import { likeliest } from './sampler.ts';
import type { Sequence } from './sequences.ts';

/**
 * Steps whose logits are read together. A message between threads costs each side up to 0.4 ms where processors are busy, a third of a
 * step of the 33.8M model; two such groups are on their way at most.
 */
const group = 4;

export class Stepper {
  readonly #device: Device;
  readonly #loaded: Loaded;
  // What a step reads and leaves, on the device.
  /** i32[1, reach + 1]: the newest byte and those before it; a step leaves those of the next. */
  readonly #ids: Tensor;
  readonly #positions: Tensor;
  readonly #slots: readonly Tensor[];
  readonly #tables: readonly Tensor[];
  /** f32[group, 256]: logits of the last steps. */
  readonly #logits: Tensor;
  #step: Compiled<readonly [], readonly []> | null = null;
  /** Tables as they are on the device. */
  readonly #written: (readonly number[])[] = [];
  /** Logits of the steps that are queued, the next one first. */
  #queued: Promise<Float32Array>[] = [];
  /** Where the caller is, and the likeliest byte there. */
  #at: { readonly sequence: Sequence; readonly length: number; readonly byte: number | null } | null = null;
  /** Times in a row that the likeliest byte was taken. */
  #right = 0;

  constructor(device: Device, loaded: Loaded, pools: number) {
    this.#device = device;
    this.#loaded = loaded;
    const empty = ({ shape, dtype }: TensorType): Tensor => device.empty(shape, dtype);
    const [ids, positions, ...places] = inputTypes(loaded.config, pools, 1, 1, true).map(empty);
    this.#ids = ids as Tensor;
    this.#positions = positions as Tensor;
    this.#slots = places.slice(0, pools);
    this.#tables = places.slice(pools);
    this.#logits = device.empty([group, vocabulary]);
  }

  /**
   * Logits after one more byte of a sequence, which has reserved it.
   * @param more bytes that the caller will likely ask for after this one.
   */
  next(sequence: Sequence, byte: number, more: number): Promise<Float32Array> {
    const { length } = sequence;
    const expected = this.#at?.sequence === sequence && this.#at.length === length && this.#at.byte === byte;
    this.#right = expected ? this.#right + 1 : 0;
    if (!expected) this.drop();
    const reserved = (sequence.tables[0] as number[]).length * blockLength;
    const wanted = 1 + Math.min(more, this.#right, reserved - length - 1);
    if (this.#queued.length === 0) {
      this.#begin(sequence, byte);
      this.#queue(sequence, Math.min(group, wanted));
    }
    if (this.#queued.length <= group && wanted - this.#queued.length >= group) this.#queue(sequence, group);
    return this.#queued.shift() as Promise<Float32Array>;
  }

  /** Tells what was computed for a sequence that is this long now. */
  saw(sequence: Sequence, logits: Float32Array): void {
    this.#at = { sequence, length: sequence.length, byte: likeliest(logits, null) };
  }

  /** Forgets what is queued: it is not what comes, or another pass writes where it wrote. */
  drop(): void {
    this.#queued = [];
  }

  #begin(sequence: Sequence, byte: number): void {
    const reach = reachOf(this.#loaded.config);
    const ids = new Int32Array(reach + 1).fill(-1);
    const before = sequence.bytes.slice(Math.max(0, sequence.length - reach));
    ids.set([...before, byte], reach - before.length);
    this.#device.write(this.#ids, ids);
  }

  /** Queues steps after those that are queued. */
  #queue(sequence: Sequence, count: number): void {
    this.#step ??= this.#record();
    for (const [pool, tensor] of this.#tables.entries()) {
      const table = sequence.tables[pool] as readonly number[];
      const known = this.#written[pool];
      if (known?.length === table.length && table.every((block, index) => block === known[index])) continue;
      this.#written[pool] = [...table];
      this.#device.write(tensor, tableOf(sequence, pool, this.#loaded.config));
    }
    for (let index = 0; index < count; index += 1) {
      const position = sequence.length + this.#queued.length + index;
      this.#device.write(this.#positions, [position]);
      for (const [pool, tensor] of this.#slots.entries()) this.#device.write(tensor, [sequence.slot(pool, position)]);
      this.#step.run([]);
    }
    const read = this.#logits.data() as Promise<Float32Array>;
    for (let left = count; left > 0; left -= 1) {
      const at = (group - left) * vocabulary;
      const row = read.then((all) => all.slice(at, at + vocabulary));
      // Nobody may come to wait for it.
      row.catch(() => {});
      this.#queued.push(row);
    }
  }

  #record(): Compiled<readonly [], readonly []> {
    const [device, ids, logits] = [this.#device, this.#ids, this.#logits];
    const reach = reachOf(this.#loaded.config);
    return device.program<readonly [], readonly []>(() => {
      const places = { positions: this.#positions, slots: this.#slots, tables: this.#tables };
      const newest = forward(this.#loaded, { ids, ...places, rows: null });
      const byte = reshape(argmax(newest), [1, 1]);
      device.assign(ids, reach === 0 ? byte : concat([slice(ids, 1, 1, reach), byte], 1));
      device.assign(logits, concat([slice(logits, 0, 1, group - 1), newest], 0));
      return [];
    }, []);
  }
}
