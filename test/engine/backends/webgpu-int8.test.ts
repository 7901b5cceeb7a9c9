// Few rows times int8 weights on SwiftShader, at depths that the conformance suite's small shapes do not reach: expected values are
// the reference's.
import { open as openReference } from '../../../engine/backends/reference.ts';
import { open, type WebGpuBackend } from '../../../engine/backends/webgpu.ts';
import { openDevice } from '../../../engine/device.ts';
import { Decoder } from '../../../engine/generate/decoder.ts';
import { generate } from '../../../engine/generate/generate.ts';
import { linearInt8, linearInt8Weights, slice } from '../../../engine/ops/functions.ts';
import { Recorder } from '../../../engine/program/record.ts';
import { seal } from '../../../engine/program/seal.ts';
import { assert, test } from '../../support/harness.ts';
import { onSwiftshader } from '../../support/swiftshader.ts';
import { tinyModel } from '../generate/model.ts';
import { execute } from '../support/execute.ts';

await onSwiftshader();

/** A pipeline takes a software adapter 140 to 240 ms to compile. */
export const timeoutMs = 600_000;

const backend = await open();
/** WGSL there may lack packed dot products: the same kernels with bytes taken one by one. */
const unpacked = await open({ without: ['packed'] });
test.after(async () => {
  await backend.close();
  await unpacked.close();
});

test('which dot product is taken is told', () => {
  const told = (each: WebGpuBackend): string | undefined =>
    each.info().choices.find(({ what }) => what === 'bytes')?.chosen;
  assert.is(told(backend), 'packed dot products');
  assert.is(told(unpacked), 'one by one');
});

for (const [rows, K, M] of [
  [1, 16, 5],
  [3, 10, 5],
  [6, 52, 9],
  [1, 528, 9],
  [1, 4096, 17],
  [2, 1024, 8],
  [4, 512, 11],
] as const)
  test(`${rows} x ${K} times ${M} rows of weights`, async () => {
    const recorder = new Recorder();
    const wide = recorder.input({ dtype: 'f32', shape: [rows, K + 8] });
    const w = recorder.input({ dtype: 'i8', shape: [M, K] });
    const scale = recorder.input({ dtype: 'f32', shape: [M] });
    // A view: rows lie further apart than they are long, and do not begin at 0.
    const program = seal(recorder.finish([linearInt8(slice(wide, 1, 4, K), w, scale)]));
    const numbers = (length: number, of: (i: number) => number) => ({
      data: Float64Array.from({ length }, (_, i) => of(i)),
    });
    const given = [
      // The last row is zero: it has no scale.
      numbers(rows * (K + 8), (i) => (rows > 1 && i >= (rows - 1) * (K + 8) ? 0 : Math.fround(3 * Math.sin(i * 1.3)))),
      numbers(M * K, (i) => ((i * 37) % 255) - 127),
      numbers(M, (i) => Math.fround(0.01 * (i + 1))),
    ];
    const reference = await openReference({});
    const [want] = await execute(reference, program, given);
    for (const each of [backend, unpacked]) {
      const [got] = await execute(each, program, given);
      assert.is(got?.length, rows * M);
      for (let at = 0; at < rows * M; at += 1) {
        const [a, b] = [want?.[at] as number, got?.[at] as number];
        assert.ok(Math.abs(a - b) <= 1e-5 * Math.abs(a), `element ${at}: ${b} instead of ${a}`);
      }
    }
  });

for (const [rows, K, M] of [
  [1, 1024, 17],
  [3, 130, 9],
  [11, 96, 20],
] as const)
  test(`${rows} x ${K} as floats times ${M} rows of weights`, async () => {
    const recorder = new Recorder();
    const wide = recorder.input({ dtype: 'f32', shape: [rows, K + 8] });
    const w = recorder.input({ dtype: 'i8', shape: [M, K] });
    const scale = recorder.input({ dtype: 'f32', shape: [M] });
    const program = seal(recorder.finish([linearInt8Weights(slice(wide, 1, 4, K), w, scale)]));
    const of = (length: number, value: (i: number) => number) => ({
      data: Float64Array.from({ length }, (_, i) => value(i)),
    });
    const given = [
      of(rows * (K + 8), (i) => Math.fround(3 * Math.sin(i * 1.3))),
      of(M * K, (i) => Math.round(127 * Math.sin(i * 0.7))),
      of(M, (i) => Math.fround(0.01 + 0.001 * i)),
    ];
    const [want] = await execute(await openReference({}), program, given);
    const [got] = await execute(backend, program, given);
    // Terms of up to 3 * 127 * scale, summed in f32.
    for (let at = 0; at < rows * M; at += 1) {
      const bound = 1e-6 * K * 381 * (0.01 + 0.001 * (at % M));
      assert.ok(Math.abs((want?.[at] as number) - (got?.[at] as number)) <= bound, `element ${at}`);
    }
  });

test('a model served with weights alone in int8 writes here what it writes on the reference', async () => {
  const written: string[] = [];
  for (const device of ['reference', 'webgpu'] as const) {
    const own = await openDevice({ device });
    const decoder = new Decoder(own, tinyModel(), { activations: 'float', cacheBits: 8, sequences: 1 });
    const [done] = await generate(decoder, new TextEncoder().encode('fn main() {'), {
      maxBytes: 12,
      constraint: 'none',
    });
    written.push(Buffer.from(done?.bytes ?? []).toString('hex'));
    await own.close();
  }
  assert.is(written[0]?.length, 24);
  assert.is(written[1], written[0]);
});
