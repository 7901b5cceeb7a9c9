// The training step: what is averaged, skipped, scaled and recomputed; Muon's update; the schedule; recipes that are none.
import { type Device, openDevice } from '../../../engine/device.ts';
import { ByteLM } from '../../../engine/model/byteLm.ts';
import type { ByteLmConfig } from '../../../engine/model/config.ts';
import { trainByteLm } from '../../../engine/model/train.ts';
import { muonScale, orthogonalised } from '../../../engine/optim/muon.ts';
import { checkRecipe, defaultRecipe, type Recipe } from '../../../engine/optim/recipe.ts';
import { rateFactor } from '../../../engine/optim/schedule.ts';
import type { StepMetrics } from '../../../engine/optim/training.ts';
import { assert, test } from '../../support/harness.ts';

export const timeoutMs = 240_000;

const config: ByteLmConfig = {
  v: 1,
  context: 12,
  width: 8,
  layers: 2,
  heads: 2,
  ffn: 12,
  windows: [5, null],
  hash: { orders: [2], rows: 7 },
  ropeBase: 10_000,
  normEps: 1e-6,
  logitCap: 15,
};
const tokens = Uint8Array.from({ length: 4 * 13 }, (_, at) => 97 + ((at * 7) % 11));

let device: Device;
test.before(async () => {
  device = await openDevice({ device: 'reference' });
});
test.after(() => device.close());

interface Trained {
  readonly metrics: readonly StepMetrics[];
  readonly parameters: Readonly<Record<string, number[]>>;
}

async function train(
  recipe: Partial<Recipe>,
  sequences: number,
  steps: number,
  dtype: 'f32' | 'f64' = 'f64',
): Promise<Trained> {
  const model = ByteLM.create(device, config, { seed: 1, dtype });
  const training = trainByteLm(model, { ...defaultRecipe, ...recipe }, { sequences, length: 12 });
  const metrics: StepMetrics[] = [];
  for (let step = 0; step < steps; step += 1) {
    training.step(tokens, 1);
    metrics.push(await training.metrics());
  }
  const parameters: Record<string, number[]> = {};
  for (const [name, tensor] of Object.entries(model.parameters)) parameters[name] = [...(await tensor.data())];
  return { metrics, parameters };
}

const farthest = (a: Trained, b: Trained): number =>
  Math.max(
    ...Object.entries(a.parameters).flatMap(([name, values]) =>
      values.map((value, i) => Math.abs(value - (b.parameters[name]?.[i] as number))),
    ),
  );

test('one seed gives the same bits again, and another others', async () => {
  const first = await train({}, 4, 3);
  assert.equal(await train({}, 4, 3), first);
  const other = ByteLM.create(device, config, { seed: 2 });
  assert.is.not((await other.parameters.qkv.data())[0], first.parameters.qkv?.[0]);
});

test('microbatches give the step of the whole batch, and recomputed blocks the same bits', async () => {
  const whole = await train({ clip: 0.5 }, 4, 3);
  assert.ok(farthest(await train({ clip: 0.5, microbatches: 2 }, 2, 3), whole) < 1e-12);
  assert.is(farthest(await train({ clip: 0.5, recompute: true }, 4, 3), whole), 0);
});

test('in f16 an overflow changes nothing but the loss scale, which halves until gradients are finite', async () => {
  const lossScale = { initial: 2 ** 24, interval: 2 };
  const { metrics, parameters } = await train({ precision: 'mixed', lossScale }, 4, 14, 'f32');
  const [start] = metrics as [StepMetrics];
  assert.ok(start.skipped, 'the first step overflows');
  const untouched = await train({ precision: 'mixed', lossScale }, 4, 0, 'f32');
  const one = await train({ precision: 'mixed', lossScale }, 4, 1, 'f32');
  assert.is(farthest(one, untouched), 0);
  const first = metrics.findIndex(({ skipped }) => !skipped);
  assert.ok(first > 0 && metrics.slice(0, first + 1).every(({ lossScale: scale }, step) => scale === 2 ** (24 - step)));
  assert.ok(
    metrics.some(({ lossScale: scale }, step) => step > first && scale > (metrics[step - 1] as StepMetrics).lossScale),
  );
  const losses = metrics.filter(({ skipped }) => !skipped).map(({ loss }) => loss);
  assert.ok((losses.at(-1) as number) < (losses[0] as number));
  assert.ok(Object.values(parameters).flat().every(Number.isFinite));
});

test('f16 activations lead nearly where f32 does', async () => {
  const mixed = await train({ precision: 'mixed', lossScale: { initial: 256, interval: 1000 } }, 4, 5, 'f32');
  const plain = await train({}, 4, 5, 'f32');
  assert.ok(farthest(mixed, plain) > 0);
  for (const [step, { loss }] of mixed.metrics.entries())
    assert.ok(Math.abs(loss - (plain.metrics[step] as StepMetrics).loss) < 0.02, `step ${step}`);
});

test('on WebAssembly mixed precision is f32, and says so', async () => {
  const wasm = await openDevice({ device: 'wasm', threads: 1 });
  const size = { sequences: 4, length: 12 };
  const recipe = { ...defaultRecipe, precision: 'mixed' } as const;
  assert.is(trainByteLm(ByteLM.create(wasm, config), recipe, size).precision, 'f32');
  assert.is(trainByteLm(ByteLM.create(device, config), recipe, size).precision, 'mixed');
  await wasm.close();
});

test('clipping bounds the norm that AdamW sees, and the norm told is the one before', async () => {
  const [free] = (await train({ muon: null }, 4, 1)).metrics as [StepMetrics];
  const [clipped] = (await train({ muon: null, clip: 1e-3 }, 4, 1)).metrics as [StepMetrics];
  assert.is(clipped.gradientNorm, free.gradientNorm);
  assert.ok(free.gradientNorm > 1e-3);
  // AdamW divides by the size of gradients, but for eps: with a large eps the step shrinks with the clip.
  const adamw = { ...defaultRecipe.adamw, eps: 1, decay: 0 };
  const start = await train({ muon: null, adamw }, 4, 0);
  const moved = async (clip: number) => farthest(await train({ muon: null, adamw, clip }, 4, 1), start);
  const ratio = (await moved(1e-3)) / (await moved(1e-4));
  assert.ok(Math.abs(ratio - 10) < 0.1, `${ratio}`);
});

test('NaN in a weight is told in every step, and spreads no further', async () => {
  const model = ByteLM.create(device, config);
  const up = [...(await model.parameters.up.data())];
  up[3] = Number.NaN;
  device.write(model.parameters.up, up);
  const before = await model.parameters.embed.data();
  const training = trainByteLm(model, defaultRecipe, { sequences: 4, length: 12 });
  training.step(tokens, 1);
  const { skipped, loss } = await training.metrics();
  assert.ok(skipped && Number.isNaN(loss));
  assert.equal(await model.parameters.embed.data(), before);
});

test("Muon's update has singular values near one, for wide and tall stacks, and is zero for zero", async () => {
  for (const [rows, columns] of [
    [4, 9],
    [9, 4],
    [6, 6],
  ] as const) {
    const g = device.tensor(
      Float64Array.from({ length: 2 * rows * columns }, (_, i) => Math.sin(i * i + 1)),
      [2, rows, columns],
      'f64',
    );
    const u = [...(await orthogonalised(g).data())];
    const [short, long] = rows < columns ? [rows, columns] : [columns, rows];
    const at = (s: number, l: number) => u[rows < columns ? s * columns + l : l * columns + s] as number;
    let trace = 0;
    for (let s = 0; s < short; s += 1) for (let l = 0; l < long; l += 1) trace += at(s, l) ** 2;
    // The iteration takes singular values to between 0.7 and 1.2 or so: their squares' mean is near one.
    assert.ok(trace / short > 0.5 && trace / short < 1.4, `${rows}x${columns}: ${trace / short}`);
  }
  const zero = await orthogonalised(device.tensor(new Float64Array(12), [1, 3, 4], 'f64')).data();
  assert.ok(zero.every((value) => value === 0));
  assert.equal([muonScale(4, 16), muonScale(16, 4)], [1, 2]);
});

test('the rate rises, stays, and falls to its floor', () => {
  const schedule = { warmUp: 4, cooldown: 0.5, floor: 0.02 };
  const rates = [0, 1, 3, 10, 20, 30, 39, 40].map((step) => rateFactor(step, step / 40, schedule));
  assert.equal(rates, [0.25, 0.5, 1, 1, 1, 0.5, 0.050000000000000044, 0.02]);
  assert.is(rateFactor(0, 0, { warmUp: 0, cooldown: 0, floor: 0 }), 1);
});

test('recipes and batches that make no sense are refused by name', () => {
  assert.throws(() => checkRecipe({ ...defaultRecipe, clip: 0 }), /clip: expected a number above 0, or null, got 0/);
  assert.throws(
    () => checkRecipe({ ...defaultRecipe, microbatches: 0 }),
    /microbatches: expected a whole number from 1/,
  );
  assert.throws(
    () => checkRecipe({ ...defaultRecipe, adamw: { ...defaultRecipe.adamw, beta2: 1 } }),
    /adamw\.beta2: expected a number in \[0, 1\), got 1/,
  );
  const model = ByteLM.create(device, config);
  const training = trainByteLm(model, defaultRecipe, { sequences: 4, length: 12 });
  assert.throws(() => training.step(tokens.subarray(1), 1), /51 numbers do not fill u8\[1,4,13\]/);
});

test('a model whose parameters are another shape than its configuration says is refused', () => {
  const { parameters } = ByteLM.create(device, config);
  assert.throws(
    () => new ByteLM(device, { ...config, ffn: 16 }, parameters as never),
    /'up' is f32\[2,12,8\], the configuration says f32\[2,16,8\]/,
  );
  const { hash: _, ...rest } = parameters;
  assert.throws(() => new ByteLM(device, config, rest), /the parameter 'hash' is missing/);
});
