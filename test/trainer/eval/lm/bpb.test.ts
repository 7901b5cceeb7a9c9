// Every byte is counted once, whatever the windows; boundaries are not.
import { symbols as control } from '../../../../engine/model/symbols.ts';
import { DocumentStream } from '../../../../trainer/collate/stream.ts';
import { type BpbFigure, bitsPerByte, type Scorer } from '../../../../trainer/eval/lm/bpb.ts';
import { assert, test } from '../../../support/harness.ts';

const text = new TextEncoder().encode('abcdefghij'.repeat(7));
const documents = [0, 17, 18, 40].map((offset, index, all) => ({
  file: 0,
  offset,
  bytes: (all[index + 1] ?? 70) - offset,
}));
const stream = new DocumentStream(documents, (_, at, into) => into.set(text.subarray(at, at + into.length)));

/** One bit for each `a`, two for everything else; a boundary costs a thousand. */
function scorer(windows: number, context: number): Scorer {
  return {
    windows,
    context,
    losses: async (symbols) => {
      const nats = new Float32Array(windows * context);
      for (let row = 0; row < windows; row += 1)
        for (let at = 0; at < context; at += 1) {
          const symbol = symbols[row * (context + 1) + at + 1];
          nats[row * context + at] = Math.LN2 * (symbol === 0x61 ? 1 : symbol === control.document ? 1000 : 2);
        }
      return nats;
    },
  };
}

test('the same figure for windows of any size and number', async () => {
  for (const windows of [1, 3, 8])
    for (const context of [1, 5, 16, 200]) {
      const { bpb, bytes } = (await bitsPerByte(stream, scorer(windows, context))) as BpbFigure;
      assert.is(bytes, 70, `${windows} windows of ${context}`);
      assert.ok(Math.abs(bpb - 1.9) < 1e-6, `${bpb}`);
    }
});

test('a limit reads the beginning alone', async () => {
  const figure = await bitsPerByte(stream, scorer(2, 5), { limit: 11 });
  assert.is(figure?.bytes, 10);
});

test('windows that overlap count every byte once, each with as much before it as stride and context leave', async () => {
  for (const [context, stride] of [
    [16, 16],
    [16, 5],
    [16, 1],
    [40, 13],
  ] as const) {
    const positions: Scorer = {
      windows: 3,
      context,
      // As many bits as the byte's place in its window.
      losses: async (symbols) => Float32Array.from(symbols.slice(0, 3 * context), (_, at) => Math.LN2 * (at % context)),
    };
    const figure = (await bitsPerByte(stream, positions, { stride })) as BpbFigure;
    assert.is(figure.bytes, 70, `stride ${stride} of ${context}`);
    const all = new Uint8Array(stream.length);
    stream.copy(0, all);
    // The symbol at 1 + at is predicted at the place `at`, in the window of the stride that it falls into.
    const places = [...all.subarray(1).entries()]
      .filter(([, symbol]) => symbol !== control.document)
      .map(([at]) => at - Math.max(0, (Math.floor(at / stride) + 1) * stride - context));
    const expected = places.reduce((sum, place) => sum + place, 0) / places.length;
    assert.ok(
      Math.abs(figure.bpb - expected) < 1e-5,
      `stride ${stride} of ${context}: ${figure.bpb}, expected ${expected}`,
    );
  }
});
