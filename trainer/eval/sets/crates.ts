// The crates that faults are put into: fetched by cargo through one lock file, read from its registry, and reduced to what
// builds alone: sources, tests, and a manifest without dependencies or build script.
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify, type TomlTable } from 'smol-toml';
import { isPermissive } from '../../../datasets/licences.ts';
import { RustaError } from '../../../schemas/errors.ts';
import { shortHash } from '../../../schemas/hash.ts';
import { run } from '../../../tools/process.ts';
import { cacheFolder } from '../../../tools/sandbox/cache.ts';
import { findToolchain } from '../../../tools/sandbox/toolchain.ts';
import { readTree, type Texts } from '../layout.ts';

export interface SourceCrate {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  /** Sources, tests and the reduced manifest; null where it cannot be used. */
  readonly texts: Texts | null;
  /** Why it cannot. */
  readonly why: string | null;
}

/** The list that the repository keeps. */
export const evaluationManifest: string = fileURLToPath(
  new URL('../../../datasets/evaluation/Cargo.toml', import.meta.url),
);

/** Bytes of a file beside the sources that is copied: something that `include_str!` may name. */
const mostBytes = 200_000;

interface Metadata {
  readonly packages: readonly {
    readonly name: string;
    readonly version: string;
    readonly license: string | null;
    readonly manifest_path: string;
    readonly dependencies: readonly {
      readonly kind: string | null;
      readonly optional: boolean;
      readonly name: string;
    }[];
  }[];
}

/** Fetches what `manifest` (with Cargo.lock beside it) lists. Throws RustaError when cargo cannot fetch all of it. */
export async function sourceCrates(manifest: string, signal: AbortSignal): Promise<SourceCrate[]> {
  const text = await readFile(manifest, 'utf8').catch(() => {
    throw new RustaError(`${manifest} cannot be read`, { code: 'no-crates', op: 'faults', exit: 'usage' });
  });
  const listed = parse(text);
  const licences = table(table(table(listed.package).metadata).licences);
  // A package needs a target, and cargo a folder that it may write to.
  const folder = join(cacheFolder(), 'eval-crates', shortHash(text));
  await mkdir(join(folder, 'src'), { recursive: true });
  for (const name of ['Cargo.toml', 'Cargo.lock']) await cp(join(dirname(manifest), name), join(folder, name));
  await writeFile(join(folder, 'src/lib.rs'), '');
  const { cargo } = await findToolchain(null);
  const done = await run(cargo, ['metadata', '--locked', '--format-version', '1'], {
    cwd: folder,
    timeMs: 600_000,
    signal,
  });
  if (done.code !== 0) {
    const said =
      done.stderr
        .trim()
        .split('\n')
        .find((line) => line.startsWith('error')) ?? `exit ${done.code}`;
    const hint = 'cargo fetches them once; then no network is needed';
    throw new RustaError(`the crates cannot be fetched: ${said}`, {
      code: 'not-fetched',
      op: 'faults',
      hint,
      exit: 'refused',
    });
  }
  const { packages } = JSON.parse(done.stdout) as Metadata;
  const names = Object.keys(table(listed.dependencies));
  return Promise.all(
    names.map((name) =>
      sourceCrate(
        packages.find((one) => one.name === name),
        name,
        licences[name],
      ),
    ),
  );
}

async function sourceCrate(
  found: Metadata['packages'][number] | undefined,
  name: string,
  licence: unknown,
): Promise<SourceCrate> {
  if (found === undefined) return { name, version: '', licence: '', texts: null, why: 'cargo does not list it' };
  const about = { name, version: found.version, licence: found.license ?? '' };
  const unusable = (why: string): SourceCrate => ({ ...about, texts: null, why });
  if (found.license !== licence) return unusable(`its licence is ${found.license}, the list says ${licence}`);
  if (!isPermissive(about.licence)) return unusable(`its licence is not permissive: ${about.licence}`);
  const needed = found.dependencies.find(({ kind, optional }) => kind === null && !optional);
  if (needed !== undefined) return unusable(`it needs ${needed.name}`);
  const root = dirname(found.manifest_path);
  const all = await readTree(root);
  const manifest = parse(Buffer.from(all.get('Cargo.toml') ?? []).toString('utf8'));
  const texts = new Map(
    [...all].filter(
      ([path, bytes]) =>
        !/^(benches|examples|fuzz|target|\.)|^Cargo\.|^build\.rs$/.test(path) &&
        (path.endsWith('.rs') || bytes.length <= mostBytes),
    ),
  );
  texts.set('Cargo.toml', Buffer.from(reducedManifest(manifest)));
  return { ...about, texts, why: null };
}

/** A manifest of the library alone: no dependency, no build script, and the features that need none. */
export function reducedManifest(manifest: TomlTable): string {
  const { name, version, edition = '2015', license } = table(manifest.package);
  const { path, name: libName } = table(manifest.lib);
  const features = aloneFeatures(table(manifest.features));
  const lib = { ...(path === undefined ? {} : { path }), ...(libName === undefined ? {} : { name: libName }) };
  return stringify({
    package: {
      name,
      version,
      edition,
      ...(license === undefined ? {} : { license }),
      build: false,
      autobenches: false,
      autoexamples: false,
    },
    lib,
    features,
    workspace: {},
  } as TomlTable);
}

/** Every feature by name, since sources ask for them, and without what switches on a dependency. */
function aloneFeatures(own: TomlTable): Record<string, string[]> {
  const entries = (name: string): string[] => (Array.isArray(own[name]) ? own[name].map(String) : []);
  const alone = new Map<string, boolean>();
  const isAlone = (name: string): boolean => {
    if (!alone.has(name)) {
      alone.set(name, true); // a circle of features needs nothing by itself
      // `crate/feature` asks for more of a dependency that something else switches on.
      const needs = (entry: string): boolean => !entry.includes('/') && (!Object.hasOwn(own, entry) || !isAlone(entry));
      alone.set(name, !entries(name).some(needs));
    }
    return alone.get(name) as boolean;
  };
  return Object.fromEntries(
    Object.keys(own).map((name) => [
      name,
      entries(name).filter((entry) => Object.hasOwn(own, entry) && isAlone(entry)),
    ]),
  );
}

function table(value: unknown): TomlTable {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as TomlTable) : {};
}
