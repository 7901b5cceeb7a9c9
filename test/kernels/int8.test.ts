// Products of bytes and the int8 cache, in every variant of the module: exact integers, the same in all of them.
import type { WasmVariant } from '../../kernels/load.ts';
import { dotIsExact } from '../../kernels/probe.ts';
import { packedInt8Bytes } from '../../kernels/registry.ts';
import { roundingOf } from '../engine/support/cached.ts';
import { assert, test } from '../support/harness.ts';
import { close, integers, Machine, numbers, ref, reference, sameBits } from './support/machine.ts';

const variants = ['int8', 'int8-dot', 'int8-pairs'] as const satisfies readonly WasmVariant[];
const machines = new Map(variants.map((int8) => [int8, new Machine({ int8 })]));

const linear = [
  [1, 1, 1],
  [1, 8, 16],
  [1, 67, 130],
  [2, 9, 33],
  [3, 5, 64],
  [4, 16, 5],
  [7, 24, 40],
  [9, 40, 100],
  [0, 8, 16],
  [5, 300, 1000],
] as const;

for (const [int8, machine] of machines) {
  // Node 20 computes i32x4.relaxed_dot_i8x16_i7x16_add_s wrongly where the processor has no VNNI; whoever chooses asks first.
  if (!dotIsExact(machine.exportsOf('int8'), machine.memory, machine.take(4096))) {
    test(`${int8}: only the relaxed dot product itself may be wrong here`, () => assert.is(int8, 'int8-dot'));
    continue;
  }

  test(`${int8}: linearInt8 has the reference's integers, whatever the number of rows, outputs and lanes`, () => {
    for (const [rows, m, k] of linear) {
      machine.reset();
      const x = numbers(rows * k, 4);
      // The extremes of i8 at the start: where a saturating product would show.
      const w = Int8Array.from(integers(m * k, -128, 127, 5)).map((value, i) =>
        i < 40 ? (i % 3 ? -128 : 127) : value,
      );
      if (rows > 1) x.fill(3, 0, Math.min(k, 40));
      const scale = numbers(m, 6).map(Math.abs);
      const want = Float32Array.from(
        reference('linearInt8', [ref(x, [rows, k]), ref(w, [m, k], 'i8'), ref(scale, [m])], {})[0] as Float64Array,
      );
      const packed = machine.take(packedInt8Bytes(m, k));
      machine.run('int8Pack', { w: machine.put(w), scale: machine.put(scale), packed, m, k }, 2);
      const px = machine.put(x);
      for (const name of ['linearInt8', 'linearInt8Few'] as const) {
        const y = sameBits((lanes) => {
          const at = machine.take(rows * m * 4);
          machine.run(name, { x: px, packed, y: at, rows, m, k, xStride: k }, lanes);
          return machine.f32(at, rows * m);
        });
        // Two roundings of the factors: the integers themselves are exact.
        close(y, want, 2e-7);
      }
    }
  });

  test(`${int8}: NaN and infinity in a row make its results NaN, and no others`, () => {
    machine.reset();
    const [rows, m, k] = [5, 9, 20];
    const x = numbers(rows * k, 1)
      .with(k + 3, Number.NaN)
      .with(4 * k, Number.POSITIVE_INFINITY);
    const [px, packed, y] = [machine.put(x), machine.take(packedInt8Bytes(m, k)), machine.take(rows * m * 4)];
    const w = machine.put(Int8Array.from(integers(m * k, -127, 127, 5)));
    machine.run('int8Pack', { w, scale: machine.put(numbers(m, 6)), packed, m, k });
    machine.run('linearInt8', { x: px, packed, y, rows, m, k, xStride: k });
    const nan = Array.from(machine.f32(y, rows * m), (value) => Number.isNaN(value));
    assert.equal(
      nan,
      Array.from({ length: rows * m }, (_, i) => [1, 4].includes(Math.floor(i / m))),
    );
  });

  test(`${int8}: rows are quantised as the reference rounds: half away from zero`, () => {
    machine.reset();
    // With max 63 a step is 1: halves stay halves.
    const x = Float32Array.of(63, 0.5, -0.5, 1.5, -1.5, 0.49999997, 2.5, -62.5, 0, -0);
    const k = x.length;
    const w = Int8Array.from({ length: k * k }, (_, i) => (i % (k + 1) === 0 ? 1 : 0));
    const [packed, y] = [machine.take(packedInt8Bytes(k, k)), machine.take(k * 4)];
    machine.run('int8Pack', { w: machine.put(w), scale: machine.put(new Float32Array(k).fill(1)), packed, m: k, k });
    machine.run('linearInt8', { x: machine.put(x), packed, y, rows: 1, m: k, k, xStride: k });
    assert.equal(
      Array.from(machine.f32(y, k), (value) => value + 0),
      [63, 1, -1, 2, -2, 0, 3, -63, 0, 0],
    );
  });

  test(`${int8}: kvAppend writes rows to slots, kvCopy takes blocks over`, () => {
    machine.reset();
    const [blocks, heads, headDim, rows] = [3, 2, 7, 6];
    const width = heads * headDim;
    const cache = Int8Array.from(integers(blocks * 64 * width, -127, 127, 3));
    const scales = numbers(blocks * 64 * heads, 4).map(Math.abs);
    const x = numbers(rows * width, 5).fill(0, 0, headDim);
    const slots = Int32Array.of(0, 1, -1, 70, 127, 64);
    const want = reference(
      'kvAppend',
      [
        ...[ref(cache, [blocks, 64, width], 'i8'), ref(scales, [blocks, 64, heads])],
        ...[ref(x, [2, 3, width]), ref(slots, [2, 3], 'i32')],
      ],
      { heads },
    );
    const [from, to] = [Int32Array.of(0, 1, 9, 2), Int32Array.of(2, 0, 1, -1)];
    const after = reference(
      'kvCopy',
      [
        ...[ref(want[0] as Float64Array, [blocks, 64, width], 'i8'), ref(want[1] as Float64Array, [blocks, 64, heads])],
        ...[ref(from, [4], 'i32'), ref(to, [4], 'i32')],
      ],
      {},
    );
    const [px, ps, pf, pt] = [machine.put(x), machine.put(slots), machine.put(from), machine.put(to)];
    const run = (copied: boolean) =>
      sameBits((lanes) => {
        const [a, b] = [machine.put(cache), machine.put(scales)];
        machine.run('kvAppend', { x: px, slots: ps, cache: a, scales: b, rows, heads, headDim, xStride: width }, lanes);
        if (copied)
          machine.run('kvCopy', { cache: a, scales: b, from: pf, to: pt, pairs: 4, blocks, heads, headDim }, lanes);
        return Float32Array.of(
          ...new Int8Array(machine.bytes(a, cache.length).buffer),
          ...machine.f32(b, scales.length),
        );
      });
    const flat = (all: readonly Float64Array[]) => all.flatMap((each) => Array.from(each));
    close(run(false), flat(want), 0);
    close(run(true), flat(after), 0);
  });

  test(`${int8}: attentionCached, alone, in batches and in chunks: the reference's values, the same bits`, () => {
    const cases = [
      {
        heads: 2,
        kvHeads: 1,
        headDim: 4,
        window: null,
        positions: [
          [0, 1, 70],
          [63, 64, 65],
        ],
        table: [
          [2, 0],
          [1, 3],
        ],
      },
      { heads: 2, kvHeads: 2, headDim: 64, window: null, positions: [[5, 130, 191]], table: [[0, 3, 1]] },
      { heads: 1, kvHeads: 1, headDim: 24, window: 16, positions: [[3, 64, 70, 130]], table: [[0, 3, 1]] },
      { heads: 4, kvHeads: 4, headDim: 11, window: 65, positions: [[100, 101]], table: [[1, 0]] },
      // More queries than go through a block together, in order and not, and a few that are left.
      ...[
        { heads: 2, kvHeads: 1, headDim: 64, window: null },
        { heads: 1, kvHeads: 1, headDim: 24, window: 20 },
        { heads: 2, kvHeads: 2, headDim: 11, window: null },
      ].map((dims) => ({
        ...dims,
        positions: [
          Array.from({ length: 37 }, (_, t) => 60 + 3 * t),
          Array.from({ length: 37 }, (_, t) => (t * 71) % 190),
        ],
        table: [
          [0, 3, 1],
          [2, 1, 0],
        ],
      })),
    ] as const;
    for (const { heads, kvHeads, headDim, window, positions, table } of cases) {
      machine.reset();
      const [batch, time] = [positions.length, (positions[0] as readonly number[]).length];
      const [w, kw, blocks] = [heads * headDim, kvHeads * headDim, 4];
      const q = numbers(batch * time * w, 1);
      const [k, v] = [2, 3].map((seed) => Int8Array.from(integers(blocks * 64 * kw, -127, 127, seed))) as [
        Int8Array,
        Int8Array,
      ];
      const [ks, vs] = [4, 5].map((seed) => numbers(blocks * 64 * kvHeads, seed).map((x) => 0.02 + 0.002 * x)) as [
        Float32Array,
        Float32Array,
      ];
      const attrs = { heads, kvHeads, window, causal: true, scale: 1 / Math.sqrt(headDim) };
      const tableRef = Int32Array.from(table.flat());
      const places = Int32Array.from(positions.flat());
      const stats = [blocks, 64, kvHeads];
      const refs = [
        ...[ref(q, [batch, time, w]), ref(k, [blocks, 64, kw], 'i8'), ref(ks, stats), ref(v, [blocks, 64, kw], 'i8')],
        ...[ref(vs, stats), ref(tableRef, [batch, table[0].length], 'i32'), ref(places, [batch, time], 'i32')],
      ];
      const [want] = reference('attentionCached', refs, attrs);
      const bound = roundingOf(refs, attrs);
      const common = {
        ...{ k: machine.put(k), kScales: machine.put(ks), v: machine.put(v), vScales: machine.put(vs) },
        ...{ tableCols: table[0].length, heads, kvHeads, headDim, qStride: w, window: window ?? 0, scale: attrs.scale },
      };
      const [pq, pt, pp] = [machine.put(q), machine.put(tableRef), machine.put(places)];
      const out = sameBits((lanes) => {
        const at = machine.take(q.length * 4);
        machine.run('attentionCached', { ...common, q: pq, table: pt, positions: pp, out: at, batch, time }, lanes);
        return machine.f32(at, q.length);
      });
      close(out, want as Float64Array, 1, (at) => bound[at] as number);
      const one = machine.take(w * 4);
      const last = batch * time - 1;
      machine.run('attentionCached', {
        ...{ ...common, q: pq + last * w * 4, table: pt + (batch - 1) * table[0].length * 4, positions: pp + last * 4 },
        ...{ out: one, batch: 1, time: 1 },
      });
      assert.equal(machine.f32(one, w), out.slice(last * w));
    }
  });
}

test('all exact variants give the same bits', () => {
  const results = [...machines.values()].flatMap((machine) => {
    machine.reset();
    if (!dotIsExact(machine.exportsOf('int8'), machine.memory, machine.take(4096))) return [];
    const [rows, m, k] = [6, 30, 200];
    const packed = machine.take(packedInt8Bytes(m, k));
    const w = machine.put(Int8Array.from(integers(m * k, -128, 127, 9)));
    machine.run('int8Pack', { w, scale: machine.put(numbers(m, 1)), packed, m, k });
    const y = machine.take(rows * m * 4);
    machine.run('linearInt8', { x: machine.put(numbers(rows * k, 2)), packed, y, rows, m, k, xStride: k });
    return [machine.f32(y, rows * m)];
  });
  assert.ok(results.length >= 2);
  for (const other of results) assert.equal(other, results[0]);
});
