// How likely a proved patch is the one a person would have made: logistic over a few readable features. Proof by
// compiler and tests comes first (prove.ts); this number says what they leave open.
import type { Diagnostic } from '../schemas/types.ts';
import type { Rivalry } from './rivals.ts';
import type { Candidate } from './types.ts';
import { fitted } from './weights.ts';

/** What the proof and the search say about a patch. */
export interface ConfidenceEvidence {
  /** Tests that bear on the change and passed, each run alone. */
  readonly covering: number;
  /** Lines added plus lines removed. */
  readonly lines: number;
  /** Candidates that were checked or turned down by the time it held. */
  readonly tried: number;
  /** Warnings about values and about what runs, in the functions that it changes. */
  readonly warned: number;
}

/** One repair of the patch, as the policy and the search saw it. */
export interface JudgedStep {
  readonly candidate: Candidate;
  readonly diagnostic: Pick<Diagnostic, 'class'>;
  /** The policy's log-odds, and what they were computed from. */
  readonly score: number;
  readonly features: Readonly<Record<string, number>>;
  readonly rivalry: Rivalry;
}

export interface Confidence {
  /** In [0, 1]. */
  readonly value: number;
  /** What it was computed from, by the names of `CONFIDENCE_PRIORS`. */
  readonly features: Readonly<Record<string, number>>;
}

/**
 * Log-odds for each unit of a feature. Anchored on natural errors: 18 of 22 patches made of compiler suggestions that
 * compile also pass hidden tests, 1.5 in log-odds; of small blind edits that compile two in three do, 0.7. The rest are
 * judged, and drawn to what the tuning half says by `npm run eval -- fit`.
 */
export const CONFIDENCE_PRIORS: Readonly<Record<string, number>> = {
  /** Always 1: a patch that compiles, from a candidate of score 0, with no test on the change. */
  base: 1,
  /** The policy's view of the least likely step, -6 to 4: what the ranking believed before anything ran. */
  score: 0.2,
  /** Share of the steps that are suggestions which the compiler calls machine-applicable. */
  machine: 0.4,
  /** log2(1 + the highest place of a step in its proposer's own list), 0 to 5. */
  order: -0.2,
  /** 1 when all steps are about errors of syntax: there are few ways to read what was meant. */
  syntax: 0.3,
  /** 1 when a step is about ownership or borrowing: what compiles may still change a copy. */
  lending: -0.2,
  /** 1 when a step changes a function's parameters or result. */
  signature: -0.5,
  /** 1 more when that function is `pub`: tests and other crates call it as it was. */
  public_signature: -0.5,
  /** 1 when a step unwraps or expects a value. */
  promises: -0.4,
  /** 1 when a step moves statements: what runs first changes. */
  reorders: -0.5,
  /** 1 when a step brings in a literal that the file does not hold. */
  literals: -0.5,
  /** 1 when a step fills in a value that is a guess, or a placeholder of the compiler's: the type fits, the meaning may not. */
  filled: -1.2,
  /** log2(1 + calls of `clone` that the steps put in), 0 to 3: several are a sign that a parameter should have been borrowed. */
  clones: -0.4,
  /** 1 when a step casts with `as`: the value may change. */
  casts: -0.4,
  /** The least share of a step's new runs of three tokens that stands elsewhere in its file, 0 to 1. */
  familiar: 0.5,
  /** log2(1 + words of a step that are new to its file), 0 to 3. */
  novel: -0.3,
  /** How unlike the name put in is to the one it stands for, 0 to 1 (names only). */
  unlike: -0.5,
  /** Other proposers that made the same text, of the step with the fewest, 0 to 2. */
  agreed: 0.1,
  /** 1 when at least one test ran over the change and passed. */
  covered: 1.2,
  /** log2(1 + tests on the change), 0 to 4: more tests see more, each less than the one before. */
  covering: 0.3,
  /** Bits: -log2 of the least share that a step has among what holds as well and does something else, 0 to 4. */
  rivals: -0.25,
  /** log2(1 + candidates nearly as likely that do not hold), 0 to 3, where a step has no rival; the mean over the steps. */
  alone: 0.2,
  /** log2(1 + candidates tried before it held), 0 to 8: the right one stands near the top. */
  tried: -0.1,
  /** log2(1 + warnings in the functions that it changes), 0 to 3. */
  warned: -0.9,
  /** log2 of the number of different repairs, 0 to 3: every one may be wrong; equal slips in several places are one. */
  steps: -0.15,
  /** log2(1 + lines changed), 0 to 7: large patches have more ways to be wrong. */
  lines: -0.05,
  /** 1 when a step is a small edit that no class of mistakes names. */
  blind: -1,
  /** 1 when a step removes or deadens code. */
  removes: -2.5,
  /** 1 when a step invents behaviour. */
  invents: -2,
  /** 1 when a step is called unlikely by its own proposer. */
  unlikely: -1,
};

/** The weights in force. */
export const confidenceWeights: Readonly<Record<string, number>> = { ...CONFIDENCE_PRIORS, ...fitted.confidence };

export function confidence(
  steps: readonly JudgedStep[],
  evidence: ConfidenceEvidence,
  weights: Readonly<Record<string, number>> = confidenceWeights,
): Confidence {
  const features = featuresOf(steps, evidence);
  let odds = 0;
  for (const [name, weight] of Object.entries(weights)) odds += weight * (features[name] ?? 0);
  return { value: round(1 / (1 + Math.exp(-odds))), features };
}

function featuresOf(steps: readonly JudgedStep[], evidence: ConfidenceEvidence): Record<string, number> {
  const any = (holds: boolean): number => (holds ? 1 : 0);
  const some = (holds: (step: JudgedStep) => boolean): number => any(steps.some(holds));
  const flagged = (flag: Candidate['flags'][number]): number => some(({ candidate }) => candidate.flags.includes(flag));
  const most = (name: string): number => Math.max(0, ...steps.map(({ features }) => features[name] ?? 0));
  const least = (name: string): number => Math.min(...steps.map(({ features }) => features[name] ?? 0));
  const mean = (of: (step: JudgedStep) => number): number =>
    steps.reduce((sum, step) => sum + of(step), 0) / Math.max(1, steps.length);
  const log = (value: number, top: number): number => round(bounded(Math.log2(1 + value), 0, top));
  const inserted = steps.flatMap(({ candidate }) => candidate.edits.map(({ text }) => text));
  const unlike = steps.flatMap(({ candidate }) =>
    candidate.features.similarity === undefined ? [] : [1 - candidate.features.similarity],
  );
  const share = Math.min(1, ...steps.map(({ rivalry }) => rivalry.share));
  return {
    base: 1,
    score: round(bounded(Math.min(...steps.map(({ score }) => score)), -6, 4)),
    machine: round(mean(({ features }) => any(features.machine_applicable === 1))),
    order: round(bounded(most('order'), 0, 5)),
    syntax: any(steps.every(({ diagnostic }) => diagnostic.class === 'syntax')),
    lending: some(({ diagnostic }) => diagnostic.class === 'ownership' || diagnostic.class === 'borrow'),
    signature: any(most('signature') > 0),
    public_signature: any(most('public_signature') > 0),
    promises: any(most('promises') > 0),
    reorders: any(most('reorders') > 0),
    literals: any(most('literals') > 0),
    filled: Math.max(any(most('has_placeholders') > 0), flagged('guesses')),
    clones: log(inserted.join(' ').match(/\.clone\(\)/g)?.length ?? 0, 3),
    casts: any(inserted.some((text) => /\bas\s+[\w&*]/.test(text) && !/\buse\b/.test(text))),
    familiar: round(bounded(least('familiar'), 0, 1)),
    novel: log(2 ** most('novel') - 1, 3),
    unlike: round(bounded(Math.max(0, ...unlike), 0, 1)),
    agreed: bounded(least('agreed'), 0, 2),
    covered: any(evidence.covering > 0),
    covering: log(evidence.covering, 4),
    rivals: round(bounded(-Math.log2(bounded(share, 2 ** -4, 1)), 0, 4)),
    alone: round(mean(({ rivalry }) => (rivalry.share > 0.95 ? log(rivalry.beaten, 3) : 0))),
    tried: log(evidence.tried, 8),
    warned: log(evidence.warned, 3),
    steps: log(different(steps) - 1, 3),
    lines: log(evidence.lines, 7),
    blind: some(({ candidate }) => candidate.proposer === 'generic'),
    removes: flagged('removes'),
    invents: flagged('invents'),
    unlikely: flagged('unlikely'),
  };
}

/** How many different repairs these are: the same text put in by the same proposer is the same slip again. */
function different(steps: readonly JudgedStep[]): number {
  return new Set(
    steps.map(({ candidate }) => `${candidate.proposer} ${candidate.edits.map(({ text }) => text.trim()).join(' ')}`),
  ).size;
}

function bounded(value: number, low: number, high: number): number {
  return Number.isFinite(value) ? Math.min(high, Math.max(low, value)) : low;
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
