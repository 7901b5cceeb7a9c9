// One byte out of logits: greedy or drawn, among the bytes that a mask allows. Pure: the random number is given.
import { RustaError } from '../../schemas/errors.ts';

export interface Sampling {
  /** 0: the most likely byte, always. */
  readonly temperature: number;
  /** Only the k most likely; 0: all. */
  readonly topK: number;
  /** Only the most likely that together reach this probability; 1: all. */
  readonly topP: number;
  /** Only those at least this share as likely as the most likely; 0: all. */
  readonly minP: number;
}

export const greedy: Sampling = { temperature: 0, topK: 0, topP: 1, minP: 0 };

/** @throws RustaError `sampling-invalid`, naming the field. */
export function checkSampling(sampling: Sampling): Sampling {
  const { temperature, topK, topP, minP } = sampling;
  const refuse = (name: string, value: number, expected: string): never => {
    throw new RustaError(`${name} is ${value}, expected ${expected}`, {
      code: 'sampling-invalid',
      op: 'sample',
      expected,
      got: String(value),
    });
  };
  if (!(temperature >= 0 && temperature < Number.POSITIVE_INFINITY)) refuse('temperature', temperature, '0 or more');
  if (!(Number.isInteger(topK) && topK >= 0)) refuse('topK', topK, 'a whole number from 0');
  if (!(topP > 0 && topP <= 1)) refuse('topP', topP, 'a number in (0, 1]');
  if (!(minP >= 0 && minP <= 1)) refuse('minP', minP, 'a number in [0, 1]');
  return sampling;
}

/**
 * @param logits f32[256].
 * @param allowed 1 for each byte that may come; null: all.
 * @param random in [0, 1).
 * @returns the byte, or null where none is allowed.
 * @throws RustaError `not-finite` where the model gave NaN.
 */
export function sample(
  logits: Float32Array,
  { temperature, topK, topP, minP }: Sampling,
  allowed: Uint8Array | null,
  random: number,
): number | null {
  checkLogits(logits);
  if (temperature === 0) return likeliest(logits, allowed);
  const bytes: number[] = [];
  for (let byte = 0; byte < logits.length; byte += 1) if (allowed === null || allowed[byte] !== 0) bytes.push(byte);
  // Equal ones in order of the byte, so that the choice is the same everywhere.
  bytes.sort((a, b) => (logits[b] as number) - (logits[a] as number) || a - b);
  const [first] = bytes;
  if (first === undefined) return null;
  const top = logits[first] as number;
  let kept = topK > 0 ? bytes.slice(0, topK) : bytes;
  let weights = kept.map((byte) => Math.exp(((logits[byte] as number) - top) / temperature));
  if (minP > 0) {
    weights = weights.filter((weight) => weight >= minP);
    kept = kept.slice(0, weights.length);
  }
  if (topP < 1) {
    const enough = topP * weights.reduce((total, weight) => total + weight, 0);
    let [count, total] = [0, 0];
    while (count < weights.length && total < enough) total += weights[count++] as number;
    weights = weights.slice(0, count);
    kept = kept.slice(0, count);
  }
  let left = random * weights.reduce((total, weight) => total + weight, 0);
  for (const [index, weight] of weights.entries()) {
    left -= weight;
    if (left < 0) return kept[index] as number;
  }
  return kept.at(-1) as number;
}

/** The first of the most likely bytes. */
export function likeliest(logits: Float32Array, allowed: Uint8Array | null): number | null {
  let best: number | null = null;
  let top = Number.NEGATIVE_INFINITY;
  for (let byte = 0; byte < logits.length; byte += 1) {
    if (allowed !== null && allowed[byte] === 0) continue;
    const logit = logits[byte] as number;
    if (best === null || logit > top) [best, top] = [byte, logit];
  }
  return best;
}

/** Natural logarithm of the probability of a byte, at temperature 1 over all bytes. */
export function logProbability(logits: Float32Array, byte: number): number {
  checkLogits(logits);
  let top = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < logits.length; at += 1) top = Math.max(top, logits[at] as number);
  let total = 0;
  for (let at = 0; at < logits.length; at += 1) total += Math.exp((logits[at] as number) - top);
  return (logits[byte] as number) - top - Math.log(total);
}

function checkLogits(logits: Float32Array): void {
  let sum = 0;
  for (let at = 0; at < logits.length; at += 1) sum += logits[at] as number;
  // A NaN makes the sum one; so do infinities of both signs, which are none.
  if (!Number.isNaN(sum) || !logits.some(Number.isNaN)) return;
  throw new RustaError('the model gives NaN', {
    code: 'not-finite',
    op: 'sample',
    hint: 'its weights are damaged; take another checkpoint',
  });
}
