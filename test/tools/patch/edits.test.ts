// Byte-range edits as a specification: what is applied, what is refused by name, and that finding and undoing are inverses.
import fc from 'fast-check';
import { RustaError } from '../../../schemas/errors.ts';
import {
  applyByteEdits,
  applyEdits,
  composeEdits,
  diffEdits,
  invertEdits,
  type Replacement,
} from '../../../tools/patch/edits.ts';
import { assert, test } from '../../support/harness.ts';

const apply = (text: string, edits: readonly Replacement[]): string =>
  Buffer.from(applyEdits(Buffer.from(text), edits)).toString();

const code = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof RustaError) return error.code;
    throw error;
  }
  return 'accepted';
};

for (const { title, text, edits, gives } of [
  { title: 'an insertion', text: 'foo', edits: [{ start: 0, end: 0, text: 'oh ' }], gives: 'oh foo' },
  { title: 'an insertion at the end', text: 'foo', edits: [{ start: 3, end: 3, text: '!' }], gives: 'foo!' },
  { title: 'a removal', text: 'a, b', edits: [{ start: 1, end: 3, text: '' }], gives: 'ab' },
  {
    title: 'edits out of order',
    text: 'foo bar',
    edits: [
      { start: 4, end: 7, text: 'B' },
      { start: 0, end: 3, text: 'F' },
    ],
    gives: 'F B',
  },
  {
    title: 'an edit given twice, once',
    text: 'x',
    edits: [
      { start: 0, end: 0, text: '&' },
      { start: 0, end: 0, text: '&' },
    ],
    gives: '&x',
  },
  {
    title: 'two insertions at one place, in their order',
    text: 'x',
    edits: [
      { start: 0, end: 0, text: '&' },
      { start: 0, end: 0, text: 'mut ' },
    ],
    gives: '&mut x',
  },
  {
    title: 'insertions that touch a replacement, outside it',
    text: 'abc',
    edits: [
      { start: 1, end: 2, text: 'B' },
      { start: 2, end: 2, text: ')' },
      { start: 1, end: 1, text: '(' },
    ],
    gives: 'a(B)c',
  },
  { title: 'byte offsets, not characters', text: 'é=1', edits: [{ start: 3, end: 4, text: '2' }], gives: 'é=2' },
]) {
  test(`applies ${title}`, () => assert.is(apply(text, edits), gives));
}

for (const { title, edits, named } of [
  { title: 'a range past the end', edits: [{ start: 0, end: 9, text: '' }], named: 'edit-range' },
  { title: 'a reversed range', edits: [{ start: 2, end: 1, text: '' }], named: 'edit-range' },
  { title: 'a negative start', edits: [{ start: -1, end: 1, text: '' }], named: 'edit-range' },
  { title: 'a fractional start', edits: [{ start: 0.5, end: 1, text: '' }], named: 'edit-range' },
  { title: 'half a character', edits: [{ start: 0, end: 1, text: '' }], named: 'edit-boundary' },
  {
    title: 'overlapping ranges',
    edits: [
      { start: 2, end: 5, text: 'x' },
      { start: 4, end: 6, text: 'y' },
    ],
    named: 'edit-overlap',
  },
  {
    title: 'two texts for one range',
    edits: [
      { start: 2, end: 4, text: 'x' },
      { start: 2, end: 4, text: 'y' },
    ],
    named: 'edit-overlap',
  },
  {
    title: 'an insertion inside a replaced range',
    edits: [
      { start: 2, end: 5, text: 'x' },
      { start: 3, end: 3, text: 'y' },
    ],
    named: 'edit-overlap',
  },
]) {
  test(`refuses ${title}`, () =>
    assert.is(
      code(() => apply('é23456', edits)),
      named,
    ));
}

test('refuses an edit whose place holds another text', () => {
  const edits = [{ start: 0, end: 3, old: 'bar', new: 'baz' }];
  assert.is(
    code(() => applyByteEdits(Buffer.from('foo'), edits)),
    'edit-mismatch',
  );
});

test('finds one small edit for each run of changed lines', () => {
  assert.equal(diffEdits('let x = 1;\nsame\nlet y = "é";\n', 'let mut x = 1;\nsame\nlet y = "è";\n'), [
    { start: 4, end: 4, old: '', new: 'mut ' },
    { start: 25, end: 27, old: 'é', new: 'è' },
  ]);
});

test('composes two steps, the second over what the first made', () => {
  const first = [{ start: 0, end: 0, text: 'mut ' }];
  const second = [{ start: 4, end: 5, text: 'y' }];
  assert.equal(composeEdits('x\n', [first, second]), [{ start: 0, end: 1, old: 'x', new: 'mut y' }]);
});

// Lines drawn from few, so that equal ones occur; endings of both kinds or none; text beyond ASCII and beyond the BMP.
const line = fc.oneof(
  fc.constantFrom('', 'a', 'b', 'é', '𝛼', '𝛽', '}', 'fn f() {'),
  fc.string({ unit: 'binary', maxLength: 6 }),
);
const text = fc
  .array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '')), { maxLength: 12 })
  .map((lines) => lines.flat().join(''));

test('property: applying the edits between two texts to the first gives the second', () => {
  fc.assert(
    fc.property(text, text, (before, after) => {
      const made = applyByteEdits(Buffer.from(before), diffEdits(before, after));
      assert.is(Buffer.from(made).toString(), after);
    }),
  );
});

test('property: undoing gives the first text back, byte for byte', () => {
  fc.assert(
    fc.property(text, text, (before, after) => {
      const edits = diffEdits(before, after);
      const made = applyByteEdits(Buffer.from(before), edits);
      assert.is(Buffer.from(applyByteEdits(made, invertEdits(edits))).toString(), before);
    }),
  );
});

test('property: edits that do not overlap act as one splice after another, last place first', () => {
  fc.assert(
    fc.property(
      text,
      fc.array(fc.tuple(fc.nat(), fc.string({ unit: 'binary', maxLength: 4 })), { maxLength: 8 }),
      (before, drawn) => {
        const points = [...before];
        const cuts = [...new Set(drawn.map(([at]) => at % (points.length + 1)))].sort((a, b) => a - b);
        const ranges: { from: number; to: number; text: string }[] = [];
        for (let index = 0; index + 1 < cuts.length; index += 2) {
          ranges.push({ from: cuts[index] as number, to: cuts[index + 1] as number, text: drawn[index]?.[1] ?? '' });
        }
        const byte = (index: number): number => Buffer.byteLength(points.slice(0, index).join(''));
        const edits = ranges.map((range) => ({ start: byte(range.from), end: byte(range.to), text: range.text }));
        let expected = points;
        for (const { from, to, text } of [...ranges].reverse()) {
          expected = [...expected.slice(0, from), text, ...expected.slice(to)];
        }
        assert.is(apply(before, [...edits].reverse()), expected.join(''));
      },
    ),
  );
});
