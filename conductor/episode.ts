// One episode: the loop over the machine's states, and what each of them does. All that touches the outside goes through
// a `World`; every step is journalled before it takes effect. Setting both up is fix.ts's and replay.ts's work.
import type { Diagnostic, EpisodeEvent, Lesson, Observation, State } from '../schemas/types.ts';
import { type BundleContext, type Finding, makeBundle, makeResult } from './bundle.ts';
import type { Contract } from './contract.ts';
import { ranksTried, type Solved, solvedTogether, solveTogether } from './joint.ts';
import { next, type Trigger } from './machine.ts';
import { Proposals, type Question } from './proposals.ts';
import { patchTooLarge } from './propose.ts';
import { type Evidence, prove } from './prove.ts';
import { questionAction } from './questions.ts';
import { type Journal, Recorder, unitFor } from './recorder.ts';
import type { EpisodeResult } from './result.ts';
import { rivalryOf } from './rivals.ts';
import { child, closer, joinedWith, type Ranked, roots, Search, type SearchNode, type Task } from './search.ts';
import { outOfBounds, type Sensed, sense } from './sense.ts';
import { type Part, repairsIn } from './together.ts';
import { type Attempt, contestant, lesson, nameOf, Trials, warningCost } from './trials.ts';
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

type Budget = NonNullable<EpisodeResult['budget']>;

/** Candidates checked at once. Fixed, so that the number of workers changes the speed and not the patch. */
const firstChunk = 4;
const chunk = 8;
/**
 * Log-odds by which the first candidate leads when it is checked alone. What else compiles could not take its place then: warnings
 * take no more from it. The others cost a second worker, and a core that the first one's build has use for.
 */
const lead = 2 * warningCost;
/** After a patch that holds but can only be `unsure`, this many more candidates may look for a `fixed` one. */
const candidatesAfterUnsure = 24;
/**
 * Without a state nearer to compiling, this many more candidates are tried: of 325 cases of the tuning half that a run of an
 * earlier search repaired rightly, the slowest such run took at most 48 candidates in 96.9% and at most 64 in 98.8%.
 */
const candidatesWithoutProgress = 64;
/** Candidates of one batch that are put to the tests. */
const mostProofs = 3;
/** Checks that must be left for solving several root causes together: two rounds, and one without each repair. */
const leastForTogether = 16;

export class Episode {
  private readonly recorder: Recorder;
  private readonly options: EpisodeOptions;
  private readonly search = new Search();
  private readonly worked: Lesson[] = [];
  private readonly findings: Finding[] = [];
  private readonly proposals: Proposals;
  private readonly trials: Trials;
  private parts: readonly Part[] = [];
  private sensed: Sensed | null = null;
  /** The state nearest to compiling that was reached without a proof. */
  private best: SearchNode | null = null;
  private task: Task | null = null;
  private questions: readonly Question[] = [];
  private budget: Budget | null = null;
  /** How many candidates had been checked when a patch first held. */
  private heldAt: number | null = null;
  /** How many had been checked when a state nearer to compiling was last reached. */
  private nearerAt = 0;
  private probes = 0;
  private result: EpisodeResult | null = null;

  constructor(world: World, journal: Journal, options: EpisodeOptions) {
    this.recorder = new Recorder(world, journal);
    this.options = options;
    this.proposals = new Proposals(this.recorder, options.contract);
    this.trials = new Trials(this.recorder, this.proposals, this.search, options.contract);
  }

  async run(): Promise<EpisodeResult> {
    const { contract, id, rusta } = this.options;
    const { root, crate, toolchain, facts } = this.world.subject;
    this.recorder.emit(
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
      this.recorder.emit({ v: 1, type: 'state', from: state, to, why: move.why });
      state = to;
    }
    const result = this.result as EpisodeResult;
    this.recorder.emit({ v: 1, type: 'end', status: result.status, reason: result.reason });
    await this.recorder.flushed();
    return result;
  }

  private get world(): World {
    return this.recorder.world;
  }

  private async sense(): Promise<Move<'Sense'>> {
    this.sensed = await sense(this.recorder);
    const { base, settled, interrupted, notes } = this.sensed;
    this.trials.units = this.sensed.units;
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
    if (this.world.interrupted()) return this.spent('interrupted', this.trials.count, 0);
    const elapsed = this.world.elapsed();
    if (elapsed >= contract.timeMs) return this.spent('time', elapsed, contract.timeMs);
    if (this.trials.count >= contract.candidates)
      return this.spent('candidates', this.trials.count, contract.candidates);
    if (this.heldAt === null && this.trials.count - this.nearerAt >= candidatesWithoutProgress)
      return { trigger: 'exhausted', why: `${candidatesWithoutProgress} candidates brought it no nearer` };
    if (this.heldAt !== null && this.trials.count - this.heldAt >= candidatesAfterUnsure) {
      return { trigger: 'exhausted', why: 'a patch holds, and nothing surer was found' };
    }
    this.task = this.search.best();
    // No blind edit is surer than a patch that holds.
    if (this.heldAt !== null && this.task?.stage === 'blind') this.task = null;
    if (this.task === null) return { trigger: 'exhausted', why: 'no candidate is left' };
    const { task } = this;
    if (task.ranked === null) {
      this.questions = this.proposals.questions(task.node, this.about(task), contract.probes - this.probes);
      if (this.questions.length > 0)
        return { trigger: 'question', why: `${this.questions.length} question(s) on ${nameOf(task.diagnostic)}` };
    }
    return { trigger: 'ready', why: nameOf(task.diagnostic) };
  }

  private async spent(budget: Budget, used: number, limit: number): Promise<Move<'Plan'>> {
    this.budget = budget;
    this.recorder.emit({ v: 1, type: 'budget', budget, used: Math.round(used), limit });
    return {
      trigger: 'exhausted',
      why: budget === 'interrupted' ? 'stopped by the user' : `the ${budget} budget is spent`,
    };
  }

  /** The root causes that a task is about: several where they are solved together. */
  private about({ node, diagnostic, stage }: Task): readonly Diagnostic[] {
    return stage === 'together' ? solvedTogether(node, unitFor(this.units, diagnostic)) : [diagnostic];
  }

  private async probe(): Promise<Move<'Probe'>> {
    const { task, questions } = this;
    this.questions = [];
    if (task === null || questions.length === 0) return { trigger: 'answered', why: 'nothing to ask' };
    this.probes += questions.length;
    const { node } = task;
    const { state } = node;
    const answers = await this.recorder.perform(
      questions.map(({ diagnostic, request }): Call => {
        const unit = unitFor(this.units, diagnostic)?.id;
        return { state, action: questionAction(request, state.source(request.file), state.id, unit) };
      }),
    );
    for (const [index, { diagnostic }] of questions.entries()) {
      this.proposals.answered(node, diagnostic, answers[index] as Observation);
    }
    return {
      trigger: 'answered',
      why: `${answers.filter((answer) => answer.ok).length} of ${answers.length} answered`,
    };
  }

  private async propose(): Promise<Move<'Propose'>> {
    const task = this.task as Task;
    if (task.stage === 'together') return this.proposeTogether(task);
    task.ranked ??= await this.proposals.candidates(task.node, task.diagnostic, task.stage);
    task.ranked = await this.proposals.inspected(task.node, task.diagnostic, task.ranked, {
      from: task.next,
      count: chunk,
    });
    return { trigger: 'ranked', why: `${task.ranked.length - task.next} candidate(s)` };
  }

  private async proposeTogether(task: Task): Promise<Move<'Propose'>> {
    const parts: Part[] = [];
    task.ranked = [];
    for (const diagnostic of this.about(task)) {
      const all = await this.proposals.candidates(task.node, diagnostic, 'classes');
      const ranked = await this.proposals.inspected(task.node, diagnostic, all, { from: 0, count: ranksTried });
      parts.push({ diagnostic, ranked: ranked.slice(0, ranksTried).filter(({ looked }) => looked) });
    }
    this.parts = parts;
    const count = parts.reduce((sum, { ranked }) => sum + ranked.length, 0);
    return { trigger: 'ranked', why: `${count} candidate(s) for ${parts.length} root causes` };
  }

  private async validate(): Promise<Move<'Validate'>> {
    const task = this.task as Task;
    if (task.stage === 'together') return this.validateTogether(task);
    const left = this.options.contract.candidates - this.trials.count;
    const count = task.next > 0 ? chunk : leads(task.ranked ?? []) ? 1 : firstChunk;
    const batch = this.search.take(task, Math.min(left, count));
    const judged = await this.trials.judge(task, batch);
    for (const node of judged.forward) this.follow(task, node);
    let holds: Ranked | null = null;
    const [sound] = judged.held;
    for (const one of this.trials.inOrder(judged.held).slice(0, mostProofs)) {
      if (one !== sound && !(await this.recorder.compiles(one.state))) continue;
      const node = await this.trials.withoutSpares(task, one.node);
      const evidence = await this.evidence(node);
      // One that a test speaks against is no rival to the next.
      if (evidence.status === 'partial') judged.held.splice(judged.held.indexOf(one), 1);
      const rivalry = rivalryOf(contestant(one), judged.held.map(contestant), judged.failed);
      const steps = node.steps.map((step) => (step.candidate === one.ranked.candidate ? { ...step, rivalry } : step));
      const finding = await this.found(task, one.ranked.candidate.id, { ...node, steps }, evidence);
      if (evidence.status === 'fixed') holds = one.ranked;
      if (finding.bundle.status === 'fixed') break;
    }
    this.search.settle(task);
    if (holds !== null) return { trigger: 'holds', why: holds.candidate.title };
    return { trigger: 'fails', why: batch.length === 0 ? 'nothing to try here' : `none of ${batch.length} holds` };
  }

  /** Solves what can be solved of several root causes at once; what is left of them is worked on one by one. */
  private async validateTogether(task: Task): Promise<Move<'Validate'>> {
    const { parts } = this;
    const { contract } = this.options;
    const able = parts.filter(({ ranked }) => ranked.length > 0).length > 1;
    const room = contract.candidates - this.trials.count >= leastForTogether;
    const solved = able && room ? await this.solve(task, parts) : null;
    this.search.parted(
      task,
      parts.map(({ diagnostic }) => diagnostic),
    );
    if (solved === null || patchTooLarge(solved.state, contract) !== null)
      return { trigger: 'fails', why: 'no two of them are solved together' };
    const node: SearchNode = {
      ...child(task.node, solved.steps, solved.state, solved.errors),
      joined: joinedWith(
        task.node,
        parts.map(({ diagnostic }) => diagnostic),
      ),
    };
    if (solved.errors.length > 0) {
      if (closer(node, task.node)) this.follow(task, node);
      return { trigger: 'fails', why: `${solved.steps.length} repair(s) fit together, and do not do` };
    }
    const evidence = await this.evidence(node);
    await this.found(task, solved.candidate.id, node, evidence);
    if (evidence.status === 'fixed') return { trigger: 'holds', why: solved.candidate.title };
    return { trigger: 'fails', why: evidence.reason };
  }

  private solve(task: Task, parts: readonly Part[]): Promise<Solved | null> {
    const { node } = task;
    return solveTogether(
      node,
      parts,
      async (joints) => {
        const candidates = joints.map(({ candidate }) => candidate);
        this.recorder.emit({
          v: 1,
          type: 'proposal',
          node: node.state.id,
          diagnostic: task.diagnostic.id,
          proposer: 'together',
          candidates,
        });
        const batch = joints.map(({ candidate, state, joint }): Attempt => {
          // What one repair leads to alone is still to be judged as such.
          if (repairsIn(joint).length > 1) this.search.visit(state);
          const { flags } = candidate;
          return { ranked: { candidate, flags, score: 0, features: {}, reasons: [], looked: true, failed: 0 }, state };
        });
        const checks = await this.trials.checked(task, batch);
        return checks;
      },
      (part, { candidate }) => this.proposals.fail(node, part.diagnostic, candidate),
    );
  }

  private follow(task: Task, node: SearchNode): void {
    task.progressed = true;
    const outside = [...outOfBounds(node.state, node.errors).keys()];
    this.search.open({ ...node, stuck: new Set([...node.stuck, ...outside]) });
    if (this.best !== null && !closer(node, this.best)) return;
    this.best = node;
    this.nearerAt = this.trials.count;
  }

  private evidence(node: SearchNode): Promise<Evidence> {
    const { recorder } = this;
    const { verdictsBefore } = this.sensed as Sensed;
    return prove(node, { contract: this.options.contract, recorder, verdictsBefore });
  }

  /** Keeps a patch that was put to proof. */
  private async found(task: Task, candidate: string, node: SearchNode, evidence: Evidence): Promise<Finding> {
    task.progressed = true;
    const { recorder } = this;
    await recorder.readPages(node);
    const bundle = makeBundle(node, evidence, { ...this.bundleContext(), warned: recorder.warned(node.state) });
    const finding = { node, evidence, bundle };
    this.findings.push(finding);
    this.trials.proved(candidate, evidence.status !== 'partial', evidence.reason);
    if (evidence.status !== 'partial') this.heldAt ??= this.trials.count;
    const lessons = evidence.status === 'partial' ? this.trials.failed : this.worked;
    for (const step of node.steps) lessons.push(lesson(step.diagnostic, step.candidate, evidence.reason));
    return finding;
  }

  private async rollback(): Promise<Move<'Rollback'>> {
    this.task = null;
    return { trigger: 'restored', why: `${this.search.size} root cause(s) open over all states` };
  }

  private async reflect(): Promise<Move<'Reflect'>> {
    const { recorder, best, budget, probes } = this;
    if (this.findings.length === 0 && best !== null) await recorder.readPages(best);
    this.result = makeResult(this.findings, {
      sensed: this.sensed as Sensed,
      best,
      context: this.bundleContext(),
      skeletons: [
        ...new Map(this.proposals.skeletons.map((one) => [`${one.file}:${one.line} ${one.text}`, one])).values(),
      ],
      budget,
      counts: { cargoRuns: recorder.cargoRuns, candidates: this.trials.count, probes },
    });
    recorder.emit({ v: 1, type: 'reflection', worked: this.worked, failed: this.trials.failed });
    return { trigger: 'noted', why: this.result.reason };
  }

  private async remember(): Promise<Move<'Remember'>> {
    const result = this.result as EpisodeResult;
    if (result.bundle !== null) this.recorder.emit({ v: 1, type: 'bundle', bundle: result.bundle });
    await this.options.remember(result, { worked: this.worked, failed: this.trials.failed });
    return { trigger: 'stored', why: result.bundle === null ? 'nothing to keep' : `bundle ${result.bundle.id}` };
  }

  private get units(): Sensed['units'] {
    return this.sensed?.units ?? [];
  }

  private bundleContext(): BundleContext {
    const { base, testsBefore } = this.sensed as Sensed;
    const { contract, id } = this.options;
    const { pages } = this.recorder;
    return {
      episode: id,
      subject: this.world.subject,
      contract,
      base,
      testsBefore,
      tried: [...this.trials.tried, ...this.proposals.refused],
      pages,
    };
  }
}

/** Whether the best of several candidates is likely, and far likelier than the next. */
function leads([first, second]: readonly Ranked[]): boolean {
  return first !== undefined && first.score > 0 && (second === undefined || first.score - second.score >= lead);
}
