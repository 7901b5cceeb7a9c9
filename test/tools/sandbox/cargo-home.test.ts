import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { cargoHome, carriedSettings } from '../../../tools/sandbox/cargo-home.ts';
import { assert, test } from '../../support/harness.ts';

/** Without the parser's own prototypes. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const carried = (toml: string) => carriedSettings(parse(toml), '/home/u/.cargo');

test('source replacement, linkers, targets and flags are carried', () => {
  const toml = `
[source.crates-io]
replace-with = "mirror"
[source.mirror]
registry = "sparse+https://mirror.invalid/"
[registries.own]
index = "sparse+https://own.invalid/"
[target.x86_64-unknown-linux-gnu]
linker = "clang"
rustflags = ["-Clink-arg=-fuse-ld=mold"]
[build]
target = "x86_64-unknown-linux-gnu"
rustflags = ["-Cdebuginfo=0"]
`;
  const { config, paths } = carried(toml);
  assert.equal(plain(config), plain(parse(toml)));
  assert.equal(paths, []);
});

test('nothing is carried that runs a program, holds a secret or changes what is built', () => {
  const toml = `
paths = ["/override"]
[build]
rustc = "evil"
rustc-wrapper = "sccache"
rustc-workspace-wrapper = "evil"
rustdoc = "evil"
target-dir = "/elsewhere"
[target.x86_64-unknown-linux-gnu]
runner = "evil"
[registries.own]
token = "secret"
credential-provider = "evil"
[registry]
token = "secret"
[credential-alias]
x = "evil"
[env]
SECRET = "1"
[alias]
check = "evil"
[net]
git-fetch-with-cli = true
`;
  const { config } = carried(toml);
  assert.equal(config, {});
});

test('paths are made absolute as cargo reads them, and are named so that they can be mounted', () => {
  const { config, paths } = carried(`
[source.vendored]
directory = "vendor"
[target.x86_64-unknown-linux-gnu]
linker = ".cargo/bin/ld"
ar = "/opt/ar"
`);
  assert.equal(paths, ['/home/u/vendor', '/home/u/.cargo/bin/ld', '/opt/ar']);
  assert.equal(config, {
    source: { vendored: { directory: '/home/u/vendor' } },
    target: { 'x86_64-unknown-linux-gnu': { linker: '/home/u/.cargo/bin/ld', ar: '/opt/ar' } },
  });
});

test('of the folder itself, the caches alone are seen: no credentials, no programs', () => {
  const kept = process.env.CARGO_HOME;
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'rusta-cargo-home-')));
  try {
    process.env.CARGO_HOME = home;
    for (const folder of ['registry', 'git', 'bin']) mkdirSync(join(home, folder));
    writeFileSync(join(home, 'credentials.toml'), '[registry]\ntoken = "secret"\n');
    writeFileSync(join(home, 'config.toml'), '[build]\nrustc-wrapper = "sccache"\n');
    const { mounts, config } = cargoHome();
    assert.equal(
      mounts.map(({ to }) => to),
      [join(home, 'registry'), join(home, 'git')],
    );
    assert.is(config.trim(), '');
    writeFileSync(join(home, 'config.toml'), '[build\n');
    assert.throws(cargoHome, /config\.toml is not TOML/);
  } finally {
    if (kept === undefined) delete process.env.CARGO_HOME;
    else process.env.CARGO_HOME = kept;
    rmSync(home, { recursive: true });
  }
});
