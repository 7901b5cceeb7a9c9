// A backend of tests alone: values lie where the plan puts them, in one arena full of NaN, computed by the table. A plan
// that lets two live values overlap, or an op that reads what nobody wrote, shows in its results.
import type { Backend, Executable } from '../../../engine/backends/backend.ts';
import { open as openReference } from '../../../engine/backends/reference.ts';
import { fromBytes, roundTo, toBytes } from '../../../engine/contents.ts';
import type { OpDef, Ref } from '../../../engine/ops/def.ts';
import { table } from '../../../engine/ops/table.ts';
import { type Plan, plan } from '../../../engine/program/plan.ts';
import type { Program, ValueId } from '../../../engine/program/types.ts';
import { gather, typeOf } from '../../../engine/program/views.ts';
import { byteLength } from '../../../engine/shape.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** As a backend is opened. Buffers are the reference's; what is computed lies in an arena. */
export async function open({ overwrite = true }: { readonly overwrite?: boolean } = {}): Promise<Backend> {
  const memory = await openReference({});
  const buffers = new Map<number, Bytes>();
  return {
    kind: 'reference',
    info: () => memory.info(),
    memory: () => memory.memory(),
    allocate(bytes, label) {
      const id = memory.allocate(bytes, label);
      buffers.set(id, new Uint8Array(bytes));
      return id;
    },
    release(id) {
      memory.release(id);
      buffers.delete(id);
    },
    write(id, data, offset = 0) {
      buffers.get(id)?.set(data, offset);
    },
    async read(id, offset, bytes) {
      return (buffers.get(id) as Bytes).slice(offset, offset + bytes);
    },
    prepare(program): Executable {
      const made = plan(program, { alignment: 64, overwrite, inPlace: (op) => table[op].inPlace ?? [] });
      return {
        arenaBytes: made.arenaBytes,
        run: (inputs, outputs) =>
          run(program, made, {
            input: inputs.map((id) => buffers.get(id) as Bytes),
            output: outputs.map((id) => buffers.get(id) as Bytes),
          }),
        dispose: () => {},
      };
    },
    close: () => memory.close(),
  };
}

function run(program: Program, { places, copies, arenaBytes }: Plan, outside: { input: Bytes[]; output: Bytes[] }) {
  const arena = new Uint8Array(arenaBytes).fill(0xff);
  for (const output of outside.output) output.fill(0xff);
  const bytesOf = (id: ValueId): Bytes => {
    const place = places[id];
    if (!place) throw new Error(`value ${id} has no place`);
    const whole = place.kind === 'arena' ? arena.subarray(place.offset) : (outside[place.kind][place.index] as Bytes);
    return whole.subarray(0, byteLength(typeOf(program, id)));
  };
  const read = (id: ValueId): Ref => {
    const { type, view } = program.values[id] as Program['values'][number];
    const base = view?.base ?? id;
    const whole = Float64Array.from(fromBytes(typeOf(program, base).dtype, bytesOf(base).slice()));
    return { type, shape: type.shape, data: view === null ? whole : gather(whole, type, view) };
  };
  for (const { op, inputs, outputs, attrs } of program.instructions) {
    if (outputs.every((id) => program.values[id]?.view !== null)) continue;
    const results = (table[op] as OpDef<unknown>).forward(inputs.map(read), attrs);
    for (const [slot, id] of outputs.entries()) {
      const { dtype } = typeOf(program, id);
      bytesOf(id).set(toBytes(dtype, roundTo(dtype, (results[slot] as Float64Array).slice())));
    }
  }
  for (const { from, input } of copies) (outside.input[input] as Bytes).set(bytesOf(from));
}
