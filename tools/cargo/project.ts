// From what the user named (a folder, a manifest, a .rs file) to the project it means. Reads files only: no cargo,
// rustc or rustup runs in the crate's folder. At a workspace's root all default members are meant, not the root package
// alone; in a member's folder, that member. A .rs file inside a crate means the crate; any other is wrapped.
import { lstatSync, statSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { RustaError } from '../../schemas/errors.ts';
import { findToolchain } from '../sandbox/toolchain.ts';
import { wrapFile } from './lone-file.ts';
import { canonical, isTable, lockOfOne, type Manifest, Manifests } from './manifest.ts';
import type { Package, Project, ProjectOptions } from './types.ts';
import { readWorkspace, type Workspace } from './workspace.ts';

const op = 'project';

/** Editions that a manifest or `--edition` may name. */
export const editions = ['2015', '2018', '2021', '2024'] as const;

/** Throws RustaError, exit `usage`, for what is no project or cannot be read; see findToolchain for the toolchain. */
export async function locate(path: string, options: ProjectOptions = {}): Promise<Project> {
  if (options.edition !== undefined && !editions.some((edition) => edition === options.edition)) {
    throw refuse('edition-unknown', `edition ${options.edition} does not exist`, `one of ${editions.join(', ')}`);
  }
  const asked = canonical(path);
  if (asked === null) throw missing(path);
  const manifests = new Manifests();
  const manifest = manifestFor(asked, manifests);
  if (manifest === null) return locateFile(asked, options);
  const workspace = readWorkspace(manifest, manifests);
  const lock = workspace.members.length === 1 ? lockOfOne(workspace.root) : null;
  return {
    kind: 'crate',
    root: workspace.root.dir,
    asked,
    packages: choose(workspace, manifest, options.package),
    pathDependencies: workspace.outside,
    ...(lock === null ? {} : { lock }),
    toolchain: await findToolchain(workspace.root.dir, options.toolchain),
  };
}

async function locateFile(asked: string, options: ProjectOptions): Promise<Project> {
  if (options.package !== undefined) {
    throw refuse('not-a-crate', `${asked} is a file of its own: it has no package ${options.package}`, 'leave out -p');
  }
  const toolchain = await findToolchain(dirname(asked), options.toolchain);
  const wrapped = await wrapFile(asked, options.edition ?? '2021');
  return {
    kind: 'file',
    root: wrapped.root,
    asked,
    file: { path: asked, inside: wrapped.inside },
    packages: [wrapped.package],
    pathDependencies: [],
    ...(wrapped.lock === null ? {} : { lock: wrapped.lock }),
    toolchain,
  };
}

/** The manifest that a canonical path means; null for a lone .rs file. */
function manifestFor(asked: string, manifests: Manifests): Manifest | null {
  const stat = statSync(asked);
  if (stat.isDirectory()) {
    const manifest = nearest(asked, manifests, () => true);
    if (manifest !== null) return manifest;
    throw refuse(
      'not-a-crate',
      `${asked} is not a crate: neither it nor a folder above it holds a Cargo.toml`,
      'name a crate, a workspace or a .rs file',
    );
  }
  if (basename(asked) === 'Cargo.toml') {
    const manifest = manifests.find(dirname(asked));
    if (manifest !== null) return manifest;
  }
  if (!stat.isFile() || extname(asked) !== '.rs') {
    throw refuse(
      'not-a-crate',
      `${asked} is no folder, no Cargo.toml and no .rs file`,
      'name a crate, a workspace or a .rs file',
    );
  }
  // A workspace without a package of its own above a file does not make the file part of a crate.
  return nearest(dirname(asked), manifests, (manifest) => isTable(manifest.toml.package));
}

function nearest(from: string, manifests: Manifests, fits: (manifest: Manifest) => boolean): Manifest | null {
  for (let dir = from; ; dir = dirname(dir)) {
    const manifest = manifests.find(dir);
    if (manifest !== null && fits(manifest)) return manifest;
    if (dir === dirname(dir)) return null;
  }
}

function choose(workspace: Workspace, manifest: Manifest, name: string | undefined): readonly Package[] {
  const { root, members, defaults } = workspace;
  const names = members.map((member) => member.name).join(', ');
  if (name !== undefined) {
    const member = members.find((one) => one.name === name);
    if (member !== undefined) return [member];
    throw refuse('package-unknown', `package ${name} is not in the workspace ${root.dir}`, `its packages: ${names}`);
  }
  if (manifest.dir !== root.dir) {
    const member = members.find((one) => join(root.dir, one.dir) === manifest.dir);
    if (member !== undefined) return [member];
    throw refuse(
      'member-outside',
      `${manifest.dir} belongs to the workspace ${root.dir} but lies outside its folder`,
      'only packages in the folder of their workspace are repaired',
    );
  }
  if (defaults.length > 0) return defaults;
  throw refuse('no-packages', `the workspace ${root.dir} has no packages`, 'list some in workspace.members');
}

function missing(path: string): RustaError {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()
    ? refuse('dangling-link', `${path} is a symbolic link to nothing`, 'name the file or folder itself')
    : refuse('missing', `${path} does not exist`, 'name a crate, a workspace or a .rs file');
}

function refuse(code: string, message: string, hint: string): RustaError {
  return new RustaError(message, { code, op, hint, exit: 'usage' });
}
