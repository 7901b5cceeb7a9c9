// The services on real folders and a real store: which workspace a path means, and a patch's way from show to rollback.
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { houseServices } from '../../cli/house.ts';
import { openStore } from '../../memory/store.ts';
import { sha256 } from '../../schemas/hash.ts';
import { assert, test } from '../support/harness.ts';
import { bundle, events } from './support.ts';

let base = '';
const former = process.env.XDG_STATE_HOME;
test.before.each(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'rusta-house-')));
  process.env.XDG_STATE_HOME = join(base, 'state');
});
test.after.each(async () => {
  if (former === undefined) delete process.env.XDG_STATE_HOME;
  else process.env.XDG_STATE_HOME = former;
  await rm(base, { recursive: true, force: true });
});

async function put(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(base, path, '..'), { recursive: true });
    await writeFile(join(base, path), text);
  }
}

const member = '[package]\nname = "a"\nversion = "0.1.0"\nedition = "2021"\n';

test('a path means its workspace, from any folder of it and through links', async () => {
  await put({ 'ws/Cargo.toml': '[workspace]\nmembers = ["a"]\n', 'ws/a/Cargo.toml': member, 'ws/a/src/lib.rs': '' });
  await symlink(join(base, 'ws/a'), join(base, 'link'));
  const { root } = houseServices();
  for (const path of ['ws', 'ws/a', 'ws/a/src', 'ws/a/src/lib.rs', 'link/src']) {
    assert.is(await root(join(base, path)), join(base, 'ws'), path);
  }
});

test('a lone file, nothing, and a broken manifest mean none', async () => {
  await put({ 'lone/x.rs': '', 'broken/Cargo.toml': '[package' });
  const { root } = houseServices();
  for (const path of ['lone/x.rs', 'lone', 'missing', 'broken']) assert.is(await root(join(base, path)), null, path);
});

test('a stored bundle is found, applied and taken back, and what became of it is remembered', async () => {
  const [before, after] = ['fn main() {\r\n    takes(s);\r\n}\r\n', 'fn main() {\r\n    takes(&s);\r\n}\r\n'];
  await put({ 'ws/Cargo.toml': member, 'ws/src/main.rs': before });
  const root = join(base, 'ws');
  const habit = { situation: 'use after move', shape: '&' };
  const fixes = bundle().fixes.map((fix) => ({ ...fix, habit }));
  const patch = bundle({
    root,
    fixes,
    files: [
      {
        path: 'src/main.rs',
        pre_sha256: sha256(before),
        post_sha256: sha256(after),
        edits: [{ start: before.indexOf('s);'), end: before.indexOf('s);'), old: '', new: '&' }],
      },
    ],
  });
  const store = await openStore();
  await store.devlog(root).append(patch.episode, events);
  await store.putBundle(root, patch);
  const text = (): Promise<string> => readFile(join(root, 'src/main.rs'), 'utf8');

  const services = houseServices();
  assert.equal(await services.bundle(null, join(root, 'src')), patch);
  assert.equal(await services.bundle(patch.id.slice(0, 5), '/'), patch);
  assert.match(await services.mail(patch), /^From 00112233445566aa[\s\S]*\nSubject: \[PATCH\] E0308/);
  assert.equal(await services.mail(patch), await services.mail(patch));
  assert.equal(await services.apply(patch), ['src/main.rs']);
  assert.is(await text(), after);
  assert.is(store.bundle(patch.id)?.state, 'applied');
  assert.equal(store.habits(root), [{ ...habit, kept: 1, undone: 0, refused: 0 }]);
  assert.equal(await services.rollback(patch), ['src/main.rs']);
  assert.is(await text(), before);
  assert.is(store.bundle(patch.id)?.state, 'rolled-back');
  assert.equal(store.habits(root), [{ ...habit, kept: 0, undone: 1, refused: 0 }]);
  assert.equal(
    (await services.episodes()).map(({ episode, bundle: id }) => [episode, id]),
    [['episode-1', patch.id]],
  );
  assert.is((await services.entries('episode')).length, events.length);
  assert.is(await services.purge(null), 1);
  assert.equal(await services.episodes(), []);
  await store.close();
});
