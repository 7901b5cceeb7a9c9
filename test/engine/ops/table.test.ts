// The table of ops by itself: every case fits its own rules, the forward pass gives what was inferred, and values that
// other sources give are met. Gradients and backends are tried by the conformance suite.
import type { Ref } from '../../../engine/ops/def.ts';
import { hashRow } from '../../../engine/ops/embedding.ts';
import { quantiseRow } from '../../../engine/ops/quantised.ts';
import { philox } from '../../../engine/ops/random.ts';
import { table } from '../../../engine/ops/table.ts';
import { sizeOf, type TensorType, written } from '../../../engine/shape.ts';
import { RustaError } from '../../../schemas/errors.ts';
import { assert, test } from '../../support/harness.ts';

type AnyDef = (typeof table)['adamw'];

const zeros = (type: TensorType): Ref => ({ type, shape: type.shape, data: new Float64Array(sizeOf(type.shape)) });

const of = (data: readonly number[], ...shape: number[]): Ref => ({
  type: { dtype: 'f32', shape },
  shape,
  data: Float64Array.from(data),
});

test('the forward pass of every small case gives arrays of the inferred sizes', () => {
  for (const [name, each] of Object.entries(table)) {
    const def = each as unknown as AnyDef;
    assert.ok(def.cases.length > 0, `${name} has no case`);
    for (const { attrs, inputs, bench } of def.cases) {
      const types = def.infer(inputs, attrs);
      assert.ok(Number.isFinite(def.flops(inputs, attrs)), name);
      if (bench) continue;
      const outputs = def.forward(inputs.map(zeros), attrs);
      assert.equal(
        outputs.map(({ length }) => length),
        types.map(({ shape }) => sizeOf(shape)),
        `${name} of ${inputs.map(written).join(', ')}`,
      );
    }
  }
});

test('what does not fit is refused with op, types and what was expected', () => {
  const refused = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      assert.instance(error, RustaError);
      return (error as RustaError).message;
    }
    return 'nothing';
  };
  const matmul = { transA: false, transB: false, scale: 1, epilogue: 'none', out: 'f32' } as const;
  const f32 = (...shape: number[]): TensorType => ({ dtype: 'f32', shape });
  assert.is(
    refused(() => table.matmul.infer([f32(4, 8), f32(6, 2)], matmul)),
    'matmul: inner dimensions differ: got f32[4,8], f32[6,2]; expected 8 rows in b',
  );
  assert.is(
    refused(() => table.add.infer([f32(4), { dtype: 'i32', shape: [4] }], {})),
    'add: element types differ: got f32[4], i32[4]; expected all f32 (use cast)',
  );
  assert.is(
    refused(() => table.slice.infer([f32(4, 8)], { axis: 1, start: 6, length: 3 })),
    'slice: 6..9 of axis 1: got f32[4,8]; expected a range within 0..8',
  );
  assert.is(
    refused(() => table.linearInt8.infer([f32(4, 8), { dtype: 'i8', shape: [3, 9] }, f32(3)], {})),
    'linearInt8: w does not fit: got f32[4,8], i8[3,9], f32[3]; expected w [*,8]',
  );
});

test('Philox4x32-10 gives the words of its authors (Random123, kat_vectors)', () => {
  assert.equal(philox([0, 0], 0, 0), [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
});

test('cross-entropy of equal logits is the logarithm of their number, and of a target of -1 zero', () => {
  const targets: Ref = { type: { dtype: 'i32', shape: [2] }, shape: [2], data: Float64Array.of(1, -1) };
  const [loss] = table.crossEntropy.forward([of([2, 2, 2, 2, 1, 2, 3, 4], 2, 4), targets], { cap: 15 });
  assert.ok(Math.abs((loss?.[0] as number) - Math.log(4)) < 1e-15);
  assert.is(loss?.[1], 0);
});

test('attention over equal keys is the mean of the values that a query sees', () => {
  const attrs = { heads: 1, kvHeads: 1, window: 2, causal: true, scale: 1 };
  const [out] = table.attention.forward(
    [of([1, 1, 1], 1, 3, 1), of([0, 0, 0], 1, 3, 1), of([1, 3, 9], 1, 3, 1)],
    attrs,
  );
  assert.equal([...(out as Float64Array)], [1, 2, 6]);
});

test('AdamW with gate 0 leaves all as it was, whatever the gradient holds', () => {
  const [p, g, m, v] = [[1], [Number.NaN], [2], [3]].map((data) => of(data, 1)) as [Ref, Ref, Ref, Ref];
  const hyper = of([0.1, 0.9, 0.95, 1e-8, 0.1, 0.1, 0.05, 0], 8);
  assert.equal(
    table.adamw.forward([p, g, m, v, hyper], {}).map((each) => [...each]),
    [[1], [2], [3]],
  );
});

test('rows are quantised half away from zero, and a row of zeros has no scale', () => {
  assert.equal(quantiseRow([63, -31.5, 0.5, -0.5, 0.49], 63), { scale: 1, steps: [63, -32, 1, -1, 0] });
  assert.equal(quantiseRow([0, 0], 63), { scale: 0, steps: [0, 0] });
});

test('the hash of an n-gram depends on its bytes, its order and nothing before it', () => {
  const text = [5, 6, 7, 8];
  assert.is(hashRow(text, 3, 2, 4096), hashRow([0, 0, 0, 7, 8], 4, 2, 4096));
  assert.is.not(hashRow(text, 3, 2, 4096), hashRow(text, 3, 3, 4096));
  assert.is(hashRow([5], 0, 3, 4096), hashRow([-1, -1, 5], 2, 3, 4096));
});
