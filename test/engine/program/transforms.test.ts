// Whole programs: what the transforms do to random ones, and what checkpointing and microbatches do to memory.
import fc from 'fast-check';
import { open } from '../../../engine/backends/reference.ts';
import { openDevice } from '../../../engine/index.ts';
import * as f from '../../../engine/ops/functions.ts';
import { table } from '../../../engine/ops/table.ts';
import { microbatches } from '../../../engine/program/accumulate.ts';
import { checkpoint, gradients, vjp } from '../../../engine/program/gradients.ts';
import { optimise } from '../../../engine/program/optimise.ts';
import { plan } from '../../../engine/program/plan.ts';
import { Recorder } from '../../../engine/program/record.ts';
import { seal } from '../../../engine/program/seal.ts';
import { withoutRepeats } from '../../../engine/program/simplify.ts';
import { trace } from '../../../engine/program/trace.ts';
import type { Program } from '../../../engine/program/types.ts';
import { typeOf } from '../../../engine/program/views.ts';
import type { Tensor } from '../../../engine/tensor.ts';
import { assert, test } from '../../support/harness.ts';
import { execute } from '../support/execute.ts';
import { open as openPlanned } from '../support/planned.ts';
import { filled, randomOf, seed } from '../support/random.ts';

const reference = await open({});
const planned = await openPlanned();
const careful = await openPlanned({ overwrite: false });
test.after(() => Promise.all([reference.close(), planned.close(), careful.close()]));

const width = 4;
/** Ways to make a tensor [rows, 4] out of two others; rows differ, and many are views. */
const steps: readonly ((x: Tensor, y: Tensor, n: number) => Tensor)[] = [
  (x) => f.tanh(x),
  (x) => f.affine(x, 0.5, 0.25),
  (x) => f.rmsNorm(x, 1e-3),
  (x) => f.softmax(x),
  (x, y) => (x.shape[0] === y.shape[0] ? f.add(x, y) : f.add(x, f.slice(y, 0, 0, 1))),
  (x, y) => (x.shape[0] === y.shape[0] ? f.mul(x, y) : x),
  (x, y) => f.matmul(f.matmul(x, y, { transB: true }), y, { scale: 0.1 }),
  (x) => f.relu2(x),
  (x, _, n) => f.slice(x, 0, n % (x.shape[0] as number), 1),
  (x) => f.transpose(f.matmul(x, x, { transA: true, scale: 0.1 }), [1, 0]),
  (x, y) => f.concat([f.slice(x, 1, 1, 3), f.slice(f.matmul(x, y, { transB: true, scale: 0.1 }), 1, 0, 1)], 1),
  (x) => f.concat([...f.split(x, 1, 2)].reverse(), 1),
  (x) => f.reshape(f.reshape(x, [-1, 2]), [-1, width]),
  (x, y, n) => f.pad(f.slice(x, 0, 0, 1), 0, n % 3, (x.shape[0] as number) - 1 + (y.shape[0] === 1 ? 0 : 0)),
  (x, y) => f.mul(f.broadcastTo(f.mean(x, { axes: [0], keepDims: true }), y.shape), y),
];

const recipes = fc.record({
  rows: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
  steps: fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat(), fc.boolean()), { minLength: 1, maxLength: 14 }),
  outputs: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
  updated: fc.option(fc.tuple(fc.nat(), fc.nat())),
});

/** A random program in f64, with its loss first, gradients of all inputs last. */
function programOf(recipe: typeof recipes extends fc.Arbitrary<infer R> ? R : never): Program {
  const recorder = new Recorder();
  const inputs = recipe.rows.map((rows) => recorder.input({ dtype: 'f64', shape: [rows, width] }));
  const made = [...inputs];
  for (const [kind, a, b, kept] of recipe.steps) {
    const [x, y] = [made[a % made.length] as Tensor, made[b % made.length] as Tensor];
    const step = steps[kind % steps.length] as (typeof steps)[number];
    made.push(kept ? step(x, y, b) : checkpoint(step)(x, y, b));
  }
  const loss = f.mean(f.square(made.at(-1) as Tensor));
  const outputs = recipe.outputs.map((at) => made[at % made.length] as Tensor);
  const found = gradients(loss, inputs);
  if (recipe.updated !== null) {
    const target = inputs[recipe.updated[0] % inputs.length] as Tensor;
    const fitting = made.filter((each) => each.shape[0] === target.shape[0] && each.shape[1] === width);
    recorder.assign(target, fitting[recipe.updated[1] % fitting.length] as Tensor);
  }
  return recorder.finish([loss, ...outputs, ...found]);
}

test('optimised programs in planned memory give what the recorded ones give', async () => {
  await fc.assert(
    fc.asyncProperty(recipes, async (recipe) => {
      const program = programOf(recipe);
      const random = randomOf(JSON.stringify(recipe));
      const inputs = program.inputs.map((id) => filled({ ...typeOf(program, id), fill: { kind: 'normal' } }, random));
      const wanted = await execute(reference, seal(program), inputs);
      const fused = optimise(program);
      for (const backend of [planned, careful]) {
        const got = await execute(backend, fused, inputs);
        for (const [slot, should] of wanted.entries()) {
          const size = Math.max(1, ...Array.from(should, Math.abs));
          for (let at = 0; at < should.length; at += 1) {
            const error = Math.abs((should[at] as number) - (got[slot]?.[at] as number));
            assert.ok(error <= 1e-9 * size, `result ${slot}, element ${at} is off by ${error}`);
          }
        }
      }
    }),
    { numRuns: 300, seed },
  );
});

test('gradients of random programs are what central differences give', async () => {
  await fc.assert(
    fc.asyncProperty(recipes, async (recipe) => {
      const program = programOf({ ...recipe, updated: null, outputs: [0] });
      const random = randomOf(JSON.stringify(recipe));
      const inputs = program.inputs.map((id) => filled(typeOf(program, id), random));
      const sealed = optimise(program);
      const [, , ...found] = await execute(reference, sealed, inputs);
      for (const [slot, gradient] of found.entries()) {
        const at = random.below(gradient.length);
        const lossAt = async (by: number): Promise<number> => {
          const shifted = (data: Float64Array) => data.map((x, place) => (place === at ? x + by : x));
          const moved = inputs.map((ref, other) => (other === slot ? { ...ref, data: shifted(ref.data) } : ref));
          return (await execute(reference, sealed, moved))[0]?.[0] as number;
        };
        const slope = ((await lossAt(1e-5)) - (await lossAt(-1e-5))) / 2e-5;
        const size = Math.max(1, ...Array.from(gradient, Math.abs));
        const error = Math.abs(slope - (gradient[at] as number));
        assert.ok(error <= 1e-5 * size, `input ${slot}[${at}]: ${slope}, by the rules ${gradient[at]}`);
      }
    }),
    { numRuns: 150, seed },
  );
});

/** Layers of two matmuls each over [rows, 64]; the gradient of every weight. */
function deep(layers: number, rows: number, kept: boolean, parts = 1): Program {
  const weight = { dtype: 'f32' as const, shape: [64, 64] };
  const types = [{ dtype: 'f32' as const, shape: [rows, 64] }, ...Array.from({ length: layers * 2 }, () => weight)];
  const block = (x: Tensor, a: Tensor, b: Tensor): Tensor =>
    f.add(x, f.matmul(f.gelu(f.matmul(f.rmsNorm(x, 1e-6), a)), b));
  return optimise(
    trace((x, ...weights: readonly Tensor[]) => {
      const part = (own: Tensor) => {
        let at = own;
        for (let layer = 0; layer < layers; layer += 1) {
          const [a, b] = [weights[2 * layer] as Tensor, weights[2 * layer + 1] as Tensor];
          at = kept ? block(at, a, b) : checkpoint(block)(at, a, b);
        }
        const loss = f.mean(f.square(at));
        return [loss, ...gradients(loss, weights)];
      };
      return microbatches(parts, part)(x as Tensor);
    }, types).program,
  );
}

const arena = (program: Program): number =>
  plan(program, { alignment: 64, overwrite: true, inPlace: (op) => table[op].inPlace ?? [] }).arenaBytes;

test('checkpointed blocks keep their inputs alone: memory grows by one tensor a layer', () => {
  const rows = 256;
  const tensor = rows * 64 * 4;
  const [few, many] = [arena(deep(4, rows, false)), arena(deep(12, rows, false))];
  assert.ok((many - few) / 8 <= 1.05 * tensor, `${(many - few) / 8 / tensor} tensors a layer`);
  const kept = (arena(deep(12, rows, true)) - arena(deep(4, rows, true))) / 8;
  assert.ok(kept >= 2.9 * tensor, `${kept / tensor} tensors a layer without`);
});

test('microbatches: memory stays that of one part, and the numbers those of the whole', async () => {
  const sums = 2 * 4 * 64 * 64 * 4;
  const [one, four, sixteen] = [1, 4, 16].map((parts) => arena(deep(4, 256 * parts, true, parts))) as [
    number,
    number,
    number,
  ];
  assert.ok(four <= one + 2 * sums, `${four} bytes in four parts, ${one} of one part`);
  assert.ok(sixteen <= four, `${sixteen} bytes in sixteen parts, ${four} in four`);
  const [once, parts] = [deep(2, 8, true), deep(2, 8, true, 4)];
  const random = randomOf('microbatches');
  const inputs = once.inputs.map((id) => filled({ ...typeOf(once, id), fill: { kind: 'normal', std: 0.2 } }, random));
  const wanted = await execute(reference, once, inputs);
  const got = await execute(reference, parts, inputs);
  for (const [slot, should] of wanted.entries()) {
    for (let at = 0; at < should.length; at += 1)
      assert.ok(Math.abs((should[at] as number) - (got[slot]?.[at] as number)) < 1e-6, `result ${slot}, element ${at}`);
  }
  assert.throws(() => deep(1, 7, true, 2), /microbatches: f32\[7,64\] does not fall into 2 equal parts/);
});

test('what is recomputed for a checkpointed block is not shared with what the block computed', () => {
  const program = trace(
    (x) => {
      const loss = f.sum(checkpoint((x: Tensor) => f.exp(f.tanh(x)))(x));
      return [loss, ...gradients(loss, [x])];
    },
    [{ dtype: 'f32', shape: [4] }],
  ).program;
  const tanhs = withoutRepeats(program).instructions.filter(({ op }) => op === 'tanh');
  assert.equal(
    tanhs.map(({ region }) => region),
    [1, 2],
  );
});

test('a value computed twice is computed once; what nobody needs is not', () => {
  const { program } = trace(
    (x) => {
      f.exp(f.sin(x));
      return f.add(f.tanh(x), f.tanh(x));
    },
    [{ dtype: 'f32', shape: [4] }],
  );
  assert.equal(
    optimise(program).instructions.map(({ op }) => op),
    ['tanh', 'add'],
  );
});

test('gradients of slices that tile a value are joined by one concat', () => {
  const { program } = trace(
    (x) => {
      const [a, b, c] = [f.slice(x, 1, 0, 2), f.slice(x, 1, 2, 1), f.slice(x, 1, 3, 3)];
      const loss = f.add(f.add(f.sum(f.exp(a)), f.sum(f.sin(b))), f.sum(f.tanh(c)));
      return gradients(loss, [x]);
    },
    [{ dtype: 'f32', shape: [2, 6] }],
  );
  const ops = optimise(program).instructions.map(({ op }) => op);
  assert.is(ops.filter((op) => op === 'concat').length, 1);
  assert.not.ok(ops.includes('pad'));
});

test('vjp of a program: its outputs, then the gradients of the first', async () => {
  const { program } = trace(
    (x, y) => [f.sum(f.mul(x, y)), f.exp(x)],
    [
      { dtype: 'f64', shape: [2] },
      { dtype: 'f64', shape: [2] },
    ],
  );
  const values = [
    [1, 2],
    [3, 4],
  ].map((data) => ({ data: Float64Array.from(data) }));
  const found = await execute(reference, optimise(vjp(program, [0, 1])), values);
  assert.equal(
    found.map((each) => Array.from(each)),
    [[11], [Math.E, Math.exp(2)], [3, 4], [1, 2]],
  );
});

test('what the loss does not depend on has gradient zero; a value on the way has one too', async () => {
  const device = await openDevice({ device: 'reference' });
  const x = device.tensor([1, 2]);
  const step = device.program(
    (x, y) => {
      const middle = f.square(x);
      return gradients(f.sum(f.square(middle)), [y, middle, x]);
    },
    [x, x],
  );
  const found = step.run([x, device.tensor([5, 6])]);
  const all = await Promise.all(found.map(async (each) => Array.from(await each.data())));
  assert.equal(all, [
    [0, 0],
    [2, 8],
    [4, 32],
  ]);
  await device.close();
});

test('an update is seen by the next run, and not within the one that makes it', async () => {
  const device = await openDevice({ device: 'reference' });
  const [a, b] = [device.tensor([1]), device.tensor([2])];
  const swap = device.program(() => {
    device.assign(a, b);
    device.assign(b, a);
    return f.affine(a, 10, 0);
  }, []);
  assert.equal(Array.from(await swap.run([]).data()), [10]);
  assert.equal([...(await a.data()), ...(await b.data())], [2, 1]);
  assert.equal(Array.from(await swap.run([]).data()), [20]);
  await device.close();
});
