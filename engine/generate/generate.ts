// Completions of a prompt: K candidates decoded together, sampled under masks until they stop. Logits come from the decoder.
import { RustaError } from '../../schemas/errors.ts';
import { philox } from '../ops/random.ts';
import { type Decoder, tooLong } from './decoder.ts';
import type { Chunk } from './inputs.ts';
import { lookUp } from './lookup.ts';
import { checkSampling, greedy, logProbability, type Sampling, sample } from './sampler.ts';
import type { Sequence } from './sequences.ts';
import { allowedAfter, follow, stateAfter, type Utf8State } from './utf8.ts';

/** 1 for each byte that may come next, given the bytes of the completion so far; null: all. */
export type ByteMask = (completion: readonly number[], candidate: number) => Uint8Array | null;

export interface GenerateOptions extends Partial<Sampling> {
  /** Bytes of a completion at most. */
  readonly maxBytes?: number;
  readonly candidates?: number;
  /** Of the random numbers: the same seed gives the same completions on one machine. */
  readonly seed?: number;
  /** Bytes that end a completion; they are not part of it. */
  readonly stop?: readonly number[];
  /** `utf8`: a completion continues the prompt to valid UTF-8, and ends at the end of a character. */
  readonly constraint?: 'utf8' | 'none';
  readonly mask?: ByteMask;
  /** Bytes that are guessed from the text and checked in one pass; the result is the same. 0: none. */
  readonly speculate?: number;
  /** A prompt that leaves no room for `maxBytes`: refused, or its beginning is dropped. */
  readonly overflow?: 'refuse' | 'slide';
  readonly signal?: AbortSignal;
}

export interface Completion {
  readonly bytes: Uint8Array;
  /** Natural logarithm of its probability under the model, at temperature 1 and without masks; the stop byte included. */
  readonly logProbability: number;
  /** Why it ended: `mask` where no byte was allowed. */
  readonly ended: 'length' | 'stop' | 'mask';
}

export interface Progress {
  readonly candidate: number;
  /** What was added. */
  readonly bytes: readonly number[];
}

interface Candidate {
  readonly index: number;
  readonly sequence: Sequence;
  /** What was chosen; the sequence holds all but the last. */
  readonly bytes: number[];
  utf8: Utf8State;
  logProbability: number;
  ended: Completion['ended'] | null;
}

/**
 * Completes a prompt.
 * @returns as many completions as candidates were asked for, in order.
 * @throws RustaError `empty-prompt`, `prompt-too-long`, `sampling-invalid`, `not-finite`, `aborted`, and what the device throws.
 */
export async function generate(
  decoder: Decoder,
  prompt: Uint8Array,
  options: GenerateOptions = {},
): Promise<Completion[]> {
  const run = progress(decoder, prompt, options);
  for (;;) {
    const next = await run.next();
    if (next.done) return next.value;
  }
}

/** Completes a prompt as text that is given bit by bit. A piece never ends within a character. */
export async function* stream(
  decoder: Decoder,
  prompt: Uint8Array,
  options: Omit<GenerateOptions, 'candidates'> = {},
): AsyncGenerator<string, void, void> {
  const decode = new TextDecoder('utf-8', { ignoreBOM: true });
  for await (const { bytes } of progress(decoder, prompt, options)) {
    const text = decode.decode(Uint8Array.from(bytes), { stream: true });
    if (text !== '') yield text;
  }
  const rest = decode.decode();
  if (rest !== '') yield rest;
}

/** `generate`, telling each time what was added. */
export async function* progress(
  decoder: Decoder,
  prompt: Uint8Array,
  options: GenerateOptions = {},
): AsyncGenerator<Progress, Completion[], void> {
  const settings = settle(options);
  const { candidates, signal } = settings;
  const text = fitted(prompt, decoder, settings);
  const { sequence, logits } = await decoder.prefill(text, signal);
  let sequences: Sequence[] = [sequence];
  try {
    sequences = decoder.fork(sequence, candidates);
    const utf8 = stateAfter(text);
    const all = sequences.map(
      (each, index): Candidate => ({ index, sequence: each, bytes: [], utf8, logProbability: 0, ended: null }),
    );
    for (const each of all) if (take(each, logits, settings)) yield last(each);
    for (;;) {
      const running = all.filter(({ ended }) => ended === null);
      if (running.length === 0) break;
      yield* await step(decoder, running, settings);
    }
    return all.map(({ bytes, logProbability: total, ended }) => ({
      bytes: Uint8Array.from(bytes),
      logProbability: total,
      ended: ended as Completion['ended'],
    }));
  } finally {
    for (const each of sequences) each.dispose();
  }
}

type Settings = Required<Omit<GenerateOptions, 'mask' | 'signal'>> & {
  readonly mask: ByteMask | null;
  readonly signal: AbortSignal | undefined;
};

function settle(options: GenerateOptions): Settings {
  const settings = {
    ...greedy,
    maxBytes: 256,
    candidates: 1,
    seed: 0,
    stop: [],
    constraint: 'none' as const,
    speculate: 0,
    overflow: 'refuse' as const,
    ...options,
    mask: options.mask ?? null,
    signal: options.signal,
  };
  checkSampling(settings);
  for (const [name, least] of [
    ['maxBytes', 1],
    ['candidates', 1],
    ['speculate', 0],
  ] as const) {
    const value = settings[name];
    if (Number.isInteger(value) && value >= least && value <= 1 << 20) continue;
    throw new RustaError(`${name} is ${value}, expected a whole number from ${least}`, {
      code: 'sampling-invalid',
      op: 'generate',
    });
  }
  return settings;
}

function fitted(prompt: Uint8Array, { config, sequences }: Decoder, settings: Settings): Uint8Array {
  const { maxBytes, overflow, candidates } = settings;
  if (candidates > sequences) {
    throw new RustaError(`${candidates} candidates, but the decoder was opened for ${sequences}`, {
      code: 'cache-full',
      op: 'generate',
      hint: 'open it with more sequences, or ask for fewer at once',
    });
  }
  const room = config.context - maxBytes;
  if (prompt.length <= room) return prompt;
  if (overflow === 'refuse' || room < 1) throw tooLong(prompt.length, maxBytes, config.context);
  return prompt.subarray(prompt.length - room);
}

const last = ({ index, bytes }: Candidate, count = 1): Progress => ({ candidate: index, bytes: bytes.slice(-count) });

/** One pass over all that run: each gets one byte, or as many as were guessed right and one more. */
async function step(decoder: Decoder, running: readonly Candidate[], settings: Settings): Promise<Progress[]> {
  const { speculate, maxBytes, signal } = settings;
  const chunks = running.map(({ sequence, bytes }): Chunk => {
    const room = maxBytes - bytes.length - 1;
    const newest = bytes.at(-1) as number;
    // Looking back costs a copy of all bytes so far.
    if (speculate === 0) return { sequence, bytes: [newest] };
    return { sequence, bytes: [newest, ...lookUp([...sequence.bytes, newest], Math.min(speculate, room))] };
  });
  if (chunks.every(({ bytes }) => bytes.length === 1)) {
    const [first] = running as [Candidate];
    const ahead = settings.temperature === 0 ? maxBytes - first.bytes.length - 1 : 0;
    const logits = await decoder.advance(chunks, signal, ahead);
    return running.flatMap((each, index) => (take(each, logits[index] as Float32Array, settings) ? [last(each)] : []));
  }
  const logits = await decoder.propose(chunks, signal);
  return running.flatMap((each, index) => {
    const chunk = chunks[index] as Chunk;
    let accepted = 0;
    let added = 0;
    for (const [at, row] of (logits[index] as Float32Array[]).entries()) {
      // The logits after byte `at` of the chunk hold so long as what was chosen is what was guessed.
      if (at > 0 && (each.ended !== null || each.bytes.at(-1) !== chunk.bytes[at])) break;
      accepted += 1;
      if (!take(each, row, settings)) break;
      added += 1;
    }
    decoder.accept(chunk, accepted);
    return added === 0 ? [] : [last(each, added)];
  });
}

/** Chooses the next byte of a candidate. @returns whether one was added. */
function take(candidate: Candidate, logits: Float32Array, settings: Settings): boolean {
  const { seed, stop, maxBytes } = settings;
  const [word0, word1] = philox([seed | 0, candidate.index], candidate.bytes.length, 0x6e6578);
  const byte = sample(logits, settings, allowed(candidate, settings), (word0 + word1 / 2 ** 32) / 2 ** 32);
  if (byte === null) {
    candidate.ended = 'mask';
    return false;
  }
  candidate.logProbability += logProbability(logits, byte);
  if (stop.includes(byte)) {
    candidate.ended = 'stop';
    return false;
  }
  candidate.bytes.push(byte);
  candidate.utf8 = follow(candidate.utf8, byte) ?? stateAfter(candidate.bytes);
  if (candidate.bytes.length === maxBytes) candidate.ended = 'length';
  return true;
}

function allowed({ bytes, index, utf8 }: Candidate, { constraint, mask, stop, maxBytes }: Settings): Uint8Array | null {
  const own = mask?.(bytes, index) ?? null;
  if (constraint === 'none') return own;
  const valid = allowedAfter(utf8, maxBytes - bytes.length);
  // A stop byte may be no UTF-8, such as the symbol of a document; it comes between characters only.
  if (utf8.missing === 0) for (const byte of stop) valid[byte] = 1;
  return own === null ? valid : valid.map((each, byte) => (each !== 0 && own[byte] !== 0 ? 1 : 0));
}
