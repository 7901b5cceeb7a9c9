import { Worker } from 'node:worker_threads';
import { open } from '../../../../engine/backends/wasm.ts';
import { RustaError } from '../../../../schemas/errors.ts';
import { assert, test } from '../../../support/harness.ts';
import { affine, bytesOf, floatsOf, slow } from './programs.ts';

/** Runs `body` and gives the engine's threads that were started in it, by lane. */
async function threadsOf<T>(body: () => Promise<T>): Promise<{ value: T; threads: Worker[] }> {
  const threads: Worker[] = [];
  const original = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (this: Worker, ...args: Parameters<typeof original>) {
    const [{ lane }] = args as [{ lane?: number }];
    if (lane !== undefined) threads[lane] = this;
    return original.apply(this, args);
  };
  try {
    return { value: await body(), threads };
  } finally {
    Worker.prototype.postMessage = original;
  }
}

async function refused(promise: Promise<unknown>): Promise<{ error: RustaError; ms: number }> {
  const begin = performance.now();
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.instance(error, RustaError);
  return { error: error as RustaError, ms: performance.now() - begin };
}

for (const killed of [0, 1]) {
  test(`a worker that dies in a kernel (${killed + 1} of 2) is an error within a second`, async () => {
    const { value: backend, threads } = await threadsOf(() => open({ threads: 2 }));
    assert.is(threads.length, 2);
    const n = 1 << 20;
    const [x, y] = [backend.allocate(n * 4, 'test'), backend.allocate(n * 4, 'test')];
    // Some ten seconds of work.
    backend.prepare(slow(n, 4000)).run([x], [y]);
    const read = backend.read(y, 0, 4);
    await new Promise((resolve) => setTimeout(resolve, 100));
    void threads[killed]?.terminate();
    const { error, ms } = await refused(read);
    assert.is(error.code, 'worker-died');
    assert.match(error.message, new RegExp(`worker ${killed + 1} of 2 died`));
    assert.ok(ms < 1000, `took ${ms} ms`);
    assert.is((await refused(backend.read(y, 0, 4))).error.code, 'worker-died');
    await backend.close();
  });
}

test('a kernel that traps is told by the next read, with its op', async () => {
  for (const options of [{ threads: 2 }, { shared: false }]) {
    const backend = await open(options);
    const [x, y] = [backend.allocate(64, 'test'), backend.allocate(64, 'test')];
    // The program takes these buffers for far larger ones.
    backend.prepare(affine(1 << 28, 1, 1)).run([x], [y]);
    const { error } = await refused(backend.read(y, 0, 4));
    assert.is(error.code, 'kernel-failed');
    assert.match(error.message, /affine: a kernel failed: memory access out of bounds/);
    await backend.close();
  }
});

test('a device that is closed in mid-use refuses waiting reads and later calls', async () => {
  for (const options of [{ threads: 2 }, { shared: false }]) {
    const backend = await open(options);
    const n = 1 << 20;
    const [x, y] = [backend.allocate(n * 4, 'test'), backend.allocate(n * 4, 'test')];
    const program = backend.prepare(slow(n, 4000));
    program.run([x], [y]);
    const waiting = refused(backend.read(y, 0, 4));
    const begin = performance.now();
    await backend.close();
    assert.ok(performance.now() - begin < 1000);
    assert.is((await waiting).error.code, 'device-closed');
    assert.is((await refused(backend.read(y, 0, 4))).error.code, 'device-closed');
    for (const call of [
      () => backend.allocate(4, 'test'),
      () => backend.write(x, new Uint8Array(4)),
      () => program.run([x], [y]),
      () => backend.prepare(affine(4, 1, 1)),
    ]) {
      assert.throws(call, (error: RustaError) => error.code === 'device-closed');
    }
    program.dispose();
    backend.release(x);
    await backend.close();
  }
});

test('out of memory: who asked for how much, what there is, and the device goes on', async () => {
  const backend = await open({ threads: 1, memoryLimit: 64 << 20 });
  const held = backend.allocate(40 << 20, 'the weights');
  assert.throws(
    () => backend.allocate(30 << 20, 'the cache, f32[7864320],'),
    (error: RustaError) =>
      error.code === 'out-of-memory' &&
      error.message.includes('the cache, f32[7864320], asks for 30.00 MiB; 40.00 MiB of') &&
      (error.hint ?? '') !== '',
  );
  assert.throws(
    () => backend.prepare(slow(8 << 20, 3, 'softmax')),
    (error: RustaError) => error.code === 'out-of-memory' && error.message.includes('arena'),
  );
  backend.release(held);
  const [x, y] = [backend.allocate(30 << 20, 'test'), backend.allocate(4, 'test')];
  backend.write(x, bytesOf([20]));
  backend.prepare(affine(1, 2, 2)).run([x], [y]);
  assert.equal(floatsOf(await backend.read(y, 0, 4)), [42]);
  await backend.close();
});

test('a process that leaves a device open, and waits for nothing, ends', async () => {
  const { spawnSync } = await import('node:child_process');
  const url = new URL('../../../../engine/backends/wasm.ts', import.meta.url).href;
  const code = `const { open } = await import(${JSON.stringify(url)}); await open({ threads: 2 }); console.log('open');`;
  const { stdout, status } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', code], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  assert.is(stdout.trim(), 'open');
  assert.is(status, 0);
});

test('threads: a number that makes no sense is refused', async () => {
  for (const threads of [0, -1, 1.5, 1000]) {
    assert.is((await refused(open({ threads }))).error.code, 'bad-option');
  }
});
