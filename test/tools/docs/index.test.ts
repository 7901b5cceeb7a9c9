// The index over a few pages of the installed documentation: built once, opened, damaged, asked.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  explainCode,
  explainDiagnostic,
  explainItem,
  explainQuestion,
  explainWords,
} from '../../../tools/docs/explain.ts';
import { type Docs, type OpenOptions, openDocs } from '../../../tools/docs/index/open.ts';
import { findDocs } from '../../../tools/docs/install.ts';
import { installedTexts, resolveIn } from '../../../tools/docs/resolve.ts';
import { findToolchain } from '../../../tools/sandbox/toolchain.ts';
import { assert, test } from '../../support/harness.ts';

const cache = mkdtempSync(join(tmpdir(), 'docs-index-'));
test.after(() => rmSync(cache, { recursive: true, force: true }));

const pages = [
  'reference/items/unions.html',
  'reference/patterns.html',
  'reference/destructors.html',
  'reference/expressions/loop-expr.html',
  'book/ch04-02-references-and-borrowing.html',
  'book/ch15-03-drop.html',
  'nomicon/dropck.html',
  'error_codes/E0382.html',
  'error_codes/E0499.html',
  'error_codes/E0004.html',
  'std/mem/fn.take.html',
  'std/option/enum.Option.html',
  'std/vec/struct.Vec.html',
];
let options: OpenOptions;
let docs: Docs;
let builds = 0;
test.before(async () => {
  const { sysroot, rustc, version } = await findToolchain(null);
  options = {
    cache,
    sysroot,
    rustc,
    version,
    pages,
    onProgress: (done) => {
      if (done === 0) builds += 1;
    },
  };
  // Without the component the tests that need it are left out, by name.
  if (existsSync(join(sysroot, 'share/doc/rust/html/std/index.html'))) docs = await openDocs(options);
});

test.needs('rust-docs', 'opened again it is not built again', async () => {
  const before = builds;
  await openDocs(options);
  assert.is(builds, before);
});

const folder = (): string => join(cache, 'docs', readdirSync(join(cache, 'docs'))[0] as string);

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  const place = at < 0 ? bytes.length + at : at;
  bytes[place] = (bytes[place] as number) ^ 1;
  writeFileSync(path, bytes);
}

for (const [what, damage] of Object.entries({
  'cut off': () => truncateSync(join(folder(), 'index.bin'), 5000),
  'of zero bytes': () => truncateSync(join(folder(), 'index.bin'), 0),
  'with a byte of its head changed': () => flip(join(folder(), 'index.bin'), 100),
  'without its texts': () => rmSync(join(folder(), 'texts.bin')),
})) {
  test.needs('rust-docs', `an index ${what} is built again`, async () => {
    damage();
    const before = builds;
    docs = await openDocs(options);
    assert.ok(builds > before);
    assert.ok(docs.search.items('Option::take').length > 0);
  });
}

test.needs(
  'rust-docs',
  'a changed byte of a text or of a word is met by whoever reads it, and a build mends it',
  async () => {
    for (const file of ['texts.bin', 'index.bin']) {
      const path = join(folder(), file);
      for (let at = Math.floor(statSync(path).size / 20); at < statSync(path).size - 100; at += 20_000) flip(path, at);
      const damaged = await openDocs({ ...options, build: false }).catch((error: unknown) => error);
      try {
        if (damaged instanceof Error) throw damaged;
        explainCode(damaged as Docs, 'E0382');
        assert.unreachable(`${file} was changed`);
      } catch (error) {
        assert.is((error as { code?: string }).code, 'index-damaged', file);
      }
      docs = await openDocs({ ...options, rebuild: true });
      assert.ok(explainCode(docs, 'E0382').known);
    }
  },
);

test.needs('rust-docs', 'a build that is stopped leaves nothing that looks done', async () => {
  const stop = new AbortController();
  const other = join(cache, 'other');
  stop.abort();
  try {
    await openDocs({ ...options, cache: other, signal: stop.signal });
    assert.unreachable('it was stopped');
  } catch {
    assert.equal(existsSync(join(other, 'docs')) ? readdirSync(join(other, 'docs')) : [], []);
  }
});

test('no documentation: the component is named', async () => {
  const empty = join(cache, 'empty');
  mkdirSync(empty);
  try {
    findDocs(empty);
    assert.unreachable('nothing is there');
  } catch (error) {
    assert.match(String((error as { hint?: string }).hint), /rustup component add rust-docs/);
  }
});

test.needs('rust-docs', 'a code gives its page, a rule and what to do, each cited', async () => {
  const answer = explainCode(docs, 'E0382');
  assert.ok(answer.known);
  assert.is(docs.search.place(answer.sections[0] as number).page, 'error_codes/E0382.html');
  assert.ok(answer.claims.some(({ role }) => role === 'do'));
  const texts = await installedTexts(cache);
  for (const { text, anchors } of answer.claims) {
    const said = anchors.map((anchor) => resolveIn(anchor, null, texts));
    for (const one of said) assert.is(one.state, 'same');
    assert.is(said.map((one) => (one.state === 'lost' ? '' : one.text)).join(' '), text);
  }
});

test.needs('rust-docs', 'a diagnostic is known by its words where it has no code', () => {
  const words = 'borrow of moved value: `names` | value moved here | value borrowed here after move';
  assert.is(docs.search.codesOf(words)[0]?.code, 'E0382');
  assert.is(docs.search.place(explainWords(docs, words).sections[0] as number).page, 'error_codes/E0382.html');
  const masked = { code: null, message: 'non-exhaustive patterns: `B` not covered', spans: [], notes: [] };
  assert.is(docs.search.place(explainDiagnostic(docs, masked).sections[0] as number).page, 'error_codes/E0004.html');
});

test.needs('rust-docs', 'an item by its path, its end, or a call', () => {
  for (const path of ['std::mem::take', 'mem::take', 'std::mem::take()']) {
    assert.is(docs.search.place(explainItem(docs, path).sections[0] as number).page, 'std/mem/fn.take.html', path);
  }
  assert.is(docs.search.place(explainItem(docs, 'Vec::swap_remove').sections[0] as number).id, 'method.swap_remove');
  assert.is(explainItem(docs, 'Vec::no_such_thing').known, false);
});

test.needs(
  'rust-docs',
  'a question finds its section; one that is not answered here is declined, with what would help',
  () => {
    const place = docs.search.place(
      docs.search.search('break out of an outer loop by its label')[0]?.section as number,
    );
    assert.is(place.page, 'reference/expressions/loop-expr.html');
    for (const question of [
      'How do I derive a serializer with serde?',
      'how to use generic_const_exprs',
      'qwertz asdf yxcv',
    ]) {
      const answer = explainQuestion(docs, question);
      assert.is(answer.known, false, question);
      assert.ok(answer.help.length > 0 && answer.claims.length === 0);
    }
  },
);

test.needs('rust-docs', 'rules behind a code come from the Reference, the Book or the Nomicon', () => {
  const books = docs.search.rulesOf('E0499').map((section) => docs.search.place(section).page.split('/')[0]);
  assert.ok(books.length > 0);
  for (const one of books) assert.ok(['reference', 'book', 'nomicon'].includes(one as string));
});
