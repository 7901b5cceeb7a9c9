// Paths that are no crate, crates that cannot be read, built or found a toolchain for, and odd places for good ones.
import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { assert, test } from '../support/harness.ts';
import { broken, healthy, Place, says } from './support.ts';

let place: Place;
test.before(() => {
  place = new Place();
});
test.after(() => place.remove());

test('what is no crate is named, with what would be one', async () => {
  mkdirSync(place.path('bare'));
  place.write('notes.txt', 'hello');
  says(await place.run('fix', place.path('nowhere')), 2, /error: project: .*nowhere does not exist$/);
  says(await place.fix('bare'), 2, /bare is not a crate: .*Cargo\.toml$/);
  says(await place.run('fix', place.path('notes.txt')), 2, /notes\.txt is no folder, no Cargo\.toml and no \.rs file$/);
  says(await place.run('fix', '/dev/null'), 2, /\/dev\/null is no folder/);
  says(await place.run('fix', place.path('bare')), 2, /hint: name a crate, a workspace or a \.rs file$/);
});

test('a pipe is not waited for', async () => {
  spawnSync('mkfifo', [place.path('pipe.rs')]);
  says(await place.run('fix', place.path('pipe.rs')), 2, /pipe\.rs is no folder/);
});

test('a manifest that is not TOML is named with its line', async () => {
  place.write('broken-toml/Cargo.toml', '[package]\nname = "x"\nversion = "0.1.0"\nedition = 2021 2\n');
  says(await place.fix('broken-toml'), 5, /broken-toml\/Cargo\.toml:4: each key-value/);
});

test('a manifest in the latin-1 of old is not UTF-8', async () => {
  place.write('latin/Cargo.toml', Buffer.from('[package]\nname = "caf\xe9"\n', 'latin1'));
  says(await place.fix('latin'), 2, /latin\/Cargo\.toml is not UTF-8$/);
});

test('a toolchain that is not installed is named, with the file that asks for it and how to get it', async () => {
  place.crate('pinned', { 'src/lib.rs': broken, 'rust-toolchain.toml': '[toolchain]\nchannel = "1.2.3"\n' });
  const said = await place.fix('pinned');
  says(said, 4, /toolchain: 1\.2\.3, named by .*pinned\/rust-toolchain\.toml, is not installed$/);
  says(said, 4, /hint: rustup toolchain install 1\.2\.3$/);
});

test("a crate's own compiler is not run", async () => {
  place.write('own/bin/rustc', '#!/bin/sh\n: > "$0.ran"\n', 0o755);
  place.crate('own', { 'src/lib.rs': broken, 'rust-toolchain.toml': '[toolchain]\npath = "."\n' });
  says(
    await place.fix('own'),
    5,
    /rust-toolchain\.toml sets toolchain\.path, which would run the project's own compiler$/,
  );
});

test.needs(['bubblewrap', 'cargo'], 'a manifest that cargo refuses is named with its line', async () => {
  place.crate('version', { 'src/lib.rs': broken });
  place.write('version/Cargo.toml', '[package]\nname = "version"\nversion = "0.1"\nedition = "2021"\n');
  says(await place.fix('version'), 5, /^refused: Cargo\.toml:3:11: unexpected end of input .*correct it first$/);
});

test.needs(['bubblewrap', 'cargo'], 'a dependency that is not on this machine names --fetch', async () => {
  place.crate('network', { 'src/lib.rs': broken }, '[dependencies]\nno-such-crate-anywhere = "1"\n');
  says(await place.fix('network'), 5, /^refused: the dependency no-such-crate-anywhere is not .*; rusta fix --fetch/);
});

test.needs(['bubblewrap', 'cargo'], 'a source file that is not UTF-8 is named; a lone one too', async () => {
  const bytes = Buffer.from('pub const A: &str = "\xff";\n', 'latin1');
  place.crate('bytes', { 'src/lib.rs': `mod a;\n${healthy}`, 'src/a.rs': bytes });
  says(await place.fix('bytes'), 1, /^unfixed: src\/a\.rs is not UTF-8, and rustc refuses it/);
  place.write('bytes.rs', bytes);
  says(await place.run('fix', place.path('bytes.rs')), 2, /bytes\.rs is not UTF-8$/);
});

test.needs(['bubblewrap', 'cargo'], 'links that lead out of the tree are left out, and that is said', async () => {
  place.write('elsewhere/part.rs', 'pub fn part() {}\n');
  place.crate('links', { 'src/lib.rs': 'pub mod part;\npub mod folder;\n' });
  symlinkSync('../../elsewhere/part.rs', place.path('links/src/part.rs'));
  symlinkSync('../../elsewhere', place.path('links/src/folder'));
  const said = await place.fix('links');
  says(said, 1, /^warning: not seen in the sandbox: src\/folder \(a link out of the tree\), src\/part\.rs \(a link/);
  says(said, 1, /^unfixed: /);
});

test.needs(['bubblewrap', 'cargo'], 'spaces and letters of any script in a path do no harm', async () => {
  const folder = 'my projects/été 日本/crate';
  place.crate(folder, { 'src/lib.rs': broken });
  says(await place.fix(folder), 0, /^fixed: /);
  place.write('my projects/à b.rs', broken);
  says(await place.run('fix', place.path('my projects/à b.rs')), 0, /^fixed: /);
});

test.needs(['bubblewrap', 'cargo'], 'a read-only file is repaired in the sandbox, and not written', async () => {
  place.crate('fixed', {});
  place.write('fixed/src/lib.rs', broken, 0o444);
  const said = await place.fix('fixed', '--apply');
  says(said, 5, /error: patch apply: src\/lib\.rs is read-only; nothing was changed$/);
  says(said, 5, /hint: chmod u\+w src\/lib\.rs$/);
  assert.match(said.out, /^fixed: /m);
  says(await place.run('apply'), 5, /is read-only; nothing was changed$/);
});
