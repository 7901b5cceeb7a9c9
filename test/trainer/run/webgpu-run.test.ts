// Runs on the GPU that are ended from outside, on SwiftShader: a killed process and a lost device cost no more than the steps
// since the last checkpoint, and weights that are no numbers end a run instead of going on for ever.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { open } from '../../../engine/backends/webgpu.ts';
import { Device, openDevice } from '../../../engine/device.ts';
import { RustaError } from '../../../schemas/errors.ts';
import type { Corpus } from '../../../trainer/collate/corpus.ts';
import { readCheckpoint, writeCheckpoint } from '../../../trainer/run/checkpoints.ts';
import { guardLimits } from '../../../trainer/run/guard.ts';
import { type RunRequest, run, runFiles } from '../../../trainer/run/run.ts';
import { Trainee } from '../../../trainer/run/trainee.ts';
import { assert, test } from '../../support/harness.ts';
import { onSwiftshader } from '../../support/swiftshader.ts';
import { makeCorpus, requestOf, plainSize as size } from './tiny-run.ts';

await onSwiftshader();

/** A pipeline takes a software adapter 140 to 240 ms to compile. */
export const timeoutMs = 600_000;

let folder = '';
let corpus: Corpus;
let device: Device;
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rusta-gpu-run-'));
  corpus = await makeCorpus(folder);
  device = await openDevice({ device: 'webgpu' });
  await run(request('whole'));
});
test.after(async () => {
  await device.close();
  await rm(folder, { recursive: true, force: true });
});

const request = (name: string, more: Partial<RunRequest> = {}): RunRequest =>
  requestOf(join(folder, name), { corpus, device }, { size, ...more });

const stateOf = (name: string) => readCheckpoint(join(folder, name, runFiles.state));

/** Every bit of a run's last checkpoint is that of the run that was left alone. */
async function sameAsWhole(name: string): Promise<void> {
  const [whole, other] = [await stateOf('whole'), await stateOf(name)];
  assert.is(other.facts.progress.step, size.steps);
  for (const [tensor, { data }] of whole.state) assert.equal(other.state.get(tensor)?.data, data, tensor);
}

test('a run whose process is killed in mid-step goes on from its last checkpoint, to the same bits', async () => {
  const program = fileURLToPath(new URL('killed-run.ts', import.meta.url));
  const given = ['--import', import.meta.resolve('tsx'), program, folder, join(folder, 'killed'), '4'];
  const child = spawn(process.execPath, given, { stdio: ['ignore', 'inherit', 'inherit'] });
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
  assert.is(signal, 'SIGKILL');
  // Nothing is lost but the interval: steps 3 and 4.
  assert.is((await stateOf('killed')).facts.progress.step, 2);
  const { outcome } = await run(request('killed', { resume: true }));
  assert.is(outcome, 'done');
  await sameAsWhole('killed');
});

test('a run whose device is lost ends with what to do, and goes on on another device', async () => {
  const backend = await open();
  const lost = new Device(backend);
  const onMetric: RunRequest['onMetric'] = (metric) => {
    if (metric.type === 'train' && metric.step === 3) backend.queue.device.destroy();
  };
  try {
    await run(request('lost', { device: lost, onMetric }));
    throw new Error('it went on');
  } catch (error) {
    if (!(error instanceof RustaError)) throw error;
    assert.is(error.code, 'device-lost');
    assert.match(error.message, /^step 3: /);
    assert.match(error.hint ?? '', /checkpoint/);
  }
  await lost.close();
  assert.is((await stateOf('lost')).facts.progress.step, 2);
  await run(request('lost', { resume: true }));
  await sameAsWhole('lost');
});

test('weights that are no numbers: steps change nothing, and after so many the run ends', async () => {
  const controller = new AbortController();
  const stop: RunRequest['onMetric'] = (metric) => {
    if (metric.step === 1) controller.abort();
  };
  const long = { ...size, steps: 200, every: { metrics: 1, validation: 1000, checkpoint: 1000 } };
  await run(request('broken', { size: long, signal: controller.signal, onMetric: stop }));
  const { state, facts } = await stateOf('broken');
  (state.get('up')?.data as Float32Array)[3] = Number.NaN;
  await writeCheckpoint(join(folder, 'broken', runFiles.state), state, facts);
  let skipped = 0;
  const count: RunRequest['onMetric'] = (metric) => {
    if (metric.type === 'train') skipped += metric.skipped;
  };
  try {
    await run(request('broken', { size: long, resume: true, onMetric: count }));
    throw new Error('it went on');
  } catch (error) {
    if (!(error instanceof RustaError)) throw error;
    assert.is(error.code, 'diverged');
    assert.match(error.message, new RegExp(`no usable loss for ${guardLimits.lost} steps`));
    assert.match(error.hint ?? '', /checkpoint/);
  }
  assert.ok(skipped >= guardLimits.lost - 2 && skipped <= guardLimits.lost, `${skipped} steps were skipped`);
});

/** What a trainee of a batch is made with where so much memory is allowed, and the memory that it took. */
async function trainee(batch: number, memoryLimit: number): Promise<{ readonly parts: number; readonly peak: number }> {
  const own = await openDevice({ device: 'webgpu', memoryLimit });
  const { microbatches } = await Trainee.open(own, { config: size.model, recipe: size.recipe, batch, seed: 1 });
  const { peak } = own.memory();
  await own.close();
  return { parts: microbatches, peak };
}

test('a batch that the memory of the GPU does not hold is taken in parts', async () => {
  const { parts, peak } = await trainee(128, 2 ** 30);
  assert.is(parts, 1);
  assert.is((await trainee(128, peak)).parts, 1);
  assert.is((await trainee(128, peak - 1)).parts, 2);
});

test('that the GPU has no memory is found out before the first step, though it is told late', async () => {
  const backend = await open();
  const { createBuffer } = backend.queue.device;
  // As a card does whose memory is full: the buffer is there, the error comes by itself.
  let told = 0;
  backend.queue.device.createBuffer = (descriptor) => {
    if (descriptor.label === 'a program' && told === 0) {
      told += 1;
      backend.queue.fail(new RustaError('no room', { code: 'out-of-memory', op: 'webgpu' }));
    }
    return createBuffer.call(backend.queue.device, descriptor);
  };
  const late = new Device(backend);
  const trainee = await Trainee.open(late, { config: size.model, recipe: size.recipe, batch: 2, seed: 1 });
  assert.is(told, 1);
  assert.is(trainee.microbatches, 2);
  await late.close();
});
