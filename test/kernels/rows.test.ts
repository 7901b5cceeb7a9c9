// Kernels over rows and axes, against the reference in f64: reductions, softmax, cross-entropy, rmsNorm, rope, embeddings.
import { reduceCodes, softmaxCodes } from '../../kernels/registry.ts';
import { assert, test } from '../support/harness.ts';
import { close, integers, Machine, numbers, ref, reference, sameBits } from './support/machine.ts';

const machine = new Machine();
const shapes = [
  [0, 4],
  [1, 1],
  [3, 5],
  [5, 64],
  [2, 67],
  [17, 256],
] as const;

test('softmax and logSoftmax, in place too; infinities and NaN as IEEE has them', () => {
  for (const [op, kind] of Object.entries(softmaxCodes))
    for (const [rows, cols] of shapes) {
      machine.reset();
      const x = numbers(rows * cols, 3, 6);
      const [want] = reference(op as 'softmax', [ref(x, [rows, cols])], {});
      const y = sameBits((lanes) => {
        const at = machine.put(x);
        machine.run('softmax', { kind, x: at, y: at, rows, cols }, lanes);
        return machine.f32(at, rows * cols);
      });
      close(y, want as Float64Array, 2e-6, (i) => (op === 'softmax' ? ((want as Float64Array)[i] as number) : 10));
    }
  const inf = Number.POSITIVE_INFINITY;
  const at = machine.put(Float32Array.of(1000, 999, -inf, Number.NaN, 1, 2, -inf, -inf, -inf));
  machine.run('softmax', { kind: softmaxCodes.softmax, x: at, y: at, rows: 3, cols: 3 });
  const e = Math.exp(-1);
  close(machine.f32(at, 9), [1 / (1 + e), e / (1 + e), 0, ...Array(6).fill(Number.NaN)], 1e-6);
});

test('crossEntropy and its gradient: with and without a cap, targets left out', () => {
  for (const cap of [null, 15, 60])
    for (const [rows, cols] of shapes) {
      machine.reset();
      const x = numbers(rows * cols, 5, 12);
      const targets = integers(rows, -1, cols - 1, 2);
      const refs = [ref(x, [rows, cols]), ref(targets, [rows], 'i32')];
      const [loss, lse] = reference('crossEntropy', refs, { cap }) as [Float64Array, Float64Array];
      const [px, pt] = [machine.put(x), machine.put(targets)];
      const got = sameBits((lanes) => {
        const [a, b] = [machine.take(rows * 4), machine.take(rows * 4)];
        machine.run('crossEntropy', { logits: px, targets: pt, loss: a, lse: b, rows, cols, cap: cap ?? 0 }, lanes);
        return Float32Array.of(...machine.f32(a, rows), ...machine.f32(b, rows));
      });
      close(got, [...loss, ...lse], 3e-6, () => 10);
      const g = numbers(rows, 9);
      const stats = Float32Array.from(lse);
      const [want] = reference('crossEntropyGrad', [...refs, ref(stats, [rows]), ref(g, [rows])], { cap });
      const [pl, pg] = [machine.put(stats), machine.put(g)];
      const d = sameBits((lanes) => {
        const at = machine.put(x);
        machine.run(
          'crossEntropyGrad',
          { logits: at, targets: pt, lse: pl, g: pg, d: at, rows, cols, cap: cap ?? 0 },
          lanes,
        );
        return machine.f32(at, rows * cols);
      });
      close(d, want as Float64Array, 5e-6, () => 1);
    }
});

/** Rows of `cols` numbers inside rows of `stride`, and the same dense. */
function strided(rows: number, cols: number, stride: number): [Float32Array, Float32Array] {
  const x = numbers(rows * stride, 4, 2);
  const dense = Float32Array.from(
    { length: rows * cols },
    (_, i) => x[Math.floor(i / cols) * stride + (i % cols)] as number,
  );
  return [x, dense];
}

test('rmsNorm of strided rows, and its gradient', () => {
  for (const [rows, cols] of shapes) {
    machine.reset();
    const xStride = cols + 5;
    const [x, dense] = strided(rows, cols, xStride);
    const g = numbers(rows * cols, 6);
    const attrs = { eps: 1e-6 };
    const type = [rows, cols];
    const [want] = reference('rmsNorm', [ref(dense, type)], attrs);
    const [back] = reference('rmsNormGrad', [ref(dense, type), ref(g, type)], attrs);
    const [px, pg] = [machine.put(x), machine.put(g)];
    const y = sameBits((lanes) => {
      const at = machine.take(rows * cols * 4);
      machine.run('rmsNorm', { x: px, y: at, rows, cols, xStride, eps: 1e-6 }, lanes);
      return machine.f32(at, rows * cols);
    });
    close(y, want as Float64Array, 1e-6);
    const dx = sameBits((lanes) => {
      const at = machine.take(rows * cols * 4);
      machine.run('rmsNormGrad', { x: px, g: pg, dx: at, rows, cols, xStride, eps: 1e-6 }, lanes);
      return machine.f32(at, rows * cols);
    });
    close(dx, back as Float64Array, 1e-5, () => 1);
  }
});

test('rope: positions given and counted, turned back, with a norm, and the gradient of that', () => {
  const cases = [
    { batch: 1, time: 1, heads: 1, headDim: 2 },
    { batch: 2, time: 5, heads: 3, headDim: 6 },
    { batch: 2, time: 3, heads: 2, headDim: 64 },
    { batch: 1, time: 0, heads: 1, headDim: 4 },
  ];
  for (const { batch, time, heads, headDim } of cases)
    for (const given of [false, true]) {
      machine.reset();
      const [rows, cols] = [batch * time, heads * headDim];
      const xStride = cols + 3;
      const [x, dense] = strided(rows, cols, xStride);
      const g = numbers(rows * cols, 8);
      const places = integers(rows, 0, 5000, 3);
      const shape = [batch, time, cols];
      const rest = given ? [ref(places, [batch, time], 'i32')] : [];
      const attrs = { heads, base: 10_000 };
      const [px, pg, pp] = [machine.put(x), machine.put(g), given ? machine.put(places) : 0];
      const common = { positions: pp, rows, time, heads, headDim, xStride, base: 10_000, eps: 1e-6 };
      const run = (inverse: number, norm: number) =>
        sameBits((lanes) => {
          const at = machine.take(rows * cols * 4);
          machine.run('rope', { ...common, x: px, y: at, inverse, norm }, lanes);
          return machine.f32(at, rows * cols);
        });
      for (const inverse of [false, true])
        close(
          run(Number(inverse), 0),
          reference('rope', [ref(dense, shape), ...rest], { ...attrs, inverse })[0] as Float64Array,
          1e-6,
          () => 2,
        );
      close(
        run(0, 1),
        reference('normRope', [ref(dense, shape), ...rest], { ...attrs, eps: 1e-6 })[0] as Float64Array,
        1e-6,
        () => 2,
      );
      const dx = sameBits((lanes) => {
        const at = machine.take(rows * cols * 4);
        machine.run('normRopeGrad', { ...common, x: px, g: pg, dx: at }, lanes);
        return machine.f32(at, rows * cols);
      });
      const [back] = reference('normRopeGrad', [ref(dense, shape), ref(g, shape), ...rest], { ...attrs, eps: 1e-6 });
      close(dx, back as Float64Array, 2e-5, () => 2);
    }
});

test('reduce: over inner, outer and middle axes; reduceAll: sums, squares, the largest', () => {
  const x = numbers(2 * 9 * 70, 5, 3);
  const px = machine.put(x);
  const cases = [
    { axes: [2], d: [1, 2, 9], xs: [0, 630, 70], r: [1, 1, 70], s: [0, 0, 1] },
    { axes: [0], d: [1, 9, 70], xs: [0, 70, 1], r: [1, 1, 2], s: [0, 0, 630] },
    { axes: [1], d: [1, 2, 70], xs: [0, 630, 1], r: [1, 1, 9], s: [0, 0, 70] },
    { axes: [0, 2], d: [1, 1, 9], xs: [0, 0, 70], r: [1, 2, 70], s: [0, 630, 1] },
    { axes: [0, 1], d: [1, 1, 70], xs: [0, 0, 1], r: [1, 2, 9], s: [0, 630, 70] },
    { axes: [0, 1, 2], d: [1, 1, 1], xs: [0, 0, 0], r: [1, 1, 1260], s: [0, 0, 1] },
  ];
  for (const [op, kind] of [
    ['sum', reduceCodes.sum],
    ['max', reduceCodes.max],
    ['mean', reduceCodes.sum],
  ] as const)
    for (const { axes, d, xs, r, s } of cases) {
      const [want] = reference(op, [ref(x, [2, 9, 70])], { axes, keepDims: false }) as [Float64Array];
      const count = r.reduce((a, b) => a * b, 1);
      const y = sameBits((lanes) => {
        const at = machine.take(want.length * 4);
        machine.run(
          'reduce',
          {
            ...{ kind, x: px, y: at, d0: d[0] as number, d1: d[1] as number, d2: d[2] as number },
            ...{ x0: xs[0] as number, x1: xs[1] as number, x2: xs[2] as number },
            ...{ r0: r[0] as number, r1: r[1] as number, r2: r[2] as number },
            ...{ s0: s[0] as number, s1: s[1] as number, s2: s[2] as number, factor: op === 'mean' ? 1 / count : 1 },
          },
          lanes,
        );
        return machine.f32(at, want.length);
      });
      close(y, want, 1e-6, () => (op === 'sum' ? count : 3));
    }
  for (const n of [0, 1, 5, 4096, 4097, 20_003]) {
    machine.reset();
    const data = numbers(n, 2);
    const at = machine.put(data);
    const run = (kind: number) =>
      sameBits((lanes) => {
        const y = machine.take(4);
        machine.run('reduceAll', { kind, x: at, y, n, factor: 1 }, lanes);
        return machine.f32(y, 1);
      })[0] as number;
    const exact = (of: (value: number) => number) => data.reduce((sum, value) => sum + of(value), 0);
    close([run(reduceCodes.sum)], [exact((v) => v)], 1e-6, () => exact(Math.abs));
    close([run(reduceCodes.squares)], [exact((v) => v * v)], 1e-6);
    assert.is(run(reduceCodes.max), Math.max(...data));
  }
  const nan = machine.put(numbers(300, 1).with(299, Number.NaN));
  const y = machine.take(4);
  machine.run('reduceAll', { kind: reduceCodes.max, x: nan, y, n: 300, factor: 1 });
  assert.ok(Number.isNaN(machine.f32(y, 1)[0]));
});

test('argmax: the first of the largest; NaN counts as largest', () => {
  const x = [numbers(70, 1), numbers(70, 2).with(9, 50).with(60, 50), numbers(70, 3).with(33, Number.NaN).with(2, 99)];
  const at = machine.put(Float32Array.from(x.flatMap((row) => Array.from(row))));
  const y = machine.take(12);
  machine.run('argmax', { x: at, y, rows: 3, cols: 70 }, 2);
  assert.equal(Array.from(machine.i32(y, 3)), [
    (x[0] as Float32Array).indexOf(Math.max(...(x[0] as Float32Array))),
    9,
    33,
  ]);
});

test('embedding and its gradient: ids of bytes and of i32, ids outside the table', () => {
  for (const [n, tableRows, cols] of [
    [0, 5, 3],
    [9, 5, 3],
    [70, 300, 33],
    [40, 7, 64],
  ] as const)
    for (const dtype of ['u8', 'i32'] as const) {
      machine.reset();
      const wide = integers(n, dtype === 'u8' ? 0 : -2, Math.min(255, tableRows + 1), 4);
      const ids = dtype === 'u8' ? Uint8Array.from(wide) : wide;
      const [t, g] = [numbers(tableRows * cols, 1), numbers(n * cols, 2)];
      const [want] = reference('embedding', [ref(t, [tableRows, cols]), ref(ids, [n], dtype)], {});
      const [back] = reference('embeddingGrad', [ref(ids, [n], dtype), ref(g, [n, cols])], { rows: tableRows });
      const common = { ids: machine.put(ids), n, tableRows, cols, idBytes: ids.BYTES_PER_ELEMENT };
      const [table, pg] = [machine.put(t), machine.put(g)];
      const y = sameBits((lanes) => {
        const at = machine.take(n * cols * 4);
        machine.run('embedding', { ...common, table, y: at }, lanes);
        return machine.f32(at, n * cols);
      });
      close(y, want as Float64Array, 0);
      const d = sameBits((lanes) => {
        const at = machine.take(tableRows * cols * 4);
        machine.run('embeddingGrad', { ...common, g: pg, d: at }, lanes);
        return machine.f32(at, tableRows * cols);
      });
      close(d, back as Float64Array, 1e-6, () => 5);
    }
});

test('hashEmbedding and its gradient', () => {
  const [batch, time, tableRows, cols] = [2, 11, 64, 20];
  const orders = [2, 3, 4, 6, 9];
  const count = orders.length;
  const ids = Uint8Array.from(integers(batch * time, 0, 255, 6));
  const [t, g] = [numbers(count * tableRows * cols, 1), numbers(batch * time * cols, 2)];
  const idsRef = ref(ids, [batch, time], 'u8');
  const [want] = reference('hashEmbedding', [ref(t, [count, tableRows, cols]), idsRef], { orders });
  const [back] = reference('hashEmbeddingGrad', [idsRef, ref(g, [batch, time, cols])], { orders, rows: tableRows });
  const common = {
    ...{ ids: machine.put(ids), batch, time, count, tableRows, cols, idBytes: 1 },
    ...{ orders0: 2 | (3 << 8) | (4 << 16) | (6 << 24), orders1: 9 },
  };
  const [tables, pg] = [machine.put(t), machine.put(g)];
  const y = sameBits((lanes) => {
    const at = machine.take(batch * time * cols * 4);
    machine.run('hashEmbedding', { ...common, tables, y: at }, lanes);
    return machine.f32(at, batch * time * cols);
  });
  close(y, want as Float64Array, 1e-6, () => 3);
  const d = sameBits((lanes) => {
    const at = machine.take(count * tableRows * cols * 4);
    machine.run('hashEmbeddingGrad', { ...common, g: pg, d: at }, lanes);
    return machine.f32(at, count * tableRows * cols);
  });
  close(d, back as Float64Array, 1e-6, () => 5);
});
