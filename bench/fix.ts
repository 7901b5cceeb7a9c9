// `npm run bench:fix`: what `rusta fix` costs beside cargo itself. Both run in turn on copies of one crate; medians of
// several rounds are compared, since machines are noisy. Repairs are judged elsewhere (npm run eval).
import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../tools/process.ts';
import { findToolchain } from '../tools/sandbox/toolchain.ts';

const repository = fileURLToPath(new URL('..', import.meta.url));
const program = join(repository, 'dist/cli/rusta.js');
const rounds = 5;

const toolchain = await findToolchain(null);
const folder = await mkdtemp(join(tmpdir(), 'rusta-bench-'));
const env = (round: string): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  HOME: process.env.HOME ?? '',
  XDG_CACHE_HOME: join(folder, round, 'cache'),
  XDG_STATE_HOME: join(folder, round, 'state'),
});

/** Wall time in ms. */
async function time(command: string, args: readonly string[], cwd: string, round: string): Promise<number> {
  const done = await run(command, args, { cwd, env: env(round), timeMs: 120_000 });
  if (done.code !== 0) throw new Error(`${command} ${args.join(' ')}: ${done.stderr || done.stdout}`);
  return done.ms;
}

const cargo = (cwd: string, round: string): Promise<number> =>
  time(toolchain.cargo, ['check', '--offline', '--quiet', '--all-targets'], cwd, round);
const fix = (cwd: string, round: string, ...words: string[]): Promise<number> =>
  time(process.execPath, [program, 'fix', cwd, '--json', ...words], cwd, round);

/** The shipped workspace with its two slips mended: a path dependency and a derive macro, and nothing wrong. */
async function healthy(to: string): Promise<void> {
  await cp(join(repository, 'examples/shapes'), to, { recursive: true });
  for (const [file, from, into] of [
    ['shapes/src/lib.rs', 'heigth', 'height'],
    ['report/src/lib.rs', 'let order', 'let mut order'],
  ] as const) {
    const path = join(to, file);
    await writeFile(path, (await readFile(path, 'utf8')).replace(from, into));
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
}

const rows = new Map<string, number[]>();
const note = (name: string, ms: number): void => {
  rows.set(name, [...(rows.get(name) ?? []), ms]);
};
for (let round = 0; round < rounds; round += 1) {
  const at = `r${round}`;
  const [own, theirs] = [join(folder, at, 'own'), join(folder, at, 'theirs')];
  await healthy(own);
  await healthy(theirs);
  note('cargo check, cold', await cargo(theirs, at));
  note('fix, nothing wrong, first run', await fix(own, at));
  for (const crate of [own, theirs]) await appendFile(join(crate, 'report/src/lib.rs'), `// round ${round}\n`);
  note('cargo check, after one edit', await cargo(theirs, at));
  note('fix, nothing wrong, after one edit', await fix(own, at));
  const broken = join(folder, at, 'broken');
  await cp(join(repository, 'examples/word-count'), broken, { recursive: true });
  note('fix, one error, tests run', await fix(broken, at));
}
for (const [name, values] of rows) {
  console.log(`${name.padEnd(38)} median ${Math.round(median(values))} ms  best ${Math.round(Math.min(...values))} ms`);
}
const of = (name: string): number => median(rows.get(name) ?? []);
console.log(
  `first run over cargo cold              ${(of('fix, nothing wrong, first run') / of('cargo check, cold')).toFixed(2)} x`,
);
console.log(
  `second run over cargo                  ${Math.round(of('fix, nothing wrong, after one edit') - of('cargo check, after one edit'))} ms more`,
);
await rm(folder, { recursive: true, force: true });
