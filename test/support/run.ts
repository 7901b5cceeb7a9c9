// Runs test files, each in its own process and several at once, and prints the closing line `N passed, N failed`.
//
//   npm test                 every test/**/*.test.ts
//   npm test -- patch cli/   only files whose path holds one of these words
//   --in DIR                 files of another folder; --timeout MS for each file that does not say its own
//
// In CI a few files that failed beside others are run once more, alone: what fails again has failed, what does not is
// named as unsteady, so that a crowded machine does not decide, and nobody is spared the knowledge.
//
// Nothing here trusts a file's process: a test that did not report its end failed, whatever the exit status says.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { glob } from 'tinyglobby';
import type { TestEvent } from './harness.ts';

/** Default time of one file, ms; a file that needs more says `export const timeoutMs = …`. */
const defaultTimeoutMs = 240_000;
/** In CI, up to so many failed files get a second run; more than that is no accident. */
const secondRuns = 5;
/** What is kept of a file's own output, characters, from its end. */
const keptOutput = 32_000;
const child = fileURLToPath(new URL('child.ts', import.meta.url));
const loader = import.meta.resolve('tsx');
const repository = fileURLToPath(new URL('../..', import.meta.url));

export interface FileReport {
  readonly file: string;
  readonly ms: number;
  readonly passed: number;
  readonly skipped: readonly { readonly name: string; readonly why: string }[];
  readonly failures: readonly { readonly name: string; readonly error: string }[];
  /** What the file printed, its end. */
  readonly output: string;
}

export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const running = new Set<number>();

/** Runs one file to its verdict. Resolves, with a failure in the report, whatever the file does. */
export function runFile(
  file: string,
  timeoutMs: number = defaultTimeoutMs,
  env: NodeJS.ProcessEnv = process.env,
): Promise<FileReport> {
  const started = performance.now();
  const failures: { name: string; error: string }[] = [];
  let plan: { readonly name: string; readonly skip: string | null }[] | null = null;
  const ended = new Map<number, string | null>();
  let current: string | null = null;
  let done = false;
  let timedOut = 0;
  let output = '';

  return new Promise((settle) => {
    const fork = spawn(process.execPath, ['--import', loader, child, file], {
      cwd: repository,
      detached: true, // Its own process group, so that what it started can be ended with it.
      env: { ...env, NO_COLOR: '1', FORCE_COLOR: undefined },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const kill = () => killGroup(fork.pid);
    if (fork.pid !== undefined) running.add(fork.pid);
    const expire = (ms: number) =>
      setTimeout(() => {
        timedOut = ms;
        kill();
      }, ms);
    let timer = expire(timeoutMs);
    for (const stream of [fork.stdout, fork.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-keptOutput);
      });
    }
    fork.on('message', (event: TestEvent) => {
      if (event.type === 'plan') {
        plan = [...event.tests];
        if (event.timeoutMs !== null) {
          clearTimeout(timer);
          timer = expire(event.timeoutMs);
        }
      } else if (event.type === 'start') current = plan?.[event.index]?.name ?? null;
      else if (event.type === 'end') {
        ended.set(event.index, event.error);
        current = null;
      } else if (event.type === 'fail')
        failures.push({
          name: current === null ? event.where : `${event.where} while '${current}' ran`,
          error: event.error,
        });
      else done = true;
    });
    let closed = false;
    const finish = (code: number | null, signal: string | null): void => {
      if (closed) return;
      closed = true;
      clearTimeout(timer);
      kill();
      if (fork.pid !== undefined) running.delete(fork.pid);
      const how = signal === null ? `exited with status ${code}` : `was ended by ${signal}`;
      const why =
        timedOut > 0 ? `did not finish within ${timedOut} ms` : `the process ${how} before the tests were done`;
      if (plan === null && failures.length === 0)
        failures.push({ name: 'the file', error: `${why} (no test was listed)` });
      const skipped: { name: string; why: string }[] = [];
      let passed = 0;
      for (const [index, { name, skip }] of (plan ?? []).entries()) {
        const error = ended.get(index);
        if (skip !== null) skipped.push({ name, why: skip });
        else if (error === null) passed += 1;
        else if (error !== undefined) failures.push({ name, error });
        else failures.push({ name, error: name === current ? `unfinished: ${why}` : `not run: ${why}` });
      }
      if (failures.length === 0 && !done) failures.push({ name: 'the file', error: why });
      if (failures.length === 0 && code !== 0)
        failures.push({ name: 'the file', error: `the process ${how} after its tests` });
      settle({ file, ms: performance.now() - started, passed, skipped, failures, output: ownOutput(output) });
    };
    fork.on('error', (error) => {
      failures.push({ name: 'the file', error: error.message });
      finish(null, null);
    });
    fork.on('close', finish);
    // A process that outlives the file may hold its pipes: the verdict does not wait for it.
    fork.on('exit', (code, signal) => setTimeout(() => finish(code, signal), 1_000).unref());
  });
}

/** Totals over `reports`; with `strict` (CI) a test that was left out is a failed one. */
export function total(reports: readonly FileReport[], strict: boolean): Totals {
  const sum = (count: (report: FileReport) => number) => reports.reduce((all, report) => all + count(report), 0);
  const skipped = sum((report) => report.skipped.length);
  return {
    passed: sum((report) => report.passed),
    failed: sum((report) => report.failures.length) + (strict ? skipped : 0),
    skipped: strict ? 0 : skipped,
  };
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing of the group is left.
  }
}

/** Without uvu's progress marks, which carry nothing that the report does not say. */
function ownOutput(output: string): string {
  return output.replace(/[•✘] /g, '').replace(/ {2}\(\d+ \/ \d+\)\n/g, '');
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '      ');
}

function print({ file, ms, passed, skipped, failures, output }: FileReport, base: string, strict: boolean): void {
  const bad = failures.length > 0 || (strict && skipped.length > 0);
  const counts = [`${passed} passed`, ...(failures.length > 0 ? [`${failures.length} failed`] : [])];
  if (skipped.length > 0) counts.push(`${skipped.length} left out`);
  console.log(`${bad ? 'FAIL' : 'ok  '} ${relative(base, file)}  ${counts.join(', ')}  ${Math.round(ms)} ms`);
  for (const { name, error } of failures) console.log(`   ✘ ${name}\n${indent(error)}`);
  for (const { name, why } of skipped) console.log(`   - left out: ${name} (${why})`);
  if (failures.length > 0 && output.trim() !== '') console.log(`   its output:\n${indent(output.trimEnd())}`);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { in: { type: 'string' }, timeout: { type: 'string' } },
  });
  const base = resolve(values.in ?? repository);
  const timeoutMs = values.timeout === undefined ? defaultTimeoutMs : Number(values.timeout);
  const strict = process.env.CI === 'true';
  const pattern = values.in === undefined ? 'test/**/*.test.ts' : '**/*.test.ts';
  const all = (await glob(pattern, { cwd: base })).sort();
  const files = all.filter((file) => positionals.length === 0 || positionals.some((word) => file.includes(word)));
  const reports: FileReport[] = [];
  const queue = [...files];
  const hasFailed = (report: FileReport) => report.failures.length > 0;
  const worker = async (): Promise<void> => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const report = await runFile(resolve(base, file), timeoutMs);
      print(report, base, strict);
      reports.push(report);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      for (const pid of running) killGroup(pid);
      process.exit(130);
    });
  process.exitCode = 1; // Until every file is accounted for.
  await Promise.all(Array.from({ length: Math.max(1, availableParallelism()) }, worker));
  const failures = reports.filter(hasFailed);
  if (strict && failures.length <= secondRuns)
    for (const first of failures) {
      console.log(`\nonce more, alone: ${relative(base, first.file)}`);
      const again = await runFile(first.file, timeoutMs);
      print(again, base, strict);
      if (hasFailed(again)) continue;
      reports[reports.indexOf(first)] = again;
      for (const { name } of first.failures) console.log(`   unsteady: ${name} (failed beside others, passed alone)`);
    }
  const { passed, failed, skipped } = total(reports, strict);
  if (files.length === 0) console.log(`no test file matches ${positionals.join(' ') || pattern}`);
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  if (failed === 0 && files.length > 0 && reports.length === files.length) process.exitCode = 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
