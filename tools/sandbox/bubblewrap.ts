// From what a run needs to bubblewrap's arguments: a pure list. Starting and watching it is confine.ts.
import { dirname } from 'node:path';

/** What the installed bubblewrap can do, found by probing (probe.ts). */
export interface BubblewrapFeatures {
  readonly version: string;
  /** `--size` for a tmpfs (0.7). */
  readonly size: boolean;
  /** `--unshare-user --disable-userns` work: no further user namespaces inside. */
  readonly sealUsers: boolean;
}

/** Where a path of the host goes, and whether it may be written there. */
export interface Mount {
  readonly from: string;
  readonly to: string;
  readonly writable?: boolean;
}

export interface Confinement {
  readonly features: BubblewrapFeatures;
  /** Of the host's system folders, as `systemMounts()` found them. */
  readonly system: readonly SystemEntry[];
  /** Empty private folders, sized; a folder on disk stands in where `--size` is missing. */
  readonly scratch: readonly { readonly path: string; readonly bytes: number; readonly onDisk: string }[];
  /** Later in the list means deeper or on top. */
  readonly mounts: readonly Mount[];
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Only for fetching dependencies: everything else runs without. */
  readonly network?: boolean;
}

export type SystemEntry =
  | { readonly kind: 'bind'; readonly path: string }
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

/** File descriptors that bubblewrap is given besides the standard three. */
export const descriptors = { args: 3, info: 4, block: 5 } as const;

/** The arguments that go over `descriptors.args`; the command itself follows on the command line. */
export function bubblewrapArguments(run: Confinement): string[] {
  const { features } = run;
  const args = ['--die-with-parent', '--new-session', '--unshare-all'];
  if (run.network === true) args.push('--share-net');
  if (features.sealUsers) args.push('--unshare-user', '--disable-userns');
  args.push('--cap-drop', 'ALL', '--hostname', 'rusta', '--clearenv');
  for (const entry of run.system) {
    if (entry.kind === 'link') args.push('--symlink', entry.target, entry.path);
    else args.push('--ro-bind', entry.path, entry.path);
  }
  args.push('--proc', '/proc', '--dev', '/dev');
  for (const { path, bytes, onDisk } of run.scratch) {
    if (features.size) args.push('--size', String(bytes), '--tmpfs', path);
    else args.push('--bind', onDisk, path);
  }
  for (const { from, to, writable } of run.mounts) args.push(writable === true ? '--bind' : '--ro-bind', from, to);
  // Last of all: what bubblewrap made to hold the mounts is closed. For root inside, an open /proc would be a way
  // out: /proc/sys/kernel/core_pattern belongs to the real root, whose id the sandbox shares when root starts it.
  args.push('--remount-ro', '/proc', '--remount-ro', '/dev', '--remount-ro', '/');
  for (const [name, value] of Object.entries(run.environment)) args.push('--setenv', name, value);
  args.push('--chdir', run.cwd);
  return args;
}

/** Mounts in an order in which none hides another: a folder before what lies in it. */
export function inOrder(mounts: readonly Mount[]): Mount[] {
  return [...mounts].sort((a, b) => depth(a.to) - depth(b.to));
}

function depth(path: string): number {
  return path === dirname(path) ? 0 : path.split('/').length;
}
