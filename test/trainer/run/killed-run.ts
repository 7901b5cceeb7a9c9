// A run on the GPU that dies in mid-step, in a process of its own for a test: `killed-run.ts CORPUS FOLDER STEP`. As if it were
// killed from outside: the step is queued, and nothing of the process is left to end it in order.
import { openDevice } from '../../../engine/device.ts';
import { Corpus } from '../../../trainer/collate/corpus.ts';
import { run } from '../../../trainer/run/run.ts';
import { Trainee } from '../../../trainer/run/trainee.ts';
import { plainSize, requestOf } from './tiny-run.ts';

const [data, folder, last] = process.argv.slice(2) as [string, string, string];
const corpus = await Corpus.open(data);
const device = await openDevice({ device: 'webgpu' });
const { step } = Trainee.prototype;
let taken = 0;
Trainee.prototype.step = function (...given) {
  step.apply(this, given);
  taken += 1;
  if (taken === Number(last)) process.kill(process.pid, 'SIGKILL');
};
await run(requestOf(folder, { corpus, device }, { size: plainSize }));
