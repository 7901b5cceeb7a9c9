// Reading and writing safetensors files: one tensor at a time, by positioned reads, each checked against its SHA-256 where the
// file tells it. The header is header.ts's work, what the tensors mean byteLm.ts's.
import { RustaError } from '../../schemas/errors.ts';
import { type Contents, fromBytes } from '../contents.ts';
import type { ByteSink, ByteSource } from './bytes.ts';
import {
  corrupt,
  type Described,
  type Entry,
  type Header,
  headerLength,
  inFileOrder,
  prefixBytes,
  readHeader,
  writeHeader,
} from './header.ts';

/** Metadata under which the digests stand: JSON of names to hexadecimal SHA-256. */
const digestKey = 'sha256';

export class Safetensors {
  readonly tensors: ReadonlyMap<string, Entry>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly #source: ByteSource;
  readonly #digests: ReadonlyMap<string, string>;

  private constructor(source: ByteSource, { tensors, metadata }: Header) {
    this.#source = source;
    this.tensors = tensors;
    this.metadata = metadata;
    this.#digests = readDigests(metadata, tensors, source.name);
  }

  /** Reads the header, and nothing else. @throws RustaError `checkpoint-corrupt`. */
  static async open(source: ByteSource): Promise<Safetensors> {
    const prefix = await source.read(0, Math.min(prefixBytes, source.bytes));
    const length = headerLength(prefix, source.bytes, source.name);
    return new Safetensors(source, readHeader(await source.read(prefixBytes, length), source.bytes, source.name));
  }

  /** The name of the file, for messages. */
  get name(): string {
    return this.#source.name;
  }

  /** Whether every tensor's SHA-256 is told, and thus checked. */
  get verified(): boolean {
    return [...this.tensors.keys()].every((name) => this.#digests.has(name));
  }

  /**
   * Bytes of one tensor, row-major, little-endian.
   * @throws RustaError `no-tensor`, `checkpoint-corrupt` where its digest differs.
   */
  async bytes(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const { begin, end } = this.#entry(name);
    const bytes = await this.#source.read(begin, end - begin);
    const expected = this.#digests.get(name);
    if (expected !== undefined && (await sha256(bytes)) !== expected)
      corrupt(this.name, `the bytes of '${name}' are not those that were written (SHA-256 differs)`);
    return bytes;
  }

  /** Numbers of one tensor; f16 as f32. @throws RustaError `dtype-mismatch` where the engine has no such dtype. */
  async contents(name: string): Promise<Contents> {
    const { dtype, stored } = this.#entry(name);
    if (dtype === null) {
      throw new RustaError(`${this.name}: '${name}' is ${stored}`, {
        code: 'dtype-mismatch',
        op: 'read the checkpoint',
        expected: 'F64, F32, F16, I32, I8 or U8',
        got: stored,
        hint: 'convert it before it is saved',
      });
    }
    return fromBytes(dtype, await this.bytes(name));
  }

  close(): Promise<void> {
    return this.#source.close();
  }

  #entry(name: string): Entry {
    const entry = this.tensors.get(name);
    if (entry !== undefined) return entry;
    throw new RustaError(`${this.name}: there is no tensor '${name}'`, {
      code: 'no-tensor',
      op: 'read the checkpoint',
      expected: [...this.tensors.keys()].slice(0, 20).join(', '),
      got: name,
    });
  }
}

export interface Writable extends Described {
  /** Row-major, little-endian. Asked for twice: for the digest, and to be written. */
  bytes(): Promise<Uint8Array> | Uint8Array;
}

/**
 * Writes a file, one tensor at a time.
 * @param metadata texts by name; the digests are added.
 */
export async function writeSafetensors(
  sink: ByteSink,
  tensors: readonly Writable[],
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const ordered = inFileOrder(tensors);
  const digests: [string, string][] = [];
  for (const tensor of ordered) digests.push([tensor.name, await sha256(await tensor.bytes())]);
  await sink(writeHeader(ordered, { ...metadata, [digestKey]: JSON.stringify(Object.fromEntries(digests)) }));
  for (const tensor of ordered) {
    const bytes = await tensor.bytes();
    await sink(bytes);
  }
}

/** Hexadecimal. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const subtle = globalThis.crypto?.subtle;
  if (subtle === undefined) {
    throw new RustaError('this page has no crypto.subtle', {
      code: 'no-digest',
      op: 'check the SHA-256',
      hint: 'serve the page over https or from localhost',
    });
  }
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function readDigests(
  metadata: Readonly<Record<string, string>>,
  tensors: ReadonlyMap<string, Entry>,
  from: string,
): ReadonlyMap<string, string> {
  const text = metadata[digestKey];
  if (text === undefined) return new Map();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    corrupt(from, 'the list of digests is no JSON');
  }
  if (typeof value !== 'object' || value === null) corrupt(from, 'the list of digests is no object');
  const digests = new Map(Object.entries(value as Record<string, unknown>));
  for (const [name, digest] of digests)
    if (!tensors.has(name) || typeof digest !== 'string')
      corrupt(from, `the digest of '${name.slice(0, 80)}' is of nothing`);
  for (const name of tensors.keys())
    if (!digests.has(name)) corrupt(from, `the digest of '${name.slice(0, 80)}' is missing`);
  return digests as Map<string, string>;
}
