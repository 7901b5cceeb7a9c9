// Sequences over the blocks of a cache: which block holds which positions, forks that share them, prefixes that are kept for the
// next prompt. Layers that see the same window share a pool; a windowed pool gives back what has left the window. What is
// in the blocks is the decoder's business.
import { blockLength } from '../ops/quantised.ts';
import { BlockPool } from './pool.ts';

/** A block number that stands for none: released, or not yet taken. */
const none = -1;

export interface Layout {
  /** Positions back that layers of this pool see; null: all. */
  readonly window: number | null;
  readonly blocks: number;
}

/** A copy that a fork needs before either side writes on. */
export interface BlockCopy {
  readonly pool: number;
  readonly from: number;
  readonly to: number;
}

interface Prefix {
  readonly bytes: Uint8Array;
  /** For each pool, the blocks of `bytes`, all of them full. */
  readonly tables: readonly (readonly number[])[];
}

/** Bytes that were given to the model, and where their keys and values lie. */
export class Sequence {
  readonly #store: SequenceStore;
  /** All bytes so far: those in the cache. */
  readonly bytes: number[] = [];
  /** For each pool, the block of each 64 positions. */
  readonly tables: number[][];

  constructor(store: SequenceStore) {
    this.#store = store;
    this.tables = store.pools.map(() => []);
  }

  get length(): number {
    return this.bytes.length;
  }

  /** Takes blocks for `count` more positions. @throws RustaError `cache-full`; what was taken is kept. */
  reserve(count: number): void {
    const blocks = Math.ceil((this.length + count) / blockLength);
    for (const [pool, table] of this.tables.entries()) while (table.length < blocks) table.push(this.#store.take(pool));
  }

  /** The place of a position in a pool's cache: block * 64 + place. */
  slot(pool: number, position: number): number {
    const block = this.tables[pool]?.[Math.floor(position / blockLength)] as number;
    return block * blockLength + (position % blockLength);
  }

  /** Bytes whose keys and values are in the cache become part of the sequence. */
  append(bytes: readonly number[]): void {
    this.bytes.push(...bytes);
  }

  /** Gives back the blocks that no later position sees. */
  trim(): void {
    for (const [pool, { window }] of this.#store.layouts.entries()) {
      // The next position sees positions from length - window + 1 on.
      if (window !== null) this.#releaseBelow(pool, Math.floor(Math.max(0, this.length - window + 1) / blockLength));
    }
  }

  dispose(): void {
    for (const pool of this.tables.keys()) this.#releaseBelow(pool, Number.POSITIVE_INFINITY);
    for (const table of this.tables) table.length = 0;
  }

  #releaseBelow(pool: number, end: number): void {
    const table = this.tables[pool] as number[];
    for (let index = Math.min(end, table.length) - 1; index >= 0; index -= 1) {
      const block = table[index] as number;
      if (block === none) break;
      this.#store.pools[pool]?.release(block);
      table[index] = none;
    }
  }
}

export class SequenceStore {
  readonly layouts: readonly Layout[];
  readonly pools: readonly BlockPool[];
  readonly #prefixes: Prefix[] = [];
  readonly #mostPrefixes: number;

  /** @param prefixes how many prompts are remembered for prompts that begin alike. */
  constructor(layouts: readonly Layout[], prefixes: number) {
    this.layouts = layouts;
    this.pools = layouts.map(({ blocks }) => new BlockPool(blocks));
    this.#mostPrefixes = prefixes;
  }

  /** A block, at the price of remembered prefixes where none is free. */
  take(pool: number): number {
    while (this.pools[pool]?.free === 0 && this.#prefixes.length > 0) this.#forget();
    return (this.pools[pool] as BlockPool).take();
  }

  /** A sequence that begins with as many whole blocks of `bytes`, but its last byte, as are remembered. */
  begin(bytes: Uint8Array): Sequence {
    const sequence = new Sequence(this);
    let best: Prefix | null = null;
    let length = 0;
    for (const prefix of this.#prefixes) {
      const common = Math.min(commonLength(prefix.bytes, bytes), bytes.length - 1);
      const whole = common - (common % blockLength);
      if (whole > length) [best, length] = [prefix, whole];
    }
    if (best === null) return sequence;
    for (const [pool, table] of best.tables.entries()) {
      const own = table.slice(0, length / blockLength);
      for (const block of own) this.pools[pool]?.retain(block);
      sequence.tables[pool] = own;
    }
    sequence.append([...bytes.subarray(0, length)]);
    sequence.trim();
    this.#prefixes.splice(this.#prefixes.indexOf(best), 1);
    this.#prefixes.push(best);
    return sequence;
  }

  /** Whether a prompt of `length` positions could be kept whole in every pool. */
  fits(length: number): boolean {
    return this.#mostPrefixes > 0 && this.pools.every(({ free }) => free > Math.ceil(length / blockLength));
  }

  /**
   * Another sequence with the same bytes. Whole blocks are shared; the last, where it is not full, is copied.
   * @returns the copies to make before either is written.
   */
  fork(sequence: Sequence): { readonly fork: Sequence; readonly copies: readonly BlockCopy[] } {
    const fork = new Sequence(this);
    const copies: BlockCopy[] = [];
    const whole = Math.floor(sequence.length / blockLength);
    for (const [pool, table] of sequence.tables.entries()) {
      const shared = table.slice(0, whole);
      for (const block of shared) if (block !== none) this.pools[pool]?.retain(block);
      fork.tables[pool] = shared;
    }
    fork.bytes.push(...sequence.bytes);
    if (sequence.length % blockLength === 0) return { fork, copies };
    try {
      for (const [pool, table] of fork.tables.entries()) {
        const to = this.take(pool);
        table.push(to);
        copies.push({ pool, from: sequence.tables[pool]?.[whole] as number, to });
      }
    } catch (error) {
      fork.dispose();
      throw error;
    }
    return { fork, copies };
  }

  /** Keeps a prompt's whole blocks, if they are all still there. */
  remember(sequence: Sequence): void {
    const blocks = Math.floor(sequence.length / blockLength);
    const tables = sequence.tables.map((table) => table.slice(0, blocks));
    if (blocks === 0 || this.#mostPrefixes === 0 || tables.some((table) => table.includes(none))) return;
    const bytes = Uint8Array.from(sequence.bytes.slice(0, blocks * blockLength));
    const known = this.#prefixes.some((prefix) => commonLength(prefix.bytes, bytes) === bytes.length);
    if (known) return;
    while (this.#prefixes.length >= this.#mostPrefixes) this.#forget();
    for (const [pool, table] of tables.entries()) for (const block of table) this.pools[pool]?.retain(block);
    this.#prefixes.push({ bytes, tables });
  }

  #forget(): void {
    const prefix = this.#prefixes.shift();
    for (const [pool, table] of prefix?.tables.entries() ?? [])
      for (const block of table) this.pools[pool]?.release(block);
  }
}

function commonLength(a: Uint8Array, b: Uint8Array): number {
  const most = Math.min(a.length, b.length);
  for (let index = 0; index < most; index += 1) if (a[index] !== b[index]) return index;
  return most;
}
