// The store: one LMDB file in the state folder, durable writes, its version. What the tables mean is left to the files beside it.
//
// Durability: `overlappingSync` is off, so a synchronous transaction commits as LMDB's authors meant it: data pages, fdatasync,
// then the meta page through an O_DSYNC descriptor, and only then does it return. (With lmdb-js's default a put may resolve
// before its flush.) Appends of one turn of the event loop share one transaction, so a flush is paid once a turn.
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Database as Lmdb, open, type RootDatabase } from 'lmdb';
import { Packr } from 'msgpackr';
import { RustaError } from '../schemas/errors.ts';
import { type Anchors, anchors } from './anchors.ts';
import { type Blobs, blobs } from './blobs.ts';
import { type Bundles, bundles } from './bundles.ts';
import { type Cache, cache } from './cache.ts';
import { type Devlog, devlog, workspaces } from './devlog.ts';
import { damaged, storeFault } from './faults.ts';
import { type Habits, habits } from './habits.ts';
import { type Lessons, lessons } from './lessons.ts';
import { headDamage, treeDamage } from './pages.ts';
import { isSealed, seal } from './seal.ts';
import type { Database, PageCount, Table, TableName } from './table.ts';
import { type Trust, trust } from './trust.ts';
import { settleVersion } from './version.ts';

export { storeVersion } from './version.ts';

/** Everything that outlives a run. Reads are synchronous; writes resolve when they are on disk. */
export interface Store extends Anchors, Blobs, Bundles, Cache, Habits, Lessons, Trust {
  readonly dir: string;
  /** The log of one workspace, by its root's canonical path. */
  devlog(root: string): Devlog;
  /** Roots of the workspaces that have, or had, a log: sorted. */
  workspaces(): string[];
  /** Writes what is pending and closes the files. */
  close(): Promise<void>;
}

/** `$XDG_STATE_HOME/rusta`, else `~/.local/state/rusta`: on macOS too. A relative XDG path is ignored, as its specification says. */
export function stateDir(): string {
  const base = process.env.XDG_STATE_HOME ?? '';
  return join(isAbsolute(base) ? base : join(homedir(), '.local', 'state'), 'rusta');
}

/**
 * Opens the store, making it when there is none; several processes may hold it open. Files are readable by their owner only.
 * Throws RustaError: `store-unwritable`, `disk-full`, `store-damaged`, `store-newer`, `store-unknown`.
 */
export async function openStore(options: { readonly dir?: string } = {}): Promise<Store> {
  const { database, close } = await openDatabase(options.dir ?? stateDir());
  try {
    await settleVersion(database);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    dir: database.dir,
    devlog: (root) => devlog(database, root),
    workspaces: () => workspaces(database),
    close,
    ...anchors(database),
    ...blobs(database),
    ...bundles(database),
    ...cache(database),
    ...habits(database),
    ...lessons(database),
    ...trust(database),
  };
}

/** The store without its version looked at: for openStore and its tests. */
export async function openDatabase(dir: string): Promise<{ database: Database; close(): Promise<void> }> {
  const path = join(dir, 'store.mdb');
  let root: RootDatabase<Buffer, string>;
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const head = await settledDamage(() => headDamage(path));
    if (head !== null) throw damaged(dir, head);
    const sealed = isSealed(path);
    const options = {
      path,
      noSubdir: true,
      encoding: 'binary',
      overlappingSync: false,
      maxDbs: 32,
      permissionsMode: 0o600,
    };
    root = open<Buffer, string>(options as Parameters<typeof open>[0]);
    if (!sealed) {
      const snapshot = root.useReadTransaction();
      const tree = await settledDamage(() => treeDamage(path));
      snapshot.done();
      if (tree !== null) {
        await root.close();
        throw damaged(dir, tree);
      }
    }
  } catch (error) {
    throw storeFault(error, 'store open', dir);
  }
  const packr = new Packr({ useRecords: false, copyBuffers: true });
  let closed = false;
  const guard = <T>(op: string, work: () => T): T => {
    if (closed) throw new RustaError('the store is closed', { code: 'store-closed', op });
    try {
      return work();
    } catch (error) {
      throw storeFault(error, op, dir);
    }
  };

  // Opened when first asked for: a store of another version is left as it is.
  const opened = new Map<TableName, Lmdb<Buffer, string>>();
  const table = <V>(name: TableName): Table<V> => {
    const of = guard('store open', () => opened.get(name) ?? root.openDB<Buffer, string>({ name, encoding: 'binary' }));
    opened.set(name, of);
    const decode = (key: string, bytes: Buffer): V => {
      try {
        return packr.unpack(bytes) as V;
      } catch (cause) {
        throw damaged(dir, `table ${name} holds a value that is not MessagePack at ${key}`, cause);
      }
    };
    // '0' follows '/': every key that starts with 'a/b/' sorts before 'a/b0'.
    const bounds = (prefix: string): { start?: string; end?: string } =>
      prefix === ''
        ? {}
        : {
            start: prefix,
            end: `${prefix.slice(0, -1)}${String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)}`,
          };
    return {
      get: (key) =>
        guard('store read', () => {
          const bytes = of.get(key);
          return bytes === undefined ? undefined : decode(key, bytes);
        }),
      put: (key, value) => void of.put(key, packr.pack(value)),
      remove: (key) => void of.remove(key),
      entries: (prefix) =>
        guard('store read', () =>
          Array.from(of.getRange(bounds(prefix)), ({ key, value }) => ({ key, value: decode(key, value) })),
        ),
      last: (prefix) =>
        guard('store read', () => {
          const { start, end } = bounds(prefix);
          // Reverse ranges start inclusively at the upper bound, which no key with this prefix equals.
          const range = of.getRange({ ...(end === undefined ? {} : { start: end }), reverse: true, limit: 1 });
          const [found] = range;
          if (found === undefined || (start !== undefined && found.key < start)) return undefined;
          return { key: found.key, value: decode(found.key, found.value) };
        }),
    };
  };

  interface Job {
    work(): unknown;
    resolve(value: unknown): void;
    reject(error: unknown): void;
  }
  let queue: Job[] = [];
  const commit = (jobs: readonly Job[]): void => {
    let results: unknown[];
    try {
      results = root.transactionSync(() => jobs.map((job) => job.work()));
    } catch (error) {
      // One bad job takes nobody else's write with it.
      if (jobs.length > 1) for (const job of jobs) commit([job]);
      else jobs[0]?.reject(storeFault(error, 'store write', dir));
      return;
    }
    for (const [index, job] of jobs.entries()) job.resolve(results[index]);
  };
  const flush = (): void => {
    const jobs = queue;
    queue = [];
    if (jobs.length > 0) commit(jobs);
  };
  const write = <T>(work: () => T): Promise<T> =>
    new Promise((resolve, reject) => {
      guard('store write', () => queue.push({ work, resolve: resolve as (value: unknown) => void, reject }));
      if (queue.length === 1) setImmediate(flush);
    });

  const pages = (): PageCount => {
    const { root: main, lastPageNumber } = root.getStats() as { root: { pageSize: number }; lastPageNumber: number };
    return { size: main.pageSize, last: lastPageNumber };
  };

  return {
    database: { dir, path, table, write, pages },
    close: async () => {
      if (closed) return;
      flush();
      closed = true;
      await root.close();
      seal(path);
    },
  };
}

/** A concurrent commit may be seen half way: only damage that stays is damage. */
async function settledDamage(look: () => string | null): Promise<string | null> {
  for (const wait of [5, 20, 80]) {
    if (look() === null) return null;
    await sleep(wait);
  }
  return look();
}
