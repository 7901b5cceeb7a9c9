// `npm run eval -- docs --out DIR`: the installed documentation's failing snippets, with what follows them, as a set.
import { resolve } from 'node:path';
import { docCases } from '../../trainer/eval/sets/docs.ts';
import { CaseSet } from '../../trainer/eval/sets/write.ts';
import type { Command } from '../command.ts';
import { usage } from './flags.ts';

export const docs: Command = {
  name: 'docs',
  describe: 'make cases: snippets of the error index and the Book that are said not to compile',
  positionals: [],
  flags: [
    { name: 'out', kind: 'text', value: 'DIR', describe: 'where the set is written' },
    { name: 'debug', kind: 'switch', describe: 'show where an internal error came from' },
  ],

  async run(args, { cwd, terminal }): Promise<number> {
    const out = args.text('out');
    if (out === null) throw usage('docs', 'say where: --out DIR');
    const set = await CaseSet.open(resolve(cwd, out), { recipe: 'docs' });
    const cases = await docCases();
    for (const one of cases) await set.write(one);
    const paired = cases.filter(({ fixed }) => fixed !== null).length;
    terminal.out(`${cases.length} cases, ${paired} of them with a block that follows and compiles\n`);
    return 0;
  },
};
