// The services as the house provides them: each heavy module is imported when first used.
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Services } from './services.ts';

export function houseServices(): Pick<Services, 'root'> {
  return {
    async root(path) {
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
      } catch {
        return null; // what is wrong with the manifest is said by the episode, which needs it
      }
    },
  };
}
