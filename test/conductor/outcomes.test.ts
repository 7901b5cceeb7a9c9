// How an episode ends where nothing simply holds: unsure, skeletons, no candidate, a healthy crate; and logs of others.
import { replay } from '../../conductor/replay.ts';
import type { RustaError } from '../../schemas/errors.ts';
import { Workshop } from '../support/fix.ts';
import { assert, test } from '../support/harness.ts';

let shop: Workshop;
test.before(async () => {
  shop = await Workshop.open();
});
test.after(() => shop.close());

test.needs('bubblewrap', 'a repair that puts in what has no source is unsure, and says what', async () => {
  const path = await shop.crate('invented', {
    'src/lib.rs':
      'pub fn first(v: &[i32]) -> i32 {\n    v.first().copied()\n}\npub fn next(v: &[i32]) -> i32 {\n    first(v) + 1\n}\n',
  });
  const { result } = await shop.fix(path);
  assert.is(result.status, 'unsure', result.reason);
  assert.match(result.bundle?.risks.join('\n') ?? '', /invents/);
});

test.needs('bubblewrap', 'an argument that is one of several of its type is unsure, and says so', async () => {
  const path = await shop.crate('guessed', {
    'src/lib.rs':
      'fn area(a: u32, b: u32) -> u32 {\n    a * b\n}\npub fn all(x: u32, y: u32, z: u32) -> u32 {\n    area(x * y * z)\n}\n',
  });
  const { result } = await shop.fix(path);
  assert.is(result.status, 'unsure', result.reason);
  assert.match(result.bundle?.risks.join('\n') ?? '', /guesses/);
});

test.needs('bubblewrap', 'a member without a body to take stays unfixed, and the skeleton is shown', async () => {
  const source = 'pub trait Shape {\n    fn area(&self) -> f64;\n}\npub struct Blob;\nimpl Shape for Blob {}\n';
  const { result } = await shop.fix(await shop.crate('skeleton', { 'src/lib.rs': source }));
  assert.is(result.status, 'unfixed', result.reason);
  assert.match(result.skeletons.map((skeleton) => skeleton.text).join('\n'), /fn area\(&self\) -> f64/);
});

test.needs('bubblewrap', 'with test, a healthy crate is clean and its failing tests are named', async () => {
  const source =
    'pub fn one() -> u8 {\n    2\n}\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn is_one() { assert_eq!(super::one(), 1); }\n}\n';
  const path = await shop.crate('logic', { 'src/lib.rs': source });
  assert.is((await shop.fix(path)).result.status, 'clean');
  const { result } = await shop.fix(path, {}, { test: true });
  assert.is(result.status, 'clean');
  assert.equal(
    result.failingTests.map((failing) => failing.name),
    ['tests::is_one'],
  );
});

test.needs('bubblewrap', 'benches and examples must not get worse', async () => {
  const example = 'fn main() {\n    println!("{}", extras::width());\n}\n';
  const path = await shop.crate('extras', {
    'src/lib.rs': 'pub fn width() -> u32 {\n    3\n}\n',
    'src/main.rs': 'fn main() {\n    println!("{}", extras::widht());\n}\n',
    'examples/show.rs': example,
    'examples/broken.rs': 'fn main() {\n    nothing();\n}\n',
  });
  const { result } = await shop.fix(path);
  assert.is(result.status, 'fixed', result.reason);
  assert.equal(
    result.bundle?.files.map((file) => file.path),
    ['src/main.rs'],
    'renaming the function would break the example',
  );
});

test.needs('bubblewrap', 'a lone file is repaired under its own name, and a crate that it lacks is named', async () => {
  const path = await shop.file('greet.rs', 'fn main() {\n    let name = "you";\n    println!("{}", nmae);\n}\n');
  const { result } = await shop.fix(path);
  assert.is(result.status, 'fixed', result.reason);
  assert.match(result.bundle?.diff ?? '', /^--- a\/greet\.rs/);
  const lacking = await shop.file('lacking.rs', 'use serde_json::Value;\npub fn f(v: Value) -> Value {\n    v\n}\n');
  const other = await shop.fix(lacking);
  assert.is(other.result.status, 'unfixed');
  assert.match(other.result.reason, /serde_json/);
});

test.needs('bubblewrap', 'a log of another version, or without an end, says so', async () => {
  const path = await shop.crate('replayed', { 'src/lib.rs': 'pub fn f(count: u8) -> u8 {\n    cuont\n}\n' });
  const { result } = await shop.fix(path);
  const entries = shop.store.devlog(result.bundle?.root as string).read(result.episode);
  const refused = async (changed: typeof entries): Promise<string> => {
    try {
      await replay(changed, shop.store, () => {});
    } catch (error) {
      return (error as RustaError).code;
    }
    return 'replayed';
  };
  const older = entries.map((entry) =>
    entry.event.type === 'start' ? { ...entry, event: { ...entry.event, rusta: '0.0.1' } } : entry,
  );
  assert.is(await refused(older), 'replay-version');
  assert.is(await refused(entries.slice(0, -1)), 'replay-unfinished');
  const purged = entries.map((entry) =>
    entry.event.type === 'sense'
      ? { ...entry, event: { ...entry.event, files: { 'src/lib.rs': '0'.repeat(64) } } }
      : entry,
  );
  assert.is(await refused(purged), 'replay-purged');
});

test.needs('bubblewrap', 'a changed answer in the log is a difference, not a crash', async () => {
  const path = await shop.crate('tampered', { 'src/lib.rs': 'pub fn f(count: u8) -> u8 {\n    cuont\n}\n' });
  const { result } = await shop.fix(path);
  const entries = shop.store.devlog(result.bundle?.root as string).read(result.episode);
  const changed = entries.map((entry) =>
    entry.event.type === 'ranking'
      ? {
          ...entry,
          event: { ...entry.event, scores: entry.event.scores.map((one, index) => ({ ...one, score: index })) },
        }
      : entry,
  );
  const { same, difference } = await replay(changed, shop.store, () => {});
  assert.not(
    same &&
      difference === null &&
      entries.some((entry) => entry.event.type === 'ranking' && entry.event.scores.length > 1),
  );
});
