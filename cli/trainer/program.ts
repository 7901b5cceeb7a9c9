// The table of commands of `trainer`: apart from that of `rusta`, which starts faster without it.
import type { Program } from '../command.ts';
import { doctor } from '../commands/doctor.ts';
import { version } from '../version.ts';
import { data } from './data.ts';
import { entries } from './entries.ts';
import { evaluate } from './eval.ts';
import { exportCheckpoint } from './export.ts';
import { pack } from './pack.ts';
import { qa } from './qa.ts';
import { run } from './run.ts';
import { sample } from './sample.ts';

export const trainer: Program = {
  name: 'trainer',
  describe: 'collects what rusta learns from, trains its model, and judges it',
  version: version(),
  commands: [data, entries, qa, run, evaluate, sample, exportCheckpoint, pack, doctor],
};
