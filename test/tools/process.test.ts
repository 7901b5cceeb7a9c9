import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RustaError } from '../../schemas/errors.ts';
import { run, start } from '../../tools/process.ts';
import { assert, test } from '../support/harness.ts';

const sh = (script: string): [string, string[]] => ['/bin/sh', ['-c', script]];

async function failure(work: Promise<unknown>): Promise<RustaError> {
  try {
    await work;
  } catch (error) {
    assert.instance(error, RustaError);
    return error as RustaError;
  }
  throw new Error('it did not fail');
}

test('an exit code and both streams come back', async () => {
  const result = await run(...sh('echo out; echo err >&2; exit 3'));
  assert.equal([result.code, result.signal, result.stdout, result.stderr], [3, null, 'out\n', 'err\n']);
  assert.equal([result.timedOut, result.cancelled, result.truncated, result.limit], [false, false, false, null]);
});

test('the child reads its standard input, and one that does not read it is no error', async () => {
  assert.is((await run('cat', [], { stdin: 'héllo' })).stdout, 'héllo');
  assert.is((await run('true', [], { stdin: 'x'.repeat(4_000_000) })).code, 0);
});

test('a time-out kills the whole process group', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rusta-process-'));
  const result = await run(...sh(`(sleep 1; touch ${folder}/late) & sleep 30`), { timeMs: 150 });
  assert.ok(result.timedOut);
  assert.is(result.signal, 'SIGKILL');
  await new Promise((resolve) => setTimeout(resolve, 1100));
  assert.not.ok(existsSync(join(folder, 'late')));
  rmSync(folder, { recursive: true });
});

test('an abort signal kills it, and one that is aborted already starts nothing', async () => {
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 50);
  assert.ok((await run('sleep', ['30'], { signal: abort.signal })).cancelled);
  const folder = mkdtempSync(join(tmpdir(), 'rusta-process-'));
  assert.ok((await run('touch', [join(folder, 'made')], { signal: abort.signal })).cancelled);
  assert.not.ok(existsSync(join(folder, 'made')));
  rmSync(folder, { recursive: true });
});

test('output past the bound is dropped, never in the middle of a character', async () => {
  const result = await run(...sh('yes é | head -c 300000'), { maxBytes: 100 });
  assert.ok(result.truncated);
  assert.is(result.stdout, 'é\n'.repeat(33));
});

test('lines come one by one, the last one without its line end too', async () => {
  const lines: string[] = [];
  await run('printf', ['a\\nb\\r\\n\\né'], { onStdoutLine: (line) => void lines.push(line) });
  assert.equal(lines, ['a', 'b', '', 'é']);
});

test('a stray process that keeps the pipe open does not hold the call', async () => {
  const result = await run(...sh('setsid sleep 20 & sleep 0.2; echo done'));
  assert.is(result.stdout, 'done\n');
  assert.ok(result.ms < 5000, `${result.ms} ms`);
});

test('a command that does not exist is an error that names it', async () => {
  const error = await failure(run('rusta-no-such-command', []));
  assert.is(error.message, 'rusta-no-such-command: command not found');
  assert.is(error.exit, 'toolchain');
});

test('a folder that does not exist is not taken for a missing command', async () => {
  const error = await failure(run('true', [], { cwd: '/no/such/folder' }));
  assert.is(error.message, 'true: the folder /no/such/folder does not exist');
});

test('children die with this process when a signal ends it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rusta-process-'));
  const module = join(import.meta.dirname, '../../tools/process.ts');
  const script = `import(${JSON.stringify(module)}).then(({ run }) => run('/bin/sh', ['-c', 'touch ${folder}/up; sleep 1; touch ${folder}/late']))`;
  const parent = await start(process.execPath, [...process.execArgv, '-e', script], { timeMs: 20_000 });
  while (!existsSync(join(folder, 'up'))) await new Promise((resolve) => setTimeout(resolve, 20));
  process.kill(parent.pid, 'SIGINT');
  assert.is((await parent.done).signal, 'SIGINT');
  await new Promise((resolve) => setTimeout(resolve, 1200));
  assert.not.ok(existsSync(join(folder, 'late')));
  rmSync(folder, { recursive: true });
});
