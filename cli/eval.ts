// The program behind `npm run eval`: judges repairs, and makes what they are judged on. It runs from the tree, by tsx.
import type { Program } from './command.ts';
import { canary } from './eval/canary.ts';
import { cases } from './eval/cases.ts';
import { docs } from './eval/docs.ts';
import { explain } from './eval/explain.ts';
import { faults } from './eval/faults.ts';
import { fit } from './eval/fit.ts';
import { golden } from './eval/golden.ts';
import { namesakes } from './eval/namesakes.ts';
import { ranks } from './eval/ranks.ts';
import { start } from './start.ts';
import { version } from './version.ts';

const evaluation: Program = {
  name: 'eval',
  describe: 'judges what rusta fix does to broken crates, and makes the crates',
  version: version(),
  commands: [cases, faults, docs, canary, golden, fit, ranks, explain, namesakes],
};

await start(evaluation, process.argv.slice(2));
