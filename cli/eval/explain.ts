// `npm run eval -- explain`: the questions of datasets/questions, put to rusta explain and to three baselines.
import { fileURLToPath } from 'node:url';
import { openDocs } from '../../tools/docs/index/open.ts';
import { cacheFolder } from '../../tools/sandbox/cache.ts';
import { findToolchain } from '../../tools/sandbox/toolchain.ts';
import { baselines, fitConfidence, rusta, type Score, score } from '../../trainer/eval/explain.ts';
import { readQuestions } from '../../trainer/eval/questions.ts';
import { columns } from '../../trainer/eval/table.ts';
import type { Command } from '../command.ts';
import { Counter } from '../trainer/counter.ts';

const folder = fileURLToPath(new URL('../../datasets/questions', import.meta.url));

export const explain: Command = {
  name: 'explain',
  describe: 'ask rusta explain, and three baselines, the questions with known sections',
  positionals: [],
  flags: [
    {
      name: 'half',
      kind: 'text',
      value: 'HALF',
      choices: ['quote', 'tune', 'further'],
      describe: 'which half, or the further questions (quote)',
    },
    { name: 'fit', kind: 'switch', describe: 'print the confidence model that the tuning half gives' },
    { name: 'wrong', kind: 'switch', describe: 'list what rusta explain gets wrong (of the tuning half alone)' },
    { name: 'debug', kind: 'switch', describe: 'show where an internal error came from' },
  ],

  async run(args, { terminal, signal }): Promise<number> {
    const half = args.text('half') ?? 'quote';
    const { sysroot, rustc, version } = await findToolchain(null);
    const counter = new Counter(terminal);
    const docs = await openDocs({
      cache: cacheFolder(),
      sysroot,
      rustc,
      version,
      signal,
      onProgress: (done, of, page) => counter.say(`${done} of ${of}  ${page}`),
    });
    counter.end();
    const all = readQuestions(half === 'further' ? `${folder}/further` : folder);
    if (args.on('fit')) {
      const { weights, threshold } = fitConfidence(
        docs,
        all.filter((question) => question.half === 'tune'),
      );
      terminal.out(`${JSON.stringify(weights)}\nshown from ${threshold.toFixed(3)}\n`);
      return 0;
    }
    // All of the further ones are for tuning.
    const asked = all.filter((question) => question.half === (half === 'further' ? 'tune' : half));
    terminal.out(`${docs.source}; ${asked.length} questions of the half ${half}\n`);
    const own = rusta(docs);
    // Once unheard: the first questions pay for compiling the program itself.
    for (const question of asked.slice(0, 20)) own.ask(question);
    const rows: string[][] = [['', 'kind', 'questions', 'declined', 'first right', 'in three', 'p50 ms', 'p95 ms']];
    for (const contender of [own, ...baselines(docs)]) {
      const { scores, wrong } = score(docs, contender, asked);
      for (const one of scores) rows.push(row(contender.name, one));
      if (args.on('wrong') && contender === own && half === 'tune') terminal.out(`${wrong.join('\n')}\n`);
    }
    terminal.out(`${columns(rows)}\n`);
    return 0;
  },
};

function row(name: string, { kind, questions, shown, first, three, p50, p95 }: Score): string[] {
  const share = (part: number, of: number): string => (of === 0 ? '-' : `${((100 * part) / of).toFixed(0)}%`);
  const declined = share(questions - shown, questions);
  const times = [p50.toFixed(1), p95.toFixed(1)];
  if (kind === 'unanswerable') return [name, kind, `${questions}`, declined, '-', '-', ...times];
  return [name, kind, `${questions}`, declined, share(first, shown), share(three, shown), ...times];
}
