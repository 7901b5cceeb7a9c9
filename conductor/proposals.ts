// What an episode knows of the root causes of its states: answers to questions, candidates, and which of them failed
// elsewhere. Where candidates come from is propose.ts's work, checking them episode.ts's.
import { shortHash } from '../schemas/hash.ts';
import type { Diagnostic, Observation, Tried } from '../schemas/types.ts';
import type { Contract } from './contract.ts';
import { type About, type Looked, look, probesFor, propose, proposeInput } from './propose.ts';
import type { Recorder } from './recorder.ts';
import { order, type Ranked, type SearchNode } from './search.ts';
import type { Candidate, ProbeRequest } from './types.ts';

/** Questions for one root cause. */
const probesPerTask = 4;

/** A question and the root cause it is asked for. */
export interface Question {
  readonly diagnostic: Diagnostic;
  readonly request: ProbeRequest;
}

export class Proposals {
  /** What was turned down before anything ran. */
  readonly refused: Tried[] = [];
  readonly skeletons: Looked['skeletons'][number][] = [];
  private readonly recorder: Recorder;
  private readonly contract: Contract;
  /** By state and diagnostic, as are the candidates. */
  private readonly answers = new Map<string, readonly Observation[]>();
  /** Those of the classes: a root cause is worked on with others and then alone. */
  private readonly known = new Map<string, readonly Ranked[]>();
  /** How often what a candidate does failed on an error, over all states. */
  private readonly failures = new Map<string, number>();

  constructor(recorder: Recorder, contract: Contract) {
    this.recorder = recorder;
    this.contract = contract;
  }

  /** What is worth asking of root causes that nobody asked for yet, `left` questions in all; each is asked for once. */
  questions(node: SearchNode, about: readonly Diagnostic[], left: number): readonly Question[] {
    const questions: Question[] = [];
    for (const diagnostic of about) {
      const key = keyOf(node, diagnostic);
      if (this.answers.has(key)) continue;
      this.answers.set(key, []);
      const most = Math.min(probesPerTask, left - questions.length);
      if (most <= 0) continue;
      const input = proposeInput(node, diagnostic, this.recorder.world, []);
      questions.push(...probesFor(input, most).map((request) => ({ diagnostic, request })));
    }
    return questions;
  }

  answered(node: SearchNode, diagnostic: Diagnostic, answer: Observation): void {
    const key = keyOf(node, diagnostic);
    this.answers.set(key, [...(this.answers.get(key) ?? []), answer]);
  }

  async candidates(node: SearchNode, diagnostic: Diagnostic, stage: 'classes' | 'blind'): Promise<readonly Ranked[]> {
    const key = keyOf(node, diagnostic);
    const failures = (candidate: Candidate): number => this.failures.get(doing(node, diagnostic, candidate)) ?? 0;
    const known = stage === 'classes' ? this.known.get(key) : undefined;
    // What failed together with the candidates of other root causes has failed since.
    if (known !== undefined) return known.map((one) => ({ ...one, failed: failures(one.candidate) })).sort(order);
    const { ranked, events } = await propose(this.about(node, diagnostic), stage, this.recorder.world, failures);
    this.recorder.emit(...events);
    if (stage === 'classes') this.known.set(key, ranked);
    return ranked;
  }

  /** The same candidates, of which the guard has seen the first `count` from `from` on; see `look`. */
  async inspected(
    node: SearchNode,
    diagnostic: Diagnostic,
    ranked: readonly Ranked[],
    which: { readonly from: number; readonly count: number },
  ): Promise<readonly Ranked[]> {
    const looked = await look(this.about(node, diagnostic), ranked, which, this.recorder.world, this.contract);
    this.recorder.emit(...looked.events);
    this.refused.push(...looked.refused);
    this.skeletons.push(...looked.skeletons);
    const key = keyOf(node, diagnostic);
    if (this.known.get(key) === ranked) this.known.set(key, looked.ranked);
    return looked.ranked;
  }

  /** Notes that a candidate did not end an error. */
  fail(node: SearchNode, diagnostic: Diagnostic, candidate: Candidate): void {
    const key = doing(node, diagnostic, candidate);
    this.failures.set(key, (this.failures.get(key) ?? 0) + 1);
  }

  private about(node: SearchNode, diagnostic: Diagnostic): About {
    return { node, diagnostic, observations: this.answers.get(keyOf(node, diagnostic)) ?? [] };
  }
}

function keyOf({ state }: SearchNode, { id }: Diagnostic): string {
  return `${state.id} ${id}`;
}

/** What a candidate does about an error, by content: the same words in another state are the same deed. */
function doing({ state }: SearchNode, { id }: Diagnostic, { edits }: Candidate): string {
  return shortHash(
    id,
    ...edits.flatMap(({ file, start, end, text }) => {
      const source = state.source(file);
      return [file, source?.slice(source.range({ start, end })) ?? '', text];
    }),
  );
}
