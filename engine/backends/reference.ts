// The reference: plain TypeScript, every op by the table's `forward` in f64, each result rounded to what its dtype holds.
// Slow and obviously right; what every other backend is compared with. For exact numbers, give it f64 tensors.
import { RustaError } from '../../schemas/errors.ts';
import { fromBytes, roundTo, toBytes } from '../contents.ts';
import type { Ref } from '../ops/def.ts';
import { table } from '../ops/table.ts';
import type { Instruction, Program, ValueId } from '../program/types.ts';
import { baseOf, gather, typeOf } from '../program/views.ts';
import { byteLength } from '../shape.ts';
import type { Backend, BackendInfo, BackendOptions, BufferId, Executable, MemoryUse } from './backend.ts';

export async function open(options: BackendOptions): Promise<Backend> {
  return new Reference(options.memoryLimit ?? Number.POSITIVE_INFINITY);
}

class Reference implements Backend {
  readonly kind = 'reference';
  readonly #limit: number;
  readonly #buffers = new Map<BufferId, Uint8Array<ArrayBuffer>>();
  #next = 1;
  #live = 0;
  #peak = 0;
  #failure: unknown = null;
  #closed = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  info(): BackendInfo {
    const choices = [{ what: 'arithmetic', chosen: 'f64', why: 'results are rounded to their dtype, nothing else is' }];
    return { kind: this.kind, device: 'plain TypeScript, 1 thread', choices };
  }

  memory(): MemoryUse {
    return { live: this.#live, peak: this.#peak };
  }

  allocate(bytes: number, label: string): BufferId {
    this.#check();
    if (this.#live + bytes > this.#limit) {
      throw new RustaError(`${label} needs ${bytes} bytes; ${this.#live} of ${this.#limit} are in use`, {
        code: 'out-of-memory',
        op: 'allocate',
        hint: 'a smaller batch, or device.scope around what is needed only for a while',
      });
    }
    const id = this.#next;
    this.#next += 1;
    this.#buffers.set(id, new Uint8Array(bytes));
    this.#live += bytes;
    this.#peak = Math.max(this.#peak, this.#live);
    return id;
  }

  release(buffer: BufferId): void {
    this.#check();
    this.#live -= this.#bytes(buffer).length;
    this.#buffers.delete(buffer);
  }

  write(buffer: BufferId, data: Uint8Array, byteOffset = 0): void {
    this.#check();
    this.#bytes(buffer).set(data, byteOffset);
  }

  async read(buffer: BufferId, byteOffset: number, bytes: number): Promise<Uint8Array<ArrayBuffer>> {
    this.#check();
    const failure = this.#failure;
    this.#failure = null;
    if (failure !== null) throw failure;
    return this.#bytes(buffer).slice(byteOffset, byteOffset + bytes);
  }

  prepare(program: Program): Executable {
    this.#check();
    return {
      // Values live in JavaScript's own memory while a run lasts.
      arenaBytes: 0,
      run: (inputs, outputs) => {
        this.#check();
        try {
          this.#run(
            program,
            inputs.map((id) => this.#bytes(id)),
            outputs.map((id) => this.#bytes(id)),
          );
        } catch (error) {
          this.#failure ??= error;
        }
      },
      dispose: () => {},
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#buffers.clear();
    this.#live = 0;
  }

  #run(program: Program, inputs: readonly Uint8Array<ArrayBuffer>[], outputs: readonly Uint8Array[]): void {
    const contents = new Map<ValueId, Float64Array>();
    const ref = (id: ValueId): Ref => {
      const { type, view } = program.values[id] as Program['values'][number];
      const whole = contents.get(view?.base ?? id) as Float64Array;
      return { type, shape: type.shape, data: view === null ? whole : gather(whole, type, view) };
    };
    const last = lastUses(program);
    for (const [index, id] of program.inputs.entries()) {
      const type = typeOf(program, id);
      const bytes = (inputs[index] as Uint8Array<ArrayBuffer>).subarray(0, byteLength(type));
      contents.set(id, Float64Array.from(fromBytes(type.dtype, bytes)));
    }
    for (const [index, instruction] of program.instructions.entries()) {
      const made = instruction.outputs.filter((id) => program.values[id]?.view === null);
      if (made.length > 0) {
        const results = forward(instruction, instruction.inputs.map(ref));
        for (const [slot, id] of instruction.outputs.entries()) {
          contents.set(id, roundTo(typeOf(program, id).dtype, results[slot] as Float64Array));
        }
      }
      for (const id of last.get(index) ?? []) contents.delete(id);
    }
    const store = (to: Uint8Array | undefined, id: ValueId): void => {
      (to as Uint8Array).set(toBytes(typeOf(program, id).dtype, ref(id).data));
    };
    for (const [index, id] of program.outputs.entries()) store(outputs[index], id);
    for (const { input, value } of program.updates) store(inputs[program.inputs.indexOf(input)], value);
  }

  #bytes(buffer: BufferId): Uint8Array<ArrayBuffer> {
    const found = this.#buffers.get(buffer);
    if (found === undefined)
      throw new RustaError(`there is no buffer ${buffer}`, { code: 'no-buffer', op: 'reference' });
    return found;
  }

  #check(): void {
    if (this.#closed) throw new RustaError('the device was closed', { code: 'device-closed', op: 'reference' });
  }
}

function forward({ op, attrs }: Instruction, inputs: readonly Ref[]): readonly Float64Array[] {
  // A result that is an input itself (a copy) must not share memory with it.
  return table[op]
    .forward(inputs, attrs as never)
    .map((out) => (inputs.some(({ data }) => data === out) ? out.slice() : out));
}

/** By instruction: values that nobody reads after it. */
function lastUses(program: Program): Map<number, ValueId[]> {
  const last = new Map<ValueId, number>();
  for (const [index, { inputs }] of program.instructions.entries()) {
    for (const id of inputs) last.set(baseOf(program, id), index);
  }
  for (const id of program.outputs) last.delete(baseOf(program, id));
  for (const { value } of program.updates) last.delete(baseOf(program, value));
  const byInstruction = new Map<number, ValueId[]>();
  for (const [id, index] of last) byInstruction.set(index, [...(byInstruction.get(index) ?? []), id]);
  return byInstruction;
}
