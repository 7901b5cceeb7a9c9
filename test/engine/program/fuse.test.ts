// Each pattern: what is recorded, what is left of it, and that both give the same numbers.
import { open } from '../../../engine/backends/reference.ts';
import * as f from '../../../engine/ops/functions.ts';
import { fuse } from '../../../engine/program/fuse.ts';
import { gradients } from '../../../engine/program/gradients.ts';
import { seal } from '../../../engine/program/seal.ts';
import { withoutDeadCode } from '../../../engine/program/simplify.ts';
import { trace } from '../../../engine/program/trace.ts';
import type { Program } from '../../../engine/program/types.ts';
import type { Tensor } from '../../../engine/tensor.ts';
import { assert, test } from '../../support/harness.ts';
import { execute } from '../support/execute.ts';
import { filled, randomOf, seed } from '../support/random.ts';

const backend = await open({});
test.after(() => backend.close());

/** Ops that do something, in order. */
const opsOf = ({ instructions, values }: Program): string =>
  instructions
    .filter(({ outputs }) => outputs.some((id) => values[id]?.view === null))
    .map(({ op }) => op)
    .join(' ');

interface Example {
  readonly name: string;
  readonly shapes: readonly (readonly number[])[];
  readonly build: (...inputs: Tensor[]) => Tensor | readonly Tensor[];
  /** Ops after fusion. */
  readonly left: string;
}

const square = [4, 4];
const norm = (x: Tensor): Tensor => f.affine(f.mean(f.square(x), { axes: [-1], keepDims: true }), 1, 1e-6);
const heads = (x: Tensor): Tensor => f.reshape(f.rmsNorm(f.reshape(x, [1, 3, 2, 4]), 1e-6), [1, 3, 8]);

const examples: readonly Example[] = [
  {
    name: 'a transposed left factor',
    shapes: [square, square],
    build: (a, b) => f.matmul(f.transpose(a, [1, 0]), b),
    left: 'matmul',
  },
  {
    name: 'a transposed right factor',
    shapes: [square, square],
    build: (a, b) => f.matmul(a, f.transpose(b, [1, 0]), { transB: true }),
    left: 'matmul',
  },
  {
    name: 'a transpose of other axes stays',
    shapes: [[2, 4, 4], square],
    build: (a, b) => f.matmul(f.transpose(a, [1, 0, 2]), b),
    left: 'transpose matmul',
  },
  {
    name: 'a scaled product',
    shapes: [square, square],
    build: (a, b) => f.affine(f.matmul(a, b), 0.25, 0),
    left: 'matmul',
  },
  {
    name: 'a shifted product stays',
    shapes: [square, square],
    build: (a, b) => f.affine(f.matmul(a, b), 0.25, 1),
    left: 'matmul affine',
  },
  {
    name: 'relu2 of a scaled product',
    shapes: [square, square],
    build: (a, b) => f.relu2(f.affine(f.matmul(a, b), 0.5, 0)),
    left: 'matmul',
  },
  {
    name: 'a product used elsewhere too stays',
    shapes: [square, square],
    build: (a, b) => {
      const x = f.matmul(a, b);
      return [f.relu2(x), x];
    },
    left: 'matmul relu2',
  },
  {
    name: 'a residual',
    shapes: [square, square, square],
    build: (a, b, r) => f.add(r, f.matmul(a, b)),
    left: 'matmul',
  },
  {
    name: 'a residual that is broadcast stays',
    shapes: [square, square, [4]],
    build: (a, b, r) => f.add(f.matmul(a, b), r),
    left: 'matmul add',
  },
  {
    name: 'relu2 and a residual do not go together',
    shapes: [square, square, square],
    build: (a, b, r) => f.add(f.relu2(f.matmul(a, b)), r),
    left: 'matmul add',
  },
  { name: 'silu', shapes: [square], build: (x) => f.mul(f.sigmoid(x), x), left: 'silu' },
  { name: 'relu2', shapes: [square], build: (x) => f.square(f.relu(x)), left: 'relu2' },
  { name: 'rmsNorm by rsqrt', shapes: [square], build: (x) => f.mul(x, f.rsqrt(norm(x))), left: 'rmsNorm' },
  { name: 'rmsNorm by division', shapes: [square], build: (x) => f.div(x, f.sqrt(norm(x))), left: 'rmsNorm' },
  {
    name: 'a mean over other axes is no rmsNorm',
    shapes: [square],
    build: (x) => f.mul(x, f.rsqrt(f.affine(f.mean(f.square(x), { axes: [0], keepDims: true }), 1, 1e-6))),
    left: 'square mean affine rsqrt mul',
  },
  {
    name: 'rope of normalised heads',
    shapes: [[1, 3, 8]],
    build: (x) => f.rope(heads(x), { heads: 2, base: 100 }),
    left: 'normRope',
  },
  {
    name: 'rope of a wider norm stays',
    shapes: [[1, 3, 8]],
    build: (x) => f.rope(f.rmsNorm(x, 1e-6), { heads: 2, base: 100 }),
    left: 'rmsNorm rope',
  },
  { name: 'two affine maps', shapes: [square], build: (x) => f.affine(f.affine(x, 2, 3), 5, 7), left: 'affine' },
  {
    name: 'a turn and its return',
    shapes: [[2, 3, 4]],
    build: (x) => f.exp(f.transpose(f.transpose(x, [2, 0, 1]), [1, 2, 0])),
    left: 'exp',
  },
  {
    name: 'two turns',
    shapes: [[2, 3, 4]],
    build: (x) => f.transpose(f.transpose(x, [1, 0, 2]), [0, 2, 1]),
    left: 'transpose',
  },
  {
    name: 'constants',
    shapes: [square],
    build: (x) => f.add(f.mul(x, f.fillLike(x, [], 2)), f.broadcastTo(f.fillLike(x, [4], 3), [4, 4])),
    left: 'affine',
  },
  { name: 'a number less a tensor', shapes: [square], build: (x) => f.sub(f.fillLike(x, [], 2), x), left: 'affine' },
  {
    name: 'the gradient of relu2(x·w) keeps the result and not what went in',
    shapes: [square, square],
    build: (x, w) => {
      const loss = f.sum(f.relu2(f.matmul(x, w)));
      return [loss, ...gradients(loss, [x, w])];
    },
    left: 'matmul sum fill sqrt activationGrad matmul matmul',
  },
];

for (const { name, shapes, build, left } of examples) {
  test(`${name}: ${left}`, async () => {
    const types = shapes.map((shape) => ({ dtype: 'f64' as const, shape }));
    const { program } = trace((...inputs: readonly Tensor[]) => {
      const made = build(...inputs);
      return Array.isArray(made) ? (made as readonly Tensor[]) : [made as Tensor];
    }, types);
    const plain = withoutDeadCode(program);
    const fused = fuse(plain);
    assert.is(opsOf(fused), left);
    const random = randomOf(name);
    const inputs = types.map((type) => filled(type, random));
    const [before, after] = [await execute(backend, seal(plain), inputs), await execute(backend, seal(fused), inputs)];
    for (const [slot, should] of before.entries()) {
      for (let at = 0; at < should.length; at += 1) {
        const error = Math.abs((should[at] as number) - (after[slot]?.[at] as number));
        assert.ok(
          error <= 1e-12 * Math.max(1, Math.abs(should[at] as number)),
          `element ${at} off by ${error} (RUSTA_SEED=${seed})`,
        );
      }
    }
  });
}

test('products of halves that were widened take the halves', () => {
  const half = { dtype: 'f16' as const, shape: [4, 4] };
  const { program } = trace((a, b) => f.matmul(f.cast(a, 'f32'), f.cast(b, 'f32')), [half, half]);
  const fused = fuse(program);
  assert.is(opsOf(fused), 'matmul');
  assert.is(
    fused.instructions[0]?.inputs.every((id) => fused.values[id]?.type.dtype === 'f16'),
    true,
  );
  const narrowed = fuse(trace((a, b) => f.cast(f.matmul(a, b, { out: 'f32' }), 'f16'), [half, half]).program);
  assert.is(opsOf(narrowed), 'matmul');
});
