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

/** The texts that the holes of a rewritten document were made in, and what stands behind the last of them. */
function restored(window: Uint8Array): {
  readonly text: number[];
  readonly middles: Uint8Array[];
  readonly rest: number[];
} {
  const text: number[] = [];
  const middles: Uint8Array[] = [];
  let at = window.indexOf(symbols.suffix);
  while (window[at] === symbols.suffix) {
    const prefix = window.indexOf(symbols.prefix, at);
    const middle = window.indexOf(symbols.middle, prefix);
    const end = window.indexOf(symbols.document, middle);
    assert.ok(prefix > at && middle > prefix && end > middle, 'a middle ends with a document symbol');
    middles.push(window.slice(middle + 1, end));
    text.push(...window.slice(prefix + 1, middle), ...window.slice(middle + 1, end), ...window.slice(at + 1, prefix));
    at = end + 1;
  }
  const next = window.indexOf(symbols.document, at);
  return { text, middles, rest: [...window.slice(at, next < 0 ? window.length : next)] };
}

test('prefix, middle and suffix of every hole, put together again, are the text but for the bytes that the symbols took', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', minLength: 60, maxLength: 2000 }),
      fc.nat(),
      fc.boolean(),
      (text, key, more) => {
        const before = more ? windowOf('fn a() {}', text, 'z') : windowOf(text);
        const window = before.slice();
        const holes = infill(window, sequence(key));
        assert.is(window.length, before.length);
        if (holes === 0) return assert.equal(window, before);
        const { start, end } = longestPart(before);
        assert.equal(window.slice(0, start), before.slice(0, start));
        assert.equal(window.slice(end), before.slice(end));
        const found = restored(window.slice(0, end));
        assert.is(found.middles.length, holes);
        const again = [...found.text, ...found.rest];
        assert.equal(again, [...before.slice(start, start + again.length)]);
        assert.is(end - start - again.length, 4 * holes);
        // A middle is whole characters.
        for (const middle of found.middles) assert.is(((middle[0] ?? 0) & 0xc0) === 0x80, false);
      },
    ),
    { numRuns: 300 },
  );
});

const text = Array.from({ length: 20 }, (_, index) => `    let line_${index} = ${index};`).join('\n');

test('a long document has several holes, none of which lies far from what is around it', () => {
  const window = windowOf(Array.from({ length: 5 }, () => text).join('\n'));
  assert.ok(window.length > 2000);
  const holes = infill(window, sequence(3));
  assert.ok(holes >= 3, `${holes} holes`);
  const places = [...window.entries()].flatMap(([at, byte]) => (byte === symbols.suffix ? [at] : []));
  for (const [index, at] of places.entries())
    assert.ok((places[index + 1] ?? window.length) - at <= 768 + 48 + 8, `a part of ${(places[index + 1] ?? 0) - at}`);
});

test('whole lines are the usual span, and a short part is left alone', () => {
  let whole = 0;
  let all = 0;
  for (let key = 0; key < 200; key += 1) {
    const window = windowOf(text);
    if (infill(window, sequence(key)) === 0) continue;
    for (const middle of restored(window).middles) {
      all += 1;
      const [first] = new TextDecoder().decode(middle).split('\n');
      if (text.split('\n').includes(first ?? '')) whole += 1;
    }
  }
  assert.ok(whole > 0.4 * all && whole < 0.9 * all, `${whole} of ${all} start with a whole line`);
  const short = windowOf('fn main() {}');
  const kept = short.slice();
  assert.is(infill(short, sequence(1)), 0);
  assert.equal(short, kept);
});
