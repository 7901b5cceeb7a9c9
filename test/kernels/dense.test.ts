// Products of f32 and attention, in both variants of the module, against the reference in f64.
import type { WasmVariant } from '../../kernels/load.ts';
import { epilogueCodes, packedBBytes } from '../../kernels/registry.ts';
import { assert, test } from '../support/harness.ts';
import { close, Machine, numbers, ref, reference, sameBits } from './support/machine.ts';

/** Rows `stride` apart around a dense matrix. */
function spaced(data: Float32Array, cols: number, stride: number): Float32Array {
  const rows = cols === 0 ? 0 : data.length / cols;
  const out = new Float32Array(rows * stride).fill(Number.NaN);
  for (let row = 0; row < rows; row += 1) out.set(data.subarray(row * cols, (row + 1) * cols), row * stride);
  return out;
}

for (const dense of ['dense', 'dense-relaxed'] as const satisfies readonly WasmVariant[]) {
  const machine = new Machine({ dense });

  test(`${dense}: gemm in all transpositions, at sizes around its tiles, with strides, residual and relu2`, () => {
    const sizes = [
      [1, 1, 1],
      [3, 9, 5],
      [4, 8, 16],
      [5, 7, 0],
      [0, 8, 4],
      [33, 20, 65],
      [64, 64, 64],
      [130, 24, 513],
      [261, 9, 30],
    ] as const;
    for (const [m, n, k] of sizes)
      for (const transA of [0, 1])
        for (const transB of [0, 1]) {
          machine.reset();
          const [a, b, r] = [numbers(m * k, 1), numbers(k * n, 2), numbers(m * n, 3)];
          const [aCols, bCols] = [transA ? m : k, transB ? k : n];
          const relu2 = (m + n) % 2 === 0;
          const attrs = { transA: transA === 1, transB: transB === 1, scale: 0.5, out: 'f32' as const };
          const both = [ref(a, transA ? [k, m] : [m, k]), ref(b, transB ? [n, k] : [k, n])];
          const refs = relu2 ? both : [...both, ref(r, [m, n])];
          const [want] = reference('matmul', refs, { ...attrs, epilogue: relu2 ? 'relu2' : 'none' });
          const sizesOf = refs.map(({ data, ...rest }) => ({ ...rest, data: data.map(Math.abs) }));
          const [most] = reference('matmul', sizesOf, { ...attrs, epilogue: relu2 ? 'relu2' : 'none' });
          const common = {
            ...{
              b: machine.put(spaced(b, bCols, bCols + 3)),
              residual: relu2 ? 0 : machine.put(r),
              m,
              n,
              k,
              scale: 0.5,
            },
            ...{ a: machine.put(spaced(a, aCols, aCols + 1)), aStride: aCols + 1, bStride: bCols + 3, transA, transB },
            ...{ epilogue: epilogueCodes[relu2 ? 'relu2' : 'none'] },
          };
          const c = sameBits((lanes) => {
            const at = machine.take(m * n * 4);
            machine.run('gemm', { ...common, c: at, batch: 1, aBatch: 0, bBatch: 0 }, lanes);
            return machine.f32(at, m * n);
          });
          close(c, want as Float64Array, 2e-6, (i) => (most as Float64Array)[i] as number);
          const packed = machine.take(packedBBytes(n, k));
          machine.run('gemmPackB', { ...common, packed }, 2);
          const again = sameBits((lanes) => {
            const at = machine.take(m * n * 4);
            machine.run('gemmPacked', { ...common, packed, c: at }, lanes);
            return machine.f32(at, m * n);
          });
          assert.equal(again, c);
        }
  });

  test(`${dense}: gemm of batches, with b of each or shared`, () => {
    for (const [batch, m, n, k] of [
      [3, 5, 9, 7],
      [7, 16, 8, 20],
      [2, 40, 17, 3],
    ] as const)
      for (const shared of [false, true]) {
        machine.reset();
        const [a, b] = [numbers(batch * m * k, 1), numbers((shared ? 1 : batch) * k * n, 2)];
        const attrs = { transA: false, transB: false, scale: 1, epilogue: 'none', out: 'f32' } as const;
        const [want] = reference('matmul', [ref(a, [batch, m, k]), ref(b, shared ? [k, n] : [batch, k, n])], attrs);
        const [pa, pb] = [machine.put(a), machine.put(b)];
        const c = sameBits((lanes) => {
          const at = machine.take(batch * m * n * 4);
          machine.run(
            'gemm',
            {
              ...{ a: pa, b: pb, residual: 0, c: at, m, n, k, aStride: k, bStride: n, transA: 0, transB: 0, batch },
              ...{ aBatch: m * k, bBatch: shared ? 0 : k * n, scale: 1, epilogue: 0 },
            },
            lanes,
          );
          return machine.f32(at, batch * m * n);
        });
        close(c, want as Float64Array, 2e-6, () => 20);
      }
  });

  test(`${dense}: a row of a product has the same bits alone and among others`, () => {
    machine.reset();
    const [m, n, k] = [37, 40, 1100];
    const [a, b] = [machine.put(numbers(m * k, 1)), machine.put(numbers(n * k, 2))];
    const run = (rows: number, from: number): Float32Array => {
      const c = machine.take(rows * n * 4);
      machine.run('gemm', {
        ...{
          a: a + from * k * 4,
          b,
          residual: 0,
          c,
          m: rows,
          n,
          k,
          aStride: k,
          bStride: k,
          transA: 0,
          transB: 1,
          batch: 1,
        },
        ...{ aBatch: 0, bBatch: 0, scale: 1, epilogue: 0 },
      });
      return machine.f32(c, rows * n);
    };
    const all = run(m, 0);
    for (const row of [0, 3, 36]) assert.equal(run(1, row), all.slice(row * n, (row + 1) * n));
  });

  test(`${dense}: NaN and infinity reach every element that they belong to`, () => {
    machine.reset();
    const [m, n, k] = [5, 9, 6];
    const a = numbers(m * k, 1)
      .with(2 * k + 3, Number.NaN)
      .with(4 * k, Number.POSITIVE_INFINITY);
    const [pa, pb, c] = [machine.put(a), machine.put(numbers(k * n, 2)), machine.take(m * n * 4)];
    machine.run('gemm', {
      ...{ a: pa, b: pb, residual: 0, c, m, n, k, aStride: k, bStride: n, transA: 0, transB: 0, batch: 1 },
      ...{ aBatch: 0, bBatch: 0, scale: 1, epilogue: epilogueCodes.relu2 },
    });
    const y = machine.f32(c, m * n);
    for (let j = 0; j < n; j += 1) {
      assert.ok(Number.isNaN(y[2 * n + j]), `NaN in column ${j}`);
      assert.ok(y[4 * n + j] === Number.POSITIVE_INFINITY || y[4 * n + j] === 0);
      assert.ok(Number.isFinite(y[n + j]));
    }
  });

  test(`${dense}: attention and its gradient: causal, windowed, full, grouped heads, strided q, k and v`, () => {
    const cases = [
      { batch: 1, time: 1, keys: 1, heads: 1, kvHeads: 1, headDim: 4, causal: true, window: null },
      { batch: 2, time: 65, keys: 65, heads: 2, kvHeads: 1, headDim: 8, causal: true, window: null },
      { batch: 1, time: 130, keys: 130, heads: 2, kvHeads: 2, headDim: 12, causal: true, window: 20 },
      { batch: 1, time: 200, keys: 200, heads: 1, kvHeads: 1, headDim: 64, causal: true, window: 70 },
      { batch: 2, time: 5, keys: 67, heads: 4, kvHeads: 2, headDim: 6, causal: false, window: null },
      { batch: 1, time: 0, keys: 0, heads: 1, kvHeads: 1, headDim: 8, causal: true, window: null },
      { batch: 1, time: 63, keys: 63, heads: 1, kvHeads: 1, headDim: 3, causal: true, window: 1 },
    ] as const;
    for (const { batch, time, keys, heads, kvHeads, headDim, causal, window } of cases) {
      machine.reset();
      const [w, kw] = [heads * headDim, kvHeads * headDim];
      const [q, k, v] = [
        numbers(batch * time * w, 1, 2),
        numbers(batch * keys * kw, 2, 2),
        numbers(batch * keys * kw, 3),
      ];
      const attrs = { heads, kvHeads, window, causal, scale: 1 / Math.sqrt(headDim) };
      const refs = [ref(q, [batch, time, w]), ref(k, [batch, keys, kw]), ref(v, [batch, keys, kw])];
      const [out, lse] = reference('attention', refs, attrs) as [Float64Array, Float64Array];
      const common = {
        ...{
          q: machine.put(spaced(q, w, w + 4)),
          k: machine.put(spaced(k, kw, kw + 1)),
          v: machine.put(spaced(v, kw, kw + 2)),
        },
        ...{ batch, time, keys, heads, kvHeads, headDim, qStride: w + 4, kStride: kw + 1, vStride: kw + 2 },
        ...{ causal: Number(causal), window: window ?? 0, scale: attrs.scale },
      };
      const size = batch * time * w;
      const stats = batch * heads * time;
      const got = sameBits((lanes) => {
        const [a, b] = [machine.take(size * 4), machine.take(stats * 4)];
        machine.run('attention', { ...common, out: a, lse: b }, lanes);
        return Float32Array.of(...machine.f32(a, size), ...machine.f32(b, stats));
      });
      close(got, [...out, ...lse], 3e-6, () => 3);
      const g = numbers(size, 7);
      const backRefs = [...refs, ref(out, [batch, time, w]), ref(lse, [batch, heads, time]), ref(g, [batch, time, w])];
      const want = reference('attentionGrad', backRefs, attrs);
      const given = {
        out: machine.put(Float32Array.from(out)),
        lse: machine.put(Float32Array.from(lse)),
        g: machine.put(g),
      };
      const sizes = [size, batch * keys * kw, batch * keys * kw];
      const grads = sameBits((lanes) => {
        const [dq, dk, dv] = sizes.map((count) => machine.take(count * 4)) as [number, number, number];
        machine.run('attentionGrad', { ...common, ...given, dq, dk, dv }, lanes);
        return Float32Array.from([dq, dk, dv].flatMap((at, i) => Array.from(machine.f32(at, sizes[i] as number))));
      });
      close(
        grads,
        want.flatMap((each) => Array.from(each)),
        2e-5,
        () => 4,
      );
    }
  });
}
