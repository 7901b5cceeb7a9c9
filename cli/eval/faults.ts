// `npm run eval -- faults --out DIR`: makes a set of cases by putting faults into published crates.
import { resolve } from 'node:path';
import { halfOf } from '../../trainer/eval/layout.ts';
import { evaluationManifest, sourceCrates } from '../../trainer/eval/sets/crates.ts';
import { type MadeOfCrate, makeFaults } from '../../trainer/eval/sets/faults.ts';
import { CaseSet } from '../../trainer/eval/sets/write.ts';
import { columns } from '../../trainer/eval/table.ts';
import type { Command } from '../command.ts';
import { duration } from '../text.ts';
import { count, usage } from './flags.ts';

/** Single faults that the whole list of crates is asked for. */
const wholeSet = 1200;

export const faults: Command = {
  name: 'faults',
  describe: 'make cases: faults in published crates (datasets/evaluation), one to three at a time',
  positionals: [],
  flags: [
    { name: 'out', kind: 'text', value: 'DIR', describe: 'where the set is written, and continued' },
    { name: 'crates', kind: 'text', value: 'FILE', describe: 'a Cargo.toml (with Cargo.lock) that lists other crates' },
    { name: 'only', kind: 'text', value: 'NAMES', describe: 'only these crates of the list, separated by commas' },
    {
      name: 'limit',
      kind: 'text',
      value: 'N',
      describe: `cases in all, evenly over the crates of the list (${wholeSet})`,
    },
    { name: 'count', kind: 'text', value: 'N', choices: ['1', '2', '3'], describe: 'faults in each case' },
    { name: 'seed', kind: 'text', value: 'TEXT', describe: 'another seed makes other cases (1)' },
    { name: 'debug', kind: 'switch', describe: 'show where an internal error came from' },
  ],
  examples: [['faults --out sets/faults-2 --count 2', 'two faults in each case']],

  async run(args, { cwd, terminal, signal }): Promise<number> {
    const out = args.text('out');
    if (out === null) throw usage('faults', 'say where: --out DIR');
    const manifest = args.text('crates') === null ? evaluationManifest : resolve(cwd, args.text('crates') ?? '');
    const limit = count(args, 'faults', 'limit') ?? wholeSet;
    const seed = args.text('seed') ?? '1';
    const number = Number(args.text('count') ?? '1');
    const all = await sourceCrates(manifest, signal);
    const only = args.text('only')?.split(',');
    const chosen = all.filter(({ name }) => only === undefined || only.includes(name));
    if (chosen.length === 0) throw usage('faults', `none of ${args.text('only')} is in ${manifest}`);
    const size = Math.max(1, Math.ceil(limit / all.length));
    const set = await CaseSet.open(resolve(cwd, out), { recipe: 'faults', seed, count: number, size });

    const results: [string, MadeOfCrate][] = [];
    const started = performance.now();
    let fresh = 0;
    for (const [index, crate] of chosen.entries()) {
      let made = await set.made<MadeOfCrate>(crate.name);
      if (made === null) {
        made = await makeFaults(crate, { seed, count: number, size, signal }, (one) =>
          set.write({ ...one, kind: 'crate' }),
        );
        if (signal.aborted) break;
        await set.finish(crate.name, made);
        fresh += 1;
        const left = ((performance.now() - started) / fresh) * (chosen.length - index - 1);
        const what = made.unusable ?? `${made.cases} cases of ${made.tried} faults tried`;
        terminal.err(`${index + 1}/${chosen.length} · ${crate.name}: ${what} · ${duration(left)} left\n`);
      }
      results.push([crate.name, made]);
    }
    terminal.out(`${summary(results)}\n`);
    if (signal.aborted) {
      terminal.err('interrupted; the same command continues\n');
      return 130;
    }
    return results.some(([, made]) => made.cases > 0) ? 0 : 1;
  },
};

function summary(results: readonly (readonly [string, MadeOfCrate])[]): string {
  const usable = results.filter(([, made]) => made.unusable === null);
  const total = usable.reduce((sum, [, made]) => sum + made.cases, 0);
  const codes = new Map<string, number>();
  for (const [, made] of usable)
    for (const [code, n] of Object.entries(made.codes)) codes.set(code, (codes.get(code) ?? 0) + n);
  const head = ['crate', 'half', 'cases', 'tried', 'harmless', 'unreached'];
  const rows = usable.map(([name, one]) =>
    [name, halfOf(name), one.cases, one.tried, one.harmless, one.unreached].map(String),
  );
  const mix = [...codes]
    .sort(([, a], [, b]) => b - a)
    .map(([code, n]) => [code, String(n), `${((100 * n) / total).toFixed(1)}%`]);
  const unusable = results
    .filter(([, made]) => made.unusable !== null)
    .map(([name, made]) => `  ${name}: ${made.unusable}`);
  return [
    `${total} cases in ${usable.length} crates`,
    columns([head, ...rows]),
    columns([['code', 'cases', 'share'], ...mix]),
    ...(unusable.length === 0 ? [] : [`left out: ${unusable.length}\n${unusable.join('\n')}`]),
  ].join('\n\n');
}
