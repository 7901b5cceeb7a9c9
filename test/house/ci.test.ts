// .ci/run with a stand-in for npm: whatever goes wrong, the last line and the exit status say so.
import { spawnSync } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assert, test } from '../support/harness.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
let folder = '';

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rusta-ci-'));
});
test.after(() => rm(folder, { recursive: true, force: true }));

/** Runs .ci/run where `npm ARGS` does what `commands` say of ARGS, in shell; nothing, well, otherwise. */
async function ci(commands: Record<string, string>, installed = true) {
  const tree = await mkdtemp(join(folder, 'tree-'));
  const bin = join(tree, 'bin');
  await mkdir(join(tree, 'node_modules'), { recursive: true });
  await mkdir(bin);
  await cp(join(repository, '.ci'), join(tree, '.ci'), { recursive: true });
  await writeFile(join(tree, 'package-lock.json'), '{}');
  if (installed) await writeFile(join(tree, 'node_modules/.package-lock.json'), '{}');
  const cases = Object.entries(commands).map(([args, script]) => `"${args}") ${script} ;;`);
  const programs: Record<string, string> = {
    npm: `echo "npm $*" >> ${tree}/calls; case "$*" in ${cases.join(' ')} esac`,
    bwrap: 'true',
    strace: 'true',
    zsh: 'true',
    fish: 'true',
    setpriv: 'true',
    cargo: 'true',
  };
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(bin, name), 0o755);
  }
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
  const done = spawnSync(join(tree, '.ci/run'), { cwd: '/', encoding: 'utf8', env });
  const calls = spawnSync('cat', [join(tree, 'calls')], { encoding: 'utf8' })
    .stdout.trim()
    .split('\n');
  return { code: done.status, last: done.stdout.trimEnd().split('\n').at(-1), calls };
}

const green = { test: 'echo "12 passed, 0 failed"' };

test('all well: the counts of the tests, and status 0', async () => {
  const { code, last, calls } = await ci(green);
  assert.equal([last, code], ['12 passed, 0 failed', 0]);
  assert.equal(calls, ['npm run --silent build', 'npm run --silent lint', 'npm run --silent check', 'npm test']);
});

test('a fresh clone installs first', async () => {
  const { code, calls } = await ci(green, false);
  assert.is(code, 0);
  assert.is(calls[0], 'npm ci --no-audit --no-fund');
});

test('without its dependencies it ends', async () => {
  const { code, last } = await ci({ ...green, 'ci --no-audit --no-fund': 'exit 1' }, false);
  assert.equal([last, code], ['0 passed, 1 failed', 1]);
});

for (const step of ['build', 'lint', 'check'])
  test(`a failing ${step} counts, and the tests still run`, async () => {
    const { code, last } = await ci({ ...green, [`run --silent ${step}`]: 'exit 1' });
    assert.equal([last, code], ['12 passed, 1 failed', 1]);
  });

test('failing tests and a failing lint add up', async () => {
  const { code, last } = await ci({ test: 'echo "10 passed, 2 failed"; exit 1', 'run --silent lint': 'exit 1' });
  assert.equal([last, code], ['10 passed, 3 failed', 1]);
});

test('tests that end without their closing line fail', async () => {
  const { code, last } = await ci({ test: 'echo nothing; exit 0' });
  assert.equal([last, code], ['0 passed, 1 failed', 1]);
});

test('a bad exit status fails whatever the closing line says', async () => {
  const { code, last } = await ci({ test: 'echo "12 passed, 0 failed"; exit 7' });
  assert.equal([last, code], ['12 passed, 1 failed', 1]);
});

test('no test at all is no success', async () => {
  const { code, last } = await ci({ test: 'echo "0 passed, 0 failed"' });
  assert.equal([last, code], ['0 passed, 0 failed', 1]);
});
