// `trainer pack`: all that a bare Linux host with an NVIDIA driver needs to run the engine on its GPU, in one folder: Node,
// Dawn, the Vulkan loader's packages, bundled programs, kernels, and files that are named. bench/gpu/run.sh unpacks it.
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitCodes, RustaError } from '../../schemas/errors.ts';
import { run as runProcess } from '../../tools/process.ts';
import type { Command } from '../command.ts';

/** Programs of bench/gpu that are bundled, each into one file. */
const programs = [
  ...['rows', 'agree', 'search', 'conformance', 'parity', 'step', 'decode', 'windows', 'table'],
  ...['peers/run', 'peers/worker'],
];

export const pack: Command = {
  name: 'pack',
  describe: 'make a folder that runs the engine on a bare GPU host',
  positionals: [],
  flags: [
    { name: 'out', kind: 'text', value: 'DIR', describe: 'where the bundle is written (gpu-bundle)' },
    { name: 'node', kind: 'text', value: 'FILE', describe: 'the Node binary to take along (this one)' },
    {
      name: 'loaders',
      kind: 'text',
      value: 'DIR',
      describe: 'Debian packages of the Vulkan loader, unpacked on the host',
    },
    { name: 'with', kind: 'list', value: 'PATH', describe: 'a file or folder to take along, as data/NAME' },
    { name: 'program', kind: 'list', value: 'FILE', describe: 'a TypeScript program to bundle beside the benchmarks' },
    {
      name: 'part-size',
      kind: 'text',
      value: 'MB',
      describe: 'cut the bundle into parts of this size, with unpack.sh',
    },
    { name: 'debug', kind: 'switch', describe: 'show where an internal error came from' },
  ],
  examples: [['pack --loaders debs --part-size 60', 'parts of 60 MB; on the host: bash unpack.sh && bash run.sh step']],

  async run(args, { terminal, cwd, signal }): Promise<number> {
    const root = sourceTree();
    const out = resolve(cwd, args.text('out') ?? 'gpu-bundle');
    const app = join(out, 'app');
    await rm(out, { recursive: true, force: true });
    await mkdir(join(app, 'node_modules/webgpu'), { recursive: true });

    const entries = [
      ...programs.map((name) => ({ in: join(root, `bench/gpu/${name}.ts`), out: name })),
      // Threads that programs start, each looked for beside the program: the CPU engine's, and the one that reads batches.
      ...['engine/backends/wasm/worker', 'trainer/collate/prefetch-worker'].map((path) => ({
        in: join(root, `${path}.ts`),
        out: basename(path),
      })),
      ...args.list('program').map((file) => ({ in: resolve(cwd, file), out: basename(file).replace(/\.ts$/, '') })),
    ];
    await bundle(entries, app);
    const dawn = join(root, 'node_modules/webgpu');
    for (const file of ['index.js', 'package.json']) await cp(join(dawn, file), join(app, 'node_modules/webgpu', file));
    for (const file of ['counterpart.py', 'bytelm.py']) await cp(join(root, 'bench/gpu', file), join(app, file));
    const peers = ['--import', 'tsx', 'bench/gpu/peers/bundle.ts', join(app, 'peers/libraries')];
    const { code, stderr } = await runProcess(process.execPath, peers, { cwd: root, signal });
    if (code !== 0) terminal.err(`the peers stay behind: ${stderr.split('\n')[0]}\n`);
    await cp(join(root, 'bench/gpu/run.sh'), join(out, 'run.sh'));
    for (const path of args.list('with'))
      await cp(resolve(cwd, path), join(out, 'data', basename(path)), { recursive: true });
    const loaders = args.text('loaders');
    await mkdir(join(out, 'debs'), { recursive: true });
    if (loaders !== null)
      for (const file of await readdir(resolve(cwd, loaders)))
        if (file.endsWith('.deb')) await cp(resolve(cwd, loaders, file), join(out, 'debs', file));

    const node = args.text('node');
    await compress(node === null ? process.execPath : resolve(cwd, node), join(out, 'node.xz'), signal);
    await compress(join(dawn, 'dist/linux-x64/dawn.node'), join(out, 'dawn.node.xz'), signal);
    const parts = args.text('part-size');
    const count = parts === null ? 0 : await split(out, megabytes(parts), signal);
    terminal.out(`${out}${count === 0 ? '' : ` in ${count} parts`}\n`);
    return exitCodes.ok;
  },
};

function sourceTree(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'bench/gpu/run.sh'))) return folder;
    if (folder === dirname(folder)) throw failed('bench/gpu is not here', 'run trainer pack from the source tree');
  }
}

function megabytes(text: string): number {
  const size = Number(text);
  if (Number.isFinite(size) && size > 0) return Math.floor(size * 1e6);
  throw new RustaError(`--part-size ${text}`, { code: 'usage', op: 'pack', expected: 'megabytes', exit: 'usage' });
}

async function bundle(entryPoints: { in: string; out: string }[], outdir: string): Promise<void> {
  const esbuild = await import('esbuild').catch(() => null);
  if (esbuild === null) throw failed('esbuild is not installed', 'npm install, with development dependencies');
  await esbuild.build({
    entryPoints,
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    external: ['webgpu'],
    logLevel: 'error',
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  });
}

async function compress(from: string, to: string, signal: AbortSignal): Promise<void> {
  const script = 'exec xz --threads=0 -6 --stdout -- "$1" > "$2"';
  const { code, stderr } = await runProcess('sh', ['-c', script, 'sh', from, to], { signal });
  if (code !== 0) throw failed(`xz ended with ${code}: ${stderr.split('\n')[0]}`, 'install xz-utils');
}

/** Replaces the folder's contents by part-00, part-01, … of its archive and the script that joins them. */
async function split(out: string, bytes: number, signal: AbortSignal): Promise<number> {
  const script = 'cd "$1" && tar --create --exclude="./part-*" . | split --bytes="$2" --numeric-suffixes - part-';
  const { code, stderr } = await runProcess('sh', ['-c', script, 'sh', out, String(bytes)], { signal });
  if (code !== 0) throw failed(`tar or split ended with ${code}: ${stderr.split('\n')[0]}`, 'is the disk full?');
  const names = await readdir(out);
  for (const name of names) if (!name.startsWith('part-')) await rm(join(out, name), { recursive: true });
  await writeFile(
    join(out, 'unpack.sh'),
    '#!/bin/sh\n# Joins the parts beside this script.\ncd "$(dirname "$0")" && cat part-* | tar -x\n',
  );
  return names.filter((name) => name.startsWith('part-')).length;
}

function failed(message: string, hint: string): RustaError {
  return new RustaError(message, { code: 'pack-failed', op: 'pack', hint });
}
