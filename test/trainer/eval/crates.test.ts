// The crates that faults are put into: one that cannot be fetched, or may not be used, is named with the reason.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sourceCrates } from '../../../trainer/eval/sets/crates.ts';
import { assert, test } from '../../support/harness.ts';

const { signal } = new AbortController();
const folder = mkdtempSync(join(tmpdir(), 'rusta-crates-'));
process.env.XDG_CACHE_HOME = join(folder, 'cache');
test.after(() => rmSync(folder, { recursive: true, force: true }));

/** A list of one crate at a path, of the licence that the list says. */
function listOf(name: string, licence: string, own: string | null): string {
  const list = join(folder, `list-${name}`);
  const crate = join(folder, name);
  mkdirSync(list, { recursive: true });
  writeFileSync(
    join(list, 'Cargo.toml'),
    `[package]\nname = "list"\nversion = "0.1.0"\nedition = "2021"\n[package.metadata.licences]\n${name} = "${licence}"\n[dependencies]\n${name} = { path = ${JSON.stringify(crate)} }\n`,
  );
  writeFileSync(
    join(list, 'Cargo.lock'),
    `version = 3\n\n[[package]]\nname = "list"\nversion = "0.1.0"\ndependencies = [\n "${name}",\n]\n\n[[package]]\nname = "${name}"\nversion = "0.1.0"\n`,
  );
  if (own !== null) {
    mkdirSync(join(crate, 'src'), { recursive: true });
    writeFileSync(
      join(crate, 'Cargo.toml'),
      `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n${own}`,
    );
    writeFileSync(join(crate, 'src/lib.rs'), 'pub fn f() {}\n');
  }
  return join(list, 'Cargo.toml');
}

async function refusal(manifest: string): Promise<string> {
  return sourceCrates(manifest, signal).then(
    () => 'nothing was refused',
    (error: Error) => error.message,
  );
}

test.needs('cargo', 'a crate that cannot be fetched ends the making of a set, and is named', async () => {
  assert.match(await refusal(listOf('gone', 'MIT', null)), /the crates cannot be fetched: error: .*`gone`/);
});

test('a list that is not there is named', async () => {
  assert.match(await refusal(join(folder, 'none/Cargo.toml')), /none\/Cargo\.toml cannot be read/);
});

for (const [name, licence, own, why] of [
  ['other', 'MIT', 'license = "Apache-2.0"\n', 'its licence is Apache-2.0, the list says MIT'],
  ['closed', 'GPL-3.0-only', 'license = "GPL-3.0-only"\n', 'its licence is not permissive: GPL-3.0-only'],
] as const)
  test.needs('cargo', `a crate that may not be used is left out, and said why: ${name}`, async () => {
    const [found] = await sourceCrates(listOf(name, licence, own), signal);
    assert.equal([found?.name, found?.texts, found?.why], [name, null, why]);
  });
