// The store's file as a specification: where it lies, who may read it, its version, and what happens when the disk or the
// file is not as it should be.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase, openStore, stateDir, storeVersion } from '../../memory/store.ts';
import { settleVersion } from '../../memory/version.ts';
import { assert, test } from '../support/harness.ts';
import { notice, refusal, root, withStore } from './stores.ts';

async function inFolder(work: (dir: string) => Promise<void> | void): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'rusta-store-'));
  try {
    await work(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

test('lies in $XDG_STATE_HOME/rusta, else in ~/.local/state/rusta; a relative one is ignored', () => {
  const before = process.env.XDG_STATE_HOME;
  try {
    process.env.XDG_STATE_HOME = '/some/state';
    assert.is(stateDir(), '/some/state/rusta');
    for (const ignored of ['', 'relative']) {
      process.env.XDG_STATE_HOME = ignored;
      assert.is(stateDir(), join(homedir(), '.local/state/rusta'));
    }
  } finally {
    if (before === undefined) delete process.env.XDG_STATE_HOME;
    else process.env.XDG_STATE_HOME = before;
  }
});

test('only its owner may read it, whatever the umask', () =>
  inFolder(async (dir) => {
    const umask = process.umask(0);
    try {
      const store = await openStore({ dir: join(dir, 'new', 'rusta') });
      await store.putBlob('x');
      await store.close();
    } finally {
      process.umask(umask);
    }
    assert.is(statSync(join(dir, 'new/rusta')).mode & 0o777, 0o700);
    for (const name of ['store.mdb', 'store.mdb-lock', 'store.mdb-seal']) {
      assert.is(statSync(join(dir, 'new/rusta', name)).mode & 0o777, 0o600, name);
    }
  }));

test('one process may open it twice, and close one', () =>
  withStore(async (store, dir) => {
    const second = await openStore({ dir });
    await second.putBlob('x');
    await second.close();
    const sha = await store.putBlob('y');
    assert.ok(store.getBlob(sha));
  }));

test('a closed store says so', () =>
  withStore(async (store) => {
    await store.close();
    assert.is((await refusal(() => store.putBlob('x'))).code, 'store-closed');
  }));

/** Puts `version` where the store's own is. */
async function setVersion(dir: string, version: unknown): Promise<void> {
  const { database, close } = await openDatabase(dir);
  const meta = database.table<unknown>('meta');
  await database.write(() => (version === undefined ? meta.remove('version') : meta.put('version', version)));
  await close();
}

for (const { title, version, code, says } of [
  { title: 'a newer version', version: storeVersion + 1, code: 'store-newer', says: `version ${storeVersion + 1}` },
  { title: 'a version that is no number', version: 'two', code: 'store-unknown', says: '"two"' },
  { title: 'a version below the first', version: 0, code: 'store-unknown', says: 'version 0' },
  { title: 'data without a version', version: undefined, code: 'store-unknown', says: 'without a version' },
]) {
  test(`refuses ${title} by name, and leaves the file as it is`, () =>
    withStore(async (store, dir) => {
      await store.devlog(root).append('episode-one', [notice('a')]);
      await store.close();
      await setVersion(dir, version);
      const before = readFileSync(join(dir, 'store.mdb'));
      const error = await refusal(() => openStore({ dir }));
      assert.is(error.code, code);
      assert.match(error.message, says);
      assert.match(error.message, dir);
      assert.is(error.exit, 'refused');
      assert.ok(error.hint);
      assert.ok(readFileSync(join(dir, 'store.mdb')).equals(before), 'the file was written to');
    }));
}

test('an older version is migrated step by step, in one transaction or not at all', () =>
  withStore(async (store, dir) => {
    await store.close();
    const { database, close } = await openDatabase(dir);
    const table = database.table<string>('cache');
    await database.write(() => table.put('k', 'one'));
    const steps = {
      1: () => table.put('k', `${table.get('k')} two`),
      2: () => table.put('k', `${table.get('k')} three`),
    };
    assert.is((await refusal(() => settleVersion(database, 4, steps))).code, 'store-unknown');
    assert.is(table.get('k'), 'one');
    await settleVersion(database, 3, steps);
    assert.is(table.get('k'), 'one two three');
    assert.is(database.table('meta').get('version'), 3);
    await close();
  }));

/** A store with something on many pages, closed; `damage` changes its file. */
async function damaged(work: (file: string) => void): Promise<string> {
  let said = '';
  await withStore(async (store, dir) => {
    const log = store.devlog(root);
    await Promise.all(
      Array.from({ length: 200 }, (_, n) => log.append(`episode-${n % 7}`, [notice('m'.repeat(n * 5))])),
    );
    await store.putBlob('x'.repeat(50_000));
    await store.close();
    const file = join(dir, 'store.mdb');
    work(file);
    // In a process of its own: LMDB ends one on damage that was not seen before it.
    const child = join(import.meta.dirname, 'read-child.ts');
    const run = spawnSync(process.execPath, ['--import', import.meta.resolve('tsx'), child, dir, root], {
      encoding: 'utf8',
    });
    assert.is(run.status, 0, `${run.signal} ${run.stderr}`);
    said = run.stdout.replaceAll(dir, 'DIR');
    assert.ok(statSync(file).isFile(), 'the damaged file was removed');
  });
  return said;
}

const pages = (file: string, work: (bytes: Buffer) => void): void => {
  const bytes = readFileSync(file);
  work(bytes);
  writeFileSync(file, bytes);
};

for (const { title, work } of [
  { title: 'cut off', work: (file: string) => truncateSync(file, Math.floor(statSync(file).size / 2)) },
  { title: 'cut off within its head', work: (file: string) => truncateSync(file, 5000) },
  { title: 'replaced by text', work: (file: string) => writeFileSync(file, 'hello\n'.repeat(2000)) },
  {
    title: 'with one head of another program',
    work: (file: string) => pages(file, (bytes) => void bytes.fill(7, 4096, 8192)),
  },
  {
    title: 'with every page but its head zero',
    work: (file: string) => pages(file, (bytes) => void bytes.fill(0, 8192)),
  },
  {
    title: 'with every page but its head noise',
    work: (file: string) => pages(file, (bytes) => void bytes.fill('noise', 8192)),
  },
]) {
  test(`a file ${title} is one clear error that says what to do`, async () => {
    const said = await damaged(work);
    assert.match(
      said,
      /^store-damaged store open: the files in DIR are damaged: .+\nmove that folder away and run again/,
    );
  });
}

test('damage anywhere in a page of the tree never ends the process unheard', async () => {
  // One page after another would take a process each; every fourth page at once is as good.
  for (const first of [2, 3, 4, 5]) {
    const said = await damaged((file) =>
      pages(file, (bytes) => {
        for (let at = first * 4096; at < bytes.length; at += 4 * 4096) bytes.fill(0xa5, at + 16, at + 600);
      }),
    );
    assert.match(said, /^store-damaged /);
  }
});

test('a whole file is not looked at page by page again, one that changed since is', () =>
  withStore(async (store, dir) => {
    await store.putBlob('x'.repeat(50_000));
    await store.close();
    const file = join(dir, 'store.mdb');
    const { atime, mtime } = statSync(file);
    copyFileSync(file, `${file}-copy`);
    pages(file, (bytes) => void bytes.fill(0, 8192));
    utimesSync(file, atime, mtime);
    assert.is((await refusal(() => openStore({ dir }))).code, 'store-damaged', 'a time set back hid a change');
    copyFileSync(`${file}-copy`, file);
    const again = await openStore({ dir });
    assert.ok(again.getBlob(await again.putBlob('x'.repeat(50_000))));
    await again.close();
  }));

test('a folder that cannot be made is named, with the way out', () =>
  inFolder(async (dir) => {
    writeFileSync(join(dir, 'file'), '');
    const error = await refusal(() => openStore({ dir: join(dir, 'file', 'rusta') }));
    assert.is(error.code, 'store-unwritable');
    assert.match(error.message, join(dir, 'file', 'rusta'));
    assert.match(error.hint ?? '', 'XDG_STATE_HOME');
    assert.is(error.exit, 'usage');
  }));

/** What opening and filling a store says inside bubblewrap, with `mounts`. */
function filledWithin(dir: string, ...mounts: string[]): string {
  const child = join(import.meta.dirname, 'fill-child.ts');
  const argv = [
    '--dev-bind',
    '/',
    '/',
    ...mounts,
    process.execPath,
    '--import',
    import.meta.resolve('tsx'),
    child,
    dir,
  ];
  const run = spawnSync('bwrap', argv, { encoding: 'utf8' });
  assert.is(run.status, 0, `${run.signal} ${run.stderr}`);
  assert.is(run.stderr, '');
  return run.stdout;
}

test.needs('bubblewrap', 'a read-only folder is named, new or with a store in it', () =>
  withStore(async (store, dir) => {
    await store.close();
    assert.match(filledWithin(dir, '--ro-bind', dir, dir), /^store-unwritable store open: .*EROFS/);
    assert.match(filledWithin(join(dir, 'new'), '--ro-bind', dir, dir), /^store-unwritable store open: /);
  }),
);

test.needs('bubblewrap', 'a full disk ends a write with one clear error, and what was acknowledged stays', () =>
  inFolder((dir) => {
    const said = filledWithin(dir, '--size', '400000', '--tmpfs', dir);
    assert.match(
      said,
      /^disk-full store write: no space left for .*; nothing of this write was kept\nread back: \d+ of \d+\n$/,
    );
    const [, there, acknowledged] = /(\d+) of (\d+)/.exec(said) ?? [];
    assert.ok(Number(acknowledged) > 0);
    assert.is(there, acknowledged);
  }),
);

test('a folder that others may enter keeps its mode: it may be the user’s own', () =>
  inFolder(async (dir) => {
    mkdirSync(join(dir, 'shared'));
    chmodSync(join(dir, 'shared'), 0o755);
    const store = await openStore({ dir: join(dir, 'shared') });
    await store.close();
    assert.is(statSync(join(dir, 'shared')).mode & 0o777, 0o755);
    assert.is(statSync(join(dir, 'shared', 'store.mdb')).mode & 0o777, 0o600);
  }));
