// The corpus over small made-up sources: what is left out, and that shards and manifest agree.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { planCorpus, type Source, sourcesOf } from '../../datasets/corpus.ts';
import type { DenyList } from '../../datasets/deny.ts';
import { type Placed, type ShardManifest, writeShards } from '../../datasets/shards.ts';
import { readSnapshot, snapshotPath } from '../../datasets/snapshot.ts';
import { sha256 } from '../../schemas/hash.ts';
import type { LedgerRecord } from '../../schemas/types.ts';
import { tarOf } from '../support/archives.ts';
import { assert, test } from '../support/harness.ts';

const folder = mkdtempSync(join(tmpdir(), 'corpus-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

/** Code of its own for each seed, as long as a file has to be. */
const code = (seed: string, lines = 30): string =>
  Array.from(
    { length: lines },
    (_, index) => `pub fn ${seed}_${index}(input: &str) -> usize { input.len() + ${index} }`,
  ).join('\n');
const body = Array.from({ length: 10 }, (_, index) => `let part${index} = self.reader.take_next(${index})?;`).join(
  '\n',
);
const shared = `fn shared_by_both(&mut self) -> Result<(), Error> {\n${body}\nOk(()) }\n`;

function source(name: string, split: 'train' | 'val' | 'test', files: Readonly<Record<string, string>>): LedgerRecord {
  const bytes = gzipSync(tarOf(files));
  const record: LedgerRecord = {
    v: 1,
    name,
    version: '1.0.0',
    licence: 'MIT',
    spdx: 'MIT',
    sha256: sha256(bytes),
    bytes: 1,
    files: Object.keys(files).length,
    date: '2026-01-01',
    how: 'cargo fetch',
    family: name,
    split,
  };
  const path = snapshotPath(folder, record);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, bytes);
  return record;
}

const none: DenyList = { hashes: new Set(), names: new Set() };
const quiet = { folder, deny: none, signal: new AbortController().signal, onProgress: () => {} };

const records = [
  source('alpha', 'train', {
    'src/lib.rs': code('alpha'),
    'src/copy.rs': code('tested'),
    'src/bindings.rs': code('bound'),
  }),
  source('beta', 'train', {
    'src/lib.rs': `${code('beta')}\n${shared}`,
    'README.md': 'A text about beta. '.repeat(20),
  }),
  source('gamma', 'test', { 'src/lib.rs': code('tested'), 'src/other.rs': `${code('gamma')}\n${shared}` }),
  source('delta', 'val', { 'src/lib.rs': code('delta') }),
];
const paths = (documents: readonly { readonly source: string; readonly path: string }[]): string[] =>
  documents.map((one) => `${one.source}/${one.path}`).sort();

test('a copy of a test file is left out of train, a test file whose function stands in train out of test', async () => {
  const plan = await planCorpus(sourcesOf(records, folder), quiet);
  assert.equal(paths(plan.documents), [
    'alpha 1.0.0/src/lib.rs',
    'beta 1.0.0/README.md',
    'beta 1.0.0/src/lib.rs',
    'delta 1.0.0/src/lib.rs',
    'gamma 1.0.0/src/lib.rs',
  ]);
  assert.is(plan.dropped.duplicate?.documents, 1);
  assert.is(plan.dropped['a function of it stands in train']?.documents, 1);
  assert.is(plan.dropped['machine-made: by its path']?.documents, 1);
});

test('a source with one denied file is left out whole', async () => {
  const deny = { hashes: new Set([sha256(code('bound'))]), names: new Set<string>() };
  const plan = await planCorpus(sourcesOf(records, folder), { ...quiet, deny });
  assert.equal(
    plan.documents.filter((one) => one.source.startsWith('alpha')),
    [],
  );
});

test('shards hold what the manifest says, twice the same', async () => {
  const sources = sourcesOf(records, folder);
  const plan = await planCorpus(sources, quiet);
  const out = join(folder, 'out');
  const manifest = writeShards(out, plan, sources, 'ledger', quiet);
  const again = writeShards(out, plan, sources, 'ledger', quiet);
  assert.equal(again, manifest);
  assert.equal(JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8')) as ShardManifest, manifest);
  assert.equal(readdirSync(out).sort(), [
    'documents.jsonl',
    'manifest.json',
    'test-code.bin',
    'train-000.bin',
    'val-code.bin',
  ]);
  const placed = readFileSync(join(out, 'documents.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Placed);
  for (const { file, offset, bytes, source: name, path } of placed) {
    const held = readFileSync(join(out, file))
      .subarray(offset, offset + bytes)
      .toString();
    const text = sources
      .find(({ record }) => name.startsWith(`${record.name} `))
      ?.texts()
      .find((one) => one.path === path)?.text;
    assert.is(held, text);
  }
  for (const { file, sha256: sha, bytes } of manifest.shards) {
    const held = readFileSync(join(out, file));
    assert.is(held.length, bytes);
    assert.is(sha256(held), sha);
  }
});

test('a folder that holds something else is not touched; a run that is stopped leaves nothing', async () => {
  const sources = sourcesOf(records, folder);
  const plan = await planCorpus(sources, quiet);
  const taken = join(folder, 'taken');
  mkdirSync(taken);
  writeFileSync(join(taken, 'mine'), 'x');
  assert.throws(() => writeShards(taken, plan, sources, 'l', quiet), /exists and holds no corpus/);
  const stopped = new AbortController();
  const out = join(folder, 'stopped');
  const onProgress = (done: number): void => {
    if (done === 2) stopped.abort();
  };
  assert.throws(() => writeShards(out, plan, sources, 'l', { signal: stopped.signal, onProgress }));
  assert.equal([existsSync(out), existsSync(`${out}.part`)], [false, false]);
});

test('nothing to write is said so', async () => {
  const empty: readonly Source[] = [];
  const plan = await planCorpus(empty, quiet);
  assert.throws(() => writeShards(join(folder, 'empty'), plan, empty, 'l', quiet), /no document is left/);
});

test('bytes that are not those of the ledger are refused, and those that are gone', () => {
  const record = source('omega', 'train', { 'src/lib.rs': code('omega') });
  writeFileSync(snapshotPath(folder, record), '');
  assert.throws(() => readSnapshot(folder, record), /omega 1\.0\.0: its bytes are not those/);
  rmSync(snapshotPath(folder, record));
  assert.throws(() => readSnapshot(folder, record), /nothing is held under its hash/);
});
