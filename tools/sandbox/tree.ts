// One worker's working tree: the snapshot plus an overlay, and back, with mtimes that cargo's freshness can trust.
import { constants, copyFileSync, mkdirSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sha256 } from '../../schemas/hash.ts';
import { removeTree } from './cache.ts';
import {
  type BytePath,
  bring,
  type Clock,
  differences,
  type Entry,
  entryAt,
  fromBytes,
  type Listing,
  list,
  restore,
  toBytes,
  write,
} from './mirror.ts';
import type { Overlay } from './types.ts';

/** Longest tick of a kernel's file clock, ms (CONFIG_HZ=100), twice: a change within one tick would leave no trace. */
const clockTick = 20;

/** The unchanging copy that all trees of a bench are made from. No sandbox ever sees it. */
export interface Snapshot {
  readonly path: string;
  readonly listing: Listing;
}

export class Tree {
  readonly path: string;
  readonly #snapshot: Snapshot;
  readonly #clock: Clock;
  /** Folders in the tree that others mount over. */
  readonly #skip: readonly string[];
  /** What an overlay put there: path → hash of its bytes. */
  readonly #shown: Map<BytePath, string> = new Map();
  #overlay: Map<BytePath, Uint8Array> = new Map();
  /** How the tree should look; null when it must be listed anew before the next writable run. */
  #expected: Listing | null = null;

  /** `have` is the snapshot's listing when `path` was last brought up to date. */
  constructor(
    path: string,
    snapshot: Snapshot,
    have: ReadonlyMap<BytePath, Entry>,
    clock: Clock,
    skip: readonly string[],
  ) {
    this.path = path;
    this.#snapshot = snapshot;
    this.#clock = clock;
    this.#skip = skip;
    bring(snapshot.path, snapshot.listing, path, have, clock);
  }

  /** Shows the snapshot plus `overlay`. Writes only what differs from what is shown now. */
  show(overlay: Overlay): void {
    const next = new Map([...overlay].map(([path, bytes]): [BytePath, Uint8Array] => [toBytes(path), bytes]));
    for (const path of [...this.#shown.keys()]) if (!next.has(path)) this.#putBack(path);
    this.#overlay = next;
    for (const [path, bytes] of next) {
      const hash = sha256(bytes);
      if (this.#shown.get(path) !== hash) this.#put(path, bytes, hash);
    }
  }

  #put(path: BytePath, bytes: Uint8Array, hash: string): void {
    const entry = this.#snapshot.listing.get(path);
    write(this.path, path, bytes, entry?.kind === 'file' ? entry.mode : 0o644, this.#clock);
    this.#shown.set(path, hash);
    this.#expected = null;
  }

  #putBack(path: BytePath): void {
    const entry = this.#snapshot.listing.get(path);
    restore(this.#snapshot.path, path, entry, this.path, this.#clock);
    this.#shown.delete(path);
    this.#expected = null;
    if (entry !== undefined) return;
    for (let folder = dirname(path); folder !== '.' && !this.#snapshot.listing.has(folder); folder = dirname(folder)) {
      try {
        rmdirSync(Buffer.from(`${toBytes(this.path)}/${folder}`, 'latin1'));
      } catch {
        break; // another overlay file is in it
      }
    }
  }

  /** To be awaited before a run that may write into the tree. */
  async guard(): Promise<void> {
    this.#expected ??= this.#list();
    const wait = this.#clock.last + clockTick - Date.now();
    if (wait > 0) await sleep(Math.min(wait, clockTick));
  }

  /**
   * Makes the file that a run left at `path` part of the snapshot: how Cargo.lock comes to be. False when nothing is new
   * there, or nothing that could be such a file.
   */
  adopt(path: BytePath, mostBytes: number): boolean {
    const now = entryAt(this.path, path);
    const before = this.#expected?.get(path);
    if (now?.kind !== 'file' || now.size > mostBytes || (before?.kind === 'file' && before.stamp === now.stamp))
      return false;
    copyFileSync(`${this.path}/${path}`, `${this.#snapshot.path}/${path}`, constants.COPYFILE_FICLONE);
    this.#snapshot.listing.set(path, entryAt(this.#snapshot.path, path) ?? now);
    this.#expected?.set(path, now);
    return true;
  }

  /** After such a run: undoes whatever it did to the tree. Returns the paths that it had changed. */
  verify(): readonly string[] {
    const expected = this.#expected;
    if (expected === null) return [];
    let now: Listing;
    try {
      now = this.#list();
    } catch {
      return this.#rebuild(); // too many files, or folders that cannot be read
    }
    const changed = differences(expected, now);
    try {
      for (const path of changed) {
        const bytes = this.#overlay.get(path);
        if (bytes !== undefined) this.#put(path, bytes, sha256(bytes));
        else restore(this.#snapshot.path, path, this.#snapshot.listing.get(path), this.path, this.#clock);
      }
    } catch {
      return this.#rebuild();
    }
    if (changed.length > 0) this.#expected = this.#list();
    return changed.map(fromBytes);
  }

  #list(): Listing {
    return list(this.path, { everything: true, skip: this.#skip });
  }

  #rebuild(): readonly string[] {
    removeTree(this.path);
    for (const folder of [this.path, ...this.#skip]) mkdirSync(folder, { recursive: true });
    bring(this.#snapshot.path, this.#snapshot.listing, this.path, new Map(), this.#clock);
    const overlay = this.#overlay;
    this.#shown.clear();
    for (const [path, bytes] of overlay) this.#put(path, bytes, sha256(bytes));
    return [''];
  }
}
