// Files of a published crate, read from the bytes that the registry serves (a gzipped tar). Pure; nothing is unpacked to disk.
import { gunzipSync } from 'node:zlib';
import { RustaError } from '../schemas/errors.ts';

export interface ArchiveFile {
  /** Path within the crate, without the `NAME-VERSION/` that all have. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** An archive that claims to unpack to more is hostile or broken, bytes. The largest crate of the list has 70 MB. */
const mostBytes = 512 * 1024 * 1024;
const block = 512;

/** Regular files in archive order. Throws RustaError `archive-broken`. */
export function readArchive(name: string, packed: Uint8Array): ArchiveFile[] {
  const broken = (why: string, cause?: unknown): RustaError =>
    new RustaError(`${name}: ${why}`, {
      code: 'archive-broken',
      op: 'data',
      hint: 'remove it from the snapshot folder and take the snapshot again',
      cause,
    });
  let tar: Buffer;
  try {
    tar = gunzipSync(packed, { maxOutputLength: mostBytes });
  } catch (error) {
    throw broken('it does not unpack', error);
  }
  const files: ArchiveFile[] = [];
  let longName: string | null = null;
  for (let at = 0; at + block <= tar.length; ) {
    const head = tar.subarray(at, at + block);
    if (head[0] === 0) break;
    const size = Number.parseInt(field(head, 124, 12).trim() || '0', 8);
    if (!Number.isInteger(size) || size < 0 || at + block + size > tar.length) throw broken('a file ends past its end');
    const body = tar.subarray(at + block, at + block + size);
    const kind = String.fromCharCode(head[156] ?? 0);
    if (kind === 'L') longName = text(body);
    else if (kind === 'x') longName = paxPath(body) ?? longName;
    else {
      const prefix = field(head, 257, 5) === 'ustar' ? field(head, 345, 155) : '';
      const path: string = longName ?? (prefix === '' ? field(head, 0, 100) : `${prefix}/${field(head, 0, 100)}`);
      longName = null;
      if (kind === '0' || kind === '\0') files.push({ path: path.slice(path.indexOf('/') + 1), bytes: body });
    }
    at += block + Math.ceil(size / block) * block;
  }
  return files;
}

function field(head: Buffer, start: number, length: number): string {
  return text(head.subarray(start, start + length));
}

function text(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}

/** The `path` of a pax header: records `LENGTH KEY=VALUE\n`. */
function paxPath(body: Buffer): string | null {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(body.toString('utf8'))?.[1] ?? null;
}
