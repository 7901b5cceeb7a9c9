// Where a bundle's path leads: a regular, writable file inside the root, links followed. Reads only.
import { constants } from 'node:fs';
import { access, lstat, realpath } from 'node:fs/promises';
import { isAbsolute, join, sep } from 'node:path';
import { RustaError } from '../../schemas/errors.ts';
import { diskFault, type FileLook } from './disk.ts';

export interface Target extends FileLook {
  /** The file itself: a link on the way to it stays as it is. */
  readonly real: string;
}

/** Throws RustaError: `path-outside`, `file-missing`, `not-a-file`, `read-only`. */
export async function resolveTarget(op: string, root: string, path: string): Promise<Target> {
  const refuse = (code: string, what: string, hint?: string): RustaError =>
    new RustaError(`${path} ${what}`, { code, op, exit: 'refused', ...(hint === undefined ? {} : { hint }) });
  const parts = path.split('/');
  if (isAbsolute(path) || path.includes('\0') || parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw refuse('path-outside', `is not a path inside ${root}`);
  }
  let real: string;
  let base: string;
  try {
    base = await realpath(root);
    real = await realpath(join(base, path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw refuse('file-missing', `does not exist in ${root}`);
    throw diskFault(error, op, join(root, path));
  }
  if (!real.startsWith(base.endsWith(sep) ? base : base + sep)) {
    throw refuse(
      'path-outside',
      `leads out of ${root}, to ${real}`,
      'edit that file by hand, or repair the tree it belongs to',
    );
  }
  const { mode, uid, gid } = await lstat(real).catch((error: unknown) => {
    throw diskFault(error, op, real);
  });
  if ((mode & constants.S_IFMT) !== constants.S_IFREG) throw refuse('not-a-file', 'is not a regular file');
  // A rename would replace a read-only file; its mode says that it should not be.
  if ((mode & 0o222) === 0) throw refuse('read-only', 'is read-only; nothing was changed', `chmod u+w ${path}`);
  await access(real, constants.W_OK).catch((error: unknown) => {
    throw diskFault(error, op, real);
  });
  return { real, mode, uid, gid };
}
