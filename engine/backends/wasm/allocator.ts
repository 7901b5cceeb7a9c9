// Which bytes of one linear memory are whose: best fit over an ordered list of gaps, neighbours joined when freed. It knows
// addresses alone and touches no memory; who waits for the queue before he reuses a block is the caller's matter.

/** Blocks begin and end at cache lines, so that no two lanes write one line for two owners. */
export const alignment = 64;

export function aligned(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

interface Gap {
  start: number;
  end: number;
}

export class Allocator {
  /** Bytes in use, and the most there ever were. */
  live = 0;
  peak = 0;
  /** Gaps by address; the last one ends at `end`. */
  #gaps: Gap[];
  readonly #blocks = new Map<number, number>();
  readonly #begin: number;
  #end: number;

  /** Hands out [begin, end). */
  constructor(begin: number, end: number) {
    this.#begin = aligned(begin);
    this.#end = Math.max(this.#begin, Math.floor(end / alignment) * alignment);
    this.#gaps = this.#end > this.#begin ? [{ start: this.#begin, end: this.#end }] : [];
  }

  /** Address of a new block of at least `bytes`, or null where no gap is that large. */
  take(bytes: number): number | null {
    const size = aligned(Math.max(1, bytes));
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let index = 0; index < this.#gaps.length; index += 1) {
      const gap = this.#gaps[index] as Gap;
      const room = gap.end - gap.start;
      if (room < size || room >= least) continue;
      best = index;
      least = room;
      if (room === size) break;
    }
    const gap = this.#gaps[best];
    if (gap === undefined) return null;
    const address = gap.start;
    gap.start += size;
    if (gap.start === gap.end) this.#gaps.splice(best, 1);
    this.#blocks.set(address, size);
    this.live += size;
    this.peak = Math.max(this.peak, this.live);
    return address;
  }

  /** @throws Error where no block begins there: a defect of the caller. */
  free(address: number): void {
    const size = this.#blocks.get(address);
    if (size === undefined) throw new Error(`allocator: no block begins at ${address}`);
    this.#blocks.delete(address);
    this.live -= size;
    this.#insert({ start: address, end: address + size });
  }

  /** Moves the end outward, to `end`. */
  extend(end: number): void {
    const next = Math.floor(end / alignment) * alignment;
    if (next <= this.#end) return;
    const start = this.#end;
    this.#end = next;
    this.#insert({ start, end: next });
  }

  /** How far the end must move for `bytes` to fit there. */
  endFor(bytes: number): number {
    const last = this.#gaps[this.#gaps.length - 1];
    const from = last !== undefined && last.end === this.#end ? last.start : this.#end;
    return from + aligned(Math.max(1, bytes));
  }

  get end(): number {
    return this.#end;
  }

  /** The largest block that would fit now, bytes. */
  get largestGap(): number {
    return this.#gaps.reduce((most, { start, end }) => Math.max(most, end - start), 0);
  }

  #insert(gap: Gap): void {
    const gaps = this.#gaps;
    let low = 0;
    let high = gaps.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((gaps[middle] as Gap).start < gap.start) low = middle + 1;
      else high = middle;
    }
    const before = gaps[low - 1];
    const after = gaps[low];
    const joinsBefore = before !== undefined && before.end === gap.start;
    const joinsAfter = after !== undefined && after.start === gap.end;
    if (joinsBefore && joinsAfter) {
      before.end = after.end;
      gaps.splice(low, 1);
    } else if (joinsBefore) before.end = gap.end;
    else if (joinsAfter) after.start = gap.start;
    else gaps.splice(low, 0, gap);
  }
}
