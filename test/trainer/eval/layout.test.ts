// What a folder of cases is read as: what goes together, what does not fit and why, and what hidden files do.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { halfOf, readCases, withHidden } from '../../../trainer/eval/layout.ts';
import { assert, test } from '../../support/harness.ts';

let folder = '';

test.before.each(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rusta-layout-'));
});
test.after.each(() => rm(folder, { recursive: true, force: true }));

async function put(files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}
const show = (texts: ReadonlyMap<string, Uint8Array> | null): Record<string, string> | null =>
  texts === null ? null : Object.fromEntries([...texts].map(([path, bytes]) => [path, Buffer.from(bytes).toString()]));

test('a lone file with all that may stand beside it', async () => {
  await put({
    'a.rs': '1',
    'a.fixed.rs': '2',
    'a.hidden.rs': '3',
    'a.json': '{"group":"g","recipe":"r","x":1}',
    'README.md': '',
  });
  const { cases, misfits } = await readCases(folder);
  assert.equal(misfits, []);
  const [one] = cases;
  assert.equal([one?.name, one?.kind, one?.group, one?.half], ['a', 'file', 'g', halfOf('g')]);
  assert.equal(
    [show(one?.broken ?? null), show(one?.fixed ?? null), show(one?.hidden ?? null)],
    [{ 'program.rs': '1' }, { 'program.rs': '2' }, { 'program.rs': '3' }],
  );
});

test('a crate: the fix is laid over it, its target folder is no part of it', async () => {
  await put({
    'c/Cargo.toml': 't',
    'c/src/lib.rs': '1',
    'c/target/debug/x': '',
    'c.fixed/src/lib.rs': '2',
    'c.hidden/tests/h.rs': '3',
  });
  const [one] = (await readCases(folder)).cases;
  assert.equal(show(one?.fixed ?? null), { 'Cargo.toml': 't', 'src/lib.rs': '2' });
  assert.equal(show(one?.hidden ?? null), { 'tests/h.rs': '3' });
});

test('what is no case is named, with the reason, and the others are read', async () => {
  await put({
    'no-manifest/src/lib.rs': '',
    'orphan.fixed.rs': '',
    'mixed.rs': '',
    'mixed.hidden/x.rs': '',
    'meta.rs': '',
    'meta.json': '[1]',
    'group.rs': '',
    'group.json': '{"group":1}',
    'good.rs': '',
  });
  const { cases, misfits } = await readCases(folder);
  assert.equal(
    cases.map(({ name }) => name),
    ['good'],
  );
  assert.equal(
    misfits.map(({ name, why }) => `${name}: ${why}`),
    [
      'group: group.json is not a JSON object',
      'meta: meta.json is not a JSON object',
      'mixed: mixed.hidden is not a file, as the case is',
      'no-manifest: no crate: the folder has no Cargo.toml',
      'orphan: there is no orphan.rs and no folder orphan/',
    ],
  );
});

test('a folder without cases, or none at all, is refused', async () => {
  await assertRejects(readCases(folder), /holds no cases/);
  await assertRejects(readCases(join(folder, 'nowhere')), /cannot be read: ENOENT/);
});

test('a change to any part makes another case; a name decides the half for good', async () => {
  await put({ 'a.rs': '1', 'a.hidden.rs': 'h' });
  const [before] = (await readCases(folder)).cases;
  await put({ 'a.hidden.rs': 'H' });
  const [after] = (await readCases(folder)).cases;
  assert.is.not(before?.hash, after?.hash);
  const halves = Array.from({ length: 200 }, (_, index) => halfOf(`crate-${index}`));
  const tuning = halves.filter((half) => half === 'tuning').length;
  assert.ok(tuning > 70 && tuning < 130, `${tuning} of 200 in the tuning half`);
});

test('hidden tests: appended to a lone file and to files named `.append`, laid over a crate otherwise', () => {
  const state = new Map([['src/lib.rs', Buffer.from('a')]]);
  const hidden = new Map([
    ['src/lib.rs.append', Buffer.from('b')],
    ['tests/t.rs', Buffer.from('c')],
  ]);
  assert.equal(show(withHidden(state, hidden, 'crate')), { 'src/lib.rs': 'a\nb', 'tests/t.rs': 'c' });
  const lone = withHidden(
    new Map([['program.rs', Buffer.from('a')]]),
    new Map([['program.rs', Buffer.from('b')]]),
    'file',
  );
  assert.equal(show(lone), { 'program.rs': 'a\nb' });
});

async function assertRejects(promise: Promise<unknown>, pattern: RegExp): Promise<void> {
  const error: unknown = await promise.then(
    () => null,
    (cause: unknown) => cause,
  );
  assert.match(String(error), pattern);
}
