// Trials of candidates: a batch is checked, each verdict is logged and remembered, and what is a step forward is told from
// what holds and what fails. Which candidates are tried when is episode.ts's and search.ts's choice.
import type { Diagnostic, Lesson, Tried } from '../schemas/types.ts';
import type { Contract } from './contract.ts';
import { deedOf } from './habits.ts';
import type { Proposals } from './proposals.ts';
import { candidateDiff } from './propose.ts';
import { belongs, type ErrorsAfter, type Recorder, unitFor } from './recorder.ts';
import { type Contestant, rivalryOf } from './rivals.ts';
import {
  child,
  type Outcome,
  outcome,
  type Ranked,
  roots,
  type Search,
  type SearchNode,
  sidestepCost,
  type Task,
} from './search.ts';
import { spare } from './spare.ts';
import type { CrateState } from './state.ts';
import type { UnitId } from './world.ts';

/** A candidate of a batch with the state it makes. */
export interface Attempt {
  readonly ranked: Ranked;
  readonly state: CrateState;
}

/** One that compiles. */
export interface Held extends Attempt {
  readonly node: SearchNode;
}

export interface Judgement {
  /** Those that compile, best first. */
  readonly held: Held[];
  /** All others. */
  readonly failed: Ranked[];
  /** The states of those others that are a step forward. */
  readonly forward: readonly SearchNode[];
}

/** Log-odds that a warning beside a repair takes from it, among those that compile; two of them at most count. */
export const warningCost = 1;

export class Trials {
  readonly tried: Tried[] = [];
  readonly failed: Lesson[] = [];
  /** Candidates whose check was paid for. */
  count = 0;
  units: readonly UnitId[] = [];
  private readonly recorder: Recorder;
  private readonly proposals: Proposals;
  private readonly search: Search;
  private readonly contract: Contract;

  constructor(recorder: Recorder, proposals: Proposals, search: Search, contract: Contract) {
    this.recorder = recorder;
    this.proposals = proposals;
    this.search = search;
    this.contract = contract;
  }

  /** Checks a batch. */
  async judge(task: Task, batch: readonly Attempt[]): Promise<Judgement> {
    this.count += batch.length;
    const checks = await this.errorsAfter(task, batch, true);
    const meanings = batch.map(({ ranked }, index): Outcome | 'timeout' => {
      const errors = checks[index] ?? null;
      return errors === null ? 'timeout' : outcome(task.node.errors, task.diagnostic, ranked.candidate, errors);
    });
    const better = batch.filter((_, index) => meanings[index] === 'compiles' || meanings[index] === 'progress');
    const others = batch.filter((attempt) => !better.includes(attempt)).map(({ ranked }) => ranked);
    const held: Held[] = [];
    const failed: Ranked[] = [];
    const forward: SearchNode[] = [];
    for (const [index, attempt] of batch.entries()) {
      const { ranked, state } = attempt;
      const errors = checks[index] ?? null;
      const meaning = meanings[index];
      const number = this.count - batch.length + index + 1;
      if (meaning !== 'compiles') failed.push(ranked);
      if (errors === null || meaning === undefined || meaning === 'timeout') {
        await this.verdict(task, attempt, number, 'timeout', 'the check did not end');
        continue;
      }
      const { candidate, score, features, reasons } = ranked;
      const rivalry = rivalryOf(contestant(attempt), better.map(contestant), others);
      const step = { candidate, diagnostic: task.diagnostic, score, features, reasons, rivalry };
      const made = child(task.node, [step], state, errors);
      const node = task.stage === 'blind' ? { ...made, guessed: true } : made;
      const detail = meaning === 'compiles' ? '' : nameOf(roots(errors)[0] as Diagnostic);
      await this.verdict(task, attempt, number, meaning === 'sidestep' ? 'progress' : meaning, detail);
      if (meaning === 'compiles') held.push({ ...attempt, node });
      else if (meaning === 'sidestep') this.search.open({ ...node, logp: node.logp - sidestepCost });
      else if (meaning === 'progress') forward.push(node);
      else this.proposals.fail(task.node, task.diagnostic, candidate);
    }
    return { held, failed, forward };
  }

  /** Checks candidates of several root causes at once, and logs what came of each; null where the check did not end. */
  async checked(task: Task, batch: readonly Attempt[]): Promise<ErrorsAfter[]> {
    this.count += batch.length;
    const checks = await this.errorsAfter(task, batch, false);
    for (const [index, attempt] of batch.entries()) {
      const errors = checks[index] ?? null;
      const first = errors?.[0];
      const verdict = errors === null ? 'timeout' : first === undefined ? 'compiles' : 'progress';
      const number = this.count - batch.length + index + 1;
      await this.verdict(task, attempt, number, verdict, first === undefined ? '' : nameOf(first));
    }
    return checks;
  }

  /** The order among candidates that compile: the ranking's, less what the compiler warns of beside them. */
  inOrder(held: readonly Held[]): readonly Held[] {
    const standing = ({ ranked, state }: Held): number =>
      ranked.score - warningCost * Math.min(2, this.recorder.warned(state));
    return held.toSorted((a, b) => standing(b) - standing(a));
  }

  /** The state without the parts of its patch that it compiles without. */
  withoutSpares(task: Task, node: SearchNode): Promise<SearchNode> {
    const unit = unitFor(this.units, task.diagnostic);
    return spare(node, async (states) => {
      const all = await this.recorder.errorsAfter(states, { unit, elsewhere: [], lazily: false });
      return all.map((errors) => errors?.length === 0);
    });
  }

  /** Notes what the proof of a candidate said. */
  proved(candidate: string, holds: boolean, detail: string): void {
    const last = this.tried.findLastIndex((entry) => entry.candidate === candidate);
    const verdict = holds ? 'accepted' : 'tests-failed';
    if (last >= 0) this.tried[last] = { ...(this.tried[last] as Tried), verdict, detail };
  }

  private errorsAfter(task: Task, batch: readonly Attempt[], lazily: boolean): Promise<ErrorsAfter[]> {
    const unit = unitFor(this.units, task.diagnostic);
    const elsewhere = unit === null ? [] : task.node.errors.filter((error) => !belongs(error, unit));
    const likely = lazily && (batch[0]?.ranked.score ?? 0) > 0;
    return this.recorder.errorsAfter(
      batch.map(({ state }) => state),
      { unit, elsewhere, lazily, ...(likely ? { whole: 1 } : {}) },
    );
  }

  private async verdict(
    task: Task,
    { ranked, state }: Attempt,
    index: number,
    verdict: Tried['verdict'],
    detail: string,
  ): Promise<void> {
    const { candidate, score } = ranked;
    this.recorder.emit({
      v: 1,
      type: 'verdict',
      node: task.node.state.id,
      candidate: candidate.id,
      index,
      of: this.contract.candidates,
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

export function contestant({ ranked: { score, features }, state }: Attempt): Contestant {
  return { score, features, state };
}

export function nameOf(diagnostic: Diagnostic): string {
  return diagnostic.code === null ? diagnostic.message : `${diagnostic.code}: ${diagnostic.message}`;
}

export function lesson(diagnostic: Diagnostic, candidate: Ranked['candidate'], why: string): Lesson {
  return {
    diagnostic: diagnostic.id,
    code: diagnostic.code,
    proposer: candidate.proposer,
    candidate: deedOf(diagnostic, candidate),
    why,
  };
}
