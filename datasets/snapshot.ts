// A snapshot: every source's bytes in one folder under their hash, and the ledger that says what they are. The network is
// used here alone; what is made of the texts is corpus.ts's and the index's work.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { RustaError } from '../schemas/errors.ts';
import { sha256 } from '../schemas/hash.ts';
import type { LedgerRecord } from '../schemas/types.ts';
import { archiveFolders, type LockedCrate } from '../tools/cargo/locked.ts';
import { apiPath, extractPage, extractSource } from '../tools/docs/extract.ts';
import { apis, books, type Installed, listPages, listSources } from '../tools/docs/install.ts';
import { evaluationBooks, evaluationCrates, exercises } from './apart.ts';
import { type ArchiveFile, readArchive } from './archive.ts';
import { type DenyList, deniedFile } from './deny.ts';
import { licenceGate } from './licence-gate.ts';
import { isMachineCrate } from './machine-made.ts';
import { familyOf, splitOf } from './split.ts';

/** A text of the documentation as the snapshot keeps it: one JSON line. */
export interface DocText {
  /** `alloc/src/vec/mod.rs` stands as `alloc/vec/mod.rs`; a page by its path. */
  readonly path: string;
  readonly text: string;
}

export interface Snapshotting {
  readonly folder: string;
  readonly deny: DenyList;
  /** `YYYY-MM-DD`, for what was not there before. */
  readonly today: string;
  readonly former: readonly LedgerRecord[];
  readonly signal: AbortSignal;
  onProgress(done: number, of: number, what: string): void;
}

/** Path of a source's bytes in a snapshot folder. */
export function snapshotPath(folder: string, { sha256: sha, how }: Pick<LedgerRecord, 'sha256' | 'how'>): string {
  return join(folder, how === 'rust-docs' ? 'docs' : 'crates', `${sha}${how === 'rust-docs' ? '.jsonl' : '.crate'}`);
}

/** The source's bytes, held to its hash. Throws RustaError `snapshot-missing` or `snapshot-differs`. */
export function readSnapshot(folder: string, record: LedgerRecord): Buffer {
  const path = snapshotPath(folder, record);
  const what = `${record.name} ${record.version}`;
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new RustaError(`${what}: nothing is held under its hash`, {
      code: 'snapshot-missing',
      op: 'data',
      hint: 'trainer data snapshot fetches what is not there',
      expected: path,
      cause,
    });
  }
  const got = sha256(bytes);
  if (got !== record.sha256) {
    throw new RustaError(`${what}: its bytes are not those that the ledger names`, {
      code: 'snapshot-differs',
      op: 'data',
      hint: `remove ${path} and take the snapshot again`,
      expected: record.sha256,
      got,
    });
  }
  return bytes;
}

function keep(folder: string, record: Pick<LedgerRecord, 'sha256' | 'how'>, bytes: Uint8Array): void {
  const path = snapshotPath(folder, record);
  if (existsSync(path)) return;
  mkdirSync(join(path, '..'), { recursive: true });
  // Under its name only when it is whole: a run that is cut off leaves nothing that looks done.
  try {
    writeFileSync(`${path}.part`, bytes);
    renameSync(`${path}.part`, path);
  } catch (cause) {
    rmSync(`${path}.part`, { force: true });
    if ((cause as NodeJS.ErrnoException).code !== 'ENOSPC') throw cause;
    throw new RustaError(`the disk is full at ${folder}`, {
      code: 'disk-full',
      op: 'data snapshot',
      hint: 'free some space, or give --folder on another disk: what is kept already is not taken again',
      exit: 'refused',
      cause,
    });
  }
}

/** Takes the archives of `crates` out of cargo's cache. */
export async function snapshotCrates(crates: readonly LockedCrate[], given: Snapshotting): Promise<LedgerRecord[]> {
  const folders = archiveFolders();
  const dates = new Map(given.former.map(({ sha256: sha, date }) => [sha, date]));
  const apart = apartFamilies();
  const records: LedgerRecord[] = [];
  for (const [index, crate] of crates.entries()) {
    given.signal.throwIfAborted();
    if (index % 25 === 0) await new Promise((turn) => setImmediate(turn));
    const what = `${crate.name} ${crate.version}`;
    given.onProgress(index, crates.length, what);
    const bytes = archiveOf(crate, given.folder, folders);
    keep(given.folder, { sha256: crate.checksum, how: 'cargo fetch' }, bytes);
    const files = readArchive(what, bytes);
    const manifest = manifestOf(files);
    const gate = licenceGate(manifest.licence);
    const family = familyOf(crate.name, manifest.repository);
    const why = leftOut(crate.name, family, files, gate.why, given.deny, apart);
    records.push({
      v: 1,
      name: crate.name,
      version: crate.version,
      licence: manifest.licence,
      spdx: gate.spdx,
      sha256: crate.checksum,
      bytes: files.reduce((sum, file) => sum + file.bytes.length, 0),
      files: files.length,
      date: dates.get(crate.checksum) ?? given.today,
      how: 'cargo fetch',
      family,
      split: why === null ? splitOf(family) : 'none',
      ...(why === null ? {} : { why }),
    });
  }
  // A crate of evaluation takes what lies in the same repository with it: they share code.
  const shared = new Set(records.filter(({ name }) => apart.has(name)).map(({ family }) => family));
  return records.map((record) =>
    record.split !== 'none' && shared.has(record.family)
      ? { ...record, split: 'none', why: 'of one repository with a crate of evaluation' }
      : record,
  );
}

function apartFamilies(): Set<string> {
  return evaluationCrates();
}

function leftOut(
  name: string,
  family: string,
  files: readonly ArchiveFile[],
  licence: string,
  deny: DenyList,
  apart: ReadonlySet<string>,
): string | null {
  if (apart.has(name)) return 'evaluation uses it';
  if (deny.names.has(name)) return 'its name is on the list of what is kept apart';
  if (exercises.test(name) || exercises.test(family)) return 'exercises and their solutions';
  if (licence !== '') return `licence: ${licence}`;
  if (isMachineCrate(name)) return 'bindings or tables, written by a machine';
  const denied = deniedFile(deny, files);
  return denied === null ? null : `${denied} is on the list of what is kept apart`;
}

function archiveOf(crate: LockedCrate, folder: string, caches: readonly string[]): Buffer {
  const paths = [
    snapshotPath(folder, { sha256: crate.checksum, how: 'cargo fetch' }),
    ...caches.map((cache) => join(cache, `${crate.name}-${crate.version}.crate`)),
  ];
  for (const path of paths) {
    if (!existsSync(path)) continue;
    const bytes = readFileSync(path);
    if (sha256(bytes) === crate.checksum) return bytes;
  }
  throw new RustaError(`${crate.name} ${crate.version} is not there with the checksum of the lock file`, {
    code: 'snapshot-missing',
    op: 'data snapshot',
    hint: 'without --offline cargo fetches it',
    expected: crate.checksum,
  });
}

function manifestOf(files: readonly ArchiveFile[]): { licence: string | null; repository: string | null } {
  const bytes = files.find(({ path }) => path === 'Cargo.toml')?.bytes;
  let table: unknown = null;
  try {
    table = parse(Buffer.from(bytes ?? []).toString('utf8')).package;
  } catch {
    // A manifest that is no TOML names no licence, and is refused for that.
  }
  const field = (name: string): string | null => {
    const value = (table as Record<string, unknown> | null)?.[name];
    return typeof value === 'string' ? value : null;
  };
  return { licence: field('license'), repository: field('repository') };
}

/** rust-lang/rust and the books' repositories say the same of all of it. */
const docsLicence = 'MIT OR Apache-2.0';

/** Extracts the installed documentation: a source a book, one for the API pages, one for the sources. */
export async function snapshotDocs(docs: Installed, given: Snapshotting): Promise<LedgerRecord[]> {
  const dates = new Map(given.former.map(({ sha256: sha, date }) => [sha, date]));
  const read = (path: string): string => readFileSync(join(docs.root, path), 'utf8');
  const sources: { name: string; paths: readonly string[]; text(path: string): DocText | null }[] = [
    ...Object.keys(books).map((book) => ({ name: book, paths: listPages(docs.root, [book]), text: pageText(read) })),
    { name: 'std-api', paths: listPages(docs.root, apis), text: pageText(read) },
    {
      name: 'std-sources',
      paths: listSources(docs.root).map(({ page }) => page),
      text(path) {
        const text = extractSource(read(path));
        return text === null ? null : { path: path.replace(/^src\//, '').replace(/\.html$/, ''), text };
      },
    },
  ];
  const all = sources.reduce((sum, { paths }) => sum + paths.length, 0);
  let done = 0;
  const records: LedgerRecord[] = [];
  for (const { name, paths, text } of sources) {
    const texts: DocText[] = [];
    for (const path of paths) {
      given.signal.throwIfAborted();
      if (done % 50 === 0) {
        given.onProgress(done, all, `rust-docs ${name}`);
        await new Promise((turn) => setImmediate(turn));
      }
      done += 1;
      const found = text(path);
      if (found !== null) texts.push(found);
    }
    const bytes = Buffer.from(texts.map((one) => `${JSON.stringify(one)}\n`).join(''));
    const sha = sha256(bytes);
    keep(given.folder, { sha256: sha, how: 'rust-docs' }, bytes);
    const why = evaluationBooks.has(name) ? 'evaluation repairs its blocks' : null;
    records.push({
      v: 1,
      name: `rust-docs/${name}`,
      version: docs.version ?? 'unknown',
      licence: docsLicence,
      spdx: docsLicence,
      sha256: sha,
      bytes: texts.reduce((sum, one) => sum + Buffer.byteLength(one.text), 0),
      files: texts.length,
      date: dates.get(sha) ?? given.today,
      how: 'rust-docs',
      family: '*',
      split: why === null ? 'by family' : 'none',
      ...(why === null ? {} : { why }),
    });
  }
  return records;
}

function pageText(read: (path: string) => string): (path: string) => DocText | null {
  return (path) => {
    const page = extractPage(path, read(path));
    return page === null ? null : { path, text: page.text };
  };
}

/**
 * What a text of the documentation is split with: a module of the standard library, its sources and pages alike, or a
 * chapter of a book.
 */
export function docFamily(source: string, path: string): string {
  const parts = path.replace(/\.(?:rs|html)$/, '').split('/');
  const module = (parts[1] ?? parts[0] ?? '').replace(
    /^(?:struct|enum|trait|fn|macro|primitive|keyword|union|type|constant)\./,
    '',
  );
  return source === 'rust-docs/std-sources' || apiPath(path) !== null
    ? `std:${module}`
    : `${parts[0]}:${parts[1] ?? ''}`;
}
