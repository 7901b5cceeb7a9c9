// Batches come from the thread as the sampler makes them, from any number on; a file that ends early is told.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { samplerOf } from '../../../trainer/collate/plan.ts';
import { type BatchPlan, Prefetcher } from '../../../trainer/collate/prefetch.ts';
import { assert, test } from '../../support/harness.ts';

let folder = '';
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rusta-collate-'));
});
test.after(() => rm(folder, { recursive: true, force: true }));

const content = new TextEncoder().encode('let value = compute(previous, 42);\n'.repeat(200));

async function planOf(bytes: number): Promise<BatchPlan> {
  const file = join(folder, `${bytes}.bin`);
  await writeFile(file, content.subarray(0, bytes));
  const documents = Array.from({ length: 7 }, (_, index) => ({ file: 0, offset: index * 1000, bytes: 1000 }));
  return {
    files: [file],
    sources: [{ name: 'code', documents, weight: 1, infill: 0.5 }],
    seed: 3,
    batch: 2,
    context: 100,
  };
}

test('the same batches as without a thread, and the same when it starts in the middle', async () => {
  const plan = await planOf(7000);
  const sampler = samplerOf(plan, (_, offset, into) => into.set(content.subarray(offset, offset + into.length)));
  for (const first of [0, 5]) {
    const prefetcher = new Prefetcher(plan, first);
    for (let step = first; step < first + 6; step += 1) assert.equal(await prefetcher.next(), sampler.batch(step));
    await prefetcher.close();
  }
});

test('a file that is shorter than its list says is an error with its name, not a wait', async () => {
  const plan = await planOf(3000);
  const prefetcher = new Prefetcher(plan, 0);
  let told = '';
  for (let step = 0; step < 40 && told === ''; step += 1) {
    try {
      await prefetcher.next();
    } catch (error) {
      told = (error as Error).message;
    }
  }
  assert.match(told, /3000\.bin ends \d+ bytes too early/);
  await prefetcher.close();
});
