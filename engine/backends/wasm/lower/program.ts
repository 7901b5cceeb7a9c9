// A program becomes the code of an executable: its instructions lowered, its memory planned, its calls resolved. Pure: what is
// bound to the slots, and when packed copies are made, is the backend's matter.
import { wasmKernels } from '../../../../kernels/registry.ts';
import type { WasmKernel, WasmModuleName } from '../../../../kernels/spec.ts';
import { bytesOf } from '../../../dtype.ts';
import { table } from '../../../ops/table.ts';
import { plan } from '../../../program/plan.ts';
import type { Instruction, Program, Value, ValueId } from '../../../program/types.ts';
import { isDense } from '../../../program/views.ts';
import { byteLength, lastOf, sizeOf } from '../../../shape.ts';
import { alignment } from '../allocator.ts';
import { arenaSlot, encode } from '../code.ts';
import { Instr, moved, type Surroundings } from './instruction.ts';
import { type Layout, type Located, Resolver } from './resolve.ts';
import { lowering } from './table.ts';
import type { Emission, Operand, Packed, Source } from './types.ts';

/** Every kernel phase, in the order that code names them by. */
export const functions: readonly { readonly module: WasmModuleName; readonly name: string }[] = Object.values(
  wasmKernels,
).flatMap(({ module, phases }: WasmKernel) => phases.map((name) => ({ module, name })));

const firstPhase = new Map<string, number>();
{
  let next = 0;
  for (const [kernel, { phases }] of Object.entries(wasmKernels)) {
    firstPhase.set(kernel, next);
    next += phases.length;
  }
}

/** Slots of a run: the arena, the program's inputs, its outputs, its packed copies. */
export interface Prepared {
  readonly code: Int32Array<ArrayBuffer>;
  readonly arenaBytes: number;
  readonly slots: number;
  readonly packed: readonly (Pick<Packed, 'inputs' | 'layout' | 'bytes'> & {
    readonly slot: number;
    /** Writes it; the slots are those of the program. */
    readonly code: Int32Array<ArrayBuffer>;
  })[];
  /** Ops by instruction, for messages. */
  readonly ops: readonly string[];
}

/** @throws RustaError `unsupported` */
export function prepareProgram(program: Program, lanes: number): Prepared {
  const packed: Packed[] = [];
  const lowered = lowerAll(program, lanes, packed);
  const scratchOf = new Map<Instruction, number>(
    program.instructions.map((each, index) => [each, lowered[index]?.scratchBytes ?? 0]),
  );
  const planned = plan(program, {
    alignment,
    overwrite: true,
    inPlace: (op) => table[op].inPlace ?? [],
    scratch: (instruction) => scratchOf.get(instruction) ?? 0,
  });

  const inputSlot = 1;
  const outputSlot = inputSlot + program.inputs.length;
  const packedSlot = outputSlot + program.outputs.length;
  const slots = packedSlot + packed.length;
  const layout: Layout = {
    lanes,
    value: (id): Located => {
      const place = planned.places[id];
      const bytes = byteLength((program.values[id] as Value).type);
      if (place === null || place === undefined) throw new Error(`value ${id} has no place`);
      if (place.kind === 'arena') return { slot: arenaSlot, offset: place.offset, bytes };
      return { slot: (place.kind === 'input' ? inputSlot : outputSlot) + place.index, offset: 0, bytes };
    },
    packedSlot: (index) => packedSlot + index,
    target: (kernel, phase) => (firstPhase.get(kernel) as number) + phase,
  };

  const main = new Resolver(layout);
  for (const [index, instr] of lowered.entries()) {
    for (const call of instr?.calls ?? []) main.add(call, index, planned.scratch[index] ?? 0);
  }
  for (const { from, input } of planned.copies) {
    const bytes = byteLength((program.values[from] as Value).type);
    const to = program.inputs[input] as ValueId;
    if (bytes > 0) main.add(copied(from, to, bytes), program.instructions.length, 0);
  }
  return {
    code: encode(slots, main.calls),
    arenaBytes: planned.arenaBytes,
    slots,
    packed: packed.map(({ inputs, layout: name, bytes, pack }, index) => {
      const resolver = new Resolver(layout);
      resolver.add(pack, 0, 0);
      return { inputs, layout: name, bytes, slot: packedSlot + index, code: encode(slots, resolver.calls) };
    }),
    ops: [...program.instructions.map(({ op }) => op), 'update'],
  };
}

function lowerAll(program: Program, lanes: number, packed: Packed[]): readonly (Instr | null)[] {
  const { values, instructions } = program;
  const updated = new Set(program.updates.map(({ input }) => input));
  const index = new Map(program.inputs.map((id, at) => [id, at]));
  const computing = instructions.filter(({ outputs }) => outputs.some((id) => values[id]?.view === null));
  const around: Surroundings = {
    lanes,
    constant: (operand) =>
      operand.kind === 'value' && !updated.has(operand.id) ? (index.get(operand.id) ?? null) : null,
    // A program of one op is an eager call, whose operands may never come again.
    keepF32: computing.length > 1,
    packed,
  };
  return instructions.map((instruction) => {
    const { op, inputs, outputs, attrs } = instruction;
    const nothing = outputs.every((id) => values[id]?.view !== null || sizeOf((values[id] as Value).type.shape) === 0);
    if (nothing) return null;
    const source = (id: ValueId): Source => sourceOf(values, id);
    const instr = new Instr(op, attrs, inputs.map(source), outputs.map(source), around);
    (lowering[op] as (each: Instr) => void)(instr as unknown as Instr);
    return instr as unknown as Instr;
  });
}

function sourceOf(values: readonly Value[], id: ValueId): Source {
  const value = values[id] as Value;
  const { type, view } = value;
  const base: Operand = { kind: 'value', id: view?.base ?? id, offset: 0 };
  const at = moved(base, (view?.offset ?? 0) * bytesOf[type.dtype]);
  return { type, at, rowStride: view?.rowStride ?? lastOf(type.shape), dense: isDense(value), view: view !== null };
}

function copied(from: ValueId, to: ValueId, bytes: number): Emission {
  const wide = bytes % 4 === 0;
  const size = wide ? 4 : 1;
  const [x, y]: Operand[] = [from, to].map((id) => ({ kind: 'value', id, offset: 0 }));
  const given: Emission['given'] = {
    ...{ bytes: size, x: x as Operand, y: y as Operand },
    ...{ d0: 1, d1: 1, d2: 1, d3: bytes / size, x0: 0, x1: 0, x2: 0, x3: 1, y0: 0, y1: 0, y2: 0, y3: 1 },
  };
  return { kernel: 'copy', given, scratch: 0, group: 0 };
}
