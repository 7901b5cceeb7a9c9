// `npm run eval -- fit DIR…`: episodes over the tuning half of case folders, the weights that they speak for, written as
// the file that ranking and confidence read.
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { CONFIDENCE_PRIORS } from '../../conductor/confidence.ts';
import { priors } from '../../conductor/policy.ts';
import { findToolchain } from '../../tools/sandbox/toolchain.ts';
import { factsOf } from '../../trainer/eval/facts.ts';
import {
  type Fitted,
  firstRight,
  fitConfidence,
  fitRanking,
  type Predicted,
  predicted,
} from '../../trainer/eval/fit.ts';
import { readCases } from '../../trainer/eval/layout.ts';
import type { CaseRecord } from '../../trainer/eval/record.ts';
import { type CaseSample, sampleOf, sampleOfRecord } from '../../trainer/eval/samples.ts';
import { auroc, calibrationError } from '../../trainer/eval/stats.ts';
import { columns } from '../../trainer/eval/table.ts';
import type { Command } from '../command.ts';
import { readText } from '../values.ts';
import { count } from './flags.ts';

/** Drawn to the earlier weights this hard: a feature has to show itself in some dozens of choices to move by one. */
const ridge = 4;
const steps = 2000;
/** Parts that groups are dealt into: each is predicted by the others. */
const folds = 8;
const thresholds = [0.5, 0.6, 0.64, 0.66, 0.68, 0.7, 0.72, 0.74, 0.76, 0.78, 0.8, 0.82, 0.85, 0.9, 0.95];

export const fit: Command = {
  name: 'fit',
  describe:
    'fit the weights of ranking and confidence to the tuning half of a folder of cases, and say how well they hold',
  positionals: [{ name: 'dir', describe: 'the folder', required: true, completes: 'path' }],
  flags: [
    {
      name: 'samples',
      kind: 'text',
      value: 'FILE',
      describe: 'where episodes are kept, and continued; or the cases.ndjson of eval cases (samples.ndjson)',
    },
    {
      name: 'with',
      kind: 'list',
      value: 'FILE',
      describe: 'further samples to fit to, made by another run or by eval cases (repeatable)',
    },
    {
      name: 'half',
      kind: 'text',
      value: 'HALF',
      choices: ['tuning', 'both'],
      describe: 'cases that are sampled; both for a set that no figure is quoted from (tuning)',
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
    const both = args.text('half') === 'both';
    const able = cases.filter((one) => (both || one.half === 'tuning') && one.hidden !== null);
    const wanted = spread(able, limit);
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
    const further = await Promise.all(args.list('with').map((other) => samplesIn(resolve(cwd, other))));
    const samples = [...known.values(), ...further.flat()];
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
    const ranked = (now: Readonly<Record<string, number>>): string => {
      const { share, n } = firstRight(samples, now);
      return `${(100 * share).toFixed(1)}% of ${n}`;
    };
    terminal.err(
      `ranking: ${told(ranking)}; a right one first ${ranked(priors.weights)} → ${ranked(ranking.weights)}\n`,
    );
    terminal.err(`confidence: ${told(confidence)}\n\n${confidenceTable(confidence.weights)}\n`);
    const own = predicted([...known.values()], CONFIDENCE_PRIORS, { ridge, steps }, folds);
    const all = predicted(samples, CONFIDENCE_PRIORS, { ridge, steps }, folds);
    terminal.err(`\n${basename(file)}, each group by the others alone:\n${quality(own)}\n`);
    if (further.length > 0) terminal.err(`\nall samples, likewise:\n${quality(all)}\n`);
    return 0;
  },
};

/** Evenly spread, and the same ones each time. */
function spread<T>(all: readonly T[], most: number): readonly T[] {
  if (all.length <= most) return all;
  return Array.from({ length: most }, (_, index) => all[Math.floor((index * all.length) / most)] as T);
}

/** The table of the confidence: feature, weight, prior. */
function confidenceTable(weights: Readonly<Record<string, number>>): string {
  const rows = Object.entries(CONFIDENCE_PRIORS).map(([name, prior]) => [
    name,
    (weights[name] ?? prior).toFixed(2),
    prior.toFixed(2),
  ]);
  return columns([['feature', 'weight', 'prior'], ...rows]);
}

/** How well confidence tells right from wrong, and what each threshold would claim. */
function quality(claims: readonly Predicted[]): string {
  const percent = (part: number, of: number): string => (of === 0 ? '–' : `${((100 * part) / of).toFixed(1)}%`);
  const right = claims.filter((one) => one.right).length;
  const rows = thresholds.map((threshold) => {
    const claimed = claims.filter(({ confidence, claimable }) => claimable && confidence >= threshold);
    const hits = claimed.filter((one) => one.right).length;
    return [
      threshold.toFixed(2),
      `${claimed.length}`,
      percent(claimed.length - hits, claimed.length),
      percent(hits, right),
    ];
  });
  const area = auroc(claims)?.toFixed(3) ?? '–';
  const error = calibrationError(claims)?.toFixed(3) ?? '–';
  return [
    `${claims.length} first offers, ${right} right; AUROC ${area}, calibration error ${error}`,
    columns([['from', 'claimed', 'wrong', 'of the right ones'], ...rows]),
  ].join('\n');
}

function told({ n, before, after }: Fitted): string {
  return `log-loss ${before.toFixed(3)} → ${after.toFixed(3)} over ${n}`;
}

/** Samples, or the results of `eval cases`: those know no rankings, and tell the confidence alone. */
async function samplesIn(file: string): Promise<CaseSample[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    if (line === '') return [];
    const one = JSON.parse(line) as CaseSample | CaseRecord;
    return 'evidence' in one ? (sampleOfRecord(one) ?? []) : [one];
  });
}
