import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RustaError } from '../../../schemas/errors.ts';
import { findToolchain } from '../../../tools/sandbox/toolchain.ts';
import { assert, test } from '../../support/harness.ts';

const triple = `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-${process.platform === 'darwin' ? 'apple-darwin' : 'unknown-linux-gnu'}`;

// Toolchains are stood in for by scripts: what is tested is which one is chosen, and that nothing else runs.
let base: string;
let project: string;
const kept = { ...process.env };

function install(name: string, body = `printf 'rustc 1.2.3 (${name})\\nhost: x86_64-unknown-linux-gnu\\n'`): void {
  const bin = join(base, 'rustup/toolchains', name, 'bin');
  mkdirSync(bin, { recursive: true });
  for (const program of ['rustc', 'cargo']) writeFileSync(join(bin, program), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
}

test.before.each(() => {
  base = mkdtempSync(join(tmpdir(), 'rusta-toolchain-'));
  project = join(base, 'work/project');
  mkdirSync(project, { recursive: true });
  process.env.RUSTUP_HOME = join(base, 'rustup');
  delete process.env.RUSTUP_TOOLCHAIN;
  install(`stable-${triple}`);
  install(`nightly-${triple}`);
  install(`1.80.2-${triple}`);
  install(`1.80.10-${triple}`);
  writeFileSync(
    join(base, 'rustup/settings.toml'),
    `default_toolchain = "stable-${triple}"\nversion = "12"\n\n[overrides]\n`,
  );
});

test.after.each(() => {
  process.env = { ...kept };
  rmSync(base, { recursive: true });
});

const nameOf = async (asked?: string): Promise<string> => (await findToolchain(project, asked)).name;

async function refusal(text: string, file = 'rust-toolchain.toml'): Promise<RustaError> {
  writeFileSync(join(project, file), text);
  try {
    await findToolchain(project);
  } catch (error) {
    assert.instance(error, RustaError);
    return error as RustaError;
  }
  throw new Error('it was accepted');
}

test("without a pin it is the user's default", async () => {
  assert.is(await nameOf(), `stable-${triple}`);
  assert.match((await findToolchain(project)).version, /^rustc 1\.2\.3 \(stable/);
});

test('a pinned channel is found by its short name, in the new form and in the old one', async () => {
  writeFileSync(join(project, 'rust-toolchain.toml'), '[toolchain]\nchannel = "nightly"\n');
  assert.is(await nameOf(), `nightly-${triple}`);
  rmSync(join(project, 'rust-toolchain.toml'));
  writeFileSync(join(project, 'rust-toolchain'), 'nightly\n');
  assert.is(await nameOf(), `nightly-${triple}`);
});

test('a pin of a folder above counts, as it does for rustup', async () => {
  writeFileSync(join(base, 'work/rust-toolchain.toml'), '[toolchain]\nchannel = "nightly"\n');
  assert.is(await nameOf(), `nightly-${triple}`);
});

test('a minor version means its newest patch release', async () => {
  writeFileSync(join(project, 'rust-toolchain.toml'), '[toolchain]\nchannel = "1.80"\n');
  assert.is(await nameOf(), `1.80.10-${triple}`);
});

test('+toolchain comes before RUSTUP_TOOLCHAIN, which comes before the pin', async () => {
  writeFileSync(join(project, 'rust-toolchain.toml'), '[toolchain]\nchannel = "1.80"\n');
  process.env.RUSTUP_TOOLCHAIN = 'nightly';
  assert.is(await nameOf(), `nightly-${triple}`);
  assert.is(await nameOf('+stable'), `stable-${triple}`);
});

test('a toolchain that is not installed is named, with the command that installs it', async () => {
  const error = await refusal('[toolchain]\nchannel = "1.20.0"\n');
  assert.is(error.exit, 'toolchain');
  assert.match(error.message, /1\.20\.0.*rust-toolchain\.toml.*is not installed/);
  assert.is(error.hint, 'rustup toolchain install 1.20.0');
});

test('a pin by path is refused by name: it would run a compiler of the project', async () => {
  const error = await refusal('[toolchain]\npath = "./evil"\n');
  assert.is(error.exit, 'refused');
  assert.match(error.message, /toolchain\.path/);
});

test('a channel that climbs out of the toolchains folder is refused', async () => {
  assert.is((await refusal('[toolchain]\nchannel = "../../work/project/evil"\n')).exit, 'refused');
  assert.is((await refusal('/tmp/evil', 'rust-toolchain')).exit, 'refused');
});

test('a pin that is not TOML is named', async () => {
  const error = await refusal('[toolchain\nchannel');
  assert.match(error.message, /rust-toolchain\.toml is not TOML/);
});

test('without rustup, a compiler in the project or at a relative path on PATH is never taken', async () => {
  process.env.RUSTUP_HOME = join(base, 'none');
  mkdirSync(join(project, 'bin'));
  writeFileSync(join(project, 'bin/rustc'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
  process.env.PATH = `${join(project, 'bin')}:.:bin`;
  try {
    await findToolchain(project);
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /no Rust toolchain found/);
  }
});

test('the compiler runs in / without the variables that would change it', async () => {
  install(`stable-${triple}`, `printf 'rustc 1 (%s %s)\\nhost: x\\n' "$PWD" "$RUSTC_WRAPPER"`);
  process.env.RUSTC_WRAPPER = 'wrapper';
  assert.match((await findToolchain(project)).version, /^rustc 1 \(\/ \)/);
});
