// One episode: the loop over the machine's states, and what each state does. All that touches the outside goes through
// `World`; every step is journalled before it takes effect. Setting both up is fix.ts's and replay.ts's work.
import type {
  Diagnostic,
  EpisodeEvent,
  Lesson,
  Observation,
  State,
  Status,
  TestCount,
  Tried,
} from '../schemas/types.ts';
import { undeclaredCrates } from '../tools/cargo/lone-file.ts';
import { actionId, printAction } from './actions.ts';
import { type Evidence, type Finding, makeBundle, makeResult } from './bundle.ts';
import type { Contract } from './contract.ts';
import { inTestCode } from './guard.ts';
import { next, type Trigger } from './machine.ts';
import { candidateDiff, type Proposed, probesFor, propose, proposeInput } from './propose.ts';
import { prove } from './prove.ts';
import type { EpisodeResult } from './result.ts';
import { child, closer, outcome, type Ranked, roots, Search, type SearchNode, type Task } from './search.ts';
import { CrateState } from './state.ts';
import type { ProbeRequest } from './types.ts';
import type { Call, CheckData, PageData, TestData, UnitId, World } from './world.ts';

/** Where events go: the DevLog, then whoever watches. Resolves when they are flushed. */
export interface Journal {
  append(events: readonly EpisodeEvent[]): Promise<void>;
}

export interface EpisodeOptions {
  readonly id: string;
  readonly rusta: string;
  readonly contract: Contract;
  /** What has to be kept before the first action (source texts), and what to tell the user then. */
  prepare(): Promise<readonly EpisodeEvent[]>;
  /** Keeps what outlives the episode; nothing in a replay. */
  remember(
    result: EpisodeResult,
    lessons: { readonly worked: readonly Lesson[]; readonly failed: readonly Lesson[] },
  ): Promise<void>;
}

interface Move<S extends State> {
  readonly trigger: Trigger<S>;
  readonly why: string;
}

/** Candidates checked at once. Fixed, so that the number of workers changes the speed and not the patch. */
const firstChunk = 4;
const chunk = 8;
/** After a patch that holds but can only be `unsure`, this many more candidates may look for a `fixed` one. */
const candidatesAfterUnsure = 48;
/** Questions for one root cause. */
const probesPerTask = 4;

export class Episode {
  private readonly world: World;
  private readonly journal: Journal;
  private readonly options: EpisodeOptions;
  private readonly search = new Search();
  private readonly tried: Tried[] = [];
  private readonly worked: Lesson[] = [];
  private readonly failed: Lesson[] = [];
  private readonly findings: Finding[] = [];
  private readonly observations = new Map<Task, Observation[]>();
  private readonly skeletons: EpisodeResult['skeletons'][number][] = [];
  private readonly notes: string[] = [];
  private readonly pages = new Map<string, PageData>();
  private base: SearchNode | null = null;
  private best: SearchNode | null = null;
  private units: readonly UnitId[] = [];
  private testsBefore: TestCount = null;
  private failedBefore: ReadonlySet<string> = new Set();
  private failingTests: EpisodeResult['failingTests'] = [];
  private settled: { readonly status: Status; readonly reason: string } | null = null;
  private task: Task | null = null;
  private questions: readonly ProbeRequest[] = [];
  private budget: EpisodeResult['budget'] = null;
  private firstHeldAt: number | null = null;
  private cargoRuns = 0;
  private candidates = 0;
  private probes = 0;
  private result: EpisodeResult | null = null;

  constructor(world: World, journal: Journal, options: EpisodeOptions) {
    this.world = world;
    this.journal = journal;
    this.options = options;
  }

  async run(): Promise<EpisodeResult> {
    const { subject } = this.world;
    const { contract, id, rusta } = this.options;
    const { root, crate, toolchain, facts } = subject;
    await this.emit(
      { v: 1, type: 'start', episode: id, root, crate, toolchain, rusta, options: { ...contract }, subject: facts },
      ...(await this.options.prepare()),
    );
    const steps: { readonly [S in Exclude<State, 'End'>]: () => Promise<Move<S>> } = {
      Sense: () => this.sense(),
      Plan: () => this.plan(),
      Probe: () => this.probe(),
      Propose: () => this.proposeStep(),
      Validate: () => this.validate(),
      Rollback: () => this.rollback(),
      Reflect: () => this.reflect(),
      Remember: () => this.remember(),
    };
    let state: State = 'Sense';
    while (state !== 'End') {
      const move: { readonly trigger: Trigger; readonly why: string } = await steps[state as Exclude<State, 'End'>]();
      const to: State = next(state, move.trigger);
      await this.emit({ v: 1, type: 'state', from: state, to, why: move.why });
      state = to;
    }
    const result = this.result as EpisodeResult;
    await this.emit({ v: 1, type: 'end', status: result.status, reason: result.reason });
    return result;
  }

  private async sense(): Promise<Move<'Sense'>> {
    const { subject } = this.world;
    const start = new CrateState(subject.snapshot);
    if (subject.facts.fetch) {
      const [answer] = await this.perform([{ state: start, action: { v: 1, tool: 'cargo_fetch', args: {} } }]);
      const came = (answer?.data.came ?? []) as string[];
      await this.emit({
        v: 1,
        type: 'notice',
        level: 'info',
        message: came.length === 0 ? 'fetch: nothing was missing' : `fetched: ${came.join(', ')}`,
      });
    }
    const check = await this.check(start, null);
    this.units = check.units;
    this.world.startClock();
    if (check.failure !== null) {
      const { kind, message, hint } = check.failure;
      if (kind === 'cancelled') this.budget = 'interrupted';
      return this.settle(kind === 'cancelled' ? 'unfixed' : 'refused', hint === '' ? message : `${message}; ${hint}`);
    }
    const files = Object.fromEntries(
      subject.snapshot.paths.map((path) => [path, subject.snapshot.hash(path) as string]),
    );
    await this.emit({ v: 1, type: 'sense', files, errors: [...check.errors], warnings: check.warnings });
    if (check.errors.length === 0) return this.healthy(start);
    if (subject.facts.check_only) return this.settle('unfixed', `${check.errors.length} error(s) to fix`);
    this.base = {
      state: start,
      errors: check.errors,
      steps: [],
      logp: 0,
      stuck: new Set(this.outOfBounds(start, check.errors)),
    };
    const undeclared = subject.facts.kind === 'file' ? undeclaredCrates(check.errors) : [];
    if (undeclared.length > 0) {
      const message = `it uses ${undeclared.join(', ')}, and a lone file declares no dependencies: put it into a crate`;
      this.notes.push(message);
      await this.emit({ v: 1, type: 'notice', level: 'warning', message });
    }
    if (this.mayRunBefore(check.errors)) await this.senseTests(start);
    if (!this.search.add(this.base))
      return this.settle('unfixed', this.notes.at(-1) ?? 'no error is in code that may be edited');
    return {
      trigger: 'errors',
      why: `${check.errors.length} error(s), ${roots(check.errors).length} of them root causes`,
    };
  }

  /** A crate that compiles: nothing to repair, but with `test` its failing tests are named. */
  private async healthy(state: CrateState): Promise<Move<'Sense'>> {
    if (!this.world.subject.facts.run_tests) return this.settle('clean', 'it compiles: nothing to repair');
    const report = await this.runTests({ state, scope: {} });
    this.testsBefore = report.built ? countOf(report) : null;
    this.failingTests = report.outcomes
      .filter((test) => test.verdict !== 'passed' && test.verdict !== 'ignored')
      .map((test) => ({ name: test.name, target: test.target.name, verdict: test.verdict, output: test.output }));
    const failing = this.failingTests.length;
    return this.settle(
      'clean',
      failing === 0
        ? 'it compiles and its tests pass'
        : `it compiles; ${failing} test(s) fail (repairing logic is not claimed)`,
    );
  }

  private settle(status: Status, reason: string): Move<'Sense'> {
    this.settled = { status, reason };
    return { trigger: 'settled', why: reason };
  }

  /** Roots whose every primary span lies in test code: tests are never edited. */
  private outOfBounds(state: CrateState, errors: readonly Diagnostic[]): string[] {
    const out: string[] = [];
    for (const error of errors) {
      const spans = error.spans.filter((span) => span.primary);
      const inside = spans.filter((span) => {
        const source = state.source(span.file);
        return (
          source === null ||
          /(^|\/)tests\//.test(span.file) ||
          (!source.root.hasError && inTestCode(source, source.range(span)))
        );
      });
      if (
        spans.length > 0 &&
        inside.length === spans.length &&
        state.source((spans[0] as (typeof spans)[number]).file) === null
      ) {
        out.push(error.id);
        this.notes.push(`${spans[0]?.file}: this file is out of bounds`);
      } else if (spans.length > 0 && inside.length === spans.length) {
        this.notes.push(`${spans[0]?.file}:${spans[0]?.line}: the error is inside a test, and tests are never edited`);
      }
    }
    return out;
  }

  /** Tests can run before only where the libraries compile. */
  private mayRunBefore(errors: readonly Diagnostic[]): boolean {
    return (
      !errors.some((error) => error.target.kind === 'lib' || error.target.kind === 'proc-macro') &&
      this.units.some((unit) => unit.kind === 'lib')
    );
  }

  private async senseTests(state: CrateState): Promise<void> {
    const report = await this.runTests({ state, scope: {} });
    if (!report.built && report.outcomes.length === 0) return;
    this.testsBefore = countOf(report);
    this.failedBefore = new Set(
      report.outcomes.filter((test) => test.verdict !== 'passed').map((test) => `${test.target.name} ${test.name}`),
    );
  }

  private async plan(): Promise<Move<'Plan'>> {
    const { contract } = this.options;
    const over = (budget: NonNullable<EpisodeResult['budget']>, used: number, limit: number): Promise<Move<'Plan'>> =>
      this.spent(budget, used, limit);
    if (this.world.interrupted()) return over('interrupted', this.candidates, 0);
    const elapsed = this.world.elapsed();
    if (elapsed >= contract.timeMs) return over('time', elapsed, contract.timeMs);
    if (this.candidates >= contract.candidates) return over('candidates', this.candidates, contract.candidates);
    if (this.firstHeldAt !== null && this.candidates - this.firstHeldAt >= candidatesAfterUnsure) {
      return { trigger: 'exhausted', why: 'a patch holds, and nothing surer was found' };
    }
    this.task = this.search.best();
    if (this.task === null) return { trigger: 'exhausted', why: 'no candidate is left' };
    const { task } = this;
    if (task.ranked === null && !this.observations.has(task)) {
      const left = Math.min(probesPerTask, contract.probes - this.probes);
      this.questions = left > 0 ? probesFor(proposeInput(task, this.world, []), left) : [];
      if (this.questions.length > 0)
        return { trigger: 'question', why: `${this.questions.length} question(s) on ${nameOf(task.diagnostic)}` };
    }
    return { trigger: 'ready', why: nameOf(task.diagnostic) };
  }

  private async spent(
    budget: NonNullable<EpisodeResult['budget']>,
    used: number,
    limit: number,
  ): Promise<Move<'Plan'>> {
    this.budget = budget;
    await this.emit({ v: 1, type: 'budget', budget, used: Math.round(used), limit });
    return {
      trigger: 'exhausted',
      why: budget === 'interrupted' ? 'stopped by the user' : `the ${budget} budget is spent`,
    };
  }

  private async probe(): Promise<Move<'Probe'>> {
    const { task, questions } = this;
    this.questions = [];
    if (task === null || questions.length === 0) return { trigger: 'answered', why: 'nothing to ask' };
    this.probes += questions.length;
    const { state } = task.node;
    const answers = await this.perform(
      questions.map((question): Call => {
        const { kind, ...args } = question;
        const unit = kind === 'type' ? this.unitFor(task.diagnostic)?.id : undefined;
        return {
          state,
          action: {
            v: 1,
            tool: kind === 'type' ? 'probe_type' : 'probe_names',
            args: { state: state.id, ...args, ...(unit === undefined ? {} : { unit }) },
          },
        };
      }),
    );
    this.observations.set(task, [...answers]);
    return {
      trigger: 'answered',
      why: `${answers.filter((answer) => answer.ok).length} of ${answers.length} answered`,
    };
  }

  private async proposeStep(): Promise<Move<'Propose'>> {
    const task = this.task as Task;
    if (task.ranked !== null) return { trigger: 'ranked', why: `${task.ranked.length - task.next} candidate(s) left` };
    const proposed: Proposed = await propose(
      task,
      this.world,
      this.options.contract,
      this.observations.get(task) ?? [],
    );
    await this.emit(...proposed.events);
    this.tried.push(...proposed.refused);
    this.skeletons.push(...proposed.skeletons);
    task.ranked = proposed.ranked;
    return { trigger: 'ranked', why: `${proposed.ranked.length} candidate(s)` };
  }

  private async validate(): Promise<Move<'Validate'>> {
    const task = this.task as Task;
    const left = this.options.contract.candidates - this.candidates;
    const batch = this.search.take(task, Math.min(left, task.next === 0 ? firstChunk : chunk));
    this.candidates += batch.length;
    const checks = await this.checkCandidates(task, batch);
    const complete: { ranked: Ranked; node: SearchNode }[] = [];
    for (const [index, { ranked, state }] of batch.entries()) {
      const errors = checks[index] ?? null;
      const step = {
        candidate: ranked.candidate,
        diagnostic: task.diagnostic,
        score: ranked.score,
        reasons: ranked.reasons,
      };
      if (errors === null) {
        await this.verdict(task, ranked, index, batch.length, 'timeout', 'the check did not end');
        continue;
      }
      const meaning = outcome(task.node.errors, task.diagnostic, ranked.candidate, errors);
      const node = child(task.node, step, state, errors);
      await this.verdict(
        task,
        ranked,
        index,
        batch.length,
        meaning,
        errors.length === 0 ? '' : nameOf(roots(errors)[0] as Diagnostic),
        state,
      );
      if (meaning === 'compiles') complete.push({ ranked, node });
      else if (meaning === 'progress') this.follow(task, node);
    }
    for (const [index, { ranked, node }] of complete.entries()) {
      const evidence = await this.proveNode(task, ranked, node, complete.length - 1 - index);
      if (evidence !== null && evidence.status === 'fixed') {
        this.search.settle(task);
        return { trigger: 'holds', why: ranked.candidate.title };
      }
    }
    this.search.settle(task);
    return { trigger: 'fails', why: batch.length === 0 ? 'nothing to try here' : `none of ${batch.length} holds` };
  }

  /** Errors after each candidate: the unit alone first, everything where that is clean. null where the check did not end. */
  private async checkCandidates(
    task: Task,
    batch: readonly { readonly ranked: Ranked; readonly state: CrateState }[],
  ): Promise<(readonly Diagnostic[] | null)[]> {
    const unit = this.unitFor(task.diagnostic);
    const fast = await this.perform(batch.map(({ state }) => checkCall(state, unit)));
    const found: (readonly Diagnostic[] | null)[] = [];
    for (const observation of fast) {
      const data = observation.data as unknown as CheckData;
      this.cargoRuns += data.cargo_runs;
      if (data.failure !== null) {
        found.push(null);
        continue;
      }
      const elsewhere = unit === null ? [] : task.node.errors.filter((error) => !belongs(error, unit));
      found.push([...data.errors, ...(data.errors.length === 0 && unit !== null ? [] : elsewhere)]);
    }
    if (unit === null) return found;
    // A clean unit says nothing of the other targets and of the packages that depend on it: ask cargo about all of them.
    const clean = [...found.keys()].filter((index) => found[index]?.length === 0);
    const all = await this.perform(
      clean.map((index) => checkCall((batch[index] as (typeof batch)[number]).state, null)),
    );
    for (const [position, observation] of all.entries()) {
      const data = observation.data as unknown as CheckData;
      this.cargoRuns += data.cargo_runs;
      found[clean[position] as number] = data.failure === null ? data.errors : null;
    }
    return found;
  }

  private follow(task: Task, node: SearchNode): void {
    task.progressed = true;
    const fresh = this.outOfBounds(node.state, node.errors).filter((id) => !node.stuck.has(id));
    const entered = fresh.length === 0 ? node : { ...node, stuck: new Set([...node.stuck, ...fresh]) };
    this.search.open(entered);
    if (this.best === null || closer(node, this.best)) this.best = node;
  }

  private async proveNode(
    task: Task,
    ranked: Ranked,
    node: SearchNode,
    alternatives: number,
  ): Promise<Evidence | null> {
    task.progressed = true;
    const evidence = await prove(node, {
      contract: this.options.contract,
      world: this.world,
      testsBefore: this.testsBefore,
      failedBefore: this.failedBefore,
      alternatives,
      perform: (calls) => this.perform(calls),
    });
    this.cargoRuns += evidence.cargoRuns;
    await this.readPages(node);
    const bundle = makeBundle(node, evidence, this.bundleContext());
    this.findings.push({ node, evidence, bundle });
    this.amend(ranked, evidence.status === 'partial' ? 'tests-failed' : 'accepted', evidence.reason);
    if (evidence.status === 'fixed' || evidence.status === 'unsure') this.firstHeldAt ??= this.candidates;
    const lessons = evidence.status === 'partial' ? this.failed : this.worked;
    for (const step of node.steps)
      lessons.push(lesson(step.diagnostic, step.candidate.proposer, step.candidate.id, evidence.reason));
    return evidence;
  }

  /** The error index's pages that the patch cites. */
  private async readPages(node: SearchNode): Promise<void> {
    const codes = [...new Set(node.steps.map((step) => step.diagnostic.code ?? ''))].filter(
      (code) => /^E\d{4}$/.test(code) && !this.pages.has(code),
    );
    const answers = await this.perform(
      codes.map((code) => ({ state: node.state, action: { v: 1, tool: 'error_page', args: { code } } })),
    );
    for (const [index, answer] of answers.entries())
      if (answer.ok) this.pages.set(codes[index] as string, answer.data as unknown as PageData);
  }

  private async rollback(): Promise<Move<'Rollback'>> {
    this.task = null;
    return { trigger: 'restored', why: `${this.search.size} root cause(s) open over all states` };
  }

  private async reflect(): Promise<Move<'Reflect'>> {
    if (this.findings.length === 0 && this.best !== null) await this.readPages(this.best);
    this.result = makeResult(this.findings, {
      episode: this.options.id,
      settled: this.settled,
      base: this.base,
      best: this.best,
      context: this.bundleContext(),
      notes: this.notes,
      testsBefore: this.testsBefore,
      failingTests: this.failingTests,
      skeletons: dedupe(this.skeletons),
      budget: this.budget,
      counts: { cargoRuns: this.cargoRuns, candidates: this.candidates, probes: this.probes },
    });
    await this.emit({ v: 1, type: 'reflection', worked: this.worked, failed: this.failed });
    return { trigger: 'noted', why: this.result.reason };
  }

  private async remember(): Promise<Move<'Remember'>> {
    const result = this.result as EpisodeResult;
    if (result.bundle !== null) await this.emit({ v: 1, type: 'bundle', bundle: result.bundle });
    await this.options.remember(result, { worked: this.worked, failed: this.failed });
    return { trigger: 'stored', why: result.bundle === null ? 'nothing to keep' : `bundle ${result.bundle.id}` };
  }

  private bundleContext(): Parameters<typeof makeBundle>[2] {
    return {
      episode: this.options.id,
      subject: this.world.subject,
      contract: this.options.contract,
      base: this.base,
      testsBefore: this.testsBefore,
      tried: this.tried,
      pages: this.pages,
    };
  }

  private async verdict(
    task: Task,
    ranked: Ranked,
    index: number,
    of: number,
    verdict: Tried['verdict'],
    detail: string,
    state?: CrateState,
  ): Promise<void> {
    const { candidate, score } = ranked;
    await this.emit({
      v: 1,
      type: 'verdict',
      node: task.node.state.id,
      candidate: candidate.id,
      index: this.candidates - of + index + 1,
      of: this.options.contract.candidates,
      verdict,
      detail,
    });
    const shown = verdict === 'compiles' && state !== undefined ? { diff: candidateDiff(task.node.state, state) } : {};
    this.tried.push({
      candidate: candidate.id,
      proposer: candidate.proposer,
      title: candidate.title,
      score,
      verdict,
      ...(detail === '' ? {} : { detail }),
      ...shown,
    });
    if (verdict !== 'compiles' && verdict !== 'progress')
      this.failed.push(lesson(task.diagnostic, candidate.proposer, candidate.id, detail));
  }

  private amend(ranked: Ranked, verdict: Tried['verdict'], detail: string): void {
    const index = this.tried.findLastIndex((entry) => entry.candidate === ranked.candidate.id);
    if (index >= 0) this.tried[index] = { ...(this.tried[index] as Tried), verdict, detail };
  }

  private unitFor(diagnostic: Diagnostic): UnitId | null {
    const own = this.units.filter((unit) => belongs(diagnostic, unit));
    return own.find((unit) => unit.test) ?? own[0] ?? null;
  }

  private async check(state: CrateState, unit: UnitId | null): Promise<CheckData> {
    const [observation] = await this.perform([checkCall(state, unit)]);
    const data = (observation as Observation).data as unknown as CheckData;
    this.cargoRuns += data.cargo_runs;
    return data;
  }

  private async runTests({ state, scope }: { state: CrateState; scope: Record<string, unknown> }): Promise<TestData> {
    const [observation] = await this.perform([
      { state, action: { v: 1, tool: 'cargo_test', args: { state: state.id, ...scope } } },
    ]);
    const data = (observation as Observation).data as unknown as TestData;
    this.cargoRuns += data.cargo_runs;
    return data;
  }

  /** Journals the actions, runs them, journals what they answered. */
  private async perform(calls: readonly Call[]): Promise<readonly Observation[]> {
    if (calls.length === 0) return [];
    await this.emit(
      ...calls.map(
        ({ action }): EpisodeEvent => ({ v: 1, type: 'action', id: actionId(action), act: printAction(action) }),
      ),
    );
    const answers = await this.world.perform(calls);
    await this.emit(...answers.map((observation): EpisodeEvent => ({ v: 1, type: 'observation', observation })));
    return answers;
  }

  private async emit(...events: readonly EpisodeEvent[]): Promise<void> {
    if (events.length > 0) await this.journal.append(events);
  }
}

function checkCall(state: CrateState, unit: UnitId | null): Call {
  const scope = unit === null ? { scope: 'all' } : { scope: 'unit', unit: unit.id };
  return { state, action: { v: 1, tool: 'cargo_check', args: { state: state.id, ...scope } } };
}

function belongs(error: Diagnostic, unit: UnitId): boolean {
  return error.target.package === unit.package && error.target.name === unit.name && error.target.kind === unit.kind;
}

function countOf(report: TestData): NonNullable<TestCount> {
  const of = (verdict: (name: string) => boolean): number =>
    report.outcomes.filter((test) => verdict(test.verdict)).length;
  const ignored = of((name) => name === 'ignored');
  const passed = of((name) => name === 'passed');
  return { passed, ignored, failed: report.outcomes.length - passed - ignored };
}

function nameOf(diagnostic: Diagnostic): string {
  return diagnostic.code === null ? diagnostic.message : `${diagnostic.code}: ${diagnostic.message}`;
}

function lesson(diagnostic: Diagnostic, proposer: string, candidate: string, why: string): Lesson {
  return { diagnostic: diagnostic.id, code: diagnostic.code, proposer, candidate, why };
}

function dedupe<T>(list: readonly T[]): T[] {
  return [...new Map(list.map((entry) => [JSON.stringify(entry), entry])).values()];
}
