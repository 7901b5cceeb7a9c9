// Locating a project: what a path means, what a workspace holds, and every way a path can be wrong.
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RustaError } from '../../../schemas/errors.ts';
import { locate } from '../../../tools/cargo/project.ts';
import type { ProjectOptions } from '../../../tools/cargo/types.ts';
import { assert, test } from '../../support/harness.ts';
import { unprivileged } from '../../support/unprivileged.ts';
import { cleanUp, manifest, scratch, tree } from './support.ts';

test.after(cleanUp);

const workspace = {
  'Cargo.toml':
    '[workspace]\nmembers = ["crates/*", "tool"]\nexclude = ["crates/left-out"]\n[workspace.package]\nedition = "2024"\n',
  'crates/one/Cargo.toml':
    '[package]\nname = "one"\nedition.workspace = true\n[dependencies]\nhelper = { path = "../../helper" }\n',
  'crates/one/src/lib.rs': '',
  'crates/two/Cargo.toml': '[package]\nname = "two"\n',
  'crates/two/src/main.rs': 'fn main() {}',
  'crates/left-out/Cargo.toml': manifest('left-out'),
  'crates/left-out/src/lib.rs': '',
  'crates/no-crate/readme': '',
  'tool/Cargo.toml': manifest('tool', '[[bin]]\nname = "tool"\npath = "run.rs"\n'),
  'tool/run.rs': 'fn main() {}',
  'helper/Cargo.toml': manifest('helper'),
  'helper/src/lib.rs': '',
};

async function refusal(path: string, options: ProjectOptions = {}): Promise<RustaError> {
  try {
    await locate(path, options);
  } catch (error) {
    if (error instanceof RustaError) return error;
    throw error;
  }
  throw new Error(`${path} was taken for a project`);
}

async function packages(path: string, options: ProjectOptions = {}): Promise<string[]> {
  return (await locate(path, options)).packages.map((one) => `${one.name}@${one.dir} ${one.edition} ${one.lib}`);
}

test.needs('cargo', 'a crate is found by its folder, its manifest, a folder in it and a file in it', async () => {
  const dir = tree('a crate é', { 'Cargo.toml': manifest('plain'), 'src/lib.rs': '', 'src/deep/er.rs': '' });
  for (const path of [dir, join(dir, 'Cargo.toml'), join(dir, 'src'), join(dir, 'src/deep/er.rs')]) {
    const project = await locate(path);
    assert.equal([project.kind, project.root], ['crate', dir], path);
    assert.equal(project.packages, [{ name: 'plain', dir: '', edition: '2021', lib: true }]);
  }
});

test.needs('cargo', 'the lock file of a crate that depends on nothing is known without cargo', async () => {
  const lockOf = async (name: string, more: string): Promise<string | undefined> =>
    (await locate(tree(name, { 'Cargo.toml': manifest('one', more), 'src/lib.rs': '' }))).lock;
  const lock = '[[package]]\nname = "one"\nversion = "1.2.3"\n';
  for (const [index, more] of ['', '[dependencies]\n', '[workspace]\n', '[features]\nx = []\n'].entries())
    assert.is(await lockOf(`lock-${index}`, more), lock, more);
  for (const [index, more] of [
    '[dependencies]\nserde = "1"\n',
    "[target.'cfg(unix)'.dev-dependencies]\nserde = '1'\n",
    '[build-dependencies.cc]\nversion = "1"\n',
    '[workspace]\nmembers = []\n',
    '[patch.crates-io]\nserde = { path = "x" }\n',
  ].entries())
    assert.is(await lockOf(`no-lock-${index}`, more), undefined, more);
});

test.needs('cargo', 'paths are canonical: a link to a crate means the crate', async () => {
  const dir = tree('linked', { 'Cargo.toml': manifest('linked'), 'src/lib.rs': '' });
  symlinkSync(dir, join(scratch, 'a-link'));
  assert.is((await locate(join(scratch, 'a-link'))).root, dir);
});

test.needs(
  'cargo',
  'a virtual workspace means all members: listed, matched, and path dependencies, without the excluded',
  async () => {
    const dir = tree('virtual', workspace);
    assert.equal(await packages(dir), [
      'one@crates/one 2024 true',
      'two@crates/two 2015 false',
      'helper@helper 2021 true',
      'tool@tool 2021 false',
    ]);
  },
);

test.needs('cargo', 'a folder of a member, or a file in it, means that member of the workspace', async () => {
  const dir = tree('virtual', workspace);
  assert.equal(await packages(join(dir, 'crates/two')), ['two@crates/two 2015 false']);
  assert.equal(await packages(join(dir, 'tool/run.rs')), ['tool@tool 2021 false']);
  assert.is((await locate(join(dir, 'crates/two'))).root, dir);
});

test.needs('cargo', 'an excluded crate is a project of its own', async () => {
  const dir = tree('virtual', workspace);
  assert.is((await locate(join(dir, 'crates/left-out'))).root, join(dir, 'crates/left-out'));
});

test.needs('cargo', 'default-members narrow what the root means, and -p chooses any member', async () => {
  const files = {
    ...workspace,
    'Cargo.toml': workspace['Cargo.toml'].replace('exclude', 'default-members = ["tool"]\nexclude'),
  };
  const dir = tree('defaults', files);
  assert.equal(await packages(dir), ['tool@tool 2021 false']);
  assert.equal(await packages(dir, { package: 'one' }), ['one@crates/one 2024 true']);
});

test.needs('cargo', 'a package that is not in the workspace is refused with the names that are', async () => {
  const error = await refusal(tree('virtual', workspace), { package: 'onne' });
  assert.match(error.message, 'package onne is not in the workspace');
  assert.match(error.hint ?? '', 'one, two, helper, tool');
});

test.needs('cargo', 'a crate under a workspace that does not list it is refused as cargo would', async () => {
  const dir = tree('stray', {
    'Cargo.toml': '[workspace]\nmembers = []\n',
    'stray/Cargo.toml': manifest('stray'),
    'stray/src/lib.rs': '',
  });
  const error = await refusal(join(dir, 'stray'));
  assert.match(error.message, 'which does not list it');
  assert.is(error.exit, 'refused');
});

test.needs(
  'cargo',
  'path dependencies outside the root are found recursively, in every table that can name one',
  async () => {
    const leaf = (name: string, more = ''): Record<string, string> => ({
      [`${name}/Cargo.toml`]: manifest(name, more),
      [`${name}/src/lib.rs`]: '',
    });
    const dir = tree('paths', {
      ...leaf(
        'main',
        `
      [dependencies]
      a = { path = "../a" }
      [target.'cfg(unix)'.dev-dependencies]
      b = { path = "../b" }
      [build-dependencies]
      c = { path = "../c" }
      [patch.crates-io]
      d = { path = "../d" }
      [dependencies.gone]
      path = "../gone"
    `,
      ),
      ...leaf('a', '[dependencies]\ne = { path = "../e" }\n'),
      ...leaf('b'),
      ...leaf('c'),
      ...leaf('d'),
      ...leaf('e', '[dependencies]\na = { path = "../a" }\n'),
      ...leaf('f'),
    });
    const { pathDependencies } = await locate(join(dir, 'main'));
    assert.equal(
      pathDependencies,
      ['a', 'b', 'c', 'd', 'e'].map((name) => join(dir, name)),
    );
  },
);

test.needs('cargo', 'a dependency that inherits from a workspace elsewhere brings that workspace', async () => {
  const dir = tree('inheriting', {
    'main/Cargo.toml': manifest('main', '[dependencies]\nshared = { path = "../other/shared" }\n'),
    'main/src/lib.rs': '',
    'other/Cargo.toml': '[workspace]\nmembers = ["shared"]\n[workspace.package]\nversion = "1.0.0"\n',
    'other/shared/Cargo.toml': '[package]\nname = "shared"\nversion.workspace = true\n',
    'other/shared/src/lib.rs': '',
  });
  assert.equal((await locate(join(dir, 'main'))).pathDependencies, [join(dir, 'other')]);
});

test.needs('cargo', 'a dependency that would open the home folder is refused', async () => {
  const home = process.env.HOME;
  process.env.HOME = tree('home', { 'Cargo.toml': manifest('trap'), 'src/lib.rs': '' });
  try {
    const dir = tree('greedy', {
      'Cargo.toml': manifest('greedy', `[dependencies]\ntrap = { path = "${process.env.HOME}" }\n`),
      'src/lib.rs': '',
    });
    assert.is((await refusal(dir)).code, 'dependency-too-wide');
  } finally {
    process.env.HOME = home;
  }
});

test.needs(
  'cargo',
  'a manifest that is not TOML is refused with its line, one without tables with what is missing',
  async () => {
    const dir = tree('broken', { 'Cargo.toml': '[package]\nname = "broken"\nversion = \n', 'src/lib.rs': '' });
    const error = await refusal(dir);
    assert.match(error.message, `${join(dir, 'Cargo.toml')}:3: `);
    assert.is(error.exit, 'refused');
    assert.match((await refusal(tree('empty', { 'Cargo.toml': '' }))).message, 'neither a [package] nor a [workspace]');
    assert.match((await refusal(tree('nameless', { 'Cargo.toml': '[package]\n' }))).message, 'package.name is missing');
  },
);

test.needs('cargo', 'what is no crate is refused by name', async () => {
  const dir = tree('no crate', { 'notes.txt': 'x' });
  const dangling = join(dir, 'dangling');
  symlinkSync(join(dir, 'nothing'), dangling);
  assert.is((await refusal(dir)).code, 'not-a-crate');
  assert.is((await refusal(join(dir, 'notes.txt'))).code, 'not-a-crate');
  assert.is((await refusal(join(dir, 'absent'))).code, 'missing');
  assert.is((await refusal(dangling)).code, 'dangling-link');
  assert.is((await refusal(dir, { edition: '2023' })).code, 'edition-unknown');
});

test.needs('cargo', 'a manifest that is a link, a folder or not UTF-8 is refused', async () => {
  const linked = tree('linked-manifest', { 'elsewhere.toml': manifest('x') });
  symlinkSync(join(linked, 'elsewhere.toml'), join(linked, 'Cargo.toml'));
  assert.is((await refusal(linked)).code, 'manifest-link');
  mkdirSync(join(scratch, 'folder-manifest/Cargo.toml'), { recursive: true });
  assert.is((await refusal(join(scratch, 'folder-manifest'))).code, 'not-a-file');
  assert.is((await refusal(tree('latin', { 'Cargo.toml': new Uint8Array([0x23, 0xe9, 0x0a]) }))).code, 'not-utf8');
});

test.needs(['cargo', 'closed files'], 'a manifest that may not be read is refused', () => {
  const closed = tree('closed', { 'Cargo.toml': manifest('closed') });
  chmodSync(join(closed, 'Cargo.toml'), 0);
  const call = `it.locate(${JSON.stringify(closed)}).catch(({ code, exit }) => [code, exit])`;
  const module = new URL('../../../tools/cargo/project.ts', import.meta.url).href;
  assert.equal(unprivileged(module, call), ['unreadable', 'usage']);
});

test.needs('cargo', 'a .rs file under a workspace without a package is still a file of its own', async () => {
  const dir = tree('virtual', workspace);
  writeFileSync(join(dir, 'lone.rs'), 'fn main() {}');
  const project = await locate(join(dir, 'lone.rs'));
  assert.equal([project.kind, project.file?.inside], ['file', 'lone.rs']);
});
