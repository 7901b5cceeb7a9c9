// The canaries, repaired by this tree as a user would, within a minute; and the command line around the evaluation.
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCases } from '../../../trainer/eval/layout.ts';
import { assert, test } from '../../support/harness.ts';

export const timeoutMs = 400_000;

const tree = fileURLToPath(new URL('../../..', import.meta.url));
let folder = '';
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rusta-canary-'));
});
test.after(() => rm(folder, { recursive: true, force: true }));

function evaluation(...words: string[]) {
  const env = { ...process.env, XDG_CACHE_HOME: join(folder, 'cache'), XDG_STATE_HOME: join(folder, 'state') };
  const command = ['--import', 'tsx', join(tree, 'cli/eval.ts'), ...words];
  const done = spawnSync(process.execPath, command, { cwd: tree, encoding: 'utf8', env });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

test.needs(['bubblewrap', 'cargo'], 'every canary that should be is repaired', () => {
  const { code, out, err } = evaluation('canary');
  assert.is(code, 0, `${out}\n${err}`);
  assert.match(out, /\n14 of 14 canaries are fixed, 0 open\n$/);
});

test('the canaries cover the taxonomy, each with its fix and hidden tests', async () => {
  const { cases, misfits } = await readCases(join(tree, 'datasets/canaries'));
  assert.equal(misfits, []);
  assert.ok(cases.length >= 12 && cases.every(({ fixed, hidden }) => fixed !== null && hidden !== null));
  const classes = new Set(cases.map(({ name }) => name.split('-')[0]));
  assert.equal([...classes].sort(), ['borrow', 'names', 'ownership', 'syntax', 'traits', 'types', 'visibility']);
});

test('mistakes on the command line are one line and a hint', () => {
  for (const [words, pattern] of [
    [['cases'], /which dir\?/],
    [['cases', join(folder, 'nowhere')], /cannot be read: ENOENT/],
    [['cases', 'datasets/canaries', '--jobs', 'many'], /--jobs should be a whole number from 1/],
    [['cases', 'datasets/canaries', '--with', 'delete', '--time', '5s'], /--time goes with rusta alone/],
    [['cases', 'datasets/canaries', '--filter', 'no-such-case'], /no case is left/],
    [['faults'], /say where: --out DIR/],
    [['golden', 'add'], /unexpected "add"/],
  ] as const) {
    const { code, err } = evaluation(...words);
    assert.match(err, pattern);
    assert.is(code, 2, err);
    assert.not.match(err, /\n +at /);
  }
});
