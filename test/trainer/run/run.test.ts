// A run can be stopped anywhere and gone on with: the same bits as without the stop. What does not fit is refused before it costs.
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Device, openDevice } from '../../../engine/device.ts';
import { defaultRecipe } from '../../../engine/optim/recipe.ts';
import { RustaError } from '../../../schemas/errors.ts';
import type { Corpus } from '../../../trainer/collate/corpus.ts';
import { readCheckpoint } from '../../../trainer/run/checkpoints.ts';
import { MetricsFile } from '../../../trainer/run/metrics.ts';
import { type RunRequest, run, runFiles } from '../../../trainer/run/run.ts';
import type { StageSize } from '../../../trainer/stages/stage.ts';
import { assert, test } from '../../support/harness.ts';
import { makeCorpus, requestOf, size } from './tiny-run.ts';

let folder = '';
let corpus: Corpus;
let device: Device;
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rusta-run-'));
  device = await openDevice({ device: 'reference' });
  corpus = await makeCorpus(folder);
});
test.after(async () => {
  await device.close();
  await rm(folder, { recursive: true, force: true });
});

const request = (name: string, more: Partial<RunRequest> = {}): RunRequest =>
  requestOf(join(folder, name), { corpus, device }, more);

/** Runs until the metrics of a step were written, then stops as Ctrl-C does. */
async function stopAfter(step: number, name: string): Promise<void> {
  const controller = new AbortController();
  const onMetric: RunRequest['onMetric'] = (metric) => {
    if (metric.step === step) controller.abort();
  };
  const { outcome } = await run(request(name, { signal: controller.signal, onMetric }));
  assert.is(outcome, 'interrupted');
}

async function refusal(made: Promise<unknown>): Promise<string> {
  try {
    await made;
  } catch (error) {
    assert.instance(error, RustaError, `${error}`);
    return (error as RustaError).code;
  }
  return 'none';
}

test('an interrupted run that is resumed ends with the same bits, and its metrics tell each step once', async () => {
  await run(request('whole'));
  await stopAfter(3, 'parts');
  const { outcome } = await run(request('parts', { resume: true }));
  assert.is(outcome, 'done');
  const [whole, parts] = await Promise.all(
    ['whole', 'parts'].map((name) => readCheckpoint(join(folder, name, runFiles.state))),
  );
  assert.is(whole?.facts.progress.step, 6);
  for (const [name, { data }] of whole?.state ?? []) assert.equal(parts?.state.get(name)?.data, data, name);
  const steps = (await new MetricsFile(join(folder, 'parts', runFiles.metrics)).read()).flatMap((metric) =>
    metric.type === 'train' ? [metric.step] : [],
  );
  assert.equal(steps, [1, 2, 3, 4, 5, 6]);
  const record = JSON.parse(await readFile(join(folder, 'parts', runFiles.record), 'utf8'));
  assert.equal(
    record.stretches.map((stretch: { from: number; to: number; outcome: string }) => [
      stretch.from,
      stretch.to,
      stretch.outcome,
    ]),
    [
      [0, 3, 'interrupted'],
      [3, 6, 'done'],
    ],
  );
  assert.match(await readFile(join(folder, 'parts', runFiles.curve), 'utf8'), /<svg/);
});

test('a run is not begun over another, nor gone on with where plan or data differ', async () => {
  await stopAfter(2, 'kept');
  assert.is(await refusal(run(request('kept'))), 'run-exists');
  assert.is(await refusal(run(request('kept', { resume: true, size: { ...size, steps: 8 } }))), 'run-differs');
  assert.is(await refusal(run(request('nothing', { resume: true }))), 'checkpoint-missing');
  const state = join(folder, 'kept', runFiles.state);
  await truncate(state, 1000);
  assert.is(await refusal(run(request('kept', { resume: true }))), 'checkpoint-corrupt');
});

test('a loss that is no number ends the run with the step and what to do', async () => {
  const recipe = { ...defaultRecipe, adamw: { ...defaultRecipe.adamw, rate: 1e30 }, muon: null };
  const wild: StageSize = { ...size, recipe, steps: 200, every: { metrics: 50, validation: 1000, checkpoint: 1000 } };
  assert.is(await refusal(run(request('wild', { size: wild }))), 'diverged');
});

test.needs(
  'bubblewrap',
  'a full disk ends a run with what to do; the checkpoint before is kept and goes on',
  async () => {
    const small = join(folder, 'small');
    await mkdir(small);
    const child = join(import.meta.dirname, 'full-disk-run.ts');
    const mount = ['--dev-bind', '/', '/', '--size', '4000000', '--tmpfs', small];
    const argv = [...mount, process.execPath, '--import', import.meta.resolve('tsx'), child, folder, small];
    const { stdout, stderr, status } = spawnSync('bwrap', argv, { encoding: 'utf8' });
    assert.is(status, 0, stderr);
    assert.match(stdout, /^disk-full step 3: run: no room for .*\nkept: step 2\ndone at step 6\n$/);
  },
);

test('a batch that the memory does not hold is taken in parts: as few as will do, and the record tells how many', async () => {
  const wide: StageSize = { ...size, batch: 12, steps: 2, recipe: { ...defaultRecipe, muon: null } };
  const losses = new Map<number, number>();
  const taken = async (memoryLimit: number, name: string): Promise<{ parts: number; peak: number }> => {
    const small = await openDevice({ device: 'reference', memoryLimit });
    try {
      const onMetric: RunRequest['onMetric'] = (metric) => {
        if (metric.type === 'train' && metric.step === 2) losses.set(memoryLimit, metric.bpb as number);
      };
      await run(request(name, { size: wide, device: small, onMetric }));
      const record = JSON.parse(await readFile(join(folder, name, runFiles.record), 'utf8'));
      return { parts: record.stretches[0].microbatches, peak: small.memory().peak };
    } finally {
      await small.close();
    }
  };
  const whole = await taken(2 ** 30, 'roomy');
  assert.is(whole.parts, 1);
  assert.is((await taken(whole.peak, 'exact')).parts, 1);
  const halves = await taken(whole.peak - 1, 'halves');
  assert.is(halves.parts, 2);
  const more = await taken(halves.peak - 1, 'thirds');
  assert.is(more.parts, 3);
  for (const loss of losses.values()) assert.ok(Math.abs(loss - (losses.get(2 ** 30) as number)) < 1e-4, `${loss}`);
  // What cannot be had by parts is refused as before: this does not hold the weights.
  assert.is(await refusal(taken(10_000, 'none')), 'out-of-memory');
});
