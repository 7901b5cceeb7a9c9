// The road of a model through the command line: trained, made int8, judged, heard; and what is told where it cannot go on.
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trainer } from '../../cli/trainer/program.ts';
import { writeCorpus } from '../support/corpus.ts';
import { assert, test } from '../support/harness.ts';
import { run } from './support.ts';

let folder = '';
const line = 'fn add(left: u32, right: u32) -> u32 {\n    left + right\n}\n\n';
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rusta-trainer-'));
  const documents = (['train', 'val', 'test'] as const).flatMap((split) =>
    Array.from({ length: split === 'train' ? 40 : 4 }, (_, index) => ({
      split,
      kind: 'code' as const,
      text: line.repeat(1 + (index % 5)),
    })),
  );
  await writeCorpus(join(folder, 'corpus'), documents);
});
test.after(() => rm(folder, { recursive: true, force: true }));

async function call(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await run(argv, { program: trainer, cwd: folder });
  return { code, out: stdout, err: stderr };
}

const small = ['context=64', 'width=32', 'layers=2', 'heads=2', 'ffn=64'].flatMap((each) => [
  '--config',
  `model.${each}`,
]);
const device = ['--device', 'wasm', '--threads', '1'];

test('a model is trained, its loss falls, and it is exported, judged and sampled', async () => {
  const trained = await call(
    'run',
    's0',
    '--data',
    'corpus',
    '--out',
    'run',
    '--size',
    'tiny',
    '--steps',
    '150',
    '--json',
    ...device,
    ...small,
  );
  assert.is(trained.code, 0, trained.err);
  const metrics = trained.out
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text));
  const losses = metrics.filter(({ type }) => type === 'train').map(({ bpb }) => bpb);
  assert.ok(losses[0] > 5, `${losses[0]}`);
  assert.ok(losses.at(-1) < 2, `${losses.at(-1)}`);
  assert.ok(metrics.some(({ type, bpb }) => type === 'validation' && bpb < 2));
  const record = JSON.parse(await readFile(join(folder, 'run/run.json'), 'utf8'));
  assert.is(record.stretches[0].outcome, 'done');

  const exported = await call(
    'export',
    'run/best.safetensors',
    '--out',
    'm.safetensors',
    '--about',
    'data=small',
    ...device,
  );
  assert.is(exported.code, 0, exported.err);
  const judged = await call('eval', 'bpb', '--checkpoint', 'm.safetensors', '--data', 'corpus', '--json', ...device);
  assert.is(judged.code, 0, judged.err);
  const { bpb, bytes, window } = JSON.parse(judged.out);
  assert.is(bytes, 4 * 2.5 * line.length);
  assert.is(window, 64);
  // Two documents of one sentence, learned by heart but for their length.
  assert.ok(bpb < 2, `${bpb}`);
  const heard = await call(
    'sample',
    '--checkpoint',
    'm.safetensors',
    '--prompt',
    'fn add',
    '--temperature',
    '0',
    '--bytes',
    '20',
    ...device,
  );
  assert.is(heard.code, 0, heard.err);
  assert.match(heard.out, /^fn add\(left/);
  const probed = await call(
    'eval',
    'fim',
    '--checkpoint',
    'm.safetensors',
    '--data',
    'corpus',
    '--count',
    '2',
    '--json',
    ...device,
  );
  assert.is(probed.code, 0, probed.err);
});

test('a run starts from weights of any form, says so, and carries the way of its holes along', async () => {
  const parted = await call('export', 'm.safetensors', '--parts', 'parts', '--part-size', '0.05', ...device);
  assert.is(parted.code, 0, parted.err);
  assert.ok(Number(/: (\d+) parts/.exec(parted.out)?.[1]) > 1, parted.out);
  const losses: number[] = [];
  for (const [from, seed] of [
    ['run/best.safetensors', '1'],
    ['parts', '2'],
    ['m.safetensors', '2'],
  ] as const) {
    const out = `from-${from.replace(/\W/g, '-')}`;
    const begun = ['run', 's0', '--data', 'corpus', '--out', out, '--size', 'tiny', '--steps', '5', '--seed', seed];
    const rest = ['--config', 'schedule.cooldown=0.2', '--from', from, '--json', ...device];
    const { code, out: told, err } = await call(...begun, ...rest);
    assert.is(code, 0, err);
    losses.push(JSON.parse(told.split('\n')[0] as string).bpb);
    const record = JSON.parse(await readFile(join(folder, out, 'run.json'), 'utf8'));
    assert.is(record.startedFrom.path, from);
    assert.is(record.seed, Number(seed));
    assert.is(record.size.schedule.cooldown, 0.2);
    assert.is(record.size.model.width, 32);
  }
  for (const loss of losses) assert.ok(loss < 3, `${losses}`);
  const [, parts, int8] = losses as [number, number, number];
  assert.ok(Math.abs(parts - int8) < 0.01, `f16 of int8 is the same model: ${losses}`);
  const { openByteLm } = await import('../../engine/checkpoint/byteLm.ts');
  const { fileSource } = await import('../../engine/checkpoint/bytes.ts');
  const source = await fileSource(join(folder, 'm.safetensors'));
  assert.is((await openByteLm(source)).provenance.infill, 'suffix-first');
  await source.close();
});

test('the confidence of a fix is judged from the report of an evaluation, with a plot', async () => {
  const verdict = (right: boolean) => ({ compiles: true, right, tests: right ? 'pass' : 'fail', failing: [] });
  const cases = Array.from({ length: 20 }, (_, index) => ({
    excluded: null,
    status: 'fixed',
    confidence: 0.9,
    verdict: verdict(index < 18),
    offered: null,
  }));
  await writeFile(join(folder, 'report.json'), JSON.stringify({ v: 1, cases }));
  const { code, out, err } = await call(
    'eval',
    'calibration',
    '--report',
    'report.json',
    '--plot',
    'fix.svg',
    '--json',
  );
  assert.is(code, 0, err);
  const { claims, ece, brier } = JSON.parse(out);
  assert.is(claims, 20);
  assert.ok(Math.abs(ece) < 1e-9 && Math.abs(brier - 0.09) < 1e-9, out);
  assert.match(await readFile(join(folder, 'fix.svg'), 'utf8'), /^<svg/);
});

test('what cannot be done is one line that says what to do', async () => {
  const told = async (pattern: RegExp, ...argv: string[]): Promise<void> => {
    const { code, err } = await call(...argv);
    assert.is.not(code, 0);
    assert.match(err, pattern);
    assert.not.match(err, /\n\s+at /);
  };
  await told(/no stage 's9'/, 'run', 's9');
  await told(/holds no corpus/, 'run', 's0', '--data', 'nowhere', ...device);
  await told(/no 'model.wings'/, 'run', 's0', '--data', 'corpus', '--config', 'model.wings=2', ...device);
  await told(/--steps or --minutes/, 'run', 's0', '--data', 'corpus', '--steps', '1', '--minutes', '1', ...device);
  await told(/ENOENT|checkpoint/, 'run', 's0', '--data', 'corpus', '--out', 'fresh', '--resume', ...device);
  await told(/ENOENT/, 'sample', '--checkpoint', 'nothing.safetensors', ...device);
  await told(/no report is given/, 'eval', 'calibration');
  await writeFile(join(folder, 'none.json'), '{}');
  await told(/none\.json is no report/, 'eval', 'calibration', '--report', 'none.json');
  await truncate(join(folder, 'm.safetensors'), 500);
  await told(/m\.safetensors/, 'sample', '--checkpoint', 'm.safetensors', ...device);
});
