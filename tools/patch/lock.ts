// One writer at a time: a folder that holds one file, whose name says who has the lock. rename(2) passes it on, and only one
// process can win that, so that a lock left by a process that died is taken over without a race.
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, thisProcess } from '../../memory/liveness.ts';
import { RustaError } from '../../schemas/errors.ts';

/** How long another process is waited for, ms: applying takes far less. */
const patience = 10_000;
const pause = 10;
const free = 'free';
const held = 'held-';

/** Runs `work` while nobody else, here or in another process, does so in `dir`. Throws `patch-locked`. */
export async function locked<T>(op: string, dir: string, work: () => Promise<T>): Promise<T> {
  const folder = join(dir, 'lock');
  await makeLock(dir, folder);
  const mine = `${held}${thisProcess()}`;
  const until = performance.now() + patience;
  for (;;) {
    const token = (await readdir(folder)).find((name) => name === free || name.startsWith(held));
    const open = token === free || (token !== undefined && !isRunning(token.slice(held.length)));
    if (open && (await renamed(join(folder, token as string), join(folder, mine)))) break;
    if (performance.now() > until) {
      throw new RustaError(`process ${token?.split('-')[1]} is applying another bundle`, {
        code: 'patch-locked',
        op,
        hint: 'try again when it is done',
        exit: 'refused',
      });
    }
    await sleep(pause);
  }
  try {
    return await work();
  } finally {
    await rename(join(folder, mine), join(folder, free));
  }
}

/** A folder appears with its file in it, or not at all: renaming one over a folder that holds something fails. */
async function makeLock(dir: string, folder: string): Promise<void> {
  if ((await readdir(folder).catch(() => [])).length > 0) return;
  const made = join(dir, `lock-${randomUUID()}`);
  await mkdir(made, { mode: 0o700 });
  await writeFile(join(made, free), '');
  if (!(await renamed(made, folder))) await rm(made, { recursive: true });
}

async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}
