// The services as the house provides them. Each heavy module is imported when first used, and the store opened then.
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Store } from '../memory/store.ts';
import { RustaError } from '../schemas/errors.ts';
import { allEpisodes, findBundle, findEpisode, latestBundle } from './lookup.ts';
import type { Services } from './services.ts';

export function houseServices(): Services {
  let opened: Promise<Store> | null = null;
  const store = (): Promise<Store> => (opened ??= import('../memory/store.ts').then(({ openStore }) => openStore()));

  return {
    root: workspaceRoot,

    async remember(path) {
      const [{ storeKey }, { locate }] = await Promise.all([
        import('../conductor/fix.ts'),
        import('../tools/cargo/project.ts'),
      ]);
      await (await store()).trust(storeKey(await locate(path)));
    },

    async fix(request, running) {
      // Processes that say what isolation there is run while all else is loaded.
      (await import('../tools/sandbox/trust.ts')).expectIsolation();
      const [{ fix }, { recoverJournals }] = await Promise.all([
        import('../conductor/fix.ts'),
        import('../tools/patch/journal.ts'),
      ]);
      const all = await store();
      for (const { bundle, outcome, files } of await recoverJournals(journalDir(all))) {
        const message = `patch ${bundle} had been cut off while it was written; it is now ${outcome}: ${files.join(', ')}`;
        running.onEvent({ v: 1, type: 'notice', level: 'warning', message });
      }
      return fix(request, { store: all, ...running });
    },

    async replay(episode, onEvent) {
      const { replay } = await import('../conductor/replay.ts');
      const all = await store();
      const { id, root } = findEpisode(all, episode);
      return replay(all.devlog(root).read(id), all, onEvent);
    },

    async bundle(id, cwd, applied) {
      if (id !== null) return findBundle(await store(), id);
      return latestBundle(await store(), await workspaceRoot(cwd), applied);
    },

    async episodes() {
      return allEpisodes(await store());
    },

    async entries(episode) {
      const { id, root } = findEpisode(await store(), episode);
      return (await store()).devlog(root).read(id);
    },

    async purge(episode) {
      const all = await store();
      const found = episode === null ? null : findEpisode(all, episode);
      const roots = found ? [found.root] : all.workspaces();
      let count = 0;
      for (const root of roots) count += (await all.devlog(root).purge(found?.id ?? 'all')).episodes;
      return count;
    },

    async apply(bundle) {
      const [{ applyBundle }, all] = await Promise.all([import('../tools/patch/apply.ts'), store()]);
      const { files } = await applyBundle(bundle, { journalDir: journalDir(all) });
      await all.setBundleState(bundle.id, 'applied');
      await (await import('../conductor/habits.ts')).noteApplied(all, bundle);
      return files;
    },

    async rollback(bundle) {
      const [{ rollbackBundle }, all] = await Promise.all([import('../tools/patch/apply.ts'), store()]);
      const { files } = await rollbackBundle(bundle, { journalDir: journalDir(all) });
      await all.setBundleState(bundle.id, 'rolled-back');
      await (await import('../conductor/habits.ts')).noteRolledBack(all, bundle);
      return files;
    },

    async mail(bundle) {
      const [{ formatPatch }, { repositoryPrefix }] = await Promise.all([
        import('../tools/git/format-patch.ts'),
        import('../tools/git/repository.ts'),
      ]);
      // The time it was made, so that the same bundle is always the same mail.
      const at = (await store()).bundle(bundle.id)?.at ?? 0;
      return formatPatch(bundle, { at, prefix: repositoryPrefix(bundle.root) ?? '' });
    },

    async doctor(cwd, chosen, asked) {
      const { diskCheck, engineChecks, nodeCheck, policyCheck, storeCheck, toolchainChecks } = await import(
        './checks.ts'
      );
      const [{ cacheFolder }, { stateDir }] = await Promise.all([
        import('../tools/sandbox/cache.ts'),
        import('../memory/store.ts'),
      ]);
      return [
        nodeCheck(),
        ...(await toolchainChecks(await workspaceRoot(cwd))),
        await storeCheck(),
        diskCheck('cache', cacheFolder()),
        diskCheck('state', stateDir()),
        await policyCheck(chosen),
        ...(await engineChecks(asked)),
      ];
    },
  };
}

/** Where a change that was cut off is finished or undone from. */
function journalDir(store: Store): string {
  return join(store.dir, 'journal');
}

/** The workspace root that holds `path`; null for a lone file, and where the manifest is broken (the episode says how). */
async function workspaceRoot(path: string): Promise<string | null> {
  const [{ canonical, Manifests }, { readWorkspace }] = await Promise.all([
    import('../tools/cargo/manifest.ts'),
    import('../tools/cargo/workspace.ts'),
  ]);
  const asked = canonical(path);
  if (asked === null) return null;
  const manifests = new Manifests();
  try {
    for (let dir = statSync(asked).isDirectory() ? asked : dirname(asked); ; dir = dirname(dir)) {
      const manifest = manifests.find(dir);
      if (manifest !== null) return readWorkspace(manifest, manifests).root.dir;
      if (dir === dirname(dir)) return null;
    }
  } catch (error) {
    if (error instanceof RustaError) return null;
    throw error;
  }
}
