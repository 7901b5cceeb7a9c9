// `cargo fetch` for `--fetch`: the one use of the network, and of the user's own registry caches for writing. It runs over
// copies of the manifests and the lock file alone, in a folder of its own and with the crate's configuration reduced to
// where its registries are: no source, no build script, no wrapper and no toolchain file of the crate is there to be run.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parse, stringify } from 'smol-toml';
import { RustaError } from '../../schemas/errors.ts';
import { run } from '../process.ts';
import { cacheFolder } from '../sandbox/cache.ts';
import { carriedSettings, userCargoHome } from '../sandbox/cargo-home.ts';
import { explainFailure } from './failure.ts';
import { canonical, isTable, type Manifest, Manifests, readText, type Table } from './manifest.ts';
import type { Project } from './types.ts';
import { readWorkspace } from './workspace.ts';

export interface FetchOptions {
  readonly target?: string;
  readonly timeMs?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (line: string) => void;
}

/** A registry behind a slow line; a whole dependency tree is a few tens of MB. */
const defaultTimeMs = 5 * 60_000;
const maxLockBytes = 64 * 1024 * 1024;

/** What of the user's environment tells cargo how to reach the network. */
const networkVariables =
  /^(https?_proxy|all_proxy|no_proxy|ssl_cert_(file|dir)|ssh_auth_sock|cargo_(http|net|registr(y|ies))_.*)$/i;

/**
 * Downloads what the project's dependencies lack on this machine. Resolves to what came, `serde 1.0.228` or the address
 * of a git repository, sorted. Throws RustaError, exit `refused`, when cargo cannot get all of it.
 */
export async function fetchDependencies(project: Project, options: FetchOptions = {}): Promise<string[]> {
  const folder = mkdtempSync(join(scratchFolder(), 'fetch-'));
  try {
    const root = copyManifests(project, folder);
    const came = new Set<string>();
    const onStderrLine = (line: string): void => {
      const crate = /^\s*Downloaded (\S+) v(\S+)/.exec(line);
      const repository = /^\s*Updating git repository `([^`]+)`/.exec(line);
      const what = crate !== null ? `${crate[1]} ${crate[2]}` : repository?.[1];
      if (what === undefined) return;
      came.add(what);
      options.onProgress?.(`Downloaded ${what}`);
    };
    const timeMs = options.timeMs ?? defaultTimeMs;
    const args = ['fetch', ...(options.target === undefined ? [] : ['--target', options.target])];
    const result = await run(project.toolchain.cargo, args, {
      cwd: root,
      env: environment(project),
      timeMs,
      maxBytes: 256 * 1024,
      onStderrLine,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    if (result.code === 0) return [...came].sort();
    const failure = explainFailure({ result, output: result.stderr, script: null, timeMs });
    throw new RustaError(failure.kind === 'needs-network' ? downloadError(result.stderr) : failure.message, {
      code: `fetch-${failure.kind}`,
      op: 'cargo fetch',
      hint: 'is the network there, and does the dependency exist?',
      exit: failure.kind === 'cancelled' ? 'interrupted' : 'refused',
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The workspace's manifests under `folder`, at their own absolute paths below it. Returns its root there. */
function copyManifests(project: Project, folder: string): string {
  const manifests = new Manifests();
  const manifest = manifests.find(project.root);
  if (manifest === null) {
    throw new RustaError(`${project.root} has no Cargo.toml any more`, {
      code: 'missing',
      op: 'cargo fetch',
      exit: 'usage',
    });
  }
  for (const one of readWorkspace(manifest, manifests).manifests) {
    write(join(folder, one.path), stringify(bare(one, folder)));
    if (isTable(one.toml.package)) write(join(folder, one.dir, 'src/lib.rs'), '');
  }
  const root = join(folder, project.root);
  const lock = readText(join(project.root, 'Cargo.lock'), maxLockBytes);
  if (lock !== null) write(join(root, 'Cargo.lock'), lock);
  const config = readText(join(project.root, '.cargo/config.toml'), maxLockBytes);
  if (config !== null) write(join(root, '.cargo/config.toml'), stringify(registriesOf(config, project.root)));
  return root;
}

/** The manifest as far as dependencies go, with paths that hold in the copy. Its only target is an empty library. */
function bare(manifest: Manifest, folder: string): Record<string, unknown> {
  const { lib, bin, test, bench, example, badges, lints, profile, package: own, ...rest } = manifest.toml;
  const toml = moved(rest, manifest.dir, folder) as Record<string, unknown>;
  if (!isTable(own)) return toml;
  const kept = ['name', 'version', 'edition', 'rust-version', 'resolver', 'workspace', 'publish'];
  return { package: Object.fromEntries(Object.entries(own).filter(([key]) => kept.includes(key))), ...toml };
}

/** Every `path` of a dependency, as its canonical folder in the copy. */
function moved(value: unknown, dir: string, folder: string): unknown {
  if (Array.isArray(value)) return value;
  if (!isTable(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (key !== 'path' || typeof inner !== 'string') return [key, moved(inner, dir, folder)];
      const place = resolve(dir, inner);
      return [key, join(folder, canonical(place) ?? place)];
    }),
  );
}

function registriesOf(config: string, root: string): Table {
  try {
    const { source, registries } = carriedSettings(parse(config), join(root, '.cargo')).config;
    return { ...(isTable(source) ? { source } : {}), ...(isTable(registries) ? { registries } : {}) };
  } catch {
    return {}; // cargo says what is wrong with it when it checks the crate
  }
}

function environment(project: Project): Record<string, string> {
  const passed = Object.entries(process.env).filter(([name]) => networkVariables.test(name));
  return {
    ...(Object.fromEntries(passed) as Record<string, string>),
    PATH: `${join(project.toolchain.sysroot, 'bin')}:/usr/local/bin:/usr/bin:/bin`,
    HOME: process.env.HOME ?? '/',
    CARGO_HOME: userCargoHome(),
    CARGO_TERM_COLOR: 'never',
    CARGO_TERM_PROGRESS_WHEN: 'never',
  };
}

function downloadError(stderr: string): string {
  const causes = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && line !== 'Caused by:');
  return (causes.at(-1) ?? 'the download failed').slice(0, 300);
}

function scratchFolder(): string {
  const folder = join(cacheFolder(), 'fetch');
  mkdirSync(folder, { recursive: true });
  return folder;
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
