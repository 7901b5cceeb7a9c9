// Anchors: the exact span, found again after edits and moves, and never a span of other words.
import fc from 'fast-check';
import { makeAnchor, resolveAnchor, spanHash } from '../../../tools/docs/anchor.ts';
import { sentencesOf } from '../../../tools/docs/sentences.ts';
import { assert, test } from '../../support/harness.ts';

const text = 'fn main() {\n    let names = vec!["ä", "b"];\n    show(names);\n    show(names);\n}\n';
const cite = (span: string, whole: string = text) => {
  const from = whole.indexOf(span);
  return makeAnchor({ kind: 'code', title: ['t'], source: 'src/main.rs', text: whole, from, to: from + span.length });
};

test('an anchor resolves to its exact text, in bytes', () => {
  const anchor = cite('vec!["ä", "b"]');
  assert.equal(resolveAnchor(anchor, text), { state: 'same', text: 'vec!["ä", "b"]', start: 28, end: 43 });
});

test('moved lines, other white space and edits elsewhere: found', () => {
  const anchor = cite('let names = vec!["ä", "b"];');
  for (const changed of [
    `// new\n// lines\n${text}`,
    text.replace('let names = ', 'let  names =\n        '),
    text.replace('main', 'start'),
  ]) {
    const found = resolveAnchor(anchor, changed);
    assert.is(found.state, 'moved');
    if (found.state !== 'lost') {
      assert.is(spanHash(found.text), anchor.span_sha256);
      assert.is(Buffer.from(changed).subarray(found.start, found.end).toString(), found.text);
    }
  }
});

test('changed words: said to be lost', () => {
  const found = resolveAnchor(cite('let names = vec!["ä", "b"];'), text.replace('"b"', '"c"'));
  assert.equal(found, { state: 'lost', why: 'its words are no longer there' });
});

test('equal spans are told apart by what stands around them, or not at all', () => {
  const second = text.lastIndexOf('show(names);');
  const anchor = makeAnchor({ kind: 'code', title: [], source: 's', text, from: second, to: second + 12 });
  const moved = `// first\n${text}`;
  const found = resolveAnchor(anchor, moved);
  assert.is(
    found.state === 'lost' ? -1 : found.start,
    Buffer.byteLength(moved.slice(0, moved.lastIndexOf('show(names);'))),
  );
  assert.is(resolveAnchor(anchor, 'a show(names); b show(names); c').state, 'lost');
});

test('an anchor that contradicts itself is not believed', () => {
  const anchor = { ...cite('main()'), start: 0, end: 4 };
  assert.is(resolveAnchor(anchor, text).state, 'lost');
});

test('after 200 random edits and moves at least 95% are found again, none wrongly', () => {
  const lines = Array.from(
    { length: 120 },
    (_, index) => `    let value_${index % 40} = compute(${index % 17}, "${index % 9}")?;`,
  );
  const whole = lines.join('\n');
  const target = 60;
  const from = lines.slice(0, target).join('\n').length + 1;
  const span = lines[target] as string;
  const anchor = makeAnchor({ kind: 'code', title: [], source: 's', text: whole, from, to: from + span.length });
  let found = 0;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom('insert', 'remove', 'indent', 'rename'), fc.nat(lines.length - 1)), {
        minLength: 1,
        maxLength: 6,
      }),
      (edits) => {
        const marked = lines.map((line, index) => ({ line, mine: index === target }));
        for (const [what, at] of edits) {
          const near = Math.abs(at - target) <= 1;
          const row = marked[at];
          if (row === undefined || row.mine || near) continue;
          if (what === 'insert') marked.splice(at, 0, { line: '    inserted();', mine: false });
          else if (what === 'remove') marked.splice(at, 1);
          else if (what === 'indent') marked[at] = { ...row, line: `    ${row.line}` };
          else marked[at] = { ...row, line: row.line.replace('compute', 'calculate') };
        }
        const changed = marked.map(({ line }) => line).join('\n');
        const mine = marked.findIndex((row) => row.mine);
        const start =
          marked
            .slice(0, mine)
            .map(({ line }) => line)
            .join('\n').length + 1;
        const result = resolveAnchor(anchor, changed);
        if (result.state === 'lost') return;
        assert.is(result.text.trim(), span.trim());
        assert.ok(Math.abs(result.start - start) <= 4, 'found at another place of the same words');
        found += 1;
      },
    ),
    { numRuns: 200 },
  );
  assert.ok(found >= 190, `${found} of 200 found`);
});

test('sentences are spans of the text; code and headings are none', () => {
  const page =
    '# Title\n\nOne thing, e.g. this. Another `x.y` thing! Last\n\n```rust\nlet a = 1. + 2.;\n```\n\n- An item.\n';
  const found = sentencesOf(page);
  assert.equal(
    found.map((one) => one.text),
    ['One thing, e.g. this.', 'Another `x.y` thing!', 'Last', 'An item.'],
  );
  for (const { text: own, from, to } of found) assert.is(page.slice(from, to), own);
});
