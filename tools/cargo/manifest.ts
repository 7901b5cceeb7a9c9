// Cargo.toml files read as data: parsing, and the few facts asked of them. Which packages make a workspace is
// workspace.ts's work. Nothing is started here.
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import { RustaError, type RustaErrorDetail } from '../../schemas/errors.ts';

const op = 'project';

/** Bytes of a Cargo.toml past which it is refused; the largest on crates.io are a hundredth of it. */
const maxManifestBytes = 4 * 1024 * 1024;

export type Table = Readonly<Record<string, unknown>>;

export interface Manifest {
  /** Absolute path of the Cargo.toml. */
  readonly path: string;
  readonly dir: string;
  readonly toml: Table;
}

/** Reads each Cargo.toml at most once. */
export class Manifests {
  private readonly read = new Map<string, Manifest | null>();

  /** The manifest in `dir`; null when there is none. Throws RustaError for one that cannot be used. */
  find(dir: string): Manifest | null {
    let manifest = this.read.get(dir);
    if (manifest === undefined) {
      manifest = readManifest(join(dir, 'Cargo.toml'));
      this.read.set(dir, manifest);
    }
    return manifest;
  }
}

function readManifest(path: string): Manifest | null {
  const text = readText(path, maxManifestBytes);
  if (text === null) return null;
  const dir = dirname(path);
  if (realpathSync(path) !== join(realpathSync(dir), 'Cargo.toml')) {
    throw new RustaError(`${path} is a symbolic link`, {
      code: 'manifest-link',
      op,
      hint: `put the manifest itself there; it points to ${realpathSync(path)}`,
      exit: 'refused',
    });
  }
  try {
    return { path, dir, toml: parse(text) as Table };
  } catch (cause) {
    const [message, line] =
      cause instanceof TomlError ? [cause.message.split('\n', 1)[0] as string, cause.line] : [String(cause), 1];
    throw brokenManifest(path, message.replace(/^Invalid TOML document: /, ''), { line, cause });
  }
}

/** What is wrong with a manifest, and where. */
export function brokenManifest(
  path: string,
  what: string,
  more: { readonly line?: number; readonly hint?: string; readonly cause?: unknown } = {},
): RustaError {
  const detail: RustaErrorDetail = { code: 'manifest-broken', op, exit: 'refused', cause: more.cause };
  if (more.hint !== undefined) detail.hint = more.hint;
  return new RustaError(`${path}${more.line === undefined ? '' : `:${more.line}`}: ${what}`, detail);
}

/**
 * A file's text; null when there is no such file. Throws RustaError for what is no plain file, cannot be read, is
 * larger than `maxBytes`, or is not UTF-8.
 */
export function readText(path: string, maxBytes: number): string | null {
  const refuse = (code: string, what: string, cause?: unknown): RustaError =>
    new RustaError(`${path} ${what}`, { code, op, exit: 'usage', cause });
  let bytes: Buffer;
  try {
    const stat = statSync(path);
    if (!stat.isFile()) throw refuse('not-a-file', 'is not a plain file');
    if (stat.size > maxBytes) throw refuse('file-too-large', `is larger than ${maxBytes} bytes`);
    bytes = readFileSync(path);
  } catch (cause) {
    if (cause instanceof RustaError) throw cause;
    const errno = (cause as NodeJS.ErrnoException).code;
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return null;
    throw refuse('unreadable', `cannot be read: ${errno ?? cause}`, cause);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw refuse('not-utf8', 'is not UTF-8', cause);
  }
}

export function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `value[a][b]…` where each is a table; undefined otherwise. */
export function at(value: unknown, ...keys: readonly string[]): unknown {
  let found = value;
  for (const key of keys) found = isTable(found) ? found[key] : undefined;
  return found;
}

export function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/** Whether the package has a library target. */
export function hasLibrary(manifest: Manifest): boolean {
  if (isTable(manifest.toml.lib)) return true;
  if (at(manifest.toml, 'package', 'autolib') === false) return false;
  return statSync(join(manifest.dir, 'src/lib.rs'), { throwIfNoEntry: false })?.isFile() ?? false;
}

/** A key of `[package]`, taken from the workspace where the package says `key.workspace = true`. */
export function packageKey(manifest: Manifest, root: Manifest, key: string): unknown {
  const own = at(manifest.toml, 'package', key);
  return at(own, 'workspace') === true ? at(root.toml, 'workspace', 'package', key) : own;
}

/** Folders of the package's own path dependencies, those that it takes from the workspace too; they may not exist. */
export function ownPathDependencies(manifest: Manifest, root: Manifest): string[] {
  const folders = dependencyGroups(manifest).flatMap((group) =>
    Object.entries(group).flatMap(([name, dependency]) => {
      const shared = at(dependency, 'workspace') === true;
      const path = shared ? at(root.toml, 'workspace', 'dependencies', name, 'path') : at(dependency, 'path');
      return typeof path === 'string' ? resolve(shared ? root.dir : manifest.dir, path) : [];
    }),
  );
  return [...new Set(folders)];
}

/** Every folder that the manifest names as a path dependency, for the workspace and in patches too. */
export function pathDependencies(manifest: Manifest): string[] {
  const { toml } = manifest;
  const shared = [
    at(toml, 'workspace', 'dependencies'),
    toml.replace,
    ...(isTable(toml.patch) ? Object.values(toml.patch) : []),
  ];
  const folders = [...dependencyGroups(manifest), ...shared.filter(isTable)]
    .flatMap((group) => Object.values(group))
    .map((dependency) => at(dependency, 'path'))
    .filter((path) => typeof path === 'string');
  return [...new Set(folders)].map((path) => resolve(manifest.dir, path));
}

/** The tables of the manifest in which a package names its dependencies, those for some targets only among them. */
function dependencyGroups({ toml }: Manifest): Table[] {
  const targets = isTable(toml.target) ? Object.values(toml.target) : [];
  return [toml, ...targets].flatMap((table) => dependencyTables.map((name) => at(table, name))).filter(isTable);
}

const dependencyTables = [
  'dependencies',
  'dev-dependencies',
  'dev_dependencies',
  'build-dependencies',
  'build_dependencies',
];

/** Whether anything in the manifest is taken from a workspace (`version.workspace = true`). */
export function inherits(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(inherits);
  return isTable(value) && (value.workspace === true || Object.values(value).some(inherits));
}

/**
 * The Cargo.lock of a package that depends on nothing and stands alone, which needs no cargo to resolve it; null where
 * one does.
 */
export function lockOfOne(manifest: Manifest): string | null {
  const { toml } = manifest;
  const [name, version = '0.0.0'] = [at(toml, 'package', 'name'), at(toml, 'package', 'version')];
  const named = [name, version].every((text) => typeof text === 'string' && /^[\w.+-]+$/.test(text));
  const more = [toml.patch, toml.replace, toml.workspace, ...dependencyGroups(manifest)];
  if (!named || more.some((table) => isTable(table) && Object.keys(table).length > 0)) return null;
  // As cargo writes it: a lock file that reads otherwise is not current, and cargo stops where it may not write. Version 3
  // is what cargo has read since 1.53; it does not turn it into a later one by itself.
  const head =
    '# This file is automatically @generated by Cargo.\n# It is not intended for manual editing.\nversion = 3\n';
  return `${head}\n[[package]]\nname = "${name}"\nversion = "${version}"\n`;
}

/** Whether `path` is `folder` or lies in it. */
export function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** The path without symbolic links; null when there is nothing. */
export function canonical(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}
