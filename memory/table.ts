// The seam between the store and what is kept in it: named tables of values, and durable writes. No file knows LMDB but store.ts.

/** Keys are text; parts are joined by '/', so that a prefix names a range. */
export interface Table<V> {
  get(key: string): V | undefined;
  /** Only inside `write`. */
  put(key: string, value: V): void;
  /** Only inside `write`. */
  remove(key: string): void;
  /** Entries whose key starts with `prefix`, in key order: one consistent snapshot. */
  entries(prefix: string): { readonly key: string; readonly value: V }[];
  /** Last entry, in key order, whose key starts with `prefix`. */
  last(prefix: string): { readonly key: string; readonly value: V } | undefined;
}

export interface Database {
  /** Folder that holds the store. */
  readonly dir: string;
  /** The store's file. */
  readonly path: string;
  table<V>(name: TableName): Table<V>;
  /**
   * Runs `work` in a write transaction and resolves to what it returned once the transaction is on disk; on any error
   * nothing of it is. Works asked for in one turn of the event loop share a transaction and a flush. `work` is
   * synchronous and touches nothing but tables: it may be run a second time when its neighbour in a batch fails.
   */
  write<T>(work: () => T): Promise<T>;
  /** How far the file reaches now. */
  pages(): PageCount;
}

export interface PageCount {
  /** Bytes of a page. */
  readonly size: number;
  /** Number of the last page in use or free. */
  readonly last: number;
}

/** Every table of the store. A new one needs no migration; a changed value shape does. */
export const tableNames = [
  'meta',
  'heads',
  'log',
  'episodes',
  'blobs',
  'bundles',
  'bundle-order',
  'lessons',
  'habits',
  'trust',
  'cache',
  'cache-order',
  'anchors',
] as const;

export type TableName = (typeof tableNames)[number];

/** Width of a number inside a key: keys sort as text. */
const digits = 12;

/** A whole number >= 0 as part of a key that sorts by value. */
export function ordinal(value: number): string {
  return String(value).padStart(digits, '0');
}
