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
  const figure = await bitsPerByte(stream, scorer(2, 5), 11);
  assert.is(figure?.bytes, 10);
});
