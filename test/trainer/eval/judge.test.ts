// Facts and verdicts over programs that try to look better than they are. Each case is compiled and run in the sandbox.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Facts, factsOf } from '../../../trainer/eval/facts.ts';
import { judge } from '../../../trainer/eval/judge.ts';
import { type Case, loneFile, type Texts } from '../../../trainer/eval/layout.ts';
import { assert, test } from '../../support/harness.ts';

export const timeoutMs = 400_000;

const { signal } = new AbortController();
let folder = '';
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rusta-judge-'));
  process.env.XDG_CACHE_HOME = folder;
});
test.after(() => rm(folder, { recursive: true, force: true }));

const lone = (text: string): Texts => new Map([[loneFile, Buffer.from(text)]]);
let made = 0;
function caseOf(broken: string, fixed: string | null, hidden: string | null): Case {
  made += 1;
  const [fix, tests] = [fixed, hidden].map((text) => (text === null ? null : lone(text)));
  const name = `case-${made}`;
  return {
    name,
    kind: 'file',
    group: name,
    half: 'tuning',
    meta: {},
    broken: lone(broken),
    fixed: fix ?? null,
    hidden: tests ?? null,
    hash: name,
  };
}
const facts = (one: Case): Promise<Facts> => factsOf(one, 'test', signal);

const broken = 'pub fn twice(x: u32) -> u32 { x * y }\nfn main() { println!("{}", twice(2)); }\n';
const fixed = broken.replace('x * y', 'x * 2');
const hidden = '#[cfg(test)] mod hidden { #[test] fn doubles() { assert_eq!(super::twice(3), 6); } }';
const both = ['bubblewrap', 'cargo'] as const;

test.needs(both, 'a good case: its error, its passing tests, what it prints', async () => {
  const found = await facts(caseOf(broken, fixed, hidden));
  assert.equal(found, {
    edition: '2021',
    code: 'E0425',
    class: 'resolution',
    errors: 1,
    passing: ['program: hidden::doubles'],
    output: { program: { stdout: '4\n', code: 0 } },
    excluded: null,
  });
});

const bad: readonly [string, Case, RegExp][] = [
  [
    'a known fix that does not compile',
    caseOf(broken, broken, hidden),
    /^the known fix does not compile: cannot find value `y`/,
  ],
  [
    'hidden tests that fail on the known fix',
    caseOf(broken, broken.replace('x * y', 'x * 3'), hidden),
    /^hidden tests fail on the known fix: hidden::doubles$/,
  ],
  [
    'hidden tests that do not compile',
    caseOf(broken, fixed, '#[cfg(test)] mod hidden { fn f() { nothing() } }'),
    /^the hidden tests do not compile on the known fix: /,
  ],
  [
    'a hidden test that hangs',
    caseOf(
      broken,
      fixed,
      '#[cfg(test)] mod hidden { #[test] fn stays() { loop { std::thread::sleep(std::time::Duration::from_secs(1)) } } }',
    ),
    /^hidden tests hang on the known fix: hidden::stays$/,
  ],
  ['no test in the hidden file', caseOf(broken, fixed, '// nothing'), /^no hidden test runs$/],
  ['a broken state that compiles', caseOf(fixed, fixed, hidden), /^the broken state compiles$/],
];
for (const [name, one, pattern] of bad) {
  test.needs(both, `excluded, and said why: ${name}`, async () => {
    assert.match((await facts(one)).excluded ?? '', pattern);
  });
}

for (const first of ['passes', 'fails']) {
  test.needs(both, `excluded: a hidden test that is flaky, and ${first} the first time`, async () => {
    // It finds the mark that its last run left beside the test program.
    const flaky = `#[cfg(test)] mod hidden { #[test] fn sometimes() {
      let mark = std::env::current_exe().unwrap().with_extension("mark");
      let seen = std::fs::remove_file(&mark).is_ok();
      if !seen { std::fs::write(&mark, "").unwrap(); }
      assert!(seen == ${first === 'fails'});
    } }`;
    assert.is((await facts(caseOf(broken, fixed, flaky))).excluded, 'hidden tests are flaky: hidden::sometimes');
  });
}

test.needs(both, 'output that varies is not compared', async () => {
  const clock = 'fn main() { let t = std::time::SystemTime::now(); println!("{:?}", t) }\n';
  assert.is((await facts(caseOf(clock.replace('let t', 'let u'), clock, null))).output, null);
});

test.needs(both, 'verdicts: right, wrong by tests, wrong by output, broken, unchanged', async () => {
  const one = caseOf(broken, fixed, hidden);
  const known = await facts(one);
  const verdict = (text: string) => judge(one, known, lone(text), signal);
  assert.equal(await verdict(broken.replace('x * y', 'x + x')), {
    compiles: true,
    tests: 'pass',
    failing: [],
    output: 'same',
    right: true,
  });
  const wrong = await verdict(broken.replace('x * y', 'x * x'));
  assert.equal(wrong, {
    compiles: true,
    tests: 'fail',
    failing: ['program: hidden::doubles'],
    output: 'same',
    right: false,
  });
  const silent = await verdict(fixed.replace('println!("{}", twice(2));', ''));
  assert.equal([silent.tests, silent.output, silent.right], ['pass', 'different', false]);
  const gone = await verdict('fn main() { println!("4") }');
  assert.equal([gone.compiles, gone.tests, gone.right], [true, 'fail', false]);
  assert.equal([(await verdict('fn main() { x }')).compiles, (await verdict(broken)).right], [false, false]);
});

test.needs(both, 'a test that ends the process well before it fails passes nothing', async () => {
  const one = caseOf(broken, fixed, hidden);
  const cheat = `${broken.replace('x * y', 'std::process::exit(0)')}`;
  const verdict = await judge(one, await facts(one), lone(cheat), signal);
  assert.equal([verdict.tests, verdict.right], ['fail', false]);
});

test.needs(both, 'without tests and output nothing tells right from wrong', async () => {
  const library = 'pub fn f() -> u8 { "1" }\n';
  const one = caseOf(library, null, null);
  const known = await facts(one);
  assert.equal([known.excluded, known.code], [null, 'E0308']);
  assert.is((await judge(one, known, lone('pub fn f() -> u8 { 1 }\n'), signal)).right, null);
});
