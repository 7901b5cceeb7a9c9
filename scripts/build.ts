// Compiles the tree to dist/ (or the folder named by --out), copies the data files that the code reads beside itself, and
// joins what the programs load into few files: node resolves and reads 300 modules for a third of a second otherwise.
import { spawnSync } from 'node:child_process';
import { chmod, cp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { glob } from 'tinyglobby';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: { out: { type: 'string', default: join(root, 'dist') }, 'if-stale': { type: 'boolean', default: false } },
});
const out = resolve(values.out);
// `npx rusta` in a checkout has npm prepare the package again each time: then nothing is to be built, and fast.
if (values['if-stale'] && !(await stale())) process.exit(0);
const types = spawnSync('npm', ['run', '-s', 'types'], { stdio: 'inherit', cwd: root });
if (types.status !== 0) process.exit(types.status ?? 1);
await rm(out, { recursive: true, force: true });
const tsc = spawnSync(
  process.execPath,
  [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.build.json'), '--outDir', out],
  { stdio: 'inherit' },
);
if (tsc.status !== 0) process.exit(tsc.status ?? 1);
const data = [
  'schemas/*.schema.json',
  'schemas/generated/*.cjs',
  '{tools,conductor,cli}/**/*.json',
  'datasets/deny-sha256.txt',
  'datasets/evaluation/Cargo.toml',
];
for (const file of await glob(data, { cwd: root })) await cp(join(root, file), join(out, file));
await joinModules();
await writeFile(join(out, '.built'), '');
for (const bin of ['rusta', 'trainer']) await chmod(join(out, `cli/${bin}.js`), 0o755);

/**
 * The programs of dist/cli become bundles of our own modules; what they import lazily stays a file of its own, in dist/chunks.
 * Packages are left where npm puts them. The modules stay beside that: threads and the exported engine are read from them.
 */
async function joinModules(): Promise<void> {
  await build({
    entryPoints: ['rusta', 'trainer'].map((bin) => join(out, `cli/${bin}.js`)),
    outdir: out,
    outbase: out,
    chunkNames: 'chunks/[name]-[hash]',
    allowOverwrite: true,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
    // Names stay, for the traces of --debug. Comments are a third of what node reads and scans otherwise, for 80 ms.
    minifyWhitespace: true,
    minifySyntax: true,
    // A module finds its data by where it stood, which is as deep in the tree as all bundles are.
    define: { 'import.meta.url': '__url' },
    banner: { js: 'const __placed = (path) => new URL(path, import.meta.url).href;' },
    plugins: [
      {
        name: 'place',
        setup: ({ onLoad }) =>
          onLoad({ filter: /\.js$/ }, async ({ path }) => {
            const text = await readFile(path, 'utf8');
            const url = `const __url = __placed(${JSON.stringify(`../${relative(out, path)}`)});`;
            return { contents: text.includes('import.meta.url') ? text.replace(/^(#!.*\n)?/, `$1${url}\n`) : text };
          }),
      },
    ],
  });
}

/** Whether any file that the build reads is newer than what it made. */
async function stale(): Promise<boolean> {
  const built = await stat(join(out, '.built')).catch(() => null);
  if (built === null) return true;
  const sources = [
    '{schemas,kernels,engine,memory,tools,conductor,datasets,trainer,cli,scripts}/**',
    'package.json',
    'tsconfig*.json',
  ];
  const files = await glob(sources, { cwd: root, ignore: ['{schemas,kernels}/generated/**'], dot: true });
  const times = await Promise.all(files.map(async (file) => (await stat(join(root, file))).mtimeMs));
  return times.some((time) => time > built.mtimeMs);
}
