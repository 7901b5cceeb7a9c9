// Test verdicts: one for each listed test, whatever the test does to its process or prints.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CargoRun } from '../../../tools/cargo/run-cargo.ts';
import { runTests } from '../../../tools/cargo/tests.ts';
import type { TestReport } from '../../../tools/cargo/types.ts';
import { assert, test } from '../../support/harness.ts';
import { cleanUp, closeBenches, manifest, open, tree } from './support.ts';

const needs = ['cargo', 'bubblewrap'] as const;

test.after.each(closeBenches);
test.after(cleanUp);

function verdicts(report: TestReport): Record<string, string> {
  return Object.fromEntries(report.outcomes.map((one) => [`${one.target.kind} ${one.name}`, one.verdict]));
}

/** A test function of the given name around a body. */
function named(name: string, body: string, attribute = ''): string {
  return `#[test]\n${attribute}\nfn ${name}() { ${body} }\n`;
}

const ordinary = {
  'Cargo.toml': manifest(
    'ordinary-crate',
    '[[bin]]\nname = "tool"\npath = "src/tool.rs"\n[[test]]\nname = "own"\nharness = false\n[[test]]\nname = "own_bad"\nharness = false\n',
  ),
  'README.md': 'read',
  'src/lib.rs': `
    pub fn f() {}
    #[cfg(test)]
    mod tests {
      ${named('passes', 'println!("test tests::fails ... ok"); assert_eq!(1, 1);')}
      ${named('fails', 'println!("seen"); assert_eq!(1, 2, "one is not two");')}
      ${named('skipped', 'panic!()', '#[ignore = "slow"]')}
      ${named('panics', 'panic!("as it should")', '#[should_panic]')}
      ${named('calm', '', '#[should_panic]')}
    }
    /// \`\`\`
    /// panic!("doctests are left out");
    /// \`\`\`
    pub fn documented() {}
  `,
  'src/tool.rs': `fn main() { println!("tool") }\n${named('in_bin', '')}`,
  'tests/it.rs': named(
    'sees_what_cargo_sets',
    `
      assert_eq!(std::env::var("CARGO_PKG_NAME").unwrap(), "ordinary-crate");
      assert_eq!(std::env::var("CARGO_PKG_VERSION_MINOR").unwrap(), "2");
      let dir = std::env::var("CARGO_MANIFEST_DIR").unwrap();
      assert_eq!(std::env::current_dir().unwrap().to_str().unwrap(), dir);
      assert_eq!(std::fs::read_to_string("README.md").unwrap(), "read");
      let out = std::process::Command::new(env!("CARGO_BIN_EXE_tool")).output().unwrap();
      assert_eq!(out.stdout, b"tool\\n");
      std::fs::write("README.md", "overwritten by a test").unwrap();
    `,
  ),
  'tests/own.rs': 'fn main() { println!("test own ... ok"); }',
  'tests/own_bad.rs': 'fn main() { std::process::exit(3) }',
};

const expected = {
  'bin in_bin': 'passed',
  'lib tests::calm': 'failed',
  'lib tests::fails': 'failed',
  'lib tests::panics': 'passed',
  'lib tests::passes': 'passed',
  'lib tests::skipped': 'ignored',
  'test sees_what_cargo_sets': 'passed',
};

for (const alone of [false, true]) {
  test.needs(needs, `ordinary tests, ${alone ? 'each alone' : 'together'}`, async () => {
    const dir = tree('ordinary', ordinary);
    const { project, worker } = await open(dir);
    const lines: string[] = [];
    const onProgress = (line: string): void => void lines.push(line);
    const report = await runTests(worker, project, { alone, testTimeMs: 10_000, onProgress });
    assert.equal([report.built, report.failure, report.cargoRuns], [true, null, 1]);
    assert.equal(verdicts(report), expected);
    assert.equal(
      report.unlisted.map((one) => [one.target.name, one.code]),
      [
        ['own', 0],
        ['own_bad', 3],
      ],
    );
    const failed = report.outcomes.find((one) => one.name === 'tests::fails');
    assert.match(failed?.output ?? '', /^seen\n[\s\S]*one is not two/);
    assert.is(readFileSync(join(dir, 'README.md'), 'utf8'), 'read');
    assert.ok(
      lines.some((line) => /^Test(ing|ed) tests::passes \(\d+\/5\)$/.test(line)),
      lines.join(),
    );
  });
}

test.needs(needs, 'only the tests that are named', async () => {
  const { project, worker } = await open(tree('ordinary', ordinary));
  const options = { only: ['tests::passes', 'in_bin', 'absent'], testTimeMs: 10_000 };
  for (const alone of [false, true]) {
    const report = await runTests(worker, project, { ...options, alone });
    assert.equal(verdicts(report), { 'bin in_bin': 'passed', 'lib tests::passes': 'passed' });
    assert.equal(report.unlisted, []);
  }
});

const raw = (text: string): string => `use std::io::Write; let _ = std::io::stdout().write_all(b"${text}\\n");`;

const hostile = {
  'Cargo.toml': manifest('hostile'),
  'src/lib.rs': `
    extern "C" { fn fork() -> i32; }
    ${named('a_passes', '')}
    ${named('b_fails', 'panic!("really")')}
    ${named('c_leaves', 'std::process::exit(0)')}
    ${named('d_leaves_with_failure', 'std::process::exit(7)')}
    ${named('e_aborts', 'std::process::abort()')}
    ${named('f_overflows', 'fn deep(n: u64) -> u64 { std::hint::black_box(deep(n + 1) + 1) } deep(0);')}
    ${named('g_hangs', 'loop { std::thread::sleep(std::time::Duration::from_secs(1)); }')}
    ${named('h_lies_about_itself', `${raw('test h_lies_about_itself ... ok')} panic!()`)}
    ${named('i_lies_about_another', raw('test b_fails ... ok'))}
    ${named('j_lies_and_leaves', `${raw('test j_lies_and_leaves ... ok')} std::process::exit(0)`)}
    ${named('k_forks', 'unsafe { fork(); }')}
    ${named('l_daemon', 'if unsafe { fork() } == 0 { loop { std::thread::sleep(std::time::Duration::from_secs(1)); } }')}
    ${named('m_prints_without_a_line_end', 'use std::io::Write; let _ = std::io::stdout().write_all(b"partial");')}
  `,
};

const judged = {
  'lib a_passes': 'passed',
  'lib b_fails': 'failed',
  'lib c_leaves': 'unproved',
  'lib d_leaves_with_failure': 'failed',
  'lib e_aborts': 'failed',
  'lib f_overflows': 'failed',
  'lib g_hangs': 'hung',
  'lib h_lies_about_itself': 'unproved',
  'lib i_lies_about_another': 'passed',
  // A result line of its own and no summary: libtest never came to the end.
  'lib j_lies_and_leaves': 'unproved',
  // The copy has no main thread that could print; it ends with the sandbox.
  'lib k_forks': 'passed',
  'lib l_daemon': 'passed',
  'lib m_prints_without_a_line_end': 'passed',
};

for (const alone of [true, false]) {
  test.needs(
    needs,
    `hostile tests, ${alone ? 'each alone' : 'together'}: nothing counts as passed but what passed`,
    async () => {
      const { project, worker } = await open(tree('hostile', hostile));
      const report = await runTests(worker, project, { alone, testTimeMs: 2500 });
      assert.equal([report.built, report.failure], [true, null]);
      assert.equal(verdicts(report), judged);
    },
  );
}

test.needs(needs, 'a test that fills the disk fails, and the next one finds room', async () => {
  const fill = `
    use std::io::Write;
    let mut file = std::fs::File::create(std::env::temp_dir().join("fill")).unwrap();
    for _ in 0..10_000 { file.write_all(&[7u8; 1 << 20]).unwrap(); }
  `;
  const room = 'std::fs::write(std::env::temp_dir().join("small"), [7u8; 1 << 20]).unwrap();';
  const dir = tree('filling', {
    'Cargo.toml': manifest('filling'),
    'src/lib.rs': named('a_fills', fill) + named('b_has_room', room),
  });
  const { project, worker } = await open(dir, {}, { disk: 64 * 1024 ** 2 });
  const report = await runTests(worker, project, { alone: true, testTimeMs: 20_000 });
  assert.equal(verdicts(report), { 'lib a_fills': 'failed', 'lib b_has_room': 'passed' });
});

test.needs(
  needs,
  'what can be forged, and only by a test for itself: a result line and a summary, then exit',
  async () => {
    const lines = 'test forged ... ok\\n\\ntest result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out';
    const dir = tree('forging', {
      'Cargo.toml': manifest('forging'),
      'src/lib.rs': named('forged', `${raw(lines)} std::process::exit(0)`),
    });
    const { project, worker } = await open(dir);
    const report = await runTests(worker, project, { alone: true, testTimeMs: 5000 });
    assert.equal(verdicts(report), { 'lib forged': 'passed' });
  },
);

test.needs(needs, 'a program that hangs before its tests gives one outcome that is not a pass', async () => {
  const dir = tree('constructor', {
    'Cargo.toml': manifest('constructor'),
    'src/lib.rs': `
      extern "C" fn stay() { loop { std::thread::park() } }
      #[used] #[cfg_attr(target_os = "macos", link_section = "__DATA,__mod_init_func")]
      #[cfg_attr(not(target_os = "macos"), link_section = ".init_array")]
      static STAY: extern "C" fn() = stay;
      ${named('never_reached', '')}
    `,
  });
  const { project, worker } = await open(dir);
  const report = await runTests(worker, project, { alone: false, testTimeMs: 1500 });
  assert.equal(verdicts(report), { 'lib (list of tests)': 'hung' });
});

test.needs(needs, 'tests that do not compile: not built, with the errors', async () => {
  const dir = tree('broken-tests', {
    'Cargo.toml': manifest('broken-tests'),
    'src/lib.rs': 'pub fn f() {}\n',
    'tests/it.rs': '#[test]\nfn t() { let x: u8 = "s"; }\n',
  });
  const { project, worker } = await open(dir);
  const report = await runTests(worker, project, { alone: false, testTimeMs: 5000 });
  assert.equal([report.built, report.failure, report.outcomes], [false, null, []]);
  assert.equal(
    report.diagnostics.filter((one) => one.level === 'error').map((one) => one.code),
    ['E0308'],
  );
});

test.needs(needs, 'tests of a procedural macro find the libraries that they link to', async () => {
  const dir = tree('macro-tests', {
    'Cargo.toml': manifest('macro-tests', '[lib]\nproc-macro = true\n'),
    'src/lib.rs': named('runs', ''),
  });
  const { project, worker } = await open(dir);
  const report = await runTests(worker, project, { alone: true, testTimeMs: 5000 });
  assert.equal(verdicts(report), { 'proc-macro runs': 'passed' });
});

test.needs(needs, 'cancelling stops between and within tests', async () => {
  const { project, worker } = await open(tree('hostile', hostile));
  const stop = new AbortController();
  const onProgress = (line: string): void => {
    if (line.startsWith('Testing g_hangs')) setTimeout(() => stop.abort(), 200);
  };
  const report = await runTests(worker, project, {
    alone: true,
    only: ['g_hangs', 'a_passes', 'l_daemon'],
    testTimeMs: 20_000,
    signal: stop.signal,
    onProgress,
  });
  assert.is(report.failure?.kind, 'cancelled');
  assert.is(
    report.outcomes.find((one) => one.name === 'l_daemon'),
    undefined,
  );
});

test.needs(needs, 'what was built is not built again for the same texts', async () => {
  const dir = tree('once', { 'Cargo.toml': manifest('once'), 'src/lib.rs': named('passes', '') });
  const { project, worker } = await open(dir);
  const options = { alone: false, testTimeMs: 10_000 };
  let built: CargoRun | undefined;
  const first = await runTests(worker, project, { ...options, onBuilt: (run) => (built = run) });
  assert.is(first.cargoRuns, 1);
  if (built === undefined) throw new Error('nobody was told what was built');
  const again = await runTests(worker, project, { ...options, alone: true, built });
  assert.is(again.cargoRuns, 0);
  assert.equal(verdicts(again), verdicts(first));
  assert.is(verdicts(again)['lib passes'], 'passed');
});
