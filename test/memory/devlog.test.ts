// The write-ahead log as a specification: order, numbers, checks on both sides, and purging for good.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase, openStore } from '../../memory/store.ts';
import type { EpisodeEvent } from '../../schemas/types.ts';
import { assert, test } from '../support/harness.ts';
import { bundleOf } from '../tools/patch/bundles.ts';
import { end, notice, refusal, root, start, withStore } from './stores.ts';

const messages = (entries: readonly { event: EpisodeEvent }[]): string[] =>
  entries.map(({ event }) => (event.type === 'notice' ? event.message : event.type));

test('what was appended is read back in order, episode by episode, with numbers dense over the workspace', () =>
  withStore(async (store) => {
    const log = store.devlog(root);
    await Promise.all([
      log.append('episode-one', [notice('a'), notice('b')]),
      log.append('episode-two', [notice('x')]),
    ]);
    await log.append('episode-one', [notice('c')]);
    assert.equal(messages(log.read('episode-one')), ['a', 'b', 'c']);
    assert.equal(
      log.read('episode-one').map(({ seq }) => seq),
      [1, 2, 4],
    );
    assert.equal(
      log.read('episode-two').map(({ seq }) => seq),
      [3],
    );
  }));

test('workspaces are kept apart, and an unknown episode is empty', () =>
  withStore(async (store) => {
    await store.devlog('/a').append('episode-one', [notice('a')]);
    await store.devlog('/a/b').append('episode-one', [notice('b')]);
    assert.equal(messages(store.devlog('/a').read('episode-one')), ['a']);
    assert.equal(store.devlog('/a').read('episode-on'), []);
    assert.equal(store.devlog('/other').episodes(), []);
    assert.equal(store.workspaces(), ['/a', '/a/b']);
  }));

test('episodes are listed with their crate and how they ended; one cut off has no status', () =>
  withStore(async (store) => {
    const log = store.devlog(root);
    await log.append('episode-one', [start('episode-one', 'demo'), notice('a')]);
    await log.append('episode-one', [end('fixed')]);
    await log.append('episode-two', [start('episode-two', 'demo')]);
    assert.equal(
      log.episodes().map(({ id, crate, status, entries }) => ({ id, crate, status, entries })),
      [
        { id: 'episode-one', crate: 'demo', status: 'fixed', entries: 3 },
        { id: 'episode-two', crate: 'demo', status: null, entries: 1 },
      ],
    );
  }));

test('an event that its schema refuses is not written, nor anything of its append, and its neighbours are', () =>
  withStore(async (store) => {
    const log = store.devlog(root);
    const wrong = { ...notice('w'), surprise: 1 } as unknown as EpisodeEvent;
    const [bad, good] = await Promise.allSettled([
      log.append('episode-one', [notice('first'), wrong]),
      log.append('episode-one', [notice('second')]),
    ]);
    assert.is(bad.status, 'rejected');
    assert.is(good.status, 'fulfilled');
    assert.equal(
      log.read('episode-one').map(({ seq, event }) => [seq, event.type === 'notice' && event.message]),
      [[1, 'second']],
    );
    const error = await refusal(() => log.append('episode-one', [wrong]));
    assert.is(error.code, 'schema-mismatch');
    assert.match(error.message, 'surprise');
    assert.is((await refusal(() => log.append('Not An Episode', [notice('a')]))).code, 'schema-mismatch');
  }));

test('it survives closing, and goes on counting', () =>
  withStore(async (store, dir) => {
    await store.devlog(root).append('episode-one', [notice('a')]);
    await store.close();
    const again = await openStore({ dir });
    await again.devlog(root).append('episode-one', [notice('b')]);
    assert.equal(
      again
        .devlog(root)
        .read('episode-one')
        .map(({ seq }) => seq),
      [1, 2],
    );
    await again.close();
  }));

test('an entry changed on disk is not handed out', () =>
  withStore(async (store, dir) => {
    await store.devlog(root).append('episode-one', [notice('a'), notice('b')]);
    await store.close();
    const { database, close } = await openDatabase(dir);
    const log = database.table<Record<string, unknown>>('log');
    const [first, second] = log.entries('');
    await database.write(() => log.put(first?.key ?? '', { ...first?.value, event: { v: 1, type: 'gossip' } }));
    await close();
    let again = await openStore({ dir });
    assert.is((await refusal(() => again.devlog(root).read('episode-one'))).code, 'store-damaged');
    await again.close();
    const reopened = await openDatabase(dir);
    const table = reopened.database.table('log');
    await reopened.database.write(() => {
      table.put(first?.key ?? '', first?.value);
      table.remove(second?.key ?? '');
    });
    await reopened.close();
    again = await openStore({ dir });
    const error = await refusal(() => again.devlog(root).read('episode-one'));
    assert.is(error.code, 'store-damaged');
    assert.match(error.message, '1 entries where 2 were written');
    await again.close();
  }));

test('two processes append to one log at once: nothing lost, every number given once', () =>
  withStore(async (store, dir) => {
    const child = join(import.meta.dirname, 'append-child.ts');
    const others = ['one', 'two'].map(
      (name) =>
        new Promise<number | null>((resolve) => {
          const argv = ['--import', import.meta.resolve('tsx'), child, dir, root, `episode-${name}`, '100'];
          spawn(process.execPath, argv, { stdio: 'inherit' }).on('close', resolve);
        }),
    );
    const log = store.devlog(root);
    for (let n = 0; n < 100; n += 1) await log.append('episode-here', [notice(`${n} ${'x'.repeat(n * 50)}`)]);
    assert.equal(await Promise.all(others), [0, 0]);
    const entries = ['one', 'two', 'here'].flatMap((name) => log.read(`episode-${name}`));
    assert.equal(
      entries.map(({ seq }) => seq).sort((a, b) => a - b),
      Array.from({ length: 300 }, (_, index) => index + 1),
    );
  }));

test('purging an episode removes its entries, its bundles and the texts only it named, from the file too', () =>
  withStore(async (store, dir) => {
    const log = store.devlog(root);
    const shared = await store.putBlob('SHARED-TEXT');
    const own = await store.putBlob('SECRET-TEXT '.repeat(1000));
    const sense = (sha: string): EpisodeEvent => ({
      v: 1,
      type: 'sense',
      files: { 'a.rs': shared, 'b.rs': sha },
      errors: [],
      warnings: 0,
    });
    await log.append('episode-one', [notice('SECRET-NOTICE'), sense(own)]);
    await log.append('episode-two', [sense(shared)]);
    const bundle = (episode: string, after: string) => ({
      ...bundleOf(root, [{ path: 'a.rs', before: 'x', after }]),
      episode,
    });
    await store.putBundle(root, bundle('episode-one', 'SECRET-PATCH'));
    await store.putBundle(root, bundle('episode-two', 'kept'));
    await store.cachePut('probe', 'SECRET-ANSWER');

    assert.equal(await log.purge('episode-one'), { episodes: 1, bundles: 1, blobs: 1, scrubbed: true });
    assert.equal(log.read('episode-one'), []);
    assert.equal(
      log.episodes().map(({ id }) => id),
      ['episode-two'],
    );
    assert.is(store.getBlob(own), undefined);
    assert.is(Buffer.from(store.getBlob(shared) ?? []).toString(), 'SHARED-TEXT');
    assert.equal(
      store.bundles(root).map(({ bundle }) => bundle.episode),
      ['episode-two'],
    );
    await store.close();
    const raw = readFileSync(join(dir, 'store.mdb'));
    assert.not(raw.includes('SECRET'), 'a purged text can still be read in the file');
    assert.ok(raw.includes('SHARED-TEXT'));
  }));

test('purging all of a workspace leaves other workspaces alone, and gives no number twice', () =>
  withStore(async (store) => {
    const text = await store.putBlob('text');
    await store.devlog(root).append('episode-one', [notice(text), notice('b')]);
    await store.devlog('/other').append('episode-one', [notice('c')]);
    assert.equal(await store.devlog(root).purge('all'), { episodes: 1, bundles: 0, blobs: 1, scrubbed: true });
    assert.equal(messages(store.devlog('/other').read('episode-one')), ['c']);
    await store.devlog(root).append('episode-two', [notice('d')]);
    assert.equal(
      store
        .devlog(root)
        .read('episode-two')
        .map(({ seq }) => seq),
      [3],
    );
  }));
