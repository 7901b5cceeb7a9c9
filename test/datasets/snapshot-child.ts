// Takes archives of cargo's cache into a snapshot folder until its disk is full, and prints what is said and what lies there:
// `snapshot-child.ts DIR NAME:SHA256…`
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { snapshotCrates } from '../../datasets/snapshot.ts';
import { RustaError } from '../../schemas/errors.ts';

const [folder = '', ...crates] = process.argv.slice(2);
try {
  await snapshotCrates(
    crates.map((one) => ({
      name: one.split(':')[0] as string,
      version: '1.0.0',
      checksum: one.split(':')[1] as string,
    })),
    {
      folder,
      deny: { names: new Set(), hashes: new Set() },
      today: '2026-01-01',
      former: [],
      signal: new AbortController().signal,
      onProgress: () => undefined,
    },
  );
} catch (error) {
  if (!(error instanceof RustaError)) throw error;
  process.stdout.write(`${error.code} ${error.message}\n`);
}
for (const name of readdirSync(join(folder, 'crates')).sort()) process.stdout.write(`${name}\n`);
