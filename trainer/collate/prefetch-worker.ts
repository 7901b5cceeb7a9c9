// The thread behind prefetch.ts: makes the batches that it is asked for.
import { openSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { RustaError } from '../../schemas/errors.ts';
import { samplerOf } from './plan.ts';
import type { BatchPlan, FromWorker, ToWorker } from './prefetch.ts';

const plan = workerData as BatchPlan;
const say = (said: FromWorker, moved: ArrayBuffer[] = []) => parentPort?.postMessage(said, moved);

try {
  const descriptors = plan.files.map((file) => openSync(file, 'r'));
  const sampler = samplerOf(plan, (file, offset, into) => {
    const got = readSync(descriptors[file] as number, into, 0, into.length, offset);
    if (got !== into.length)
      throw new RustaError(`${plan.files[file]} ends ${into.length - got} bytes too early`, {
        code: 'collate-short',
        op: 'collate',
        hint: 'run trainer data verify',
      });
  });
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
