// The prior policy: candidates ranked by a small table of features and weights, no training. How the features are
// measured on one candidate is features.ts's, what a proof adds to them confidence.ts's.
import type { HabitRecord } from '../memory/habits.ts';
import { features } from './features.ts';
import type { Candidate, Policy, RankContext } from './types.ts';
import { fitted } from './weights.ts';

/** One feature of a candidate and what a unit of it adds to the log-odds that the candidate is the right repair. */
export interface Weight {
  readonly feature: string;
  /** What it is without any fit, and what a fit is drawn to. weights.ts has the fitted one. */
  readonly prior: number;
  /** What is counted, and in which bounds. */
  readonly meaning: string;
  /** Where the weight came from. "Judged" weights wait for tuning on the development half of `npm run eval`. */
  readonly source: string;
}

/**
 * The table. Sizes are from 390 natural human errors with known fixes: 15% change 1-2 tokens, 14% 3-5, 21% 6-10, 28%
 * 11-25, 22% more; 30% touch one place, 36% two or three, 34% more. There are exponentially more large edits than small
 * ones, so a single large one is unlikely although large ones together are not: hence the logarithm.
 */
export const WEIGHTS: readonly Weight[] = [
  {
    feature: 'machine_applicable',
    prior: 1.4,
    meaning: '1 for a suggestion that the compiler calls MachineApplicable',
    source: 'natural errors: 8-13% compile by these alone, most of them rightly',
  },
  {
    feature: 'maybe_incorrect',
    prior: 0.5,
    meaning: '1 for a suggestion that the compiler calls MaybeIncorrect',
    source:
      'natural errors: all suggestions reach 22% compiling, 18% right: worth less than the machine-applicable ones',
  },
  {
    feature: 'has_placeholders',
    prior: -2.5,
    meaning: '1 for a suggestion whose text a person would have to fill in',
    source: 'by definition: it does not compile as it stands, or invents what it fills in',
  },
  {
    feature: 'order',
    prior: -0.35,
    meaning: "log2(1 + place in its proposer's own list), 0 to 5",
    source: 'judged: proposers give their best first, and a second draft is right about half as often',
  },
  {
    feature: 'tokens',
    prior: -0.45,
    meaning: 'log2(1 + tokens changed), one repeat of a repeated slip counted, 0 to 8',
    source: 'natural errors: tokens changed by the known fix, against the number of edits of each size',
  },
  {
    feature: 'places',
    prior: -0.15,
    meaning: 'log2(places touched), one repeat of a repeated slip counted, 0 to 5',
    source: 'natural errors: 30% in one place, 36% in two or three, 34% in more: nearly flat',
  },
  {
    feature: 'lines',
    prior: -0.25,
    meaning: 'log2(1 + lines that the edits add or remove), 0 to 6',
    source: 'natural errors: two thirds of the known fixes change three lines or fewer',
  },
  {
    feature: 'repeats',
    prior: 0.4,
    meaning: 'log2 of how often one slip is repaired at once, 0 to 4',
    source: 'judged: a slip that repeats is evidence for its repair',
  },
  {
    feature: 'at_primary',
    prior: 0.5,
    meaning: '1 when an edit touches a primary span of the diagnostic',
    source: 'judged: blind edits at the spans reach 40% compiling',
  },
  {
    feature: 'near_label',
    prior: 0.2,
    meaning: '1 when an edit touches another labelled span',
    source: 'judged: declarations that a label points at are the other half of the mistake',
  },
  {
    feature: 'far',
    prior: -0.8,
    meaning: '1 when no edit stands on a line of any span, errors of syntax apart',
    source: 'judged: the compiler names the place of most errors',
  },
  {
    feature: 'far_in_syntax',
    prior: -0.2,
    meaning: '1 the same, of an error of syntax',
    source: 'judged: where a brace is missing the parser notices it far behind',
  },
  {
    feature: 'trial_cost',
    prior: -0.3,
    meaning: 'how unlikely the slip is by its own proposer, 0 to 6 (repairs of syntax only)',
    source: 'judged: makes the drafts of several proposers of syntax comparable',
  },
  {
    feature: 'still_broken',
    prior: -1.0,
    meaning: '1 when the text has errors of syntax afterwards',
    source: 'judged: one slip leaves none',
  },
  {
    feature: 'similarity',
    prior: 2.0,
    meaning: 'likeness of the new name to the old one, 0 to 1 (names only)',
    source: 'judged: a typo keeps most of its letters',
  },
  {
    feature: 'agreement',
    prior: 1.0,
    meaning:
      'how far the types leave no other reading, 0 to 1; 1 where a probe shows that the type in place is the expected one',
    source: 'judged: found and expected type determine the conversion; answers of probes go before the proposer',
  },
  {
    feature: 'disagreement',
    prior: -1.5,
    meaning: '1 when a probe shows that what is put in place has another type than the expected one',
    source: 'by definition: it does not compile without a second change',
  },
  {
    feature: 'idiom',
    prior: 1.6,
    meaning: '1 when the code around shows the whole pattern that the repair is for',
    source: 'judged: an accumulator that a loop hands over is taken, not cloned; found on development cases',
  },
  {
    feature: 'agreed',
    prior: 0.6,
    meaning: 'other proposers that made the same text, 0 to 2',
    source: 'judged: independent votes',
  },
  {
    feature: 'likelihood',
    prior: 0.8,
    meaning:
      'nats by which the byte language model finds its text likelier than those compared with it, -8 to 8 (policy bytelm)',
    source: 'tuning half of a fault set: docs/S0.md',
  },
  {
    feature: 'literals',
    prior: -1.2,
    meaning: 'literal values that the text did not hold nearby, 0 to 3',
    source: 'natural errors: one fix in five brings in a new literal, out of very many possible ones',
  },
  {
    feature: 'familiar',
    prior: 0.5,
    meaning: "share of the new text's runs of three tokens that the file holds elsewhere, 0 to 1",
    source: 'judged: people write the way the lines around are written',
  },
  {
    feature: 'novel',
    prior: -0.3,
    meaning: 'log2(1 + words of the new text that the file does not hold), 0 to 3',
    source: 'judged: most repairs are made of what is there',
  },
  {
    feature: 'clones',
    prior: -0.3,
    meaning: 'log2(1 + calls of `clone` put in, one repeat of a repeated slip counted), 0 to 3',
    source: 'judged: what is borrowed compiles as well, and does not part the copy from its original',
  },
  {
    feature: 'signature',
    prior: -0.6,
    meaning: "1 when a function's parameters or result change",
    source: 'judged: callers depend on it, tests too',
  },
  {
    feature: 'public_signature',
    prior: -0.7,
    meaning: '1 more when that function is `pub`',
    source: 'judged: tests and other crates call it as it was',
  },
  {
    feature: 'qualified',
    prior: -1.5,
    meaning: '1 where a path is written out instead of imported',
    source: 'judged: people import, and code that is laid beside the repair expects it',
  },
  {
    feature: 'reorders',
    prior: -0.6,
    meaning: '1 where statements change places',
    source: 'judged: what runs first changes with them',
  },
  {
    feature: 'removes',
    prior: -3.5,
    meaning: '1 when it removes or deadens code',
    source: 'deleting the lines of errors compiles 298 of 311 error-index snippets and repairs none',
  },
  {
    feature: 'invents',
    prior: -3,
    meaning: '1 when it brings in behaviour without a source',
    source: 'the contract: such a result can be no more than `unsure`',
  },
  {
    feature: 'promises',
    prior: -1,
    meaning: '1 when it unwraps or expects a value where nothing did',
    source: 'judged: what leaves with `?` or by a pattern goes before what may panic',
  },
  {
    feature: 'unlikely',
    prior: -3,
    meaning: '1 when its own proposer calls it unlikely',
    source: 'by definition: behind all others',
  },
  {
    feature: 'worked_here',
    prior: 1.5,
    meaning: 'log2(1 + times this very candidate worked on this crate before), 0 to 3',
    source: 'lessons of earlier episodes',
  },
  {
    feature: 'failed_here',
    prior: -2,
    meaning: 'log2(1 + times this very candidate failed on this crate before), 0 to 3',
    source: 'lessons of earlier episodes',
  },
  {
    feature: 'kept_here',
    prior: 2,
    meaning: 'log2(1 + times such a repair of such an error was applied to this crate and kept), 0 to 3',
    source: "judged: the user's own style; kept three times, it goes before a suggestion that the compiler is sure of",
  },
  {
    feature: 'undone_here',
    prior: -4,
    meaning: 'log2(1 + times such a repair of such an error was taken back, or passed over for another), 0 to 3',
    source: 'by definition: what the user took back comes behind what was not tried yet, though it compiled',
  },
  {
    feature: 'proposer_record',
    prior: 0.8,
    meaning: 'log-odds of this proposer on this code and crate, (worked + 1) / (failed + 1), -2 to 2',
    source: 'lessons of earlier episodes, with one success and one failure assumed',
  },
];

/** Before any feature and any fit: a candidate out of some ten is right about half the time that one of them is. */
export const PRIOR_BIAS: number = -1;

/** Log-odds for each feature, and before any. */
export interface PolicyWeights {
  readonly bias: number;
  readonly weights: Readonly<Record<string, number>>;
}

export const priors: PolicyWeights = {
  bias: PRIOR_BIAS,
  weights: Object.fromEntries(WEIGHTS.map(({ feature, prior }) => [feature, prior])),
};

/** The fitted ones where there are any. */
export const weightsInForce: PolicyWeights = {
  bias: fitted.policy.bias ?? PRIOR_BIAS,
  weights: { ...priors.weights, ...fitted.policy.weights },
};

/** Ranks by the table above. */
export class PriorPolicy implements Policy {
  readonly name: string = 'prior';
  private readonly weights: PolicyWeights;
  private readonly habits: readonly HabitRecord[];

  constructor(weights: PolicyWeights = weightsInForce, habits: readonly HabitRecord[] = []) {
    this.weights = weights;
    this.habits = habits;
  }

  async rank(candidates: readonly Candidate[], context: RankContext): Promise<readonly number[]> {
    return candidates.map((candidate) => scoreOf(this.explain(candidate, context), this.weights));
  }

  explain(candidate: Candidate, context: RankContext): Readonly<Record<string, number>> {
    return features(candidate, context, this.habits);
  }
}

/** Log-odds of a set of features; names that the table does not know count nothing. */
export function scoreOf(
  measured: Readonly<Record<string, number>>,
  { bias, weights }: PolicyWeights = weightsInForce,
): number {
  let sum = bias;
  for (const { feature } of WEIGHTS) sum += (weights[feature] ?? 0) * (measured[feature] ?? 0);
  return Math.round(sum * 1e6) / 1e6;
}

/** The table as text for people, one line a weight: feature, weight in force, prior. */
export function weightTable(): string {
  const width = Math.max(...WEIGHTS.map(({ feature }) => feature.length));
  return WEIGHTS.map(({ feature, prior, meaning, source }) => {
    const now = weightsInForce.weights[feature] ?? prior;
    return `${feature.padEnd(width)} ${now.toFixed(2).padStart(6)} ${prior.toFixed(2).padStart(6)}  ${meaning} (prior: ${source})`;
  }).join('\n');
}
