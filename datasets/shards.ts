// A corpus on disk: plain shard files and a manifest that says what lies where. Which documents there are is corpus.ts's
// decision; reading shards is the trainer's.
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { RustaError } from '../schemas/errors.ts';
import { sha256 } from '../schemas/hash.ts';
import type { CorpusPlan, Document, Kind, Source } from './corpus.ts';
import type { Split } from './split.ts';

/** Bytes of a shard of the train split at most. */
const shardBytes = 64 * 1024 * 1024;

/** One line of `documents.jsonl`. */
export interface Placed extends Document {
  /** Shard file, and where in it the document lies, bytes. */
  readonly file: string;
  readonly offset: number;
}

export interface ShardManifest {
  readonly v: 1;
  /** Hash over the ledger records that were read. */
  readonly ledger: string;
  readonly shards: readonly {
    readonly file: string;
    readonly split: Split;
    /** Null for train, where kinds are mixed. */
    readonly kind: Kind | null;
    readonly bytes: number;
    readonly documents: number;
    readonly sha256: string;
  }[];
  /** Hash of documents.jsonl. */
  readonly documents: string;
  readonly dropped: CorpusPlan['dropped'];
}

/** Places documents: train ones in an order that is mixed and always the same, held-out ones by kind. */
export function place(documents: readonly Document[]): Placed[] {
  const placed: Placed[] = [];
  const put = (held: readonly Document[], name: (shard: number) => string): void => {
    let shard = 0;
    let offset = 0;
    for (const document of held) {
      if (offset > 0 && offset + document.bytes > shardBytes) {
        shard += 1;
        offset = 0;
      }
      placed.push({ ...document, file: name(shard), offset });
      offset += document.bytes;
    }
  };
  const mixed = documents
    .filter(({ split }) => split === 'train')
    .map((document) => ({ key: sha256(`${document.source}/${document.path}`), document }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ document }) => document);
  put(mixed, (shard) => `train-${String(shard).padStart(3, '0')}.bin`);
  for (const split of ['val', 'test'] as const) {
    for (const kind of ['code', 'std', 'prose'] as const) {
      put(
        documents.filter((one) => one.split === split && one.kind === kind),
        (shard) => `${split}-${kind}${shard === 0 ? '' : `-${shard}`}.bin`,
      );
    }
  }
  return placed;
}

/**
 * Writes the plan to `out`: everything or nothing (a run that is cut off leaves `out` as it was). Throws RustaError
 * `out-taken` where `out` holds something else, `disk-full`.
 */
export function writeShards(
  out: string,
  plan: CorpusPlan,
  sources: readonly Source[],
  ledger: string,
  given: { readonly signal: AbortSignal; onProgress(done: number, of: number, what: string): void },
): ShardManifest {
  if (plan.documents.length === 0) {
    throw new RustaError('no document is left to write', {
      code: 'corpus-empty',
      op: 'data build',
      hint: 'the ledger lists what was refused and why; `trainer data verify` says whether the snapshot is whole',
    });
  }
  if (existsSync(out) && !existsSync(join(out, 'manifest.json'))) {
    throw new RustaError(`${out} exists and holds no corpus`, { code: 'out-taken', op: 'data build', exit: 'usage' });
  }
  const folder = `${out}.part`;
  rmSync(folder, { recursive: true, force: true });
  try {
    mkdirSync(folder, { recursive: true });
    const manifest = write(folder, plan, sources, ledger, given);
    rmSync(out, { recursive: true, force: true });
    renameSync(folder, out);
    return manifest;
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    throw new RustaError(`the disk is full at ${out}`, {
      code: 'disk-full',
      op: 'data build',
      hint: 'free some space, or give another folder with --out',
      cause: error,
    });
  }
}

function write(
  folder: string,
  plan: CorpusPlan,
  sources: readonly Source[],
  ledger: string,
  { signal, onProgress }: { readonly signal: AbortSignal; onProgress(done: number, of: number, what: string): void },
): ShardManifest {
  const placed = place(plan.documents);
  const bySource = new Map<string, Map<string, Placed>>();
  for (const one of placed) {
    const held = bySource.get(one.source) ?? new Map<string, Placed>();
    bySource.set(one.source, held.set(one.path, one));
  }
  const files = new Map<string, number>();
  try {
    for (const [index, source] of sources.entries()) {
      signal.throwIfAborted();
      const name = `${source.record.name} ${source.record.version}`;
      onProgress(index, sources.length, name);
      const wanted = bySource.get(name);
      if (wanted === undefined) continue;
      for (const { path, text } of source.texts()) {
        const at = wanted.get(path);
        if (at === undefined) continue;
        const file = files.get(at.file) ?? openSync(join(folder, at.file), 'wx');
        files.set(at.file, file);
        writeAll(file, Buffer.from(text), at.offset);
      }
    }
  } finally {
    for (const file of files.values()) closeSync(file);
  }
  const list = placed.map((one) => `${JSON.stringify(one)}\n`).join('');
  writeFileSync(join(folder, 'documents.jsonl'), list);
  const shards = [...files.keys()].sort().map((file) => {
    const inside = placed.filter((one) => one.file === file);
    const { split, kind } = inside[0] as Placed;
    const bytes = readFileSync(join(folder, file));
    return {
      file,
      split,
      kind: split === 'train' ? null : kind,
      bytes: bytes.length,
      documents: inside.length,
      sha256: sha256(bytes),
    };
  });
  const manifest: ShardManifest = { v: 1, ledger, shards, documents: sha256(list), dropped: plan.dropped };
  writeFileSync(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 1)}\n`);
  return manifest;
}

function writeAll(file: number, bytes: Buffer, at: number): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done, at + done);
}
