// How likely texts are: log-probabilities of continuations of one prompt, and bits per byte of a whole text.
import { RustaError } from '../../schemas/errors.ts';
import { type Decoder, largestChunk, tooLong } from './decoder.ts';
import type { Chunk } from './inputs.ts';
import { logProbability } from './sampler.ts';
import type { Sequence } from './sequences.ts';

export interface Score {
  /** Natural logarithm of the continuation's probability: the sum of `bytes`. */
  readonly logProbability: number;
  /** Of each byte, given the prompt and the bytes before it. */
  readonly bytes: Float64Array;
}

/**
 * Scores continuations of a prompt, which is read once.
 * @throws RustaError `empty-prompt`, `prompt-too-long`, `not-finite`, `aborted`.
 */
export async function score(
  decoder: Decoder,
  prompt: Uint8Array,
  continuations: readonly Uint8Array[],
  signal?: AbortSignal,
): Promise<Score[]> {
  const { context } = decoder.config;
  const longest = continuations.reduce((most, { length }) => Math.max(most, length), 0);
  if (prompt.length + longest > context) throw tooLong(prompt.length, longest, context);
  const { sequence, logits } = await decoder.prefill(prompt, signal);
  try {
    const scores: Score[] = [];
    // One sequence less: the prompt's own stays as it is, for the next to fork from.
    const together = Math.max(1, decoder.sequences - 1);
    for (let at = 0; at < continuations.length; at += together)
      scores.push(...(await scoreTogether(decoder, sequence, logits, continuations.slice(at, at + together), signal)));
    return scores;
  } finally {
    sequence.dispose();
  }
}

async function scoreTogether(
  decoder: Decoder,
  prompt: Sequence,
  logits: Float32Array,
  continuations: readonly Uint8Array[],
  signal: AbortSignal | undefined,
): Promise<Score[]> {
  const forks = decoder.fork(prompt, continuations.length + 1).slice(1);
  try {
    const found = continuations.map((bytes) =>
      bytes.length === 0 ? [] : [logProbability(logits, bytes[0] as number)],
    );
    for (;;) {
      // The last byte is scored, and never read.
      const open = continuations.flatMap((bytes, index) => {
        const done = (found[index] as number[]).length;
        const rest = bytes.subarray(done - 1, Math.min(bytes.length - 1, done - 1 + largestChunk));
        return done > 0 && rest.length > 0 ? [{ index, rest }] : [];
      });
      if (open.length === 0) break;
      const chunks = open.map(({ index, rest }): Chunk => ({ sequence: forks[index] as Sequence, bytes: [...rest] }));
      const rows = await decoder.propose(chunks, signal);
      for (const [which, { index, rest }] of open.entries()) {
        const bytes = continuations[index] as Uint8Array;
        const own = found[index] as number[];
        for (const row of rows[which] as Float32Array[]) own.push(logProbability(row, bytes[own.length] as number));
        decoder.accept(chunks[which] as Chunk, rest.length);
      }
    }
    return found.map((bytes) => ({
      logProbability: bytes.reduce((total, each) => total + each, 0),
      bytes: Float64Array.from(bytes),
    }));
  } finally {
    for (const fork of forks) fork.dispose();
  }
}

export interface TextScore {
  readonly bitsPerByte: number;
  readonly bytes: number;
}

/**
 * Bits per byte of a text, read in windows that overlap, every byte counted once.
 * @param before what comes before the text: the symbol of a document, say. One byte at least.
 * @param window positions of a window, at most the context; each is moved on by `stride`, so that a byte has at least
 *   window - stride bytes of context, but near the start.
 */
export async function scoreText(
  decoder: Decoder,
  text: Uint8Array,
  before: Uint8Array,
  window: number = decoder.config.context,
  stride: number = window >> 1,
): Promise<TextScore> {
  if (text.length === 0) throw new RustaError('the text is empty', { code: 'empty-text', op: 'score' });
  if (!(window >= 2 && window <= decoder.config.context && stride >= 1 && stride < window)) {
    throw new RustaError(`windows of ${window}, moved on by ${stride}`, {
      code: 'window-invalid',
      op: 'score',
      expected: `a window of 2 to ${decoder.config.context}, a smaller stride`,
    });
  }
  const all = new Uint8Array(before.length + text.length);
  all.set(before);
  all.set(text, before.length);
  let nats = 0;
  for (let scored = before.length; scored < all.length; ) {
    const end = Math.min(all.length, scored === before.length ? Math.max(window, scored + 1) : scored + stride);
    const start = Math.max(0, end - window);
    const [found] = await score(decoder, all.subarray(start, scored), [all.subarray(scored, end)]);
    nats -= (found as Score).logProbability;
    scored = end;
  }
  return { bitsPerByte: nats / Math.LN2 / text.length, bytes: text.length };
}
