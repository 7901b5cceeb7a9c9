// What `npm pack` makes, unpacked where only its own dependencies are: it holds what it should and runs without tsx.
import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { assert, test } from '../support/harness.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const manifest = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8'));

const checkpoint = 'trainer/checkpoints/s0.safetensors';

let folder = '';
/** The unpacked package, in `folder/lib/node_modules` as a global install would put it. */
let installed = '';
let files: string[] = [];

function run(cwd: string, program: string, ...args: string[]): string {
  const done = spawnSync(program, args, { cwd, encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } });
  assert.is(done.status, 0, `${program} ${args.join(' ')}: ${done.error ?? ''}${done.stdout}${done.stderr}`);
  return done.stdout;
}

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rusta package é-'));
  const stage = join(folder, 'stage');
  const build = join(repository, 'scripts/build.ts');
  run(repository, process.execPath, '--import', 'tsx', build, '--out', join(stage, 'dist'));
  for (const path of ['package.json', 'README.md', 'LICENSE', 'examples', 'trainer/checkpoints'])
    await cp(join(repository, path), join(stage, path), { recursive: true });
  // What a user's run leaves in an example must not travel.
  await mkdir(join(stage, 'examples/word-count/target/debug'), { recursive: true });
  await writeFile(join(stage, 'examples/word-count/target/debug/junk'), '');
  const packed = JSON.parse(run(stage, 'npm', 'pack', '--json', '--ignore-scripts', '--offline'))[0];
  files = packed.files.map(({ path }: { path: string }) => path);

  const lib = join(folder, 'lib/node_modules');
  installed = join(lib, 'rusta');
  await mkdir(installed, { recursive: true });
  run(stage, 'tar', '-xzf', packed.filename, '--strip-components=1', '-C', installed);
  const lock = JSON.parse(await readFile(join(repository, 'package-lock.json'), 'utf8'));
  for (const [path, { dev, devOptional }] of Object.entries<{ dev?: boolean; devOptional?: boolean }>(lock.packages)) {
    const name = path.replace(/^node_modules\//, '');
    if (path === '' || name.includes('node_modules/') || dev || devOptional) continue;
    await mkdir(dirname(join(lib, name)), { recursive: true });
    await symlink(join(repository, path), join(lib, name));
  }
});
test.after(() => rm(folder, { recursive: true, force: true }));

test('it holds the program, the examples, the checkpoint and the licence, and nothing else', () => {
  for (const path of ['README.md', 'LICENSE', 'package.json', 'dist/cli/rusta.js', 'dist/cli/trainer.js', checkpoint])
    assert.ok(files.includes(path), path);
  assert.ok(files.some((path) => /^examples\/[^/]+\/Cargo\.toml$/.test(path)));
  assert.ok(files.includes('dist/schemas/generated/validators.cjs'));
  const strange = files.filter(
    (path) =>
      !/^(dist\/.*\.(js|cjs|json|d\.ts)|dist\/datasets\/(deny-sha256\.txt|evaluation\/Cargo\.toml)|examples\/.*|trainer\/checkpoints\/.*|README\.md|LICENSE|package\.json)$/.test(
        path,
      ),
  );
  assert.equal(strange, []);
  assert.equal(
    files.filter((path) => /(^|\/)(target|test|node_modules)\//.test(path) && !path.startsWith('examples/')),
    [],
  );
  assert.equal(
    files.filter((path) => path.includes('/target/')),
    [],
  );
});

test('the checkpoint is found from where the package is installed', async () => {
  const { shippedCheckpoint } = await import(pathToFileURL(join(installed, 'dist/cli/checkpoint.js')).href);
  assert.is(shippedCheckpoint(), join(installed, checkpoint));
});

test('what evaluation keeps apart is known there', async () => {
  const load = (path: string) => import(pathToFileURL(join(installed, 'dist/datasets', path)).href);
  assert.ok((await load('apart.js')).evaluationCrates().has('smallvec'));
  const { defaultDenyList, readDenyLists } = await load('deny.js');
  assert.ok(readDenyLists([defaultDenyList]).hashes.size > 1000);
});

test('its programs are bundles: they load none of the modules that lie beside them', async () => {
  const dist = join(installed, 'dist');
  const bundled = ['cli/rusta.js', ...files.flatMap((path) => /^dist\/(chunks\/.*)$/.exec(path)?.[1] ?? [])];
  for (const path of bundled) {
    const text = await readFile(join(dist, path), 'utf8');
    const imported = [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?"(\.[^"]+)"/g)].map(([, to = '']) => to);
    assert.equal(
      imported.filter((to) => !/^(\.\.\/chunks|\.)\/[^/]+$/.test(to)),
      [],
      path,
    );
  }
  assert.ok(bundled.length > 10);
});

test('its programs say their version', async () => {
  const bin = join(folder, 'bin');
  await mkdir(bin);
  for (const [name, path] of Object.entries<string>(manifest.bin)) {
    await symlink(join(installed, path), join(bin, name));
    assert.match(run('/', join(bin, name), '--version'), manifest.version);
  }
});

test('every module of it loads in plain node, with its own dependencies alone', async () => {
  const dist = join(installed, 'dist');
  const modules = (await readdir(dist, { recursive: true })).filter((path) => /^(?!cli\/).*\.c?js$/.test(path)).sort();
  assert.ok(modules.length > 20);
  const script = join(folder, 'load.mjs');
  await writeFile(
    script,
    modules.map((path) => `import ${JSON.stringify(pathToFileURL(join(dist, path)).href)};\n`).join(''),
  );
  run('/', process.execPath, script);
});

test('the contracts are exported', () => {
  const script = `import schema from 'rusta/schemas/anchor.schema.json' with { type: 'json' }; console.log(schema.title);`;
  assert.is(
    run(join(folder, 'lib'), process.execPath, '--no-warnings', '--input-type=module', '-e', script),
    'Anchor\n',
  );
});

test('the engine can be embedded on its own', () => {
  const script = `import { openDevice, add } from 'rusta/engine';
const device = await openDevice({ device: 'reference' });
const x = device.tensor([1, 2]);
console.log((await add(x, x).data()).join());`;
  assert.is(run(join(folder, 'lib'), process.execPath, '--no-warnings', '--input-type=module', '-e', script), '2,4\n');
});

test('the lock file holds every optional package that a locked one names: `npm ci` refuses one that does not', async () => {
  const lock = JSON.parse(await readFile(join(repository, 'package-lock.json'), 'utf8'));
  const packages: Record<string, { optionalDependencies?: Record<string, string> }> = lock.packages;
  const named = Object.entries(packages).flatMap(([owner, { optionalDependencies }]) =>
    owner === '' ? [] : Object.keys(optionalDependencies ?? {}),
  );
  const missing = named.filter((name) => !Object.keys(packages).some((key) => key.endsWith(`node_modules/${name}`)));
  assert.equal(missing, [], 'run scripts/lock-platforms.ts');
});
