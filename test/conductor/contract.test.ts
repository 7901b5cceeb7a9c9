// Each part of the contract, and that it holds: budgets, bounds, and what tests may say.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deedOf } from '../../conductor/habits.ts';
import type { Diagnostic } from '../../schemas/types.ts';
import { type Ran, Workshop } from '../support/fix.ts';
import { assert, test } from '../support/harness.ts';

let shop: Workshop;
test.before(async () => {
  shop = await Workshop.open();
});
test.after(() => shop.close());

/** Nothing in scope is near any of the names: there are candidates, and none compiles. */
const hopeless = `pub fn area(width: f64, height: f64) -> f64 {
    zorgle(width) * blarf(height) + quux(width, height)
}
`;
const typo = (extra = ''): string => `pub fn area(width: f64, height: f64) -> f64 {\n    width * heigth\n}\n${extra}`;
const verdicts = ({ result }: Ran): Record<string, number> => {
  const count: Record<string, number> = {};
  for (const { verdict } of result.bundle?.candidates ?? []) count[verdict] = (count[verdict] ?? 0) + 1;
  return count;
};

test.needs('bubblewrap', 'the candidate budget ends the search', async () => {
  const { result, events } = await shop.fix(
    await shop.crate('budget', { 'src/lib.rs': typo('pub fn broken() -> u8 { nothing_like_it() }\n') }),
    { candidates: 1 },
  );
  assert.is(result.candidates, 1);
  assert.is(result.budget, 'candidates');
  assert.ok(events.some((event) => event.type === 'budget' && event.limit === 1));
});

test.needs('bubblewrap', 'the time budget ends the search, and the log says where', async () => {
  const { result, events } = await shop.fix(await shop.crate('time', { 'src/lib.rs': typo() }), { timeMs: 0 });
  assert.is(result.budget, 'time');
  assert.is(result.candidates, 0);
  assert.ok(events.some((event) => event.type === 'budget' && event.budget === 'time'));
});

test.needs('bubblewrap', 'no more probes than the budget allows', async () => {
  const path = await shop.crate('probes', {
    'src/lib.rs':
      'pub fn f(v: &[u32]) -> u64 {\n    let total: u64 = v.iter().map(|x| x + 1).sum::<u32>();\n    total\n}\n',
  });
  const asked = ({ events }: Ran): number =>
    events.filter((event) => event.type === 'action' && event.act.includes('tool=probe_')).length;
  assert.is(asked(await shop.fix(path, { probes: 0 })), 0);
  assert.ok(asked(await shop.fix(path, { probes: 2 })) <= 2);
});

test.needs('bubblewrap', 'a patch past the line limit is turned down before it is run', async () => {
  const path = await shop.crate('lines', { 'src/lib.rs': typo() });
  const none = await shop.fix(path, { maxLines: 0 });
  assert.is(none.result.status, 'unfixed');
  assert.is(none.result.candidates, 0);
  assert.is((await shop.fix(path, { maxLines: 1 })).result.status, 'fixed');
});

test.needs('bubblewrap', 'a patch over too many files is turned down', async () => {
  const path = await shop.crate('files', {
    'src/lib.rs': `pub mod other;\n${typo()}`,
    'src/other.rs': 'pub fn twice(count: u8) -> u8 {\n    cuont * 2\n}\n',
  });
  assert.is((await shop.fix(path, { maxFiles: 2 })).result.status, 'fixed');
  assert.not.equal((await shop.fix(path, { maxFiles: 1 })).result.status, 'fixed');
});

const failing =
  '#[cfg(test)]\nmod tests {\n    #[test]\n    fn sums() { assert_eq!(super::area(2.0, 3.0), 5.0); }\n    #[test]\n    fn multiplies() { assert_eq!(super::area(2.0, 3.0), 6.0); }\n}\n';

test.needs(
  'bubblewrap',
  'where tests could not run before, all must pass after, or the result is partial',
  async () => {
    const path = await shop.crate('failing', { 'src/lib.rs': typo(failing) });
    const { result } = await shop.fix(path);
    assert.is(result.status, 'partial');
    assert.match(result.reason, /sums/);
    assert.ok((verdicts({ result, events: [] })['tests-failed'] ?? 0) > 0);
  },
);

test.needs('bubblewrap', 'a test named as known to fail may fail, and the bundle lists it', async () => {
  const path = await shop.crate('known', { 'src/lib.rs': typo(failing) });
  const { result } = await shop.fix(path, { knownFailing: ['tests::sums'] });
  assert.is(result.status, 'fixed', result.reason);
  assert.equal(result.bundle?.known_failing, ['tests::sums']);
});

test.needs('bubblewrap', 'a test that failed before may fail after; one that passed may not', async () => {
  const lib = `pub fn area(width: f64, height: f64) -> f64 {\n    width * height\n}\n${failing}`;
  const path = await shop.crate('before', {
    'src/lib.rs': lib,
    'src/main.rs': 'fn main() {\n    println!("{}", before::aera(1.0, 2.0));\n}\n',
  });
  const { result } = await shop.fix(path);
  assert.is(result.status, 'fixed', result.reason);
  assert.equal([result.testsBefore?.passed, result.testsBefore?.failed], [1, 1]);
});

test.needs('bubblewrap', 'a flaky test runs three times, and passes with two', async () => {
  const flaky = `#[test]
fn now_and_then() {
    let seen = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("seen");
    let first = !seen.exists();
    std::fs::write(&seen, "x").unwrap();
    assert!(!first);
    assert_eq!(flaky::area(2.0, 3.0), 6.0);
}
`;
  const path = await shop.crate('flaky', { 'src/lib.rs': typo(), 'tests/flaky.rs': flaky });
  const { result } = await shop.fix(path, { jobs: 1 });
  assert.is(result.status, 'fixed', result.reason);
  assert.equal(result.testsAfter?.flaky, ['now_and_then']);
  assert.match(result.bundle?.risks.join('\n') ?? '', /flaky/);
});

test.needs('bubblewrap', 'an error inside a test is out of bounds, and said to be', async () => {
  const source =
    'pub fn one() -> u8 {\n    1\n}\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn t() { assert_eq!(super::won(), 1); }\n}\n';
  const path = await shop.crate('intest', { 'src/lib.rs': source });
  const { result } = await shop.fix(path);
  assert.is(result.status, 'unfixed');
  assert.match(result.reason, /test/);
  assert.is(await readFile(join(path, 'src/lib.rs'), 'utf8'), source);
});

test.needs('bubblewrap', 'build.rs is out of bounds unless it is asked for', async () => {
  const path = await shop.crate('script', {
    'src/lib.rs': 'pub fn f() {}\n',
    'build.rs': 'fn main() {\n    let name = "x";\n    println!("cargo:rustc-env=A={}", nmae);\n}\n',
  });
  assert.is((await shop.fix(path)).result.status, 'unfixed');
  assert.is((await shop.fix(path, { allow: ['build.rs'] })).result.status, 'fixed');
});

test.needs('bubblewrap', 'a change that no test reaches says so and is trusted less', async () => {
  const path = await shop.crate('uncovered', {
    'src/lib.rs': typo(
      'pub fn one() -> u8 { 1 }\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn t() { assert_eq!(super::one(), 1); }\n}\n',
    ),
  });
  const covered = await shop.crate('covered', {
    'src/lib.rs': typo(
      '#[cfg(test)]\nmod tests {\n    #[test]\n    fn t() { assert_eq!(super::area(2.0, 3.0), 6.0); }\n}\n',
    ),
  });
  const without = (await shop.fix(path)).result.bundle;
  const with_ = (await shop.fix(covered)).result.bundle;
  assert.match(without?.risks.join('\n') ?? '', /no test covers/);
  assert.ok((without?.confidence ?? 1) < (with_?.confidence ?? 0));
});

test.needs(
  'bubblewrap',
  'what failed in one episode ranks lower in the next, wherever the error has gone',
  async () => {
    const text = hopeless.replace('zorgle(width)', 'heigth(width)');
    const path = await shop.crate('lessons', { 'src/lib.rs': text });
    /** Scores by what a candidate does, the lowest of each. */
    const scores = (run: Ran): Map<string, number> => {
      const found = new Map<string, number>();
      const errors = run.events.flatMap((event) =>
        event.type === 'observation' ? ((event.observation.data.errors ?? []) as Diagnostic[]) : [],
      );
      const deeds = new Map<string, string>();
      for (const event of run.events) {
        if (event.type === 'proposal') {
          const error = errors.find(({ id }) => id === event.diagnostic);
          for (const one of event.candidates) if (error !== undefined) deeds.set(one.id, deedOf(error, one));
        } else if (event.type === 'ranking') {
          for (const { candidate, score } of event.scores) {
            const deed = deeds.get(candidate);
            if (deed !== undefined) found.set(deed, Math.min(score, found.get(deed) ?? score));
          }
        }
      }
      return found;
    };
    const failed = (run: Ran): string[] =>
      run.events.flatMap((event) =>
        event.type === 'reflection' ? event.failed.map((lesson) => lesson.candidate) : [],
      );
    const first = await shop.fix(path);
    await shop.crate('lessons', { 'src/lib.rs': `// One line more.\n${text}` });
    const second = await shop.fix(path);
    const known = failed(first).filter((candidate) => scores(second).has(candidate) && scores(first).has(candidate));
    assert.ok(known.length > 0, 'something failed');
    for (const candidate of known)
      assert.ok((scores(second).get(candidate) as number) < (scores(first).get(candidate) as number), candidate);
  },
);

test.needs('bubblewrap', 'however many errors there are, all are counted', async () => {
  const text = Array.from({ length: 150 }, (_, n) => `pub fn f${n}() -> u8 { nothing${n} }\n`).join('');
  const { result, events } = await shop.fix(await shop.crate('many', { 'src/lib.rs': text }), { candidates: 1 });
  assert.is(result.errorsBefore, 150);
  const sensed = events.find((event) => event.type === 'sense');
  assert.is((sensed?.errors.length ?? 0) + (sensed?.hidden ?? 0), 150);
  const looked = await shop.fix(await shop.crate('many', { 'src/lib.rs': text }), {}, { checkOnly: true });
  assert.is(looked.result.reason, '150 error(s) to fix');
});
