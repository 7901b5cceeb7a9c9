// The `rusta` under evaluation: this tree, built once and kept aside, so that edits made while a long evaluation runs
// change nothing, and an interrupted one goes on with the same program.

import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rename, rm, stat, symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RustaError } from '../../schemas/errors.ts';
import { shortHash } from '../../schemas/hash.ts';
import { run } from '../../tools/process.ts';
import { cacheFolder } from '../../tools/sandbox/cache.ts';
import { readTree } from './layout.ts';

export interface EvaluatedProgram {
  /** Folder of a package: package.json, dist/, node_modules. */
  readonly folder: string;
  /** Of everything in dist/. */
  readonly version: string;
}

const tree = fileURLToPath(new URL('../..', import.meta.url));
/** Builds not used for this long are removed, ms. */
const keepMs = 7 * 24 * 3600 * 1000;

/** A package that is there already. */
export async function givenProgram(folder: string): Promise<EvaluatedProgram> {
  if (!existsSync(join(folder, 'dist/cli/rusta.js')))
    throw new RustaError(`${folder} holds no dist/cli/rusta.js`, { code: 'no-program', op: 'eval', exit: 'usage' });
  return { folder, version: await versionOf(folder) };
}

/** Builds this tree. Throws RustaError when it does not compile. */
export async function buildProgram(signal: AbortSignal): Promise<EvaluatedProgram> {
  const builds = join(cacheFolder(), 'eval-builds');
  const draft = await mkdtemp(join(cacheFolder(), 'eval-build-'));
  try {
    for (const step of [
      ['scripts/schema-types.ts'],
      ['scripts/validators.ts'],
      ['scripts/build.ts', '--out', join(draft, 'dist')],
    ]) {
      const done = await run(process.execPath, ['--import', 'tsx', ...step], { cwd: tree, timeMs: 300_000, signal });
      if (done.code === 0) continue;
      const said = `${done.stdout}\n${done.stderr}`.trim().split('\n');
      throw new RustaError(`${step[0]} failed: ${said[0]}`, {
        code: 'build-failed',
        op: 'build',
        hint: 'npm run build shows all of it',
        exit: 'usage',
      });
    }
    await cp(join(tree, 'package.json'), join(draft, 'package.json'));
    await symlink(join(tree, 'node_modules'), join(draft, 'node_modules'));
    await mkdir(join(draft, 'trainer'));
    await symlink(join(tree, 'trainer/checkpoints'), join(draft, 'trainer/checkpoints'));
    const version = await versionOf(draft);
    const folder = join(builds, version);
    await mkdir(builds, { recursive: true });
    if (!existsSync(folder)) await rename(draft, folder);
    await utimes(folder, new Date(), new Date());
    await forget(builds, version);
    return { folder, version };
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function versionOf(folder: string): Promise<string> {
  const texts = await readTree(join(folder, 'dist'));
  return shortHash(...[...texts].flatMap(([path, bytes]) => [path, Buffer.from(bytes).toString('latin1')]));
}

async function forget(builds: string, current: string): Promise<void> {
  for (const name of await readdir(builds)) {
    const old = Date.now() - (await stat(join(builds, name))).mtimeMs > keepMs;
    if (old && name !== current) await rm(join(builds, name), { recursive: true, force: true });
  }
}
