// The whole training step of the 33.8M ByteLM (8 layers, width 512, windows, hash n-grams, Muon) on random bytes: wall time,
// time of the CPU in encoding, GPU time by op, live memory. Usage: step.mjs [--sequences N] [--length N] [--steps N]
// [--layers N] [--width N] [--precision mixed|f32] [--profile] [--dump DIR] [--json FILE]. Ends with status 1 where memory in use grew.
// --dump: also writes what bytelm.py needs for as many steps of the same model.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { BufferId } from '../../engine/backends/backend.ts';
import type { GpuExecutable } from '../../engine/backends/webgpu/executable.ts';
import type { Preferred } from '../../engine/backends/webgpu/variants.ts';
import { open } from '../../engine/backends/webgpu.ts';
import { Device } from '../../engine/device.ts';
import { ByteLM } from '../../engine/model/byteLm.ts';
import { windowsOf } from '../../engine/model/config.ts';
import { trainByteLm } from '../../engine/model/train.ts';
import { defaultRecipe } from '../../engine/optim/recipe.ts';
import { defaultSchedule } from '../../engine/optim/schedule.ts';
import type { Program } from '../../engine/program/types.ts';
import { dump } from './dump.ts';
import { clocks } from './timer.ts';

const { values } = parseArgs({
  options: {
    sequences: { type: 'string', default: '64' },
    length: { type: 'string', default: '2048' },
    steps: { type: 'string', default: '60' },
    layers: { type: 'string', default: '8' },
    width: { type: 'string', default: '512' },
    precision: { type: 'string', default: 'mixed' },
    profile: { type: 'boolean', default: false },
    dump: { type: 'string' },
    json: { type: 'string' },
    force: { type: 'string', default: '{}' },
    variants: { type: 'string', default: '{}' },
  },
});
const [sequences, length, steps, layers, width] = [
  values.sequences,
  values.length,
  values.steps,
  values.layers,
  values.width,
].map(Number) as [number, number, number, number, number];

const backend = (await open()).forcing(
  JSON.parse(values.force) as Record<string, number>,
  JSON.parse(values.variants) as Preferred,
);
const print = (text: string): void => console.log(text);
print(`# ${backend.info().device}; ${JSON.stringify(values)}`);
let largest: { executable: GpuExecutable; run: [readonly BufferId[], readonly BufferId[]] | null } | null = null;
let encodeMs = 0;
const watched = new Proxy(backend, {
  get(target, name) {
    const own = Reflect.get(target, name, target);
    if (name === 'prepare')
      return (program: Program) => {
        const executable = backend.prepare(program);
        const entry = { executable, run: null as [readonly BufferId[], readonly BufferId[]] | null };
        if (largest === null || executable.dispatches > largest.executable.dispatches) largest = entry;
        const run = executable.run.bind(executable);
        executable.run = (inputs, outputs) => {
          entry.run = [inputs, outputs];
          const t0 = performance.now();
          run(inputs, outputs);
          encodeMs += performance.now() - t0;
        };
        return executable;
      };
    return typeof own === 'function' ? own.bind(target) : own;
  },
});
const device = new Device(watched);
const model = ByteLM.create(device, {
  v: 1,
  context: length,
  width,
  layers,
  heads: width / 64,
  ffn: 4 * width,
  windows: windowsOf(layers, 256),
  hash: { orders: [2, 3, 4, 6], rows: 4096 },
  ropeBase: 10_000,
  normEps: 1e-6,
  logitCap: 15,
} as ConstructorParameters<typeof ByteLM>[1]);
if (clocks() !== null) print(`# ${clocks()}`);
const precision = values.precision === 'f32' ? 'f32' : 'mixed';
const t0 = performance.now();
const training = trainByteLm(model, { ...defaultRecipe, precision }, { sequences, length });
print(
  `arena ${(training.arenaBytes / 2 ** 30).toFixed(2)} GiB, recorded and planned in ${(performance.now() - t0).toFixed(0)} ms`,
);
// Repeating text with some noise, so that the loss has somewhere to go.
let state = 1;
const next = (): number => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state >>> 8;
};
const batch = (): Uint8Array =>
  Uint8Array.from(
    { length: sequences * (length + 1) },
    (_, at) => (next() % 8 === 0 ? next() % 64 : (at * 7) % 61) + 32,
  );
const batches = Array.from({ length: 4 }, batch);
if (values.dump !== undefined) {
  const weights = new Map<string, Float32Array>();
  for (const [name, tensor] of Object.entries(model.parameters))
    weights.set(name, (await tensor.data()) as Float32Array);
  const all = Array.from({ length: steps }, (_, k) => batches[k % 4] as Uint8Array);
  await dump(values.dump, {
    config: model.config,
    schedule: defaultSchedule,
    recipe: defaultRecipe,
    weights,
    batches: all,
  });
}
const first = performance.now();
training.step(batches[0] as Uint8Array, 0.1);
const opening = await training.metrics();
print(
  `first step ${(performance.now() - first).toFixed(0)} ms, loss ${opening.loss.toFixed(4)}, scale ${opening.lossScale}, skipped ${opening.skipped}`,
);
for (let k = 0; k < 5; k += 1) training.step(batches[k % 4] as Uint8Array, 0.1);
await training.metrics();
const live = device.memory().live;
encodeMs = 0;
const start = performance.now();
for (let k = 0; k < steps; k += 1) {
  training.step(batches[k % 4] as Uint8Array, Math.min(1, k / 20));
  if (k % (steps > 200 ? 100 : 10) === 9) {
    const { loss, gradientNorm, lossScale, skipped } = await training.metrics();
    print(
      `  step ${k + 1} loss ${loss.toFixed(4)} norm ${gradientNorm.toExponential(2)} scale ${lossScale}${skipped ? ' skipped' : ''}`,
    );
  }
}
await training.metrics();
const ms = (performance.now() - start) / steps;
const one = largest as { executable: GpuExecutable; run: [readonly BufferId[], readonly BufferId[]] | null } | null;
print(
  `step ${ms.toFixed(1)} ms for ${sequences * length} bytes; encoding ${(encodeMs / steps).toFixed(1)} ms (${((100 * encodeMs) / steps / ms).toFixed(0)}%); ${one?.executable.dispatches} dispatches; live ${(live / 2 ** 30).toFixed(2)} GiB before, ${(device.memory().live / 2 ** 30).toFixed(2)} after; peak ${(device.memory().peak / 2 ** 30).toFixed(2)}`,
);
if (values.profile && one !== null && one.run !== null) {
  const timings = await one.executable.profile(...one.run);
  const group = (key: (each: (typeof timings)[number]) => string) => {
    const sums = new Map<string, { ms: number; count: number }>();
    for (const each of timings) {
      const sum = sums.get(key(each)) ?? { ms: 0, count: 0 };
      sums.set(key(each), { ms: sum.ms + each.ms, count: sum.count + 1 });
    }
    return [...sums.entries()].toSorted((a, b) => b[1].ms - a[1].ms);
  };
  print(`GPU time of one step ${timings.reduce((sum, each) => sum + each.ms, 0).toFixed(1)} ms; by op:`);
  for (const [name, sum] of group((each) => each.op).slice(0, 24))
    print(`  ${name.padEnd(20)} ${sum.ms.toFixed(2).padStart(8)} ms ${String(sum.count).padStart(5)}`);
  print('the longest dispatches:');
  for (const { op, label, ms: each, groups } of timings.toSorted((a, b) => b.ms - a.ms).slice(0, 45))
    print(`  ${each.toFixed(3).padStart(8)} ms ${op.padEnd(16)} ${groups} ${label.slice(0, 150)}`);
}
const grown = device.memory().live - live;
print(
  grown === 0
    ? `ok   live memory is flat over ${steps} steps`
    : `FAIL live memory grew by ${grown} bytes in ${steps} steps`,
);
if (values.json !== undefined)
  writeFileSync(
    values.json,
    JSON.stringify({ ms, bytes: sequences * length, encodeMs: encodeMs / steps, live, grown }),
  );
if (clocks() !== null) print(`# ${clocks()}`);
await backend.close();
process.exit(grown === 0 ? 0 : 1);
