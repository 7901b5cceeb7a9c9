// `trainer entries validate`: do the golden entries keep their schema, their hashes, and does each patch still prove itself?
import { join } from 'node:path';
import { exitCodes } from '../../schemas/errors.ts';
import type { Command } from '../command.ts';
import { Counter } from './counter.ts';
import { datasetsFolder } from './data.ts';

export const entries: Command = {
  name: 'entries',
  describe: 'check the golden entries: schemas, hashes, anchors, and that each patch still proves itself',
  positionals: [{ name: 'action', describe: 'the word validate', required: true, completes: ['validate'] }],
  flags: [
    { name: 'entries', kind: 'text', value: 'DIR', describe: 'the entries (datasets/golden)' },
    { name: 'quick', kind: 'switch', describe: 'do not prove the patches again' },
    { name: 'debug', kind: 'switch', describe: 'show where an internal error came from' },
  ],

  async run(args, { terminal, signal }): Promise<number> {
    const [{ readCases }, { entryFaults, provePatch }] = await Promise.all([
      import('../../trainer/eval/layout.ts'),
      import('../../trainer/eval/entries.ts'),
    ]);
    const folder = args.text('entries') ?? join(datasetsFolder(), 'golden');
    const { cases, misfits } = await readCases(folder);
    const counter = new Counter(terminal);
    const wrong: string[] = misfits.map(({ name, why }) => `${name}: ${why}`);
    for (const [index, one] of cases.entries()) {
      signal.throwIfAborted();
      counter.count(index, cases.length, one.name);
      const faults = entryFaults(one);
      if (faults.length === 0 && !args.on('quick')) faults.push(...(await provePatch(one, signal)));
      wrong.push(...faults.map((fault) => `${one.name}: ${fault}`));
    }
    counter.end();
    for (const line of wrong) terminal.out(`${line}\n`);
    terminal.out(`${cases.length} entries, ${wrong.length} ${wrong.length === 1 ? 'fault' : 'faults'}\n`);
    return wrong.length === 0 && cases.length > 0 ? exitCodes.ok : exitCodes.notFixed;
  },
};
