// Generation: greedy, drawn, constrained, stopped; speculation that changes nothing; texts that are scored.
import { openDevice } from '../../../engine/device.ts';
import { Decoder } from '../../../engine/generate/decoder.ts';
import { type GenerateOptions, generate, stream } from '../../../engine/generate/generate.ts';
import { score, scoreText } from '../../../engine/generate/score.ts';
import type { RustaError } from '../../../schemas/errors.ts';
import { assert, test } from '../../support/harness.ts';
import { bytesOf, tinyModel } from './model.ts';

export const timeoutMs = 240_000;

let decoder: Decoder;
let close: () => Promise<void>;
test.before(async () => {
  const device = await openDevice({ device: 'reference' });
  decoder = new Decoder(device, tinyModel());
  close = () => device.close();
});
test.after(() => close());

const prompt = bytesOf('let x = let y = let z = ');
const of = async (options: GenerateOptions) =>
  (await generate(decoder, prompt, options)).map(({ bytes }) => [...bytes]);
async function refused(run: () => Promise<unknown>): Promise<RustaError> {
  try {
    await run();
  } catch (error) {
    return error as RustaError;
  }
  throw new Error('it was accepted');
}

test('greedy takes the likeliest byte each time, and candidates of one seed differ by their number alone', async () => {
  const [only] = await of({ maxBytes: 12 });
  const all = await of({ maxBytes: 12, candidates: 3 });
  assert.equal(all, [only, only, only]);
  const drawn = await of({ maxBytes: 12, candidates: 3, temperature: 1, seed: 5 });
  assert.equal(await of({ maxBytes: 12, candidates: 3, temperature: 1, seed: 5 }), drawn);
  assert.equal((await of({ maxBytes: 12, candidates: 1, temperature: 1, seed: 5 }))[0], drawn[0]);
  assert.is.not(`${drawn[0]}`, `${drawn[1]}`);
  assert.is.not(`${await of({ maxBytes: 12, temperature: 1, seed: 6 })}`, `${drawn[0]}`);
});

test('speculation gives the same bytes, greedy or drawn, constrained or not', async () => {
  // A mask that makes the text repeat itself, so that guesses are made and often right.
  const mask = (completion: readonly number[]): Uint8Array => {
    const allowed = new Uint8Array(256);
    for (const byte of completion.length % 7 === 6
      ? bytesOf('abc')
      : bytesOf('let x ='.at(completion.length % 7) ?? ' '))
      allowed[byte] = 1;
    return allowed;
  };
  for (const options of [
    { mask },
    { mask, temperature: 1, candidates: 2 },
    {},
    { temperature: 0.7, constraint: 'utf8' },
  ] as const) {
    const plain = await of({ ...options, maxBytes: 40 });
    assert.equal(await of({ ...options, maxBytes: 40, speculate: 7 }), plain);
  }
});

test('guesses that come true save passes', async () => {
  const counted = { advance: 0, propose: 0 };
  const { advance, propose } = decoder;
  decoder.advance = (...given) => {
    counted.advance += 1;
    return advance.apply(decoder, given);
  };
  decoder.propose = (...given) => {
    counted.propose += 1;
    return propose.apply(decoder, given);
  };
  const pattern = bytesOf('abcdefgh');
  const mask = (completion: readonly number[]): Uint8Array => {
    const allowed = new Uint8Array(256);
    allowed[pattern[completion.length % 8] as number] = 1;
    return allowed;
  };
  await generate(decoder, prompt, { mask, maxBytes: 64, speculate: 7 });
  Object.assign(decoder, { advance, propose });
  assert.ok(counted.propose >= 6 && counted.advance + counted.propose <= 24, JSON.stringify(counted));
});

test('a completion ends before a stop byte, and its log-probability is what score says', async () => {
  const [free] = (await of({ maxBytes: 8 })) as [number[]];
  const stop = free[5] as number;
  const [stopped] = await generate(decoder, prompt, { maxBytes: 8, stop: [stop] });
  assert.is(stopped?.ended, 'stop');
  assert.equal([...(stopped?.bytes ?? [])], free.slice(0, free.indexOf(stop)));
  const whole = Uint8Array.from([...free.slice(0, free.indexOf(stop)), stop]);
  const [scored] = await score(decoder, prompt, [whole]);
  assert.ok(Math.abs((scored?.logProbability as number) - (stopped?.logProbability as number)) < 1e-9);
});

test('under the UTF-8 constraint every completion is valid text, whatever the seed and length', async () => {
  for (let seed = 0; seed < 6; seed += 1) {
    const completions = await generate(decoder, prompt, {
      maxBytes: 5 + seed,
      candidates: 4,
      temperature: 3,
      seed,
      constraint: 'utf8',
    });
    for (const { bytes } of completions) {
      assert.is(bytes.length, 5 + seed);
      assert.not.throws(() => new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    }
  }
});

test('a stream never breaks a character, and is the completion', async () => {
  const options = { maxBytes: 30, temperature: 3, seed: 1, constraint: 'utf8' } as const;
  const pieces: string[] = [];
  for await (const piece of stream(decoder, prompt, options)) pieces.push(piece);
  const [whole] = await generate(decoder, prompt, options);
  assert.is(pieces.join(''), new TextDecoder().decode(whole?.bytes));
  assert.ok(pieces.length > 5 && pieces.every((piece) => !piece.includes('\ufffd')));
  assert.ok(/[^\0-\x7f]/.test(pieces.join('')), 'there is a longer character among them');
});

test('a mask that allows nothing ends the completion', async () => {
  const [completion] = await generate(decoder, prompt, {
    maxBytes: 20,
    mask: (bytes) => (bytes.length < 2 ? null : new Uint8Array(256)),
  });
  assert.is(completion?.ended, 'mask');
  assert.is(completion?.bytes.length, 2);
});

test('scores are the same alone, together and in any number, and sum to bits per byte', async () => {
  const continuations = ['1;', 'a longer one, that goes on for a while', '', '2'].map(bytesOf);
  const together = await score(decoder, prompt, continuations);
  for (const [index, bytes] of continuations.entries())
    assert.equal((await score(decoder, prompt, [bytes]))[0], together[index]);
  assert.is(together[2]?.logProbability, 0);
  const many = await score(
    decoder,
    prompt,
    Array.from({ length: 17 }, () => bytesOf('2')),
  );
  assert.ok(many.every(({ logProbability }) => logProbability === together[3]?.logProbability));
  const text = continuations[1] as Uint8Array;
  const { bitsPerByte, bytes } = await scoreText(decoder, text, prompt, 192);
  assert.is(bytes, text.length);
  assert.ok(Math.abs(bitsPerByte + (together[1]?.logProbability as number) / Math.LN2 / text.length) < 1e-12);
  const overlapping = await scoreText(decoder, new Uint8Array(150).fill(97), prompt, 50, 20);
  assert.ok(overlapping.bitsPerByte > 0 && overlapping.bytes === 150);
});

test('a prompt without room is refused, or loses its beginning where that was asked for', async () => {
  const long = Uint8Array.from({ length: 300 }, (_, at) => 32 + (at % 90));
  assert.is((await refused(() => generate(decoder, long, { maxBytes: 10 }))).code, 'prompt-too-long');
  const [slid] = await generate(decoder, long, { maxBytes: 10, overflow: 'slide' });
  const [same] = await generate(decoder, long.subarray(300 - 182), { maxBytes: 10 });
  assert.equal(slid, same);
  assert.is(
    (await refused(() => generate(decoder, long, { maxBytes: 192, overflow: 'slide' }))).code,
    'prompt-too-long',
  );
});

test('settings that make no sense are refused by name', async () => {
  for (const [options, name] of [
    [{ temperature: -1 }, 'temperature'],
    [{ temperature: Number.NaN }, 'temperature'],
    [{ topP: 0 }, 'topP'],
    [{ minP: 2 }, 'minP'],
    [{ topK: 1.5 }, 'topK'],
    [{ maxBytes: 0 }, 'maxBytes'],
    [{ candidates: 0 }, 'candidates'],
  ] as const) {
    const error = await refused(() => generate(decoder, prompt, options));
    assert.is(error.code, 'sampling-invalid');
    assert.match(error.message, name);
  }
  assert.is((await refused(() => generate(decoder, prompt, { candidates: 9 }))).code, 'cache-full');
});

test('an abort is felt within 50 ms, and gives all blocks back', async () => {
  const free = decoder.freeBlocks;
  const control = new AbortController();
  const running = refused(() => generate(decoder, prompt, { maxBytes: 160, signal: control.signal }));
  await new Promise((resolve) => setTimeout(resolve, 30));
  const asked = performance.now();
  control.abort();
  assert.is((await running).code, 'aborted');
  const late = performance.now() - asked;
  assert.ok(late < 50, `${late} ms`);
  assert.is(decoder.freeBlocks, free);
  assert.is((await refused(() => generate(decoder, prompt, { maxBytes: 1, signal: control.signal }))).code, 'aborted');
});

test('a device that is closed in the middle is an error for whoever generates, and nothing hangs', async () => {
  const device = await openDevice({ device: 'wasm', threads: 2 });
  const own = new Decoder(device, tinyModel());
  const running = refused(() => generate(own, prompt, { maxBytes: 160 }));
  await new Promise((resolve) => setTimeout(resolve, 5));
  await device.close();
  assert.is((await running).code, 'device-closed');
  assert.is((await refused(() => generate(own, prompt, { maxBytes: 1 }))).code, 'device-closed');
});
