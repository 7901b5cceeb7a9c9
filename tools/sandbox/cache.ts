// The cache folder of mirrors and target folders: slots that one run at a time holds, bounded in size, oldest out first.
// Who holds a slot stands in the name of one file in it, changed by rename(2), which only one process can win.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { shortHash } from '../../schemas/hash.ts';

/** Bytes that all slots together may take; the oldest idle ones go first. */
export const cacheBound: number = 10 * 1024 ** 3;

/** Slots of one workspace: more runs at once than this is a mistake, not a use. */
const mostSlots = 64;

/** `$XDG_CACHE_HOME/rusta`, private to the user: what ran in a sandbox may have left set-uid files in it. */
export function cacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME;
  const folder = join(base !== undefined && isAbsolute(base) ? base : join(homedir(), '.cache'), 'rusta');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  return folder;
}

export function slotsFolder(): string {
  const folder = join(cacheFolder(), 'slots');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** A folder that this process alone may use until it gives it back. */
export interface Slot {
  readonly path: string;
  /** Kept between runs where the last one ended in order. */
  readonly used: boolean;
  /** Gives the slot back to the cache. `bytes` is its size for the bound. */
  release(bytes: number): void;
  /** Removes the slot instead, when its content cannot be trusted to be in order. */
  discard(): void;
}

/** The first free slot for `key` (any string that names what is cached), or a new one. */
export function claimSlot(key: string): Slot {
  const slots = slotsFolder();
  for (let n = 0; n < mostSlots; n++) {
    const path = join(slots, `${shortHash(key)}-${n}`);
    let used = true;
    try {
      mkdirSync(path, { mode: 0o700 });
      writeFileSync(join(path, heldBy(self())), '');
      used = false;
    } catch {
      if (!take(path, 'idle')) continue;
    }
    writeFileSync(join(path, 'key'), key);
    return slot(path, used);
  }
  throw new Error(`all ${mostSlots} sandbox slots of this workspace are taken`);
}

function slot(path: string, used: boolean): Slot {
  return {
    path,
    used,
    release(bytes) {
      writeFileSync(join(path, 'size'), String(bytes));
      const now = new Date();
      utimesSync(join(path, heldBy(self())), now, now);
      renameSync(join(path, heldBy(self())), join(path, 'idle'));
    },
    discard: () => remove(path),
  };
}

/** Changes the owner's file of a slot to ours; false when somebody else was faster or holds it. */
function take(path: string, from: string): boolean {
  try {
    renameSync(join(path, from), join(path, heldBy(self())));
    return true;
  } catch {
    return false;
  }
}

/** Out of the way by one rename, so that a half removed slot is never taken for a whole one. */
function remove(path: string): void {
  const trash = join(slotsFolder(), `trash-${process.pid}-${Date.now()}-${Math.random().toString(36).slice(2)}`);
  try {
    renameSync(path, trash);
  } catch {
    return; // somebody else removed it
  }
  removeTree(trash);
}

/** Removes a tree that hostile code may have filled: folders without permissions included. */
export function removeTree(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    openUp(path);
    rmSync(path, { recursive: true, force: true });
  }
}

function openUp(path: string): void {
  try {
    chmodSync(path, 0o700);
    for (const item of readdirSync(path, { withFileTypes: true }))
      if (item.isDirectory()) openUp(join(path, item.name));
  } catch {
    // rmSync will name what cannot be removed
  }
}

/** Removes what runs that died left behind. Never touches a slot whose holder is alive. Returns the slots removed. */
export function sweepSandboxes(): readonly string[] {
  const removed: string[] = [];
  const slots = slotsFolder();
  for (const name of readdirSync(slots)) {
    const path = join(slots, name);
    if (name.startsWith('trash-')) {
      removeTree(path);
      continue;
    }
    const holder = holderOf(path);
    if (holder === 'idle' || (holder !== null && alive(holder))) continue;
    // No file at all: made a moment ago and not yet held, or half removed.
    if (holder === null && Date.now() - (changedAt(path) ?? Date.now()) < 60_000) continue;
    if (holder !== null && !take(path, heldBy(holder))) continue;
    remove(path);
    removed.push(path);
  }
  return removed;
}

/** Removes idle slots, the longest unused first, until all fit into `bound` bytes. Returns the slots removed. */
export function evict(bound: number = cacheBound): readonly string[] {
  const slots = slotsFolder();
  const idle: { path: string; bytes: number; used: number }[] = [];
  let total = 0;
  for (const name of readdirSync(slots)) {
    const path = join(slots, name);
    const bytes = sizeOf(path);
    total += bytes;
    const used = holderOf(path) === 'idle' ? changedAt(join(path, 'idle')) : null;
    if (used !== null) idle.push({ path, bytes, used });
  }
  const removed: string[] = [];
  for (const { path, bytes } of idle.sort((a, b) => a.used - b.used)) {
    if (total <= bound) break;
    if (!take(path, 'idle')) continue;
    remove(path);
    total -= bytes;
    removed.push(path);
  }
  return removed;
}

/** When something was last written, ms since the epoch; null where another run has removed or taken it meanwhile. */
function changedAt(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? null;
}

function sizeOf(path: string): number {
  try {
    return Number(readFileSync(join(path, 'size'), 'utf8')) || 0;
  } catch {
    return 0;
  }
}

/** Removes the idle slots of a workspace: its folder is gone, or nothing of it may be found warm. */
export function dropSlots(root: string): void {
  const slots = slotsFolder();
  for (const name of readdirSync(slots)) {
    const path = join(slots, name);
    try {
      if (!readFileSync(join(path, 'key'), 'utf8').endsWith(`\n${root}`)) continue;
    } catch {
      continue; // being made or removed
    }
    if (take(path, 'idle')) remove(path);
  }
}

interface Holder {
  readonly pid: string;
  /** When the process started, as the kernel counts it: a pid alone may be used again. */
  readonly start: string;
  /** The pid namespace it lives in: a holder in another container cannot be judged from here. */
  readonly space: string;
}

const heldBy = (holder: Holder): string => `held-${holder.pid}-${holder.start}-${holder.space}`;

function holderOf(path: string): Holder | 'idle' | null {
  let names: string[];
  try {
    names = readdirSync(path);
  } catch {
    return null;
  }
  if (names.includes('idle')) return 'idle';
  for (const name of names) {
    const held = /^held-(\d+)-(\w+)-(\w+)$/.exec(name);
    if (held !== null) return { pid: held[1] as string, start: held[2] as string, space: held[3] as string };
  }
  return null;
}

let me: Holder | undefined;
function self(): Holder {
  me ??= { pid: String(process.pid), start: startOf(String(process.pid)) ?? 'unknown', space: pidSpace() };
  return me;
}

function pidSpace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid').replace(/\D/g, '') || 'none';
  } catch {
    return 'none';
  }
}

/** The boot and the kernel's start time of a process; null when there is none, `unknown` where /proc is missing. */
function startOf(pid: string): string | null {
  if (!existsSync('/proc/self/stat')) {
    try {
      process.kill(Number(pid), 0);
      return 'unknown';
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'unknown' : null;
    }
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
    return `${boot}${fields[19]}`; // field 22 of proc(5): starttime
  } catch {
    return null;
  }
}

function alive(holder: Holder): boolean {
  return holder.space !== self().space || startOf(holder.pid) === holder.start;
}
