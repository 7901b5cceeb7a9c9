// Compiles the tree to dist/ and copies the data files that the code reads beside itself.
import { spawnSync } from 'node:child_process';
import { chmod, cp, mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { glob } from 'tinyglobby';

const root: string = new URL('..', import.meta.url).pathname;
await rm(`${root}dist`, { recursive: true, force: true });
const tsc = spawnSync(
  process.execPath,
  [`${root}node_modules/typescript/bin/tsc`, '-p', `${root}tsconfig.build.json`],
  {
    stdio: 'inherit',
  },
);
if (tsc.status !== 0) process.exit(tsc.status ?? 1);
for (const file of await glob(['schemas/*.schema.json', 'tools/**/*.json', 'conductor/**/*.json'], { cwd: root })) {
  await mkdir(dirname(`${root}dist/${file}`), { recursive: true });
  await cp(`${root}${file}`, `${root}dist/${file}`);
}
for (const bin of ['rusta', 'trainer']) await chmod(`${root}dist/cli/${bin}.js`, 0o755);
