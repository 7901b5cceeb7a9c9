// How a workspace is named inside keys: paths may be longer than a key, and hold its separator.
import { sha256 } from '../schemas/hash.ts';

/** Key of a workspace, from its root's canonical path. */
export function workspaceKey(root: string): string {
  return sha256(root);
}
