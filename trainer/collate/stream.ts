// The documents of one kind, end to end: before each the document symbol, then its bytes. Windows are cut out of it by positioned
// reads. Which documents there are, and where, is the corpus's word; in what order windows are drawn is the sampler's.
import { symbols } from '../../engine/model/symbols.ts';
import { RustaError } from '../../schemas/errors.ts';

/** Where a document's bytes lie. */
export interface Extent {
  readonly file: number;
  readonly offset: number;
  readonly bytes: number;
}

/** Reads exactly `into.length` bytes of a file. */
export type ReadAt = (file: number, offset: number, into: Uint8Array) => void;

export class DocumentStream {
  /** Symbols in all: one for each document and one for each byte. */
  readonly length: number;
  readonly #documents: readonly Extent[];
  /** Place of each document's symbol. */
  readonly #starts: Float64Array;
  readonly #read: ReadAt;

  constructor(documents: readonly Extent[], read: ReadAt) {
    this.#documents = documents;
    this.#read = read;
    this.#starts = new Float64Array(documents.length);
    let at = 0;
    for (const [index, { bytes }] of documents.entries()) {
      this.#starts[index] = at;
      at += bytes + 1;
    }
    this.length = at;
  }

  /** Copies `into.length` symbols from `start` on. @throws RustaError `collate-range` past the end. */
  copy(start: number, into: Uint8Array): void {
    if (start < 0 || start + into.length > this.length)
      throw new RustaError(`symbols ${start} to ${start + into.length} of a stream of ${this.length}`, {
        code: 'collate-range',
        op: 'collate',
      });
    let index = this.#documentAt(start);
    let filled = 0;
    while (filled < into.length) {
      const document = this.#documents[index] as Extent;
      let within = start + filled - (this.#starts[index] as number);
      if (within === 0) {
        into[filled] = symbols.document;
        filled += 1;
        within = 1;
      }
      const count = Math.min(document.bytes - (within - 1), into.length - filled);
      if (count > 0) this.#read(document.file, document.offset + within - 1, into.subarray(filled, filled + count));
      filled += Math.max(0, count);
      index += 1;
    }
  }

  /** The document whose symbol or bytes stand at a place: the last that starts at or before it. */
  #documentAt(place: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] as number) <= place) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
