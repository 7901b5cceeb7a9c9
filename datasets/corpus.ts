// Which texts a model learns from and which it is measured on: filters, duplicates, splits. It decides over the snapshot and
// returns a plan; shards.ts writes it. The same ledger and snapshot give the same plan anywhere.
import type { LedgerRecord } from '../schemas/types.ts';
import { isExercise } from './apart.ts';
import { type ArchiveFile, readArchive } from './archive.ts';
import { type DenyList, deniedFile } from './deny.ts';
import { functionHashes } from './functions.ts';
import { machineMade } from './machine-made.ts';
import { NearIndex, signatureOf } from './minhash.ts';
import { type DocText, docFamily, readSnapshot } from './snapshot.ts';
import { type Split, splitOf } from './split.ts';

export type Kind = 'code' | 'std' | 'prose';

export interface Document {
  /** `serde 1.0.228` or `rust-docs/reference 1.95.0`. */
  readonly source: string;
  readonly path: string;
  readonly kind: Kind;
  readonly split: Split;
  readonly bytes: number;
}

export interface CorpusPlan {
  readonly documents: readonly Document[];
  /** What was left out, by reason: documents and bytes. */
  readonly dropped: Readonly<Record<string, { readonly documents: number; readonly bytes: number }>>;
}

/** Bytes of one crate at most, src/ first: a few giants would be half of everything. */
const mostOfCrate = 1_500_000;

export interface Planning {
  readonly folder: string;
  readonly deny: DenyList;
  readonly signal: AbortSignal;
  onProgress(done: number, of: number, what: string): void;
}

/** A text with where it comes from. */
export interface Source {
  readonly record: LedgerRecord;
  texts(): readonly { readonly path: string; readonly text: string; readonly kind: Kind; readonly split: Split }[];
}

/** Sources of a ledger that may be read, in the order in which duplicates are settled: newest version of a crate first. */
export function sourcesOf(records: readonly LedgerRecord[], folder: string): Source[] {
  return records
    .filter(({ split }) => split !== 'none')
    .toSorted((a, b) => byRank(a, b))
    .map((record) => ({
      record,
      texts: () => (record.how === 'rust-docs' ? docTexts(record, folder) : crateTexts(record, folder)),
    }));
}

function byRank(a: LedgerRecord, b: LedgerRecord): number {
  if (a.how !== b.how) return a.how === 'rust-docs' ? -1 : 1;
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return newer(b.version, a.version);
}

function newer(a: string, b: string): number {
  const numbers = (version: string): number[] => version.split(/[.+-]/).slice(0, 3).map(Number);
  const left = numbers(a);
  const right = numbers(b);
  for (let at = 0; at < 3; at += 1) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return a < b ? -1 : 1;
}

function docTexts(record: LedgerRecord, folder: string): ReturnType<Source['texts']> {
  return readSnapshot(folder, record)
    .toString('utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const { path, text } = JSON.parse(line) as DocText;
      const split = splitOf(docFamily(record.name, path));
      return { path, text, split, kind: record.name === 'rust-docs/std-sources' ? 'std' : 'prose' };
    });
}

function crateTexts(record: LedgerRecord, folder: string): ReturnType<Source['texts']> {
  const files = readArchive(`${record.name} ${record.version}`, readSnapshot(folder, record));
  return readable(files).map(({ path, bytes }) => ({
    path,
    text: clean(bytes),
    kind: path.endsWith('.rs') ? 'code' : 'prose',
    split: record.split as Split,
  }));
}

function readable(files: readonly ArchiveFile[]): ArchiveFile[] {
  const rank = (path: string): string => `${path.startsWith('src/') ? 0 : 1}${path}`;
  return files
    .filter(({ path }) => path.endsWith('.rs') || /^(?:README|readme|Readme)\.md$/.test(path))
    .sort((a, b) => (rank(a.path) < rank(b.path) ? -1 : 1));
}

function clean(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n');
}

interface Candidate extends Document {
  dropped: string | null;
}

/** Decides for each text. Test and val come first, so that what stands on both sides is theirs. */
export async function planCorpus(sources: readonly Source[], given: Planning): Promise<CorpusPlan> {
  const seen = new Set<number>();
  const near = new NearIndex();
  const heldOut = new Map<number, Candidate[]>();
  const candidates: Candidate[] = [];
  const order: readonly Split[] = ['test', 'val', 'train'];
  const work = order.flatMap((split) =>
    sources
      .filter(({ record }) => record.split === split || record.split === 'by family')
      .map((source) => ({ split, source })),
  );
  for (const [index, { split, source }] of work.entries()) {
    given.signal.throwIfAborted();
    const { record } = source;
    given.onProgress(index, work.length, `${record.name} ${record.version}`);
    if (index % 10 === 0) await new Promise((turn) => setImmediate(turn));
    const denied = deniedIn(record, given);
    let taken = 0;
    for (const { path, text, kind, split: own } of source.texts()) {
      if (own !== split) continue;
      const bytes = Buffer.byteLength(text);
      const candidate: Candidate = {
        source: `${record.name} ${record.version}`,
        path,
        kind,
        split,
        bytes,
        dropped: denied ?? unfit(path, text, kind),
      };
      candidates.push(candidate);
      if (candidate.dropped === null && record.how !== 'rust-docs' && taken + bytes > mostOfCrate)
        candidate.dropped = 'past the bound of its crate';
      candidate.dropped ??= duplicate(text, seen, near);
      if (candidate.dropped !== null) continue;
      taken += bytes;
      if (kind === 'prose') continue;
      for (const hash of functionHashes(text)) {
        if (split !== 'train') heldOut.set(hash, [...(heldOut.get(hash) ?? []), candidate]);
        else for (const other of heldOut.get(hash) ?? []) other.dropped ??= 'a function of it stands in train';
      }
    }
  }
  const dropped: Record<string, { documents: number; bytes: number }> = {};
  for (const { dropped: why, bytes } of candidates) {
    if (why === null) continue;
    const former = dropped[why] ?? { documents: 0, bytes: 0 };
    dropped[why] = { documents: former.documents + 1, bytes: former.bytes + bytes };
  }
  const documents = candidates.filter((one) => one.dropped === null).map(({ dropped: _, ...document }) => document);
  return { documents, dropped };
}

function deniedIn(record: LedgerRecord, { folder, deny }: Planning): string | null {
  if (deny.names.has(record.name) || deny.hashes.has(record.sha256)) return 'denied by name';
  if (record.how === 'rust-docs') return null;
  const files = readArchive(`${record.name} ${record.version}`, readSnapshot(folder, record));
  return deniedFile(deny, files) === null ? null : 'a denied file in its crate';
}

function unfit(path: string, text: string, kind: Kind): string | null {
  if (kind === 'prose') {
    if (text.length < 200) return 'too short';
    return isExercise(text) ? 'an exercise' : null;
  }
  const why = machineMade(path, text);
  return why === null ? null : `machine-made: ${why}`;
}

function duplicate(text: string, seen: Set<number>, near: NearIndex): string | null {
  const exact = contentHash(text);
  if (seen.has(exact)) return 'duplicate';
  seen.add(exact);
  return near.add(signatureOf(text)) === null ? null : 'near duplicate';
}

/** 53 bits of a hash over the text without white space. */
function contentHash(text: string): number {
  let a = 0x811c9dc5;
  let b = 0x01000193;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code <= 32) continue;
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b + code, 0x5bd1e995) ^ (b >>> 15);
  }
  return (a >>> 0) * 0x200000 + ((b >>> 0) & 0x1fffff);
}
