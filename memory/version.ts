// The store's version: an older store is migrated, a newer or unknown one refused by name.
import { RustaError } from '../schemas/errors.ts';
import { type Database, tableNames } from './table.ts';

/** Version of what the tables hold. A change of a value's shape raises it and adds a step to `migrations`. */
export const storeVersion = 1;

/** Step `n` brings a store of version `n` to `n + 1`. All steps of an upgrade run in one transaction. */
export type Migrations = Readonly<Record<number, (database: Database) => void>>;

/** Empty: version 1 is the first. */
export const migrations: Migrations = {};

/** Throws RustaError `store-newer` or `store-unknown`, with the store left as it was. */
export async function settleVersion(
  database: Database,
  current: number = storeVersion,
  steps: Migrations = migrations,
): Promise<void> {
  const meta = database.table<unknown>('meta');
  const found = meta.get('version');
  if (found === current) return;
  await database.write(() => {
    // In the same transaction: a new store's tables are made here, each of which is flushed by itself otherwise.
    const holdsData = found === undefined && tableNames.some((name) => database.table(name).last('') !== undefined);
    // Read again under the write lock: another process may have settled it meanwhile.
    const version = meta.get('version');
    const refuse = (code: string, what: string): RustaError =>
      new RustaError(`${database.dir} ${what}; this Rusta reads version ${current}`, {
        code,
        op: 'store open',
        expected: `store version ${current}`,
        got: JSON.stringify(version) ?? 'none',
        hint: 'use the Rusta that wrote it, or set XDG_STATE_HOME to another folder',
        exit: 'refused',
      });
    if (version === undefined) {
      if (holdsData) throw refuse('store-unknown', 'holds data without a version');
    } else if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
      throw refuse('store-unknown', `has the unknown version ${JSON.stringify(version)}`);
    } else if (version > current) {
      throw refuse('store-newer', `was written by a newer Rusta, with store version ${version}`);
    } else {
      for (let from = version; from < current; from += 1) {
        const step = steps[from];
        if (step === undefined) throw refuse('store-unknown', `has version ${from}, from which no migration is known`);
        step(database);
      }
    }
    meta.put('version', current);
  });
}
