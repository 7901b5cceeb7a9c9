import * as fc from 'fast-check';
import { Allocator, aligned } from '../../../../engine/backends/wasm/allocator.ts';
import { assert, test } from '../../../support/harness.ts';

test('blocks never overlap, stay inside, and what was freed joins into one gap again', () => {
  const step = fc.oneof(
    fc.record({ take: fc.integer({ min: 0, max: 5000 }) }),
    fc.record({ free: fc.nat() }),
    fc.record({ extend: fc.integer({ min: 0, max: 4000 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const allocator = new Allocator(100, 20_000);
      const begin = aligned(100);
      let end = allocator.end;
      const held: { address: number; bytes: number }[] = [];
      for (const each of steps) {
        if ('take' in each) {
          const address = allocator.take(each.take);
          if (address === null) {
            if (allocator.largestGap >= aligned(Math.max(1, each.take))) throw new Error('refused what would fit');
            continue;
          }
          const bytes = aligned(Math.max(1, each.take));
          if (address % 64 !== 0 || address < begin || address + bytes > end) throw new Error('outside');
          if (held.some((other) => address < other.address + other.bytes && other.address < address + bytes)) {
            throw new Error('overlap');
          }
          held.push({ address, bytes });
        } else if ('free' in each) {
          const [block] = held.splice(each.free % Math.max(1, held.length), 1);
          if (block !== undefined) allocator.free(block.address);
        } else {
          end += each.extend - (each.extend % 64);
          allocator.extend(end);
        }
        const live = held.reduce((sum, { bytes }) => sum + bytes, 0);
        if (allocator.live !== live) throw new Error(`live is ${allocator.live}, not ${live}`);
      }
      for (const { address } of held) allocator.free(address);
      if (allocator.largestGap !== end - begin) throw new Error('gaps did not join');
    }),
  );
});

test('the tightest gap is taken, and a block that nobody holds cannot be freed', () => {
  const allocator = new Allocator(0, 64 * 100);
  const [a, b, c, d] = [640, 64, 128, 64].map((bytes) => allocator.take(bytes) as number);
  allocator.free(a as number);
  allocator.free(c as number);
  assert.is(allocator.take(100), c);
  assert.is(allocator.take(100), a);
  assert.throws(() => allocator.free((d as number) + 64), /no block/);
  assert.is(allocator.peak, 640 + 64 + 128 + 64);
  assert.is(b, 640);
});

test('says how far memory must grow for a block to fit, counting the gap at its end', () => {
  const allocator = new Allocator(0, 640);
  allocator.take(128);
  assert.is(allocator.endFor(1024), 128 + 1024);
  allocator.take(512);
  assert.is(allocator.endFor(1), 640 + 64);
});
