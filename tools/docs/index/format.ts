// The index on disk: one file of tables that are read as they lie, and one of texts read by position. Layout alone; what is in
// the tables is build.ts's, what is asked of them search.ts's.
//
// index.bin: magic, length of a JSON head, start of the head's sha256, the head (names, places and hashes), then the tables,
// 8-aligned. Opening reads the head. A table is read when it is asked for, the long ones in part; each block of it is held
// against its hash then, so that a changed byte is met by whoever reads it, and hashing the whole file by nobody.
// A MiniSearch over 50,000 documents takes 238 MB and 105 ms a query; typed arrays over one buffer take what the file has.
import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { RustaError } from '../../../schemas/errors.ts';
import { sha256 } from '../../../schemas/hash.ts';

const magic = 'RUSTADOC';
/** Raised when the tables or the words in them change: an index of another version is built again. */
export const indexVersion = 7;
/** Bytes that are hashed together: a word's postings lie in one or two, a whole table is read at a few hundred MB/s. */
const blockBytes = 64 * 1024;
const hashDigits = 16;
const mostHead = 1024 * 1024;

/** Fields of a section, in the order of a posting's counts. */
export const fields = ['title', 'lead', 'body', 'code', 'links'] as const;
/** A posting: the section, and a count a field. */
export const postingBytes: number = 4 + fields.length;
/** What others say of an item's namesakes: the section, and a digit from 1 to 9. */
export const saidBytes = 5;

interface Laid {
  readonly at: number;
  readonly bytes: number;
  /** First digits of the sha256 of each block, one after another. */
  readonly blocks: string;
}

export interface Head {
  readonly version: number;
  /** What it was made from: the documentation's version and page count, and the compiler's version. */
  readonly source: string;
  readonly tables: Readonly<Record<string, Laid>>;
  /** Bytes and hash of the file of texts. */
  readonly texts: { readonly bytes: number; readonly sha256: string };
}

export type Tables = Readonly<Record<string, Uint8Array>>;

/** Writes the tables; the file is whole on disk when it returns. */
export function writeIndex(path: string, source: string, tables: Tables, texts: Head['texts']): void {
  const places: Record<string, Laid> = {};
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const [name, bytes] of Object.entries(tables)) {
    const blocks: string[] = [];
    for (let from = 0; from < bytes.length; from += blockBytes)
      blocks.push(blockHash(bytes.subarray(from, from + blockBytes)));
    places[name] = { at, bytes: bytes.length, blocks: blocks.join('') };
    const filled = Math.ceil(bytes.length / 8) * 8;
    parts.push(bytes, new Uint8Array(filled - bytes.length));
    at += filled;
  }
  const head: Head = { version: indexVersion, source, tables: places, texts };
  const json = Buffer.from(JSON.stringify(head));
  const first = Buffer.alloc(16);
  first.write(magic, 0, 'latin1');
  first.writeUInt32LE(json.length, 8);
  first.write(sha256(json).slice(0, 8), 12, 'hex');
  const fill = Buffer.alloc(bodyAt(json.length) - 16 - json.length);
  const file = openSync(path, 'w', 0o600);
  try {
    for (const part of [first, json, fill, ...parts]) writeAll(file, part);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function bodyAt(headBytes: number): number {
  return Math.ceil((16 + headBytes) / 8) * 8;
}

function blockHash(bytes: Uint8Array): string {
  return sha256(bytes).slice(0, hashDigits);
}

/** The whole of `bytes`, whatever the file takes at once. */
export function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done);
}

/** The tables of an index.bin, each read when it is first asked for. All of it throws RustaError `index-damaged`. */
export class IndexFile {
  readonly head: Head;
  readonly #path: string;
  readonly #body: number;
  readonly #held = new Map<string, { readonly bytes: Uint8Array; readonly read: Uint8Array }>();

  /** Reads and checks the head alone, and that the file is as long as it says. */
  constructor(path: string) {
    this.#path = path;
    const [head, body] = this.#withFile((file) => {
      const first = Buffer.alloc(16);
      if (readAt(file, first, 0) < 16 || first.toString('latin1', 0, 8) !== magic) throw this.#damaged('is no index');
      const length = first.readUInt32LE(8);
      if (length > mostHead) throw this.#damaged('has a broken head');
      const json = Buffer.alloc(length);
      if (readAt(file, json, 16) < length || sha256(json).slice(0, 8) !== first.toString('hex', 12, 16))
        throw this.#damaged('has a broken head');
      const said = JSON.parse(json.toString('utf8')) as Head;
      if (said.version !== indexVersion) throw this.#damaged(`is of version ${said.version}`);
      const ends = Object.values(said.tables).map(({ at, bytes }) => at + bytes);
      if (fstatSync(file).size < bodyAt(length) + Math.max(0, ...ends)) throw this.#damaged('is cut off');
      return [said, bodyAt(length)] as const;
    });
    this.head = head;
    this.#body = body;
  }

  /** A whole table; empty where there is none of that name. */
  table(name: string): Uint8Array {
    return this.part(name, 0, this.head.tables[name]?.bytes ?? 0);
  }

  /** A table in which the bytes from `from` up to `to` are there; what else of it is depends on who asked before. */
  part(name: string, from: number, to: number): Uint8Array {
    const laid = this.head.tables[name];
    if (laid === undefined) return new Uint8Array();
    let held = this.#held.get(name);
    if (held === undefined) {
      held = { bytes: new Uint8Array(laid.bytes), read: new Uint8Array(Math.ceil(laid.bytes / blockBytes)) };
      this.#held.set(name, held);
    }
    const { bytes, read } = held;
    const last = Math.ceil(Math.min(to, laid.bytes) / blockBytes);
    let block = Math.floor(from / blockBytes);
    while (block < last && read[block] === 1) block += 1;
    if (block < last) this.#read(laid, bytes, read, block, last);
    return bytes;
  }

  #read({ at, blocks }: Laid, bytes: Uint8Array, read: Uint8Array, first: number, last: number): void {
    const wanted = bytes.subarray(first * blockBytes, last * blockBytes);
    const got = this.#withFile((file) => readAt(file, wanted, this.#body + at + first * blockBytes));
    if (got < wanted.length) throw this.#damaged('is cut off');
    for (let block = first; block < last; block += 1) {
      const hash = blockHash(bytes.subarray(block * blockBytes, (block + 1) * blockBytes));
      if (hash !== blocks.slice(block * hashDigits, (block + 1) * hashDigits))
        throw this.#damaged('is not what was written');
      read[block] = 1;
    }
  }

  #withFile<T>(use: (file: number) => T): T {
    let file: number;
    try {
      file = openSync(this.#path, 'r');
    } catch {
      throw this.#damaged('is not there');
    }
    try {
      return use(file);
    } finally {
      closeSync(file);
    }
  }

  #damaged(why: string): RustaError {
    const message = `the index at ${this.#path} ${why}`;
    return new RustaError(message, {
      code: 'index-damaged',
      op: 'docs',
      hint: 'rusta explain --rebuild builds it again',
    });
  }
}

function readAt(file: number, into: Uint8Array, at: number): number {
  let done = 0;
  while (done < into.length) {
    const got = readSync(file, into, done, into.length - done, at + done);
    if (got === 0) break;
    done += got;
  }
  return done;
}

export function u32(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
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

  constructor(file: IndexFile, name: string) {
    const bytes = file.table(name);
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#starts = u32(file.table(`${name}-at`));
  }

  get length(): number {
    return Math.max(0, this.#starts.length - 1);
  }

  at(index: number): string {
    return this.#bytes.toString('utf8', this.#starts[index], this.#starts[index + 1]);
  }

  all(): string[] {
    return Array.from({ length: this.length }, (_, index) => this.at(index));
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
