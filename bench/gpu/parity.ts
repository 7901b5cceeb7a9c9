// 200 training steps of a small model from the same weights and batches: on the CPU (WebAssembly), on the GPU in f32 and, where it
// has f16, in mixed precision; then, by bytelm.py, in PyTorch.
//
//   parity.mjs --out DIR [--small]   trains, and writes init.safetensors, batches.bin and losses.json for bytelm.py
//   parity.mjs --out DIR --compare   holds DIR/torch-*.json against them; ends with status 1 where a loss is too far
//
// Losses are compared as means of ten steps: within 1% in f32, within 3% where either computes in 16 bits.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Device, openDevice } from '../../engine/device.ts';
import {
  batchOf,
  farthest,
  initialWeights,
  mediumRun,
  type SmallRun,
  smallRun,
  train,
} from '../../test/engine/support/small-run.ts';
import { dump } from './dump.ts';

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'parity' },
    small: { type: 'boolean', default: false },
    steps: { type: 'string' },
    compare: { type: 'boolean', default: false },
  },
});
type Losses = Readonly<Record<string, readonly number[]>>;
const file = (name: string): string => join(values.out, name);
const print = (text: string): void => console.log(text);
const allowed = { f32: 0.01, half: 0.03 };
let failed = 0;

/** One line: how far `a` is from `b`. */
function held(name: string, a: readonly number[], b: readonly number[], most: number): void {
  const share = farthest(a, b);
  const bad = !(share <= most) || a.length !== b.length;
  if (bad) failed += 1;
  const last = (losses: readonly number[]): string => (losses.at(-1) ?? Number.NaN).toFixed(4);
  print(
    `${bad ? 'FAIL' : 'ok  '} ${name.padEnd(38)} ${a.length} steps, at most ${(100 * share).toFixed(3)}% apart (allowed ${100 * most}%); last loss ${last(a)} and ${last(b)}`,
  );
}

if (values.compare) compare();
else await trainAll();
process.exit(failed === 0 ? 0 : 1);

function compare(): void {
  const ours = JSON.parse(readFileSync(file('losses.json'), 'utf8')) as Losses;
  const theirs = (name: string): readonly number[] | null =>
    existsSync(file(name)) ? (JSON.parse(readFileSync(file(name), 'utf8')) as number[]) : null;
  const [f32, bf16] = [theirs('torch-f32.json'), theirs('torch-bf16.json')];
  if (f32 === null) {
    print('torch-f32.json is missing: bytelm.py writes it');
    failed += 1;
    return;
  }
  held('webgpu f32 and PyTorch f32', ours.f32 ?? [], f32, allowed.f32);
  held('wasm f32 and PyTorch f32', ours.wasm ?? [], f32, allowed.f32);
  if (ours.mixed !== undefined) held('webgpu f16 and PyTorch f32', ours.mixed, f32, allowed.half);
  if (ours.mixed !== undefined && bf16 !== null) held('webgpu f16 and PyTorch bf16', ours.mixed, bf16, allowed.half);
}

async function trainAll(): Promise<void> {
  const chosen = values.small ? smallRun : mediumRun;
  const run: SmallRun = values.steps === undefined ? chosen : { ...chosen, steps: Number(values.steps) };
  const cpu = await openDevice({ device: 'wasm' });
  const weights = await initialWeights(cpu, run);
  await dump(values.out, {
    ...run,
    weights,
    batches: Array.from({ length: run.steps }, (_, step) => batchOf(run, step)),
  });
  const losses: Record<string, readonly number[]> = { wasm: await lossesOn(cpu, 'wasm f32', run, weights) };
  await cpu.close();
  const gpu = await openDevice({ device: 'webgpu' });
  const { device, choices } = gpu.info();
  const half = choices.some(({ what, chosen: is }) => what === 'f16' && is === 'yes');
  print(`# ${device}`);
  losses.f32 = await lossesOn(gpu, 'webgpu f32', run, weights);
  held('webgpu f32 and wasm f32', losses.f32, losses.wasm as readonly number[], allowed.f32);
  if (half) {
    const mixed: SmallRun = { ...run, recipe: { ...run.recipe, precision: 'mixed' } };
    losses.mixed = await lossesOn(gpu, 'webgpu f16', mixed, weights);
    held('webgpu f16 and wasm f32', losses.mixed, losses.wasm as readonly number[], allowed.half);
  } else print('this adapter has no f16: mixed precision is left out');
  await gpu.close();
  writeFileSync(file('losses.json'), JSON.stringify(losses));
}

async function lossesOn(
  device: Device,
  name: string,
  run: SmallRun,
  weights: ReadonlyMap<string, Float32Array>,
): Promise<readonly number[]> {
  const begin = performance.now();
  const metrics = await train(device, run, weights);
  const skipped = metrics.filter((each) => each.skipped).length;
  print(`${name}: ${metrics.length} steps in ${((performance.now() - begin) / 1000).toFixed(1)} s, ${skipped} skipped`);
  return metrics.map(({ loss }) => loss);
}
