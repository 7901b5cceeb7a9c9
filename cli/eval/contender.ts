// Which contender a command line means, built first where it is this tree.
import { resolve } from 'node:path';
import { baseline } from '../../trainer/eval/contenders/baselines.ts';
import type { Contender } from '../../trainer/eval/contenders/contender.ts';
import { rustaContender } from '../../trainer/eval/contenders/rusta.ts';
import { buildProgram, givenProgram } from '../../trainer/eval/program.ts';
import type { Args, Context, Flag } from '../command.ts';
import { readText } from '../values.ts';
import { usage } from './flags.ts';

/** What says which rusta, and how it is run. */
export const programFlags: readonly Flag[] = [
  { name: 'time', kind: 'text', value: 'TIME', describe: "rusta's time budget for a case: 90, 90s, 2m (60s)" },
  {
    name: 'pass',
    kind: 'list',
    value: 'WORD',
    describe: 'a further word for rusta fix, such as --pass=--budget=50 (repeatable)',
  },
  {
    name: 'program',
    kind: 'text',
    value: 'DIR',
    describe: 'an installed package to evaluate; this tree, built, by default',
  },
  { name: 'warm', kind: 'switch', describe: 'keep the caches from case to case; cold each time by default' },
];

export async function contenderOf(name: string, args: Args, { cwd, signal, terminal }: Context): Promise<Contender> {
  if (name !== 'rusta') {
    const foreign = ['time', 'program'].find((flag) => args.text(flag) !== null);
    if (foreign !== undefined) throw usage('cases', `--${foreign} goes with rusta alone`);
    return baseline(name);
  }
  const given = args.text('program');
  if (given === null) terminal.err('building\n');
  const program = given === null ? await buildProgram(signal) : await givenProgram(resolve(cwd, given));
  const time = args.text('time') ?? '60s';
  return rustaContender({
    program: program.folder,
    version: program.version,
    words: ['--time', time, ...args.list('pass')],
    timeMs: Number(readText('time', time, '--time')),
    warm: args.on('warm'),
  });
}
