// A git repository read as data: where it lies and which commit is checked out. Starts nothing and trusts nothing in it.
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

export interface Repository {
  /** Top of the working tree, canonical. */
  readonly top: string;
  /** Where HEAD and the index are. */
  readonly gitDir: string;
  /** Where refs and objects are: another folder for a linked worktree. */
  readonly commonDir: string;
}

/** No file that is read here is larger in honest use. */
const mostBytes = 32 * 1024 * 1024;

/** The repository whose working tree holds `path`; null when there is none. */
export function findRepository(path: string): Repository | null {
  for (let top = realpathSync(path); ; top = dirname(top)) {
    const gitDir = gitDirOf(join(top, '.git'));
    if (gitDir !== null) {
      const common = readSmall(join(gitDir, 'commondir'))?.trim();
      return { top, gitDir, commonDir: common === undefined ? gitDir : resolve(gitDir, common) };
    }
    if (top === dirname(top)) return null;
  }
}

/** Path of `root` inside its repository, with a trailing slash; '' at the top, null without a repository. */
export function repositoryPrefix(root: string): string | null {
  const repository = findRepository(root);
  if (repository === null) return null;
  const inside = relative(repository.top, realpathSync(root));
  return inside === '' ? '' : `${inside}/`;
}

/** Commit id that HEAD names; null on a branch without commits and for ref formats not known here (reftable). */
export function headCommit({ gitDir, commonDir }: Repository): string | null {
  let name = 'HEAD';
  // A symbolic ref may name another; git itself stops at five.
  for (let depth = 0; depth < 5; depth += 1) {
    const text = readSmall(join(gitDir, name)) ?? readSmall(join(commonDir, name));
    const value = text === null ? packed(commonDir, name) : text.trim();
    if (value === null) return null;
    if (isId(value)) return value;
    const target = /^ref: (refs\/[^\s~^:?*[\\]+)$/.exec(value)?.[1];
    if (target === undefined || target.split('/').some((part) => part === '' || part.startsWith('.'))) return null;
    name = target;
  }
  return null;
}

function packed(commonDir: string, name: string): string | null {
  for (const line of readSmall(join(commonDir, 'packed-refs'))?.split('\n') ?? []) {
    const [id, ref] = line.split(' ');
    if (ref === name && id !== undefined && isId(id)) return id;
  }
  return null;
}

/** SHA-1 or SHA-256 in hexadecimal. */
function isId(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/** `.git` is a folder, or a file that names one (submodule, linked worktree). */
function gitDirOf(path: string): string | null {
  let dir = path;
  try {
    if (lstatSync(path).isFile()) {
      const named = /^gitdir: (.+)$/m.exec(readSmall(path) ?? '')?.[1];
      if (named === undefined) return null;
      dir = resolve(dirname(path), named);
    }
    return statSync(join(dir, 'HEAD')).isFile() ? dir : null;
  } catch {
    return null;
  }
}

/** A regular file's text; null when it is missing, anything else (a pipe would hang a reader), or too large. */
function readSmall(path: string): string | null {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return null;
  }
  try {
    const stat = fstatSync(file);
    if (!stat.isFile() || stat.size > mostBytes) return null;
    const bytes = Buffer.alloc(stat.size);
    return bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, 0));
  } catch {
    return null;
  } finally {
    closeSync(file);
  }
}
