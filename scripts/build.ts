// Compiles the tree to dist/ (or the folder named by --out) and copies the data files that the code reads beside itself.
import { spawnSync } from 'node:child_process';
import { chmod, cp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { glob } from 'tinyglobby';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({ options: { out: { type: 'string', default: join(root, 'dist') } } });
const out = resolve(values.out);
await rm(out, { recursive: true, force: true });
const tsc = spawnSync(
  process.execPath,
  [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.build.json'), '--outDir', out],
  { stdio: 'inherit' },
);
if (tsc.status !== 0) process.exit(tsc.status ?? 1);
const data = ['schemas/*.schema.json', 'schemas/generated/*.cjs', '{tools,conductor,cli}/**/*.json'];
for (const file of await glob(data, { cwd: root })) await cp(join(root, file), join(out, file));
for (const bin of ['rusta', 'trainer']) await chmod(join(out, `cli/${bin}.js`), 0o755);
