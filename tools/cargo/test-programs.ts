// The programs that `cargo test --no-run` built, and the environment that cargo would start them in. Running them and
// judging their tests is tests.ts's work.
import { existsSync } from 'node:fs';
import { delimiter, join, relative } from 'node:path';
import type { CargoTarget } from '../../schemas/types.ts';
import type { Worker } from '../sandbox/types.ts';
import { at, isTable, type Manifest, Manifests, packageKey, strings } from './manifest.ts';
import type { Artifact, CargoRun } from './run-cargo.ts';
import type { Project } from './types.ts';

export interface TestProgram {
  readonly target: CargoTarget;
  readonly path: string;
  /** Folder of its package, relative to the workspace root: where cargo starts it. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** False for `harness = false`: it prints whatever it likes. */
  readonly harness: boolean;
}

/** The test programs of a build, in the order of their packages and names: cargo's own order is that of finishing. */
export function testPrograms(worker: Worker, project: Project, run: CargoRun): TestProgram[] {
  const manifests = new Manifests();
  const root = manifests.find(project.root);
  const found = new Map<string, TestProgram>();
  for (const artifact of run.artifacts) {
    const { target, executable, manifestDir } = artifact;
    if (!artifact.test || executable === null || target.kind === 'bench') continue;
    const cwd = relative(worker.root, manifestDir);
    // The manifest is read from the user's tree: inside a trusted worker's tree it is the same.
    const manifest = manifests.find(join(project.root, cwd));
    if (manifest === null || root === null) continue;
    found.set(executable, {
      target,
      path: executable,
      cwd,
      env: {
        ...packageEnvironment(manifest, root, manifestDir),
        ...run.scriptEnv.get(manifestDir),
        ...programPaths(run.artifacts, manifestDir),
        ...libraryPath(worker, project),
        CARGO: project.toolchain.cargo,
      },
      harness: hasHarness(manifest, target),
    });
  }
  const key = ({ target }: TestProgram): string => `${target.package} ${target.kind} ${target.name}`;
  return [...found.values()].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** What cargo sets for a package's own programs (Cargo book, "Environment variables cargo sets for crates"). */
export function packageEnvironment(manifest: Manifest, root: Manifest, dir: string): Record<string, string> {
  const text = (key: string): string => {
    const value = packageKey(manifest, root, key);
    return typeof value === 'string' ? value : '';
  };
  const version = text('version') || '0.0.0';
  const [, major = '', minor = '', patch = '', pre = ''] = /^(\d+)\.(\d+)\.(\d+)(?:-([^+]*))?/.exec(version) ?? [];
  const readme = ['README.md', 'README.txt', 'README'].find((name) => existsSync(join(manifest.dir, name))) ?? '';
  return {
    CARGO_MANIFEST_DIR: dir,
    CARGO_MANIFEST_PATH: join(dir, 'Cargo.toml'),
    CARGO_PKG_NAME: text('name'),
    CARGO_PKG_VERSION: version,
    CARGO_PKG_VERSION_MAJOR: major,
    CARGO_PKG_VERSION_MINOR: minor,
    CARGO_PKG_VERSION_PATCH: patch,
    CARGO_PKG_VERSION_PRE: pre,
    CARGO_PKG_AUTHORS: strings(packageKey(manifest, root, 'authors')).join(':'),
    CARGO_PKG_DESCRIPTION: text('description'),
    CARGO_PKG_HOMEPAGE: text('homepage'),
    CARGO_PKG_REPOSITORY: text('repository'),
    CARGO_PKG_LICENSE: text('license'),
    CARGO_PKG_LICENSE_FILE: text('license-file'),
    CARGO_PKG_RUST_VERSION: text('rust-version'),
    CARGO_PKG_README: text('readme') || readme,
  };
}

/** `CARGO_BIN_EXE_name` for each binary of the same package. */
function programPaths(artifacts: readonly Artifact[], manifestDir: string): Record<string, string> {
  const binaries = artifacts.filter((one) => one.manifestDir === manifestDir && one.target.kind === 'bin' && !one.test);
  return Object.fromEntries(binaries.map((one) => [`CARGO_BIN_EXE_${one.target.name}`, one.executable ?? '']));
}

/** Where the loader finds what tests of procedural macros and of dynamic libraries link to. */
function libraryPath(worker: Worker, project: Project): Record<string, string> {
  const { sysroot, host } = project.toolchain;
  const name = process.platform === 'darwin' ? 'DYLD_FALLBACK_LIBRARY_PATH' : 'LD_LIBRARY_PATH';
  const folders = [
    join(worker.target, 'debug/deps'),
    join(worker.target, 'debug'),
    join(sysroot, 'lib/rustlib', host, 'lib'),
    join(sysroot, 'lib'),
  ];
  return { [name]: folders.join(delimiter) };
}

function hasHarness(manifest: Manifest, target: CargoTarget): boolean {
  const { toml } = manifest;
  if (target.kind === 'lib' || target.kind === 'proc-macro') return at(toml, 'lib', 'harness') !== false;
  const tables = target.kind === 'bin' || target.kind === 'test' || target.kind === 'example' ? toml[target.kind] : [];
  const own = Array.isArray(tables) ? tables.find((table) => isTable(table) && table.name === target.name) : undefined;
  return at(own, 'harness') !== false;
}
