// Compiles the tree to dist/ (or the folder named by --out) and copies the data files that the code reads beside itself.
import { spawnSync } from 'node:child_process';
import { chmod, cp, rm, symlink } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
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
for (const bin of ['rusta', 'trainer']) {
  const program = join(out, `cli/${bin}.js`);
  await chmod(program, 0o755);
  // npm links a package's programs for its users, not for itself: with this `npx rusta` here starts at once, instead of
  // installing the package into npx's cache first.
  const link = join(root, 'node_modules/.bin', bin);
  if (values.out !== join(root, 'dist')) continue;
  await rm(link, { force: true });
  await symlink(relative(dirname(link), program), link);
}
