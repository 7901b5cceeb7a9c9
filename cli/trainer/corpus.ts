// The corpus that a command reads: a folder that `trainer data build` wrote, or, without one, what is installed here: the
// documentation, taken and cut up in the same way and kept in the cache.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Corpus } from '../../trainer/collate/corpus.ts';
import type { Context } from '../command.ts';
import { Counter } from './counter.ts';
import { datasetsFolder } from './data.ts';

/** @throws RustaError `corpus-missing`, `corpus-broken`, `docs-missing`. */
export async function corpusOf(folder: string | null, context: Context): Promise<Corpus> {
  const { Corpus } = await import('../../trainer/collate/corpus.ts');
  return Corpus.open(folder === null ? await documentation(context) : resolve(context.cwd, folder));
}

/** Another number where the same documentation is to be taken anew: what is extracted, or how it is cut up, has changed. */
const extraction = 1;

/** The corpus of the installed documentation, built where the cache does not hold that of this version; a minute. */
async function documentation({ terminal, signal }: Context): Promise<string> {
  const { cacheFolder } = await import('../../tools/sandbox/cache.ts');
  const { findDocs } = await import('../../tools/docs/install.ts');
  const { findToolchain } = await import('../../tools/sandbox/toolchain.ts');
  const { shortHash } = await import('../../schemas/hash.ts');
  const docs = findDocs((await findToolchain(null)).sysroot);
  const out = join(cacheFolder(), 'corpora', shortHash('documentation', docs.root, `${docs.version}`, `${extraction}`));
  if (existsSync(join(out, 'manifest.json'))) return out;

  const { snapshotDocs } = await import('../../datasets/snapshot.ts');
  const { readDenyLists } = await import('../../datasets/deny.ts');
  const { planCorpus, sourcesOf } = await import('../../datasets/corpus.ts');
  const { writeShards } = await import('../../datasets/shards.ts');
  const { sha256 } = await import('../../schemas/hash.ts');
  const folder = join(cacheFolder(), 'data');
  const deny = readDenyLists([join(datasetsFolder(), 'deny-sha256.txt')]);
  const counter = new Counter(terminal);
  const onProgress = (done: number, of: number, what: string): void => counter.count(done, of, what);
  const given = { folder, deny, former: [], signal, today: new Date().toISOString().slice(0, 10), onProgress };
  const records = await snapshotDocs(docs, given);
  const sources = sourcesOf(records, folder);
  const ledger = sha256(records.map(({ sha256: sha }) => sha).join('\n'));
  writeShards(out, await planCorpus(sources, given), sources, ledger, given);
  counter.end();
  return out;
}
