// `npm run eval -- ranks DIR`: where the known fix stands among the candidates, by the table and with the byte language model.
import { resolve } from 'node:path';
import { type Half, readCases } from '../../trainer/eval/layout.ts';
import { type Place, placeFigures, placesOf } from '../../trainer/eval/ranks.ts';
import { shippedCheckpoint } from '../checkpoint.ts';
import type { Command } from '../command.ts';
import { count } from './flags.ts';

export const ranks: Command = {
  name: 'ranks',
  describe: 'where the known fix stands among the candidates, without and with the byte language model',
  positionals: [{ name: 'dir', describe: 'the folder', required: true, completes: 'path' }],
  flags: [
    { name: 'half', kind: 'text', value: 'HALF', choices: ['tuning', 'quoting'], describe: 'of which cases (tuning)' },
    { name: 'limit', kind: 'text', value: 'N', describe: 'at most so many cases, spread over the half' },
    { name: 'checkpoint', kind: 'text', value: 'FILE', describe: 'the byte language model (the one that ships)' },
    { name: 'debug', kind: 'switch', describe: 'show where an internal error came from' },
  ],

  async run(args, { cwd, terminal, signal }): Promise<number> {
    const { cases } = await readCases(resolve(cwd, args.text('dir') ?? ''));
    const half = (args.text('half') ?? 'tuning') as Half;
    const able = cases.filter((one) => one.half === half && one.fixed !== null);
    const most = Math.min(able.length, count(args, 'ranks', 'limit') ?? able.length);
    const chosen = Array.from({ length: most }, (_, index) => able[Math.floor((index * able.length) / most)]);
    const given = args.text('checkpoint');
    const checkpoint = given === null ? shippedCheckpoint() : resolve(cwd, given);
    const places: Place[] = [];
    const tell = (): void => {
      const { rankings, compared, first, before } = placeFigures(places);
      terminal.out(
        `${half}: ${rankings} rankings with the known fix, ${compared} of them compared; it is first in ${first.table} by the table, ${first.model} with the model; before it stand ${before.table} and ${before.model} candidates in all\n`,
      );
    };
    for (const [index, one] of chosen.entries()) {
      if (signal.aborted || one === undefined) break;
      places.push(...(await placesOf(one, checkpoint, signal)));
      terminal.err(`${index + 1}/${chosen.length}\n`);
    }
    tell();
    return signal.aborted ? 130 : 0;
  },
};
