// Fetching what is missing: over manifests alone, so that nothing of the crate runs. The "network" is a git repository on disk.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { RustaError } from '../../../schemas/errors.ts';
import { check } from '../../../tools/cargo/check.ts';
import { fetchDependencies } from '../../../tools/cargo/fetch.ts';
import { locate } from '../../../tools/cargo/project.ts';
import { run } from '../../../tools/process.ts';
import { assert, test } from '../../support/harness.ts';
import { cleanUp, closeBenches, manifest, open, scratch, tree } from './support.ts';

test.after(cleanUp);
process.env.CARGO_HOME = join(scratch, 'cargo-home');
// A repository that is not there is asked for once, not four times.
process.env.CARGO_NET_RETRY = '0';

const mark = join(scratch, 'something-ran');

async function repository(name: string): Promise<string> {
  const dir = tree(name, { 'Cargo.toml': manifest(name), 'src/lib.rs': '' });
  const git = ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'commit.gpgsign=false'];
  for (const args of [
    ['init', '-q'],
    ['add', '.'],
    [...git, 'commit', '-qm', 'one'],
  ]) {
    const result = await run('git', args, { cwd: dir });
    if (result.code !== 0) throw new Error(result.stderr);
  }
  return dir;
}

/** A crate that would run code wherever cargo lets it, with a member, and a path dependency that has one of its own. */
function hostile(url: string): string {
  return tree('hostile', {
    'main/Cargo.toml': `${manifest('main', 'build = "build.rs"\nlinks = "x"\n')}[workspace]\nmembers = ["member"]\n[[bin]]\nname = "b"\npath = "b.rs"\n[dependencies]\nouter = { path = "../outer" }\n`,
    'main/build.rs': `fn main() { std::fs::write("${mark}", "").unwrap(); }`,
    'main/b.rs': 'fn main() {}',
    'main/rust-toolchain.toml': '[toolchain]\nchannel = "stable"\n',
    'main/.cargo/config.toml': `[build]\nrustc-wrapper = "${join(scratch, 'hostile/main/wrap.sh')}"\nrustc = "./wrap.sh"\n[alias]\nfetch = "run"\n[registries.own]\nindex = "sparse+https://registry.invalid/"\n`,
    'main/wrap.sh': `#!/bin/sh\ntouch ${mark}\n`,
    'main/member/Cargo.toml': manifest('member', `[dependencies]\nfar = { git = "${url}" }\n`),
    'main/member/src/lib.rs': '',
    'outer/Cargo.toml': manifest('outer'),
    'outer/src/lib.rs': '',
  });
}

test.needs(
  'cargo',
  'what is missing is downloaded and named; nothing of the crate runs, nothing is written into it',
  async () => {
    const url = `file://${await repository('far')}`;
    const dir = join(hostile(url), 'main');
    const before = readdirSync(dir, { recursive: true });
    const project = await locate(dir);
    const lines: string[] = [];
    assert.equal(await fetchDependencies(project, { onProgress: (line) => lines.push(line) }), [url]);
    assert.equal(lines, [`Downloaded ${url}`]);
    assert.is(readdirSync(join(scratch, 'cargo-home/git/checkouts')).length, 1);
    assert.equal(readdirSync(dir, { recursive: true }), before);
    assert.is(existsSync(mark), false);
    assert.equal(readdirSync(join(scratch, 'cache/rusta/fetch')), []);
  },
);

test.needs(['cargo', 'bubblewrap'], 'what was fetched is all that a check without network needs', async () => {
  const url = `file://${await repository('near')}`;
  const dir = tree('plain', {
    'Cargo.toml': manifest('plain', `[dependencies]\nnear = { git = "${url}" }\n`),
    'src/lib.rs': 'pub fn f() { near::absent() }\n',
  });
  const before = await open(dir);
  const missing = await check(before.worker, before.project, { scope: 'all', timeMs: 60_000 });
  assert.is(missing.failure?.kind, 'needs-network', JSON.stringify(missing.failure));
  await closeBenches();
  await fetchDependencies(before.project);
  const after = await open(dir);
  const found = await check(after.worker, after.project, { scope: 'all', timeMs: 60_000 });
  assert.equal(
    found.diagnostics.map((one) => one.code),
    ['E0425'],
    JSON.stringify(found.failure),
  );
});

test.needs('cargo', 'what cannot be had is one line', async () => {
  const dir = tree('gone', {
    'Cargo.toml': manifest('gone', `[dependencies]\nnot = { git = "file://${scratch}/no-repository" }\n`),
    'src/lib.rs': '',
  });
  const error = await fetchDependencies(await locate(dir)).then(
    () => assert.unreachable('it was fetched') as never,
    (thrown: unknown) => thrown,
  );
  assert.instance(error, RustaError);
  const { message, exit } = error as RustaError;
  assert.is(exit, 'refused');
  assert.match(message, /no-repository/);
  assert.not.match(message, /\n/);
});
