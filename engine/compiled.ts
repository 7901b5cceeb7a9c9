// A compiled program as its user holds it: run it again and again with new inputs; its outputs are its own and are
// overwritten by the next run, so that a loop allocates nothing.
import { RustaError } from '../schemas/errors.ts';
import type { BufferId, Executable } from './backends/backend.ts';
import type { Held, Memory } from './memory.ts';
import type { TensorsOf } from './program/trace.ts';
import type { Program } from './program/types.ts';
import { sameShape, type TensorType, written } from './shape.ts';
import type { Context, Tensor } from './tensor.ts';
import { leaves, rebuilt, type Tree } from './tree.ts';

export interface CompiledParts<I extends readonly TensorType[], O extends Tree> {
  readonly types: I;
  readonly program: Program;
  readonly executable: Executable;
  readonly captured: readonly Held[];
  readonly form: O;
}

export class Compiled<const I extends readonly TensorType[], O extends Tree> {
  /** What the backend runs. */
  readonly program: Program;
  readonly #types: I;
  readonly #executable: Executable;
  readonly #captured: readonly Held[];
  readonly #capturedUpdated: ReadonlySet<BufferId>;
  readonly #updatedArguments: readonly number[];
  readonly #context: Context;
  readonly #memory: Memory;
  readonly #outputs: O;
  readonly #outputBuffers: readonly BufferId[];
  #disposed = false;

  constructor(context: Context, memory: Memory, parts: CompiledParts<I, O>) {
    const { types, program, executable, captured, form } = parts;
    this.program = program;
    this.#types = types;
    this.#executable = executable;
    this.#captured = captured;
    this.#context = context;
    this.#memory = memory;
    const updated = program.updates.map(({ input }) => program.inputs.indexOf(input));
    this.#updatedArguments = updated.filter((index) => index < types.length);
    this.#capturedUpdated = new Set(
      updated.filter((index) => index >= types.length).map((index) => (captured[index - types.length] as Held).buffer),
    );
    const outputs: Tensor[] = [];
    try {
      for (const traced of leaves(form)) {
        const tensor = memory.tensor(traced, memory.allocate(traced, 'an output of a program,'));
        memory.keep(tensor);
        outputs.push(tensor);
      }
    } catch (error) {
      for (const tensor of outputs) memory.free(tensor);
      executable.dispose();
      throw error;
    }
    for (const held of captured) held.holders += 1;
    this.#outputBuffers = outputs.map((tensor) => memory.of(tensor, 'program').buffer);
    this.#outputs = rebuilt(form, outputs.values());
  }

  /** Bytes that the program holds for intermediate values, from now until `dispose`. */
  get arenaBytes(): number {
    return this.#executable.arenaBytes;
  }

  /**
   * Queues one run.
   * @returns the program's outputs, always the same tensors: the next run overwrites them.
   * @throws RustaError `shape-mismatch`, `dtype-mismatch`, `aliased-input`.
   */
  run(inputs: TensorsOf<I>): O {
    this.#check();
    if (inputs.length !== this.#types.length) {
      throw new RustaError(`${inputs.length} inputs given, expected ${this.#types.length}`, {
        code: 'wrong-arity',
        op: 'run',
        expected: this.#types.map(written).join(', '),
      });
    }
    const buffers = inputs.map((tensor, index) => this.#bufferOf(tensor, index));
    for (const index of this.#updatedArguments) {
      const buffer = buffers[index] as BufferId;
      const twice = buffers.indexOf(buffer) !== buffers.lastIndexOf(buffer);
      if (twice || this.#captured.some((held) => held.buffer === buffer))
        throw aliased(index, 'is replaced by the run');
    }
    this.#executable.run([...buffers, ...this.#captured.map(({ buffer }) => buffer)], this.#outputBuffers);
    return this.#outputs;
  }

  /** Compiles ahead what the first run would wait for. */
  async warmUp(): Promise<void> {
    this.#check();
    await this.#executable.warmUp?.();
  }

  /** Gives back its memory and outputs. A program that is not disposed of lives as long as its device. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#executable.dispose();
    for (const tensor of leaves(this.#outputs)) this.#memory.free(tensor);
    for (const held of this.#captured) this.#memory.drop(held);
  }

  #bufferOf(tensor: Tensor, index: number): BufferId {
    const type = this.#types[index] as TensorType;
    if (tensor.dtype !== type.dtype || !sameShape(tensor.shape, type.shape)) {
      throw new RustaError(`input ${index} is ${written(tensor)}, recorded as ${written(type)}`, {
        code: tensor.dtype === type.dtype ? 'shape-mismatch' : 'dtype-mismatch',
        op: 'run',
        expected: written(type),
        got: written(tensor),
        hint: 'a program has fixed types: make another with device.program for others',
      });
    }
    if (tensor.context !== this.#context) {
      throw new RustaError(`input ${index}, ${written(tensor)}, is not of this device`, {
        code: 'foreign-tensor',
        op: 'run',
      });
    }
    const { buffer } = this.#memory.of(tensor, 'run');
    if (this.#outputBuffers.includes(buffer)) throw aliased(index, 'is an output of the same program');
    if (this.#capturedUpdated.has(buffer)) throw aliased(index, 'is replaced by the run');
    return buffer;
  }

  #check(): void {
    if (this.#disposed) {
      throw new RustaError('the program was disposed of', { code: 'program-disposed', op: 'run' });
    }
  }
}

function aliased(index: number, why: string): RustaError {
  return new RustaError(`input ${index} ${why}: it would be read and written at once`, {
    code: 'aliased-input',
    op: 'run',
    hint: 'pass a copy, or let the program update its state with assign',
  });
}
