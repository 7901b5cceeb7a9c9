// Checking a crate in the sandbox: what each scope covers, a unit without cargo, and failures told in one line.
import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Diagnostic } from '../../../schemas/types.ts';
import { check } from '../../../tools/cargo/check.ts';
import type { CheckResult, Project } from '../../../tools/cargo/types.ts';
import { unitFor } from '../../../tools/cargo/units.ts';
import { assert, test } from '../../support/harness.ts';
import { cleanUp, closeBenches, manifest, open, overlay, scratch, tree } from './support.ts';

const needs = ['cargo', 'bubblewrap'] as const;
const timeMs = 60_000;

test.after.each(closeBenches);
test.after(cleanUp);

function errors(result: CheckResult): (string | null)[][] {
  const found = result.diagnostics.filter((one: Diagnostic) => one.level === 'error');
  return found.map((one) => [one.code, one.spans[0]?.file ?? null]);
}

const library = {
  'Cargo.toml': manifest('lib-crate', '[lints.rust]\nunused_variables = "warn"\n'),
  'src/lib.rs': 'pub fn f() -> u8 { 1 }\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn t() { let x: u8 = "no"; }\n}\n',
  'src/main.rs': 'fn main() { let y = 1; }\n',
  'tests/it.rs': '#[test]\nfn t() { let z: u8 = lib_crate::f; }\n',
  'benches/b.rs': '#![feature(test)]\nfn main() {}\n',
};

test.needs(
  needs,
  'all: libraries, binaries, unit tests and integration tests, each error once, warnings after errors',
  async () => {
    const { project, worker } = await open(tree('all é', library));
    const lines: string[] = [];
    const result = await check(worker, project, { scope: 'all', timeMs, onProgress: (line) => lines.push(line) });
    assert.equal([result.ok, result.failure, result.cargoRuns], [false, null, 1]);
    assert.equal(errors(result), [
      ['E0308', 'src/lib.rs'],
      ['E0308', 'tests/it.rs'],
    ]);
    const warnings = result.diagnostics.slice(2).map((one) => [one.level, one.code, one.class, one.spans[0]?.file]);
    assert.equal(warnings, [['warning', 'unused_variables', 'lint', 'src/main.rs']]);
    assert.ok(lines.includes('Checking lib-crate v1.2.3'), lines.join());
  },
);

test.needs(needs, 'wide: benches too, so that a nightly-only one shows there alone', async () => {
  const { project, worker } = await open(tree('all é', library));
  assert.equal(
    errors(await check(worker, project, { scope: 'wide', timeMs })).map(([code, file]) => `${code} ${file}`),
    ['E0554 benches/b.rs', 'E0308 src/lib.rs', 'E0308 tests/it.rs'],
  );
});

test.needs(
  needs,
  'unit: rustc alone on one unit says what cargo says of it, and cargo notices nothing of it',
  async () => {
    const { project, worker } = await open(tree('all é', library));
    const all = await check(worker, project, { scope: 'all', timeMs });
    const lib = { package: 'lib-crate', name: 'lib_crate', kind: 'lib' } as const;
    const unit = unitFor(all.units, lib) ?? assert.unreachable('the library was compiled, so its unit is known');
    assert.is(unit?.test, true);
    const before = await check(worker, project, { scope: 'unit', unit: unit as never, timeMs });
    assert.equal([before.ok, before.cargoRuns, errors(before)], [false, 0, [['E0308', 'src/lib.rs']]]);
    assert.equal(
      before.diagnostics.map((one) => one.id),
      all.diagnostics.filter((one) => one.spans[0]?.file === 'src/lib.rs').map((one) => one.id),
    );

    await worker.show(overlay({ 'src/lib.rs': library['src/lib.rs'].replace('"no"', '1') }));
    const after = await check(worker, project, { scope: 'unit', unit: unit as never, timeMs });
    assert.equal([after.ok, errors(after), after.failure], [true, [], null]);
    assert.equal(errors(await check(worker, project, { scope: 'all', timeMs })), [['E0308', 'tests/it.rs']]);
  },
);

test.needs(
  needs,
  'a unit sees the environment that cargo gives: package variables and what a build script set',
  async () => {
    const dir = tree('environment', {
      'Cargo.toml': manifest('environment', 'description = """two\nlines, it\'s `quoted`!"""\n'),
      'build.rs': 'fn main() { println!("cargo:rustc-env=GIVEN=a b"); println!("Running `fake --crate-name x`"); }',
      'src/main.rs':
        'const A: &str = env!("CARGO_PKG_DESCRIPTION");\nconst B: &str = env!("GIVEN");\nfn main() { let x: u8 = A; let y: u8 = B; }\n',
    });
    const { project, worker } = await open(dir);
    const all = await check(worker, project, { scope: 'all', timeMs });
    assert.is(errors(all).length, 2);
    const unit = unitFor(all.units, { package: 'environment', name: 'environment', kind: 'bin' });
    const alone = await check(worker, project, { scope: 'unit', unit: unit as never, timeMs });
    assert.equal(
      alone.diagnostics.map((one) => one.id),
      all.diagnostics.map((one) => one.id),
    );
  },
);

test.needs(needs, 'a workspace: errors by package, root causes first, members outside -p left alone', async () => {
  const files = {
    'Cargo.toml': '[workspace]\nmembers = ["a", "b"]\nresolver = "2"\n',
    'a/Cargo.toml': manifest('a', '[features]\nextra = []\n'),
    'a/src/lib.rs': '#[cfg(feature = "extra")]\npub fn broken() -> u8 { "x" }\n',
    'b/Cargo.toml': manifest('b', '[dependencies]\na = { path = "../a" }\n'),
    'b/src/main.rs': 'fn main() { a::gone(); }\n',
  };
  const dir = tree('several', files);
  const whole = await open(dir);
  const found = await check(whole.worker, whole.project, { scope: 'all', timeMs });
  assert.equal(
    found.diagnostics.map((one) => [one.code, one.target, one.spans[0]?.file]),
    [['E0425', { package: 'b', name: 'b', kind: 'bin' }, 'b/src/main.rs']],
  );
  const one = await open(dir, { package: 'a' });
  assert.is((await check(one.worker, one.project, { scope: 'all', timeMs })).ok, true);
  const extra = await check(one.worker, one.project, { scope: 'all', timeMs, features: ['extra'] });
  assert.equal(errors(extra), [['E0308', 'a/src/lib.rs']]);
});

test.needs(
  needs,
  'a rustc-wrapper in the crate runs inside the sandbox only, and leaves no unit to repeat',
  async () => {
    const mark = join(scratch, 'wrapper-ran');
    const dir = tree('wrapped', {
      'Cargo.toml': manifest('wrapped'),
      'src/lib.rs': 'pub fn f() -> u8 { "x" }\n',
      '.cargo/config.toml': '[build]\nrustc-wrapper = "./wrap.sh"\n',
      'wrap.sh': `#!/bin/sh\ntouch ${mark}\nexec "$@"\n`,
    });
    chmodSync(join(dir, 'wrap.sh'), 0o755);
    const { project, worker } = await open(dir);
    const result = await check(worker, project, { scope: 'all', timeMs });
    assert.equal(errors(result), [['E0308', 'src/lib.rs']]);
    assert.equal(result.units, []);
    assert.is(existsSync(mark), false);
  },
);

const failing: readonly {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly timeMs?: number;
  readonly kind: NonNullable<CheckResult['failure']>['kind'];
  readonly says: RegExp;
}[] = [
  {
    name: 'a dependency that is not on this machine',
    files: { 'Cargo.toml': manifest('far', '[dependencies]\nno-such-crate-rusta = "1"\n'), 'src/lib.rs': '' },
    kind: 'needs-network',
    says: /^the dependency no-such-crate-rusta is not on this machine$/,
  },
  {
    name: 'a manifest that only cargo finds fault with',
    files: { 'Cargo.toml': manifest('odd', '[dependencies]\nx = { path = "missing" }\n'), 'src/lib.rs': '' },
    kind: 'manifest',
    says: /missing\/Cargo\.toml/,
  },
  {
    name: 'a build script that fails',
    files: {
      'Cargo.toml': manifest('script'),
      'build.rs': 'fn main() { panic!("no compiler for C") }',
      'src/lib.rs': '',
    },
    kind: 'build-script',
    says: /^the build script of script v1\.2\.3 failed: .*no compiler for C/,
  },
  {
    name: 'a build script that hangs',
    files: {
      'Cargo.toml': manifest('hang'),
      'build.rs': 'fn main() { loop { std::thread::park() } }',
      'src/lib.rs': '',
    },
    timeMs: 4000,
    kind: 'build-script',
    says: /^the build script of hang v1\.2\.3 was still running after 4 s$/,
  },
  {
    name: 'a compiler that the manifest finds too old',
    files: { 'Cargo.toml': manifest('newer', 'rust-version = "1.999"\n'), 'src/lib.rs': '' },
    kind: 'toolchain',
    says: /^the toolchain is too old/,
  },
];

for (const { name, files, kind, says, timeMs: limit } of failing) {
  test.needs(needs, `${name}: ${kind}`, async () => {
    const { project, worker } = await open(tree(`failing ${name}`, files));
    const { ok, failure, diagnostics } = await check(worker, project, { scope: 'all', timeMs: limit ?? timeMs });
    assert.equal([ok, failure?.kind, diagnostics], [false, kind, []], JSON.stringify(failure));
    assert.match(failure?.message ?? '', says);
    assert.not.match(failure?.message ?? '', /\n/);
  });
}

test.needs(needs, 'a procedural macro that ends the compiler is told from an error', async () => {
  const dir = tree('deadly', {
    'Cargo.toml': manifest('deadly', '[dependencies]\nmac = { path = "mac" }\n'),
    'src/lib.rs': 'mac::die!();\n',
    'mac/Cargo.toml': manifest('mac', '[lib]\nproc-macro = true\n'),
    'mac/src/lib.rs':
      'use proc_macro::TokenStream;\n#[proc_macro]\npub fn die(_: TokenStream) -> TokenStream { std::process::abort() }\n',
  });
  const { project, worker } = await open(dir);
  const { failure } = await check(worker, project, { scope: 'all', timeMs });
  assert.is(failure?.message, 'the compiler was ended by SIGABRT while it compiled deadly');
});

test.needs(needs, 'cancelling ends the check at once', async () => {
  const { project, worker } = await open(tree('failing a build script that hangs', {}));
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 1000);
  const result = await check(worker, project, { scope: 'all', timeMs, signal: stop.signal });
  assert.equal([result.ok, result.failure?.kind], [false, 'cancelled']);
  assert.ok(result.ms < 10_000);
});

test.needs(
  needs,
  'a crate inside the one that it depends on, as fuzz targets are, is checked in its place',
  async () => {
    const dir = tree('parent', {
      'Cargo.toml': manifest('parent'),
      'src/lib.rs': 'pub fn one() -> u8 { 1 }\n',
      'fuzz/Cargo.toml': manifest('fuzz', '[dependencies]\nparent = { path = ".." }\n[workspace]\n'),
      'fuzz/src/main.rs': 'fn main() { let _: u16 = parent::one(); }\n',
    });
    const { project, worker } = await open(join(dir, 'fuzz'));
    assert.equal(project.pathDependencies, [dir]);
    const broken = await check(worker, project, { scope: 'all', timeMs });
    assert.equal(
      broken.diagnostics.map(({ code, spans }) => [code, spans[0]?.file]),
      [['E0308', 'src/main.rs']],
    );
    await worker.show(overlay({ 'src/main.rs': 'fn main() { let _: u8 = parent::one(); }\n' }));
    assert.ok((await check(worker, project, { scope: 'all', timeMs })).ok);
    assert.is.not((await worker.exec(['touch', join(dir, 'src/new.rs')], { writableTree: true })).code, 0);
  },
);

test.needs([...needs, 'clippy'], "lints are clippy's, too, where it is installed", async () => {
  const dir = tree('lint', {
    'Cargo.toml': manifest('lint'),
    'src/lib.rs': 'pub fn f(v: &[u8]) -> bool { let mut x = 1; x == v.len() || v.len() == 0 }\n',
  });
  const { project, worker } = await open(dir);
  const codes = async (one: Project): Promise<unknown> =>
    (await check(worker, one, { scope: 'lints', timeMs })).diagnostics.map(({ code, class: kind }) => [code, kind]);
  assert.equal(await codes(project), [
    ['unused_mut', 'lint'],
    ['clippy::len_zero', 'lint'],
  ]);
  const bare = { ...project, toolchain: { ...project.toolchain, sysroot: join(dir, 'a-sysroot-without-clippy') } };
  assert.equal(await codes(bare), [['unused_mut', 'lint']]);
});
