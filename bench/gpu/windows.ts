// Values larger than one binding covers (2 GiB on large cards): an elementwise chain, a sum and AdamW over 700M elements, which is
// what a model of that size needs; checked at both ends and timed. On a software adapter over 3,000 with bindings of 1 KiB.
import { open } from '../../engine/backends/webgpu.ts';
import { add, mul, sum } from '../../engine/ops/functions.ts';
import { Recorder } from '../../engine/program/record.ts';
import { seal } from '../../engine/program/seal.ts';
import type { Program } from '../../engine/program/types.ts';
import type { TensorType } from '../../engine/shape.ts';
import type { Tensor } from '../../engine/tensor.ts';
import { contents, GpuTimer, programOf } from './timer.ts';

let backend = await open();
const { software } = backend.can;
if (software) {
  await backend.close();
  backend = await open({ bindingBytes: 1024 });
}
const elements = software ? 3000 : 700_000_000;
const timer = new GpuTimer(backend);
console.log(`# ${backend.info().device}; bindings of ${backend.can.bindingBytes} bytes, values of ${4 * elements}`);
let failed = 0;

const flat: TensorType = { dtype: 'f32', shape: [elements] };
const pattern = new Float32Array(contents(flat).buffer);
const first = (at: number): number => pattern[at % pattern.length] as number;

const hyper: TensorType = { dtype: 'f32', shape: [8] };

function recorded(inputs: number, record: (inputs: readonly Tensor[]) => readonly Tensor[]): Program {
  const recorder = new Recorder();
  return seal(recorder.finish(record(Array.from({ length: inputs }, () => recorder.input(flat)))));
}

interface Case {
  readonly name: string;
  readonly inputs: readonly TensorType[];
  readonly program: () => Program;
  /** Bytes read and written. */
  readonly bytes: number;
  /** What an element of the result is, where every input holds the pattern; null: it is looked at otherwise. */
  readonly expected: (at: number) => number | null;
  readonly outputs: number;
}

const cases: readonly Case[] = [
  {
    ...{ name: 'x·y + y', inputs: [flat, flat], bytes: 12 * elements, outputs: elements },
    program: () => recorded(2, ([x, y]) => [add(mul(x as Tensor, y as Tensor), y as Tensor)]),
    expected: (at) => first(at) ** 2 + first(at),
  },
  {
    ...{ name: 'sum', inputs: [flat], bytes: 4 * elements, outputs: 1 },
    program: () => recorded(1, ([x]) => [sum(x as Tensor)]),
    expected: () => {
      const whole = pattern.reduce((total, value) => total + value, 0);
      const rest = pattern.subarray(0, elements % pattern.length).reduce((total, value) => total + value, 0);
      return Math.floor(elements / pattern.length) * whole + rest;
    },
  },
  {
    // In place, and not looked at: with all of p, g, m and v the pattern, v is negative half of the time and p' no number there.
    ...{ name: 'adamw', inputs: [flat, flat, flat, flat, hyper], bytes: 28 * elements, outputs: 0 },
    program: () => programOf('adamw', [flat, flat, flat, flat, hyper], {}),
    expected: () => null,
  },
];

for (const { name, inputs, program: make, bytes, expected, outputs } of cases) {
  try {
    const program = make();
    const given = inputs.map((type) => timer.fill(type));
    const taken = program.outputs.map((id) => {
      const { type } = program.values[id] as { type: TensorType };
      return backend.allocate(
        4 *
          Math.max(
            1,
            type.shape.reduce((product, extent) => product * extent, 1),
          ),
        name,
      );
    });
    const executable = backend.prepare(program);
    executable.run(given, taken);
    // Both ends, the middle, and around 2 GiB.
    for (const at of [0, 1, elements >> 1, (2 ** 31 / 4) % elements, elements - 1]) {
      const want = outputs === 0 ? null : expected(at);
      if (want === null || (outputs === 1 && at > 0)) continue;
      const [got] = new Float32Array((await backend.read(taken[0] as number, 4 * at, 4)).buffer) as unknown as [number];
      const size = outputs === 1 ? Math.sqrt(elements) : 1;
      if (Math.abs(got - want) <= 1e-4 * Math.max(size, Math.abs(want))) continue;
      failed += 1;
      console.log(`FAIL ${name}: element ${at} is ${got} instead of ${want}`);
    }
    for (const id of [...given, ...taken]) backend.release(id);
    const count = executable.dispatches;
    executable.dispose();
    const { best, wall } = await timer.time(program);
    console.log(
      `${name.padEnd(10)} ${elements} elements: ${best.toFixed(3)} ms of the GPU, wall ${wall.toFixed(3)}, ${(bytes / best / 1e6).toFixed(0)} GB/s, ${count} dispatches`,
    );
  } catch (error) {
    failed += 1;
    console.log(`FAIL ${name}: ${(error as Error).message.slice(0, 300)}`);
  }
}
await backend.close();
process.exit(failed === 0 ? 0 : 1);
