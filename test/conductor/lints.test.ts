// `fix --lints`: what is safe is repaired and proved, what is not is named and left, and nothing else changes.
import { replay } from '../../conductor/replay.ts';
import { type Ran, Workshop } from '../support/fix.ts';
import { assert, test } from '../support/harness.ts';

let shop: Workshop;
test.before(async () => {
  shop = await Workshop.open();
});
test.after(() => shop.close());

const needs = ['bubblewrap', 'cargo'] as const;
const lints = (path: string, request: { checkOnly?: boolean } = {}): Promise<Ran> =>
  shop.fix(path, {}, { ...request, lints: true });

/** What is left, by code, with the reason where there is one. */
function left({ result }: Ran): string[] {
  return (result.lints?.left ?? []).map(({ code, why }) => (why === undefined ? `${code}` : `${code}: ${why}`));
}

/** Added and removed lines of the patch. */
function changes({ result }: Ran): string[] {
  return (result.bundle?.diff ?? '').split('\n').filter((line) => /^[-+](?![-+])/.test(line));
}

const untidy = `use std::collections::HashMap;

pub fn total(values: &[i32]) -> i32 {
    let mut start = 0;
    let spare = 1;
    values.iter().sum::<i32>() + start
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds() {
        let mut values = vec![1, 2];
        assert_eq!(total(&values), 3);
    }
}
`;

test.needs(
  needs,
  'safe suggestions are applied and proved; a warning without one is listed, and so is one in a test',
  async () => {
    const run = await lints(await shop.crate('untidy', { 'src/lib.rs': untidy }));
    assert.is(run.result.status, 'fixed', run.result.reason);
    assert.equal(changes(run), ['-use std::collections::HashMap;', '-    let mut start = 0;', '+    let start = 0;']);
    assert.equal(run.result.testsBefore, { passed: 1, failed: 0, ignored: 0 });
    assert.is(run.result.testsAfter?.passed, 1);
    assert.is(run.result.lints?.before, 4);
    assert.equal(left(run), ['unused_variables', 'unused_mut: tests are not edited (src/lib.rs)']);
    assert.equal(
      run.result.bundle?.fixes.map(({ code, line }) => [code, line]),
      [
        ['unused_imports', 1],
        ['unused_mut', 4],
      ],
    );
    const { root } = run.result.bundle as { root: string };
    const again = await replay(shop.store.devlog(root).read(run.result.episode), shop.store, () => {});
    assert.equal([again.difference, again.replayed], [null, run.result.bundle?.id]);
  },
);

test.needs([...needs, 'clippy'], "clippy's safe suggestions are among them", async () => {
  const text = `fn length(text: &str) -> usize {
    return text.len();
}

pub fn twice(text: &str) -> usize {
    length(&text) * 2
}
`;
  const run = await lints(await shop.crate('clippy', { 'src/lib.rs': text }));
  assert.is(run.result.status, 'fixed', run.result.reason);
  assert.equal(changes(run), [
    '-    return text.len();',
    '+    text.len()',
    '-    length(&text) * 2',
    '+    length(text) * 2',
  ]);
});

test.needs(needs, 'what breaks another target is found among the others, and left', async () => {
  const text = `use std::collections::BTreeMap;
use std::fmt::Write;
use std::rc::Rc;

pub fn one() -> u8 {
    let mut value = 1;
    value + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes() {
        let mut text = String::new();
        write!(text, "{}", one()).unwrap();
        assert_eq!(text, "2");
    }
}
`;
  const run = await lints(await shop.crate('half', { 'src/lib.rs': text }));
  assert.is(run.result.status, 'fixed', run.result.reason);
  assert.equal(
    changes(run).filter((line) => line.includes('use ')),
    ['-use std::collections::BTreeMap;', '-use std::rc::Rc;'],
  );
  assert.equal(
    left(run).map((one) => one.split(':')[0]),
    ['unused_imports'],
  );
});

test.needs(needs, 'what a test speaks against is left, whatever the compiler says', async () => {
  const text = `use std::rc::Rc;

pub fn one() -> u8 {
    let mut value = 1;
    value + 1
}

#[test]
fn imports() {
    assert!(include_str!("lib.rs").starts_with("use std::rc"));
    assert_eq!(one(), 2);
}
`;
  const run = await lints(await shop.crate('tested', { 'src/lib.rs': text }));
  assert.is(run.result.status, 'fixed', run.result.reason);
  assert.equal(changes(run), ['-    let mut value = 1;', '+    let value = 1;']);
  assert.match(left(run).join(), /^unused_imports: .*imports/);
});

test.needs(needs, 'asked only to look, it says how many it would repair', async () => {
  const run = await lints(await shop.crate('look', { 'src/lib.rs': untidy }), { checkOnly: true });
  assert.equal([run.result.status, run.result.reason], ['unfixed', '2 of 4 warnings to repair']);
  assert.is(run.result.bundle, null);
});

test.needs(needs, 'a crate without a safe suggestion is clean, and one with errors is not looked at', async () => {
  const spare = await lints(await shop.crate('spare', { 'src/lib.rs': 'fn spare() {}\n' }));
  assert.equal([spare.result.status, left(spare)], ['clean', ['dead_code']]);
  const good = await lints(await shop.crate('good', { 'src/lib.rs': 'pub fn one() {}\n' }));
  assert.equal([good.result.status, left(good)], ['clean', []]);
  const broken = await lints(await shop.crate('broken', { 'src/lib.rs': 'pub fn one() -> u8 { let mut a = 1; b }\n' }));
  assert.is(broken.result.status, 'unfixed');
  assert.match(broken.result.reason, '1 error(s): warnings are looked at where a crate compiles');
});
