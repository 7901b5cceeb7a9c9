// Where every value of a program lives: in an input's or output's buffer, or at an offset of one arena. Pure; a backend
// allocates what the plan says and binds it. Views have no place: they lie in their base's.
import { RustaError } from '../../schemas/errors.ts';
import type { OpName } from '../ops/names.ts';
import { byteLength, sizeOf, type TensorType } from '../shape.ts';
import type { Instruction, Program, ValueId } from './types.ts';
import { baseOf, typeOf } from './views.ts';

export type Place =
  | { readonly kind: 'input' /** Index into `Program.inputs`. */; readonly index: number }
  | { readonly kind: 'output' /** Index into `Program.outputs`. */; readonly index: number }
  | { readonly kind: 'arena' /** Bytes. */; readonly offset: number };

export interface Plan {
  readonly arenaBytes: number;
  /** By value; null for a view, and for a value that no instruction makes. */
  readonly places: readonly (Place | null)[];
  /** By instruction: arena offset of its scratch memory, or null. */
  readonly scratch: readonly (number | null)[];
  /** What is left to do after the last instruction: updates that could not be computed in place. */
  readonly copies: readonly { readonly from: ValueId /** Index into `Program.inputs`. */; readonly input: number }[];
}

export interface PlanOptions {
  /** Bytes; every offset and size in the arena is a multiple of it. */
  readonly alignment: number;
  /** Elementwise ops may write over an input that nobody reads later. Not where a buffer cannot be bound twice. */
  readonly overwrite: boolean;
  /** Pairs (output, input) of an op that share memory: `inPlace` of the table. */
  readonly inPlace: (op: OpName) => readonly (readonly [number, number])[];
  /** Bytes that an instruction needs while it runs. */
  readonly scratch?: (instruction: Instruction) => number;
}

/** Ops whose element i of the output needs element i of equally large inputs only. */
const elementwise: ReadonlySet<OpName> = new Set<OpName>([
  ...(['neg', 'abs', 'exp', 'log', 'sqrt', 'rsqrt', 'reciprocal', 'tanh', 'sigmoid', 'square', 'sin', 'cos'] as const),
  ...(['relu', 'relu2', 'silu', 'gelu', 'isFinite', 'affine', 'activationGrad', 'cast', 'copy', 'where'] as const),
  ...(['add', 'sub', 'mul', 'div', 'maximum', 'minimum', 'pow', 'less', 'equal'] as const),
]);

/** Values that share memory, one after the other. */
interface Block {
  /** Instruction that writes first; -1 for what a run is given. */
  from: number;
  /** Instruction that reads last; past the end for outputs. */
  to: number;
  bytes: number;
  place: Place | null;
}

/**
 * Plans memory. The program is sealed (see seal.ts): outputs and update values are distinct values with memory of their
 * own, and what an op works on in place is read by nobody else.
 */
export function plan(program: Program, options: PlanOptions): Plan {
  const { values, instructions } = program;
  const end = instructions.length;
  const base = (id: ValueId): ValueId => baseOf(program, id);
  const type = (id: ValueId): TensorType => typeOf(program, id);

  const blocks: (Block | null)[] = values.map(() => null);
  const lastRead: number[] = values.map(() => -1);
  const blockOf = (id: ValueId): Block => {
    const block = blocks[base(id)];
    if (block === null || block === undefined) throw misuse(`value ${id} is read before it is made`);
    return block;
  };
  const newBlock = (id: ValueId, from: number, place: Place | null): void => {
    blocks[id] = { from, to: from, bytes: byteLength(type(id)), place };
  };
  const merge = (into: Block, id: ValueId, other: Block): void => {
    into.from = Math.min(into.from, other.from);
    into.to = Math.max(into.to, other.to);
    into.bytes = Math.max(into.bytes, other.bytes);
    into.place ??= other.place;
    for (let each = 0; each < blocks.length; each += 1) if (blocks[each] === other) blocks[each] = into;
    blocks[id] = into;
  };

  for (const [index, id] of program.inputs.entries()) newBlock(id, -1, { kind: 'input', index });
  for (const [at, { inputs, outputs }] of instructions.entries()) {
    for (const id of inputs) {
      const whole = base(id);
      blockOf(id).to = at;
      lastRead[whole] = at;
    }
    for (const id of outputs) if (values[id]?.view === null) newBlock(id, at, null);
  }
  for (const [index, id] of program.outputs.entries()) {
    const block = blockOf(id);
    if (values[id]?.view !== null || block.place !== null) throw misuse(`output ${index} has no memory of its own`);
    block.to = end;
    block.place = { kind: 'output', index };
  }
  for (const { value } of program.updates) blockOf(value).to = end;

  // What an op must do in place.
  for (const [at, { op, inputs, outputs }] of instructions.entries()) {
    for (const [out, into] of options.inPlace(op)) {
      const source = inputs[into] as ValueId;
      const made = outputs[out] as ValueId;
      const before = blockOf(source);
      const after = blockOf(made);
      if (before.to > at) throw misuse(`${op} works in place on a value that is read later`);
      if (before.place?.kind === 'input') {
        const owner = program.inputs[before.place.index];
        if (!program.updates.some((each) => each.input === owner && blocks[each.value] === after))
          throw misuse(`${op} would change an input that is not updated`);
      }
      merge(before, made, after);
    }
  }

  // Updates that can be computed where their input lies: nobody reads the input once the new value is begun.
  const copies: { from: ValueId; input: number }[] = [];
  for (const { input, value } of program.updates) {
    const index = program.inputs.indexOf(input);
    const block = blockOf(value);
    const owner = blockOf(input);
    if (block === owner) continue;
    const begun = instructions[block.from];
    const read = lastRead[input] as number;
    const free =
      read < block.from ||
      (read === block.from && begun !== undefined && begun.outputs[0] === value && overwrites(begun, input));
    if (block.place === null && free && owner.bytes === block.bytes) merge(owner, value, block);
    else copies.push({ from: value, input: index });
  }

  // Elementwise ops over an input that dies.
  for (const [at, instruction] of instructions.entries()) {
    const [out] = instruction.outputs;
    if (out === undefined || blocks[out]?.from !== at || blocks[out].place?.kind === 'input') continue;
    const dying = instruction.inputs.find(
      (id) => blockOf(id).to === at && blockOf(id).place === null && overwrites(instruction, id),
    );
    if (dying !== undefined) merge(blockOf(dying), out, blockOf(out));
  }

  /** Whether the instruction may write its output over this input, as far as the order of reads within it goes. */
  function overwrites({ op, inputs, outputs }: Instruction, id: ValueId): boolean {
    const out = outputs[0] as ValueId;
    return (
      options.overwrite &&
      elementwise.has(op) &&
      values[id]?.view === null &&
      byteLength(type(id)) === byteLength(type(out)) &&
      sizeOf(type(id).shape) === sizeOf(type(out).shape) &&
      inputs.every((other) => other === id || blocks[base(other)] !== blocks[id])
    );
  }

  const aligned = (bytes: number): number => Math.ceil(bytes / options.alignment) * options.alignment;
  const scratch = instructions.map((each, at) => {
    const bytes = options.scratch?.(each) ?? 0;
    return bytes === 0 ? null : { from: at, to: at, bytes: aligned(bytes), place: null as Place | null };
  });
  const free: Block[] = [];
  for (const block of new Set(blocks)) {
    if (block === null || block.place !== null) continue;
    block.bytes = aligned(block.bytes);
    free.push(block);
  }
  free.push(...scratch.filter((block) => block !== null));
  const arenaBytes = layOut(free);
  return {
    arenaBytes,
    places: blocks.map((block, id) => (values[id]?.view === null ? (block?.place ?? null) : null)),
    scratch: scratch.map((block) => (block?.place?.kind === 'arena' ? block.place.offset : null)),
    copies,
  };
}

/**
 * Gives blocks that live at the same time different bytes: the largest first, each in the tightest gap that holds it
 * (Pisarchyk and Lee, Efficient Memory Management for Deep Neural Net Inference, 2020, "greedy by size").
 * @returns bytes of the arena.
 */
function layOut(blocks: Block[]): number {
  const placed: { readonly block: Block; readonly offset: number }[] = [];
  let total = 0;
  for (const block of blocks.toSorted((a, b) => b.bytes - a.bytes || a.from - b.from)) {
    let best = -1;
    let tightest = Number.POSITIVE_INFINITY;
    let at = 0;
    for (const { block: other, offset } of placed) {
      if (other.to < block.from || other.from > block.to) continue;
      const gap = offset - at;
      if (gap >= block.bytes && gap < tightest) {
        best = at;
        tightest = gap;
      }
      at = Math.max(at, offset + other.bytes);
    }
    const offset = best === -1 ? at : best;
    block.place = { kind: 'arena', offset };
    const index = placed.findIndex((other) => other.offset > offset);
    placed.splice(index === -1 ? placed.length : index, 0, { block, offset });
    total = Math.max(total, offset + block.bytes);
  }
  return total;
}

function misuse(message: string): RustaError {
  return new RustaError(message, { code: 'program-unsealed', op: 'plan', hint: 'pass programs through `seal` first' });
}
