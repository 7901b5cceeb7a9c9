// Compiles the tree to dist/ and copies the data files that the code reads beside itself.
import { spawnSync } from 'node:child_process';
import { chmod, cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { glob } from 'tinyglobby';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
await rm(dist, { recursive: true, force: true });
const tsc = spawnSync(
  process.execPath,
  [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.build.json')],
  { stdio: 'inherit' },
);
if (tsc.status !== 0) process.exit(tsc.status ?? 1);
const data = ['schemas/*.schema.json', 'schemas/generated/*.cjs', '{tools,conductor,cli}/**/*.json'];
for (const file of await glob(data, { cwd: root })) await cp(join(root, file), join(dist, file));
for (const bin of ['rusta', 'trainer']) await chmod(join(dist, `cli/${bin}.js`), 0o755);
