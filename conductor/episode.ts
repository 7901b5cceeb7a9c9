// One episode: the loop over the machine's states, and what each of them does. All that touches the outside goes through
// a `World`; every step is journalled before it takes effect. Setting both up is fix.ts's and replay.ts's work.
import type { Diagnostic, EpisodeEvent, Lesson, Observation, State, Tried } from '../schemas/types.ts';
import { type BundleContext, type Finding, makeBundle, makeResult } from './bundle.ts';
import type { Contract } from './contract.ts';
import { next, type Trigger } from './machine.ts';
import { candidateDiff, probesFor, propose, proposeInput } from './propose.ts';
import { prove } from './prove.ts';
import { questionAction } from './questions.ts';
import { belongs, type Journal, Recorder, unitFor } from './recorder.ts';
import type { EpisodeResult } from './result.ts';
import {
  child,
  closer,
  outcome,
  type Ranked,
  roots,
  Search,
  type SearchNode,
  sidestepCost,
  type Task,
} from './search.ts';
import { outOfBounds, type Sensed, sense } from './sense.ts';
import type { CrateState } from './state.ts';
import type { ProbeRequest } from './types.ts';
import type { Call, World } from './world.ts';

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

/** A candidate of a batch with the state it makes. */
interface Attempt {
  readonly ranked: Ranked;
  readonly state: CrateState;
}

type Budget = NonNullable<EpisodeResult['budget']>;

/** Candidates checked at once. Fixed, so that the number of workers changes the speed and not the patch. */
const firstChunk = 4;
const chunk = 8;
/** After a patch that holds but can only be `unsure`, this many more candidates may look for a `fixed` one. */
const candidatesAfterUnsure = 48;
/** Questions for one root cause. */
const probesPerTask = 4;
/** Candidates of one batch that are put to the tests. */
const mostProofs = 3;

export class Episode {
  private readonly recorder: Recorder;
  private readonly options: EpisodeOptions;
  private readonly search = new Search();
  private readonly tried: Tried[] = [];
  private readonly worked: Lesson[] = [];
  private readonly failed: Lesson[] = [];
  private readonly findings: Finding[] = [];
  private readonly observations = new Map<Task, readonly Observation[]>();
  private readonly skeletons: EpisodeResult['skeletons'][number][] = [];
  private sensed: Sensed | null = null;
  /** The state nearest to compiling that was reached without a proof. */
  private best: SearchNode | null = null;
  private task: Task | null = null;
  private questions: readonly ProbeRequest[] = [];
  private budget: Budget | null = null;
  /** How many candidates had been checked when a patch first held. */
  private heldAt: number | null = null;
  private candidates = 0;
  private probes = 0;
  private result: EpisodeResult | null = null;

  constructor(world: World, journal: Journal, options: EpisodeOptions) {
    this.recorder = new Recorder(world, journal);
    this.options = options;
  }

  async run(): Promise<EpisodeResult> {
    const { contract, id, rusta } = this.options;
    const { root, crate, toolchain, facts } = this.world.subject;
    await this.recorder.emit(
      { v: 1, type: 'start', episode: id, root, crate, toolchain, rusta, options: { ...contract }, subject: facts },
      ...(await this.options.prepare()),
    );
    const steps: { readonly [S in Exclude<State, 'End'>]: () => Promise<Move<S>> } = {
      Sense: () => this.sense(),
      Plan: () => this.plan(),
      Probe: () => this.probe(),
      Propose: () => this.propose(),
      Validate: () => this.validate(),
      Rollback: () => this.rollback(),
      Reflect: () => this.reflect(),
      Remember: () => this.remember(),
    };
    let state: State = 'Sense';
    while (state !== 'End') {
      const move: { readonly trigger: Trigger; readonly why: string } = await steps[state as Exclude<State, 'End'>]();
      const to: State = next(state, move.trigger);
      await this.recorder.emit({ v: 1, type: 'state', from: state, to, why: move.why });
      state = to;
    }
    const result = this.result as EpisodeResult;
    await this.recorder.emit({ v: 1, type: 'end', status: result.status, reason: result.reason });
    return result;
  }

  private get world(): World {
    return this.recorder.world;
  }

  private async sense(): Promise<Move<'Sense'>> {
    this.sensed = await sense(this.recorder);
    const { base, settled, interrupted, notes } = this.sensed;
    if (interrupted) this.budget = 'interrupted';
    if (base === null) return { trigger: 'settled', why: settled?.reason ?? '' };
    if (!this.search.add(base)) {
      const reason = notes.at(-1) ?? 'no error is in code that may be edited';
      this.sensed = { ...this.sensed, settled: { status: 'unfixed', reason } };
      return { trigger: 'settled', why: reason };
    }
    const { errors } = base;
    return { trigger: 'errors', why: `${errors.length} error(s), ${roots(errors).length} of them root causes` };
  }

  private async plan(): Promise<Move<'Plan'>> {
    const { contract } = this.options;
    if (this.world.interrupted()) return this.spent('interrupted', this.candidates, 0);
    const elapsed = this.world.elapsed();
    if (elapsed >= contract.timeMs) return this.spent('time', elapsed, contract.timeMs);
    if (this.candidates >= contract.candidates) return this.spent('candidates', this.candidates, contract.candidates);
    if (this.heldAt !== null && this.candidates - this.heldAt >= candidatesAfterUnsure) {
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

  private async spent(budget: Budget, used: number, limit: number): Promise<Move<'Plan'>> {
    this.budget = budget;
    await this.recorder.emit({ v: 1, type: 'budget', budget, used: Math.round(used), limit });
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
    const answers = await this.recorder.perform(
      questions.map((question): Call => {
        const unit = unitFor(this.units, task.diagnostic)?.id;
        return { state, action: questionAction(question, state.source(question.file), state.id, unit) };
      }),
    );
    this.observations.set(task, answers);
    return {
      trigger: 'answered',
      why: `${answers.filter((answer) => answer.ok).length} of ${answers.length} answered`,
    };
  }

  private async propose(): Promise<Move<'Propose'>> {
    const task = this.task as Task;
    if (task.ranked !== null) return { trigger: 'ranked', why: `${task.ranked.length - task.next} candidate(s) left` };
    const proposed = await propose(task, this.world, this.options.contract, this.observations.get(task) ?? []);
    await this.recorder.emit(...proposed.events);
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
    const complete = await this.judge(task, batch);
    let holds: Ranked | null = null;
    let rivals = complete;
    for (const one of complete.slice(0, mostProofs)) {
      const odds = rivals.map(({ ranked }) => Math.exp(ranked.score - one.ranked.score));
      const finding = await this.prove(task, one.ranked, one.node, 1 / odds.reduce((sum, value) => sum + value, 0));
      // One that a test speaks against is no rival to the next.
      if (finding.evidence.status === 'partial') rivals = rivals.filter((other) => other !== one);
      if (finding.evidence.status === 'fixed') holds = one.ranked;
      if (finding.bundle.status === 'fixed') break;
    }
    this.search.settle(task);
    if (holds !== null) return { trigger: 'holds', why: holds.candidate.title };
    return { trigger: 'fails', why: batch.length === 0 ? 'nothing to try here' : `none of ${batch.length} holds` };
  }

  /** Checks a batch, enters the states that are a step forward, and returns those that compile, best first. */
  private async judge(task: Task, batch: readonly Attempt[]): Promise<{ ranked: Ranked; node: SearchNode }[]> {
    const checks = await this.errorsAfter(task, batch);
    const complete: { ranked: Ranked; node: SearchNode }[] = [];
    for (const [index, attempt] of batch.entries()) {
      const { ranked, state } = attempt;
      const errors = checks[index] ?? null;
      const number = this.candidates - batch.length + index + 1;
      if (errors === null) {
        await this.verdict(task, attempt, number, 'timeout', 'the check did not end');
        continue;
      }
      const { candidate, score, features, reasons } = ranked;
      const node = child(
        task.node,
        { candidate, diagnostic: task.diagnostic, score, features, reasons },
        state,
        errors,
      );
      const meaning = outcome(task.node.errors, task.diagnostic, candidate, errors);
      const verdict = meaning === 'sidestep' ? 'progress' : meaning;
      const detail = meaning === 'compiles' ? '' : nameOf(roots(errors)[0] as Diagnostic);
      await this.verdict(task, attempt, number, verdict, detail);
      if (meaning === 'compiles') complete.push({ ranked, node });
      else if (meaning === 'sidestep') this.search.open({ ...node, logp: node.logp - sidestepCost });
      else if (meaning === 'progress') this.follow(task, node);
    }
    return complete;
  }

  /** Errors after each candidate: the unit alone first, all targets where that is clean. null where the check did not end. */
  private async errorsAfter(task: Task, batch: readonly Attempt[]): Promise<(readonly Diagnostic[] | null)[]> {
    const unit = unitFor(this.units, task.diagnostic);
    const states = batch.map(({ state }) => state);
    const first = await this.recorder.checks(states, unit);
    const elsewhere = unit === null ? [] : task.node.errors.filter((error) => !belongs(error, unit));
    const found = first.map(({ failure, errors }) =>
      failure !== null ? null : errors.length === 0 ? [] : [...errors, ...elsewhere],
    );
    if (unit === null) return found;
    // A clean unit says nothing of the other targets and of the packages that depend on it: ask cargo about all of them.
    const clean = [...found.keys()].filter((index) => found[index]?.length === 0);
    const all = await this.recorder.checks(
      clean.map((index) => states[index] as CrateState),
      null,
    );
    for (const [position, { failure, errors }] of all.entries()) {
      found[clean[position] as number] = failure === null ? [...errors] : null;
    }
    return found;
  }

  private follow(task: Task, node: SearchNode): void {
    task.progressed = true;
    const outside = [...outOfBounds(node.state, node.errors).keys()];
    this.search.open({ ...node, stuck: new Set([...node.stuck, ...outside]) });
    if (this.best === null || closer(node, this.best)) this.best = node;
  }

  private async prove(task: Task, ranked: Ranked, node: SearchNode, share: number): Promise<Finding> {
    task.progressed = true;
    const { recorder } = this;
    const { verdictsBefore } = this.sensed as Sensed;
    const evidence = await prove(node, { contract: this.options.contract, recorder, verdictsBefore, share });
    await recorder.readPages(node);
    const bundle = makeBundle(node, evidence, this.bundleContext());
    const finding = { node, evidence, bundle };
    this.findings.push(finding);
    const last = this.tried.findLastIndex((entry) => entry.candidate === ranked.candidate.id);
    const verdict = evidence.status === 'partial' ? 'tests-failed' : 'accepted';
    if (last >= 0) this.tried[last] = { ...(this.tried[last] as Tried), verdict, detail: evidence.reason };
    if (evidence.status !== 'partial') this.heldAt ??= this.candidates;
    const lessons = evidence.status === 'partial' ? this.failed : this.worked;
    for (const { diagnostic, candidate } of node.steps) lessons.push(lesson(diagnostic, candidate, evidence.reason));
    return finding;
  }

  private async rollback(): Promise<Move<'Rollback'>> {
    this.task = null;
    return { trigger: 'restored', why: `${this.search.size} root cause(s) open over all states` };
  }

  private async reflect(): Promise<Move<'Reflect'>> {
    const { recorder, best, budget, candidates, probes } = this;
    if (this.findings.length === 0 && best !== null) await recorder.readPages(best);
    this.result = makeResult(this.findings, {
      sensed: this.sensed as Sensed,
      best,
      context: this.bundleContext(),
      skeletons: [...new Map(this.skeletons.map((one) => [`${one.file}:${one.line} ${one.text}`, one])).values()],
      budget,
      counts: { cargoRuns: recorder.cargoRuns, candidates, probes },
    });
    await recorder.emit({ v: 1, type: 'reflection', worked: this.worked, failed: this.failed });
    return { trigger: 'noted', why: this.result.reason };
  }

  private async remember(): Promise<Move<'Remember'>> {
    const result = this.result as EpisodeResult;
    if (result.bundle !== null) await this.recorder.emit({ v: 1, type: 'bundle', bundle: result.bundle });
    await this.options.remember(result, { worked: this.worked, failed: this.failed });
    return { trigger: 'stored', why: result.bundle === null ? 'nothing to keep' : `bundle ${result.bundle.id}` };
  }

  private get units(): Sensed['units'] {
    return this.sensed?.units ?? [];
  }

  private bundleContext(): BundleContext {
    const { base, testsBefore } = this.sensed as Sensed;
    const { contract, id } = this.options;
    const { pages } = this.recorder;
    return { episode: id, subject: this.world.subject, contract, base, testsBefore, tried: this.tried, pages };
  }

  private async verdict(
    task: Task,
    { ranked, state }: Attempt,
    index: number,
    verdict: Tried['verdict'],
    detail: string,
  ): Promise<void> {
    const { candidate, score } = ranked;
    const { candidates: of } = this.options.contract;
    await this.recorder.emit({
      v: 1,
      type: 'verdict',
      node: task.node.state.id,
      candidate: candidate.id,
      index,
      of,
      verdict,
      detail,
    });
    this.tried.push({
      candidate: candidate.id,
      proposer: candidate.proposer,
      title: candidate.title,
      score,
      verdict,
      ...(detail === '' ? {} : { detail }),
      ...(verdict === 'compiles' ? { diff: candidateDiff(task.node.state, state) } : {}),
    });
    if (verdict !== 'compiles' && verdict !== 'progress') this.failed.push(lesson(task.diagnostic, candidate, detail));
  }
}

function nameOf(diagnostic: Diagnostic): string {
  return diagnostic.code === null ? diagnostic.message : `${diagnostic.code}: ${diagnostic.message}`;
}

function lesson(diagnostic: Diagnostic, candidate: Ranked['candidate'], why: string): Lesson {
  return {
    diagnostic: diagnostic.id,
    code: diagnostic.code,
    proposer: candidate.proposer,
    candidate: candidate.id,
    why,
  };
}
