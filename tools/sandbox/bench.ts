// Opens the workers of a run over one workspace: a snapshot of the user's tree, a mirror and a target folder for each worker.
// What one worker does is worker.ts's; how mirrors are written, mirror.ts's and tree.ts's.
import { existsSync, mkdirSync, readFileSync, realpathSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { RustaError } from '../../schemas/errors.ts';
import { cacheFolder, claimSlot, evict, removeTree, type Slot, sweepSandboxes } from './cache.ts';
import { userCargoHome } from './cargo-home.ts';
import { diskFloor } from './limits.ts';
import { type BytePath, bring, Clock, type Entry, type Listing, list } from './mirror.ts';
import { seedTarget } from './seed.ts';
import type { Snapshot } from './tree.ts';
import type { Bench, BenchSpec, LeftOut, Worker } from './types.ts';
import { type Ground, SandboxWorker } from './worker.ts';

const op = 'sandbox';

/** Changes whenever slots of an older version must not be used again. */
const slotVersion = 1;

/** What a slot remembers between runs. */
interface SlotState {
  /** The user's tree as it was copied into the snapshot. */
  readonly source: [BytePath, Entry][];
  /** Cargo.lock was made by us: the user's tree has none. */
  readonly ownLock: boolean;
  /** For each worker's tree, the snapshot's listing when it was last brought up to date. */
  readonly trees: [BytePath, Entry][][];
  readonly clock: number;
}

/**
 * Takes a slot of the cache for `spec.root` and brings its snapshot up to date with the user's tree.
 * Throws RustaError (exit `refused`) for a root or a path dependency that must not be opened to hostile code.
 */
export async function openBench(spec: BenchSpec): Promise<Bench> {
  checkRoot(spec.root);
  const dependencies = spec.pathDependencies.map((path) => checkDependency(path, spec));
  sweepSandboxes();
  evict();
  checkRoom(cacheFolder());
  const slot = claimSlot(`${slotVersion}\n${spec.isolation.kind}\n${spec.root}`);
  const release = atExit(() => slot.discard());
  try {
    return await openIn(slot, { ...spec, pathDependencies: dependencies }, release);
  } catch (error) {
    release();
    slot.discard();
    throw error;
  }
}

async function openIn(slot: Slot, spec: BenchSpec, release: () => void): Promise<Bench> {
  const state = slot.used ? readState(slot) : null;
  const snapshotPath = join(slot.path, 'snapshot');
  if (state === null) for (const part of ['snapshot', 'w0', 'w1', 'w2', 'w3']) removeTree(join(slot.path, part));
  mkdirSync(snapshotPath, { recursive: true });
  const clock = new Clock(Math.max(state?.clock ?? 0, Date.now()));
  const leftOut: LeftOut[] = [];
  const skip = spec.seedTarget === null ? [] : [spec.seedTarget];
  const source = list(spec.root, { skip, leftOut });
  if (source.size === 0) throw new RustaError(`${spec.root} is empty`, { code: 'tree-empty', op, exit: 'usage' });
  const before = new Map(state?.source);
  const manifestsChanged =
    state === null ||
    [...source, ...before].some(([path]) => isManifest(path) && !sameStamp(source.get(path), before.get(path)));
  // A lock file of our own stays until the manifests change.
  const ownLock = !source.has('Cargo.lock') && state?.ownLock === true && !manifestsChanged;
  bring(spec.root, source, snapshotPath, before, clock);
  const lock = join(snapshotPath, 'Cargo.lock');
  if (!ownLock && !source.has('Cargo.lock')) {
    removeTree(lock);
    if (spec.lock !== undefined) writeFileSync(lock, spec.lock);
  }

  const snapshot: Snapshot = { path: snapshotPath, listing: list(snapshotPath, { everything: true }) };
  const ground: Ground = {
    spec,
    snapshot,
    clock,
    slot: slot.path,
    targetInside: targetInside(spec, source),
    lean: leanBuild(spec, source),
  };
  const trees: [BytePath, Entry][][] = [...(state?.trees ?? [])];
  const workers = new Map<number, Promise<SandboxWorker>>();
  let madeLock = ownLock || (spec.lock !== undefined && !source.has('Cargo.lock'));
  // Whether the lock file that is there is current, the first run of cargo finds out. Trusted, each run could make one.
  const needsLock = manifestsChanged && (spec.isolation.kind === 'trust' || !snapshot.listing.has('Cargo.lock'));

  const openWorker = async (index: number): Promise<SandboxWorker> => {
    const folder = join(slot.path, `w${index}`);
    const target = join(folder, 'target');
    const cold = !existsSync(target);
    mkdirSync(target, { recursive: true });
    const first = index === 0 ? undefined : await at(0);
    let bytes = readBytes(folder);
    if (cold && first !== undefined) bytes += await seedTarget(join(first.folder, 'target'), target, true);
    else if (cold && spec.seedTarget !== null) bytes += await seedTarget(spec.seedTarget, target);
    const worker = new SandboxWorker(index, folder, ground, new Map(trees[index] ?? []), bytes);
    if (index === 0 && needsLock) madeLock = (await worker.createLock()) || madeLock;
    return worker;
  };
  const at = (index: number): Promise<SandboxWorker> => {
    let worker = workers.get(index);
    if (worker === undefined) {
      worker = openWorker(index);
      workers.set(index, worker);
    }
    return worker;
  };

  let closing: Promise<void> | undefined;
  /** Puts every tree back and measures it; false when the slot is not fit to be used again. */
  const settle = async (): Promise<boolean> => {
    let bytes = 0;
    for (const [index, opening] of workers) {
      const worker = await opening.catch(() => null);
      const size = worker === null ? null : await worker.close();
      if (worker === null || size === null) return false;
      bytes += size;
      writeFileSync(join(worker.folder, 'size'), String(size));
      trees[index] = [...snapshot.listing];
    }
    writeState(slot, { source: [...source], ownLock: madeLock, trees, clock: clock.last });
    slot.release(bytes);
    return true;
  };
  const close = async (): Promise<void> => {
    const kept = await settle().catch(() => false);
    if (!kept) {
      // No process stays, whatever went wrong.
      for (const opening of workers.values()) await opening.then((worker) => worker.close()).catch(() => {});
      slot.discard();
    }
    release();
    evict();
  };
  return {
    spec,
    leftOut,
    worker: (index): Promise<Worker> => at(index),
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

const isManifest = (path: BytePath): boolean =>
  path === 'Cargo.lock' || path === 'Cargo.toml' || path.endsWith('/Cargo.toml');

function sameStamp(a: Entry | undefined, b: Entry | undefined): boolean {
  return a?.kind === 'file' && b?.kind === 'file' ? a.stamp === b.stamp : a?.kind === b?.kind;
}

/** A worker folder's size when it was last closed. */
function readBytes(folder: string): number {
  try {
    return Number(readFileSync(join(folder, 'size'), 'utf8')) || 0;
  } catch {
    return 0;
  }
}

function readState(slot: Slot): SlotState | null {
  try {
    return JSON.parse(readFileSync(join(slot.path, 'state.json'), 'utf8')) as SlotState;
  } catch {
    return null;
  }
}

function writeState(slot: Slot, state: SlotState): void {
  writeFileSync(join(slot.path, 'state.json'), JSON.stringify(state));
}

/** Where cargo's target folder stands inside: at the user's own, so that paths in its records hold. */
function targetInside(spec: BenchSpec, source: Listing): string {
  if (spec.seedTarget !== null) return spec.seedTarget;
  // A source folder may be called target, too.
  return source.has('target') ? '/rusta/target' : join(spec.root, 'target');
}

/** Rust source up to which a whole build costs less than what cargo keeps for an incremental one, bytes. */
const smallSource = 512 * 1024;

/**
 * Nobody debugs what is built here, and most states are built once: a test program of 20 lines takes 0.35 s as cargo does it,
 * and 0.11 s like this. A target folder that was begun otherwise would be built anew for it, with all dependencies.
 */
function leanBuild(spec: BenchSpec, source: Listing): Record<string, string> {
  if (spec.seedTarget !== null) return {};
  let bytes = 0;
  for (const [path, entry] of source) if (entry.kind === 'file' && path.endsWith('.rs')) bytes += entry.size;
  return { CARGO_PROFILE_DEV_DEBUG: '0', ...(bytes <= smallSource ? { CARGO_INCREMENTAL: '0' } : {}) };
}

/** A run on a disk with less room would be ended at once, and nobody would see why. */
function checkRoom(folder: string): void {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize >= diskFloor) return;
  const free = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
  throw new RustaError(
    `${free(bavail * bsize)} are free at ${folder}, and building wants at least ${free(diskFloor)}`,
    {
      code: 'disk-full',
      op,
      hint: 'free some space, or set XDG_CACHE_HOME to a folder on another disk',
      exit: 'refused',
    },
  );
}

function checkRoot(root: string): void {
  if (!isAbsolute(root) || root === '/' || !existsSync(root) || !statSync(root).isDirectory()) {
    throw new RustaError(`${root} is not a folder that can be mirrored`, { code: 'bad-root', op, exit: 'usage' });
  }
}

/** A manifest can name any folder as a dependency: only one that is a crate, and holds nobody's home, is opened. */
function checkDependency(path: string, { root, isolation }: BenchSpec): string {
  const refuse = (why: string): RustaError =>
    new RustaError(`the path dependency ${path} ${why}`, {
      code: 'dependency-refused',
      op,
      hint: 'move the dependency into a folder of its own',
      exit: 'refused',
    });
  if (!existsSync(join(path, 'Cargo.toml'))) throw refuse('has no Cargo.toml');
  const real = realpathSync(path);
  const holds = (inner: string): boolean => `${inner}/`.startsWith(real === '/' ? '/' : `${real}/`);
  for (const secret of [
    homedir(),
    userCargoHome(),
    '/etc',
    '/root',
    '/home',
    '/var',
    '/proc',
    '/sys',
    '/dev',
    '/run',
  ]) {
    if (holds(secret)) throw refuse(`holds ${secret}`);
  }
  // The crate that a fuzz target stands in: mounted read-only like any other, with the mirror over its place in it.
  if (holds(root) && isolation.kind !== 'bubblewrap') throw refuse('holds the workspace itself');
  for (const closed of ['/etc', '/proc', '/sys', '/dev', '/run'])
    if (`${real}/`.startsWith(`${closed}/`)) throw refuse(`is in ${closed}`);
  return path;
}

/** Runs `last` if this process ends before the returned function is called. */
function atExit(last: () => void): () => void {
  process.once('exit', last);
  return () => void process.removeListener('exit', last);
}
