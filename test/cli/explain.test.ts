// `rusta explain` and `rusta anchor` from their words on: what is asked, and what comes out.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import picocolors from 'picocolors';
import { understand } from '../../cli/commands/explain.ts';
import { renderAnswer } from '../../cli/render/explanation.ts';
import { assert, test } from '../support/harness.ts';

const folder = mkdtempSync(join(tmpdir(), 'explain-'));
writeFileSync(join(folder, 'main.rs'), 'fn main() {}\n');
test.after(() => rmSync(folder, { recursive: true }));

test('a code, a place, a path, an item, a question', () => {
  assert.equal(understand('e0382', folder), { kind: 'code', what: 'E0382' });
  assert.equal(understand('main.rs:3:7', folder), { kind: 'place', path: join(folder, 'main.rs'), line: 3, column: 7 });
  assert.equal(understand('main.rs:3', folder), {
    kind: 'place',
    path: join(folder, 'main.rs'),
    line: 3,
    column: null,
  });
  assert.equal(understand('main.rs', folder), { kind: 'crate', path: join(folder, 'main.rs') });
  assert.equal(understand('Option::take', folder), { kind: 'item', what: 'Option::take' });
  assert.equal(understand('why is it moved?', folder), { kind: 'question', what: 'why is it moved?' });
});

test('a file that is not there and nothing at all are said so', () => {
  assert.throws(() => understand('gone.rs:3', folder), /there is no file gone\.rs/);
  assert.throws(() => understand(' ', folder), /what should be explained/);
});

test('each sentence has the number of its anchor; what acts on a terminal is shown, not sent', () => {
  const anchor = {
    v: 1 as const,
    id: '0123456789abcdef',
    kind: 'doc' as const,
    title: ['A', 'B'],
    source: 'book/a.html',
    sha256: '0'.repeat(64),
    start: 1,
    end: 5,
    span_sha256: '0'.repeat(64),
  };
  const answer = {
    v: 1 as const,
    type: 'explanation' as const,
    what: 'E0382',
    known: true,
    confidence: 1,
    claims: [{ role: 'rule' as const, text: 'Moved\u001b[2J.', anchors: [anchor] }],
    help: ['do it'],
    docs: null,
  };
  const text = renderAnswer(answer, [{ anchor, text: 'Moved.', root: null }], true, picocolors.createColors(false));
  assert.is(
    text,
    'E0382\n  rule Moved\\u{1b}[2J. [1]  A › B\n  → do it\n[1] 0123456789abcdef  doc  book/a.html  bytes 1-5\n    Moved.\n',
  );
  const unknown = { ...answer, known: false, claims: [], help: [] };
  assert.match(renderAnswer(unknown, [], false, picocolors.createColors(false)), /not known here/);
});
