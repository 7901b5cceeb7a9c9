// One byte decoded by the weight matrices of a random 350M ByteLM (24 layers, width 1024, 4x MLP; attention left out, it is
// the same in all): int8 weights and activations, and int8 weights alone, against f16, or f32 where there is no f16. Prints
// milliseconds a byte and what of it is bandwidth. On a software adapter a small one, to try the program.
import { open } from '../../engine/backends/webgpu.ts';
import { linearInt8, linearInt8Weights, matmul, slice } from '../../engine/ops/functions.ts';
import { Recorder } from '../../engine/program/record.ts';
import { seal } from '../../engine/program/seal.ts';
import { byteLength, type TensorType } from '../../engine/shape.ts';
import type { Tensor } from '../../engine/tensor.ts';

const backend = await open();
const { software, f16 } = backend.can;
const [layers, width, runs] = software ? [2, 64, 2] : [24, 1024, 200];
console.log(`# ${backend.info().device}; ${layers} layers of width ${width}`);
const found: number[] = [];
for (const kind of [f16 ? 'f16' : 'f32', 'int8', 'weights'] as const) {
  const recorder = new Recorder();
  const float = kind === 'f16' ? 'f16' : 'f32';
  const linear = (x: Tensor, out: number, into: number): Tensor =>
    kind === 'f16' || kind === 'f32'
      ? matmul(x, recorder.input({ dtype: float, shape: [out, into] }), { transB: true, out: float })
      : (kind === 'int8' ? linearInt8 : linearInt8Weights)(
          x,
          recorder.input({ dtype: 'i8', shape: [out, into] }),
          recorder.input({ dtype: 'f32', shape: [out] }),
        );
  let x: Tensor = recorder.input({ dtype: float, shape: [1, width] });
  for (let layer = 0; layer < layers; layer += 1) {
    const qkv = linear(x, 3 * width, width);
    x = linear(slice(qkv, 1, 0, width), width, width);
    x = linear(linear(x, 4 * width, width), width, 4 * width);
  }
  const program = seal(recorder.finish([x]));
  const typeOf = (id: number): TensorType => (program.values[id] as { type: TensorType }).type;
  const given = program.inputs.map((id) => backend.allocate(Math.max(byteLength(typeOf(id)), 4), 'a weight'));
  const taken = program.outputs.map((id) => backend.allocate(byteLength(typeOf(id)), 'the result'));
  const bytes = program.inputs.reduce((sum, id) => sum + byteLength(typeOf(id)), 0);
  const executable = backend.prepare(program);
  await executable.warmUp();
  const until = performance.now() + 600;
  while (performance.now() < until) {
    for (let k = 0; k < runs / 10; k += 1) executable.run(given, taken);
    await backend.read(taken[0] as number, 0, 4);
  }
  const start = performance.now();
  for (let k = 0; k < runs; k += 1) executable.run(given, taken);
  await backend.read(taken[0] as number, 0, 4);
  const ms = (performance.now() - start) / runs;
  const gpu = (await executable.profile(given, taken)).reduce((sum, each) => sum + each.ms, 0);
  console.log(
    `decode ${kind.padEnd(7)} ${ms.toFixed(3)} ms a byte in a queue of ${runs}, ${(bytes / 1e6).toFixed(0)} MB of weights, ${(bytes / ms / 1e6).toFixed(0)} GB/s; ${executable.dispatches} dispatches, ${gpu.toFixed(3)} ms timed one by one`,
  );
  found.push(ms);
  executable.dispose();
  for (const id of [...given, ...taken]) backend.release(id);
}
const [float, whole, weights] = found as [number, number, number];
console.log(
  `int8 is ${(float / whole).toFixed(2)} times as fast, with the weights alone in int8 ${(float / weights).toFixed(2)}`,
);
await backend.close();
process.exit(0);
