// Which packages make a workspace, by cargo's own rules, and which folders outside it they need. Reads files only.
// The rules are those of cargo/src/cargo/core/workspace.rs (1.95): find_root, find_path_deps, is_excluded.
import { homedir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { escapePath, globSync } from 'tinyglobby';
import { RustaError } from '../../schemas/errors.ts';
import {
  at,
  brokenManifest,
  canonical,
  hasLibrary,
  inherits,
  isInside,
  isTable,
  type Manifest,
  type Manifests,
  ownPathDependencies,
  packageKey,
  pathDependencies,
  strings,
} from './manifest.ts';
import type { Package } from './types.ts';

export interface Workspace {
  readonly root: Manifest;
  /** Members in the root's folder, sorted by folder; a member outside it is a path dependency. */
  readonly members: readonly Package[];
  /** The members that a command in the root's folder means: `default-members`, else all. */
  readonly defaults: readonly Package[];
  /** Folders that have to be readable outside the root: of packages, and of workspaces that these inherit from. */
  readonly outside: readonly string[];
}

/** The workspace that `manifest` belongs to; a package outside any is its own. Throws RustaError as cargo would. */
export function readWorkspace(manifest: Manifest, manifests: Manifests): Workspace {
  if (!isTable(manifest.toml.package) && !isTable(manifest.toml.workspace)) {
    throw brokenManifest(manifest.path, 'neither a [package] nor a [workspace] table');
  }
  const root = findRoot(manifest, manifests);
  const found = memberManifests(root, manifests);
  if (manifest !== root && !found.has(manifest.dir)) {
    throw brokenManifest(
      manifest.path,
      `the package believes that it is in the workspace of ${root.path}, which does not list it`,
      {
        hint: 'add it to workspace.members or workspace.exclude there, or an empty [workspace] table here',
      },
    );
  }
  const inside = [...found.values()].filter((member) => isInside(member.dir, root.dir));
  const members = inside.map((member) => describe(member, root)).sort((a, b) => (a.dir < b.dir ? -1 : 1));
  return { root, members, defaults: defaultMembers(root, members), outside: outsideFolders(root, found, manifests) };
}

function findRoot(manifest: Manifest, manifests: Manifests): Manifest {
  if (isTable(manifest.toml.workspace)) return manifest;
  const pointer = at(manifest.toml, 'package', 'workspace');
  if (typeof pointer === 'string') {
    const dir = resolve(manifest.dir, pointer);
    const root = manifests.find(canonical(dir) ?? dir);
    if (root !== null && isTable(root.toml.workspace)) return root;
    throw brokenManifest(manifest.path, `package.workspace names ${dir}, which is no workspace`);
  }
  for (let dir = dirname(manifest.dir); ; dir = dirname(dir)) {
    const above = manifests.find(dir);
    if (above !== null && isTable(above.toml.workspace) && !isExcluded(manifest.dir, above)) return above;
    if (dir === dirname(dir)) return manifest;
  }
}

function isExcluded(dir: string, root: Manifest): boolean {
  const listed = (key: string): boolean =>
    strings(at(root.toml, 'workspace', key)).some((path) => isInside(dir, resolve(root.dir, path)));
  return listed('exclude') && !listed('members');
}

/** Members by folder: the root package, what `members` lists, and their path dependencies under the root. */
function memberManifests(root: Manifest, manifests: Manifests): Map<string, Manifest> {
  const members = new Map<string, Manifest>();
  const visit = (dir: string, listed: boolean): void => {
    const place = canonical(dir) ?? dir;
    if (members.has(place) || isExcluded(place, root)) return;
    if (!listed && !isInside(place, root.dir)) return;
    const manifest = manifests.find(place);
    if (manifest === null) {
      if (!listed) return; // a dependency that is missing is for cargo to name: it may not be needed
      throw brokenManifest(root.path, `workspace member ${dir} has no Cargo.toml`);
    }
    if (!isTable(manifest.toml.package)) return;
    members.set(place, manifest);
    for (const dependency of ownPathDependencies(manifest, root)) visit(dependency, false);
  };
  visit(root.dir, true);
  for (const dir of expand(strings(at(root.toml, 'workspace', 'members')), root)) visit(dir, true);
  return members;
}

/** Folders that a list of paths and globs means. A glob passes over what has no manifest, as cargo's does. */
function expand(patterns: readonly string[], root: Manifest): string[] {
  return patterns.flatMap((pattern) => {
    if (!/[*?[]/.test(pattern)) return [resolve(root.dir, pattern)];
    const options = { cwd: root.dir, absolute: true, dot: true, expandDirectories: false, followSymbolicLinks: true };
    const trimmed = pattern.replace(/\/+$/, '').replace(/[{}()!]/g, (special) => escapePath(special));
    return globSync(`${trimmed}/Cargo.toml`, options).map(dirname).sort();
  });
}

function defaultMembers(root: Manifest, members: readonly Package[]): readonly Package[] {
  const listed = at(root.toml, 'workspace', 'default-members');
  if (!Array.isArray(listed)) return members;
  const folders = new Set(expand(strings(listed), root).map((dir) => relative(root.dir, canonical(dir) ?? dir)));
  return members.filter((member) => folders.has(member.dir));
}

function describe(manifest: Manifest, root: Manifest): Package {
  const name = at(manifest.toml, 'package', 'name');
  if (typeof name !== 'string') throw brokenManifest(manifest.path, 'package.name is missing or not a string');
  const edition = packageKey(manifest, root, 'edition') ?? '2015';
  if (typeof edition !== 'string') throw brokenManifest(manifest.path, 'package.edition is not a string');
  return { name, dir: relative(root.dir, manifest.dir), edition, lib: hasLibrary(manifest) };
}

/**
 * The folders outside the root that cargo reads, none inside another: of packages, found recursively, and of a workspace
 * that one of them inherits from. Only a folder with a manifest counts: no manifest can open any other part of the file
 * system to the code under repair.
 */
function outsideFolders(root: Manifest, members: ReadonlyMap<string, Manifest>, manifests: Manifests): string[] {
  const reached = new Set<string>();
  const queue = [root, ...members.values()];
  for (let manifest = queue.shift(); manifest !== undefined; manifest = queue.shift()) {
    if (reached.has(manifest.dir)) continue;
    reached.add(manifest.dir);
    if (!isInside(manifest.dir, root.dir)) {
      checkFolder(manifest.dir, root);
      if (inherits(manifest.toml)) queue.push(findRoot(manifest, manifests));
    }
    for (const folder of pathDependencies(manifest)) {
      const dependency = manifests.find(canonical(folder) ?? folder);
      if (dependency !== null && isTable(dependency.toml.package)) queue.push(dependency);
    }
  }
  const all = [...reached].filter((dir) => !isInside(dir, root.dir)).sort();
  return all.filter((dir) => !all.some((other) => other !== dir && isInside(dir, other)));
}

/** The user's home, and what holds it, is never opened, even where somebody has put a Cargo.toml into it. */
function checkFolder(dir: string, root: Manifest): void {
  const home = canonical(homedir()) ?? homedir();
  if (!isInside(home, dir)) return;
  throw new RustaError(`${root.path} depends on a package in ${dir}, which would open the home folder to its code`, {
    code: 'dependency-too-wide',
    op: 'project',
    hint: `move that package into a folder of its own, such as ${join(dir, 'crates')}`,
    exit: 'refused',
  });
}
