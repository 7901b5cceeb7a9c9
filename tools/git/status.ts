// The commit and dirty flag that go into a record. Optional: without git, or outside a repository, there is none.
//
// A repository's own configuration runs code on a mere `git status` (fsmonitor, clean filters, includes). So git never sees
// it: it is given an empty repository of ours that borrows the objects and the index, and the working tree.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { run } from '../process.ts';
import { findRepository, headCommit, type Repository } from './repository.ts';

export interface GitStatus {
  /** Commit checked out, in full. */
  readonly id: string;
  /** Tracked files differ from it. Also true where that could not be found out: clean is only said when it is known. */
  readonly dirty: boolean;
}

/** A record's flag is not worth a longer wait, ms. */
const patience = 5000;

/** Of the repository that holds `root`; null when there is none or it has no commit. Nothing is written into it. */
export async function gitStatus(root: string): Promise<GitStatus | null> {
  let repository: Repository | null;
  try {
    repository = findRepository(root);
  } catch {
    return null;
  }
  const id = repository === null ? null : headCommit(repository);
  if (repository === null || id === null) return null;
  return { id, dirty: await isDirty(repository, id) };
}

async function isDirty({ top, gitDir, commonDir }: Repository, id: string): Promise<boolean> {
  // A line break in the path would be two alternates; git itself cannot take it either.
  if (commonDir.includes('\n')) return true;
  const dir = mkdtempSync(join(tmpdir(), 'rusta-git-'));
  try {
    for (const folder of ['refs', 'objects/info']) mkdirSync(join(dir, folder), { recursive: true });
    writeFileSync(join(dir, 'HEAD'), `${id}\n`);
    writeFileSync(join(dir, 'objects/info/alternates'), `${join(commonDir, 'objects')}\n`);
    const format = id.length === 64 ? '[extensions]\n\tobjectformat = sha256\n' : '';
    writeFileSync(join(dir, 'config'), `[core]\n\trepositoryformatversion = ${format === '' ? 0 : 1}\n${format}`);
    const env = {
      PATH: (process.env.PATH ?? '').split(':').filter(isAbsolute).join(':'),
      HOME: dir,
      LC_ALL: 'C',
      GIT_DIR: dir,
      GIT_WORK_TREE: top,
      GIT_INDEX_FILE: join(gitDir, 'index'),
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_OPTIONAL_LOCKS: '0',
      GIT_TERMINAL_PROMPT: '0',
    };
    const argv = ['status', '--porcelain', '--untracked-files=no', '--ignore-submodules=all', '--no-renames'];
    const result = await run('git', argv, { cwd: dir, env, timeMs: patience, maxBytes: 64 * 1024 });
    return result.code !== 0 || result.stdout !== '';
  } catch {
    return true;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
