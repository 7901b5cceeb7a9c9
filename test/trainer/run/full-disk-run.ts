// A run whose disk fills up, in a process of its own for a test: `full-disk-run.ts CORPUS FOLDER`, where FOLDER's file system is small.
// Says how the run ended, then frees the space, goes on with --resume's means and says how that ended.
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDevice } from '../../../engine/device.ts';
import { RustaError } from '../../../schemas/errors.ts';
import { Corpus } from '../../../trainer/collate/corpus.ts';
import { readCheckpoint } from '../../../trainer/run/checkpoints.ts';
import { run, runFiles } from '../../../trainer/run/run.ts';
import { requestOf } from './tiny-run.ts';

const [data, parent] = process.argv.slice(2) as [string, string];
const corpus = await Corpus.open(data);
const device = await openDevice({ device: 'reference' });
const folder = join(parent, 'run');
const filler = join(parent, 'filler');
const { signal } = new AbortController();
const onMetric = ({ type, step }: { type: string; step: number }): void => {
  if (type !== 'train' || step !== 3) return;
  const { bavail, bsize } = statfsSync(parent);
  writeFileSync(filler, Buffer.alloc(bavail * bsize));
};
const said: string[] = [];
try {
  await run(requestOf(folder, { corpus, device }, { signal, onMetric }));
  said.push('it ended as if nothing were');
} catch (error) {
  said.push(error instanceof RustaError ? `${error.code} ${error.message}` : `${error}`);
}
const { facts } = await readCheckpoint(join(folder, runFiles.state));
said.push(`kept: step ${facts.progress.step}`);
rmSync(filler);
const { outcome, progress } = await run(requestOf(folder, { corpus, device }, { signal, resume: true }));
said.push(`${outcome} at step ${progress.step}`);
process.stdout.write(`${said.join('\n')}\n`, () => process.exit(0));
