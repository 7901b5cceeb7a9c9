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

/** The text of a rewritten document with what was taken out put back, and what was. */
function restored(document: Uint8Array): { readonly text: number[]; readonly middles: Uint8Array[] } {
  const text: number[] = [];
  const middles: Uint8Array[] = [];
  let at = 0;
  for (;;) {
    const suffix = document.indexOf(symbols.suffix, at);
    if (suffix < 0) return { text: [...text, ...document.slice(at)], middles };
    const prefix = document.indexOf(symbols.prefix, suffix);
    const middle = document.indexOf(symbols.middle, prefix);
    const end = document.indexOf(symbols.document, middle);
    assert.ok(prefix > suffix && middle > prefix && end > middle, 'a middle ends with a document symbol');
    middles.push(document.slice(middle + 1, end));
    text.push(...document.slice(at, suffix), ...document.slice(prefix + 1, middle));
    text.push(...document.slice(middle + 1, end), ...document.slice(suffix + 1, prefix));
    at = end + 1;
  }
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
        const found = restored(window.slice(start, end));
        assert.is(found.middles.length, holes);
        assert.equal(found.text, [...before.slice(start, start + found.text.length)]);
        assert.is(end - start - found.text.length, 4 * holes);
        // A middle is whole characters.
        for (const middle of found.middles) assert.is(((middle[0] ?? 0) & 0xc0) === 0x80, false);
      },
    ),
    { numRuns: 300 },
  );
});

const text = Array.from({ length: 20 }, (_, index) => `    let line_${index} = ${index};`).join('\n');

test('a long document has several holes, near what is around them, and text between them as it was', () => {
  const window = windowOf(Array.from({ length: 5 }, () => text).join('\n'));
  assert.ok(window.length > 2000);
  let plain = 0;
  for (let key = 0; key < 20; key += 1) {
    const rewritten = window.slice();
    const holes = infill(rewritten, sequence(key));
    assert.ok(holes >= 1, `${holes} holes`);
    let at = 1;
    for (;;) {
      const suffix = rewritten.indexOf(symbols.suffix, at);
      if (suffix < 0) break;
      if (suffix - at >= 128) plain += 1;
      const end = rewritten.indexOf(symbols.document, suffix);
      assert.ok(end - suffix <= 640 + 48 + 8, `a part of ${end - suffix}`);
      at = end + 1;
    }
  }
  assert.ok(plain > 10, `${plain} holes after text as it was`);
});

test('whole lines without their indentation are the usual span, and a short part is left alone', () => {
  const own = text.split('\n').map((line) => line.trim());
  let whole = 0;
  let all = 0;
  for (let key = 0; key < 200; key += 1) {
    const window = windowOf(text);
    if (infill(window, sequence(key)) === 0) continue;
    for (const middle of restored(window.slice(1)).middles) {
      all += 1;
      const [first] = new TextDecoder().decode(middle).split('\n');
      if (own.includes(first ?? '')) whole += 1;
    }
  }
  assert.ok(whole > 0.5 * all && whole < 0.9 * all, `${whole} of ${all} start with a whole line`);
  const short = windowOf('fn main() {}');
  const kept = short.slice();
  assert.is(infill(short, sequence(1)), 0);
  assert.equal(short, kept);
});

test('an empty line that was drawn leaves its part alone, and the document goes on', () => {
  const sparse = Array.from({ length: 60 }, (_, index) => `    let line_${index} = ${index};\n\n\n`).join('\n');
  let far = 0;
  for (let key = 0; key < 40; key += 1) {
    const window = windowOf(sparse);
    infill(window, sequence(key));
    if (window.lastIndexOf(symbols.suffix) > window.length - 1000) far += 1;
  }
  assert.ok(far > 25, `${far} of 40 have a hole in their last thousand bytes`);
});
