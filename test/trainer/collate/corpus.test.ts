// A corpus is read as it was built, and anything that differs from its manifest is told by file.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RustaError } from '../../../schemas/errors.ts';
import { sha256 } from '../../../schemas/hash.ts';
import { Corpus } from '../../../trainer/collate/corpus.ts';
import { assert, test } from '../../support/harness.ts';

let folder = '';
test.before.each(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rusta-corpus-'));
});
test.after.each(() => rm(folder, { recursive: true, force: true }));

async function build(change: { shard?: string; file?: string; bytes?: number } = {}): Promise<string> {
  const file = change.file ?? 'train-000.bin';
  const text = 'fn a() {}fn b() {}';
  await writeFile(join(folder, 'train-000.bin'), change.shard ?? text);
  const documents = [0, 9]
    .map((offset) => ({
      source: 's 1',
      path: `${offset}.rs`,
      kind: 'code',
      split: 'train',
      bytes: change.bytes ?? 9,
      file,
      offset,
    }))
    .map((document) => `${JSON.stringify(document)}\n`)
    .join('');
  await writeFile(join(folder, 'documents.jsonl'), documents);
  const shards = [{ file, split: 'train', kind: null, bytes: text.length, documents: 2, sha256: sha256(text) }];
  const manifest = { v: 1, ledger: 'l', shards, documents: sha256(documents), dropped: {} };
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
  return folder;
}

async function refusal(made: Promise<string>): Promise<string> {
  try {
    await Corpus.open(await made);
  } catch (error) {
    assert.instance(error, RustaError);
    return (error as Error).message;
  }
  return 'opened';
}

test('documents of a split and kind, with their places', async () => {
  const corpus = await Corpus.open(await build());
  assert.equal(
    corpus.of('train', 'code').map(({ offset, file }) => [corpus.files[file], offset]),
    [
      [join(folder, 'train-000.bin'), 0],
      [join(folder, 'train-000.bin'), 9],
    ],
  );
  assert.equal(corpus.of('test', 'code'), []);
});

test('what was changed, cut off or never there is named', async () => {
  assert.match(await refusal(build({ shard: 'fn a() {}fn c() {}' })), /train-000\.bin .*hash/);
  assert.match(await refusal(build({ shard: 'fn a()' })), /train-000\.bin .*holds 6 bytes, not 18/);
  assert.match(await refusal(build({ bytes: 99 })), /lies outside/);
  assert.match(await refusal(build({ file: '../x.bin' })), /is no file of its folder/);
  assert.match(await refusal(Promise.resolve(join(folder, 'none'))), /holds no corpus/);
  await writeFile(join(await build(), 'documents.jsonl'), '');
  assert.match(await refusal(Promise.resolve(folder)), /documents\.jsonl .*hash/);
});
