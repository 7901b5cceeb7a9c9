// Gives a workspace without a current Cargo.lock one, in the mirrors only: compile runs see the tree read-only and could not.
import { copyFileSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { entryAt } from './mirror.ts';
import type { Snapshot } from './tree.ts';
import type { SandboxWorker } from './worker.ts';

/** Largest lock file believed, bytes. */
const mostBytes = 32 * 1024 * 1024;

/**
 * Lets cargo resolve in a writable tree, and takes Cargo.lock alone over into the snapshot. True when there is a new one.
 * A resolution that fails (a broken manifest, a dependency that was never downloaded) is left for the first check to say.
 */
export async function createLock(worker: SandboxWorker, snapshot: Snapshot): Promise<boolean> {
  const path = join(worker.tree.path, 'Cargo.lock');
  let taken = false;
  await worker.execWith(
    ['cargo', 'metadata', '--offline', '--format-version', '1'],
    { writableTree: true, timeMs: 60_000, maxBytes: 4096 },
    () => {
      const before = snapshot.listing.get('Cargo.lock');
      const stat = lstatSync(path, { throwIfNoEntry: false });
      if (stat === undefined || !stat.isFile() || stat.size > mostBytes) return;
      if (before !== undefined && !worker.tree.changed().includes('Cargo.lock')) return;
      copyFileSync(path, join(snapshot.path, 'Cargo.lock'));
      const entry = entryAt(snapshot.path, 'Cargo.lock');
      if (entry !== undefined) (snapshot.listing as Map<string, typeof entry>).set('Cargo.lock', entry);
      taken = true;
    },
  );
  return taken;
}
