// The live world: the user's files, cargo in the sandbox, the proposers and the clock. Deciding is episode.ts's work.
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { glob } from 'tinyglobby';
import { RustaError } from '../schemas/errors.ts';
import type { Diagnostic, Observation, SubjectFacts } from '../schemas/types.ts';
import { check } from '../tools/cargo/check.ts';
import { fetchDependencies } from '../tools/cargo/fetch.ts';
import type { CargoRun } from '../tools/cargo/run-cargo.ts';
import { runTests } from '../tools/cargo/tests.ts';
import type { CheckResult, CheckScope, Project, RustcUnit } from '../tools/cargo/types.ts';
import { readErrorPage } from '../tools/docs/error-index.ts';
import { rulesBehind } from '../tools/docs/rules.ts';
import type { CrateSources } from '../tools/index/modules.ts';
import { checkAction, type ToolName, tools } from '../tools/registry.ts';
import type { Bench, Worker } from '../tools/sandbox/types.ts';
import { actionId } from './actions.ts';
import { pageData } from './bundle.ts';
import type { FixRequest } from './contract.ts';
import { loadProposers } from './propose.ts';
import { answerNames, answerTypes } from './questions.ts';
import { type CrateState, Snapshot } from './state.ts';
import type { Candidate, Draft, Policy, ProposeInput, Proposer, RankContext } from './types.ts';
import type { Call, CheckData, Judged, Subject, TestData, Told, UnitId, World } from './world.ts';

/** Errors kept of one check: more are never worked on, and the log stays small. */
const mostErrors = 40;
/** A call that was begun within the time budget may take this long, ms, even where less is left. */
const leastCallMs = 1000;
/** Rust source beyond this is a generated tree, not a crate to repair. */
const mostSourceBytes = 256 * 1024 ** 2;

export interface LiveOptions {
  readonly request: FixRequest;
  readonly project: Project;
  readonly bench: Bench;
  readonly subject: Subject;
  readonly policy: Policy;
  /** What the check of all targets says of the user's own texts, where somebody asked before the episode. */
  readonly first: CheckResult | null;
  /** What a model writes into holes; null where none is asked. */
  readonly fill: ProposeInput['fill'] | null;
  readonly signal: AbortSignal;
  onProgress(line: string): void;
}

export class LiveWorld implements World {
  readonly subject: Subject;
  private readonly options: LiveOptions;
  private readonly units = new Map<string, RustcUnit>();
  private clock: number | null = null;
  private first: CheckResult | null;
  private reading = false;
  private readonly idle: number[];
  private readonly waiting: ((index: number) => void)[] = [];
  /** The test programs that each worker's target folder holds, by worker. */
  private readonly built = new Map<number, { readonly state: string; readonly run: CargoRun }>();

  constructor(options: LiveOptions) {
    this.options = options;
    this.subject = options.subject;
    this.first = options.first;
    this.idle = Array.from({ length: options.request.contract.jobs }, (_, index) => index).reverse();
  }

  async perform(calls: readonly Call[]): Promise<readonly Observation[]> {
    for (const call of calls) checkAction(call.action);
    const answers = new Map<Call, Observation>();
    await Promise.all(
      together(calls).map(async (group) => {
        const found = await this.onWorker(group);
        for (const [index, call] of group.entries()) answers.set(call, found[index] as Observation);
      }),
    );
    return calls.map((call) => answers.get(call) as Observation);
  }

  async propose(proposer: Proposer, input: ProposeInput): Promise<readonly Draft[]> {
    const { fill } = this.options;
    return proposer.propose(fill === null || fill === undefined ? input : { ...input, fill });
  }

  async rank(candidates: readonly Candidate[], context: RankContext): Promise<readonly Judged[]> {
    const { policy } = this.options;
    const scores = await policy.rank(candidates, context);
    return candidates.map((candidate, index) => ({
      score: scores[index] as number,
      features: policy.explain(candidate, context),
    }));
  }

  startClock(): void {
    this.clock = performance.now();
  }

  elapsed(): number {
    return this.clock === null ? 0 : performance.now() - this.clock;
  }

  /** What one call may take: the whole build before the clock runs, then what is left of the budget. */
  private limitMs(tool: ToolName): number {
    const { timeMs, buildTimeMs } = this.options.request.contract;
    const left = this.clock === null ? buildTimeMs : Math.max(leastCallMs, timeMs - this.elapsed());
    return Math.min(left, tools[tool].timeoutMs);
  }

  interrupted(): boolean {
    return this.options.signal.aborted;
  }

  /** Calls that share a worker's turn; each answer's time is that of the whole turn. */
  private async onWorker(calls: readonly Call[]): Promise<Observation[]> {
    const index = this.claim(calls[0] as Call) ?? (await new Promise<number>((resolve) => this.waiting.push(resolve)));
    const started = performance.now();
    try {
      const worker = await this.options.bench.worker(index);
      const [first] = calls as [Call];
      const answers =
        first.action.tool === 'probe_type'
          ? await this.types(worker, calls)
          : [await this.answer(worker, index, first)];
      const elapsed = Math.round(performance.now() - started);
      return calls.map(({ action }, position) => {
        const data = answers[position] as Record<string, unknown>;
        return {
          v: 1,
          action: actionId(action),
          tool: action.tool,
          ok: data.error === undefined,
          elapsed_ms: elapsed,
          toolchain: this.subject.toolchain,
          data,
        };
      });
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.idle.push(index);
      else next(index);
    }
  }

  /** An idle worker; for tests the one that has them built already. */
  private claim({ action, state }: Call): number | undefined {
    const ready = this.idle.findIndex((index) => this.built.get(index)?.state === state.id);
    return action.tool === 'cargo_test' && ready >= 0 ? this.idle.splice(ready, 1)[0] : this.idle.pop();
  }

  private async answer(worker: Worker, index: number, { action, state }: Call): Promise<Record<string, unknown>> {
    const { tool, args } = action;
    if (tool === 'probe_names') return { ...answerNames(sourcesOf(state), args) };
    if (tool === 'error_page') {
      const page = readErrorPage(this.options.project.toolchain, args.code as string);
      if (page === null) return { error: 'the page is not installed (component rust-docs)' };
      const rules = await rulesBehind(this.options.project.toolchain, args.code as string);
      return { ...pageData(page.source, page.text), ...(rules.length === 0 ? {} : { rules }) };
    }
    if (tool === 'cargo_fetch') {
      if (!this.options.request.fetch) return { error: 'the network is off: --fetch turns it on' };
      return { came: await fetchDependencies(worker, this.options.project, { signal: this.options.signal }) };
    }
    // Whatever else runs there may empty the target folder.
    if (tool !== 'cargo_test') this.built.delete(index);
    await worker.show(state.overlay());
    switch (tool) {
      case 'cargo_check':
        return { ...(await this.check(worker, state, args.scope as CheckScope, args.unit as string | undefined)) };
      case 'cargo_test':
        return { ...(await this.test(worker, index, state, args)) };
      default:
        throw new RustaError(`the tool ${tool} does not run in an episode`, { code: 'tool-unknown', op: 'perform' });
    }
  }

  /** All questions on the types of one state and unit. */
  private async types(worker: Worker, calls: readonly Call[]): Promise<Record<string, unknown>[]> {
    const { state, action } = calls[0] as Call;
    const known = [...this.units.values()];
    const unit = this.units.get(action.args.unit as string) ?? known.find((one) => one.test) ?? known[0];
    if (unit === undefined) return calls.map(() => ({ error: 'no rustc unit is known to ask' }));
    const { signal } = this.options;
    const timeMs = this.limitMs('probe_type');
    const context = { worker, unit, overlay: state.overlay(), ...sourcesOf(state), signal, timeMs };
    const answers = await answerTypes(
      context,
      calls.map((call) => call.action.args),
    );
    return answers.map((answer) => ({ ...answer }));
  }

  private async check(
    worker: Worker,
    state: CrateState,
    scope: CheckScope,
    unitId: string | undefined,
  ): Promise<CheckData> {
    const { request, project, signal } = this.options;
    const unit = unitId === undefined ? undefined : this.units.get(unitId);
    const known = scope === 'all' && state.changed.size === 0 ? this.first : null;
    this.first = null;
    const result =
      known ??
      (await check(worker, project, {
        scope,
        signal,
        timeMs: this.limitMs('cargo_check'),
        features: request.features,
        ...(request.target === undefined ? {} : { target: request.target }),
        ...(unit === undefined ? {} : { unit }),
        onProgress: (line) => {
          this.readAhead(state.snapshot).catch(() => {});
          this.options.onProgress(line);
        },
      }));
    for (const found of result.units) this.units.set(unitKey(found), found);
    return checkData(
      result,
      scope,
      [...this.units].map(([id, known]) => ({ id, ...known.target, test: known.test })),
    );
  }

  /** Cargo is at work for the first time: until it is done there is time to load and to parse what its answer asks for. */
  private async readAhead(snapshot: Snapshot): Promise<void> {
    const { checkOnly, lints } = this.options.request;
    if (this.reading || checkOnly || lints === true) return;
    this.reading = true;
    await loadProposers();
    await snapshot.readAhead(() => this.units.size === 0);
  }

  private async test(
    worker: Worker,
    index: number,
    state: CrateState,
    args: Record<string, unknown>,
  ): Promise<TestData> {
    const { request, project, signal } = this.options;
    const only = args.only as string[] | undefined;
    const last = this.built.get(index);
    this.built.delete(index);
    const report = await runTests(worker, project, {
      alone: args.alone === true,
      buildTimeMs: this.limitMs('cargo_test'),
      testTimeMs: request.contract.testTimeMs,
      signal,
      features: request.features,
      ...(request.target === undefined ? {} : { target: request.target }),
      ...(only === undefined ? {} : { only }),
      ...(last?.state === state.id ? { built: last.run } : {}),
      onBuilt: (run) => this.built.set(index, { state: state.id, run }),
      onProgress: (line) => this.options.onProgress(line),
    });
    return {
      built: report.built,
      outcomes: report.outcomes,
      failure: report.failure,
      cargo_runs: report.cargoRuns,
      unlisted: report.unlisted.map(({ target, code }) => ({ name: target.name, code })),
    };
  }
}

/** Questions on the types of one state and unit are one group: they share a run of rustc. Every other call is its own. */
function together(calls: readonly Call[]): Call[][] {
  const groups = new Map<string, Call[]>();
  for (const [index, call] of calls.entries()) {
    const { tool, args } = call.action;
    const key = tool === 'probe_type' ? `${tool} ${args.state} ${args.unit ?? ''}` : `${index}`;
    groups.set(key, [...(groups.get(key) ?? []), call]);
  }
  return [...groups.values()];
}

function sourcesOf(state: CrateState): CrateSources {
  return { files: state.snapshot.paths, source: (file) => state.source(file) };
}

function unitKey({ target, test }: RustcUnit): string {
  return `${target.package}/${target.kind}/${target.name}${test ? '/test' : ''}`;
}

function checkData(result: CheckResult, scope: CheckScope, units: readonly UnitId[]): CheckData {
  // A lint that is denied is an error to cargo; where lints are asked for, it is one of them.
  const isLint = (one: Diagnostic): boolean => scope === 'lints' && one.class === 'lint' && one.spans.length > 0;
  const errors = result.diagnostics.filter((one) => (one.level === 'error' || one.level === 'ice') && !isLint(one));
  const silent = (one: Diagnostic): Diagnostic => ({ ...one, rendered: '' });
  return {
    ok: result.ok,
    failure: result.failure,
    units,
    cargo_runs: result.cargoRuns,
    errors: errors.slice(0, mostErrors).map(silent),
    ...(errors.length > mostErrors ? { hidden: errors.length - mostErrors } : {}),
    ...(scope === 'lints' ? { lints: result.diagnostics.filter(isLint).map(silent) } : {}),
    warnings: result.diagnostics.filter((one) => one.level === 'warning').length,
    ...(errors.length === 0 ? { told: toldOf(result.diagnostics) } : {}),
  };
}

/** Warnings that are kept of one check. */
const mostTold = 20;
/** Lints on values that go nowhere and code that does not run; style, and what nobody uses yet, says nothing of a repair. */
const telling = new Set([
  'unused_variables',
  'unused_assignments',
  'unused_mut',
  'unused_must_use',
  'unused_comparisons',
  'unreachable_code',
  'unreachable_patterns',
  'unconditional_recursion',
  'path_statements',
  'unused_imports',
  'irrefutable_let_patterns',
  'overflowing_literals',
]);

function toldOf(diagnostics: readonly Diagnostic[]): Told[] {
  const all = diagnostics.flatMap(({ level, code, spans }): Told[] => {
    const at = spans.find((span) => span.primary);
    return level === 'warning' && code !== null && telling.has(code) && at !== undefined
      ? [{ code, file: at.file, start: at.start }]
      : [];
  });
  // A unit and the same with its tests say the same twice.
  return [...new Map(all.map((one) => [`${one.code} ${one.file} ${one.start}`, one])).values()].slice(0, mostTold);
}

/** What the episode is about, read once before it starts. */
export async function readSubject(
  project: Project,
  request: FixRequest,
  given: Pick<SubjectFacts, 'isolation' | 'commit' | 'policy'> & Pick<Subject, 'lessons'>,
): Promise<Subject> {
  const texts = new Map<string, string>();
  let bytes = 0;
  const dirs = project.packages.map(({ dir }) => (dir === '' ? '.' : dir));
  const paths = await glob(
    dirs.map((dir) => `${dir === '.' ? '' : `${escapeGlob(dir)}/`}**/*.rs`),
    {
      cwd: project.root,
      ignore: ['**/target/**', '**/.git/**'],
      followSymbolicLinks: false,
      dot: true,
    },
  );
  for (const path of paths.sort()) {
    const data = await readFile(join(project.root, path)).catch(() => null);
    if (data === null) continue;
    bytes += data.length;
    if (bytes > mostSourceBytes)
      throw new RustaError(`more than ${mostSourceBytes / 1024 ** 2} MiB of Rust source`, {
        code: 'too-large',
        op: 'fix',
        exit: 'refused',
        hint: 'name one package with -p',
      });
    const text = decode(data);
    if (text !== null) texts.set(path, text);
  }
  const snapshot = new Snapshot(texts);
  const has = (pattern: RegExp): boolean => snapshot.paths.some((path) => pattern.test(path));
  return {
    root: project.file === undefined ? project.root : dirname(project.file.path),
    crate: project.asked,
    toolchain: project.toolchain.version,
    snapshot,
    lessons: given.lessons,
    facts: {
      kind: project.kind,
      edition: project.packages[0]?.edition ?? '2021',
      packages: project.packages.map(({ dir }) => dir),
      isolation: given.isolation,
      policy: given.policy,
      commit: given.commit,
      has_extras: has(/(^|\/)(benches|examples)\/[^/]+\.rs$|(^|\/)(benches|examples)\/[^/]+\/main\.rs$/),
      has_tests: has(/(^|\/)tests\//) || [...texts.values()].some(holdsTests),
      check_only: request.checkOnly,
      ...(request.lints === true ? { lints: true } : {}),
      run_tests: request.test,
      fetch: request.fetch,
    },
  };
}

/**
 * `#[test]`, `#[tokio::test]`, `#[rstest]`, `quickcheck! {`: an attribute or a macro whose name speaks of tests. `cfg(test)` alone
 * makes none, and a build of test programs that hold no test takes longer than all else.
 */
export function holdsTests(text: string): boolean {
  return (
    /#\s*\[\s*(?!cfg\b|cfg_attr\b|allow\b|warn\b|deny\b|expect\b|doc\b)(?:\w+\s*::\s*)*\w*(?:test|quickcheck)/.test(
      text,
    ) ||
    /#\s*\[\s*cfg_attr\b[^\]]*,[^\]]*test\w*\s*(?:\([^)]*\)\s*)?\)\s*\]/.test(text) ||
    /\b\w*(?:test|quickcheck)\w*\s*!\s*[{(]/.test(text)
  );
}

/** Text of a file that is UTF-8; null for one that is not: the compiler says so, and nothing edits it. */
function decode(data: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    return null;
  }
}

function escapeGlob(path: string): string {
  return path.replace(/[\\*?[\]{}()!@+]/g, '\\$&');
}
