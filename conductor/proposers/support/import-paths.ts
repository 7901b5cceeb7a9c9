// The paths under which a name that is not in scope could be imported.
import { crateItems, crateOf } from '../../../tools/index/modules.ts';
import type { ProposeInput } from '../../types.ts';
import { stdPaths } from './std-paths.ts';
import { type Unresolved, wordsIn } from './unresolved.ts';

/** Paths that end in the name, likeliest first: the crate's own items, then std's. */
export function pathsOf(input: ProposeInput, found: Unresolved, name: string): string[] {
  const tree = crateOf(found.file, input);
  const own = crateItems(tree)
    .filter((item) => item.name === name && item.kind !== 'macro' && item.path !== `crate::${name}`)
    .filter((item) => item.visibility !== 'private' || item.module.length === 1 || item.kind === 'variant')
    .map((item) => item.path);
  const atRoot = crateItems(tree)
    .filter((item) => item.path === `crate::${name}`)
    .map((item) => item.path);
  return [...new Set([...own, ...atRoot, ...stdPaths(name, wordsIn(found.file))])];
}
