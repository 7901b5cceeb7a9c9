// The thread behind prefetch.ts: makes the batches that it is asked for.
import { parentPort, workerData } from 'node:worker_threads';
import { RustaError } from '../../schemas/errors.ts';
import { FileReader } from './files.ts';
import { samplerOf } from './plan.ts';
import type { BatchPlan, FromWorker, ToWorker } from './prefetch.ts';

const plan = workerData as BatchPlan;
const say = (said: FromWorker, moved: ArrayBuffer[] = []) => parentPort?.postMessage(said, moved);

try {
  const sampler = samplerOf(plan, new FileReader(plan.files).read);
  parentPort?.on('message', ({ make }: ToWorker) => {
    try {
      const batch = sampler.batch(make);
      say({ step: make, batch }, [batch.buffer]);
    } catch (error) {
      fail(error);
    }
  });
} catch (error) {
  fail(error);
}

function fail(error: unknown): void {
  const { message } = error as Error;
  say({
    failed: {
      message: message.replace(/^collate: /, ''),
      code: error instanceof RustaError ? error.code : 'collate-read',
    },
  });
}
