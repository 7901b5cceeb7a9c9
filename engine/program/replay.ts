// Writing a program anew, instruction by instruction: the way in which every transform is made. Views come out right by
// themselves, since the recorder makes them again.
import type { OpName } from '../ops/names.ts';
import type { Tensor } from '../tensor.ts';
import { Recorder } from './record.ts';
import type { Instruction, Program, ValueId } from './types.ts';
import { typeOf } from './views.ts';

/** What becomes of an instruction: tensors for its outputs, or null to leave it out. `at` is the new tensor of an old value. */
export type Rewrite = (
  recorder: Recorder,
  instruction: Instruction,
  inputs: readonly Tensor[],
  index: number,
  at: (id: ValueId) => Tensor,
) => readonly Tensor[] | null;

/** The instruction as it is, in a recorder. */
export function repeat(
  recorder: Recorder,
  { op, attrs, region }: Instruction,
  inputs: readonly Tensor[],
): readonly Tensor[] {
  return recorder.within(region, () => recorder.apply(op as OpName, inputs, attrs as never));
}

/** The program, each instruction by `rewrite`. Inputs, outputs and updates stay in their order. */
export function replay(program: Program, rewrite: Rewrite): Program {
  const recorder = new Recorder();
  const tensors = new Map<ValueId, Tensor>();
  const at = (id: ValueId): Tensor => tensors.get(id) as Tensor;
  for (const id of program.inputs) tensors.set(id, recorder.input(typeOf(program, id)));
  for (const [index, instruction] of program.instructions.entries()) {
    const outputs = rewrite(recorder, instruction, instruction.inputs.map(at), index, at);
    if (outputs !== null)
      for (const [slot, id] of instruction.outputs.entries()) tensors.set(id, outputs[slot] as Tensor);
  }
  for (const { input, value } of program.updates) recorder.assign(at(input), at(value));
  return recorder.finish(program.outputs.map(at));
}
