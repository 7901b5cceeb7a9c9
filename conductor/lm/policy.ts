// The policy with the byte language model: the table of policy.ts with one more feature, how much likelier the model finds the text
// that a candidate makes. Asked only where the table sees little difference; without an answer it ranks as the table does.
import type { HabitRecord } from '../../memory/habits.ts';
import { shortHash } from '../../schemas/hash.ts';
import { primarySpan } from '../../tools/cargo/diagnostics.ts';
import { type PolicyWeights, PriorPolicy, scoreOf, weightsInForce } from '../policy.ts';
import type { Candidate, Policy, RankContext } from '../types.ts';
import type { Model } from './byte-lm.ts';
import { type Comparison, comparisons } from './passages.ts';

/** Log-odds below the best candidate within which another is compared with it: what the model says may turn that round. */
const closeBy = 5;
/** Candidates of one root cause that are compared. */
const mostCompared = 4;
/** Bytes that the model may read in one episode: some two seconds. */
const mostBytes = 6144;
/** Nats by which the feature may be off zero. */
const bound = 8;

export interface ByteLmOptions {
  readonly weights?: PolicyWeights;
  readonly habits?: readonly HabitRecord[];
  /** Told once, where the model stops answering. */
  onFailure?(why: string): Promise<void>;
}

export class ByteLmPolicy implements Policy {
  readonly name: string = 'bytelm';
  readonly #model: Model;
  readonly #prior: PriorPolicy;
  readonly #weights: PolicyWeights;
  readonly #onFailure: (why: string) => Promise<void>;
  /** Errors of states whose candidates were compared. */
  readonly #compared = new Set<string>();
  /** Nats against the average of those that were compared with it, by what was compared. */
  readonly #likelihoods = new Map<string, number>();
  #left: number = mostBytes;

  constructor(model: Model, { weights = weightsInForce, habits = [], onFailure }: ByteLmOptions = {}) {
    this.#model = model;
    this.#weights = weights;
    this.#prior = new PriorPolicy(weights, habits);
    this.#onFailure = onFailure ?? (async () => {});
  }

  async rank(candidates: readonly Candidate[], context: RankContext): Promise<readonly number[]> {
    const measured = candidates.map((candidate) => this.#prior.explain(candidate, context));
    const scores = measured.map((features) => scoreOf(features, this.#weights));
    // Once for each error of each state: what the guard finds in a candidate later changes its rank, not its text.
    const task = keyOf(context);
    if (!this.#compared.has(task)) {
      this.#compared.add(task);
      const close = closest(candidates, scores);
      if (close.length > 1) await this.#compare(close, context);
    }
    return candidates.map((candidate, index) =>
      scoreOf(this.#with(candidate, context, measured[index] ?? {}), this.#weights),
    );
  }

  explain(candidate: Candidate, context: RankContext): Readonly<Record<string, number>> {
    return this.#with(candidate, context, this.#prior.explain(candidate, context));
  }

  #with({ id }: Candidate, context: RankContext, features: Readonly<Record<string, number>>) {
    const likelihood = this.#likelihoods.get(`${keyOf(context)} ${id}`) ?? 0;
    return likelihood === 0 ? features : { ...features, likelihood };
  }

  async #compare(candidates: readonly Candidate[], context: RankContext): Promise<void> {
    const passages = comparisons(candidates, context);
    const bytes = passages.reduce((sum, passage) => sum + bytesOf(passage), 0);
    if (bytes > this.#left || passages.reduce((sum, passage) => sum + passage.candidates.length, 0) < 2) return;
    this.#left -= bytes;
    try {
      // In one place what stands there now is the same for all: only between places does it tell them apart.
      const several = passages.length > 1;
      const asked = passages.map(({ prompt, texts, original }) => ({
        prompt,
        texts: several ? [...texts, original] : texts,
      }));
      const scores = await this.#model.score(asked);
      for (const [candidate, value] of likelihoods(passages, scores))
        this.#likelihoods.set(`${keyOf(context)} ${candidate.id}`, value);
    } catch (error) {
      this.#left = 0;
      await this.#onFailure(error instanceof Error ? error.message : String(error));
    }
  }
}

/** Those whose rank the model could change, best first. */
function closest(candidates: readonly Candidate[], scores: readonly number[]): readonly Candidate[] {
  const ranked = candidates
    .map((candidate, index) => ({ candidate, score: scores[index] as number }))
    .sort((a, b) => b.score - a.score || (a.candidate.id < b.candidate.id ? -1 : 1));
  const best = ranked[0]?.score ?? 0;
  return ranked
    .filter(({ score }) => score >= best - closeBy)
    .slice(0, mostCompared)
    .map(({ candidate }) => candidate);
}

/**
 * @param scores of each passage's texts, and of what stands there now where there are several passages.
 *
 * Each candidate's gain in log-probability over the text as it is, against the average gain of all: so one that was not
 * compared, whose feature is 0, is taken for an average one.
 */
export function likelihoods(
  passages: readonly Comparison[],
  scores: readonly (readonly number[])[],
): readonly (readonly [Candidate, number])[] {
  const gains = passages.flatMap(({ candidates }, index) => {
    const own = scores[index] ?? [];
    const asItIs = own[candidates.length] ?? 0;
    return candidates.map((candidate, at) => [candidate, (own[at] ?? asItIs) - asItIs] as const);
  });
  const mean = gains.reduce((sum, [, gain]) => sum + gain, 0) / Math.max(1, gains.length);
  return gains.map(([candidate, gain]) => {
    const value = Math.min(bound, Math.max(-bound, gain - mean));
    return [candidate, Math.round(value * 100) / 100] as const;
  });
}

function bytesOf({ prompt, texts, original }: Comparison): number {
  return texts.reduce((sum, text) => sum + text.length, prompt.length + original.length);
}

/** One error of one state: the same edits mean something else in another text. */
function keyOf({ diagnostic, source }: RankContext): string {
  return shortHash(diagnostic.id, source(primarySpan(diagnostic)?.file ?? '')?.text ?? '');
}
