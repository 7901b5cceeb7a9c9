// Answers that are a function of their key's content: probes, checks. Bounded, the oldest leave first; losing one costs only time.
import { sha256 } from '../schemas/hash.ts';
import { type Database, ordinal, type Table } from './table.ts';

/** Bytes of cached values kept. */
const defaultLimit = 64 * 1024 * 1024;

export interface Cache {
  /** What was put under `key`; the caller checks its shape. The key says everything the value depends on, the toolchain too. */
  cacheGet(key: string): unknown;
  cachePut(key: string, value: unknown): Promise<void>;
}

interface Entry {
  readonly value: unknown;
  readonly bytes: number;
  readonly order: string;
}

/** `total` and `next` of the cache live in one record, so that a put costs no scan. */
interface Head {
  readonly total: number;
  readonly next: number;
}

export function cache(database: Database, limit: number = defaultLimit): Cache {
  const entries = database.table<Entry>('cache');
  const order = database.table<string>('cache-order');
  const meta = database.table<Head>('meta');
  return {
    cacheGet: (key) => entries.get(sha256(key))?.value,
    async cachePut(key, value) {
      const id = sha256(key);
      const bytes = Buffer.byteLength(JSON.stringify(value) ?? '');
      await database.write(() => {
        const head = meta.get('cache') ?? { total: 0, next: 1 };
        let total = head.total + bytes;
        const former = entries.get(id);
        if (former !== undefined) {
          order.remove(former.order);
          total -= former.bytes;
        }
        const place = ordinal(head.next);
        entries.put(id, { value, bytes, order: place });
        order.put(place, id);
        if (total > limit) total = evict(entries, order, total, limit);
        meta.put('cache', { total, next: head.next + 1 });
      });
    },
  };
}

/** Removes the oldest entries until a tenth of the limit is free again, so that not every put pays for it. */
function evict(entries: Table<Entry>, order: Table<string>, total: number, limit: number): number {
  let left = total;
  for (const { key, value: id } of order.entries('')) {
    if (left <= limit * 0.9) break;
    left -= entries.get(id)?.bytes ?? 0;
    entries.remove(id);
    order.remove(key);
  }
  return left;
}

/** Empties the cache; inside `write`. */
export function clearCache(database: Database): void {
  for (const name of ['cache', 'cache-order'] as const) {
    const table = database.table(name);
    for (const { key } of table.entries('')) table.remove(key);
  }
  database.table('meta').remove('cache');
}
