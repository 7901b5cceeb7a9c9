// Finding episodes and bundles in the store by what a person types: an id, the start of one, or nothing for the latest.
import type { Store } from '../memory/store.ts';
import { RustaError } from '../schemas/errors.ts';
import type { PatchBundle } from '../schemas/types.ts';
import type { EpisodeSummary } from './services.ts';

/** Episodes of all workspaces, newest first. */
export function allEpisodes(store: Store): readonly EpisodeSummary[] {
  const found = store.workspaces().flatMap((root) => {
    const bundles = new Map(store.bundles(root).map(({ bundle }) => [bundle.episode, bundle.id]));
    return store
      .devlog(root)
      .episodes()
      .map(({ id, at, crate, status }) => ({ episode: id, root, at, crate, status, bundle: bundles.get(id) ?? null }));
  });
  return found.sort((a, b) => b.at - a.at || (a.episode < b.episode ? 1 : -1));
}

/** The one episode whose id starts with `typed`. Throws RustaError (`usage`) for none or several. */
export function findEpisode(store: Store, typed: string): { readonly id: string; readonly root: string } {
  const all = store.workspaces().flatMap((root) =>
    store
      .devlog(root)
      .episodes()
      .map(({ id }) => ({ id, root })),
  );
  return only(all, typed, 'episode', 'rusta log');
}

/** The one bundle whose id starts with `typed`. Throws RustaError (`usage`) for none or several. */
export function findBundle(store: Store, typed: string): PatchBundle {
  const whole = store.bundle(typed);
  if (whole) return whole.bundle;
  const all = store
    .workspaces()
    .flatMap((root) => store.bundles(root).map(({ bundle }) => ({ id: bundle.id, bundle })));
  return only(all, typed, 'bundle', 'rusta log').bundle;
}

/**
 * The latest bundle of the workspace `root`; of all workspaces where that is null or has none. With `applied` the latest
 * that is in the user's files, if there is one.
 */
export function latestBundle(store: Store, root: string | null, applied: boolean = false): PatchBundle {
  const own = root === null ? [] : store.bundles(root);
  const all = own.length > 0 ? own : store.workspaces().flatMap((other) => store.bundles(other));
  const newest = all.toSorted((a, b) => b.at - a.at);
  const found = (applied ? newest.find(({ state }) => state === 'applied') : undefined) ?? newest[0];
  if (found) return found.bundle;
  throw new RustaError('there is no bundle yet', {
    code: 'bundle-unknown',
    op: 'store',
    hint: 'rusta fix makes one',
    exit: 'usage',
  });
}

function only<T extends { readonly id: string }>(all: readonly T[], typed: string, what: string, list: string): T {
  const exact = all.find(({ id }) => id === typed);
  if (exact) return exact;
  const found = typed === '' ? [] : all.filter(({ id }) => id.startsWith(typed));
  const [first] = found;
  if (first && found.length === 1) return first;
  const message = first
    ? `${typed} is the start of ${found.length} ${what}s`
    : `there is no ${what} ${JSON.stringify(typed)}`;
  throw new RustaError(message, {
    code: `${what}-unknown`,
    op: 'store',
    hint: `\`${list}\` lists them`,
    exit: 'usage',
  });
}
