// Values larger than one binding covers, on SwiftShader with bindings of 1 KiB: cut where the op is elementwise, a move, a
// reduction or AdamW, refused by name elsewhere. Expected values are the reference's.
import type { Backend } from '../../../engine/backends/backend.ts';
import { open as openReference } from '../../../engine/backends/reference.ts';
import { open } from '../../../engine/backends/webgpu.ts';
import * as ops from '../../../engine/ops/functions.ts';
import { Recorder } from '../../../engine/program/record.ts';
import { seal } from '../../../engine/program/seal.ts';
import type { Program } from '../../../engine/program/types.ts';
import { sizeOf, type TensorType } from '../../../engine/shape.ts';
import type { Tensor } from '../../../engine/tensor.ts';
import { RustaError } from '../../../schemas/errors.ts';
import { assert, test } from '../../support/harness.ts';
import { onSwiftshader } from '../../support/swiftshader.ts';
import { execute } from '../support/execute.ts';

await onSwiftshader();

/** A pipeline takes a software adapter 140 to 240 ms to compile. */
export const timeoutMs = 600_000;

const bindingBytes = 1024;
const f32 = (...shape: number[]): TensorType => ({ dtype: 'f32', shape });
type Inputs = readonly Tensor[] & { readonly 0: Tensor; readonly 1: Tensor; readonly 2: Tensor };

/** Every value is over 256 elements, which is what a binding covers. */
const cases: Record<string, { inputs: readonly TensorType[]; record: (inputs: Inputs) => readonly Tensor[] }> = {
  'a chain of elementwise ops over a flat value': {
    inputs: [f32(1501), f32(1501)],
    record: ([x, y]) => [ops.affine(ops.mul(x, ops.sigmoid(y)), 2, 1)],
  },
  'a broadcast row and a broadcast column': {
    inputs: [f32(40, 30), f32(30), f32(40, 1)],
    record: ([x, row, column]) => [ops.add(ops.mul(x, row), column)],
  },
  'rows that are larger than a binding': {
    inputs: [f32(3, 700), f32(700)],
    record: ([x, row]) => [ops.sub(x, row)],
  },
  'transposed, cut, joined and padded': {
    inputs: [f32(40, 30), f32(20, 30)],
    record: ([x, y]) => [
      ops.transpose(x, [1, 0]),
      ops.concat([x, y], 0),
      ops.slice(x, 1, 7, 9),
      ops.pad(y, 0, 2, 3),
      ops.broadcastTo(ops.slice(y, 0, 4, 1), [13, 30]),
    ],
  },
  'filled, and cast to bytes and back': {
    inputs: [f32(3000)],
    record: ([x]) => [ops.cast(ops.cast(ops.affine(ops.abs(x), 20, 0), 'u8'), 'f32'), ops.fillLike(x, [900], 3)],
  },
  'sums along rows, along columns, of all': {
    inputs: [f32(40, 30)],
    record: ([x]) => [ops.sum(x, { axes: [1] }), ops.mean(x, { axes: [0] }), ops.sum(x), ops.sumSquares(x)],
  },
  'the largest along each axis of three': {
    inputs: [f32(12, 11, 10)],
    record: ([x]) => [0, 1, 2].map((axis) => ops.max(x, { axes: [axis] })),
  },
};

function program(inputs: readonly TensorType[], record: (inputs: Inputs) => readonly Tensor[]): Program {
  const recorder = new Recorder();
  return seal(recorder.finish(record(inputs.map((type) => recorder.input(type)) as unknown as Inputs)));
}

/** Numbers between -2 and 2 without a pattern of a power of two. */
const contents = (type: TensorType, seed: number): Float64Array =>
  Float64Array.from({ length: sizeOf(type.shape) }, (_, i) => Math.fround(2 * Math.sin(i * 1.7 + seed) + (i % 7) / 50));

async function agree(backend: Backend, made: Program, data: readonly Float64Array[]): Promise<void> {
  const reference = await openReference({});
  const given = data.map((each) => ({ data: each }));
  const [want, got] = [await execute(reference, made, given), await execute(backend, made, given)];
  assert.is(got.length, want.length);
  for (const [index, values] of want.entries())
    for (let at = 0; at < values.length; at += 1) {
      const [a, b] = [values[at] as number, got[index]?.[at] as number];
      if (!(Math.abs(a - b) <= 2e-5 * Math.max(1, Math.abs(a))))
        throw new Error(`output ${index}, element ${at}: ${b} instead of ${a}`);
    }
}

const backend = await open({ bindingBytes });
test.after(() => backend.close());

for (const [name, { inputs, record }] of Object.entries(cases))
  test(name, () =>
    agree(
      backend,
      program(inputs, record),
      inputs.map((type, index) => contents(type, index)),
    ),
  );

test('AdamW on a parameter of several bindings', async () => {
  const inputs = [f32(1501), f32(1501), f32(1501), f32(1501), f32(8)];
  const made = program(inputs, ([p, g, m, v, hyper]: readonly Tensor[]) => [
    ...ops.adamw(p as Tensor, g as Tensor, m as Tensor, v as Tensor, hyper as Tensor),
  ]);
  const data = inputs.map((type, index) => contents(type, index));
  data[3] = (data[3] as Float64Array).map(Math.abs);
  data[4] = Float64Array.of(0.01, 0.9, 0.95, 1e-8, 0.1, 1 - 0.9 ** 3, 1 - 0.95 ** 3, 1);
  await agree(backend, made, data);
});

test('an op that is not cut is refused with its name and what to do', () => {
  const made = program([f32(40, 30), f32(30, 8)], ([a, b]) => [ops.matmul(a, b)]);
  try {
    backend.prepare(made).dispose();
  } catch (error) {
    assert.ok(error instanceof RustaError);
    assert.is((error as RustaError).code, 'out-of-memory');
    assert.match((error as RustaError).message, /matmul: a value of 4800 bytes/);
    return;
  }
  throw new Error('it was prepared');
});
