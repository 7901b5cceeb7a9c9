// Best-first search over partial repairs, as pure data: which state to work on next, what a check's answer means for it.
// Nothing here runs anything; the same answers in the same order lead to the same patch.
import type { Diagnostic } from '../schemas/types.ts';
import { type Phase, phaseOf, phases } from '../tools/cargo/causes.ts';
import type { Rivalry } from './rivals.ts';
import type { CrateState } from './state.ts';
import type { Candidate, CandidateFlag } from './types.ts';

/** One accepted repair on the way to a state. */
export interface Step {
  readonly candidate: Candidate;
  readonly diagnostic: Diagnostic;
  /** The policy's log-odds, and what they were computed from. */
  readonly score: number;
  readonly features: Readonly<Record<string, number>>;
  /** What the guard found in it: one line for each flag. */
  readonly reasons: readonly string[];
  /** How it stands among the candidates that were checked for the same error. */
  readonly rivalry: Rivalry;
}

export interface SearchNode {
  readonly state: CrateState;
  /** Errors of this state, roots before followers. */
  readonly errors: readonly Diagnostic[];
  /** Errors beyond these, where the first check found more than it lists. */
  readonly hidden?: number;
  readonly steps: readonly Step[];
  /** Sum of the steps' log-probabilities. */
  readonly logp: number;
  /** Ids of root causes that nothing helped here or in a state before, blind edits aside. */
  readonly stuck: ReadonlySet<string>;
  /** Ids of those that blind edits did not help either. */
  readonly hopeless: ReadonlySet<string>;
  /** Ids of those whose best candidates were tried together, here or in a state before. */
  readonly joined: ReadonlySet<string>;
  /** Whether one of the steps is a blind edit: of two in a row hardly any is right. */
  readonly guessed: boolean;
}

export interface Ranked {
  readonly candidate: Candidate;
  readonly score: number;
  readonly features: Readonly<Record<string, number>>;
  readonly flags: readonly CandidateFlag[];
  readonly reasons: readonly string[];
  /** Whether the guard has seen it: its flags and score are final, and it may be checked. */
  readonly looked: boolean;
  /** How often it failed on the same error in another state. */
  readonly failed: number;
}

/** `together`: the best candidates of several root causes at once; `blind`: small edits that no class of mistakes names. */
export type Stage = 'together' | 'classes' | 'blind';

/** One root cause of one state, and what can still be tried on it. */
export interface Task {
  readonly node: SearchNode;
  readonly diagnostic: Diagnostic;
  readonly stage: Stage;
  /** null until somebody proposed. */
  ranked: readonly Ranked[] | null;
  /** Index of the next candidate to try. */
  next: number;
  /** True once a candidate led to a better state. */
  progressed: boolean;
}

/** `sidestep`: as many errors as before, another one where the edit was made; it may be half of a repair. */
export type Outcome = 'compiles' | 'progress' | 'sidestep' | 'no-progress' | 'worse';

/**
 * Weights of the order in which states are looked at, in nats beside the candidates' log-probabilities. An error of an
 * early phase hides all later ones, so leaving a phase is worth several roots. Chosen on the development cases.
 */
const phaseCost: Readonly<Record<Phase, number>> = { parse: 9, resolve: 5, type: 2.5, borrow: 1 };
const rootCost = 0.8;
/** A root of a later phase: which of them show at all depends on what the earlier phase let through. */
const laterRootCost = 0.15;
const mostRootsCounted = 8;
/** Log-odds of a candidate of each stage, before anybody proposed. */
const scoreOfStage: Readonly<Record<Stage, number>> = { together: 2, classes: 2, blind: -4 };
/** What each failure on the same error in another state takes from a candidate's log-odds: states seldom differ there. */
const failedBefore = 2;
/** What a sidestep costs, in nats: most of them lead nowhere. */
export const sidestepCost = 2;
/** A state may have this many more roots than the one before and still be followed: a changed declaration breaks its uses. */
const toleratedGrowth = 4;

export class Search {
  private readonly tasks: Task[] = [];
  private readonly seen = new Set<string>();

  /** Enters a state; false when its texts were reached before, or nothing in it can be worked on. */
  add(node: SearchNode): boolean {
    if (this.seen.has(node.state.id)) return false;
    this.seen.add(node.state.id);
    return this.open(node);
  }

  /** Marks texts as reached, so that no other way to them is checked again. False when they were already. */
  visit(state: CrateState): boolean {
    if (this.seen.has(state.id)) return false;
    this.seen.add(state.id);
    return true;
  }

  /**
   * Opens the next task of a state: several root causes together, then the first one that is not stuck, then blind edits on
   * what is. False when nothing in it is left to be worked on.
   */
  open(node: SearchNode): boolean {
    const all = roots(node.errors);
    const able = all.filter((error) => !node.stuck.has(error.id));
    const fresh = unjoined(node);
    if (fresh.length > 1) return this.push(node, fresh[0] as Diagnostic, 'together');
    const [first] = able;
    if (first !== undefined) return this.push(node, first, 'classes');
    if (node.guessed) return false;
    const blind = all.find((error) => !node.hopeless.has(error.id));
    return blind !== undefined && this.push(node, blind, 'blind');
  }

  private push(node: SearchNode, diagnostic: Diagnostic, stage: Stage): true {
    this.tasks.push({ node, diagnostic, stage, ranked: null, next: 0, progressed: false });
    return true;
  }

  /** The most promising task; the earlier one on a tie. */
  best(): Task | null {
    let found: Task | null = null;
    let value = Number.NEGATIVE_INFINITY;
    for (const task of this.tasks) {
      const own = priority(task);
      if (own > value) {
        found = task;
        value = own;
      }
    }
    return found;
  }

  /** The next `count` candidates of a task whose texts are new, as far as the guard has seen them. */
  take(task: Task, count: number): { readonly ranked: Ranked; readonly state: CrateState }[] {
    const taken: { ranked: Ranked; state: CrateState }[] = [];
    const list = task.ranked ?? [];
    while (taken.length < count && task.next < list.length) {
      const ranked = list[task.next] as Ranked;
      if (!ranked.looked) break;
      task.next += 1;
      const state = task.node.state.edited(ranked.candidate.edits);
      if (this.visit(state)) taken.push({ ranked, state });
    }
    return taken;
  }

  /** Closes a task that has no candidate left, and opens what comes after it. */
  settle(task: Task): void {
    if (task.ranked === null || task.next < task.ranked.length) return;
    this.tasks.splice(this.tasks.indexOf(task), 1);
    const { node, diagnostic, stage, progressed } = task;
    const and = (ids: ReadonlySet<string>): ReadonlySet<string> => new Set([...ids, diagnostic.id]);
    if (stage === 'blind') {
      if (!progressed) this.open({ ...node, hopeless: and(node.hopeless) });
    } else if (!progressed) this.open({ ...node, stuck: and(node.stuck) });
    else if (!node.guessed) this.push(node, diagnostic, 'blind');
  }

  /** Closes the task of root causes that were tried together; each is worked on alone next. */
  parted(task: Task, tried: readonly Diagnostic[]): void {
    this.tasks.splice(this.tasks.indexOf(task), 1);
    this.open({ ...task.node, joined: joinedWith(task.node, tried) });
  }

  get size(): number {
    return this.tasks.length;
  }
}

export function roots(errors: readonly Diagnostic[]): readonly Diagnostic[] {
  const found = errors.filter((error) => error.root === null);
  return found.length > 0 ? found : errors;
}

/**
 * Root causes that may be solved together and were not yet. Where the text does not parse, those are the places where it does
 * not: what else is said may come of it.
 */
export function unjoined({ errors, stuck, joined }: SearchNode): readonly Diagnostic[] {
  const all = roots(errors);
  const unread = all.filter((error) => phaseOf(error) === 'parse');
  return (unread.length > 0 ? unread : all).filter((error) => !stuck.has(error.id) && !joined.has(error.id));
}

export function joinedWith(node: SearchNode, tried: readonly Diagnostic[]): ReadonlySet<string> {
  return new Set([...node.joined, ...tried.map((error) => error.id)]);
}

/** A state with these errors, before any step. */
export function start(state: CrateState, errors: readonly Diagnostic[], stuck: ReadonlySet<string>): SearchNode {
  return { state, errors, steps: [], logp: 0, stuck, hopeless: stuck, joined: new Set(), guessed: false };
}

/** The state that follows from `parent` by one candidate, or by several at once. */
export function child(
  parent: SearchNode,
  steps: readonly Step[],
  state: CrateState,
  errors: readonly Diagnostic[],
): SearchNode {
  const logp = steps.reduce((sum, step) => sum + logSigmoid(step.score), parent.logp);
  return { ...parent, state, errors, steps: [...parent.steps, ...steps], logp };
}

/** The order in which candidates are tried. */
export function order(a: Ranked, b: Ranked): number {
  return standing(b) - standing(a) || (a.candidate.id < b.candidate.id ? -1 : 1);
}

function standing({ score, failed }: Ranked): number {
  return score - failedBefore * failed;
}

function priority(task: Task): number {
  const { node } = task;
  const next = task.ranked?.[task.next];
  const candidate = logSigmoid(next === undefined ? scoreOfStage[task.stage] : standing(next));
  const phase = earliest(node.errors);
  const all = roots(node.errors);
  const now = all.filter((error) => phaseOf(error) === phase).length;
  const cost =
    phaseCost[phase] +
    rootCost * Math.min(now, mostRootsCounted) +
    laterRootCost * Math.min(all.length - now, mostRootsCounted);
  return node.logp + candidate - cost - node.stuck.size;
}

/** log(1 / (1 + exp(-x))), without overflow. */
export function logSigmoid(x: number): number {
  return x >= 0 ? -Math.log1p(Math.exp(-x)) : x - Math.log1p(Math.exp(x));
}

function earliest(errors: readonly Diagnostic[]): Phase {
  let found = phases.length - 1;
  for (const error of errors) found = Math.min(found, phases.indexOf(phaseOf(error)));
  return phases[found] as Phase;
}

/** Whether `a` is nearer to compiling than `b`: a later phase, then fewer root causes. */
export function closer(a: SearchNode, b: SearchNode): boolean {
  const phase = (node: SearchNode): number => phases.indexOf(earliest(node.errors));
  return phase(a) > phase(b) || (phase(a) === phase(b) && roots(a.errors).length < roots(b.errors).length);
}

/** What the errors after a candidate mean, when it was meant to end `diagnostic`. */
export function outcome(
  before: readonly Diagnostic[],
  diagnostic: Diagnostic,
  candidate: Candidate,
  after: readonly Diagnostic[],
): Outcome {
  if (after.length === 0) return 'compiles';
  const first = (errors: readonly Diagnostic[]): number => phases.indexOf(earliest(errors));
  if (first(after) < first(before)) {
    // `.clone()` ends a borrow error and asks for a derive: the type error that shows now hides the borrow errors left.
    const half = earliest(after) === 'type' && roots(after).length <= roots(before).length;
    return half ? 'sidestep' : 'worse';
  }
  // Only errors up to the phase of the one that is repaired count: later ones come to light when it goes.
  const bound = phases.indexOf(phaseOf(diagnostic));
  const counted = (errors: readonly Diagnostic[]): readonly Diagnostic[] =>
    errors.filter((error) => phases.indexOf(phaseOf(error)) <= bound);
  const was = counted(roots(before)).length;
  const is = counted(roots(after)).length;
  const known = new Set(before.map((error) => error.id));
  const fresh = counted(after).filter((error) => !known.has(error.id));
  // Errors that read the same in several places: one of them less is a step, whichever of them is left.
  if (fresh.length === 0 && counted(after).length < counted(before).length) return 'progress';
  const gone = !after.some((error) => error.id === diagnostic.id);
  if (!gone) return is < was ? 'progress' : is > was ? 'worse' : 'no-progress';
  if (first(after) > first(before) || is < was) return 'progress';
  // As many as before, or a few more: it may be a step (a changed declaration, a parser that now reads on), unless the
  // new error stands where the edit was made.
  const there = fresh.filter((error) => touches(error, candidate));
  if (there.length > 0)
    return is <= was && there.every((error) => error.code !== diagnostic.code) ? 'sidestep' : 'no-progress';
  return is <= was + toleratedGrowth ? 'progress' : 'worse';
}

/** Whether an error's primary span meets one of the candidate's edits (in the text after; inserted text counts as one place). */
function touches(error: Diagnostic, candidate: Candidate): boolean {
  const shifts = new Map<string, number>();
  for (const edit of [...candidate.edits].sort((a, b) => a.start - b.start)) {
    const shift = shifts.get(edit.file) ?? 0;
    const start = edit.start + shift;
    const end = start + Buffer.byteLength(edit.text);
    shifts.set(edit.file, shift + end - start - (edit.end - edit.start));
    if (error.spans.some((span) => span.primary && span.file === edit.file && span.start <= end && span.end >= start))
      return true;
  }
  return false;
}
