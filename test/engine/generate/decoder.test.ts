// The decoder: a position's logits are the same bits however its bytes came in, and blocks come back.
import { type Device, type DeviceOptions, openDevice } from '../../../engine/device.ts';
import { Decoder, type DecoderOptions } from '../../../engine/generate/decoder.ts';
import { ByteLM } from '../../../engine/model/byteLm.ts';
import { restored } from '../../../engine/quant/rows.ts';
import type { RustaError } from '../../../schemas/errors.ts';
import { assert, test } from '../../support/harness.ts';
import { bytesOf, tinyModel } from './model.ts';

export const timeoutMs = 240_000;

const text = bytesOf(
  'fn main() { let mut total = 0; for i in 0..10 { total += i; } println!("{total}"); } // and so on, and on',
);

async function withDecoder(
  options: DecoderOptions,
  body: (decoder: Decoder, device: Device) => Promise<void>,
  on: DeviceOptions = { device: 'reference' },
) {
  const device = await openDevice(on);
  try {
    await body(new Decoder(device, tinyModel(), options), device);
  } finally {
    await device.close();
  }
}

/** Logits after every byte of the text, read one by one. */
async function oneByOne(decoder: Decoder): Promise<Float32Array[]> {
  const { sequence, logits } = await decoder.prefill(text.subarray(0, 1));
  const all = [logits];
  for (const byte of text.subarray(1)) all.push(...(await decoder.advance([{ sequence, bytes: [byte] }])));
  sequence.dispose();
  return all;
}

/** Compares every way to compute the logits with these. */
async function sameEveryWay(decoder: Decoder, all: readonly Float32Array[]): Promise<void> {
  for (const length of [1, 2, 63, 64, 65, text.length]) {
    const { sequence, logits } = await decoder.prefill(text.subarray(0, length));
    assert.equal(logits, all[length - 1], `a prompt of ${length}`);
    if (length === text.length) {
      sequence.dispose();
      continue;
    }
    const forks = decoder.fork(sequence, 3);
    const rest = [...text.subarray(length, length + 9)];
    // Sequences of different lengths in one pass, beside one that holds something else.
    const chunks = forks.map((fork, index) => ({
      sequence: fork,
      bytes: index === 1 ? [1, 2] : rest.slice(0, 9 - index),
    }));
    const rows = await decoder.propose(chunks);
    for (const index of [0, 2])
      for (const [at, row] of (rows[index] as Float32Array[]).entries())
        assert.equal(row, all[length + at], `byte ${at} after ${length}, candidate ${index}`);
    for (const fork of forks) fork.dispose();
  }
}

test('logits are bit-identical one by one, in chunks, in a batch and after a fork: on the reference', () =>
  withDecoder({ prefixes: 0 }, async (decoder) => sameEveryWay(decoder, await oneByOne(decoder))));

test('the same on WebAssembly, with one thread and with two, and near to the reference', async () => {
  let reference: Float32Array[] = [];
  await withDecoder({ prefixes: 0 }, async (decoder) => {
    reference = await oneByOne(decoder);
  });
  let first: Float32Array[] | null = null;
  for (const threads of [1, 2]) {
    await withDecoder(
      { prefixes: 0 },
      async (decoder) => {
        first ??= await oneByOne(decoder);
        // A value that lies between two steps may be rounded to the other one: then a position is further off, but few are.
        const off = first.map((row, at) =>
          Math.max(...row.map((value, i) => Math.abs(value - (reference[at]?.[i] as number)))),
        );
        assert.ok(off.filter((most) => most < 1e-3).length > 0.9 * off.length, String(off));
        await sameEveryWay(decoder, first);
      },
      { device: 'wasm', threads },
    );
  }
});

/** Sum of the differences of all logits. */
function distance(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  return a.reduce(
    (sum, row, at) => sum + row.reduce((all, value, i) => all + Math.abs(value - (b[at]?.[i] as number)), 0),
    0,
  );
}

test('a 16-bit cache: the same every way and at any thread count, near to the reference, and nearer to it than 8 bits are to 16', async () => {
  const options = { prefixes: 0, cacheBits: 16 } as const;
  const logits = async (own: DecoderOptions, device: DeviceOptions): Promise<Float32Array[]> => {
    let rows: Float32Array[] = [];
    await withDecoder(
      own,
      async (decoder) => {
        rows = await oneByOne(decoder);
        if (device.device === 'wasm') await sameEveryWay(decoder, rows);
      },
      device,
    );
    return rows;
  };
  const one = await logits(options, { device: 'wasm', threads: 1 });
  assert.equal(await logits(options, { device: 'wasm', threads: 2 }), one);
  const reference = await logits(options, { device: 'reference' });
  const eight = await logits({ prefixes: 0 }, { device: 'reference' });
  assert.ok(distance(one, reference) < 0.5 * distance(eight, reference), `${distance(one, reference)}`);
});

/** The likeliest byte of all, and the next likely. */
function best(logits: Float32Array, place = 0): number {
  return [...logits.keys()].sort((a, b) => (logits[b] as number) - (logits[a] as number) || a - b)[place] as number;
}

async function stepsAhead(decoder: Decoder): Promise<void> {
  // Mostly the likeliest byte, as the device expects, but not always: the first of a run, its middle and its end.
  const others = new Set([0, 9, 17, 18, 40]);
  const steps = 60;
  const { sequence, logits } = await decoder.prefill(text);
  const [plain, guessed, other] = decoder.fork(sequence, 3) as [typeof sequence, typeof sequence, typeof sequence];
  const chosen: number[] = [];
  const rows: Float32Array[] = [];
  let newest = logits;
  for (let step = 0; step < steps; step += 1) {
    chosen.push(best(newest, others.has(step) ? 1 : 0));
    [newest] = (await decoder.advance([{ sequence: plain, bytes: [chosen[step] as number] }])) as [Float32Array];
    rows.push(newest);
  }
  for (const [step, byte] of chosen.entries()) {
    const [row] = await decoder.advance([{ sequence: guessed, bytes: [byte] }], undefined, steps - 1 - step);
    assert.equal(row, rows[step], `step ${step}`);
    // Others come in between: a pass that leaves no trace, another sequence, a chunk of this one.
    if (step === 25) await decoder.propose([{ sequence: guessed, bytes: [1, 2, 3] }]);
    if (step === 33) await decoder.advance([{ sequence: other, bytes: [1] }], undefined, 9);
    if (step === 50) {
      const chunk = { sequence: guessed, bytes: chosen.slice(51, 53) };
      assert.equal((await decoder.propose([chunk]))[0], rows.slice(51, 53));
    }
  }
  for (const each of [plain, guessed, other]) each.dispose();
}

test('what the device computes ahead are the same bits as step by step, and dropped where another byte is chosen', async () => {
  await withDecoder({ sequences: 4 }, stepsAhead);
  for (const threads of [1, 2]) await withDecoder({ sequences: 4 }, stepsAhead, { device: 'wasm', threads });
  await withDecoder({ sequences: 4, cacheBits: 16 }, stepsAhead, { device: 'wasm', threads: 1 });
});

test('what was proposed and not accepted leaves no trace', () =>
  withDecoder({ prefixes: 0 }, async (decoder) => {
    const all = await oneByOne(decoder);
    const { sequence } = await decoder.prefill(text.subarray(0, 60));
    const wrong = { sequence, bytes: [text[60] as number, 1, 2, 3, 4, 5, 6, 7] };
    await decoder.propose([wrong]);
    decoder.accept(wrong, 1);
    assert.equal((await decoder.advance([{ sequence, bytes: [text[61] as number] }]))[0], all[61]);
    sequence.dispose();
  }));

test('a prompt that begins like an earlier one reads only what is new, to the same logits', () =>
  withDecoder({ prefixes: 2 }, async (decoder) => {
    const first = await decoder.prefill(text);
    first.sequence.dispose();
    const free = decoder.freeBlocks;
    const again = await decoder.prefill(text);
    assert.equal(again.logits, first.logits);
    const other = Uint8Array.from([...text.subarray(0, 70), 1, 2, 3]);
    const reused = await decoder.prefill(other);
    await withDecoder({ prefixes: 0 }, async (fresh) => {
      assert.equal(reused.logits, (await fresh.prefill(other)).logits);
    });
    again.sequence.dispose();
    reused.sequence.dispose();
    assert.is(decoder.freeBlocks, free, 'the remembered prefix alone is held');
  }));

test('all blocks come back, and a windowed layer gives back early what no position sees', () =>
  withDecoder({ prefixes: 0, sequences: 2 }, async (decoder) => {
    const free = decoder.freeBlocks;
    const { sequence } = await decoder.prefill(Uint8Array.from({ length: 180 }, (_, at) => at));
    assert.equal(
      sequence.tables.map((table) => table.filter((block) => block >= 0).length),
      [1, 3],
      'positions 161 to 180 of the window, and all',
    );
    for (const fork of decoder.fork(sequence, 2)) fork.dispose();
    assert.is(decoder.freeBlocks, free);
  }));

test('what does not fit is refused: an empty prompt, one beyond the context, more sequences than blocks', () =>
  withDecoder({ prefixes: 0, sequences: 1 }, async (decoder) => {
    const refused = async (run: () => Promise<unknown>): Promise<RustaError> => {
      try {
        await run();
      } catch (error) {
        return error as RustaError;
      }
      throw new Error('it was accepted');
    };
    assert.is((await refused(() => decoder.prefill(new Uint8Array(0)))).code, 'empty-prompt');
    const long = await refused(() => decoder.prefill(new Uint8Array(193)));
    assert.is(long.code, 'prompt-too-long');
    assert.match(long.message, '193 bytes and 0 more do not fit into the context of 192');
    const free = decoder.freeBlocks;
    const { sequence } = await decoder.prefill(new Uint8Array(180));
    assert.is((await refused(async () => decoder.fork(sequence, 9))).code, 'cache-full');
    sequence.dispose();
    assert.is(decoder.freeBlocks, free, 'nothing is held after a refusal');
  }));

/** What the model of the same weights says without a cache and without rounding anything. */
async function inFloats(): Promise<Float32Array[]> {
  const { config, tensors, mix } = tinyModel();
  const device = await openDevice({ device: 'wasm' });
  const parameters = [...tensors].map(([name, held]) => [name, device.tensor(restored(held), held.shape)] as const);
  const model = new ByteLM(device, config, {
    ...Object.fromEntries(parameters),
    mix: device.tensor(mix, [config.layers, 2]),
  });
  const raw = await model.logits(device.tensor(text, [1, text.length], 'u8')).data();
  await device.close();
  const cap = config.logitCap;
  return Array.from({ length: text.length }, (_, at) =>
    Float32Array.from(raw.subarray(256 * at, 256 * at + 256), (z) => (cap === null ? z : cap * Math.tanh(z / cap))),
  );
}

test('weights alone in int8: the same every way, and far nearer to the model in floats than with activations in int8', async () => {
  const floats = await inFloats();
  const off: Record<string, number> = {};
  for (const activations of ['int8', 'float'] as const)
    await withDecoder(
      { prefixes: 0, cacheBits: 16, activations },
      async (decoder) => {
        const rows = await oneByOne(decoder);
        off[activations] = distance(rows, floats);
        if (activations === 'float') await sameEveryWay(decoder, rows);
      },
      { device: 'wasm', threads: 2 },
    );
  // Floats are rounded in the cache alone, by 2^-11 of themselves at most; a row in int8 by 1/126 of its largest at most. Where a
  // rounding of either kind moves a logit as far, they are apart by that factor; int8 has more roundings besides.
  assert.ok((off.float as number) < (126 / 2 ** 11) * (off.int8 as number), JSON.stringify(off));
});
