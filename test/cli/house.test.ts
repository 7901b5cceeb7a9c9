// The services on real folders and a real store: which workspace a path means, and a patch's way from show to rollback.
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { houseServices } from '../../cli/house.ts';
import { assert, test } from '../support/harness.ts';

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
