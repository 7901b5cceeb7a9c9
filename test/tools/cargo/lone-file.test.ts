// A .rs file of its own: wrapped, checked in the edition it is written for, its tests run, its missing crates named.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check } from '../../../tools/cargo/check.ts';
import { chooseEdition, crateName, hasMain, undeclaredCrates } from '../../../tools/cargo/lone-file.ts';
import { locate } from '../../../tools/cargo/project.ts';
import { runTests } from '../../../tools/cargo/tests.ts';
import { loadGrammar, SourceFile } from '../../../tools/index/source.ts';
import { assert, test } from '../../support/harness.ts';
import { cleanUp, closeBenches, open, tree } from './support.ts';

const needs = ['cargo', 'bubblewrap'] as const;
const timeMs = 60_000;

test.before(loadGrammar);
test.after.each(closeBenches);
test.after(cleanUp);

function file(name: string, text: string | Uint8Array): string {
  return join(tree('files', { [name]: text }), name);
}

const names: readonly (readonly [string, string])[] = [
  ['hello', 'hello'],
  ['two words', 'two_words'],
  ['1st', 'file_1st'],
  ['test', 'file_test'],
  ['std', 'file_std'],
  ['größe', 'gr_e'],
  ['日本', 'lone_file'],
  ['_a-b_', 'a-b'],
];

for (const [stem, name] of names) {
  test(`the crate of ${stem}.rs is called ${name}`, () => {
    assert.is(crateName(stem), name);
  });
}

const programs: readonly (readonly [string, boolean])[] = [
  ['fn main() {}', true],
  ['#[tokio::main]\npub async fn main() {}', true],
  ['mod m { fn main() {} }', false],
  ['impl S { fn main() {} }\nfn other() { fn main() {} }', false],
  ['// fn main() {}\nconst S: &str = "fn main() {}";', false],
  ['fn broken( {\nfn main() {}', true],
  ['fn helper() -> { }', false],
];

for (const [text, expected] of programs) {
  test(`${expected ? 'a program' : 'no program'}: ${JSON.stringify(text)}`, () => {
    assert.is(hasMain(new SourceFile('a.rs', text)), expected);
  });
}

test.needs('cargo', 'a file with main is a binary, one without a library; the file itself stays as it is', async () => {
  const path = file('my prog é.rs', 'fn main() {}\n');
  const project = await locate(path);
  assert.equal([project.kind, project.asked, project.file], ['file', path, { path, inside: 'my prog é.rs' }]);
  assert.equal(project.packages, [{ name: 'my_prog', dir: '', edition: '2021', lib: false }]);
  assert.is(readFileSync(join(project.root, 'my prog é.rs'), 'utf8'), 'fn main() {}\n');

  writeFileSync(path, 'pub fn f() {}\n');
  const library = await locate(path);
  assert.equal([library.root, library.packages[0]?.lib], [project.root, true]);
  assert.is(readFileSync(path, 'utf8'), 'pub fn f() {}\n');
});

test.needs(needs, 'a file called build.rs or main.rs is the program, not a build script', async () => {
  for (const name of ['build.rs', 'main.rs']) {
    const { project, worker } = await open(file(name, 'fn main() { let x: u8 = "s"; }\n'));
    const { diagnostics } = await check(worker, project, { scope: 'all', timeMs });
    const errors = diagnostics.filter((one) => one.level === 'error');
    assert.equal(
      errors.map((one) => [one.code, one.spans[0]?.file, one.target.kind]),
      [['E0308', name, 'bin']],
    );
  }
});

test.needs('cargo', 'a file that is not UTF-8 is refused by name', async () => {
  const path = file('latin.rs', new Uint8Array([0x2f, 0x2f, 0xe9]));
  try {
    await locate(path);
  } catch (error) {
    return assert.match((error as Error).message, 'latin.rs is not UTF-8');
  }
  return assert.unreachable('it was taken');
});

test.needs(needs, 'errors are placed in the file inside, and its own tests run', async () => {
  const text = 'fn main() {}\n#[test]\nfn good() {}\n#[test]\nfn bad() { panic!() }\n';
  const path = file('tested.rs', text);
  const { project, worker } = await open(path);
  assert.is((await check(worker, project, { scope: 'all', timeMs })).ok, true);
  const report = await runTests(worker, project, { alone: true, testTimeMs: 10_000 });
  assert.equal(
    report.outcomes.map((one) => [one.name, one.verdict]),
    [
      ['bad', 'failed'],
      ['good', 'passed'],
    ],
  );
  await worker.show(new Map([['tested.rs', Buffer.from('fn main() { let x: u8 = "s"; }\n')]]));
  const broken = await check(worker, project, { scope: 'all', timeMs });
  assert.equal(
    broken.diagnostics.filter((one) => one.level === 'error').map((one) => one.spans[0]?.file),
    ['tested.rs'],
  );
});

const editions: readonly (readonly [string, string, string])[] = [
  ['nothing special', 'fn main() {}', '2021'],
  ['an error in every edition', 'fn main() { let x: u8 = "s"; }', '2021'],
  ['a chain of conditions', 'fn main() { if let Some(x) = Some(1) && x > 0 {} }', '2024'],
  ['async as a name', 'fn main() { let async = 1; let _ = async; }', '2015'],
  ['a trait object without dyn, which is a slip today', 'pub fn f(_: &std::fmt::Debug) {}', '2021'],
  ['async as a name, and an error that stays', 'fn main() { let async: u8 = "s"; }', '2015'],
];

for (const [what, text, edition] of editions) {
  test.needs(needs, `edition of ${what}: ${edition}`, async () => {
    const { project, worker } = await open(file(`edition ${what}.rs`, `${text}\n`));
    assert.is(await chooseEdition(worker, project, { timeMs }), edition);
    const again = await locate(project.asked, { edition });
    assert.is(again.packages[0]?.edition, edition);
  });
}

test.needs(needs, 'a crate that nobody declared is named; a slip in a known one is not taken for one', async () => {
  const text =
    'use serde::Serialize;\nuse std::colections::HashMap;\nuse rand::Rng as _;\nfn main() { regex::Regex::new("a"); local::f(); }\nmod locla { pub fn f() {} }\n';
  const { project, worker } = await open(file('undeclared.rs', text));
  const { diagnostics } = await check(worker, project, { scope: 'all', timeMs });
  assert.equal(undeclaredCrates(diagnostics), ['rand', 'regex', 'serde']);
});
