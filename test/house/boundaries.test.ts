// The import table of docs/ARCHITECTURE.md, enforced: each violation is written into a small tree that has this
// repository's biome.json, and biome must name it; the permitted neighbour beside it must pass.
import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assert, test } from '../support/harness.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** Who may import whom; each also imports itself. */
const table: Record<string, readonly string[]> = {
  schemas: [],
  kernels: ['schemas'],
  engine: ['kernels', 'schemas'],
  memory: ['schemas'],
  tools: ['memory', 'schemas'],
  conductor: ['tools', 'memory', 'schemas'],
  datasets: ['tools', 'memory', 'schemas'],
  trainer: ['datasets', 'conductor', 'tools', 'memory', 'engine', 'kernels', 'schemas'],
  cli: ['trainer', 'datasets', 'conductor', 'tools', 'memory', 'engine', 'kernels', 'schemas'],
  ui: ['trainer', 'datasets', 'conductor', 'tools', 'memory', 'engine', 'kernels', 'schemas'],
};
const rooms: readonly string[] = [...Object.keys(table), 'bench', 'test', 'scripts'];

/** Lines that are wrong everywhere but in the files named. */
const owned: readonly { readonly line: string; readonly says: RegExp; readonly owners: readonly string[] }[] = [
  { line: `import 'lmdb';`, says: /'lmdb' is imported in memory\/store\.ts alone/, owners: ['memory/store.ts'] },
  { line: `export * from "lmdb/x";`, says: /is imported in memory\/store\.ts alone/, owners: ['memory/store.ts'] },
  { line: `export const l = import('lmdb');`, says: /memory\/store\.ts alone/, owners: ['memory/store.ts'] },
  { line: `import 'webgpu';`, says: /engine\/backends\/webgpu\.ts alone/, owners: ['engine/backends/webgpu.ts'] },
  { line: `import 'node:child_process';`, says: /starts processes/, owners: ['tools/process.ts'] },
  { line: `export const p = import('child_process');`, says: /starts processes/, owners: ['tools/process.ts'] },
  { line: `import 'node:cluster';`, says: /starts processes/, owners: ['tools/process.ts'] },
  ...['net', 'http', 'https', 'http2', 'dgram', 'tls'].map((name) => ({
    line: `import 'node:${name}';`,
    says: /opens sockets/,
    owners: ['tools/net/fetch.ts', 'ui/serve.ts'],
  })),
  {
    line: `export const f = fetch('http://localhost');`,
    says: /global variable fetch/,
    owners: ['tools/net/fetch.ts', 'ui/serve.ts'],
  },
  { line: `console.log(1);`, says: /console/, owners: ['cli/main.ts', 'scripts/build.ts', 'bench/check.ts'] },
  { line: `process.exit(1);`, says: /printing and exit codes/, owners: ['cli/main.ts', 'scripts/build.ts'] },
  { line: `process.exitCode = 1;`, says: /printing and exit codes/, owners: ['cli/main.ts', 'bench/check.ts'] },
  {
    line: `process.stdout.write('a');`,
    says: /printing and exit codes/,
    owners: ['cli/main.ts', 'test/support/run.ts'],
  },
];

interface Finding {
  readonly category: string;
  readonly message: string;
}

let tree = '';
let findings = new Map<string, Finding[]>();
const violations: { readonly file: string; readonly says: RegExp; readonly title: string }[] = [];
const permitted: { readonly file: string; readonly title: string }[] = [];
const files = new Map<string, string>();

let count = 0;
function violate(dir: string, line: string, says: RegExp): void {
  count += 1;
  const file = `${dir}/bad${count}.ts`;
  files.set(file, `${line}\n`);
  violations.push({ file, says, title: `${dir}/ may not say ${line}` });
}
function permit(file: string, line: string): void {
  files.set(file, `${files.get(file) ?? ''}${line}\n`);
  permitted.push({ file, title: `${file} may say ${line}` });
}

for (const [room, may] of Object.entries(table)) {
  for (const other of rooms) {
    if (other === room) permit(`${room}/inside.ts`, `import './deep/${room}.ts';`);
    else if (may.includes(other)) permit(`${room}/user.ts`, `import '../${other}/a.ts';`);
    else {
      violate(room, `import type { A } from '../${other}/a.ts';\nexport type B = A;`, /imports/);
      violate(`${room}/deep/er`, `export * from '../../../${other}/deep/a.ts';`, /imports/);
      violate(room, `export const load = () => import('../${other}/a.ts');`, /imports/);
    }
  }
  for (const { line, says, owners } of owned)
    if (!owners.some((owner) => owner.startsWith(`${room}/`))) violate(room, line, says);
}
// The engine stands behind `Policy` and `Proposer`: of the conductor, this folder alone knows it.
permit('conductor/lm/user.ts', `import '../../engine/a.ts';`);
violate('conductor/lm', `import '../../trainer/a.ts';`, /imports/);
violate('conductor/lm', `import '../../kernels/a.ts';`, /imports/);
for (const { line, says, owners } of owned) {
  for (const owner of owners) permit(owner, line);
  // Beside the owner is not inside it.
  if (owners[0] === 'memory/store.ts' || owners[0] === 'tools/process.ts') violate(dirname(owners[0]), line, says);
}
files.set('tools/cycle1.ts', `import { b } from './cycle2.ts';\nexport const a = (): unknown => b;\n`);
files.set('tools/cycle2.ts', `import { a } from './cycle1.ts';\nexport const b = (): unknown => a;\n`);
violations.push({ file: 'tools/cycle1.ts', says: /cycle/, title: 'two files may not import each other' });

test.before(async () => {
  tree = await mkdtemp(join(tmpdir(), 'rusta-boundaries-'));
  for (const path of ['biome.json', 'scripts/lint', '.gitignore'])
    await cp(join(repository, path), join(tree, path), { recursive: true });
  for (const [file, source] of files) {
    await mkdir(dirname(join(tree, file)), { recursive: true });
    await writeFile(join(tree, file), source);
  }
  const biome = spawnSync(
    process.execPath,
    [
      join(repository, 'node_modules/@biomejs/biome/bin/biome'),
      'lint',
      '--reporter=json',
      '--max-diagnostics=none',
      '.',
    ],
    { cwd: tree, encoding: 'utf8', maxBuffer: 64 << 20 },
  );
  const report = JSON.parse(biome.stdout) as {
    diagnostics: { category: string; message: string; location: { path: string } }[];
  };
  findings = new Map();
  for (const { category, message, location } of report.diagnostics) {
    const path = location.path.replace(/^\.\//, '');
    findings.set(path, [...(findings.get(path) ?? []), { category, message }]);
  }
});
test.after(() => rm(tree, { recursive: true, force: true }));

/** Of what biome says on a file, that which these rules say. */
function boundary(file: string): string[] {
  return (findings.get(file) ?? [])
    .filter(({ category }) => /^plugin|noRestricted|noImportCycles|noConsole/.test(category))
    .map(({ message }) => message);
}

const room = (file: string): string => file.split('/')[0] as string;

for (const dir of Object.keys(table)) {
  test(`${dir}/ is refused what is not its own`, () => {
    const missed = violations
      .filter(({ file, says }) => room(file) === dir && !boundary(file).some((message) => says.test(message)))
      .map(({ file, title }) => `${title}: biome says ${boundary(file).join('; ') || 'nothing'}`);
    assert.equal(missed, []);
  });
}

test('what the table gives is permitted', () => {
  assert.equal(
    permitted.flatMap(({ file, title }) => boundary(file).map((message) => `${title}: ${message}`)),
    [],
  );
});

test('every room has violations that this test tried', () => {
  for (const dir of Object.keys(table))
    assert.ok(violations.filter(({ file }) => room(file) === dir).length >= 20, dir);
});
