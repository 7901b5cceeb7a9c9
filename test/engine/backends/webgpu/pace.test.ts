// Submissions bounded by time: the rule alone, and a program whose submissions SwiftShader finds too long.

import { Pace } from '../../../../engine/backends/webgpu/pace.ts';
import { open } from '../../../../engine/backends/webgpu.ts';
import { matmul } from '../../../../engine/ops/functions.ts';
import { Recorder } from '../../../../engine/program/record.ts';
import { seal } from '../../../../engine/program/seal.ts';
import { assert, test } from '../../../support/harness.ts';
import { onSwiftshader } from '../../../support/swiftshader.ts';

await onSwiftshader();

test('a submission holds what fits the time, from how long dispatches took', () => {
  const pace = new Pace({ software: false, target: 100 });
  const first = pace.count;
  pace.observe(600, 6000);
  assert.is(pace.count, 10);
  pace.observe(600, 60_000_000);
  assert.is(pace.count, 1, 'one dispatch at least');
  pace.observe(600, 600);
  assert.is(pace.count, 4, 'it grows slowly');
  for (let i = 0; i < 10; i += 1) pace.observe(600, 0);
  assert.ok(pace.count > first && pace.count < 10_000, 'and not without end');
});

test('runs are timed at first, then now and then', () => {
  const pace = new Pace({ software: true, target: 100 });
  const timed = Array.from({ length: 640 }, () => pace.begin()).filter(Boolean).length;
  assert.ok(timed >= 10 && timed < 20, `${timed}`);
});

/** Submissions of the first run of ten products, and of one after it was timed. */
async function submissions(submissionMs: number): Promise<readonly [number, number]> {
  const backend = await open({ submissionMs });
  const recorder = new Recorder();
  const x = recorder.input({ dtype: 'f32', shape: [64, 64] });
  let y = x;
  for (let i = 0; i < 10; i += 1) y = matmul(y, x);
  const executable = backend.prepare(seal(recorder.finish([y])));
  const [from, to] = [backend.allocate(64 * 64 * 4, 'x'), backend.allocate(64 * 64 * 4, 'y')];
  backend.write(from, new Uint8Array(64 * 64 * 4));
  await executable.warmUp();
  const { queue } = backend.queue.device;
  const submit = queue.submit.bind(queue);
  let count = 0;
  queue.submit = (buffers) => {
    count += 1;
    submit(buffers);
  };
  const counts: number[] = [];
  for (let run = 0; run < 2; run += 1) {
    count = 0;
    executable.run([from], [to]);
    counts.push(count);
    await backend.queue.idle();
    await new Promise((done) => setTimeout(done, 20));
  }
  await backend.close();
  return counts as [number, number];
}

test('a run whose submissions take too long is cut into more of them', async () => {
  const [before, after] = await submissions(1e-4);
  assert.is(before, 1);
  // One dispatch each, and the end of the run.
  assert.ok(after >= 10, `${after} submissions`);
  assert.equal(await submissions(60_000), [1, 1]);
});
