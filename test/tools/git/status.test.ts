// Commit and dirty flag as a specification, on honest and on hostile repositories.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryPrefix } from '../../../tools/git/repository.ts';
import { gitStatus } from '../../../tools/git/status.ts';
import { assert, test } from '../../support/harness.ts';

const env = { PATH: process.env.PATH ?? '', HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' };
const git = (dir: string, ...argv: string[]): string =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', '-c', 'init.defaultBranch=main', ...argv], {
    cwd: dir,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();

async function inRepository(work: (dir: string, commit: string) => Promise<void> | void): Promise<void> {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'rusta-git-test-')));
  const dir = join(top, 'a repo');
  try {
    mkdirSync(join(dir, 'crate'), { recursive: true });
    writeFileSync(join(dir, 'crate', 'lib.rs'), 'fn f() {}\n');
    git(dir, 'init', '-q');
    git(dir, 'add', '.');
    git(dir, 'commit', '-qm', 'first');
    await work(dir, git(dir, 'rev-parse', 'HEAD'));
  } finally {
    rmSync(top, { recursive: true });
  }
}

test('names the commit of a clean tree, from a folder inside it too', () =>
  inRepository(async (dir, id) => {
    assert.equal(await gitStatus(dir), { id, dirty: false });
    assert.equal(await gitStatus(join(dir, 'crate')), { id, dirty: false });
    assert.is(repositoryPrefix(dir), '');
    assert.is(repositoryPrefix(join(dir, 'crate')), 'crate/');
  }));

test('a changed, staged or removed tracked file makes it dirty; a file only touched or untracked does not', () =>
  inRepository(async (dir, id) => {
    writeFileSync(join(dir, 'untracked'), '');
    utimesSync(join(dir, 'crate/lib.rs'), 1, 1);
    assert.equal(await gitStatus(dir), { id, dirty: false });
    appendFileSync(join(dir, 'crate/lib.rs'), '// more\n');
    assert.equal(await gitStatus(dir), { id, dirty: true });
    git(dir, 'add', '.');
    assert.equal(await gitStatus(dir), { id, dirty: true });
    git(dir, 'reset', '-q', '--hard');
    rmSync(join(dir, 'crate/lib.rs'));
    assert.equal(await gitStatus(dir), { id, dirty: true });
  }));

test('reads packed refs, a detached HEAD and a linked worktree', () =>
  inRepository(async (dir, id) => {
    git(dir, 'pack-refs', '--all');
    git(dir, 'gc', '-q');
    assert.equal(await gitStatus(dir), { id, dirty: false });
    git(dir, 'worktree', 'add', '-q', '-b', 'other', '../linked');
    assert.equal(await gitStatus(join(dir, '../linked')), { id, dirty: false });
    writeFileSync(join(dir, '../linked/crate/lib.rs'), '');
    assert.equal(await gitStatus(join(dir, '../linked')), { id, dirty: true });
    git(dir, 'checkout', '-q', '--detach');
    assert.equal(await gitStatus(dir), { id, dirty: false });
  }));

test('is null outside a repository, before the first commit, and where .git is rubbish', async () => {
  const top = mkdtempSync(join(tmpdir(), 'rusta-git-test-'));
  try {
    assert.is(await gitStatus(top), null);
    git(top, 'init', '-q', 'empty');
    assert.is(await gitStatus(join(top, 'empty')), null);
    for (const [name, head] of [
      ['up', 'ref: refs/../../../secret'],
      ['loop', 'ref: refs/loop'],
      ['text', 'hello'],
    ] as const) {
      mkdirSync(join(top, name, '.git/refs'), { recursive: true });
      writeFileSync(join(top, name, '.git/HEAD'), head);
      writeFileSync(join(top, name, '.git/refs/loop'), head);
      assert.is(await gitStatus(join(top, name)), null, name);
    }
    mkdirSync(join(top, 'file'));
    writeFileSync(join(top, 'file', '.git'), `gitdir: ${'../'.repeat(5)}etc`);
    assert.is(await gitStatus(join(top, 'file')), null);
    assert.is(await gitStatus(join(top, 'missing')), null);
  } finally {
    rmSync(top, { recursive: true });
  }
});

test('a pipe where HEAD should be does not hang it', async () => {
  const top = mkdtempSync(join(tmpdir(), 'rusta-git-test-'));
  try {
    mkdirSync(join(top, '.git'));
    execFileSync('mkfifo', [join(top, '.git/HEAD')]);
    assert.is(await gitStatus(top), null);
  } finally {
    rmSync(top, { recursive: true });
  }
});

/** Every file of the repository with its content and time. */
const frozen = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => join(dir, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => `${path} ${statSync(path).mtimeMs} ${readFileSync(path, 'base64')}`);

test('runs nothing that the repository configures, and writes nothing into it', () =>
  inRepository(async (dir, id) => {
    const mark = join(dir, '..', 'ran');
    const script = join(dir, '..', 'evil.sh');
    writeFileSync(script, `#!/bin/sh\ntouch '${mark}'\ncat\n`, { mode: 0o755 });
    for (const [key, value] of [
      ['core.fsmonitor', script],
      ['core.hooksPath', join(dir, '..')],
      ['core.pager', script],
      ['core.sshCommand', script],
      ['filter.evil.clean', `'${script}'`],
      ['filter.evil.process', `'${script}'`],
      ['filter.evil.required', 'true'],
      ['diff.external', script],
      ['diff.evil.textconv', script],
      ['alias.status', `!${script}`],
    ] as const) {
      git(dir, 'config', key, value);
    }
    writeFileSync(join(dir, '.git/info/attributes'), '* filter=evil diff=evil\n');
    writeFileSync(join(dir, '.gitattributes'), '* filter=evil diff=evil\n');
    // Same size, another time: git has to read the file, through the filter if it knew of one.
    writeFileSync(join(dir, 'crate/lib.rs'), 'fn g() {}\n');
    const before = frozen(dir);
    assert.equal(await gitStatus(dir), { id, dirty: true });
    assert.not(existsSync(mark), 'the repository ran a program');
    assert.equal(frozen(dir), before);
    // The trap works: git itself falls into it.
    spawnSync('git', ['status'], { cwd: dir, env, stdio: 'ignore' });
    assert.ok(existsSync(mark), 'the test proves nothing: plain git did not run the program either');
  }));
