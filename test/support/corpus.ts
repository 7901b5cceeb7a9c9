// A small corpus as `trainer data build` writes one, for tests of what reads it.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../schemas/hash.ts';

export interface SmallDocument {
  readonly split: 'train' | 'val' | 'test';
  readonly kind: 'code' | 'std' | 'prose';
  readonly text: string;
}

/** Writes the documents, one shard for each split and kind, and returns the folder. */
export async function writeCorpus(folder: string, documents: readonly SmallDocument[]): Promise<string> {
  await mkdir(folder, { recursive: true });
  const shards = new Map<string, Buffer>();
  let list = '';
  for (const [index, { split, kind, text }] of documents.entries()) {
    const file = `${split}-${kind}.bin`;
    const before = shards.get(file) ?? Buffer.alloc(0);
    const bytes = Buffer.from(text);
    list += `${JSON.stringify({ source: 'small', path: `${index}.rs`, kind, split, bytes: bytes.length, file, offset: before.length })}\n`;
    shards.set(file, Buffer.concat([before, bytes]));
  }
  for (const [file, bytes] of shards) await writeFile(join(folder, file), bytes);
  await writeFile(join(folder, 'documents.jsonl'), list);
  const held = [...shards].map(([file, bytes]) => ({ file, bytes: bytes.length, sha256: sha256(bytes) }));
  await writeFile(
    join(folder, 'manifest.json'),
    JSON.stringify({ v: 1, ledger: 'small', shards: held, documents: sha256(list) }),
  );
  return folder;
}
