// Copies of a source tree: a snapshot of the user's tree, and working trees made from it. Never a hard link.
// Paths are byte strings (latin1), so that file names need not be UTF-8. Cargo's freshness rests on the mtimes given here.

import * as fs from 'node:fs';
import { type BigIntStats, constants, copyFileSync } from 'node:fs';
import { RustaError } from '../../schemas/errors.ts';
import type { LeftOut } from './types.ts';

/** A path whose characters are its bytes. */
export type BytePath = string;
export const toBytes = (path: string): BytePath => Buffer.from(path, 'utf8').toString('latin1');
export const fromBytes = (path: BytePath): string => Buffer.from(path, 'latin1').toString('utf8');
const raw = (path: BytePath): Buffer => Buffer.from(path, 'latin1');

/** What stands in a tree, without its content. `stamp` changes whenever the file does. */
export type Entry =
  | { readonly kind: 'file'; readonly stamp: string; readonly mode: number; readonly size: number }
  | { readonly kind: 'folder'; readonly mode: number }
  | { readonly kind: 'special' }
  | { readonly kind: 'link'; readonly target: BytePath };

/** Relative path → entry; folders before what is in them. */
export type Listing = Map<BytePath, Entry>;

/** Bytes and files of a source tree beyond which it is refused rather than copied. */
export const treeBounds: { readonly bytes: number; readonly files: number } = { bytes: 4 * 1024 ** 3, files: 200_000 };

const op = 'mirror';

/** Folders that are not source: git's own, and target folders, which cargo marks. */
function skipped(folder: BytePath, name: BytePath): boolean {
  if (name === '.git') return true;
  return (
    name === 'target' &&
    (fs.existsSync(raw(`${folder}/CACHEDIR.TAG`)) || fs.existsSync(raw(`${folder}/.rustc_info.json`)))
  );
}

export interface ListOptions {
  /** Absolute paths of folders to pass over. */
  readonly skip?: readonly string[];
  /** For our own trees: every entry of whatever kind, and an error for a folder that cannot be read. */
  readonly everything?: boolean;
  /** Filled with what the listing leaves out. */
  readonly leftOut?: LeftOut[];
}

/** Everything in `root`. Throws RustaError when the tree is past `treeBounds`. */
export function list(root: string, options: ListOptions = {}): Listing {
  const listing: Listing = new Map();
  const base = toBytes(root);
  const skips = new Set((options.skip ?? []).map(toBytes));
  let bytes = 0;
  const note = (path: BytePath, why: LeftOut['why']): void =>
    void options.leftOut?.push({ path: fromBytes(path), why });
  const walk = (relative: BytePath): void => {
    for (const item of fs.readdirSync(raw(relative === '' ? base : `${base}/${relative}`), {
      withFileTypes: true,
      encoding: 'buffer',
    })) {
      const name = (item.name as unknown as Buffer).toString('latin1');
      const path = relative === '' ? name : `${relative}/${name}`;
      const absolute = `${base}/${path}`;
      const stat = statOf(absolute);
      if (stat === null) continue;
      if (stat.isDirectory()) {
        if (skips.has(absolute) || (options.everything !== true && skipped(absolute, name))) continue;
        if (options.everything !== true && !readable(absolute, fs.constants.R_OK | fs.constants.X_OK)) {
          note(path, 'unreadable');
          continue;
        }
        listing.set(path, { kind: 'folder', mode: modeOf(stat) });
        walk(path);
      } else if (stat.isSymbolicLink()) {
        const target = fs.readlinkSync(raw(absolute), 'buffer').toString('latin1');
        const inside = options.everything === true ? target : linkInside(base, path, target);
        if (inside === null) note(path, 'link-out-of-tree');
        else listing.set(path, { kind: 'link', target: inside });
      } else if (stat.isFile()) {
        if (!readable(absolute, fs.constants.R_OK)) note(path, 'unreadable');
        bytes += Number(stat.size);
        listing.set(path, { kind: 'file', stamp: stampOf(stat), mode: modeOf(stat), size: Number(stat.size) });
      } else if (options.everything === true) listing.set(path, { kind: 'special' });
      else note(path, 'special-file');
      if (bytes > treeBounds.bytes || listing.size > treeBounds.files) throw tooLarge(root, fromBytes(path));
    }
  };
  walk('');
  return listing;
}

function tooLarge(root: string, at: string): RustaError {
  return new RustaError(
    `${root} is too large to be mirrored (past ${treeBounds.files} files or ${treeBounds.bytes / 1024 ** 3} GiB, at ${at})`,
    {
      code: 'tree-too-large',
      op,
      hint: 'move data that is not source out of the workspace',
      exit: 'refused',
    },
  );
}

function statOf(path: BytePath): BigIntStats | null {
  try {
    return fs.lstatSync(raw(path), { bigint: true });
  } catch {
    return null; // gone since the folder was read
  }
}

function modeOf(stat: BigIntStats): number {
  return Number(stat.mode) & 0o777;
}

/** ctime is in it because no program can set it back. */
function stampOf(stat: BigIntStats): string {
  return `${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}:${stat.ino}`;
}

function readable(path: BytePath, mode: number): boolean {
  try {
    fs.accessSync(raw(path), mode);
    return true;
  } catch {
    return false;
  }
}

/** A link's target, made relative where it was absolute; null when it leads out of the tree, by text. */
function linkInside(base: BytePath, path: BytePath, target: BytePath): BytePath | null {
  const up = path.split('/').length - 1;
  let relative = target;
  if (target.startsWith('/')) {
    if (target !== base && !target.startsWith(`${base}/`)) return null;
    relative = '../'.repeat(up) + target.slice(base.length + 1) || '.';
  }
  let depth = up;
  for (const part of relative.split('/')) {
    if (part === '..') depth--;
    else if (part !== '.' && part !== '') depth++;
    if (depth < 0) return null;
  }
  return relative;
}

/** Times for what is written into mirrors: each later than all before it, and than any build that saw them. */
export class Clock {
  #last: number;

  constructor(last: number) {
    this.#last = last;
  }

  /** Milliseconds since the epoch. */
  get last(): number {
    return this.#last;
  }

  next(): number {
    this.#last = Math.max(Date.now(), this.#last + 1);
    return this.#last;
  }
}

/** Brings the folder `to` to what `from` lists; `have` is what `to` held after the last time. Unchanged content keeps its mtime. */
export function bring(from: string, want: Listing, to: string, have: ReadonlyMap<BytePath, Entry>, clock: Clock): void {
  const source = toBytes(from);
  const target = toBytes(to);
  for (const [path, entry] of [...have].reverse()) {
    const next = want.get(path);
    if (next === undefined || next.kind !== entry.kind)
      fs.rmSync(raw(`${target}/${path}`), { recursive: true, force: true });
  }
  for (const [path, entry] of want) {
    const before = have.get(path);
    if (before !== undefined && same(before, entry)) continue;
    place(`${source}/${path}`, entry, `${target}/${path}`, clock);
  }
}

function same(a: Entry, b: Entry): boolean {
  if (a.kind === 'file' && b.kind === 'file') return a.stamp === b.stamp && a.mode === b.mode;
  if (a.kind === 'link' && b.kind === 'link') return a.target === b.target;
  if (a.kind === 'folder' && b.kind === 'folder') return a.mode === b.mode;
  return a.kind === b.kind;
}

function place(source: BytePath, entry: Entry, target: BytePath, clock: Clock): void {
  if (entry.kind === 'folder') {
    fs.mkdirSync(raw(target), { recursive: true });
    fs.chmodSync(raw(target), entry.mode | 0o700);
    return;
  }
  if (entry.kind === 'special') return;
  if (entry.kind === 'link') {
    fs.rmSync(raw(target), { force: true });
    fs.symlinkSync(raw(entry.target), raw(target));
    return;
  }
  if (!readable(source, fs.constants.R_OK)) {
    // As unreadable inside as it is outside, so that rustc says so rather than that it does not exist.
    fs.rmSync(raw(target), { force: true });
    fs.writeFileSync(raw(target), '', { mode: 0 });
    return;
  }
  if (sameContent(source, target, entry.size)) {
    fs.chmodSync(raw(target), entry.mode | 0o600);
    return;
  }
  fs.rmSync(raw(target), { force: true, recursive: true });
  copyFileSync(raw(source), raw(target), constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  fs.chmodSync(raw(target), entry.mode | 0o600);
  touch(target, clock);
}

/** True when both are regular files of the same bytes; large files are not compared, but copied. */
function sameContent(a: BytePath, b: BytePath, size: number): boolean {
  const stat = statOf(b);
  if (stat === null || !stat.isFile() || Number(stat.size) !== size || size > 8 * 1024 * 1024) return false;
  try {
    return fs.readFileSync(raw(a)).equals(fs.readFileSync(raw(b)));
  } catch {
    return false;
  }
}

function touch(path: BytePath, clock: Clock): void {
  const seconds = clock.next() / 1000;
  fs.utimesSync(raw(path), seconds, seconds);
}

/**
 * Writes `bytes` as a new file at `path` in `tree`, with a fresh mtime. Follows no link at the path itself, and refuses
 * a folder on the way that leads out of the tree: what ran in the tree may have put it there.
 */
export function write(tree: string, path: BytePath, bytes: Uint8Array, mode: number, clock: Clock): void {
  const base = toBytes(tree);
  const at = `${base}/${path}`;
  const parent = at.slice(0, at.lastIndexOf('/'));
  if (path.split('/').includes('..') || path.startsWith('/') || path === '') throw outside(path);
  fs.mkdirSync(raw(parent), { recursive: true });
  const real = fs.realpathSync(raw(parent), 'buffer').toString('latin1');
  const inside = fs.realpathSync(raw(base), 'buffer').toString('latin1');
  if (real !== inside && !real.startsWith(`${inside}/`)) throw outside(path);
  fs.rmSync(raw(at), { force: true, recursive: true });
  fs.writeFileSync(raw(at), bytes, { flag: 'wx', mode: mode | 0o600 });
  touch(at, clock);
}

function outside(path: BytePath): RustaError {
  return new RustaError(`${fromBytes(path)} is not inside the workspace`, {
    code: 'outside-tree',
    op,
    exit: 'refused',
  });
}

/**
 * Puts one entry of `from` back into `to`, whatever stands there, with a fresh mtime; `undefined` means that there is none.
 * A link's file gets a fresh mtime too: cargo looks through links, and would take the old time for no change.
 */
export function restore(from: string, path: BytePath, entry: Entry | undefined, to: string, clock: Clock): void {
  const base = toBytes(to);
  const at = `${base}/${path}`;
  const folderStays = entry?.kind === 'folder' && statOf(at)?.isDirectory() === true;
  if (!folderStays) fs.rmSync(raw(at), { force: true, recursive: true });
  if (entry === undefined) return;
  place(`${toBytes(from)}/${path}`, entry, at, clock);
  if (entry.kind !== 'link') return;
  try {
    const real = fs.realpathSync(raw(at), 'buffer').toString('latin1');
    if (real.startsWith(`${base}/`)) touch(real, clock);
  } catch {
    // a link to nothing
  }
}

/** The entry at `path` of `tree` as it stands now. */
export function entryAt(tree: string, path: BytePath): Entry | undefined {
  const at = `${toBytes(tree)}/${path}`;
  const stat = statOf(at);
  if (stat === null) return undefined;
  if (stat.isDirectory()) return { kind: 'folder', mode: modeOf(stat) };
  if (stat.isSymbolicLink()) return { kind: 'link', target: fs.readlinkSync(raw(at), 'buffer').toString('latin1') };
  if (!stat.isFile()) return { kind: 'special' };
  return { kind: 'file', stamp: stampOf(stat), mode: modeOf(stat), size: Number(stat.size) };
}

/** Paths at which two listings of one tree differ, folders before what is in them. */
export function differences(a: ReadonlyMap<BytePath, Entry>, b: ReadonlyMap<BytePath, Entry>): BytePath[] {
  const paths = [...a.keys()].filter((path) => {
    const other = b.get(path);
    return other === undefined || !same(a.get(path) as Entry, other);
  });
  return [...paths, ...[...b.keys()].filter((path) => !a.has(path))];
}
