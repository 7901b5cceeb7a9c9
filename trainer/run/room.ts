// Files of a run on a disk that may be full: what was there before stays, and the error says so.
import { replaceFile } from '../../engine/checkpoint/bytes.ts';
import { RustaError } from '../../schemas/errors.ts';

/** @throws RustaError `disk-full` in place of the system's error, all others as they are. */
export async function withRoom<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    throw new RustaError(`no room for ${path}`, {
      code: 'disk-full',
      op: 'run',
      hint: 'the checkpoint before is kept: free some space, then go on with --resume',
      cause: error,
    });
  }
}

/** Replaces a text as a whole. @throws RustaError `disk-full`; the text before is kept. */
export function replaceText(path: string, text: string): Promise<void> {
  return withRoom(path, () => replaceFile(path, (sink) => sink(new TextEncoder().encode(text))));
}
