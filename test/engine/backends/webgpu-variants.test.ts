// The table of kernel variants: which serves what, why, and that those that fit a shape agree, on SwiftShader where it has them.

import {
  allowed,
  choose,
  type Family,
  type Preferred,
  type ProductShape,
  variants,
} from '../../../engine/backends/webgpu/variants.ts';
import { open } from '../../../engine/backends/webgpu.ts';
import { linearInt8, linearInt8Weights, matmul, softmax } from '../../../engine/ops/functions.ts';
import { Recorder } from '../../../engine/program/record.ts';
import { seal } from '../../../engine/program/seal.ts';
import type { Program } from '../../../engine/program/types.ts';
import type { Tensor } from '../../../engine/tensor.ts';
import type { RustaError } from '../../../schemas/errors.ts';
import { assert, test } from '../../support/harness.ts';
import { onSwiftshader } from '../../support/swiftshader.ts';
import { execute } from '../support/execute.ts';

await onSwiftshader();

/** A pipeline takes a software adapter 140 to 240 ms to compile. */
export const timeoutMs = 300_000;

const backend = await open();
test.after(() => backend.close());

const all = { matrix: true, subgroup: 32, packed: true, preferred: {} } as const;
const none = { matrix: false, subgroup: 0, packed: false, preferred: {} } as const;
const half = { dtype: 'f16', offset: 0, stride: 512 } as const;
const product: ProductShape = {
  ...{ M: 1024, N: 512, K: 512, batches: 1, a: half, b: half, aBatch: 0, bBatch: 0 },
  ...{ residual: null, transA: false, transB: true },
};

test('the last variant of a family asks for nothing, so that every shape is served', () => {
  for (const family of Object.keys(variants) as Family[]) {
    const names = Object.keys(variants[family]);
    assert.equal(allowed(all, family), names);
    assert.is(allowed(none, family).at(-1), names.at(-1));
  }
});

test('features and shape choose, and say why', () => {
  assert.is(choose(all, 'matmul', product).name, 'matrices');
  assert.is(choose(none, 'matmul', product).name, 'tiles');
  assert.is(choose(all, 'matmul', { ...product, K: 520 }).name, 'tiles');
  assert.is(choose(all, 'matmul', { ...product, M: 1 }).name, 'rows');
  assert.match(choose(all, 'matmul', product).choice.why, /matrix units/);
});

test('a variant that is asked for is taken where it fits, and only there', () => {
  const tiles = choose({ ...all, preferred: { matmul: 'tiles' } }, 'matmul', product);
  assert.is(tiles.name, 'tiles');
  assert.is(tiles.choice.why, 'asked for');
  const rows = choose({ ...all, preferred: { matmul: 'rows' } }, 'matmul', product);
  assert.is(rows.name, 'matrices');
  assert.match(rows.choice.why, /^rows was asked for and does not fit; .*matrix units/);
  assert.is(choose({ ...none, preferred: { matmul: 'matrices' } }, 'matmul', product).name, 'tiles');
});

test('a name that is no variant is refused, and those that are there are named', async () => {
  const misspelt = { matmul: 'tile' } as unknown as Preferred;
  for (const asking of [() => backend.forcing({}, misspelt), () => open({ variants: misspelt })]) {
    const error = await refusal(asking);
    assert.is(error.code, 'no-variant');
    assert.match(error.message, /no variant of matmul is called 'tile'/);
    assert.is(error.expected, 'one of rows, matrices, tiles');
  }
  const family = await refusal(() => backend.forcing({}, { product: 'tiles' } as unknown as Preferred));
  assert.match(family.message, /no family of kernels is called 'product'/);
});

async function refusal(action: () => unknown): Promise<RustaError> {
  try {
    await action();
  } catch (error) {
    return error as RustaError;
  }
  throw new Error('nothing was refused');
}

test('shapes of decoding and of attention choose too', () => {
  const x = { offset: 0, stride: 512 };
  const int8 = (rows: number, K: number, w = 0) => choose(none, 'linearInt8', { rows, K, x, w }).name;
  assert.equal(
    [
      int8(1, 512),
      int8(5, 512),
      int8(6, 512),
      int8(7, 512),
      int8(1, 4100),
      int8(2, 130),
      int8(5, 130),
      int8(1, 512, 4),
    ],
    ['few', 'few', 'few', 'passes', 'fused', 'fused', 'passes', 'fused'],
  );
  const heads = { dtype: 'f16', head: 64, time: 256, keys: 256, shared: 1, rows: [x], own: 128, walk: 64 } as const;
  assert.is(choose(all, 'attention', heads).name, 'matrices');
  assert.is(choose(all, 'attention', { ...heads, keys: 200 }).name, 'blocks');
  assert.is(choose(all, 'attention', { ...heads, shared: 2 }).name, 'matrices');
  assert.is(choose(all, 'attentionGrad', { ...heads, shared: 2 }).name, 'blocks');
  assert.is(choose(none, 'bytes', null).name, 'single');
});

/** One op over inputs of these shapes. */
function programOf(op: (...inputs: Tensor[]) => Tensor, ...types: (readonly ['f32' | 'i8', ...number[]])[]): Program {
  const recorder = new Recorder();
  const inputs = types.map(([dtype, ...shape]) => recorder.input({ dtype, shape }));
  return seal(recorder.finish([op(...inputs)]));
}

const few: readonly (readonly [string, Program, readonly Preferred[]])[] = [
  [
    'matmul',
    programOf((a, b) => matmul(a, b, { transB: true }), ['f32', 2, 64], ['f32', 70, 64]),
    [{ matmul: 'rows' }, { matmul: 'tiles' }],
  ],
  [
    'linearInt8',
    programOf(linearInt8 as (...inputs: Tensor[]) => Tensor, ['f32', 2, 64], ['i8', 10, 64], ['f32', 10]),
    [{ linearInt8: 'few' }, { linearInt8: 'fused' }, { linearInt8: 'passes' }, { linearInt8: 'few', bytes: 'single' }],
  ],
  [
    'linearInt8Weights',
    programOf(linearInt8Weights as (...inputs: Tensor[]) => Tensor, ['f32', 2, 64], ['i8', 10, 64], ['f32', 10]),
    [{ linearInt8Weights: 'vectors' }, { linearInt8Weights: 'bytes' }],
  ],
  ['softmax', programOf((x) => softmax(x), ['f32', 3, 40]), [{}, { rows: 'memory' }]],
];

for (const [name, program, preferred] of few)
  test(`${name}: every variant that fits gives the same numbers, and the program tells which it took`, async () => {
    const given = program.inputs.map((id, slot) => {
      const { type } = program.values[id] as { type: { dtype: string; shape: readonly number[] } };
      const size = type.shape.reduce((count, each) => count * each, 1);
      const of = (i: number): number =>
        type.dtype === 'i8' ? Math.round(100 * Math.sin(i + slot)) : Math.fround(Math.cos(i * 0.9 + slot));
      return { data: Float64Array.from({ length: size }, (_, i) => of(i)) };
    });
    let first: ArrayLike<number> | undefined;
    for (const each of preferred) {
      const on = backend.forcing({}, each);
      const prepared = on.prepare(program);
      for (const [family, variant] of Object.entries(each))
        assert.ok(
          prepared.choices.some((choice) => choice.family === family && choice.variant === variant),
          JSON.stringify(prepared.choices),
        );
      prepared.dispose();
      const [got] = await execute(on, program, given);
      first ??= got as ArrayLike<number>;
      const typical = Math.max(...Array.from(first, Math.abs));
      for (let at = 0; at < first.length; at += 1)
        assert.ok(
          Math.abs((first[at] as number) - (got?.[at] as number)) <= 1e-5 * typical,
          `${JSON.stringify(each)}: element ${at}`,
        );
    }
  });
