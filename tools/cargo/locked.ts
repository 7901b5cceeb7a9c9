// `cargo fetch --locked` of a manifest of our own: what the lock file pins, into cargo's own cache. No crate's code runs. What
// a user's crate lacks is fetch.ts's business.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { RustaError } from '../../schemas/errors.ts';
import { run } from '../process.ts';
import { isTable } from './manifest.ts';

export interface LockedCrate {
  readonly name: string;
  readonly version: string;
  /** sha256 of the archive that the registry serves. */
  readonly checksum: string;
}

/** Crates of a registry that a lock file pins, in its order. Throws RustaError `lock-broken`. */
export function readLock(path: string): LockedCrate[] {
  const broken = (why: string, cause?: unknown): RustaError =>
    new RustaError(`${path}: ${why}`, { code: 'lock-broken', op: 'data', cause });
  let table: unknown;
  try {
    table = parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw broken('cannot be read as TOML', error);
  }
  const packages = isTable(table) && Array.isArray(table.package) ? table.package : null;
  if (packages === null) throw broken('it lists no packages');
  return packages.filter(isTable).flatMap((one): LockedCrate[] => {
    const { name, version, checksum } = one;
    if (typeof name !== 'string' || typeof version !== 'string') throw broken('a package without name or version');
    return typeof checksum === 'string' ? [{ name, version, checksum }] : [];
  });
}

/** Downloads what the lock file beside `manifest` pins and cargo's cache lacks. Throws RustaError `fetch-failed`. */
export async function fetchLocked(
  manifest: string,
  options: {
    readonly signal?: AbortSignal;
    readonly onProgress?: (line: string) => void;
    readonly offline?: boolean;
  } = {},
): Promise<void> {
  const { signal, onProgress, offline = false } = options;
  const result = await run(
    'cargo',
    ['fetch', '--locked', '--manifest-path', manifest, ...(offline ? ['--offline'] : [])],
    {
      timeMs: 20 * 60_000,
      maxBytes: 64 * 1024,
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onStderrLine: onProgress }),
    },
  );
  if (result.cancelled) signal?.throwIfAborted();
  if (result.code === 0) return;
  const last = result.stderr.trim().split('\n').slice(-1)[0] ?? 'no message';
  throw new RustaError(`cargo fetch: ${last}`, {
    code: 'fetch-failed',
    op: 'data snapshot',
    hint: 'it goes on where it stopped: run it again',
  });
}

/** Folders where cargo keeps archives, of all registries that it knows. */
export function archiveFolders(): string[] {
  const cache = join(process.env.CARGO_HOME ?? join(homedir(), '.cargo'), 'registry/cache');
  return existsSync(cache)
    ? readdirSync(cache)
        .sort()
        .map((name) => join(cache, name))
    : [];
}
