// Patch bundles and what became of each. Applying them is tools/patch's work.
import type { PatchBundle } from '../schemas/types.ts';
import { validate } from '../schemas/validate.ts';
import { workspaceKey } from './keys.ts';
import { type Database, ordinal } from './table.ts';

export type BundleState = 'new' | 'applied' | 'rolled-back';

export interface StoredBundle {
  readonly bundle: PatchBundle;
  readonly state: BundleState;
  /** Canonical path of the workspace root, or of the lone file. */
  readonly root: string;
  /** When it was stored, ms since the epoch. */
  readonly at: number;
}

export interface BundleRecord extends StoredBundle {
  readonly order: string;
}

export interface Bundles {
  /** Stores a bundle as its workspace's latest, in state `new`. */
  putBundle(root: string, bundle: PatchBundle): Promise<void>;
  bundle(id: string): StoredBundle | undefined;
  latestBundle(root: string): StoredBundle | undefined;
  /** All bundles of a workspace, newest first. */
  bundles(root: string): StoredBundle[];
  /** Notes that a bundle was applied or rolled back; false when there is no such bundle. */
  setBundleState(id: string, state: BundleState): Promise<boolean>;
}

export function bundles(database: Database): Bundles {
  const table = database.table<BundleRecord>('bundles');
  const order = database.table<string>('bundle-order');
  const read = (id: string): StoredBundle | undefined => {
    const record = table.get(id);
    if (record === undefined) return undefined;
    const bundle = validate('patch_bundle', record.bundle, `stored bundle ${id}`);
    return { bundle, state: record.state, root: record.root, at: record.at };
  };
  return {
    putBundle(root, bundle) {
      validate('patch_bundle', bundle, `bundle ${bundle.id}`);
      const prefix = `${workspaceKey(root)}/`;
      return database.write(() => {
        const former = table.get(bundle.id);
        if (former !== undefined) order.remove(former.order);
        const last = order.last(prefix);
        const next = `${prefix}${ordinal(last === undefined ? 1 : Number(last.key.slice(prefix.length)) + 1)}`;
        order.put(next, bundle.id);
        table.put(bundle.id, { bundle, state: 'new', at: Date.now(), root, order: next });
      });
    },
    bundle: read,
    latestBundle(root) {
      const last = order.last(`${workspaceKey(root)}/`);
      return last === undefined ? undefined : read(last.value);
    },
    bundles: (root) =>
      order
        .entries(`${workspaceKey(root)}/`)
        .reverse()
        .map(({ value }) => read(value))
        .filter((found) => found !== undefined),
    setBundleState: (id, state) =>
      database.write(() => {
        const record = table.get(id);
        if (record !== undefined) table.put(id, { ...record, state });
        return record !== undefined;
      }),
  };
}
