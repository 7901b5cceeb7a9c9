// What quantising costs: bits per byte of a text, as floats and in int8, and a bar for the difference.
import { RustaError } from '../../schemas/errors.ts';
import type { Decoder } from '../generate/decoder.ts';
import { scoreText } from '../generate/score.ts';
import { type ByteLM, nats } from '../model/byteLm.ts';

/** Largest loss from quantising: +2% in bits per byte. */
export const largestLoss = 0.02;

export interface QuantisationReport {
  /** Bits per byte of the float model and of the int8 one, on the same windows. */
  readonly before: number;
  readonly after: number;
  /** after / before - 1. */
  readonly loss: number;
  readonly bytes: number;
}

/** Bits per byte of the float model: the text in windows of `window`, each on its own; every byte but a window's first is counted. */
export async function bitsPerByte(model: ByteLM, text: Uint8Array, window: number): Promise<number> {
  const { device, config, parameters } = model;
  const program = device.program((tokens) => nats(config, parameters, tokens), [{ dtype: 'i32', shape: [1, window] }]);
  let [total, count] = [0, 0];
  try {
    for (const part of windowsOf(text, window)) {
      const tokens = new Int32Array(window).fill(-1);
      tokens.set(part);
      const output = device.scope(() => program.run([device.tensor(tokens, [1, window], 'i32')]));
      for (const each of (await output.data()).subarray(0, part.length - 1)) total += each;
      count += part.length - 1;
    }
  } finally {
    program.dispose();
  }
  return total / Math.LN2 / count;
}

/**
 * Measures both on the same windows.
 * @param window positions, at most the context.
 * @throws RustaError `quantisation-loss` above the bar.
 */
export async function evaluateQuantisation(
  model: ByteLM,
  decoder: Decoder,
  text: Uint8Array,
  window: number = model.config.context,
): Promise<QuantisationReport> {
  if (text.length < 2) throw new RustaError('the text is too short', { code: 'empty-text', op: 'evaluate' });
  const before = await bitsPerByte(model, text, window);
  let [total, count] = [0, 0];
  for (const part of windowsOf(text, window)) {
    const rest = part.subarray(1);
    const { bitsPerByte: own } = await scoreText(decoder, rest, part.subarray(0, 1), part.length, part.length - 1);
    total += own * rest.length;
    count += rest.length;
  }
  const after = total / count;
  const report = { before, after, loss: after / before - 1, bytes: count };
  if (!(report.loss <= largestLoss)) {
    const [got, expected] = [`${after.toFixed(4)} bits per byte`, `at most ${(before * (1 + largestLoss)).toFixed(4)}`];
    throw new RustaError(`in int8 it has ${got}, ${(100 * report.loss).toFixed(2)}% above ${before.toFixed(4)}`, {
      code: 'quantisation-loss',
      op: 'quantise',
      expected,
      got,
    });
  }
  return report;
}

/** Parts of two bytes or more. */
function windowsOf(text: Uint8Array, window: number): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at + 1 < text.length; at += window) parts.push(text.subarray(at, at + window));
  return parts.filter(({ length }) => length > 1);
}
