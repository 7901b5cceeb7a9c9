// A sandbox over one case: shows its states to cargo, checks them, runs their tests and programs. What the answers say of
// a repair is judge.ts's work.
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isError } from '../../tools/cargo/causes.ts';
import { check } from '../../tools/cargo/check.ts';
import { chooseEdition } from '../../tools/cargo/lone-file.ts';
import { locate } from '../../tools/cargo/project.ts';
import { runCargo } from '../../tools/cargo/run-cargo.ts';
import { runTests } from '../../tools/cargo/tests.ts';
import type { CheckResult, Project, RustcUnit, TestReport } from '../../tools/cargo/types.ts';
import { openBench } from '../../tools/sandbox/bench.ts';
import { dropSlots } from '../../tools/sandbox/cache.ts';
import { chooseIsolation } from '../../tools/sandbox/trust.ts';
import type { Bench, Worker } from '../../tools/sandbox/types.ts';
import { loneFile, type Texts } from './layout.ts';

/** Wall time of one build of a case, ms: they are small, and their dependencies are there. */
const buildMs = 180_000;
/** Wall time of one test, ms. */
export const testMs = 10_000;
/** Wall time of the case's own program, ms. */
const programMs = 5_000;
/** Bytes of a program's output that are compared. */
const outputBytes = 1024 ** 2;

/** What the programs of a state did, started without input: name → what came on stdout, and how it ended. */
export type Output = Readonly<Record<string, { readonly stdout: string; readonly code: number | null }>>;

export interface WorkbenchOptions {
  readonly signal: AbortSignal;
  /** Of a lone file; without it the one in which `texts` does best. */
  readonly edition?: string;
}

export class Workbench {
  /** Edition of a lone file; null for a crate, whose manifest says it. */
  readonly edition: string | null;
  readonly project: Project;
  private readonly folder: string;
  private readonly base: Texts;
  private readonly bench: Bench;
  private readonly signal: AbortSignal;

  private constructor(
    folder: string,
    base: Texts,
    project: Project,
    edition: string | null,
    bench: Bench,
    signal: AbortSignal,
  ) {
    this.folder = folder;
    this.base = base;
    this.project = project;
    this.edition = edition;
    this.bench = bench;
    this.signal = signal;
  }

  /** Opens a sandbox whose unchanged state is `texts`. Throws RustaError when that is no project at all. */
  static async open(kind: 'file' | 'crate', texts: Texts, options: WorkbenchOptions): Promise<Workbench> {
    const { signal } = options;
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'rusta-eval-')));
    try {
      await writeTexts(folder, texts);
      if (kind === 'crate') {
        const project = await locate(folder);
        return new Workbench(folder, texts, project, null, await sandbox(project), signal);
      }
      const path = join(folder, loneFile);
      let edition = options.edition ?? '2021';
      let project = await locate(path, { edition });
      let bench = await sandbox(project);
      if (options.edition === undefined) {
        const best = await chooseEdition(await bench.worker(0), project, { timeMs: buildMs, signal });
        if (best !== edition) {
          await discard(bench, project);
          edition = best;
          project = await locate(path, { edition });
          bench = await sandbox(project);
        }
      }
      return new Workbench(folder, texts, project, edition, bench, signal);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** The worker, showing `texts`. */
  async show(texts: Texts): Promise<Worker> {
    const worker = await this.bench.worker(0);
    const overlay = new Map([...texts].filter(([path, bytes]) => !equal(this.base.get(path), bytes)));
    await worker.show(overlay);
    return worker;
  }

  /** Libraries, programs and tests of a state, each as cargo would build it. */
  async check(texts: Texts): Promise<CheckResult> {
    return check(await this.show(texts), this.project, { scope: 'all', timeMs: buildMs, signal: this.signal });
  }

  /** The compiler alone on one unit of a state: for edits to the unit's own files. */
  async checkUnit(texts: Texts, unit: RustcUnit): Promise<CheckResult> {
    return check(await this.show(texts), this.project, { scope: 'unit', unit, timeMs: buildMs, signal: this.signal });
  }

  async tests(texts: Texts): Promise<TestReport> {
    const worker = await this.show(texts);
    return runTests(worker, this.project, {
      alone: false,
      testTimeMs: testMs,
      buildTimeMs: buildMs,
      signal: this.signal,
    });
  }

  /** Runs the programs of a state; null where there are none, or they do not build. */
  async output(texts: Texts): Promise<Output | null> {
    const worker = await this.show(texts);
    const run = await runCargo(worker, this.project, 'build', ['--bins'], { timeMs: buildMs, signal: this.signal });
    const programs = run.artifacts.filter((one) => one.target.kind === 'bin' && !one.test && one.executable !== null);
    if (!run.built || run.diagnostics.some(isError) || programs.length === 0) return null;
    const output: Record<string, Output[string]> = {};
    for (const { target, executable } of programs.sort((a, b) => (a.target.name < b.target.name ? -1 : 1))) {
      const options = { timeMs: programMs, maxBytes: outputBytes, stdin: '', writableTree: true, signal: this.signal };
      const result = await worker.exec([executable as string], options);
      output[target.name] = { stdout: result.stdout, code: result.timedOut ? null : (result.code ?? -1) };
    }
    return output;
  }

  async close(): Promise<void> {
    await discard(this.bench, this.project);
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function sandbox(project: Project): Promise<Bench> {
  const { root, pathDependencies, toolchain } = project;
  const isolation = await chooseIsolation({ root, trust: false, remembered: false });
  return openBench({ root, pathDependencies, toolchain, env: [], isolation, seedTarget: null });
}

/** Closes the sandbox, and leaves nothing of it in the cache: no two cases share anything. */
async function discard(bench: Bench, project: Project): Promise<void> {
  await bench.close();
  dropSlots(project.root);
  if (project.kind === 'file') await rm(project.root, { recursive: true, force: true });
}

export async function writeTexts(folder: string, texts: Texts): Promise<void> {
  for (const [path, bytes] of texts) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
}

function equal(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && Buffer.compare(a, b) === 0;
}
