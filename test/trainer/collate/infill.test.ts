// Infilling keeps the window's length and text: what was taken out comes last, and putting it back gives the text again.
import fc from 'fast-check';
import { symbols } from '../../../engine/model/symbols.ts';
import { infill, longestPart } from '../../../trainer/collate/infill.ts';
import { sequence } from '../../../trainer/collate/random.ts';
import { assert, test } from '../../support/harness.ts';

const encode = (text: string) => new TextEncoder().encode(text);

function windowOf(...documents: string[]): Uint8Array {
  return Uint8Array.from(documents.flatMap((text) => [symbols.document, ...encode(text)]));
}

test('the longest document of a window is the one that is rewritten', () => {
  const window = windowOf('ab', 'abcdef', 'abc');
  assert.equal(longestPart(window), { start: 4, end: 10 });
});

test('prefix, suffix and middle, put together again, are the text but for the bytes that the symbols took', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', minLength: 60, maxLength: 300 }),
      fc.nat(),
      fc.boolean(),
      (text, key, more) => {
        const before = more ? windowOf('fn a() {}', text, 'z') : windowOf(text);
        const window = before.slice();
        if (!infill(window, sequence(key))) return;
        assert.is(window.length, before.length);
        const at = (symbol: number) => window.indexOf(symbol);
        const [prefix, suffix, middle] = [at(symbols.prefix), at(symbols.suffix), at(symbols.middle)];
        assert.ok(prefix < suffix && suffix < middle);
        const end = window.indexOf(symbols.document, middle);
        assert.ok(end > middle, 'the middle ends with a document symbol');
        const again = [
          ...window.slice(prefix + 1, suffix),
          ...window.slice(middle + 1, end),
          ...window.slice(suffix + 1, middle),
        ];
        const { start, end: whole } = longestPart(before);
        assert.equal(again, [...before.slice(start, start + again.length)]);
        assert.ok(whole - start - again.length <= 4);
        // The middle is whole characters.
        assert.is(((window[middle + 1] as number) & 0xc0) === 0x80, false);
      },
    ),
    { numRuns: 300 },
  );
});

test('whole lines are the usual span, and a short part is left alone', () => {
  const text = Array.from({ length: 20 }, (_, index) => `    let line_${index} = ${index};`).join('\n');
  let whole = 0;
  for (let key = 0; key < 200; key += 1) {
    const window = windowOf(text);
    if (!infill(window, sequence(key))) continue;
    const middle = window.slice(window.indexOf(symbols.middle) + 1, -1);
    const taken = new TextDecoder().decode(middle);
    if (text.split('\n').includes(taken.split('\n')[0] ?? '')) whole += 1;
  }
  assert.ok(whole > 90 && whole < 180, `${whole} of 200 start with a whole line`);
  const short = windowOf('fn main() {}');
  const kept = short.slice();
  assert.is(infill(short, sequence(1)), false);
  assert.equal(short, kept);
});
