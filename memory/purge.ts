// Removing episodes for good: their entries, their bundles, and the source texts that nothing left refers to.
import type { DevlogEntry } from '../schemas/types.ts';
import type { BlobRecord } from './blobs.ts';
import type { BundleRecord } from './bundles.ts';
import { clearCache } from './cache.ts';
import { workspaceKey } from './keys.ts';
import { isRunning, thisProcess } from './liveness.ts';
import { scrub } from './scrub.ts';
import type { Database } from './table.ts';

export interface Purged {
  readonly episodes: number;
  readonly bundles: number;
  readonly blobs: number;
  /** False when the disk was too full to overwrite the file's free pages: purge again later. What another process was reading at that moment stays until the next purge. */
  readonly scrubbed: boolean;
}

/** Purges one episode or all of a workspace. A bundle that goes can no longer be rolled back. The cache is emptied: its answers quote source. */
export async function purge(database: Database, root: string, episode: string | 'all'): Promise<Purged> {
  const workspace = workspaceKey(root);
  const counts = await database.write(() => {
    const index = database.table('episodes');
    const gone = index
      .entries(`${workspace}/`)
      .map(({ key }) => key)
      .filter((key) => episode === 'all' || key === `${workspace}/${episode}`);
    const log = database.table<DevlogEntry>('log');
    for (const key of gone) {
      index.remove(key);
      for (const entry of log.entries(`${key}/`)) log.remove(entry.key);
    }
    const bundles = database.table<BundleRecord>('bundles');
    const order = database.table<string>('bundle-order');
    let removed = 0;
    for (const { key, value } of bundles.entries('')) {
      if (value.root !== root || (episode !== 'all' && value.bundle.episode !== episode)) continue;
      bundles.remove(key);
      order.remove(value.order);
      removed += 1;
    }
    clearCache(database);
    return { episodes: gone.length, bundles: removed, blobs: removeOrphans(database) };
  });
  return { ...counts, scrubbed: await scrub(database) };
}

/** Removes the blobs that no entry and no bundle names; one that another living process has just stored is kept. */
function removeOrphans(database: Database): number {
  const named = new Set<string>();
  for (const name of ['log', 'bundles'] as const) {
    for (const { value } of database.table(name).entries('')) collectHashes(value, named);
  }
  const blobs = database.table<BlobRecord>('blobs');
  let removed = 0;
  for (const { key, value } of blobs.entries('')) {
    if (named.has(key) || (value.by !== thisProcess() && isRunning(value.by))) continue;
    blobs.remove(key);
    removed += 1;
  }
  return removed;
}

/** Every string in `value` that has the form of a sha256: an event of any type may refer to a text. */
function collectHashes(value: unknown, into: Set<string>): void {
  if (typeof value === 'string') {
    if (/^[0-9a-f]{64}$/.test(value)) into.add(value);
  } else if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) collectHashes(part, into);
  }
}
