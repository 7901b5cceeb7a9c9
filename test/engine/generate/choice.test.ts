// The pure parts of generation: choosing a byte, valid UTF-8, guesses, blocks.
import fc from 'fast-check';
import { lookUp } from '../../../engine/generate/lookup.ts';
import { BlockPool } from '../../../engine/generate/pool.ts';
import { greedy, logProbability, sample } from '../../../engine/generate/sampler.ts';
import { allowedAfter, between, follow, stateAfter } from '../../../engine/generate/utf8.ts';
import { assert, test } from '../../support/harness.ts';
import { bytesOf } from './model.ts';

/** Logits of 256 bytes: those given, and -30 for the others. */
const logits = (given: Record<number, number>): Float32Array =>
  Float32Array.from({ length: 256 }, (_, byte) => given[byte] ?? -30);

/** Shares of the bytes that are drawn over evenly spaced random numbers. */
function shares(given: Float32Array, sampling: Partial<typeof greedy>): Record<number, number> {
  const counts: Record<number, number> = {};
  for (let i = 0; i < 1000; i += 1) {
    const byte = sample(given, { ...greedy, temperature: 1, ...sampling }, null, (i + 0.5) / 1000) as number;
    counts[byte] = (counts[byte] ?? 0) + 1 / 1000;
  }
  return Object.fromEntries(Object.entries(counts).map(([byte, share]) => [byte, Math.round(share * 100) / 100]));
}

const three = logits({ 1: Math.log(0.5), 2: Math.log(0.3), 3: Math.log(0.2) });

test('bytes are drawn as often as they are likely, within top-k, top-p and min-p', () => {
  assert.equal(shares(three, {}), { 1: 0.5, 2: 0.3, 3: 0.2 });
  assert.equal(shares(three, { topK: 2 }), { 1: 0.63, 2: 0.38 });
  assert.equal(shares(three, { topP: 0.5 }), { 1: 1 });
  assert.equal(shares(three, { topP: 0.6 }), { 1: 0.63, 2: 0.38 });
  assert.equal(shares(three, { minP: 0.5 }), { 1: 0.63, 2: 0.38 });
  assert.equal(shares(three, { temperature: 0.5 }), { 1: 0.66, 2: 0.24, 3: 0.11 });
  assert.equal(shares(three, { temperature: 1e-6 }), { 1: 1 });
});

test('greedy takes the lowest of equal bytes, and only what the mask allows', () => {
  const equal = new Float32Array(256);
  assert.is(sample(equal, greedy, null, 0.9), 0);
  const mask = new Uint8Array(256);
  assert.is(sample(equal, greedy, mask, 0), null);
  mask[200] = 1;
  assert.is(sample(three, { ...greedy, temperature: 2 }, mask, 0.5), 200);
});

test('NaN logits are an error that says so', () => {
  assert.throws(() => sample(logits({ 5: Number.NaN }), greedy, null, 0), /the model gives NaN/);
  assert.throws(() => logProbability(logits({ 5: Number.NaN }), 1), /the model gives NaN/);
});

test('the UTF-8 state accepts exactly what a decoder does', () => {
  const accepts = (bytes: readonly number[]): boolean => {
    let state: ReturnType<typeof follow> = between;
    for (const byte of bytes) state = state && follow(state, byte);
    return state !== null && state.missing === 0;
  };
  const decodes = (bytes: readonly number[]): boolean => {
    try {
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
      return true;
    } catch {
      return false;
    }
  };
  const edge = fc.constantFrom(
    0x7f,
    0x80,
    0x8f,
    0x90,
    0x9f,
    0xa0,
    0xbf,
    0xc1,
    0xc2,
    0xe0,
    0xed,
    0xef,
    0xf0,
    0xf4,
    0xf5,
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(edge, fc.nat(255)), { maxLength: 5 }), (bytes) => accepts(bytes) === decodes(bytes)),
    { numRuns: 5000 },
  );
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => accepts([...bytesOf(text)])));
});

test('a text that ends within a character tells what is missing, and no character begins that cannot end', () => {
  assert.is(stateAfter(bytesOf('aé').subarray(0, 2)).missing, 1);
  assert.is(stateAfter(bytesOf('a€').subarray(0, 2)).missing, 2);
  assert.is(stateAfter([0x80, 0x80]).missing, 0);
  assert.is(stateAfter(bytesOf('€')).missing, 0);
  const oneLeft = allowedAfter(between, 1);
  assert.equal([oneLeft[0x41], oneLeft[0xc3], oneLeft[0xe2]], [1, 0, 0]);
  assert.equal([allowedAfter(between, 2)[0xc3], allowedAfter(between, 2)[0xe2]], [1, 0]);
});

test('a guess is what followed the latest place of the longest match', () => {
  const text = (of: string): number[] => [...bytesOf(of)];
  assert.equal(lookUp(text('the cat sat. the ca'), 5), text('t sat'));
  assert.equal(lookUp(text('abcd1 abcd2 abcd'), 1), text('2'));
  assert.equal(lookUp(text('xyzabcd1 abcd2 xyzabcd'), 1), text('1'));
  assert.equal(lookUp(text('abc abc'), 4), [], 'three bytes are too few');
  assert.equal(lookUp(text('aaaaaaaa'), 3), text('a'), 'no further than the text goes');
  assert.equal(lookUp([], 3), []);
});

test('blocks are handed out while there are any, and come back when the last holder lets go', () => {
  const pool = new BlockPool(2);
  const first = pool.take();
  pool.retain(first);
  assert.ok(pool.shared(first));
  pool.take();
  assert.throws(() => pool.take(), /all 2 blocks of the cache are held/);
  pool.release(first);
  assert.is(pool.free, 0);
  pool.release(first);
  assert.is(pool.take(), first);
});
