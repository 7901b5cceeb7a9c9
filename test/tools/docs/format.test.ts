// The file of an index: what was written is read, part by part, and nothing else is ever taken for it.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IndexFile, packStrings, Strings, writeIndex } from '../../../tools/docs/index/format.ts';
import { assert, test } from '../../support/harness.ts';

const folder = mkdtempSync(join(tmpdir(), 'docs-format-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, 'index.bin');

const block = 64 * 1024;
const long = Uint8Array.from({ length: 3 * block + 5 }, (_, at) => (at * 7 + (at >> 8)) & 255);
const words = ['add', 'borrow', 'été', 'move'];
const write = (): void =>
  writeIndex(
    path,
    'a source',
    { long, ...packStrings('words', words), none: new Uint8Array() },
    { bytes: 0, sha256: '' },
  );

function code(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code;
  }
}

test('tables come back whole, in parts, and in any order', () => {
  write();
  const file = new IndexFile(path);
  assert.is(file.head.source, 'a source');
  const part = file.part('long', 2 * block - 3, 2 * block + 4);
  assert.equal([...part.subarray(2 * block - 3, 2 * block + 4)], [...long.subarray(2 * block - 3, 2 * block + 4)]);
  assert.ok(Buffer.from(file.table('long')).equals(Buffer.from(long)));
  assert.equal(new Strings(file, 'words').all(), words);
  assert.is(new Strings(file, 'words').find('été'), 2);
  assert.is(new Strings(file, 'words').find('zzz'), -1);
  assert.is(file.table('none').length, 0);
  assert.is(file.table('no such table').length, 0);
});

test('every byte of a table counts, for whoever reads its block and for nobody else', () => {
  write();
  const whole = readFileSync(path);
  const start = whole.indexOf(Buffer.from(long.subarray(0, 64)));
  for (const at of [0, 1, block - 1, block, 2 * block + 9, 3 * block, 3 * block + 4]) {
    const changed = Buffer.from(whole);
    changed[start + at] = (changed[start + at] as number) ^ 16;
    writeFileSync(path, changed);
    const own = Math.floor(at / block) * block;
    assert.is(
      code(() => new IndexFile(path).table('long')),
      'index-damaged',
      `${at}`,
    );
    assert.is(
      code(() => new IndexFile(path).part('long', own, own + 1)),
      'index-damaged',
      `${at}`,
    );
    const other = own === 0 ? block : own - block;
    assert.is(
      code(() => new IndexFile(path).part('long', other, other + 1)),
      undefined,
      `${at}`,
    );
    assert.is(
      code(() => new Strings(new IndexFile(path), 'words').all()),
      undefined,
      `${at}`,
    );
  }
});

test('a head with any byte changed, a file cut at any place, is no index', () => {
  write();
  const whole = readFileSync(path);
  const head = 16 + whole.readUInt32LE(8);
  for (let at = 0; at < head; at += 1) {
    const changed = Buffer.from(whole);
    changed[at] = (changed[at] as number) ^ 1;
    writeFileSync(path, changed);
    assert.is(
      code(() => new IndexFile(path)),
      'index-damaged',
      `byte ${at}`,
    );
  }
  for (let at = 0; at < whole.length; at += 4099) {
    writeFileSync(path, whole.subarray(0, at));
    assert.is(
      code(() => new IndexFile(path)),
      'index-damaged',
      `cut at ${at}`,
    );
  }
});
