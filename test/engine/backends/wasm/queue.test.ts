import type { Backend } from '../../../../engine/backends/backend.ts';
import { stagingBytes } from '../../../../engine/backends/wasm/ring-queue.ts';
import { open, type WasmOptions } from '../../../../engine/backends/wasm.ts';
import { assert, test } from '../../../support/harness.ts';
import { accumulate, affine, bytesOf, floatsOf, slow } from './programs.ts';

const ways: readonly WasmOptions[] = [{ threads: 1 }, { threads: 2 }, { threads: 3 }, { shared: false }];

function named({ threads, shared }: WasmOptions): string {
  return shared === false ? 'memory that is not shared' : `${threads} threads`;
}

async function using(options: WasmOptions, body: (backend: Backend) => Promise<void>): Promise<void> {
  const backend = await open(options);
  try {
    await body(backend);
  } finally {
    await backend.close();
  }
}

for (const way of ways) {
  test(`${named(way)}: what is queued is done in order, however much there is`, () =>
    using(way, async (backend) => {
      const n = 1000;
      const [state, x, y] = [1, 2, 3].map(() => backend.allocate(n * 4, 'test')) as [number, number, number];
      const program = backend.prepare(accumulate(n));
      backend.write(state, bytesOf(new Array(n).fill(0)));
      let sum = 0;
      const reads: Promise<Uint8Array<ArrayBuffer>>[] = [];
      const expected: number[] = [];
      // More words than the ring holds.
      for (let step = 1; step <= 4000; step += 1) {
        if (step % 500 === 1) backend.write(x, bytesOf(new Array(n).fill(step)));
        sum += step - ((step - 1) % 500);
        program.run([state, x], [y]);
        if (step % 700 === 0) {
          reads.push(backend.read(y, (n - 1) * 4, 4));
          expected.push(2 * sum);
        }
      }
      reads.push(backend.read(state, 0, 4));
      expected.push(sum);
      assert.equal((await Promise.all(reads)).flatMap(floatsOf), expected);
    }));

  test(`${named(way)}: data may change once write returns, and a read keeps what was there when it was queued`, () =>
    using(way, async (backend) => {
      const n = 1 << 18;
      const [x, y, z] = [1, 2, 3].map(() => backend.allocate(n * 4, 'test')) as [number, number, number];
      const busy = backend.prepare(slow(n, 20));
      const twice = backend.prepare(affine(n, 2, 0));
      const data = bytesOf(new Array(n).fill(3));
      backend.write(x, data);
      busy.run([x], [z]);
      backend.write(x, data);
      data.fill(0);
      twice.run([x], [y]);
      const first = backend.read(y, 0, 8);
      twice.run([y], [x]);
      twice.run([x], [y]);
      const second = backend.read(y, (n - 2) * 4, 8);
      assert.equal([...floatsOf(await first), ...floatsOf(await second)], [6, 6, 24, 24]);
    }));

  test(`${named(way)}: reads and writes larger than the staging area, while lanes are busy`, () =>
    using(way, async (backend) => {
      const n = stagingBytes / 4 + 1000;
      const [x, y, z] = [1, 2, 3].map(() => backend.allocate(n * 4, 'test')) as [number, number, number];
      const busy = backend.prepare(slow(n, 2));
      const twice = backend.prepare(affine(n, 2, 1));
      backend.write(x, new Uint8Array(n * 4));
      busy.run([x], [z]);
      backend.write(x, bytesOf(Array.from({ length: n }, (_, index) => index % 1000)));
      twice.run([x], [y]);
      const all = backend.read(y, 0, n * 4);
      twice.run([y], [x]);
      const later = backend.read(x, 0, 12);
      const got = floatsOf(await all);
      assert.ok(got.every((value, index) => value === 2 * (index % 1000) + 1));
      assert.equal(floatsOf(await later), [3, 7, 11]);
    }));

  test(`${named(way)}: 10,000 steps leave memory as it was`, () =>
    using(way, async (backend) => {
      const n = 64;
      const [state, x, y] = [1, 2, 3].map(() => backend.allocate(n * 4, 'test')) as [number, number, number];
      const program = backend.prepare(accumulate(n));
      backend.write(state, bytesOf(new Array(n).fill(0)));
      const before = backend.memory();
      const one = bytesOf(new Array(n).fill(1));
      for (let step = 0; step < 10_000; step += 1) {
        backend.write(x, one);
        program.run([state, x], [y]);
        if (step % 50 === 0) await backend.read(y, 0, 4);
        if (step % 1000 === 0) {
          const eager = backend.prepare(affine(n, 1, 1));
          const extra = backend.allocate(n * 4, 'test');
          eager.run([x], [extra]);
          eager.dispose();
          backend.release(extra);
        }
      }
      assert.equal(floatsOf(await backend.read(state, 0, 4)), [10_000]);
      assert.is(backend.memory().live, before.live);
      assert.ok(backend.memory().peak <= before.live + 4096);
    }));
}
