// Batches are a function of seed and number, read every window once an epoch, and keep the shares of the mixture.
import { symbols } from '../../../engine/model/symbols.ts';
import { RustaError } from '../../../schemas/errors.ts';
import { hash32, permuted } from '../../../trainer/collate/random.ts';
import { Sampler } from '../../../trainer/collate/sampler.ts';
import { DocumentStream, type Extent } from '../../../trainer/collate/stream.ts';
import { assert, test } from '../../support/harness.ts';

/** A stream over texts held in memory, and its symbols written out. */
function streamOf(texts: readonly string[]): { stream: DocumentStream; symbols: Uint8Array } {
  const bytes = texts.map((text) => new TextEncoder().encode(text));
  const file = Uint8Array.from(bytes.flatMap((part) => [...part]));
  let offset = 0;
  const documents: Extent[] = bytes.map((part) => {
    const extent = { file: 0, offset, bytes: part.length };
    offset += part.length;
    return extent;
  });
  const stream = new DocumentStream(documents, (_, at, into) => into.set(file.subarray(at, at + into.length)));
  return { stream, symbols: Uint8Array.from(bytes.flatMap((part) => [symbols.document, ...part])) };
}

const texts = Array.from({ length: 40 }, (_, index) => `fn f${index}() { ${'x'.repeat((index * 7) % 31)} }\n`);

test('a permutation is one, for sizes around powers of two', () => {
  for (const size of [1, 2, 3, 15, 16, 17, 1000]) {
    const seen = new Set(Array.from({ length: size }, (_, index) => permuted(index, size, 99)));
    assert.is(seen.size, size);
    assert.ok([...seen].every((place) => place >= 0 && place < size));
  }
  const order = (key: number) => Array.from({ length: 50 }, (_, index) => permuted(index, 50, key)).join();
  assert.is.not(order(1), order(2));
});

test('numbers of nearby keys share no pattern', () => {
  const ones = Array.from({ length: 4096 }, (_, index) => hash32(7, index) & 1).reduce((a, b) => a + b);
  assert.ok(Math.abs(ones - 2048) < 200, `${ones} of 4096`);
});

test('any cut of a stream is the documents, each after its symbol', () => {
  const { stream, symbols: whole } = streamOf([...texts, '', 'é\n', '']);
  assert.is(stream.length, whole.length);
  for (let start = 0; start < whole.length; start += 13)
    for (const length of [1, 2, 40, whole.length - start]) {
      if (start + length > whole.length) continue;
      const into = new Uint8Array(length);
      stream.copy(start, into);
      assert.equal(into, whole.slice(start, start + length), `${length} from ${start}`);
    }
  assert.throws(() => stream.copy(whole.length - 1, new Uint8Array(2)), /past|symbols/);
});

test('an epoch reads every window once, the next one in another order and phase', () => {
  const { stream } = streamOf(texts);
  const context = 24;
  const sampler = new Sampler([{ name: 'code', stream, weight: 1, infill: 0 }], { seed: 5, batch: 1, context });
  const windows = Math.floor((stream.length - 1) / context) - 1;
  const starts = (epoch: number) =>
    Array.from({ length: windows }, (_, index) => sampler.places(epoch * windows + index)[0]?.start as number);
  const first = starts(0);
  assert.equal(
    [...first].sort((a, b) => a - b),
    Array.from({ length: windows }, (_, index) => index * context),
  );
  const second = starts(1);
  assert.is(new Set(second).size, windows);
  assert.is.not(first.join(), second.join());
  assert.is(sampler.places(2 * windows)[0]?.epoch, 2);
});

test('a batch can be made again, alone, and another seed makes another', () => {
  const { stream } = streamOf(texts);
  const make = (seed: number) =>
    new Sampler([{ name: 'code', stream, weight: 1, infill: 0.5 }], { seed, batch: 3, context: 64 });
  const batches = Array.from({ length: 6 }, (_, step) => make(1).batch(step));
  assert.equal(make(1).batch(5), batches[5]);
  assert.is.not(Buffer.from(make(2).batch(5)).toString('hex'), Buffer.from(batches[5] as Uint8Array).toString('hex'));
});

test('shares are kept over time and every batch is full', () => {
  const { stream } = streamOf(texts);
  const sampler = new Sampler(
    [
      { name: 'code', stream, weight: 0.83, infill: 0 },
      { name: 'prose', stream, weight: 0.17, infill: 0 },
    ],
    { seed: 1, batch: 5, context: 16 },
  );
  let prose = 0;
  for (let step = 0; step < 200; step += 1) {
    const places = sampler.places(step);
    assert.is(places.length, 5);
    prose += places.filter(({ source }) => source === 1).length;
  }
  assert.is(prose, 170);
});

test('a source too short for its windows, and a mixture of nothing, are refused by name', () => {
  const { stream } = streamOf(['short']);
  const refuse = (weight: number) =>
    new Sampler([{ name: 'prose', stream, weight, infill: 0 }], { seed: 1, batch: 1, context: 64 });
  assert.throws(
    () => refuse(1),
    (error: unknown) => error instanceof RustaError && error.message.includes('prose'),
  );
  assert.throws(() => refuse(0), /no source/);
});
