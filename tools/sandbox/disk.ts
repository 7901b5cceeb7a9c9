// How much disk a folder takes.
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Every file takes a block and an inode at least: a million empty ones fill a disk, too. */
const leastBytes = 4096;

/** Bytes on disk of everything under `folder`; what vanishes meanwhile is not counted. Stops counting past `enough`. */
export async function sizeOnDisk(folder: string, enough: number = Number.POSITIVE_INFINITY): Promise<number> {
  let total = 0;
  const pending = [folder];
  for (let next = pending.pop(); next !== undefined && total < enough; next = pending.pop()) {
    const current = next;
    const items = await readdir(current, { withFileTypes: true, encoding: 'utf8' }).catch(() => []);
    const sizes = await Promise.all(
      items.map(async (item) => {
        if (item.isDirectory()) {
          pending.push(join(current, item.name));
          return leastBytes;
        }
        const stat = await lstat(join(current, item.name)).catch(() => null);
        return stat === null ? 0 : Math.max(leastBytes, stat.blocks * 512);
      }),
    );
    for (const size of sizes) total += size;
  }
  return total;
}
