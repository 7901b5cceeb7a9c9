// `npm run eval -- golden`: repairs again what recorded episodes started from, and holds each to its recorded end: the same
// status, and as many changed lines, give or take two. `rusta golden add EPISODE` records one.
import { fileURLToPath } from 'node:url';
import type { GoldenEntry } from '../../schemas/types.ts';
import { countLines } from '../../tools/patch/diff.ts';
import { strays } from '../../trainer/eval/golden.ts';
import { readCases, type Texts } from '../../trainer/eval/layout.ts';
import { columns } from '../../trainer/eval/table.ts';
import type { Command } from '../command.ts';
import { contenderOf, programFlags } from './contender.ts';

const folder = fileURLToPath(new URL('../../datasets/golden', import.meta.url));

export const golden: Command = {
  name: 'golden',
  describe: 'repair again what recorded episodes started from',
  positionals: [],
  flags: [...programFlags, { name: 'debug', kind: 'switch', describe: 'show where an internal error came from' }],

  async run(args, context): Promise<number> {
    const { terminal, signal } = context;
    const { cases, misfits } = await readCases(folder);
    const contender = await contenderOf('rusta', args, context);
    const rows: string[][] = misfits.map(({ name, why }) => [name, why]);
    let failed = misfits.length;
    for (const { name, kind, broken, meta } of cases) {
      const attempt = await contender.attempt({ kind, broken, edition: null }, signal);
      if (signal.aborted) return 130;
      const why = strays(
        meta as unknown as GoldenEntry,
        attempt,
        changedLines(broken, attempt.offered ?? attempt.state),
      );
      if (why !== null) failed += 1;
      rows.push([name, why ?? 'as recorded', `${attempt.seconds.toFixed(1)} s`]);
    }
    terminal.out(
      `${columns(rows)}\n${cases.length + misfits.length - failed} of ${cases.length + misfits.length} as recorded\n`,
    );
    return failed === 0 ? 0 : 1;
  },
};

function changedLines(before: Texts, after: Texts): number {
  const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? new Uint8Array()).toString('utf8');
  const changes = [...before].map(([path, bytes]) => ({ path, before: text(bytes), after: text(after.get(path)) }));
  const { added, removed } = countLines(changes);
  return added + removed;
}
