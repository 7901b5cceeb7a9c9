// Times `rusta explain` as a person meets it, each in a process of its own: for a code, and for a crate of 120 files with one
// edit since the last check, cargo's own check included. Run after a build: `npm run build && node --import tsx bench/explain.ts`.
// The same over published crates of 100 files and more, where cargo has them (`trainer data snapshot` fetches them): a copy
// without its dev-dependencies, an error put at the end of its lib.rs. Then what the index takes: building, opening, a query, disk,
// memory. With `--index` that alone. Times say nothing while other work runs: the load is printed with them.
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { explainQuestion } from '../tools/docs/explain.ts';
import { openDocs } from '../tools/docs/index/open.ts';
import { findToolchain } from '../tools/sandbox/toolchain.ts';
import { readQuestions } from '../trainer/eval/questions.ts';

const program = process.env.RUSTA ?? fileURLToPath(new URL('../dist/cli/rusta.js', import.meta.url));
const files = 120;
const times = 11;

/** A library of `files` modules that use one another, with a type error in module 0 whose number changes at each edit. */
function writeCrate(root: string): void {
  mkdirSync(join(root, 'src'), { recursive: true });
  writeFileSync(
    join(root, 'Cargo.toml'),
    '[package]\nname = "many"\nversion = "0.1.0"\nedition = "2021"\n\n[dependencies]\nbeside = { path = "beside" }\n',
  );
  mkdirSync(join(root, 'beside/src'), { recursive: true });
  writeFileSync(join(root, 'beside/Cargo.toml'), '[package]\nname = "beside"\nversion = "0.1.0"\nedition = "2021"\n');
  writeFileSync(join(root, 'beside/src/lib.rs'), 'pub fn twice(number: u64) -> u64 {\n    number * 2\n}\n');
  const numbers = Array.from({ length: files }, (_, number) => number);
  writeFileSync(join(root, 'src/lib.rs'), numbers.map((number) => `pub mod m${number};\n`).join(''));
  for (const number of numbers) writeFileSync(join(root, `src/m${number}.rs`), module(number));
  edit(root, 0);
}

function module(number: number): string {
  const before = number === 0 ? 'seed' : `crate::m${number - 1}::Held::new(seed).total()`;
  const methods = Array.from(
    { length: 8 },
    (_, at) =>
      `    pub fn step${at}(&self, by: u64) -> Vec<u64> {\n        self.numbers.iter().map(|one| one.wrapping_mul(by + ${at})).filter(|one| one % ${at + 2} == 0).collect()\n    }\n`,
  );
  return `#[derive(Debug, Clone)]\npub struct Held {\n    numbers: Vec<u64>,\n}\n\nimpl Held {\n    pub fn new(seed: u64) -> Self {\n        Self { numbers: vec![beside::twice(seed), ${number}] }\n    }\n    pub fn total(&self) -> u64 {\n        let seed = self.numbers.len() as u64;\n        self.numbers.iter().sum::<u64>() + ${before}\n    }\n${methods.join('')}}\n`;
}

function edit(root: string, time: number): void {
  writeFileSync(
    join(root, 'src/m0.rs'),
    `${module(0)}\npub fn lost${time}() -> usize {\n    let names = vec![String::new()];\n    let moved = names;\n    names.len() + moved.len()\n}\n`,
  );
}

/** Seconds of one run. */
function explain(cwd: string, words: readonly string[]): number {
  const from = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'explain', ...words], {
    cwd,
    encoding: 'utf8',
  });
  const seconds = (performance.now() - from) / 1000;
  if (status !== 0 || !stdout.includes('E0382'))
    throw new Error(`rusta explain ${words.join(' ')}: ${stdout}${stderr}`);
  return seconds;
}

const median = (all: readonly number[]): string => `${[...all].sort((a, b) => a - b)[all.length >> 1]?.toFixed(2)} s`;

/**
 * Published crates of 100 files and more. Cargo resolves a crate that it is run in with all of its optional dependencies, also
 * those that nothing switches on: these six are ones whose every dependency the snapshot fetches.
 */
const published = ['libm-0.2', 'time-0.3', 'sysinfo-0.4', 'tower-0.5', 'tower-http-0.7', 'naga-30'];
const edits = 3;

/** The newest version that cargo has unpacked; null where it has none. */
function unpacked(start: string): string | null {
  const registry = join(process.env.CARGO_HOME ?? join(homedir(), '.cargo'), 'registry/src');
  for (const index of existsSync(registry) ? readdirSync(registry) : []) {
    const found = readdirSync(join(registry, index))
      .filter((name) => name.startsWith(start))
      .sort()
      .at(-1);
    if (found !== undefined) return join(registry, index, found);
  }
  return null;
}

/** Seconds of each edit's answer; null where its dependencies are not at hand. */
function publishedCrate(from: string, into: string): number[] | null {
  cpSync(from, into, { recursive: true });
  const manifest = readFileSync(join(from, 'Cargo.toml'), 'utf8');
  const kept = manifest
    .split(/^(?=\[)/m)
    .filter((part) => !/^\[(?:\[(?:bench|example|test)\]|(?:target\..*\.)?dev-dependencies)/.test(part));
  writeFileSync(join(into, 'Cargo.toml'), `${kept.join('')}\n[workspace]\n`);
  rmSync(join(into, 'Cargo.lock'), { force: true });
  for (const name of ['benches', 'examples', 'tests']) rmSync(join(into, name), { recursive: true, force: true });
  const checked = spawnSync('cargo', ['check', '--lib', '--offline', '-q'], { cwd: into, encoding: 'utf8' });
  if (checked.status !== 0) return null;
  const lib = readFileSync(join(into, 'src/lib.rs'), 'utf8');
  return Array.from({ length: edits + 1 }, (_, time) => {
    writeFileSync(join(into, 'src/lib.rs'), lib);
    appendFileSync(
      join(into, 'src/lib.rs'),
      `\n#[doc(hidden)]\npub fn lost${time}() -> usize {\n    struct Held(usize);\n    let held = Held(1);\n    let moved = held;\n    held.0 + moved.0\n}\n`,
    );
    return explain(into, []);
  }).slice(1);
}

async function costs(): Promise<string> {
  const { sysroot, rustc, version } = await findToolchain(null);
  // A folder of its own: what is measured is this build of the index, beside whatever else is in the cache.
  const cache = mkdtempSync(join(tmpdir(), 'explain-index-'));
  process.once('exit', () => rmSync(cache, { recursive: true, force: true }));
  // By the program, as a person builds it: what building takes in memory is none of what a question takes.
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [program, 'explain', 'E0382'], {
    encoding: 'utf8',
    env: { ...process.env, XDG_CACHE_HOME: cache },
  });
  if (status !== 0) throw new Error(`rusta explain E0382: ${stderr}`);
  const built = (performance.now() - started) / 1000;
  const options = { cache: join(cache, 'rusta'), sysroot, rustc, version };
  const opened: number[] = [];
  let docs = await openDocs(options);
  for (let time = 0; time < 7; time += 1) {
    const from = performance.now();
    docs = await openDocs(options);
    opened.push(performance.now() - from);
  }
  const questions = readQuestions(fileURLToPath(new URL('../datasets/questions', import.meta.url)));
  const asked: number[] = [];
  for (let round = 0; round < 2; round += 1) {
    asked.length = 0;
    for (const { text } of questions) {
      const from = performance.now();
      explainQuestion(docs, text);
      asked.push(performance.now() - from);
    }
  }
  const folder = join(options.cache, 'docs');
  const bytes = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
  const p95 = asked.sort((a, b) => a - b)[Math.floor(asked.length * 0.95)] as number;
  return [
    `building, rusta explain E0382 without an index  ${built.toFixed(1)} s`,
    `opening, worst of 7  ${Math.max(...opened).toFixed(1)} ms`,
    `a question, p95 of ${asked.length}  ${p95.toFixed(1)} ms`,
    `disk  ${(bytes / 1e6).toFixed(0)} MB`,
    `memory of this process  ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`,
  ].join('\n');
}

/** Codes and crates, each answer in a process of its own. */
function crates(root: string): void {
  writeCrate(root);
  const once = explain(root, []);
  const code = Array.from({ length: times }, () => explain(root, ['E0382']));
  const crate = Array.from({ length: times }, (_, time) => {
    edit(root, time + 1);
    return explain(root, []);
  });
  process.stdout.write(`Node ${process.version}, load ${(loadavg()[0] as number).toFixed(1)}\n`);
  process.stdout.write(`a crate of ${files} files for the first time  ${once.toFixed(2)} s\n`);
  process.stdout.write(`a code, p50 of ${times}  ${median(code)}\n`);
  process.stdout.write(`that crate with one edit, p50 of ${times}  ${median(crate)}\n`);
  const all: number[] = [];
  for (const name of published) {
    const from = unpacked(name);
    const seconds = from === null ? null : publishedCrate(from, join(root, name));
    process.stdout.write(`${name}, one edit  ${seconds === null ? 'not at hand' : median(seconds)}\n`);
    all.push(...(seconds ?? []));
  }
  if (all.length > 0) process.stdout.write(`published crates, p50 of ${all.length}  ${median(all)}\n`);
}

const root = mkdtempSync(join(tmpdir(), 'explain-bench-'));
try {
  if (!process.argv.includes('--index')) crates(root);
  process.stdout.write(`Node ${process.version}, load ${(loadavg()[0] as number).toFixed(1)}\n${await costs()}\n`);
} finally {
  rmSync(root, { recursive: true, force: true });
}
