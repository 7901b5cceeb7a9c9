// `npm run eval -- canary`: the small programs of datasets/canaries, repaired and judged in a minute. Fails when one that
// is expected to be fixed is not; `"expect": "open"` in a canary's .json says which are not expected to be, and why.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findToolchain } from '../../tools/sandbox/toolchain.ts';
import { counted, isRight, isWrong } from '../../trainer/eval/figures.ts';
import { readCases } from '../../trainer/eval/layout.ts';
import { Results } from '../../trainer/eval/record.ts';
import { evaluate } from '../../trainer/eval/run.ts';
import { columns } from '../../trainer/eval/table.ts';
import type { Command } from '../command.ts';
import { contenderOf, programFlags } from './contender.ts';
import { count } from './flags.ts';
import { EvalProgress } from './progress.ts';

const folder = fileURLToPath(new URL('../../datasets/canaries', import.meta.url));

export const canary: Command = {
  name: 'canary',
  describe: 'repair the canaries; exit 1 when one that should be fixed is not',
  positionals: [],
  flags: [
    ...programFlags,
    { name: 'jobs', alias: 'j', kind: 'text', value: 'N', describe: 'canaries at the same time (2)' },
    { name: 'debug', kind: 'switch', describe: 'show where an internal error came from' },
  ],

  async run(args, context): Promise<number> {
    const { terminal, signal } = context;
    // The known fixes are for people and for `cases datasets/canaries`: here the hidden tests alone judge, which is faster.
    const cases = (await readCases(folder)).cases.map((one) => ({ ...one, fixed: null, hash: `${one.hash}-canary` }));
    const contender = await contenderOf('rusta', args, context);
    const toolchain = (await findToolchain(null)).version;
    const scratch = await mkdtemp(join(tmpdir(), 'rusta-canary-'));
    const progress = new EvalProgress(terminal, cases.length, 0);
    try {
      const setup = { v: 1, set: folder, with: contender.name, version: contender.version, toolchain } as const;
      const results = await Results.open(scratch, setup);
      const jobs = count(args, 'canary', 'jobs') ?? 2;
      await evaluate(cases, results, {
        contender,
        toolchain,
        jobs,
        signal,
        onRecord: (record) => progress.record(record),
      });
      progress.stop();
      if (signal.aborted) return 130;
      const records = [...results.records.values()].sort((a, b) => (a.case < b.case ? -1 : 1));
      const open = new Set(cases.filter(({ meta }) => meta.expect === 'open').map(({ name }) => name));
      const rows = records.map((one) => {
        const verdict = isRight(one) ? 'right' : isWrong(one) ? 'WRONG' : 'not fixed';
        const seconds = one.seconds === null ? '' : `${one.seconds.toFixed(1)} s`;
        const note = !open.has(one.case) ? '' : isRight(one) ? 'expected open: now it is fixed' : 'open';
        return [one.case, one.excluded ?? String(one.status), verdict, seconds, note];
      });
      const expected = cases.filter(({ name }) => !open.has(name));
      const right = counted(records).filter((one) => isRight(one) && !open.has(one.case)).length;
      terminal.out(`${columns(rows)}\n${right} of ${expected.length} canaries are fixed, ${open.size} open\n`);
      return right === expected.length ? 0 : 1;
    } finally {
      progress.stop();
      await rm(scratch, { recursive: true, force: true });
    }
  },
};
