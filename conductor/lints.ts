// An episode over what the compiler warns of (`rusta fix --lints`): the machine and the proof of any episode, and a search
// of its own, since warnings are many, independent, and either safe to repair or not. Repairs of errors are episode.ts's.
//
// Safe is what the compiler, or clippy where it is installed, calls machine-applicable: a suggestion that keeps the
// meaning. All of them are tried at once; what breaks the build or a test is found by halving, and left as it is.
import { shortHash } from '../schemas/hash.ts';
import type { Diagnostic, EpisodeEvent, PatchBundle, State, Tried } from '../schemas/types.ts';
import { primarySpan } from '../tools/cargo/diagnostics.ts';
import { loadGrammar } from '../tools/index/source.ts';
import { countOf, makeBundle } from './bundle.ts';
import type { EpisodeOptions } from './episode.ts';
import { next, type Trigger } from './machine.ts';
import { candidateDiff } from './propose.ts';
import { type Evidence, prove, testCount, testKey } from './prove.ts';
import { type Journal, Recorder } from './recorder.ts';
import type { EpisodeResult, OpenLint } from './result.ts';
import { deed, meet, outOfBounds, type Repair, safeRepair, tooLarge } from './safe-repairs.ts';
import type { Step } from './search.ts';
import { type Sensed, sense } from './sense.ts';
import { CrateState } from './state.ts';
import type { Candidate } from './types.ts';
import type { CheckData, World } from './world.ts';

interface Move<S extends State> {
  readonly trigger: Trigger<S>;
  readonly why: string;
}

/** The compiler's word that the meaning stays, the build and the tests after it: what is left is its mistakes. */
const confidenceOfSafe = 0.95;

export class LintEpisode {
  private readonly recorder: Recorder;
  private readonly options: EpisodeOptions;
  private readonly tried: Tried[] = [];
  /** Why a warning that has a safe suggestion stays, by what the suggestion does. */
  private readonly refused = new Map<string, string>();
  private sensed: Sensed | null = null;
  /** Warnings of the crate as it is. */
  private first: readonly Diagnostic[] = [];
  private state: CrateState;
  private steps: readonly Step[] = [];
  /** Warnings of `state`. */
  private lints: readonly Diagnostic[] = [];
  /** How many repairs are tried at once: halved by what does not hold, doubled by what does. */
  private atOnce = Number.POSITIVE_INFINITY;
  private set: readonly Repair[] = [];
  private readonly reached = new Set<string>();
  private candidates = 0;
  /** Tests are run for each set: together the repairs failed some. */
  private testing = false;
  private evidence: Evidence | null = null;
  private bundle: PatchBundle | null = null;
  private budget: EpisodeResult['budget'] = null;
  private settled: Pick<EpisodeResult, 'status' | 'reason'> | null = null;

  constructor(world: World, journal: Journal, options: EpisodeOptions) {
    this.recorder = new Recorder(world, journal);
    this.options = options;
    this.state = new CrateState(world.subject.snapshot);
  }

  async run(): Promise<EpisodeResult> {
    const { contract, id, rusta } = this.options;
    const { root, crate, toolchain, facts } = this.recorder.world.subject;
    this.recorder.emit(
      { v: 1, type: 'start', episode: id, root, crate, toolchain, rusta, options: { ...contract }, subject: facts },
      ...(await this.options.prepare()),
    );
    const steps: { readonly [S in Exclude<State, 'End'>]: () => Promise<Move<S>> } = {
      Sense: () => this.sense(),
      Plan: () => this.plan(),
      Probe: async () => ({ trigger: 'answered', why: 'nothing to ask' }),
      Propose: () => this.propose(),
      Validate: () => this.validate(),
      Rollback: async () => ({ trigger: 'restored', why: `${warnings(this.lints.length)} in this state` }),
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
    const result = this.result();
    this.recorder.emit({ v: 1, type: 'end', status: result.status, reason: result.reason });
    await this.recorder.flushed();
    return result;
  }

  private async sense(): Promise<Move<'Sense'>> {
    const { recorder } = this;
    const { facts } = recorder.world.subject;
    this.sensed = await sense(recorder);
    const { settled, base } = this.sensed;
    if (settled?.status !== 'clean') {
      const errors = `${countOf(base)} error(s): warnings are looked at where a crate compiles`;
      return this.settle(base === null && settled !== null ? settled : { status: 'unfixed', reason: errors });
    }
    await loadGrammar();
    const found = await this.check(this.state);
    if (found.failure !== null) {
      const { message, hint } = found.failure;
      return this.settle({ status: 'refused', reason: hint === '' ? message : `${message}; ${hint}` });
    }
    this.lints = found.lints ?? [];
    this.first = this.lints;
    recorder.emit({
      v: 1,
      type: 'sense',
      files: {},
      errors: [],
      warnings: this.first.length,
      lints: [...this.lints],
    });
    const repairs = this.repairs();
    if (repairs.length === 0)
      return this.settle({ status: 'clean', reason: `it compiles, and ${nothingSafe(this.first.length)}` });
    if (facts.check_only)
      return this.settle({
        status: 'unfixed',
        reason: `${repairs.length} of ${warnings(this.first.length)} to repair`,
      });
    if (facts.has_tests) await this.testFirst();
    return {
      trigger: 'errors',
      why: `${warnings(this.first.length)}, ${repairs.length} of them with a safe suggestion`,
    };
  }

  private settle(settled: Pick<EpisodeResult, 'status' | 'reason'>): Move<'Sense'> {
    this.settled = settled;
    return { trigger: 'settled', why: settled.reason };
  }

  private async testFirst(): Promise<void> {
    const [report] = await this.recorder.tests([this.state]);
    if (report === undefined || report.outcomes.length === 0) return;
    this.sensed = {
      ...(this.sensed as Sensed),
      testsBefore: testCount(report.outcomes),
      verdictsBefore: new Map(report.outcomes.map((test) => [testKey(test), test.verdict])),
    };
  }

  private async plan(): Promise<Move<'Plan'>> {
    const { contract } = this.options;
    const { world } = this.recorder;
    if (this.evidence !== null) return { trigger: 'exhausted', why: 'what is safe is done' };
    const interrupted = world.interrupted();
    const elapsed = world.elapsed();
    const spent = interrupted
      ? (['interrupted', 0, 0] as const)
      : elapsed >= contract.timeMs
        ? (['time', elapsed, contract.timeMs] as const)
        : this.candidates >= contract.candidates
          ? (['candidates', this.candidates, contract.candidates] as const)
          : null;
    this.set = spent === null ? this.repairs().slice(0, this.atOnce) : [];
    if (spent !== null) {
      const [budget, used, limit] = spent;
      this.budget = budget;
      this.recorder.emit({ v: 1, type: 'budget', budget, used: Math.round(used), limit });
    }
    if (this.set.length === 0 && (this.steps.length === 0 || interrupted))
      return { trigger: 'exhausted', why: 'no repair is left' };
    return { trigger: 'ready', why: this.set.length === 0 ? 'the proof' : `${this.set.length} repair(s) at once` };
  }

  private async propose(): Promise<Move<'Propose'>> {
    const node = this.state.id;
    const events = this.set.map(({ diagnostic, candidate }): EpisodeEvent => {
      const record = { ...candidate, edits: candidate.edits as Edits, flags: [...candidate.flags] };
      return { v: 1, type: 'proposal', node, diagnostic: diagnostic.id, proposer: 'lints', candidates: [record] };
    });
    this.recorder.emit(...events);
    return { trigger: 'ranked', why: `${this.set.length} candidate(s)` };
  }

  private async validate(): Promise<Move<'Validate'>> {
    const { set, state } = this;
    if (set.length === 0) return this.proveAll();
    const after = state.edited(set.flatMap(({ candidate }) => candidate.edits));
    const steps = [...this.steps, ...set.map(stepOf)];
    const { broken, lints } = await this.judge(after, steps);
    this.candidates += 1;
    await this.tell(set, after, broken);
    if (broken === null) {
      this.reached.add(state.id);
      this.state = after;
      this.steps = steps;
      this.lints = lints;
      this.atOnce *= 2;
    } else {
      for (const repair of set.length === 1 ? set : []) this.refused.set(deed(repair, state), broken);
      this.atOnce = Math.max(1, Math.ceil(set.length / 2));
    }
    if (this.repairs().length === 0 && this.steps.length > 0) return this.proveAll();
    return { trigger: 'fails', why: broken ?? `${set.length} repair(s) hold` };
  }

  /** Why a state is no step forward; null where it is one, with the warnings that it has. */
  private async judge(
    after: CrateState,
    steps: readonly Step[],
  ): Promise<{ readonly broken: string | null; readonly lints: readonly Diagnostic[] }> {
    const large = tooLarge(after, this.options.contract);
    if (large !== null) return { broken: large, lints: [] };
    if (this.reached.has(after.id)) return { broken: 'it leads back to where it came from', lints: [] };
    const { failure, errors, lints = [] } = await this.check(after);
    const [first] = errors;
    if (failure !== null || first !== undefined) return { broken: first?.message ?? failure?.message ?? '', lints: [] };
    if (!this.testing) return { broken: null, lints };
    const { status, reason } = await this.prove(after, steps);
    return { broken: status === 'partial' ? reason : null, lints };
  }

  private async check(state: CrateState): Promise<CheckData> {
    const action = { v: 1, tool: 'cargo_check', args: { state: state.id, scope: 'lints' } } as const;
    const [answer] = await this.recorder.perform([{ state, action }]);
    return answer?.data as unknown as CheckData;
  }

  private prove(state: CrateState, steps: readonly Step[]): Promise<Evidence> {
    const { contract } = this.options;
    const { verdictsBefore } = this.sensed as Sensed;
    return prove({ state, steps }, { contract, recorder: this.recorder, verdictsBefore });
  }

  private async proveAll(): Promise<Move<'Validate'>> {
    const { state, steps } = this;
    const evidence = await this.prove(state, steps);
    if (evidence.status === 'partial' && !this.testing && steps.length > 1 && this.budget === null) {
      // One of them changes what the crate does, whatever the compiler says: once more, with the tests after each set.
      this.testing = true;
      this.atOnce = Math.ceil(steps.length / 2);
      this.state = new CrateState(state.snapshot);
      this.lints = this.first;
      this.steps = [];
      this.reached.clear();
      return { trigger: 'fails', why: evidence.reason };
    }
    this.evidence = evidence;
    return evidence.status === 'partial'
      ? { trigger: 'fails', why: evidence.reason }
      : { trigger: 'holds', why: evidence.reason };
  }

  private async tell(set: readonly Repair[], after: CrateState, broken: string | null): Promise<void> {
    const [first] = set as [Repair];
    const title = set.length === 1 ? first.candidate.title : `${set.length} safe suggestions at once`;
    const candidate = set.length === 1 ? first.candidate.id : shortHash(...set.map((one) => one.candidate.id));
    const verdict = broken === null ? 'accepted' : 'worse';
    const [node, index, of, detail] = [this.state.id, this.candidates, this.options.contract.candidates, broken ?? ''];
    this.recorder.emit({ v: 1, type: 'verdict', node, candidate, index, of, verdict, detail });
    const diff = broken === null ? { diff: candidateDiff(this.state, after) } : {};
    this.tried.push({ candidate, proposer: 'lints', title, score: 0, verdict, ...(detail && { detail }), ...diff });
  }

  /** What can be done about the warnings of this state, at once: no two of them meet. */
  private repairs(): readonly Repair[] {
    const { state } = this;
    const taken: Repair[] = [];
    for (const diagnostic of this.lints) {
      const candidate = safeRepair(diagnostic);
      if (candidate === null) continue;
      const repair = { diagnostic, candidate };
      const key = deed(repair, state);
      if (this.refused.has(key) || taken.some((other) => meet(other.candidate, candidate))) continue;
      const why = outOfBounds(state, candidate);
      if (why === null) taken.push(repair);
      else this.refused.set(key, why);
    }
    return taken;
  }

  private async reflect(): Promise<Move<'Reflect'>> {
    const { evidence, sensed, state, steps } = this;
    if (evidence !== null && steps.length > 0) {
      const { contract, id } = this.options;
      const { testsBefore } = sensed as Sensed;
      const { subject } = this.recorder.world;
      this.bundle = makeBundle({ state, errors: [], steps }, evidence, {
        episode: id,
        subject,
        contract,
        base: null,
        testsBefore,
        tried: this.tried,
        pages: new Map(),
        confidence: { value: confidenceOfSafe, features: { machine: 1 } },
      });
    }
    this.recorder.emit({ v: 1, type: 'reflection', worked: [], failed: [] });
    return { trigger: 'noted', why: this.result().reason };
  }

  private async remember(): Promise<Move<'Remember'>> {
    const { bundle } = this;
    if (bundle !== null) this.recorder.emit({ v: 1, type: 'bundle', bundle });
    await this.options.remember(this.result(), { worked: [], failed: [] });
    return { trigger: 'stored', why: bundle === null ? 'nothing to keep' : `bundle ${bundle.id}` };
  }

  private result(): EpisodeResult {
    const { bundle, evidence, recorder, sensed, settled, budget, candidates } = this;
    const { testsBefore = null, failingTests = [], base = null } = sensed ?? {};
    const errors = countOf(base);
    const left = this.lints.map((lint) => this.open(lint));
    const repaired = `${warnings(this.steps.length)} repaired`;
    const nothing = budget === null ? 'no safe suggestion holds' : `the ${budget} budget ended the search`;
    return {
      episode: this.options.id,
      status: settled?.status ?? bundle?.status ?? 'unfixed',
      reason: settled?.reason ?? (evidence === null ? nothing : `${repaired}; ${evidence.reason}`),
      bundle,
      alternatives: [],
      errorsBefore: errors,
      errorsAfter: errors,
      testsBefore,
      testsAfter: evidence?.tests ?? testsBefore,
      cargoRuns: recorder.cargoRuns,
      candidates,
      probes: 0,
      elapsedMs: 0,
      budget,
      failingTests,
      skeletons: [],
      lints: { before: this.first.length, left },
    };
  }

  /** A warning that stays, and why where it has a safe suggestion. */
  private open(diagnostic: Diagnostic): OpenLint {
    const candidate = safeRepair(diagnostic);
    const why = candidate === null ? undefined : this.refused.get(deed({ diagnostic, candidate }, this.state));
    const { file = '', line = 0 } = primarySpan(diagnostic) ?? {};
    const { code, message } = diagnostic;
    return { file, line, code, message, ...(why === undefined ? {} : { why }) };
  }
}

type Edits = Candidate['edits'] & [Candidate['edits'][number], ...Candidate['edits']];

/** Of the compiler's own safe suggestions there is one for a warning. */
const alone: Step['rivalry'] = { share: 1, beaten: 0 };

function stepOf({ diagnostic, candidate }: Repair): Step {
  return { candidate, diagnostic, score: 0, features: { machine_applicable: 1 }, reasons: [], rivalry: alone };
}

function warnings(count: number): string {
  return count === 1 ? '1 warning' : `${count} warnings`;
}

function nothingSafe(count: number): string {
  if (count === 0) return 'nothing is warned of';
  return count === 1 ? 'its one warning has no safe suggestion' : `none of its ${count} warnings has a safe suggestion`;
}
