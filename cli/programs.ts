// The table of commands of each program: help, parsing and completion read it.
import type { Program } from './command.ts';
import { anchor } from './commands/anchor.ts';
import { apply } from './commands/apply.ts';
import { completion } from './commands/completion.ts';
import { doctor } from './commands/doctor.ts';
import { explain } from './commands/explain.ts';
import { fix } from './commands/fix.ts';
import { golden } from './commands/golden.ts';
import { log } from './commands/log.ts';
import { replay } from './commands/replay.ts';
import { rollback } from './commands/rollback.ts';
import { show } from './commands/show.ts';
import { data } from './trainer/data.ts';
import { entries } from './trainer/entries.ts';
import { evaluate } from './trainer/eval.ts';
import { exportCheckpoint } from './trainer/export.ts';
import { pack } from './trainer/pack.ts';
import { qa } from './trainer/qa.ts';
import { run } from './trainer/run.ts';
import { sample } from './trainer/sample.ts';
import { version } from './version.ts';

export const rusta: Program = {
  name: 'rusta',
  describe: 'repairs Rust that does not compile, and proves every patch before it shows it',
  version: version(),
  commands: [fix, explain, apply, rollback, show, log, replay, anchor, golden, doctor, completion],
};

export const trainer: Program = {
  name: 'trainer',
  describe: 'collects what rusta learns from, trains its model, and judges it',
  version: version(),
  commands: [data, entries, qa, run, evaluate, sample, exportCheckpoint, pack, doctor],
};
