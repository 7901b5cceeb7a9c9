// A built corpus as the trainer reads it: which documents of a kind and split lie where. Building one is datasets/'s work.
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { RustaError } from '../../schemas/errors.ts';
import { sha256 } from '../../schemas/hash.ts';
import type { Extent } from './stream.ts';

export type Kind = 'code' | 'std' | 'prose';
export type Split = 'train' | 'val' | 'test';

export interface CorpusDocument extends Extent {
  readonly source: string;
  readonly path: string;
  readonly kind: Kind;
  readonly split: Split;
}

interface Manifest {
  readonly v: 1;
  readonly ledger: string;
  readonly shards: readonly { readonly file: string; readonly bytes: number; readonly sha256: string }[];
  readonly documents: string;
}

export class Corpus {
  readonly folder: string;
  /** Hash over the ledger records that it was built from. */
  readonly ledger: string;
  /** Hash of the list of documents, which names every byte's place. */
  readonly hash: string;
  /** Absolute paths; `Extent.file` is an index into them. */
  readonly files: readonly string[];
  readonly documents: readonly CorpusDocument[];

  private constructor(folder: string, manifest: Manifest, documents: readonly CorpusDocument[]) {
    this.folder = folder;
    this.ledger = manifest.ledger;
    this.hash = manifest.documents;
    this.files = manifest.shards.map(({ file }) => join(folder, file));
    this.documents = documents;
  }

  /**
   * Reads the list, and hashes every shard.
   * @throws RustaError `corpus-missing`, `corpus-broken`: which file differs from what the manifest says.
   */
  static async open(folder: string): Promise<Corpus> {
    const manifest = parse<Manifest>(await read(folder, 'manifest.json'), 'manifest.json');
    const list = await read(folder, 'documents.jsonl');
    if (sha256(list) !== manifest.documents) throw broken('documents.jsonl', 'its hash is not the manifest’s');
    const numbers = new Map(manifest.shards.map(({ file }, index) => [file, index]));
    const sizes = manifest.shards.map(({ bytes }) => bytes);
    const documents = list
      .toString('utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => {
        const { file: name, ...rest } = parse<Omit<CorpusDocument, 'file'> & { readonly file: string }>(
          line,
          'documents.jsonl',
        );
        const file = numbers.get(name);
        if (file === undefined || !inside(rest.offset, rest.bytes, sizes[file] as number))
          throw broken('documents.jsonl', `${rest.path} lies outside ${name}`);
        return { ...rest, file };
      });
    for (const shard of manifest.shards) await verify(folder, shard);
    return new Corpus(folder, manifest, documents);
  }

  of(split: Split, kind: Kind): readonly CorpusDocument[] {
    return this.documents.filter((document) => document.split === split && document.kind === kind);
  }
}

function inside(offset: number, bytes: number, size: number): boolean {
  return (
    Number.isSafeInteger(offset) && Number.isSafeInteger(bytes) && offset >= 0 && bytes >= 0 && offset + bytes <= size
  );
}

async function read(folder: string, name: string): Promise<Buffer> {
  return readFile(join(folder, name)).catch((cause: unknown) => {
    throw new RustaError(`${folder} holds no corpus: ${name} cannot be read`, {
      code: 'corpus-missing',
      op: 'data',
      hint: 'make one with: trainer data build --out DIR',
      exit: 'usage',
      cause,
    });
  });
}

function parse<T>(text: Buffer | string, name: string): T {
  try {
    return JSON.parse(text.toString()) as T;
  } catch {
    throw broken(name, 'it is no JSON');
  }
}

async function verify(folder: string, shard: Manifest['shards'][number]): Promise<void> {
  const { file } = shard;
  if (basename(file) !== file) throw broken('manifest.json', `${file} is no file of its folder`);
  const bytes = await readFile(join(folder, file)).catch(() => null);
  if (bytes === null) throw broken(file, 'it is missing');
  if (bytes.length !== shard.bytes) throw broken(file, `it holds ${bytes.length} bytes, not ${shard.bytes}`);
  if (sha256(bytes) !== shard.sha256) throw broken(file, 'its hash is not the manifest’s');
}

function broken(file: string, why: string): RustaError {
  return new RustaError(`${file} is not what was built: ${why}`, {
    code: 'corpus-broken',
    op: 'data',
    hint: 'build it again with: trainer data build --out DIR',
    exit: 'refused',
  });
}
