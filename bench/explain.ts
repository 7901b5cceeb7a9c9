// Times `rusta explain` as a person meets it, each in a process of its own: for a code, and for a crate of 120 files with one
// edit since the last check, cargo's own check included. Run after a build: `npm run build && node --import tsx bench/explain.ts`.
// The index is built first where there is none. Times say nothing while other work runs: the load is printed with them.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

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

const root = mkdtempSync(join(tmpdir(), 'explain-bench-'));
try {
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
} finally {
  rmSync(root, { recursive: true, force: true });
}
