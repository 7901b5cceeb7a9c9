// Runs a project's tests and gives each one a verdict of its own: from libtest's result line for that test, never from
// the exit code alone. Doctests are left out: rustdoc builds and runs them in one go, with no list and no names.
//
// What a hostile test can still forge: run alone, a test may write its own `test NAME ... ok` and summary to the raw
// standard output and end the process with code 0 before libtest sees it fail. Nothing outside the process can tell that
// from a pass. It can forge no other test's verdict: each has its own process for the final proof (`alone`). A target
// with `harness = false` prints what it likes: only its exit code is known, and it is kept apart as `unlisted`.
import { availableParallelism } from 'node:os';
import type { RunResult } from '../process.ts';
import type { Worker } from '../sandbox/types.ts';
import { targets } from './check.ts';
import { type BuildOptions, type CargoRun, runCargo } from './run-cargo.ts';
import { type TestProgram, testPrograms } from './test-programs.ts';
import type { Project, TestOutcome, TestReport, TestVerdict } from './types.ts';

export interface TestOptions extends Omit<BuildOptions, 'timeMs'> {
  /** Names of the tests to run; all without it. */
  readonly only?: readonly string[];
  /** Each test in a process of its own, its result line and the exit status agreeing. */
  readonly alone: boolean;
  /** Wall time of one test in ms; also the longest silence of a program that runs many. */
  readonly testTimeMs: number;
  /** Wall time of the build in ms. */
  readonly buildTimeMs?: number;
  /** What `onBuilt` was given for the same texts in the same worker, where nothing else was built there since. */
  readonly built?: CargoRun;
  /** Told of a build whose programs are all there when this is over. */
  readonly onBuilt?: (run: CargoRun) => void;
}

const defaultBuildMs = 10 * 60_000;
/** A program with its own harness may hold many tests: this many times the limit of one. */
const unlistedFactor = 6;
/** Bytes kept of a program's output. */
const keptBytes = 512 * 1024;
/** Characters of a failing test's output that are reported. */
const shownChars = 4000;
/** More names than this are not put on a command line; the program then runs all of its tests. */
const maxNames = 500;

/** Builds and runs the tests of what `worker` shows. Never throws for what the crate does. */
export async function runTests(worker: Worker, project: Project, options: TestOptions): Promise<TestReport> {
  const started = performance.now();
  const scope = ['--no-run', ...targets(project, 'all').filter((flag) => flag !== '--keep-going'), '--no-fail-fast'];
  let cargoRuns = 0;
  const build = (): Promise<CargoRun> => {
    cargoRuns += 1;
    return runCargo(worker, project, 'test', scope, { ...options, timeMs: options.buildTimeMs ?? defaultBuildMs });
  };
  const run = options.built ?? (await build());
  const programs = new Programs(worker, build);
  const outcomes: TestOutcome[] = [];
  const unlisted: TestReport['unlisted'][number][] = [];
  const report = (built: boolean, failure: TestReport['failure']): TestReport => ({
    built,
    diagnostics: run.diagnostics,
    outcomes,
    unlisted,
    failure,
    ms: performance.now() - started,
    cargoRuns,
  });
  // What did get built runs all the same: a broken program says nothing of the library's tests.
  for (const program of testPrograms(worker, project, run)) {
    if (program.harness) outcomes.push(...(await new Session(programs, program, options).run()));
    else if (options.only === undefined) unlisted.push(await runUnlisted(programs, program, options));
    if (options.signal?.aborted) return report(true, { kind: 'cancelled', message: 'interrupted', hint: '' });
  }
  if (run.built && !programs.swept) options.onBuilt?.(run);
  return report(run.built, run.built ? null : run.failure);
}

async function runUnlisted(
  programs: Programs,
  program: TestProgram,
  options: TestOptions,
): Promise<TestReport['unlisted'][number]> {
  const limits = { timeMs: options.testTimeMs * unlistedFactor, signal: options.signal };
  const result = await programs.run(program, [], limits);
  return { target: program.target, code: result.timedOut || result.limit !== null ? null : result.code };
}

interface RunLimits {
  readonly timeMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Starts test programs as cargo would. */
class Programs {
  private readonly worker: Worker;
  private readonly rebuild: () => Promise<unknown>;
  /** The last run filled the disk: the worker has emptied its target folder, the programs with it. */
  swept = false;

  constructor(worker: Worker, rebuild: () => Promise<unknown>) {
    this.worker = worker;
    this.rebuild = rebuild;
  }

  async run(
    program: TestProgram,
    args: readonly string[],
    { timeMs, signal }: RunLimits,
    onStdoutLine: (line: string) => void = () => {},
  ): Promise<RunResult> {
    if (this.swept) await this.rebuild();
    const { path, cwd, env } = program;
    const options = { cwd, env, timeMs, maxBytes: keptBytes, writableTree: true, onStdoutLine };
    const result = await this.worker.exec([path, ...args], signal === undefined ? options : { ...options, signal });
    this.swept = result.limit === 'disk';
    return result;
  }
}

/** The tests of one program. */
class Session {
  private readonly programs: Programs;
  private readonly program: TestProgram;
  private readonly options: TestOptions;

  constructor(programs: Programs, program: TestProgram, options: TestOptions) {
    this.programs = programs;
    this.program = program;
    this.options = options;
  }

  async run(): Promise<TestOutcome[]> {
    const { only, alone, signal, onProgress } = this.options;
    const listed = await this.list();
    if (!Array.isArray(listed)) return signal?.aborted ? [] : [listed];
    const names = only === undefined ? listed : listed.filter((name) => only.includes(name));
    if (names.length === 0) return [];
    const outcomes = alone ? new Map<string, TestOutcome>() : await this.together(names, names.length < listed.length);
    for (const [index, name] of names.entries()) {
      if (signal?.aborted) break;
      if (outcomes.has(name)) continue;
      onProgress?.(`Testing ${name} (${index + 1}/${names.length})`);
      outcomes.set(name, await this.single(name));
    }
    return names.flatMap((name) => outcomes.get(name) ?? []);
  }

  /** Names of the tests; an outcome that stands for all of them where the program does not get so far. */
  private async list(): Promise<string[] | TestOutcome> {
    const names = new Set<string>();
    const result = await this.exec(['--list', '--format', 'terse'], this.options.testTimeMs, (line) => {
      const name = /^(.+): test$/.exec(line)?.[1];
      if (name !== undefined) names.add(name);
    });
    if (result.code === 0) return [...names];
    return this.outcome('(list of tests)', result.timedOut ? 'hung' : 'failed', result.ms, tail(result));
  }

  /**
   * All tests in one process. A test gets a verdict here when the program printed exactly one result for it and did not
   * contradict itself; whichever is left over is for `single`.
   */
  private async together(names: readonly string[], filtered: boolean): Promise<Map<string, TestOutcome>> {
    const { testTimeMs, signal, onProgress } = this.options;
    const threads = Math.max(2, availableParallelism());
    const results = new Results(names);
    const silence = new AbortController();
    let watch = setTimeout(() => silence.abort(), testTimeMs);
    const filter = filtered && names.length <= maxNames ? ['--exact', ...names] : [];
    // With one thread the name is printed before the test runs and its own output lands in the middle of the line.
    const args = [...filter, '--test-threads', String(threads)];
    const onLine = (line: string): void => {
      const name = results.line(line);
      if (name === null) return;
      onProgress?.(`Tested ${name} (${results.count}/${names.length})`);
      clearTimeout(watch);
      watch = setTimeout(() => silence.abort(), testTimeMs);
    };
    const either = signal === undefined ? silence.signal : AbortSignal.any([signal, silence.signal]);
    const result = await this.exec(args, testTimeMs * names.length, onLine, either);
    clearTimeout(watch);
    const outcomes = new Map<string, TestOutcome>();
    if (signal?.aborted) return outcomes;
    for (const name of names) {
      const verdict = results.verdict(name);
      if (verdict !== null) outcomes.set(name, this.outcome(name, verdict, 0, section(result.stdout, name)));
    }
    // Nothing came for as long as one test may take: whatever runs at that moment has had its time.
    const rest = names.filter((name) => !outcomes.has(name));
    if (silence.signal.aborted && rest.length <= threads && results.clean(rest)) {
      for (const name of rest) outcomes.set(name, this.outcome(name, 'hung', testTimeMs, ''));
    }
    // An end in good order that names no failure, or one that names a failure that is not there, proves nothing.
    const failed = [...outcomes.values()].some((one) => one.verdict === 'failed');
    if (rest.length === 0 && !silence.signal.aborted && result.code !== (failed ? 101 : 0)) return new Map();
    return outcomes;
  }

  /** One test in a process of its own. */
  private async single(name: string): Promise<TestOutcome> {
    const results = new Results([name]);
    const args = ['--exact', name, '--test-threads', '2'];
    const result = await this.exec(args, this.options.testTimeMs, (line) => void results.line(line));
    const verdict = judge(results, name, result);
    const output = verdict === 'passed' || verdict === 'ignored' ? '' : section(result.stdout, name) || tail(result);
    return this.outcome(name, verdict, result.ms, output);
  }

  private exec(
    args: readonly string[],
    timeMs: number,
    onStdoutLine: (line: string) => void,
    signal: AbortSignal | undefined = this.options.signal,
  ): Promise<RunResult> {
    return this.programs.run(this.program, args, { timeMs, signal }, onStdoutLine);
  }

  private outcome(name: string, verdict: TestVerdict, ms: number, output: string): TestOutcome {
    return { target: this.program.target, name, verdict, ms: Math.round(ms), output };
  }
}

/** Libtest's result lines, as they come. */
class Results {
  private readonly found = new Map<string, TestVerdict[]>();
  /** Summary lines seen: `test result: ok. 1 passed; …`. */
  readonly summaries: string[] = [];

  constructor(names: readonly string[]) {
    for (const name of names) this.found.set(name, []);
  }

  /** The test that a line gives a result for; null for any other line. */
  line(text: string): string | null {
    // What a test itself wrote without a line end may stand before either.
    const summary = /test result: (?:ok|FAILED)\. .*$/.exec(text);
    if (summary !== null) this.summaries.push(summary[0]);
    const match = /.*test (.+?)(?: - should panic)? \.\.\. (ok|FAILED|ignored(?:, .*)?)$/.exec(text);
    const verdicts = match === null ? undefined : this.found.get(match[1] as string);
    if (match === null || verdicts === undefined) return null;
    verdicts.push(match[2] === 'ok' ? 'passed' : match[2] === 'FAILED' ? 'failed' : 'ignored');
    return match[1] as string;
  }

  /** The verdict where there is exactly one. */
  verdict(name: string): TestVerdict | null {
    const [first, ...more] = this.found.get(name) ?? [];
    return first === undefined || more.length > 0 ? null : first;
  }

  /** Whether none of these has a result. */
  clean(names: readonly string[]): boolean {
    return names.every((name) => this.found.get(name)?.length === 0);
  }

  get count(): number {
    return [...this.found.values()].filter((verdicts) => verdicts.length > 0).length;
  }
}

/** What one test's own process proves. */
function judge(results: Results, name: string, result: RunResult): TestVerdict {
  if (result.timedOut) return 'hung';
  if (result.limit !== null) return 'failed';
  const verdict = results.verdict(name);
  const [summary, ...more] = results.summaries;
  const counts = /(\d+) passed; (\d+) failed; (\d+) ignored/
    .exec(summary ?? '')
    ?.slice(1)
    .join(' ');
  const agreed: Readonly<Record<string, readonly [number, string]>> = {
    passed: [0, '1 0 0'],
    failed: [101, '0 1 0'],
    ignored: [0, '0 0 1'],
  };
  const [code, expected] = agreed[verdict ?? ''] ?? [];
  if (result.code === code && counts === expected && more.length === 0) return verdict as TestVerdict;
  // It crashed, or ended the process itself with a failure: no result line can be expected.
  return results.clean([name]) && result.code !== 0 ? 'failed' : 'unproved';
}

/** What libtest captured of a failing test. */
function section(stdout: string, name: string): string {
  const start = stdout.indexOf(`---- ${name} stdout ----\n`);
  if (start < 0) return '';
  const rest = stdout.slice(start).split('\n').slice(1);
  const end = rest.findIndex((line) => /^---- .* stdout ----$|^failures:$/.test(line));
  return rest
    .slice(0, end < 0 ? undefined : end)
    .join('\n')
    .trim()
    .slice(-shownChars);
}

/** The end of what a process printed, and how it ended. */
function tail(result: RunResult): string {
  const ended =
    result.limit !== null ? `limit: ${result.limit}` : result.signal !== null ? `signal: ${result.signal}` : '';
  return [result.stdout, result.stderr, ended]
    .map((text) => text.trim())
    .filter(Boolean)
    .join('\n')
    .slice(-shownChars);
}
