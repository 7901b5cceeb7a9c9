// How likely a proved patch is the one a person would have made: logistic over a few readable features. Proof by
// compiler and tests comes first (prove.ts); this number says what they leave open.
import type { Candidate } from './types.ts';
import { fitted } from './weights.ts';

/** What the proof and the search say about a patch. */
export interface ConfidenceEvidence {
  /** Tests that bear on the change and passed, each run alone. */
  readonly covering: number;
  /** Share of the patch among those for the same error that compile too, by the ranking's odds, 0 to 1. */
  readonly share: number;
  /** Lines added plus lines removed. */
  readonly lines: number;
}

/** One repair of the patch, as the policy saw it. */
export interface JudgedStep {
  readonly candidate: Candidate;
  /** The policy's log-odds, and what they were computed from. */
  readonly score: number;
  readonly features: Readonly<Record<string, number>>;
}

export interface Confidence {
  /** In [0, 1]. */
  readonly value: number;
  /** What it was computed from, by the names of `CONFIDENCE_PRIORS`. */
  readonly features: Readonly<Record<string, number>>;
}

/**
 * Log-odds for each unit of a feature. Anchored on natural errors: 18 of 22 patches made of compiler suggestions that
 * compile also pass hidden tests, 1.5 in log-odds; of small blind edits that compile two in three do, 0.7.
 */
export const CONFIDENCE_PRIORS: Readonly<Record<string, number>> = {
  /** Always 1: a patch that compiles, from a candidate of score 0, with no test on the change. */
  base: 0.7,
  /** The policy's view of the least likely step, -6 to 4: what the ranking believed before anything ran. */
  score: 0.2,
  /** Share of the steps that are suggestions which the compiler calls machine-applicable. */
  machine: 0.6,
  /** log2(1 + the highest place of a step in its proposer's own list), 0 to 5. */
  order: -0.3,
  /** 1 when a step changes a function's parameters or result. */
  signature: -0.5,
  /** 1 more when that function is `pub`: tests and other crates call it as it was. */
  public_signature: -0.5,
  /** 1 when a step unwraps or expects a value. */
  promises: -0.4,
  /** 1 when a step moves statements: what runs first changes. */
  reorders: -0.8,
  /** 1 when a step brings in a literal that the file does not hold. */
  literals: -0.5,
  /** 1 when a step fills in a value that is a guess, or a placeholder of the compiler's: the type fits, the meaning may not. */
  filled: -1.2,
  /** 1 when at least one test ran over the change and passed. */
  covered: 1.2,
  /** log2(1 + tests on the change), 0 to 4: more tests see more, each less than the one before. */
  covering: 0.3,
  /** Bits: -log2 of its share among what compiles as well, 0 to 4: one of n equal ones is right once in n. */
  rivals: -0.8,
  /** Steps beyond the first, 0 to 6: every one may be wrong. */
  steps: -0.25,
  /** log2(1 + lines changed), 0 to 7: large patches have more ways to be wrong. */
  lines: -0.1,
  /** 1 when a step removes or deadens code. */
  removes: -2.5,
  /** 1 when a step invents behaviour. */
  invents: -2,
  /** 1 when a step is called unlikely by its own proposer. */
  unlikely: -1.2,
};

/** The weights in force. */
export const confidenceWeights: Readonly<Record<string, number>> = { ...CONFIDENCE_PRIORS, ...fitted.confidence };

export function confidence(
  steps: readonly JudgedStep[],
  evidence: ConfidenceEvidence,
  weights: Readonly<Record<string, number>> = confidenceWeights,
): Confidence {
  const flagged = (flag: Candidate['flags'][number]): number =>
    steps.some(({ candidate }) => candidate.flags.includes(flag)) ? 1 : 0;
  const most = (name: string): number => Math.max(0, ...steps.map(({ features }) => features[name] ?? 0));
  const machine = steps.filter(({ features }) => features.machine_applicable === 1).length;
  const features: Record<string, number> = {
    base: 1,
    score: round(bounded(Math.min(...steps.map(({ score }) => score)), -6, 4)),
    machine: round(machine / Math.max(1, steps.length)),
    order: round(bounded(most('order'), 0, 5)),
    signature: most('signature') > 0 ? 1 : 0,
    public_signature: most('public_signature') > 0 ? 1 : 0,
    promises: most('promises') > 0 ? 1 : 0,
    reorders: most('reorders') > 0 ? 1 : 0,
    literals: most('literals') > 0 ? 1 : 0,
    filled: Math.max(most('has_placeholders') > 0 ? 1 : 0, flagged('guesses')),
    covered: evidence.covering > 0 ? 1 : 0,
    covering: round(bounded(Math.log2(1 + evidence.covering), 0, 4)),
    rivals: round(bounded(-Math.log2(bounded(evidence.share, 2 ** -4, 1)), 0, 4)),
    steps: bounded(steps.length - 1, 0, 6),
    lines: round(bounded(Math.log2(1 + evidence.lines), 0, 7)),
    removes: flagged('removes'),
    invents: flagged('invents'),
    unlikely: flagged('unlikely'),
  };
  let odds = 0;
  for (const [name, weight] of Object.entries(weights)) odds += weight * (features[name] ?? 0);
  return { value: round(1 / (1 + Math.exp(-odds))), features };
}

function bounded(value: number, low: number, high: number): number {
  return Number.isFinite(value) ? Math.min(high, Math.max(low, value)) : low;
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
