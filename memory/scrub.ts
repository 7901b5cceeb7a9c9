// Making what was removed unreadable: LMDB leaves it in free pages, and in the gaps of pages in use, until it reuses them.
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { RustaError } from '../schemas/errors.ts';
import { gaps } from './pages.ts';
import type { Database } from './table.ts';

/** Fillers written in one transaction. */
const batch = 64;

/** False when the disk filled up on the way. A page that another process's snapshot still holds is not free, and stays. */
export async function scrub(database: Database): Promise<boolean> {
  const complete = await fillFreePages(database);
  return (await database.write(() => clearGaps(database.path))) && complete;
}

/** Writes fillers of one page each until the file has to grow, which takes every page that is free, and removes them again. */
async function fillFreePages(database: Database): Promise<boolean> {
  const table = database.table<Uint8Array>('meta');
  const { size } = database.pages();
  // With a value's own header and the page's, just one page.
  const filler = new Uint8Array(size - 64);
  let complete = true;
  let written = 0;
  try {
    // Pages freed by one transaction can be reused by the second after it.
    for (let round = 0; round < 3; round += 1) await database.write(() => table.put('scrub/0', filler.subarray(round)));
    const { last } = database.pages();
    while (database.pages().last <= last) {
      await database.write(() => {
        for (let count = 0; count < batch; count += 1) table.put(`scrub/${written + count}`, filler);
      });
      written += batch;
    }
  } catch (error) {
    if (!(error instanceof RustaError) || error.code !== 'disk-full') throw error;
    complete = false;
  }
  // All there are: a purge that was cut off may have left some.
  await database.write(() => {
    for (const { key } of table.entries('scrub/')) table.remove(key);
  });
  return complete;
}

/**
 * Overwrites the gaps with zeros, in the file itself: LMDB has no call for it. Under the write lock no page changes, and no
 * reader looks into a gap, whatever its snapshot.
 */
function clearGaps(path: string): boolean {
  const found = gaps(path);
  if (found === null) return false;
  const file = openSync(path, 'r+');
  try {
    for (const { at, bytes } of found) if (bytes > 0) writeSync(file, Buffer.alloc(bytes), 0, bytes, at);
    fdatasyncSync(file);
  } finally {
    closeSync(file);
  }
  return true;
}
