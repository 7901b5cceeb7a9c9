// The index on disk: one file of tables that are read as they lie, and one of texts read by position. Layout alone; what is in
// the tables is build.ts's, what is asked of them search.ts's.
//
// index.bin: magic, length of a JSON head, the head (names, counts, sha256 of what follows), then the tables, 8-aligned.
// A MiniSearch over 50,000 documents takes 238 MB and 105 ms a query; typed arrays over one buffer take what the file has.
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { RustaError } from '../../../schemas/errors.ts';
import { sha256 } from '../../../schemas/hash.ts';

const magic = 'RUSTADOC';
/** Raised when the tables or the words in them change: an index of another version is built again. */
export const indexVersion = 1;

export interface Head {
  readonly version: number;
  /** What it was made from: the documentation's version and page count, and the compiler's version. */
  readonly source: string;
  readonly tables: Readonly<Record<string, { readonly at: number; readonly bytes: number }>>;
  readonly sha256: string;
  /** Bytes and hash of the file of texts. */
  readonly texts: { readonly bytes: number; readonly sha256: string };
}

export type Tables = Readonly<Record<string, Uint8Array>>;

/** Writes the tables; the file is whole on disk when it returns. */
export function writeIndex(path: string, source: string, tables: Tables, texts: Head['texts']): void {
  const places: Record<string, { at: number; bytes: number }> = {};
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const [name, bytes] of Object.entries(tables)) {
    places[name] = { at, bytes: bytes.byteLength };
    const filled = Math.ceil(bytes.byteLength / 8) * 8;
    parts.push(bytes, new Uint8Array(filled - bytes.byteLength));
    at += filled;
  }
  const body = Buffer.concat(parts);
  const head: Head = { version: indexVersion, source, tables: places, sha256: sha256(body), texts };
  const json = Buffer.from(JSON.stringify(head));
  const first = Buffer.alloc(16);
  first.write(magic, 0, 'latin1');
  first.writeUInt32LE(json.length, 8);
  const fill = Buffer.alloc((8 - ((16 + json.length) % 8)) % 8);
  const file = openSync(path, 'w', 0o600);
  try {
    for (const part of [first, json, fill, body]) writeAll(file, part);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** The whole of `bytes`, whatever the file takes at once. */
export function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done);
}

/** Head and tables, views over one buffer. Throws RustaError `index-damaged` for whatever is not a whole index of this version. */
export function readIndex(path: string): { readonly head: Head; readonly tables: Tables } {
  const damaged = (why: string): RustaError =>
    new RustaError(`the index at ${path} ${why}`, { code: 'index-damaged', op: 'docs', hint: 'it is built again' });
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    throw damaged('is not there');
  }
  if (bytes.length < 16 || bytes.toString('latin1', 0, 8) !== magic) throw damaged('is no index');
  const length = bytes.readUInt32LE(8);
  let head: Head;
  try {
    head = JSON.parse(bytes.toString('utf8', 16, 16 + length)) as Head;
  } catch {
    throw damaged('has a broken head');
  }
  if (head.version !== indexVersion) throw damaged(`is of version ${head.version}`);
  // An aligned copy: views over numbers need it, and Node's buffers promise none.
  const body = new Uint8Array(bytes.subarray(Math.ceil((16 + length) / 8) * 8));
  if (sha256(body) !== head.sha256) throw damaged('is not what was written');
  const tables = Object.fromEntries(
    Object.entries(head.tables).map(([name, { at, bytes: held }]) => [name, body.subarray(at, at + held)]),
  );
  return { head, tables };
}

export function u32(bytes: Uint8Array | undefined): Uint32Array {
  return bytes === undefined
    ? new Uint32Array()
    : new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}

/** Strings as one block of UTF-8 and where each begins: `names` and `names-at`. */
export function packStrings(name: string, strings: readonly string[]): Tables {
  const starts = new Uint32Array(strings.length + 1);
  const parts = strings.map((text, index) => {
    const bytes = Buffer.from(text);
    starts[index + 1] = (starts[index] as number) + bytes.length;
    return bytes;
  });
  return { [name]: Buffer.concat(parts), [`${name}-at`]: new Uint8Array(starts.buffer) };
}

/** Strings of a table, decoded one at a time. */
export class Strings {
  readonly #bytes: Buffer;
  readonly #starts: Uint32Array;

  constructor(tables: Tables, name: string) {
    const bytes = tables[name] ?? new Uint8Array();
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#starts = u32(tables[`${name}-at`]);
  }

  get length(): number {
    return Math.max(0, this.#starts.length - 1);
  }

  at(index: number): string {
    return this.#bytes.toString('utf8', this.#starts[index], this.#starts[index + 1]);
  }

  /** Place of `text` in a sorted table, by its UTF-8 bytes; -1 where it is not in it. */
  find(text: string): number {
    const wanted = Buffer.from(text);
    let low = 0;
    let high = this.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const order = this.#bytes.compare(wanted, 0, wanted.length, this.#starts[middle], this.#starts[middle + 1]);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }
}
