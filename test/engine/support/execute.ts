// Running a program on a backend with given contents, its outputs poisoned first: what is not written shows.
import type { Backend } from '../../../engine/backends/backend.ts';
import { fromBytes, toBytes } from '../../../engine/contents.ts';
import type { Ref } from '../../../engine/ops/def.ts';
import type { Program } from '../../../engine/program/types.ts';
import { typeOf } from '../../../engine/program/views.ts';
import { byteLength } from '../../../engine/shape.ts';

/** @returns contents of the outputs, then of the updated inputs, in the program's order. */
export async function execute(
  backend: Backend,
  program: Program,
  inputs: readonly Pick<Ref, 'data'>[],
): Promise<ArrayLike<number>[]> {
  const executable = backend.prepare(program);
  const sizeOf = (id: number): number => Math.max(4, Math.ceil(byteLength(typeOf(program, id)) / 4) * 4);
  const allocate = (id: number): number => backend.allocate(sizeOf(id), `value ${id} of a test`);
  const given = program.inputs.map((id, index) => {
    const buffer = allocate(id);
    backend.write(buffer, toBytes(typeOf(program, id).dtype, (inputs[index] as Ref).data));
    return buffer;
  });
  const taken = program.outputs.map((id) => {
    const buffer = allocate(id);
    backend.write(buffer, new Uint8Array(sizeOf(id)).fill(0xff));
    return buffer;
  });
  executable.run(given, taken);
  const read = async (buffer: number, id: number) =>
    fromBytes(typeOf(program, id).dtype, await backend.read(buffer, 0, byteLength(typeOf(program, id))));
  const results: ArrayLike<number>[] = [];
  for (const [index, id] of program.outputs.entries()) results.push(await read(taken[index] as number, id));
  for (const { input } of program.updates)
    results.push(await read(given[program.inputs.indexOf(input)] as number, input));
  for (const buffer of [...given, ...taken]) backend.release(buffer);
  executable.dispose();
  return results;
}
