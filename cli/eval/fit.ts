// `npm run eval -- fit DIR…`: episodes over the tuning half of case folders, the weights that they speak for, written as
// the file that ranking and confidence read.
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CONFIDENCE_PRIORS } from '../../conductor/confidence.ts';
import { priors } from '../../conductor/policy.ts';
import { findToolchain } from '../../tools/sandbox/toolchain.ts';
import { factsOf } from '../../trainer/eval/facts.ts';
import { type Fitted, fitConfidence, fitRanking } from '../../trainer/eval/fit.ts';
import { readCases } from '../../trainer/eval/layout.ts';
import { type CaseSample, sampleOf } from '../../trainer/eval/samples.ts';
import type { Command } from '../command.ts';
import { readText } from '../values.ts';
import { count } from './flags.ts';

/** Drawn to the earlier weights this hard: a feature has to show itself in some dozens of choices to move by one. */
const ridge = 4;
const steps = 2000;

export const fit: Command = {
  name: 'fit',
  describe: 'fit the weights of ranking and confidence to the tuning half of a folder of cases',
  positionals: [{ name: 'dir', describe: 'the folder', required: true, completes: 'path' }],
  flags: [
    {
      name: 'samples',
      kind: 'text',
      value: 'FILE',
      describe: 'where episodes are kept, and continued (samples.ndjson)',
    },
    { name: 'out', kind: 'text', value: 'FILE', describe: 'the weights; printed without it' },
    { name: 'time', kind: 'text', value: 'TIME', describe: 'time budget of an episode (20s)' },
    { name: 'limit', kind: 'text', value: 'N', describe: 'at most so many cases' },
    { name: 'debug', kind: 'switch', describe: 'show where an internal error came from' },
  ],

  async run(args, { cwd, terminal, signal }): Promise<number> {
    const { cases } = await readCases(resolve(cwd, args.text('dir') ?? ''));
    const file = resolve(cwd, args.text('samples') ?? 'samples.ndjson');
    const timeMs = readText('time', args.text('time') ?? '20s', '--time') as number;
    const limit = count(args, 'fit', 'limit') ?? Number.POSITIVE_INFINITY;
    const known = new Map((await samplesIn(file)).map((sample) => [sample.case, sample]));
    const wanted = cases.filter((one) => one.half === 'tuning' && one.hidden !== null).slice(0, limit);
    const { version } = await findToolchain(null);
    for (const [index, one] of wanted.entries()) {
      if (signal.aborted) return 130;
      if (known.has(one.name)) continue;
      terminal.err(`${index + 1}/${wanted.length} ${one.name}\n`);
      const facts = await factsOf(one, version, signal);
      if (facts.excluded !== null) continue;
      const sample = await sampleOf(one, facts, timeMs, signal);
      known.set(one.name, sample);
      await appendFile(file, `${JSON.stringify(sample)}\n`);
    }
    const samples = [...known.values()];
    const ranking = fitRanking(samples, priors.weights, priors.bias, { ridge, steps });
    const confidence = fitConfidence(samples, CONFIDENCE_PRIORS, { ridge, steps });
    const fitted = { cases: samples.length, choices: ranking.n, patches: confidence.n };
    const weights = {
      fitted,
      policy: { bias: ranking.bias, weights: ranking.weights },
      confidence: confidence.weights,
    };
    const text = `${JSON.stringify(weights, null, 2)}\n`;
    const out = args.text('out');
    if (out === null) terminal.out(text);
    else await writeFile(resolve(cwd, out), text);
    terminal.err(`ranking: ${told(ranking)}\nconfidence: ${told(confidence)}\n`);
    return 0;
  },
};

function told({ n, before, after }: Fitted): string {
  return `log-loss ${before.toFixed(3)} → ${after.toFixed(3)} over ${n}`;
}

async function samplesIn(file: string): Promise<CaseSample[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as CaseSample]));
}
