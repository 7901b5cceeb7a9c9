// Kernels over single elements, against the reference in f64, at sizes around a vector and a lane's share.
import { activationCodes, binaryCodes, dtypeCodes, randomCodes, unaryCodes } from '../../kernels/registry.ts';
import { assert, test } from '../support/harness.ts';
import { close, integers, Machine, numbers, ref, reference, sameBits } from './support/machine.ts';

const machine = new Machine();
const sizes = [0, 1, 3, 4, 5, 15, 16, 17, 67, 1030];
const special = Float32Array.of(
  0,
  -0,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  1e-40,
  88.5,
  -88.5,
);

for (const [name, kind] of Object.entries(unaryCodes)) {
  const op = name as keyof typeof unaryCodes;
  test(`${op}: every size, special numbers, in place, the same bits with any number of lanes`, () => {
    for (const n of sizes) {
      machine.reset();
      const positive = op === 'log' || op === 'sqrt' || op === 'rsqrt';
      const x = numbers(n, 3, 4).map((value) => (positive ? Math.abs(value) + 1e-3 : value));
      const [want] = reference(op, [ref(x, [n])], {});
      const y = sameBits((lanes) => {
        const at = machine.put(x);
        machine.run('unary', { kind, x: at, y: at, n }, lanes);
        return machine.f32(at, n);
      });
      // What cancels (sin near its zeros, log near 1) is right to one part of the argument's rounding.
      close(y, want as Float64Array, 1e-6, (i) => Math.abs((want as Float64Array)[i] as number) + 0.05);
    }
    const [want] = reference(op, [ref(special, [8])], {});
    const at = machine.put(special);
    machine.run('unary', { kind, x: at, y: at, n: 8 });
    const skipped = op === 'exp' || op === 'square' ? 5 : -1; // Results below f32's smallest normal number.
    const pick = (data: ArrayLike<number>) => Array.from(data).filter((_, i) => i !== skipped);
    close(pick(machine.f32(at, 8)), pick((want as Float64Array).map(Math.fround)), 2e-6);
  });
}

test('exp, log, tanh and sin are right to 3e-7 of the value over their range', () => {
  const n = 4096;
  const spread = Float32Array.from({ length: n }, (_, i) => (i - n / 2) / (n / 2));
  const cases: readonly (readonly [keyof typeof unaryCodes, Float32Array])[] = [
    ['exp', spread.map((x) => x * 87)],
    ['log', spread.map((x) => Math.exp(x * 80))],
    ['tanh', spread.map((x) => x * 10)],
    ['sigmoid', spread.map((x) => x * 80)],
    ['sin', spread.map((x) => x * 3.1)],
  ];
  for (const [op, x] of cases) {
    const [want] = reference(op, [ref(x, [n])], {});
    const at = machine.put(x);
    machine.run('unary', { kind: unaryCodes[op], x: at, y: at, n });
    close(machine.f32(at, n), want as Float64Array, 3e-7);
  }
});

test('sin and cos of large angles', () => {
  const x = numbers(200, 5, 50_000);
  for (const op of ['sin', 'cos'] as const) {
    const at = machine.put(x);
    machine.run('unary', { kind: unaryCodes[op], x: at, y: at, n: 200 });
    close(machine.f32(at, 200), reference(op, [ref(x, [200])], {})[0] as Float64Array, 2e-7, () => 1);
  }
});

for (const [name, kind] of Object.entries(binaryCodes)) {
  const op = name as keyof typeof binaryCodes;
  test(`${op}: dense, broadcast on either side, on any axis`, () => {
    // Shape of a, of b, and both as four axes with strides.
    const cases = [
      { a: [67], b: [67], d: [1, 1, 1, 67], as: [0, 0, 0, 1], bs: [0, 0, 0, 1] },
      { a: [5, 7], b: [7], d: [1, 1, 5, 7], as: [0, 0, 7, 1], bs: [0, 0, 0, 1] },
      { a: [5, 7], b: [5, 1], d: [1, 1, 5, 7], as: [0, 0, 7, 1], bs: [0, 0, 1, 0] },
      { a: [1], b: [33], d: [1, 1, 1, 33], as: [0, 0, 0, 0], bs: [0, 0, 0, 1] },
      { a: [2, 3, 1, 5], b: [3, 4, 1], d: [2, 3, 4, 5], as: [15, 5, 0, 1], bs: [0, 4, 1, 0] },
      { a: [0, 3], b: [3], d: [1, 1, 0, 3], as: [0, 0, 3, 1], bs: [0, 0, 0, 1] },
    ] as const;
    for (const { a, b, d, as, bs } of cases) {
      machine.reset();
      const count = (shape: readonly number[]) => shape.reduce((x, y) => x * y, 1);
      const base = (data: Float32Array) => (op === 'pow' || op === 'div' ? data.map((x) => Math.abs(x) + 0.25) : data);
      const left = base(numbers(count(a), 1));
      const right = op === 'equal' ? left.slice(0, count(b)) : base(numbers(count(b), 2));
      const padded = Float32Array.from({ length: count(b) }, (_, i) => right[i % Math.max(1, right.length)] ?? 0);
      const [want] = reference(op, [ref(left, a), ref(padded, b)], {});
      const n = count(d);
      const [pa, pb] = [machine.put(left), machine.put(padded)];
      const y = sameBits((lanes) => {
        const at = machine.take(n * 4);
        machine.run(
          'binary',
          {
            ...{ kind, a: pa, b: pb, y: at, d0: d[0], d1: d[1], d2: d[2], d3: d[3] },
            ...{ a0: as[0], a1: as[1], a2: as[2], a3: as[3], b0: bs[0], b1: bs[1], b2: bs[2], b3: bs[3] },
          },
          lanes,
        );
        return machine.f32(at, n);
      });
      close(y, want as Float64Array, 3e-7);
    }
  });
}

test('pow has the corners of ECMAScript', () => {
  const bases = [0, -0, 1, -1, 2, -2, -8, 0.5, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];
  const exponents = [
    0,
    -0,
    1,
    -1,
    2,
    3,
    0.5,
    -0.5,
    1 / 3,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NaN,
  ];
  const pairs = bases.flatMap((a) => exponents.map((b) => [Math.fround(a), Math.fround(b)] as const));
  const [a, b] = [
    machine.put(Float32Array.from(pairs, ([x]) => x)),
    machine.put(Float32Array.from(pairs, ([, x]) => x)),
  ];
  const n = pairs.length;
  const y = machine.take(n * 4);
  machine.run('binary', {
    ...{ kind: binaryCodes.pow, a, b, y, d0: 1, d1: 1, d2: 1, d3: n },
    ...{ a0: 0, a1: 0, a2: 0, a3: 1, b0: 0, b1: 0, b2: 0, b3: 1 },
  });
  close(
    machine.f32(y, n),
    pairs.map(([x, p]) => x ** p),
    2e-7,
  );
});

test('where chooses by element, a NaN being true', () => {
  const cond = Float32Array.of(1, 0, Number.NaN, -0, 2, 0, 0);
  const [c, a, b] = [machine.put(cond), machine.put(numbers(7, 1)), machine.put(Float32Array.of(9))];
  const y = machine.take(28);
  machine.run('where', {
    ...{ cond: c, a, b, y, d0: 1, d1: 1, d2: 1, d3: 7, c0: 0, c1: 0, c2: 0, c3: 1 },
    ...{ a0: 0, a1: 0, a2: 0, a3: 1, b0: 0, b1: 0, b2: 0, b3: 0 },
  });
  const x = numbers(7, 1);
  assert.equal(Array.from(machine.f32(y, 7)), [x[0], 9, x[2], 9, x[4], 9, 9]);
});

for (const [name, kind] of Object.entries(activationCodes)) {
  test(`activationGrad of ${name}`, () => {
    for (const n of sizes) {
      machine.reset();
      const [x, g] = [numbers(n, 7, 2), numbers(n, 8)];
      const attrs = { of: name as keyof typeof activationCodes };
      const [want] = reference('activationGrad', [ref(x, [n]), ref(g, [n])], attrs);
      const [px, pg] = [machine.put(x), machine.put(g)];
      const y = sameBits((lanes) => {
        const at = machine.take(n * 4);
        machine.run('activationGrad', { kind, x: px, g: pg, y: at, n }, lanes);
        return machine.f32(at, n);
      });
      close(y, want as Float64Array, 1e-6, (i) => 3 * Math.abs(g[i] as number));
    }
  });
}

test('affine, fill', () => {
  for (const n of sizes) {
    machine.reset();
    const x = numbers(n, 2);
    const y = sameBits((lanes) => {
      const at = machine.put(x);
      machine.run('affine', { x: at, y: at, n, scale: 0.5, shift: -3 }, lanes);
      return machine.f32(at, n);
    });
    close(
      y,
      x.map((value) => value * 0.5 - 3),
      0,
    );
    for (const bytes of [1, 2, 4]) {
      const filled = sameBits((lanes) => {
        const at = machine.take(n * bytes);
        machine.run('fill', { bytes, y: at, n, bits: 0x7fc1_2345 }, lanes);
        return machine.bytes(at, n * bytes + 16);
      });
      const whole = Array.from({ length: n * bytes }, (_, i) => [0x45, 0x23, 0xc1, 0x7f][i % bytes]);
      assert.equal(Array.from(filled), [...whole, ...Array(16).fill(0xff)]);
    }
  }
});

test('adamw: a step as the reference takes it; a gate of 0 changes nothing, whatever the gradient holds', () => {
  for (const n of sizes) {
    machine.reset();
    const [p, g, m, v] = [numbers(n, 1), numbers(n, 2), numbers(n, 3), numbers(n, 4).map((x) => x * x)];
    const hyper = Float32Array.of(0.01, 0.9, 0.95, 1e-8, 0.1, 1 - 0.9 ** 3, 1 - 0.95 ** 3, 0.5);
    const all = [p, g, m, v].map((x) => ref(x, [n]));
    const want = reference('adamw', [...all, ref(hyper, [8])], {});
    for (const [index, of] of [0, 2, 3].entries()) {
      const got = sameBits((lanes) => {
        const at = [p, g, m, v, hyper].map((x) => machine.put(x)) as [number, number, number, number, number];
        machine.run('adamw', { p: at[0], g: at[1], m: at[2], v: at[3], hyper: at[4], n }, lanes);
        return machine.f32(at[of] as number, n);
      });
      close(got, want[index] as Float64Array, 1e-6, (i) => Math.abs((want[index] as Float64Array)[i] as number) + 0.01);
    }
    const closed = hyper.with(7, 0);
    const at = [p, g.map(() => Number.NaN), m, v, closed].map((x) => machine.put(x)) as [
      number,
      number,
      number,
      number,
      number,
    ];
    machine.run('adamw', { p: at[0], g: at[1], m: at[2], v: at[3], hyper: at[4], n }, 2);
    close(machine.f32(at[0], n), p, 0);
  }
});

test('uniform and normal are the stream of the reference, to the bit for uniform', () => {
  for (const n of [0, 1, 5, 1030])
    for (const [op, kind] of Object.entries(randomCodes)) {
      machine.reset();
      const keys = Int32Array.of(-5, 77);
      const name = op as keyof typeof randomCodes;
      const [want] = reference(name, [ref(keys, [2], 'i32')], { shape: [n], stream: 9 });
      const key = machine.put(keys);
      const got = sameBits((lanes) => {
        const y = machine.take(n * 4);
        machine.run('random', { kind, key, y, n, stream: 9 }, lanes);
        return machine.f32(y, n);
      });
      close(got, want as Float64Array, name === 'uniform' ? 0 : 1e-6, () => 4);
    }
});

test('cast: f16 both ways for every f16, ties to even, integers saturate', () => {
  const halves = Uint16Array.from({ length: 65_536 }, (_, i) => i);
  const [from, to] = [machine.put(halves), machine.take(65_536 * 4)];
  const sizes = { rows: 1, cols: 65_536, xStride: 65_536 };
  machine.run('cast', { from: dtypeCodes.f16, to: dtypeCodes.f32, x: from, y: to, ...sizes }, 3);
  const wide = machine.f32(to, 65_536);
  for (const [bits, value] of wide.entries()) {
    const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
    const size =
      exponent === 31
        ? fraction
          ? Number.NaN
          : Number.POSITIVE_INFINITY
        : exponent
          ? (1 + fraction / 1024) * 2 ** (exponent - 15)
          : fraction * 2 ** -24;
    if (!Object.is(value, bits & 0x8000 ? -size : size) && !Number.isNaN(size)) assert.is(value, size, `bits ${bits}`);
  }
  const back = machine.take(65_536 * 2);
  machine.run('cast', { from: dtypeCodes.f32, to: dtypeCodes.f16, x: to, y: back, ...sizes }, 2);
  const again = new Uint16Array(machine.bytes(back, 131_072).buffer);
  for (const [bits, got] of again.entries()) if (!Number.isNaN(wide[bits] as number)) assert.is(got, bits);
  const ties = Float32Array.of(1 + 2 ** -11, 1 + 3 * 2 ** -11, 65_519, 65_520, 2 ** -25, 2 ** -25 * 1.01, -1e9);
  const [t, u] = [machine.put(ties), machine.take(14)];
  machine.run('cast', { from: dtypeCodes.f32, to: dtypeCodes.f16, x: t, y: u, rows: 1, cols: 7, xStride: 7 });
  assert.equal(
    Array.from(new Uint16Array(machine.bytes(u, 14).buffer)),
    [0x3c00, 0x3c02, 0x7bff, 0x7c00, 0, 1, 0xfc00],
  );
  const values = Float32Array.of(-1.75, 2.5, 1e10, -1e10, Number.NaN, 300, -300);
  const px = machine.put(values);
  const cast = (code: number, bytes: number) => {
    const y = machine.take(7 * bytes);
    machine.run('cast', { from: dtypeCodes.f32, to: code, x: px, y, rows: 1, cols: 7, xStride: 7 });
    return y;
  };
  assert.equal(Array.from(machine.i32(cast(dtypeCodes.i32, 4), 7)), [-1, 2, 2 ** 31 - 1, -(2 ** 31), 0, 300, -300]);
  assert.equal(Array.from(machine.bytes(cast(dtypeCodes.u8, 1), 7)), [0, 2, 255, 0, 0, 255, 0]);
  assert.equal(
    Array.from(new Int8Array(machine.bytes(cast(dtypeCodes.i8, 1), 7).buffer)),
    [-1, 2, 127, -128, 0, 127, -128],
  );
  const ints = machine.put(integers(6, -1000, 1000));
  const y = machine.take(16);
  machine.run('cast', { from: dtypeCodes.i32, to: dtypeCodes.f32, x: ints, y, rows: 2, cols: 2, xStride: 3 });
  const all = integers(6, -1000, 1000);
  assert.equal(Array.from(machine.f32(y, 4)), [all[0], all[1], all[3], all[4]]);
});

test('copy: strides on both sides, transposed, repeated, of 1, 2 and 4 bytes', () => {
  const strides = (of: readonly number[]) => ({
    x0: of[0] as number,
    x1: of[1] as number,
    x2: of[2] as number,
    x3: of[3] as number,
  });
  const cases = [
    { d: [1, 1, 5, 7], x: [0, 0, 7, 1], y: [0, 0, 7, 1], from: 35, to: 35 },
    { d: [1, 1, 9, 13], x: [0, 0, 1, 9], y: [0, 0, 13, 1], from: 117, to: 117 },
    { d: [2, 3, 4, 5], x: [60, 1, 3, 12], y: [60, 20, 5, 1], from: 120, to: 120 },
    { d: [1, 2, 3, 65], x: [0, 0, 65, 1], y: [0, 195, 65, 1], from: 195, to: 390 },
    { d: [1, 1, 3, 4], x: [0, 0, 9, 1], y: [0, 0, 6, 1], from: 27, to: 18 },
    { d: [1, 1, 0, 4], x: [0, 0, 4, 1], y: [0, 0, 4, 1], from: 4, to: 4 },
    { d: [1, 1, 1, 3000], x: [0, 0, 0, 1], y: [0, 0, 0, 1], from: 3000, to: 3000 },
  ];
  for (const bytes of [1, 2, 4])
    for (const { d, x, y, from, to } of cases) {
      machine.reset();
      const data = Uint8Array.from({ length: from * bytes }, (_, i) => (i * 7 + 3) & 255);
      const px = machine.put(data);
      const got = sameBits((lanes) => {
        const py = machine.take(to * bytes);
        machine.run(
          'copy',
          {
            ...{ bytes, x: px, y: py, d0: d[0] as number, d1: d[1] as number, d2: d[2] as number, d3: d[3] as number },
            ...strides(x),
            ...{ y0: y[0] as number, y1: y[1] as number, y2: y[2] as number, y3: y[3] as number },
          },
          lanes,
        );
        return machine.bytes(py, to * bytes);
      });
      const want = new Uint8Array(to * bytes).fill(0xff);
      const [d0, d1, d2, d3] = d as [number, number, number, number];
      for (let i = 0; i < d0 * d1 * d2 * d3; i += 1) {
        const at = [Math.floor(i / (d1 * d2 * d3)), Math.floor(i / (d2 * d3)) % d1, Math.floor(i / d3) % d2, i % d3];
        const place = (of: readonly number[]) => at.reduce((sum, index, axis) => sum + index * (of[axis] as number), 0);
        for (let b = 0; b < bytes; b += 1) want[place(y) * bytes + b] = data[place(x) * bytes + b] as number;
      }
      assert.equal(Array.from(got), Array.from(want));
    }
});
