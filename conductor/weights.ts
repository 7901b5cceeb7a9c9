// The fitted weights: weights.json beside this file, written by `npm run eval -- fit`. What the features mean and what the
// weights were before the fit stands in policy.ts and confidence.ts.
import { readFileSync } from 'node:fs';

export interface FittedWeights {
  /** How much the fit saw; zeros before the first one. */
  readonly fitted: { readonly cases: number; readonly choices: number; readonly patches: number };
  readonly policy: { readonly bias: number | null; readonly weights: Readonly<Record<string, number>> };
  readonly confidence: Readonly<Record<string, number>>;
}

export const fitted: FittedWeights = JSON.parse(readFileSync(new URL('weights.json', import.meta.url), 'utf8'));
