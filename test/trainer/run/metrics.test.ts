// Metrics survive a killed process and are cut back where a run is resumed; the curve draws what they say.
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { curveSvg } from '../../../trainer/run/curve.ts';
import { MetricsFile, type TrainMetric } from '../../../trainer/run/metrics.ts';
import { assert, test } from '../../support/harness.ts';

let folder = '';
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rusta-metrics-'));
});
test.after(() => rm(folder, { recursive: true, force: true }));

function line(step: number): TrainMetric {
  return {
    type: 'train',
    step,
    bytes: step * 1000,
    bpb: 8 / (1 + step),
    norm: 1,
    rate: 1,
    lossScale: 1,
    skipped: 0,
    bytesPerSecond: 1,
    teraflops: 0,
    seconds: step,
  };
}

test('a half-written last line is passed over, and what came after a checkpoint is forgotten', async () => {
  const file = new MetricsFile(join(folder, 'm.ndjson'));
  assert.equal(await file.read(), []);
  for (let step = 1; step <= 5; step += 1) await file.append(line(step));
  await appendFile(file.path, '{"type":"train","st');
  assert.equal(
    (await file.read()).map(({ step }) => step),
    [1, 2, 3, 4, 5],
  );
  await file.cutAfter(3);
  assert.equal(
    (await file.read()).map(({ step }) => step),
    [1, 2, 3],
  );
});

test('the curve holds both lines, escapes its title, and stands without data', () => {
  const metrics = [
    ...Array.from({ length: 100 }, (_, step) => line(step)),
    { type: 'validation' as const, step: 99, bytes: 99_000, bpb: 0.25, seconds: 9, by: { code: 0.25 } },
  ];
  const svg = curveSvg('a < b', metrics);
  assert.match(svg, /a &lt; b/);
  assert.match(svg, />0\.2500</);
  assert.is(svg.match(/fill="none"/g)?.length, 2);
  assert.not.match(svg, /NaN|Infinity/);
  assert.not.match(curveSvg('empty', []), /NaN|Infinity/);
});
