// `npm run eval -- cases DIR`: evaluates rusta or a baseline over a folder of cases, prints the table, writes the report.
import { readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { stateDir } from '../../memory/store.ts';
import { shortHash } from '../../schemas/hash.ts';
import { findToolchain } from '../../tools/sandbox/toolchain.ts';
import { baselineNames } from '../../trainer/eval/contenders/baselines.ts';
import { calibration, compare, counted, figures } from '../../trainer/eval/figures.ts';
import { type Case, type Half, type Misfit, readCases } from '../../trainer/eval/layout.ts';
import { type CaseRecord, Results } from '../../trainer/eval/record.ts';
import { evaluate } from '../../trainer/eval/run.ts';
import { report } from '../../trainer/eval/table.ts';
import type { Args, Command, Flag } from '../command.ts';
import { contenderOf, programFlags } from './contender.ts';
import { count, usage } from './flags.ts';
import { EvalProgress } from './progress.ts';

const flags: readonly Flag[] = [
  { name: 'with', kind: 'text', value: 'NAME', choices: ['rusta', ...baselineNames], describe: 'what repairs' },
  ...programFlags,
  { name: 'jobs', alias: 'j', kind: 'text', value: 'N', describe: 'cases at the same time (1)' },
  {
    name: 'filter',
    kind: 'text',
    value: 'WORDS',
    describe: 'only cases whose name holds one of these words, separated by commas',
  },
  { name: 'half', kind: 'text', value: 'HALF', choices: ['tuning', 'quoting'], describe: 'only the cases of one half' },
  { name: 'limit', kind: 'text', value: 'N', describe: 'at most so many cases, spread over the set' },
  { name: 'compare', kind: 'text', value: 'FILE', describe: 'an older report: what was gained and lost' },
  { name: 'out', kind: 'text', value: 'DIR', describe: 'where results are kept, and continued' },
  { name: 'json', kind: 'switch', describe: 'print the report as JSON' },
  { name: 'debug', kind: 'switch', describe: 'show where an internal error came from' },
];

/** What `report.json` holds. */
interface Report {
  readonly v: 1;
  readonly set: string;
  readonly with: string;
  readonly version: string;
  readonly toolchain: string;
  readonly complete: boolean;
  readonly misfits: readonly Misfit[];
  readonly figures: ReturnType<typeof figures>;
  readonly calibration: ReturnType<typeof calibration>;
  readonly comparison: ReturnType<typeof compare> | null;
  readonly cases: readonly CaseRecord[];
}

export const cases: Command = {
  name: 'cases',
  describe: 'evaluate over a folder of cases (docs/REPAIR.md describes it)',
  positionals: [{ name: 'dir', describe: 'the folder', required: true, completes: 'path' }],
  flags,
  examples: [
    ['cases sets/natural --jobs 2', 'the table for this tree; started again, it continues'],
    ['cases sets/natural --with suggestions', 'the same for a baseline'],
    ['cases sets/natural --compare old/report.json', 'what a change gained and lost'],
  ],

  async run(args, context): Promise<number> {
    const { terminal, signal } = context;
    const folder = resolve(context.cwd, args.text('dir') ?? '');
    const words = args.text('filter')?.split(',').filter(Boolean) ?? [];
    const read = await readCases(folder, (name) => words.length === 0 || words.some((word) => name.includes(word)));
    const chosen = choose(read.cases, args);
    if (chosen.length === 0) throw usage('cases', 'no case is left by --filter and --half');
    const old =
      args.text('compare') === null ? null : await readReport(resolve(context.cwd, args.text('compare') ?? ''));
    const contender = await contenderOf(args.text('with') ?? 'rusta', args, context);
    const toolchain = (await findToolchain(null)).version;
    const setup = { v: 1, set: folder, with: contender.name, version: contender.version, toolchain } as const;
    const out = resolve(context.cwd, args.text('out') ?? join(stateDir(), 'eval', folderName(setup)));
    const results = await Results.open(out, setup);
    const progress = new EvalProgress(
      terminal,
      chosen.length,
      chosen.filter((one) => results.done(one.name, one.hash)).length,
    );
    try {
      const jobs = count(args, 'cases', 'jobs') ?? 1;
      await evaluate(chosen, results, {
        contender,
        toolchain,
        jobs,
        signal,
        onRecord: (record) => progress.record(record),
      });
    } finally {
      progress.stop();
    }
    const records = chosen.flatMap((one) =>
      results.done(one.name, one.hash) ? (results.records.get(one.name) ?? []) : [],
    );
    const compared = old === null ? null : compare(records, old.cases);
    const complete = records.length === chosen.length;
    const made: Report = {
      ...setup,
      complete,
      misfits: read.misfits,
      figures: figures(records),
      calibration: calibration(records),
      comparison: compared,
      cases: records,
    };
    const file = join(out, 'report.json');
    await writeFile(file, `${JSON.stringify(made, null, 1)}\n`);
    if (args.on('json')) terminal.out(`${JSON.stringify(made)}\n`);
    else {
      const title = `${basename(folder)} with ${contender.name}${complete ? '' : `: ${records.length} of ${chosen.length} cases so far`}`;
      terminal.out(`${title}\n\n${report(records, read.misfits, compared)}`);
    }
    terminal.err(`report: ${file}\n`);
    if (!complete) terminal.err('interrupted; the same command continues\n');
    if (signal.aborted) return 130;
    return counted(records).length > 0 ? 0 : 1;
  },
};

function choose(all: readonly Case[], args: Args): readonly Case[] {
  const half = args.text('half') as Half | null;
  const fitting = all.filter((one) => half === null || one.half === half);
  const limit = count(args, 'cases', 'limit');
  if (limit === null || limit >= fitting.length) return fitting;
  // Evenly spread, and the same ones each time.
  return Array.from({ length: limit }, (_, index) => fitting[Math.floor((index * fitting.length) / limit)] as Case);
}

function folderName(setup: {
  readonly set: string;
  readonly with: string;
  readonly version: string;
  readonly toolchain: string;
}): string {
  const name = basename(setup.set).replace(/[^\w.-]/g, '_');
  return `${name}-${setup.with}-${shortHash(setup.set, setup.version, setup.toolchain)}`;
}

async function readReport(path: string): Promise<Report> {
  try {
    const file = (await stat(path)).isDirectory() ? join(path, 'report.json') : path;
    return JSON.parse(await readFile(file, 'utf8')) as Report;
  } catch (error) {
    throw usage('cases', `--compare: ${path} is not a report: ${(error as Error).message}`);
  }
}
