// The harness against files that try to look green: each fixture runs as a real test file in a temporary folder.
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assert, test } from './harness.ts';
import { type FileReport, runFile, total } from './run.ts';

const harness = new URL('harness.ts', import.meta.url).href;
const run = fileURLToPath(new URL('run.ts', import.meta.url));
const loader = import.meta.resolve('tsx');

interface Fixture {
  readonly source: string;
  readonly passed?: number;
  /** One pattern a failure, `name: error`, in the report's order. None: the file is green. */
  readonly failures: readonly RegExp[];
  readonly env?: Readonly<Record<string, string>>;
}

const fixtures: Record<string, Fixture> = {
  'a passing test passes': { source: `test('a', () => {}); test('b', async () => {})`, passed: 2, failures: [] },
  'a failing assertion shows the difference and the line': {
    source: `test('a', () => assert.equal([1], [2])); test('b', () => {})`,
    passed: 1,
    failures: [/^a: Expected values to be deeply equal:(.|\n)*Actual:(.|\n)*at .*fixture\.test\.ts:2/],
  },
  'a thrown null fails': {
    source: `test('a', () => { throw null })`,
    failures: [/^a: threw what is not an Error: null/],
  },
  'a rejection with undefined fails': {
    source: `test('a', () => Promise.reject())`,
    failures: [/^a: threw .*undefined/],
  },
  'a thrown object that cannot be printed fails': {
    source: `test('a', () => { throw new Proxy({}, { getPrototypeOf() { throw 1 } }) })`,
    failures: [/^a: threw a value that cannot be printed/],
  },
  'a file without tests fails': { source: '', failures: [/^the file: declares no test/] },
  'an import that throws fails': { source: `throw new Error('no')`, failures: [/^import: Error: no/] },
  'a file that does not parse fails': { source: 'const = 1', failures: [/^import: /] },
  'an import that never settles fails': {
    source: `test('a', () => {}); await new Promise(() => {})`,
    failures: [/^the file: the process exited with status 13 .*no test was listed/],
  },
  'process.exit(0) while the file loads fails': {
    source: `test('a', () => {}); process.exit(0)`,
    failures: [/^the file: the process exited with status 0 .*no test was listed/],
  },
  'process.exit(0) inside a test fails it and those after it': {
    source: `test('a', () => {}); test('b', () => process.exit(0)); test('c', () => {})`,
    passed: 1,
    failures: [/^b: unfinished: the process exited with status 0/, /^c: not run: the process exited/],
  },
  'process.exitCode set by a test fails the file': {
    source: `test('a', () => { process.exitCode = 3 })`,
    passed: 1,
    failures: [/^the file: the process exited with status 3 after its tests/],
  },
  'a process that kills itself fails': {
    source: `test('a', () => process.kill(process.pid, 'SIGKILL'))`,
    failures: [/^a: unfinished: the process was ended by SIGKILL/],
  },
  'an empty event loop before the test settled fails': {
    source: `test('a', () => new Promise(() => {})); test('b', () => {})`,
    failures: [/^a: unfinished: the process exited with status 13/, /^b: not run/],
  },
  'a test that never settles meets the time-out of its file': {
    source: `export const timeoutMs = 300; test('a', () => new Promise(() => setInterval(() => {}, 1000)))`,
    failures: [/^a: unfinished: did not finish within 300 ms/],
  },
  'a busy loop meets the time-out': {
    source: `export const timeoutMs = 300; test('a', () => { for (;;); })`,
    failures: [/^a: unfinished: did not finish within 300 ms/],
  },
  'an unhandled rejection fails though the test passed': {
    source: `test('a', async () => { Promise.reject(new Error('lost')); await new Promise((go) => setTimeout(go, 20)) })`,
    passed: 1,
    failures: [/^unhandled rejection while 'a' ran: Error: lost/],
  },
  'a failure after the last test fails': {
    source: `test('a', () => { setTimeout(() => assert.is(1, 2), 50) })`,
    passed: 1,
    failures: [/^uncaught exception: Expected values to be strictly equal/],
  },
  'a throwing before hook fails every test': {
    source: `test.before(() => { throw new Error('no') }); test('a', () => {}); test('b', () => {})`,
    failures: [/^before: Error: no/, /^a: not run: a before hook failed/, /^b: not run/],
  },
  'a throwing before.each hook fails the test, which does not run': {
    source: `test.before.each(() => { throw 'no' }); test('a', () => { throw new Error('ran') })`,
    failures: [/^a: before.each: threw what is not an Error: 'no'$/],
  },
  'a throwing after.each hook fails the test': {
    source: `test.after.each(async () => { throw new Error('no') }); test('a', () => {})`,
    failures: [/^a: after.each: Error: no/],
  },
  'a throwing after hook fails the file': {
    source: `test.after(() => Promise.reject(new Error('no'))); test('a', () => {})`,
    passed: 1,
    failures: [/^after: Error: no/],
  },
  'a test declared inside a test fails': {
    source: `test('a', () => { test('b', () => {}) })`,
    failures: [/^a: Error: the test 'b' was declared after the run began/],
  },
  'a test without a body fails': { source: `test('a')`, failures: [/^import: TypeError: the test 'a' has no body/] },
  'what is left open after the last test fails': {
    source: `test('a', () => { setInterval(() => {}, 1000) })`,
    passed: 1,
    failures: [/^after the last test: left open for 5 s: .*Timeout/],
  },
  'hooks run in order, around each test': {
    source: `const log: string[] = []; const add = (word: string) => () => { log.push(word) };
      test.before(add('before')); test.before.each(add('each')); test.after.each(add('unEach'));
      test('a', add('a')); test('b', add('b'));
      test.after(() => assert.equal(log, ['before', 'each', 'a', 'unEach', 'each', 'b', 'unEach']))`,
    passed: 2,
    failures: [],
  },
  'a test whose requirement is missing is left out by name': {
    source: `test('a', () => {}); test.needs('bubblewrap', 'b', () => { throw new Error('ran') })`,
    passed: 1,
    failures: [],
    env: { PATH: '/nonexistent' },
  },
};

const reports = new Map<string, FileReport>();
let folder = '';

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rusta-harness-'));
  // All at once: most of their time is waiting.
  const runs = Object.entries(fixtures).map(async ([name, { source, env }], index) => {
    const dir = await mkdtemp(join(folder, `${index}-`));
    const file = join(dir, 'fixture.test.ts');
    await writeFile(join(dir, 'package.json'), '{"type":"module"}');
    await writeFile(file, `import { assert, test } from '${harness}'; void assert;\n${source}\n`);
    reports.set(name, await runFile(file, 60_000, { ...process.env, ...env }));
  });
  await Promise.all(runs);
});
test.after(() => rm(folder, { recursive: true, force: true }));

for (const [name, { passed = 0, failures }] of Object.entries(fixtures)) {
  test(name, () => {
    const report = reports.get(name) as FileReport;
    const said = report.failures.map((failure) => `${failure.name}: ${failure.error}`);
    assert.is(said.length, failures.length, `${failures.length} failures expected, got:\n${said.join('\n')}`);
    for (const [index, pattern] of failures.entries()) assert.match(said[index] as string, pattern);
    assert.is(report.passed, passed);
  });
}

test('a test that was left out is counted, and is a failure in CI', () => {
  const report = reports.get('a test whose requirement is missing is left out by name') as FileReport;
  assert.equal(report.skipped, [{ name: 'b', why: 'needs bubblewrap: bwrap: ENOENT' }]);
  assert.equal(total([report], false), { passed: 1, failed: 0, skipped: 1 });
  assert.equal(total([report], true), { passed: 1, failed: 1, skipped: 0 });
});

/** The runner as `npm test` starts it, over files of `sources`. */
async function runAll(sources: Record<string, string>, env: Record<string, string>, ...words: string[]) {
  const dir = await mkdtemp(join(folder, 'all-'));
  await writeFile(join(dir, 'package.json'), '{"type":"module"}');
  for (const [name, source] of Object.entries(sources))
    await writeFile(join(dir, name), `import { test } from '${harness}';\n${source}\n`);
  const done = spawnSync(process.execPath, ['--import', loader, run, '--in', dir, ...words], {
    encoding: 'utf8',
    env: { ...process.env, CI: '', ...env },
  });
  return { code: done.status, last: done.stdout.trimEnd().split('\n').at(-1), stdout: done.stdout };
}

const good = `test('g', () => {}); test('h', () => {})`;

test('the closing line counts tests over all files, and one failure makes the exit status 1', async () => {
  const { code, last, stdout } = await runAll(
    { 'a.test.ts': good, 'b.test.ts': `test('bad', () => { console.log('said'); throw new Error('no') })` },
    {},
  );
  assert.is(last, '2 passed, 1 failed');
  assert.is(code, 1);
  assert.match(stdout, /FAIL b\.test\.ts {2}0 passed, 1 failed {2}\d+ ms\n {3}✘ bad\n {6}Error: no/);
  assert.match(stdout, /its output:\n {6}said\n/);
});

test('all green exits 0; words choose files', async () => {
  const { code, last } = await runAll({ 'a.test.ts': good, 'b.test.ts': `throw 1` }, {}, 'a.test');
  assert.is(last, '2 passed, 0 failed');
  assert.is(code, 0);
});

test('no file at all is a failure', async () => {
  const { code, last } = await runAll({ 'a.test.ts': good }, {}, 'nothing-like-this');
  assert.is(last, '0 passed, 0 failed');
  assert.is(code, 1);
});

test('without bubblewrap the run passes and names what it left out; with CI=true it fails', async () => {
  const files = { 'a.test.ts': `${good}\ntest.needs(['cargo', 'bubblewrap'], 'isolated', () => {})` };
  const lenient = await runAll(files, { PATH: '/nonexistent' });
  assert.is(lenient.last, '2 passed, 0 failed, 1 skipped');
  assert.is(lenient.code, 0);
  assert.match(lenient.stdout, /left out: isolated \(needs cargo: cargo: ENOENT\)/);
  const strict = await runAll(files, { PATH: '/nonexistent', CI: 'true' });
  assert.is(strict.last, '2 passed, 1 failed');
  assert.is(strict.code, 1);
});

test('in CI what failed beside others and passes alone is named as unsteady; what fails again has failed', async () => {
  const once = `import { existsSync, writeFileSync } from 'node:fs';
    test('once', () => { if (!existsSync('once.mark')) { writeFileSync('once.mark', ''); throw new Error('no') } })`;
  const marked = once.replaceAll("'once.mark'", 'new URL("once.mark", import.meta.url)');
  const steady = await runAll({ 'a.test.ts': good, 'b.test.ts': marked }, { CI: 'true' });
  assert.is(steady.last, '3 passed, 0 failed');
  assert.is(steady.code, 0);
  assert.match(steady.stdout, /unsteady: once \(failed beside others, passed alone\)/);
  const bad = await runAll({ 'a.test.ts': good, 'b.test.ts': `test('b', () => { throw 1 })` }, { CI: 'true' });
  assert.is(bad.last, '2 passed, 1 failed');
  assert.is(bad.code, 1);
  const local = await runAll({ 'b.test.ts': marked }, {});
  assert.is(local.last, '0 passed, 1 failed');
});
