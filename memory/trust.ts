// Crates that the user said may run without isolation, by canonical path. Asking is cli/'s work, deciding the sandbox's.
import { workspaceKey } from './keys.ts';
import type { Database } from './table.ts';

export interface Trust {
  trust(root: string): Promise<void>;
  distrust(root: string): Promise<void>;
  isTrusted(root: string): boolean;
}

export function trust(database: Database): Trust {
  const table = database.table<{ readonly root: string; readonly at: number }>('trust');
  return {
    trust: (root) => database.write(() => table.put(workspaceKey(root), { root, at: Date.now() })),
    distrust: (root) => database.write(() => table.remove(workspaceKey(root))),
    isTrusted: (root) => table.get(workspaceKey(root))?.root === root,
  };
}
