// An adapter with small limits, on SwiftShader: the standard's own limits are enough for a training step, more groups than an
// axis takes are spread over two, and what cannot be cut is refused with the limit that stands in the way.
import type { Backend } from '../../../engine/backends/backend.ts';
import { open as openReference } from '../../../engine/backends/reference.ts';
import { open } from '../../../engine/backends/webgpu.ts';
import { Device } from '../../../engine/device.ts';
import * as ops from '../../../engine/ops/functions.ts';
import { Recorder } from '../../../engine/program/record.ts';
import { seal } from '../../../engine/program/seal.ts';
import { sizeOf, type TensorType } from '../../../engine/shape.ts';
import type { Tensor } from '../../../engine/tensor.ts';
import { RustaError } from '../../../schemas/errors.ts';
import { assert, test } from '../../support/harness.ts';
import { onSwiftshader } from '../../support/swiftshader.ts';
import { execute } from '../support/execute.ts';
import { initialWeights, smallRun, train } from '../support/small-run.ts';

await onSwiftshader();

/** A pipeline takes a software adapter 140 to 240 ms to compile. */
export const timeoutMs = 600_000;

/** What WebGPU promises of every adapter. */
const standard = {
  maxBufferSize: 2 ** 28,
  maxStorageBufferBindingSize: 2 ** 27,
  maxComputeWorkgroupStorageSize: 16_384,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupSizeX: 256,
  maxStorageBuffersPerShaderStage: 8,
  maxComputeWorkgroupsPerDimension: 65_535,
};

test("a training step needs no more than the standard's own limits", async () => {
  const backend = await open({ limits: standard });
  assert.is(backend.can.storageBuffers, 8);
  assert.is(backend.can.workgroupBytes, 16_384);
  const device = new Device(backend);
  const run = { ...smallRun, steps: 2 };
  const metrics = await train(device, run, await initialWeights(device, run));
  assert.ok(metrics.every(({ loss, skipped }) => !skipped && loss > 4 && loss < 7));
  await device.close();
});

test('a limit beyond the adapter is an error that says so', async () => {
  try {
    await open({ limits: { maxBufferSize: 2 ** 50 } });
  } catch (error) {
    assert.ok(error instanceof RustaError);
    assert.is((error as RustaError).code, 'no-device');
    assert.match((error as RustaError).message, /the adapter gives no device/);
    return;
  }
  throw new Error('it was opened');
});

const f32 = (...shape: number[]): TensorType => ({ dtype: 'f32', shape });
const ids: TensorType = { dtype: 'i32', shape: [300] };
type Inputs = readonly Tensor[] & { readonly 0: Tensor; readonly 1: Tensor };

/** Each takes more groups than an axis may have here. */
const groupsPerAxis = 12;
const cases: Record<string, { inputs: readonly TensorType[]; record: (inputs: Inputs) => readonly Tensor[] }> = {
  'elementwise ops': { inputs: [f32(3401), f32(3401)], record: ([x, y]) => [ops.mul(ops.abs(x), y)] },
  'rows and their sums': {
    inputs: [f32(60, 70)],
    record: ([x]) => [ops.rmsNorm(x, 1e-6), ops.softmax(x), ops.sum(x, { axes: [1] })],
  },
  'a gradient of more rows than groups': {
    inputs: [ids, f32(300, 520)],
    record: ([at, g]) => [ops.embeddingGrad(at, g, 20)],
  },
  'few rows times many': {
    inputs: [f32(2, 32), f32(120, 32)],
    record: ([a, b]) => [ops.matmul(a, b, { transB: true })],
  },
};

async function agree(backend: Backend, { inputs, record }: (typeof cases)[string]): Promise<void> {
  const recorder = new Recorder();
  const made = seal(recorder.finish(record(inputs.map((type) => recorder.input(type)) as unknown as Inputs)));
  const given = inputs.map(({ dtype, shape }, seed) => ({
    data: Float64Array.from({ length: sizeOf(shape) }, (_, i) =>
      dtype === 'i32' ? (i * 7) % 20 : Math.fround(2 * Math.sin(i * 1.7 + seed)),
    ),
  }));
  const [want, got] = [await execute(await openReference({}), made, given), await execute(backend, made, given)];
  for (const [index, values] of want.entries())
    for (let at = 0; at < values.length; at += 1) {
      const [a, b] = [values[at] as number, got[index]?.[at] as number];
      if (!(Math.abs(a - b) <= 2e-5 * Math.max(1, Math.abs(a))))
        throw new Error(`output ${index}, element ${at}: ${b} instead of ${a}`);
    }
}

for (const [name, each] of Object.entries(cases))
  test(`more groups than an axis takes: ${name}`, async () => {
    const backend = await open({ groupsPerAxis });
    await agree(backend, each);
    await backend.close();
  });

test('more groups than can be spread are refused with the limit', async () => {
  const backend = await open({ groupsPerAxis });
  const recorder = new Recorder();
  const [a, b] = [recorder.input(f32(832, 64)), recorder.input(f32(64, 832))];
  const made = seal(recorder.finish([ops.matmul(a, b)]));
  assert.throws(
    () => backend.prepare(made),
    (error: RustaError) =>
      error.code === 'unsupported' && /13 x 13 x 1 workgroups, and the adapter allows 12/.test(error.message),
  );
  await backend.close();
});
