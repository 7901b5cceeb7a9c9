// Few rows times int8 weights on SwiftShader, at depths that the conformance suite's small shapes do not reach: expected values are
// the reference's.
import { open as openReference } from '../../../engine/backends/reference.ts';
import { open, type WebGpuBackend } from '../../../engine/backends/webgpu.ts';
import { linearInt8, slice } from '../../../engine/ops/functions.ts';
import { Recorder } from '../../../engine/program/record.ts';
import { seal } from '../../../engine/program/seal.ts';
import { assert, test } from '../../support/harness.ts';
import { onSwiftshader } from '../../support/swiftshader.ts';
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
