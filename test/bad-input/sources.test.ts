// Sources of odd bytes, errors in odd places, and many errors: what is repaired, what is not, and what is said of it.
import { assert, test } from '../support/harness.ts';
import { broken, healthy, Place, says } from './support.ts';

const needs = ['bubblewrap', 'cargo'] as const;
let place: Place;
test.before(() => {
  place = new Place();
});
test.after(() => place.remove());

test.needs(needs, 'Windows line endings stay, and so does a byte order mark', async () => {
  const windows = broken.replaceAll('\n', '\r\n');
  const before = place.crate('windows', { 'src/lib.rs': `\ufeff${windows}` });
  says(await place.run('fix', before, '--apply'), 0, /^applied to src\/lib\.rs$/);
  assert.is(place.read('windows/src/lib.rs'), `\ufeff${windows.replace('smu', 'sum')}`);
  says(await place.run('rollback'), 0, /^took .* back/);
  assert.is(place.read('windows/src/lib.rs'), `\ufeff${windows}`);
});

test.needs(needs, 'an empty library is clean; an empty program has nothing to repair it with', async () => {
  place.crate('nothing', { 'src/lib.rs': '' });
  says(await place.fix('nothing'), 0, /^clean: /);
  place.crate('no-main', { 'src/main.rs': '' });
  const said = await place.fix('no-main');
  says(said, 1, /^unfixed: no repair is known for it$/);
  says(said, 1, /E0601 `main` function not found/);
});

test.needs(needs, 'an error that a macro writes is shown where it is written', async () => {
  const text = `macro_rules! make { ($name:ident) => { pub fn $name() -> u32 { undefined_thing } } }\nmake!(a);\n`;
  place.crate('macros', { 'src/lib.rs': text });
  const said = await place.fix('macros');
  says(said, 1, /^unfixed: /);
  says(said, 1, /src\/lib\.rs:\d+:\d+: E0425 cannot find value `undefined_thing`/);
});

test.needs(needs, 'thirty errors that read the same are repaired one after the other', async () => {
  const functions = Array.from({ length: 30 }, (_, n) => `pub fn f${n}(value: &str) -> usize { vaule.len() + ${n} }`);
  const check = '#[test]\nfn adds() { assert_eq!(f0("a") + f29("a"), 31); }\n';
  place.crate('thirty', { 'src/lib.rs': `${functions.join('\n')}\n${check}` });
  const said = await place.fix('thirty');
  says(said, 0, /^errors +30 → 0$/);
  says(said, 0, /^lines +\+30 −30 in 1 file$/);
});

test.needs(
  needs,
  'an error inside a test is out of bounds; one in an example is not looked for, and that is said',
  async () => {
    const test =
      'pub fn one() -> u32 { 1 }\n#[cfg(test)]\nmod tests { #[test] fn t() { assert_eq!(super::oen(), 1) } }\n';
    place.crate('tests', { 'src/lib.rs': test });
    says(
      await place.fix('tests'),
      1,
      /^unfixed: src\/lib\.rs:3: the error is inside a test, and tests are never edited$/,
    );
    place.crate('files', { 'src/lib.rs': healthy, 'tests/t.rs': '#[test] fn t() { files::ttoal(&[]); }\n' });
    says(await place.fix('files'), 1, /^unfixed: tests\/t\.rs:1: the error is inside a test/);
    place.crate('example', { 'src/lib.rs': healthy, 'examples/e.rs': 'fn main() { nothing(); }\n' });
    says(await place.fix('example'), 0, /^clean: .* \(examples and benches are not looked at\)$/);
  },
);

test.needs(needs, 'an error in a path dependency outside of the crate is said to be there', async () => {
  place.crate('beside/dep', { 'src/lib.rs': broken });
  place.crate('beside/app', { 'src/lib.rs': 'pub use dep::total;\n' }, '[dependencies]\ndep = { path = "../dep" }\n');
  says(await place.fix('beside/app'), 1, /^unfixed: .*\/beside\/dep\/src\/lib\.rs is outside of the crate/);
});

test.needs(needs, 'one package deep in a workspace is repaired though its neighbour is beyond repair', async () => {
  place.write('deep/Cargo.toml', '[workspace]\nmembers = ["a/b/c/*"]\nresolver = "2"\n');
  place.crate('deep/a/b/c/one', { 'src/lib.rs': broken });
  place.crate('deep/a/b/c/two', { 'src/lib.rs': 'pub fn broken( {\n' });
  says(await place.fix('deep', '-p', 'one'), 0, /^--- a\/a\/b\/c\/one\/src\/lib\.rs$/);
  says(await place.fix('deep', '-p', 'three'), 2, /hint: its packages: one, two$/);
});

test.needs(needs, 'a bench for nightly alone makes a healthy crate no worse, and does not stop a repair', async () => {
  const bench = '#![feature(test)]\nextern crate test;\n#[bench]\nfn b(b: &mut test::Bencher) { b.iter(|| 1) }\n';
  place.crate('nightly', { 'src/lib.rs': healthy, 'benches/b.rs': bench });
  says(await place.fix('nightly'), 0, /^clean: /);
  place.write('nightly/src/lib.rs', broken);
  says(await place.fix('nightly'), 0, /^fixed: /);
});
