// Positioned reads of a corpus's files, opened when they are first needed.
import { closeSync, openSync, readSync } from 'node:fs';
import { RustaError } from '../../schemas/errors.ts';
import type { ReadAt } from './stream.ts';

export class FileReader {
  readonly #files: readonly string[];
  readonly #open = new Map<number, number>();

  constructor(files: readonly string[]) {
    this.#files = files;
  }

  readonly read: ReadAt = (file, offset, into) => {
    const name = this.#files[file] as string;
    let descriptor = this.#open.get(file);
    if (descriptor === undefined) {
      descriptor = openSync(name, 'r');
      this.#open.set(file, descriptor);
    }
    const got = readSync(descriptor, into, 0, into.length, offset);
    if (got === into.length) return;
    throw new RustaError(`${name} ends ${into.length - got} bytes too early`, {
      code: 'collate-short',
      op: 'collate',
      hint: 'run trainer data verify',
    });
  };

  close(): void {
    for (const descriptor of this.#open.values()) closeSync(descriptor);
    this.#open.clear();
  }
}
