// Faults of the store's files, each as one error that names the folder and the way out. Nothing is deleted here or elsewhere on a fault.
import { statfsSync } from 'node:fs';
import { RustaError } from '../schemas/errors.ts';

// LMDB's own codes (lmdb.h, "Return Codes"); positive ones are errno values.
const mdbDamage: ReadonlySet<number> = new Set([-30793, -30794, -30795, -30796, -30797]);
const errnoNames: Readonly<Record<number, string>> = {
  1: 'EPERM',
  2: 'ENOENT',
  5: 'EIO',
  13: 'EACCES',
  20: 'ENOTDIR',
  27: 'EFBIG',
  28: 'ENOSPC',
  30: 'EROFS',
  122: 'EDQUOT',
};

/** The store's content cannot be trusted; `what` says what was seen. */
export function damaged(dir: string, what: string, cause?: unknown): RustaError {
  return new RustaError(`the files in ${dir} are damaged: ${what}`, {
    code: 'store-damaged',
    op: 'store open',
    hint: 'move that folder away and run again: a new one is made; nothing was deleted',
    exit: 'refused',
    cause,
  });
}

/** Turns what LMDB or the file system threw into an error a person can act on. A RustaError passes unchanged. */
export function storeFault(error: unknown, op: string, dir: string): RustaError {
  if (error instanceof RustaError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const raw = (error as { code?: unknown }).code;
  const code = typeof raw === 'number' ? (errnoNames[raw] ?? raw) : raw;
  if (typeof code === 'number' && mdbDamage.has(code)) return damaged(dir, message, error);
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG' || (code === 'EIO' && isFull(dir))) {
    return new RustaError(`no space left for ${dir}; nothing of this write was kept`, {
      code: 'disk-full',
      op,
      hint: 'free some space, or set XDG_STATE_HOME to a folder on another disk',
      exit: 'refused',
      cause: error,
    });
  }
  if (
    code === 'EACCES' ||
    code === 'EPERM' ||
    code === 'EROFS' ||
    code === 'ENOTDIR' ||
    code === 'ENOENT' ||
    code === 'EEXIST'
  ) {
    return new RustaError(`cannot write in ${dir} (${code})`, {
      code: 'store-unwritable',
      op,
      hint: 'make that folder writable, or set XDG_STATE_HOME to one that is',
      exit: 'usage',
      cause: error,
    });
  }
  return new RustaError(`${message} (in ${dir})`, { code: 'store-fault', op, cause: error });
}

/** LMDB calls a write that ended early an I/O error; the usual cause is a disk with less room than one commit takes. */
function isFull(dir: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dir);
    return bavail * bsize < 1024 * 1024;
  } catch {
    return false;
  }
}
