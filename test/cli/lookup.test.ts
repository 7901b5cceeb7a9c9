// Episodes and bundles by what a person types: an id, the start of one, nothing for the latest.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allEpisodes, findBundle, findEpisode, latestBundle } from '../../cli/lookup.ts';
import { openStore, type Store } from '../../memory/store.ts';
import { RustaError } from '../../schemas/errors.ts';
import { assert, test } from '../support/harness.ts';
import { bundle, events } from './support.ts';

let dir = '';
let store: Store;
test.before.each(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rusta-lookup-'));
  store = await openStore({ dir });
});
test.after.each(async () => {
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

const [one, two] = ['/home/me/one', '/home/me/two'];

async function episode(root: string, id: string, bundleId: string | null): Promise<void> {
  await store.devlog(root).append(id, events);
  if (bundleId) await store.putBundle(root, bundle({ id: bundleId, episode: id, root }));
  // Times order episodes of different workspaces.
  await new Promise((done) => setTimeout(done, 3));
}

/** The code and message of the RustaError that `work` throws. */
function fails(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof RustaError && error.exit === 'usage') return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error('it found something');
}

test('episodes of all workspaces, newest first, with the bundle that each made', async () => {
  await episode(one, 'aaaa-0001', '00000000000000a1');
  await episode(two, 'bbbb-0001', null);
  await episode(one, 'aaaa-0002', '00000000000000a2');
  const found = allEpisodes(store).map(({ episode: id, root, status, bundle: made }) => [id, root, status, made]);
  assert.equal(found, [
    ['aaaa-0002', one, 'fixed', '00000000000000a2'],
    ['bbbb-0001', two, 'fixed', null],
    ['aaaa-0001', one, 'fixed', '00000000000000a1'],
  ]);
});

test('an episode by the start of its id', async () => {
  await episode(one, 'aaaa-0001', null);
  await episode(two, 'aaaa-0002', null);
  assert.equal(findEpisode(store, 'aaaa-0002'), { id: 'aaaa-0002', root: two });
  assert.match(
    fails(() => findEpisode(store, 'aaaa')),
    /^episode-unknown: store: aaaa is the start of 2 episodes$/,
  );
  assert.match(
    fails(() => findEpisode(store, 'x')),
    /there is no episode "x"/,
  );
  assert.match(
    fails(() => findEpisode(store, '')),
    /there is no episode ""/,
  );
});

test('a bundle by its id or the start of it', async () => {
  await episode(one, 'aaaa-0001', '00000000000000a1');
  await episode(two, 'bbbb-0001', '00000000000000b1');
  assert.is(findBundle(store, '00000000000000b1').root, two);
  assert.is(findBundle(store, '00000000000000a').root, one);
  assert.match(
    fails(() => findBundle(store, '0')),
    /^bundle-unknown: store: 0 is the start of 2 bundles$/,
  );
});

test("the latest bundle is the workspace's own, and anybody's where it has none", async () => {
  assert.match(
    fails(() => latestBundle(store, one)),
    /there is no bundle yet/,
  );
  await episode(one, 'aaaa-0001', '00000000000000a1');
  await episode(one, 'aaaa-0002', '00000000000000a2');
  await episode(two, 'bbbb-0001', '00000000000000b1');
  assert.is(latestBundle(store, one).id, '00000000000000a2');
  assert.is(latestBundle(store, '/home/me/three').id, '00000000000000b1');
  assert.is(latestBundle(store, null).id, '00000000000000b1');
});

test('for a rollback the latest is the latest applied one', async () => {
  await episode(one, 'aaaa-0001', '00000000000000a1');
  await episode(one, 'aaaa-0002', '00000000000000a2');
  assert.is(latestBundle(store, one, true).id, '00000000000000a2');
  await store.setBundleState('00000000000000a1', 'applied');
  assert.is(latestBundle(store, one, true).id, '00000000000000a1');
});
