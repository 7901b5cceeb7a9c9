// The store's pages, read without LMDB: LMDB trusts them, and a damaged one ends the process with a signal, unheard.
// Structure only (numbers, kinds and bounds of pages and nodes); what the values mean is checked where they are read.
//
// Layout: liblmdb's mdb.c as lmdb-js 3 builds it, MDB_DATA_VERSION 2, little-endian, 64-bit page numbers.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const magic = 0xbeefc0de;
const dataVersion = 2;
/** Bytes of a page's header; offsets of nodes count from behind it. */
const header = 24;
const kind = { branch: 0x01, leaf: 0x02, overflow: 0x04, meta: 0x08, mask: 0x0f } as const;
const nodeFlag = { big: 0x01, tree: 0x02 } as const;
/** Page number of an empty tree's root. */
const none = 2n ** 64n - 1n;
/** Deeper than LMDB's own cursor stack is damage. */
const mostDepth = 32;

interface Meta {
  readonly pageSize: number;
  readonly lastPage: number;
  readonly transaction: bigint;
  /** Roots of the free list and of the table of tables. */
  readonly roots: readonly bigint[];
}

/** What is wrong with the file's head or its length, null when nothing is. A missing or empty file is a new store. */
export function headDamage(path: string): string | null {
  return reading(path, (file, size) => {
    const meta = newestMeta(file, size);
    return typeof meta === 'string' ? meta : null;
  });
}

/**
 * What is wrong with any page that the newest state reaches, null when nothing is. The caller holds a read transaction, so
 * that no writer reuses these pages meanwhile. Costs a read of each branch and leaf page, not of large values.
 */
export function treeDamage(path: string): string | null {
  return reading(path, (file, size) => {
    const meta = newestMeta(file, size);
    if (meta === null || typeof meta === 'string') return meta;
    const walk = new Walk(file, meta);
    for (const root of meta.roots) walk.tree(root, 0);
    return walk.damage;
  });
}

/** Bytes of the file within pages in use that hold nothing: LMDB leaves there what it moved or removed. */
export interface Gap {
  readonly at: number;
  readonly bytes: number;
}

/** The gaps of the newest state. The caller holds the write lock, so that it stays the newest. Null when the tree is damaged. */
export function gaps(path: string): Gap[] | null {
  return reading(path, (file, size) => {
    const meta = newestMeta(file, size);
    if (meta === null || typeof meta === 'string') return null;
    const walk = new Walk(file, meta);
    for (const root of meta.roots) walk.tree(root, 0);
    return walk.damage === null ? walk.gaps : null;
  });
}

function reading<T>(path: string, look: (file: number, size: number) => T | null): T | null {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    return look(file, fstatSync(file).size);
  } finally {
    closeSync(file);
  }
}

/** The newer of the two meta pages; null for an empty file; a text when either is damaged, as LMDB would refuse both then. */
function newestMeta(file: number, size: number): Meta | string | null {
  if (size === 0) return null;
  const first = readMeta(file, 0);
  if (typeof first === 'string') return first;
  const second = readMeta(file, first.pageSize);
  if (typeof second === 'string') return second;
  const meta = second.transaction > first.transaction ? second : first;
  // A new store's last page is 1 and both are there.
  const expected = (meta.lastPage + 1) * meta.pageSize;
  return size < expected ? `the file has ${size} bytes where ${expected} were written` : meta;
}

function readMeta(file: number, at: number): Meta | string {
  const bytes = Buffer.alloc(160);
  if (readSync(file, bytes, 0, bytes.length, at) < bytes.length) return 'the file ends within its head';
  if (bytes.readUInt32LE(24) !== magic || (bytes.readUInt16LE(18) & kind.mask) !== kind.meta)
    return 'it is not an LMDB file';
  const version = bytes.readUInt32LE(28);
  if (version !== dataVersion) return `LMDB format ${version}, where ${dataVersion} is known`;
  const pageSize = bytes.readUInt32LE(48);
  if (pageSize < 512 || pageSize > 65536 || (pageSize & (pageSize - 1)) !== 0) return `a page size of ${pageSize}`;
  const lastPage = Number(bytes.readBigUInt64LE(144));
  if (lastPage < 1 || lastPage > 2 ** 40) return `a last page of ${lastPage}`;
  return {
    pageSize,
    lastPage,
    transaction: bytes.readBigUInt64LE(152),
    roots: [bytes.readBigUInt64LE(88), bytes.readBigUInt64LE(136)],
  };
}

class Walk {
  damage: string | null = null;
  readonly gaps: Gap[] = [];
  private readonly file: number;
  private readonly meta: Meta;
  private readonly seen = new Set<number>();

  constructor(file: number, meta: Meta) {
    this.file = file;
    this.meta = meta;
  }

  tree(root: bigint, depth: number): void {
    if (root === none || this.damage !== null) return;
    const number = Number(root);
    const page = this.read(number, this.meta.pageSize);
    if (page === null) return;
    const flags = page.readUInt16LE(18) & kind.mask;
    const count = page.readUInt16LE(20) >> 1;
    const free = page.readUInt16LE(22);
    if ((flags !== kind.branch && flags !== kind.leaf) || depth > mostDepth) this.wrong(number, 'is no page of a tree');
    else if (count === 0 || count * 2 > free || free > page.length - header)
      this.wrong(number, 'has impossible bounds');
    this.gaps.push({ at: number * this.meta.pageSize + header + count * 2, bytes: free - count * 2 });
    for (let index = 0; index < count && this.damage === null; index += 1) {
      const node = header + page.readUInt16LE(header + index * 2);
      if (node < header + free || node + 8 > page.length) this.wrong(number, 'has a node out of bounds');
      else if (flags === kind.branch) this.tree(childOf(page, node), depth + 1);
      else this.leafNode(number, page, node, depth);
    }
  }

  private leafNode(number: number, page: Buffer, node: number, depth: number): void {
    const flags = page.readUInt16LE(node + 4);
    const data = node + 8 + page.readUInt16LE(node + 6);
    const size = page.readUInt32LE(node);
    const held = (flags & nodeFlag.big) !== 0 ? 8 : size;
    if (data + held > page.length || ((flags & nodeFlag.tree) !== 0 && size < 48)) {
      this.wrong(number, 'has a node out of bounds');
    } else if ((flags & nodeFlag.big) !== 0) {
      this.overflow(Number(page.readBigUInt64LE(data)), size);
    } else if ((flags & nodeFlag.tree) !== 0) {
      // A table's record ends in its root.
      this.tree(page.readBigUInt64LE(data + 40), depth + 1);
    }
  }

  /** The first page of a value too large for a leaf. */
  private overflow(number: number, size: number): void {
    const page = this.read(number, header);
    if (page === null) return;
    const pages = page.readUInt32LE(20);
    const room = pages * this.meta.pageSize - header;
    if (
      (page.readUInt16LE(18) & kind.mask) !== kind.overflow ||
      room < size ||
      number + pages - 1 > this.meta.lastPage
    ) {
      this.wrong(number, 'does not hold the value that should be there');
    }
    this.gaps.push({ at: number * this.meta.pageSize + header + size, bytes: room - size });
  }

  /** The first `bytes` of a page, each page once; null (and damage) where it is not itself. */
  private read(number: number, bytes: number): Buffer | null {
    const page = Buffer.alloc(bytes);
    const { pageSize, lastPage } = this.meta;
    if (number < 2 || number > lastPage) this.wrong(number, 'does not exist');
    else if (this.seen.has(number)) this.wrong(number, 'is in use twice');
    else if (readSync(this.file, page, 0, bytes, number * pageSize) < bytes) this.wrong(number, 'is cut off');
    else if (page.readBigUInt64LE(0) !== BigInt(number)) this.wrong(number, 'is not what was written there');
    this.seen.add(number);
    return this.damage === null ? page : null;
  }

  private wrong(number: number, what: string): void {
    this.damage ??= `page ${number} ${what}`;
  }
}

function childOf(page: Buffer, node: number): bigint {
  return BigInt(page.readUInt32LE(node)) | (BigInt(page.readUInt16LE(node + 4)) << 32n);
}
