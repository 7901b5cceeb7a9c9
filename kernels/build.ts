// Compiles kernels/wasm/*.ts (AssemblyScript) into kernels/generated/wasm-bytes.ts: modules as base64 in one TypeScript
// module, which tsx, the build and a bundler all take as it is; and kernels/wgsl/*.wgsl, as they are, into wgsl-texts.ts. Part
// of `npm run types`; nothing is done where the sources are those of the last build (`--force` builds anyway).
// `--text FOLDER` also writes the text format.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('.', import.meta.url));
const sources = join(root, 'wasm');
const generated = join(root, 'generated');
const output = join(generated, 'wasm-bytes.ts');

/** Variant: its file in kernels/wasm and what is switched on. */
const variants: Readonly<Record<string, { entry: string; options: readonly string[] }>> = {
  base: { entry: 'base.ts', options: [] },
  dense: { entry: 'dense.ts', options: [] },
  'dense-relaxed': { entry: 'dense.ts', options: ['--enable', 'relaxed-simd'] },
  int8: { entry: 'int8.ts', options: ['--use', 'DOT=0'] },
  'int8-dot': { entry: 'int8.ts', options: ['--enable', 'relaxed-simd', '--use', 'DOT=1'] },
  'int8-pairs': { entry: 'int8.ts', options: ['--enable', 'relaxed-simd', '--use', 'DOT=2'] },
};

const common = [
  ...['-O3', '--noAssert', '--converge', '--runtime', 'stub', '--noExportMemory', '--disable', 'sign-extension'],
  ...[
    '--importMemory',
    '--sharedMemory',
    '--initialMemory',
    '1',
    '--maximumMemory',
    '65536',
    '--enable',
    'simd,threads',
  ],
];

/** Offset of the byte of limits of the imported memory: 3 in a shared one, 1 in one that is not. The code is the same. */
function limitsOffset(wasm: Uint8Array): number {
  const name = Buffer.from('\x03env\x06memory\x02\x03', 'latin1');
  const at = Buffer.from(wasm.buffer, wasm.byteOffset, wasm.length).indexOf(name);
  if (at < 0) throw new Error('the module imports no shared env.memory');
  return at + name.length - 1;
}

async function compile(entry: string, options: readonly string[], files: ReadonlyMap<string, string>) {
  // Loading the compiler takes a second: not where nothing is to be built.
  const { main } = await import('assemblyscript/asc');
  const written = new Map<string, string | Uint8Array>();
  const { error, stderr } = await main(
    [entry, ...common, ...options, '--outFile', 'out.wasm', '--textFile', 'out.wat'],
    {
      readFile: (name) => files.get(name.replace(/^\.\//, '')) ?? null,
      writeFile: (name, contents) => void written.set(name, contents),
      listFiles: () => [],
    },
  );
  if (error !== null) throw new Error(`kernels/wasm/${entry} ${options.join(' ')}:\n${stderr.toString()}`);
  return { wasm: written.get('out.wasm') as Uint8Array, text: written.get('out.wat') as string };
}

const { values } = parseArgs({ options: { force: { type: 'boolean', default: false }, text: { type: 'string' } } });
const names = (await readdir(sources)).filter((name) => name.endsWith('.ts')).sort();
const files = new Map<string, string>();
for (const name of names) files.set(name, await readFile(join(sources, name), 'utf8'));
const hash = createHash('sha256');
for (const [name, text] of files) hash.update(name).update('\0').update(text).update('\0');
hash.update(await readFile(fileURLToPath(import.meta.url), 'utf8'));
const stamp = `// sources ${hash.digest('hex')}`;
const last = await readFile(output, 'utf8').catch(() => '');
if (values.force || values.text !== undefined || !last.startsWith(stamp)) {
  const lines = [stamp, '// Generated from kernels/wasm by kernels/build.ts. Do not edit.'];
  lines.push('export const wasmModules = {');
  for (const [name, { entry, options }] of Object.entries(variants)) {
    const { wasm, text } = await compile(entry, options, files);
    if (values.text !== undefined) await writeFile(join(values.text, `${name}.wat`), text);
    const base64 = Buffer.from(wasm).toString('base64');
    lines.push(`  '${name}': { bytes: ${wasm.length}, limitsAt: ${limitsOffset(wasm)}, base64: '${base64}' },`);
  }
  lines.push('} as const;', '');
  await mkdir(generated, { recursive: true });
  await writeFile(`${output}.${process.pid}`, lines.join('\n'));
  await rename(`${output}.${process.pid}`, output);
}

const shaders = join(root, 'wgsl');
const texts = [];
for (const name of (await readdir(shaders)).filter((each) => each.endsWith('.wgsl')).sort())
  texts.push(`  '${name.slice(0, -'.wgsl'.length)}': ${JSON.stringify(await readFile(join(shaders, name), 'utf8'))},`);
const wgsl = `// Generated from kernels/wgsl by kernels/build.ts. Do not edit.\nexport const wgslTexts = {\n${texts.join('\n')}\n} as const;\n`;
const wgslOutput = join(generated, 'wgsl-texts.ts');
if ((await readFile(wgslOutput, 'utf8').catch(() => '')) !== wgsl) {
  await mkdir(generated, { recursive: true });
  await writeFile(`${wgslOutput}.${process.pid}`, wgsl);
  await rename(`${wgslOutput}.${process.pid}`, wgslOutput);
}
