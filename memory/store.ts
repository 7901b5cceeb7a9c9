// The store: one LMDB file in the state folder, durable writes, its version. What the tables mean is left to the files beside it.
//
// Durability: `overlappingSync` is off, so a synchronous transaction commits as LMDB's authors meant it: data pages, fdatasync,
// then the meta page through an O_DSYNC descriptor, and only then does it return. (With lmdb-js's default a put may resolve
// before its flush.) Appends of one turn of the event loop share one transaction, so a flush is paid once a turn.
import { mkdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { type Database as Lmdb, open, type RootDatabase } from 'lmdb';
import { Packr } from 'msgpackr';
import { RustaError } from '../schemas/errors.ts';
import { type Blobs, blobs } from './blobs.ts';
import { type Bundles, bundles } from './bundles.ts';
import { type Cache, cache } from './cache.ts';
import { type Devlog, devlog, workspaces } from './devlog.ts';
import { damaged, storeFault } from './faults.ts';
import { type Lessons, lessons } from './lessons.ts';
import { type Database, type Table, type TableName, tableNames } from './table.ts';
import { type Trust, trust } from './trust.ts';

/** Version of what the tables hold. A change of a value's shape raises it and adds a step to `migrations`. */
export const storeVersion = 1;

/** Step `n` brings a store of version `n` to `n + 1`, inside one transaction. */
export type Migrations = Readonly<Record<number, (database: Database) => void>>;

const migrations: Migrations = {};

/** Everything that outlives a run. Reads are synchronous; writes resolve when they are on disk. */
export interface Store extends Blobs, Bundles, Cache, Lessons, Trust {
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
    await settleVersion(database, storeVersion, migrations);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    dir: database.dir,
    devlog: (root) => devlog(database, root),
    workspaces: () => workspaces(database),
    close,
    ...blobs(database),
    ...bundles(database),
    ...cache(database),
    ...lessons(database),
    ...trust(database),
  };
}

/** The store without its version looked at: for openStore and its tests. */
export async function openDatabase(dir: string): Promise<{ database: Database; close(): Promise<void> }> {
  const path = join(dir, 'store.mdb');
  let root: RootDatabase<Buffer, string>;
  const raw = new Map<TableName, Lmdb<Buffer, string>>();
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const options = {
      path,
      noSubdir: true,
      encoding: 'binary',
      overlappingSync: false,
      maxDbs: 32,
      permissionsMode: 0o600,
    };
    root = open<Buffer, string>(options as Parameters<typeof open>[0]);
  } catch (error) {
    throw storeFault(error, 'store open', dir);
  }
  try {
    // A map past the file's end would end the process with SIGBUS, unheard.
    const { pageSize, lastPageNumber } = envStats(root);
    const { size } = await stat(path);
    if (size < (lastPageNumber + 1) * pageSize && size > 2 * pageSize) {
      throw damaged(dir, `the file has ${size} bytes where ${(lastPageNumber + 1) * pageSize} were written`);
    }
    for (const name of tableNames) raw.set(name, root.openDB<Buffer, string>({ name, encoding: 'binary' }));
  } catch (error) {
    await root.close();
    throw storeFault(error, 'store open', dir);
  }
  const packr = new Packr({ useRecords: false, copyBuffers: true });
  const guard = <T>(op: string, work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw storeFault(error, op, dir);
    }
  };

  const table = <V>(name: TableName): Table<V> => {
    const of = raw.get(name) as Lmdb<Buffer, string>;
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
  let closed = false;
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
      if (closed) {
        reject(new RustaError('the store is closed', { code: 'store-closed', op: 'store write' }));
        return;
      }
      queue.push({ work, resolve: resolve as (value: unknown) => void, reject });
      if (queue.length === 1) setImmediate(flush);
    });

  return {
    database: {
      dir,
      table,
      write,
      scrub: () => Promise.resolve(guard('store purge', () => scrub(root, raw.get('meta') as Lmdb<Buffer, string>))),
    },
    close: async () => {
      if (closed) return;
      flush();
      closed = true;
      await root.close();
    },
  };
}

/** Refuses a store that this version cannot read by name, and brings an older one up to date. */
export async function settleVersion(database: Database, current: number, steps: Migrations): Promise<void> {
  const meta = database.table<number>('meta');
  const found = meta.get('version');
  if (found === current) return;
  await database.write(() => {
    // Read again under the write lock: another process may have settled it meanwhile.
    const version = meta.get('version');
    if (version === undefined) {
      const used = tableNames.some((name) => name !== 'meta' && database.table(name).last('') !== undefined);
      if (used) throw refusedVersion(database.dir, 'store-unknown', 'carries no version', current);
    } else if (!Number.isInteger(version) || version < 1) {
      throw refusedVersion(
        database.dir,
        'store-unknown',
        `has the unknown version ${JSON.stringify(version)}`,
        current,
      );
    } else if (version > current) {
      throw refusedVersion(
        database.dir,
        'store-newer',
        `was written by a newer Rusta (store version ${version})`,
        current,
      );
    } else {
      for (let from = version; from < current; from += 1) {
        const step = steps[from];
        if (step === undefined) {
          throw refusedVersion(
            database.dir,
            'store-unknown',
            `has version ${from}, from which no migration is known`,
            current,
          );
        }
        step(database);
      }
    }
    meta.put('version', current);
  });
}

function refusedVersion(dir: string, code: string, what: string, current: number): RustaError {
  return new RustaError(`${dir} ${what}; this one reads version ${current}`, {
    code,
    op: 'store open',
    expected: `store version ${current}`,
    hint: 'use the Rusta that wrote it, or set XDG_STATE_HOME to another folder',
    exit: 'refused',
  });
}

interface EnvStats {
  readonly pageSize: number;
  readonly lastPageNumber: number;
}

function envStats(root: RootDatabase<Buffer, string>): EnvStats {
  const { root: main, lastPageNumber } = root.getStats() as { root: { pageSize: number }; lastPageNumber: number };
  return { pageSize: main.pageSize, lastPageNumber };
}

/**
 * LMDB leaves removed values in free pages until it reuses them. Fillers of one page each are written until the file has to
 * grow, which takes every page that is free; then they are removed. Pages that a reader's snapshot still holds stay: false.
 */
function scrub(root: RootDatabase<Buffer, string>, table: Lmdb<Buffer, string>): boolean {
  const { pageSize } = envStats(root);
  const filler = Buffer.alloc(pageSize - 32);
  // Pages freed by one transaction can be reused by the second after it.
  for (let round = 0; round < 3; round += 1) root.transactionSync(() => table.putSync('scrub', Buffer.alloc(1, round)));
  const before = envStats(root).lastPageNumber;
  let written = 0;
  while (envStats(root).lastPageNumber <= before) {
    root.transactionSync(() => {
      for (let count = 0; count < 64; count += 1) table.put(`scrub/${written++}`, filler);
    });
  }
  root.transactionSync(() => {
    for (let index = 0; index < written; index += 1) table.remove(`scrub/${index}`);
    table.remove('scrub');
  });
  return true;
}
