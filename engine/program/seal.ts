// The last transform before a backend: copies where a value would need two places, so that planning and backends need not
// think of it. Outputs and updates get memory of their own; what an op changes in place is nobody else's.
import { table } from '../ops/table.ts';
import type { Tensor } from '../tensor.ts';
import { Recorder } from './record.ts';
import type { Program, ValueId } from './types.ts';
import { baseOf, typeOf } from './views.ts';

/**
 * A program in which (1) outputs and update values are distinct, no views and no inputs, and (2) an input that an op
 * works on in place (`inPlace` of the table) is no view, is read by no other instruction from there on, and is a program
 * input only where that input is updated by the op's very output.
 */
export function seal(program: Program): Program {
  const { values, instructions, updates } = program;
  const base = (id: ValueId): ValueId => baseOf(program, id);
  const lastUse = new Map<ValueId, number>();
  for (const [index, { inputs }] of instructions.entries()) for (const id of inputs) lastUse.set(base(id), index);
  const kept = new Set<ValueId>([...program.outputs, ...updates.map(({ value }) => value)].map(base));
  const given = new Set(program.inputs);
  const updatedBy = new Map(updates.map(({ input, value }) => [input, value]));
  const taken = new Set<ValueId>();

  const recorder = new Recorder();
  const tensors = new Map<ValueId, Tensor>();
  const at = (id: ValueId): Tensor => tensors.get(id) as Tensor;
  const copied = (tensor: Tensor): Tensor => recorder.apply('copy', [tensor], {})[0] as Tensor;
  for (const id of program.inputs) tensors.set(id, recorder.input(typeOf(program, id)));
  for (const [index, instruction] of instructions.entries()) {
    const inputs = instruction.inputs.map(at);
    for (const [out, into] of table[instruction.op].inPlace ?? []) {
      const id = instruction.inputs[into] as ValueId;
      const alone =
        values[id]?.view === null &&
        lastUse.get(id) === index &&
        !kept.has(id) &&
        !taken.has(id) &&
        instruction.inputs.every((other, slot) => slot === into || base(other) !== id) &&
        (!given.has(id) || updatedBy.get(id) === instruction.outputs[out]);
      if (alone) taken.add(id);
      else inputs[into] = copied(inputs[into] as Tensor);
    }
    const outputs = recorder.within(instruction.region, () =>
      recorder.apply(instruction.op, inputs, instruction.attrs as never),
    );
    for (const [slot, id] of instruction.outputs.entries()) tensors.set(id, outputs[slot] as Tensor);
  }

  const used = new Set<ValueId>(program.inputs.map((id) => at(id).id));
  const alone = (id: ValueId): Tensor => {
    const tensor = at(id);
    const fresh = used.has(tensor.id) || recorder.values[tensor.id]?.view !== null ? copied(tensor) : tensor;
    used.add(fresh.id);
    return fresh;
  };
  for (const { input, value } of updates) recorder.assign(at(input), alone(value));
  return recorder.finish(program.outputs.map(alone));
}
