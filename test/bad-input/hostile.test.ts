// Code that wants more than to be compiled: build scripts, macros and tests that hang, stay, lie or run elsewhere.
import { existsSync } from 'node:fs';
import { pidsWithEnvironment } from '../../tools/sandbox/proc.ts';
import { assert, test } from '../support/harness.ts';
import { broken, Place, says } from './support.ts';

const needs = ['bubblewrap', 'cargo'] as const;
const buildScript = 'build = "build.rs"\n';
/** In the environment of whatever runs in a sandbox of this file. */
const mark = `RUSTA_TEST_BAD=${process.pid}-${Date.now()}`;
let place: Place;
test.before(() => {
  place = new Place();
  process.env.RUSTA_TEST_BAD = mark.split('=')[1];
});
test.after(() => place.remove());

const nothingIsLeft = (): void =>
  assert.equal(
    pidsWithEnvironment(mark).filter((pid) => pid !== process.pid),
    [],
  );
const marked = ['--env', 'RUSTA_TEST_BAD'] as const;
/** `broken` with two tests: one that reaches it, and one of this body. */
const withTest = (body: string): string =>
  `${broken.split('#[cfg(test)]')[0]}#[test]\nfn good() { assert_eq!(total(&[1]), 1); }\n#[test]\nfn odd() { ${body} }\n`;

test.needs(needs, 'a build script that hangs is ended by --build-time, and named', async () => {
  const script = 'fn main() { loop { std::thread::sleep(std::time::Duration::from_secs(1)) } }\n';
  place.crate('hangs', { 'src/lib.rs': broken, 'build.rs': script }, buildScript);
  const said = await place.fix('hangs', '--build-time', '3s', ...marked);
  says(said, 5, /^refused: the build script of hangs v0\.1\.0 was still running after 3 s; /);
  nothingIsLeft();
});

test.needs(needs, 'a daemon that holds the output of its build script dies with the sandbox', async () => {
  const script = `use std::process::{Command, Stdio};
fn main() {
    Command::new("setsid").args(["sh", "-c", "sleep 300 & sleep 301"]).stdin(Stdio::null()).spawn().unwrap();
}
`;
  place.crate('stays', { 'src/lib.rs': broken, 'build.rs': script }, buildScript);
  says(await place.fix('stays', '--build-time', '3s', ...marked), 5, /^refused: the build script of stays /);
  nothingIsLeft();
});

test.needs(needs, 'a procedural macro that hangs is ended, too', async () => {
  place.write('macros/Cargo.toml', '[workspace]\nmembers = ["mac", "user"]\nresolver = "2"\n');
  const macro = 'use proc_macro::TokenStream;\n#[proc_macro]\npub fn hang(_: TokenStream) -> TokenStream { loop {} }\n';
  place.crate('macros/mac', { 'src/lib.rs': macro }, '[lib]\nproc-macro = true\n');
  place.crate('macros/user', { 'src/lib.rs': 'mac::hang!();\n' }, '[dependencies]\nmac = { path = "../mac" }\n');
  const said = await place.fix('macros', '--build-time', '5s', ...marked);
  says(
    said,
    5,
    /^refused: the build was not done after 5 s; allow more with --build-time; a procedural macro may hang$/,
  );
  nothingIsLeft();
});

test.needs(needs, "a wrapper in the crate's own configuration runs in the sandbox alone", async () => {
  const wrapper = `#!/bin/sh\ntouch ${place.path('ran')} ${place.path('wrapped/ran')} 2>/dev/null\nexec "$@"\n`;
  place.crate('wrapped', { 'src/lib.rs': broken });
  place.write('wrapped/.cargo/config.toml', `[build]\nrustc-wrapper = "${place.path('wrapped/w.sh')}"\n`);
  place.write('wrapped/w.sh', wrapper, 0o755);
  says(await place.fix('wrapped'), 0, /^fixed: /);
  assert.not.ok(existsSync(place.path('ran')));
});

test.needs(needs, 'a wrapper that fails is not taken for a dependency that does', async () => {
  place.crate('fails', { 'src/lib.rs': broken });
  place.write('fails/.cargo/config.toml', `[build]\nrustc-wrapper = "${place.path('fails/w.sh')}"\n`);
  place.write('fails/w.sh', '#!/bin/sh\ncase "$*" in *src/lib.rs*) exit 3;; esac\nexec "$@"\n', 0o755);
  says(
    await place.fix('fails'),
    5,
    /^refused: what compiles fails ended with exit status 3 and said nothing; a wrapper/,
  );
});

test.needs(needs, 'a test that leaves processes behind leaves none', async () => {
  const body = `for _ in 0..3 { std::process::Command::new("sh").args(["-c", "setsid sleep 300 >/dev/null 2>&1 &"]).status().unwrap(); }`;
  place.crate('forks', { 'src/lib.rs': withTest(body) });
  says(await place.fix('forks', ...marked), 0, /^fixed: it compiles and 2 test\(s\) pass/);
  nothingIsLeft();
});

test.needs(needs, 'a test that prints results and ends the process early proves nothing', async () => {
  const lines =
    'test good ... ok\\ntest odd ... ok\\n\\ntest result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out';
  place.crate('lies', { 'src/lib.rs': withTest(`println!("${lines}"); std::process::exit(0)`) });
  says(await place.fix('lies', '--apply', '--budget', '3'), 3, /^partial: test odd did not prove itself/);
});

test.needs(needs, 'a test that hangs is ended by --test-time', async () => {
  place.crate('waits', { 'src/lib.rs': withTest('loop { std::thread::park() }') });
  says(
    await place.fix('waits', '--test-time', '2s', '--apply', '--budget', '3', ...marked),
    3,
    /^partial: test odd does not end/,
  );
  nothingIsLeft();
});
