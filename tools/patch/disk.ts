// Durable single-file steps that the journal is built from, and what the disk refuses as an error a person can act on.
import { type FileHandle, open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RustaError } from '../../schemas/errors.ts';
import { sha256 } from '../../schemas/hash.ts';

export interface FileLook {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** Writes a new file beside the one it will replace, with its mode and (where allowed) owner, and flushes it. Fails if `path` exists. */
export async function writeNew(path: string, bytes: Uint8Array, look: FileLook): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    await own(file, look);
    // After chown, which clears set-id bits.
    await file.chmod(look.mode & 0o7777);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Only root can give a file away; anyone else's file stays whoever's writes it, in the group if that is allowed. */
async function own(file: FileHandle, { uid, gid }: FileLook): Promise<void> {
  const made = await file.stat();
  if (made.uid === uid && made.gid === gid) return;
  try {
    await file.chown(uid, gid);
  } catch {
    await file.chown(made.uid, gid).catch(() => undefined);
  }
}

/** Renames over `to`; the folder is flushed by `syncFolder`. */
export async function replaceFile(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncFolder(dirname(to));
}

export async function removeIfThere(path: string): Promise<void> {
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

/** Makes a rename or removal in the folder last. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** sha256 of a file's bytes; null when there is none. */
export async function hashOf(path: string): Promise<string | null> {
  try {
    return sha256(await readFile(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** What a system call refused, naming the file it was for. A RustaError passes unchanged. */
export function diskFault(error: unknown, op: string, path: string): RustaError {
  if (error instanceof RustaError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const detail = { op, exit: 'refused', cause: error } as const;
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    return new RustaError(`no space left for ${path}; nothing was changed`, {
      ...detail,
      code: 'disk-full',
      hint: 'free some space and try again',
    });
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new RustaError(`${path} cannot be written (${code}); nothing was changed`, {
      ...detail,
      code: 'read-only',
      hint: 'make the file and its folder writable and try again',
    });
  }
  return new RustaError(`${path}: ${message}`, { ...detail, code: 'patch-fault', exit: 'internal' });
}
