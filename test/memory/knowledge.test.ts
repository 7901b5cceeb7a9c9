// What outlives an episode besides its log: texts, bundles, lessons, trust, cached answers.
import { cache } from '../../memory/cache.ts';
import { openDatabase, openStore } from '../../memory/store.ts';
import { sha256 } from '../../schemas/hash.ts';
import type { PatchBundle, ReflectionEvent } from '../../schemas/types.ts';
import { assert, test } from '../support/harness.ts';
import { bundleOf } from '../tools/patch/bundles.ts';
import { refusal, root, withStore } from './stores.ts';

test('a text is found by its hash, as the bytes that were stored', () =>
  withStore(async (store) => {
    const bytes = Uint8Array.from([0, 255, 128, 10]);
    assert.is(await store.putBlob('é𝛼\r\n'), sha256('é𝛼\r\n'));
    assert.is(Buffer.from(store.getBlob(sha256('é𝛼\r\n')) ?? []).toString(), 'é𝛼\r\n');
    assert.equal([...(store.getBlob(await store.putBlob(bytes)) ?? [])], [...bytes]);
    assert.equal([...(store.getBlob(await store.putBlob('')) ?? [1])], []);
    assert.is(store.getBlob(sha256('unknown')), undefined);
  }));

const bundle = (after: string): PatchBundle => bundleOf(root, [{ path: 'a.rs', before: 'x', after }]);

test('bundles are found by id and by workspace, the newest first, with what became of them', () =>
  withStore(async (store) => {
    const [one, two] = [bundle('1'), bundle('2')] as const;
    await store.putBundle(root, one);
    await store.putBundle(root, two);
    assert.equal(store.bundle(one.id)?.bundle, one);
    assert.is(store.latestBundle(root)?.bundle.id, two.id);
    assert.equal(
      store.bundles(root).map((found) => found.bundle.id),
      [two.id, one.id],
    );
    assert.is(store.bundle(one.id)?.state, 'new');
    assert.ok(await store.setBundleState(one.id, 'applied'));
    assert.is(store.bundle(one.id)?.state, 'applied');
    assert.not(await store.setBundleState('0'.repeat(16), 'applied'));
    assert.is(store.latestBundle('/elsewhere'), undefined);
  }));

test('a bundle found again is the latest again, and new', () =>
  withStore(async (store) => {
    await store.putBundle(root, bundle('1'));
    await store.setBundleState(bundle('1').id, 'rolled-back');
    await store.putBundle(root, bundle('2'));
    await store.putBundle(root, bundle('1'));
    assert.equal(
      store.bundles(root).map((found) => [found.bundle.id, found.state]),
      [
        [bundle('1').id, 'new'],
        [bundle('2').id, 'new'],
      ],
    );
  }));

test('a bundle that its schema refuses is not stored', () =>
  withStore(async (store) => {
    const error = await refusal(() => store.putBundle(root, { ...bundle('1'), confidence: 2 }));
    assert.is(error.code, 'schema-mismatch');
    assert.is(store.latestBundle(root), undefined);
  }));

test('lessons are counted by proposer, code and candidate, and kept by workspace', () =>
  withStore(async (store, dir) => {
    const lesson = (proposer: string, code: string | null, candidate: string) => ({
      diagnostic: 'd',
      code,
      proposer,
      candidate,
      why: 'w',
    });
    const reflection = (worked: ReflectionEvent['worked'], failed: ReflectionEvent['failed']): ReflectionEvent => ({
      v: 1,
      type: 'reflection',
      worked,
      failed,
    });
    await store.recordLessons(
      root,
      reflection([lesson('names', 'E0425', 'c1')], [lesson('names', 'E0425', 'c2'), lesson('syntax', null, 'c3')]),
    );
    await store.recordLessons(root, reflection([lesson('names', 'E0425', 'c1')], [lesson('names', 'E0425', 'c1')]));
    await store.close();
    const again = await openStore({ dir });
    const found = again.lessons(root).sort((a, b) => (a.candidate < b.candidate ? -1 : 1));
    assert.equal(found, [
      { proposer: 'names', code: 'E0425', candidate: 'c1', worked: 2, failed: 1 },
      { proposer: 'names', code: 'E0425', candidate: 'c2', worked: 0, failed: 1 },
      { proposer: 'syntax', code: null, candidate: 'c3', worked: 0, failed: 1 },
    ]);
    assert.equal(again.lessons('/elsewhere'), []);
    await again.close();
  }));

test('trust is remembered for the very path, and can be taken back', () =>
  withStore(async (store) => {
    await store.trust('/home/user/crate');
    assert.ok(store.isTrusted('/home/user/crate'));
    for (const other of ['/home/user', '/home/user/crate/', '/home/user/crate2', ''])
      assert.not(store.isTrusted(other));
    await store.distrust('/home/user/crate');
    assert.not(store.isTrusted('/home/user/crate'));
  }));

test('a cached answer is found by its whole key', () =>
  withStore(async (store) => {
    await store.cachePut('a long key '.repeat(1000), { type: 'Vec<u8>', list: [1, null] });
    assert.equal(store.cacheGet('a long key '.repeat(1000)), { type: 'Vec<u8>', list: [1, null] });
    assert.is(store.cacheGet('a long key'), undefined);
    await store.cachePut('k', 1);
    await store.cachePut('k', 2);
    assert.is(store.cacheGet('k'), 2);
  }));

test('the cache stays within its bound: the oldest answers leave, one put again counts as new', () =>
  withStore(async (store, dir) => {
    await store.close();
    const { database, close } = await openDatabase(dir);
    const small = cache(database, 1000);
    for (let n = 0; n < 9; n += 1) await small.cachePut(`k${n}`, 'x'.repeat(98));
    await small.cachePut('k0', 'y'.repeat(98));
    await small.cachePut('k9', 'x'.repeat(98));
    await small.cachePut('k10', 'x'.repeat(98));
    const kept = Array.from({ length: 11 }, (_, n) => n).filter((n) => small.cacheGet(`k${n}`) !== undefined);
    assert.equal(kept, [0, 3, 4, 5, 6, 7, 8, 9, 10]);
    await close();
  }));
