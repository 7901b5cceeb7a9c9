// Fetching what is missing from a registry that this file serves, without the crate's configuration being obeyed.
import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { RustaError } from '../../../schemas/errors.ts';
import { sha256 } from '../../../schemas/hash.ts';
import { check } from '../../../tools/cargo/check.ts';
import { fetchDependencies } from '../../../tools/cargo/fetch.ts';
import { run } from '../../../tools/process.ts';
import { assert, test } from '../../support/harness.ts';
import { cleanUp, closeBenches, manifest, open, scratch, tree } from './support.ts';

const needs = ['cargo', 'bubblewrap'] as const;
const mark = join(scratch, 'something-ran');
let server: Server;
let registry = '';

process.env.CARGO_HOME = join(scratch, 'cargo-home');
// What is not there is asked for once, not four times.
process.env.CARGO_NET_RETRY = '0';

/** A sparse registry with one crate, `near` 1.2.3 (cargo book, "Registry index"). */
test.before(async () => {
  const parent = tree('packed', {
    'near-1.2.3/Cargo.toml': manifest('near'),
    'near-1.2.3/src/lib.rs': 'pub fn f() {}\n',
  });
  const packed = await run('tar', ['-czf', 'near.crate', 'near-1.2.3'], { cwd: parent });
  assert.is(packed.code, 0, packed.stderr);
  const bytes = readFileSync(join(parent, 'near.crate'));
  const entry = { name: 'near', vers: '1.2.3', deps: [], cksum: sha256(bytes), features: {}, yanked: false };
  const answers: Readonly<Record<string, string | Uint8Array>> = {
    '/ne/ar/near': `${JSON.stringify(entry)}\n`,
    '/dl/near/1.2.3/download': bytes,
  };
  server = createServer(({ url = '' }, response) => {
    const answer = url === '/config.json' ? JSON.stringify({ dl: `${registry}dl` }) : answers[url];
    response.writeHead(answer === undefined ? 404 : 200).end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});

test.after.each(closeBenches);
test.after(() => server.close());
test.after(cleanUp);

/** The crate's own word on where its dependencies come from. */
function source(): string {
  return `[source.crates-io]\nreplace-with = "ours"\n[source.ours]\nregistry = "sparse+${registry}"\n`;
}

test.needs(
  needs,
  'what is missing comes and is named, and is then all that a check without network needs',
  async () => {
    const dir = tree('plain', {
      'Cargo.toml': manifest('plain', '[dependencies]\nnear = "1"\n'),
      'src/lib.rs': 'pub fn f() { near::absent() }\n',
      '.cargo/config.toml': source(),
    });
    const before = readdirSync(dir, { recursive: true });
    const { project, worker } = await open(dir);
    const missing = await check(worker, project, { scope: 'all', timeMs: 60_000 });
    assert.equal([missing.ok, missing.failure?.kind], [false, 'needs-network'], JSON.stringify(missing.failure));
    assert.match(missing.failure?.hint ?? '', '--fetch');

    const lines: string[] = [];
    assert.equal(await fetchDependencies(worker, project, { onProgress: (line) => lines.push(line) }), ['near 1.2.3']);
    assert.equal(lines, ['Downloaded near 1.2.3']);
    const found = await check(worker, project, { scope: 'all', timeMs: 60_000 });
    const errors = found.diagnostics.filter((one) => one.level === 'error').map((one) => one.code);
    assert.equal(errors, ['E0425'], JSON.stringify(found.failure));
    assert.equal(await fetchDependencies(worker, project), []);
    assert.equal(readdirSync(dir, { recursive: true }), before);
  },
);

test.needs(needs, 'nothing of the crate runs', async () => {
  const wrap = '[build]\nrustc-wrapper = "./wrap.sh"\nrustc = "./wrap.sh"\n[alias]\nfetch = "run"\n';
  const dir = tree('hostile', {
    'Cargo.toml': manifest('hostile', 'build = "build.rs"\n[dependencies]\nnear = "1"\n'),
    'build.rs': `fn main() { std::fs::write("${mark}", "").unwrap(); }`,
    'src/main.rs': 'fn main() {}',
    '.cargo/config.toml': wrap + source(),
    'wrap.sh': `#!/bin/sh\ntouch ${mark}\ntouch ${join(scratch, 'hostile/target/ran')}\nexec "$@"\n`,
  });
  chmodSync(join(dir, 'wrap.sh'), 0o755);
  const { project, worker } = await open(dir);
  // Without network, the wrapper may run: it did while the workspace got its lock file.
  const ran = join(dir, 'target/ran');
  assert.is((await worker.exec(['rm', ran], {})).code, 0);
  await fetchDependencies(worker, project);
  assert.is.not((await worker.exec(['test', '-e', ran], {})).code, 0);
  assert.is(existsSync(mark), false);
});

test.needs(needs, 'what cannot be had is one line', async () => {
  const dir = tree('gone', {
    'Cargo.toml': manifest('gone', '[dependencies]\nno-such-crate = "1"\n'),
    'src/lib.rs': '',
    '.cargo/config.toml': source(),
  });
  const { project, worker } = await open(dir);
  const error = await fetchDependencies(worker, project).then(
    () => assert.unreachable('it was fetched') as never,
    (thrown: unknown) => thrown,
  );
  assert.instance(error, RustaError);
  const { message, exit } = error as RustaError;
  assert.is(exit, 'refused');
  assert.match(message, /no-such-crate/);
  assert.not.match(message, /\n/);
});
