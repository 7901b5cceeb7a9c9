// Blocks of a cache by number, with reference counts: who holds which, and nothing of what is in them.
import { RustaError } from '../../schemas/errors.ts';

export class BlockPool {
  readonly size: number;
  readonly #holders: Uint16Array;
  readonly #free: number[];

  constructor(size: number) {
    this.size = size;
    this.#holders = new Uint16Array(size);
    this.#free = Array.from({ length: size }, (_, index) => size - 1 - index);
  }

  get free(): number {
    return this.#free.length;
  }

  /** A block that nobody holds, held once. @throws RustaError `cache-full`. */
  take(): number {
    const block = this.#free.pop();
    if (block === undefined) {
      throw new RustaError(`all ${this.size} blocks of the cache are held`, {
        code: 'cache-full',
        op: 'decode',
        hint: 'decode fewer candidates at once, or open the decoder for more sequences',
      });
    }
    this.#holders[block] = 1;
    return block;
  }

  retain(block: number): void {
    this.#holders[block] = (this.#holders[block] as number) + 1;
  }

  release(block: number): void {
    const left = (this.#holders[block] as number) - 1;
    this.#holders[block] = left;
    if (left === 0) this.#free.push(block);
  }

  /** Whether more than one holds it: then it must not be written. */
  shared(block: number): boolean {
    return (this.#holders[block] as number) > 1;
  }
}
