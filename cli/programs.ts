// The table of commands of `rusta`: help, parsing and completion read it. That of `trainer` is trainer/program.ts.
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
import { version } from './version.ts';

export const rusta: Program = {
  name: 'rusta',
  describe: 'repairs Rust that does not compile, and proves every patch before it shows it',
  version: version(),
  commands: [fix, explain, apply, rollback, show, log, replay, anchor, golden, doctor, completion],
};
