// Ops that go element by element, by broadcasting, or move elements: their calls.
import { activationCodes, binaryCodes, dtypeCodes, randomCodes, unaryCodes } from '../../../../kernels/registry.ts';
import { bytesOf, type DType } from '../../../dtype.ts';
import type { BinaryName, UnaryName } from '../../../ops/names.ts';
import { lastOf, type Shape, sizeOf } from '../../../shape.ts';
import { type Instr, moved } from './instruction.ts';
import type { Operand, Source } from './types.ts';
import { broadcastStrides, denseStrides, stridesOf, walk } from './walk.ts';

export function unary(op: Instr<UnaryName>): void {
  const n = sizeOf(op.output().type.shape);
  const x = op.f32(0);
  op.result(0, (y) => op.call('unary', { kind: unaryCodes[op.op], x, y, n }));
}

export function affine(op: Instr<'affine'>): void {
  const { scale, shift } = op.attrs;
  const n = sizeOf(op.output().type.shape);
  const x = op.f32(0);
  op.result(0, (y) => op.call('affine', { x, y, n, scale, shift }));
}

export function activationGrad(op: Instr<'activationGrad'>): void {
  const n = sizeOf(op.output().type.shape);
  const [x, g] = [op.f32(0), op.f32(1)];
  op.result(0, (y) => op.call('activationGrad', { kind: activationCodes[op.attrs.of], x, g, y, n }));
}

export function binary(op: Instr<BinaryName>): void {
  const [a, b] = [op.rows(0), op.rows(1)];
  op.result(0, (y) => binaryCall(op, op.op, a, b, y, op.output().type.shape));
}

/** y[shape] dense = f(a, b), broadcast. */
export function binaryCall(op: Instr, name: BinaryName, a: Source, b: Source, y: Operand, shape: Shape): void {
  const strides = [broadcastStrides(a, shape), broadcastStrides(b, shape), denseStrides(shape)];
  walk(shape, strides, ([d0, d1, d2, d3], [as, bs], [aBegin = 0, bBegin = 0, yBegin = 0]) => {
    const [a0, a1, a2, a3] = as as readonly [number, number, number, number];
    const [b0, b1, b2, b3] = bs as readonly [number, number, number, number];
    const arrays = { a: moved(a.at, aBegin * 4), b: moved(b.at, bBegin * 4), y: moved(y, yBegin * 4) };
    const extents = { d0, d1, d2, d3 };
    op.call('binary', { kind: binaryCodes[name], ...arrays, ...extents, a0, a1, a2, a3, b0, b1, b2, b3 }, 1);
  });
}

export function where(op: Instr<'where'>): void {
  const { shape } = op.output().type;
  const [c, a, b] = [op.rows(0), op.rows(1), op.rows(2)];
  const strides = [...[c, a, b].map((each) => broadcastStrides(each, shape)), denseStrides(shape)];
  op.result(0, (y) => {
    walk(shape, strides, ([d0, d1, d2, d3], [cs, as, bs], [cBegin = 0, aBegin = 0, bBegin = 0, yBegin = 0]) => {
      const [c0, c1, c2, c3] = cs as readonly [number, number, number, number];
      const [a0, a1, a2, a3] = as as readonly [number, number, number, number];
      const [b0, b1, b2, b3] = bs as readonly [number, number, number, number];
      op.call(
        'where',
        {
          ...{ cond: moved(c.at, cBegin * 4), a: moved(a.at, aBegin * 4), b: moved(b.at, bBegin * 4) },
          ...{ y: moved(y, yBegin * 4), d0, d1, d2, d3 },
          ...{ c0, c1, c2, c3, a0, a1, a2, a3, b0, b1, b2, b3 },
        },
        1,
      );
    });
  });
}

export function cast(op: Instr<'cast'>): void {
  const { type, at } = op.output();
  op.cast(op.input(0), { at, type });
}

export function copy(op: Instr): void {
  const { type, at } = op.output();
  op.cast(op.input(0), { at, type });
}

/** `to` and `from` walk `shape` by their strides, in elements; `group`: see Emission. */
export function copyCall(
  op: Instr,
  from: { at: Operand; strides: readonly number[] },
  to: { at: Operand; strides: readonly number[] },
  shape: Shape,
  dtype: DType,
  group = 1,
): void {
  const bytes = op.elementBytes({ dtype, shape });
  walk(shape, [from.strides, to.strides], ([d0, d1, d2, d3], [xs, ys], [xBegin = 0, yBegin = 0]) => {
    const [x0, x1, x2, x3] = xs as readonly [number, number, number, number];
    const [y0, y1, y2, y3] = ys as readonly [number, number, number, number];
    const arrays = { x: moved(from.at, xBegin * bytes), y: moved(to.at, yBegin * bytes) };
    op.call('copy', { bytes, ...arrays, d0, d1, d2, d3, x0, x1, x2, x3, y0, y1, y2, y3 }, group);
  });
}

export function fill(op: Instr<'fill'>): void {
  const { type, at } = op.output();
  fillCall(op, at, type, op.attrs.value);
}

export function fillCall(op: Instr, y: Operand, type: Source['type'], value: number): void {
  const n = sizeOf(type.shape);
  if (type.dtype === 'f16') {
    const wide = op.temp(n * 4);
    op.call('fill', { bytes: 4, y: wide, n, bits: floatBits(value) });
    op.call('cast', { from: dtypeCodes.f32, to: dtypeCodes.f16, x: wide, y, rows: 1, cols: n, xStride: n });
    return;
  }
  const bits = type.dtype === 'f32' ? floatBits(value) : value | 0;
  op.call('fill', { bytes: op.elementBytes(type), y, n, bits });
}

function floatBits(value: number): number {
  return new Int32Array(Float32Array.of(value).buffer)[0] as number;
}

export function slice(op: Instr<'slice'>): void {
  const { axis, start } = op.attrs;
  sliceTo(op, axis, start, op.output());
}

export function split(op: Instr<'split'>): void {
  const { axis, parts } = op.attrs;
  const length = (op.input(0).type.shape[axis] as number) / parts;
  for (const [part, output] of op.outputs.entries()) if (!output.view) sliceTo(op, axis, part * length, output);
}

function sliceTo(op: Instr, axis: number, start: number, to: Source): void {
  const from = op.input(0);
  const strides = stridesOf(from);
  const at = moved(from.at, start * (strides[axis] as number) * bytesOf[from.type.dtype]);
  const { shape, dtype } = to.type;
  copyCall(op, { at, strides }, { at: to.at, strides: denseStrides(shape) }, shape, dtype);
}

export function concat(op: Instr<'concat'>): void {
  const { axis } = op.attrs;
  const { type, at } = op.output();
  const strides = denseStrides(type.shape);
  let begin = 0;
  for (const from of op.inputs) {
    const to = { at: moved(at, begin * (strides[axis] as number) * bytesOf[type.dtype]), strides };
    copyCall(op, { at: from.at, strides: stridesOf(from) }, to, from.type.shape, type.dtype);
    begin += from.type.shape[axis] as number;
  }
}

export function pad(op: Instr<'pad'>): void {
  const { axis, before } = op.attrs;
  const { type, at } = op.output();
  const strides = denseStrides(type.shape);
  fillCall(op, at, type, 0);
  const from = op.input(0);
  const to = { at: moved(at, before * (strides[axis] as number) * bytesOf[type.dtype]), strides };
  copyCall(op, { at: from.at, strides: stridesOf(from) }, to, from.type.shape, type.dtype, 0);
}

export function transpose(op: Instr<'transpose'>): void {
  const from = op.input(0);
  const own = stridesOf(from);
  const strides = op.attrs.perm.map((axis) => own[axis] as number);
  const { shape, dtype } = op.output().type;
  copyCall(op, { at: from.at, strides }, { at: op.output().at, strides: denseStrides(shape) }, shape, dtype);
}

export function broadcastTo(op: Instr<'broadcastTo'>): void {
  const from = op.input(0);
  const { shape, dtype } = op.output().type;
  const strides = broadcastStrides(from, shape);
  copyCall(op, { at: from.at, strides }, { at: op.output().at, strides: denseStrides(shape) }, shape, dtype);
}

/** w[0]·x + w[1]·y. */
export function mix(op: Instr<'mix'>): void {
  const { shape } = op.output().type;
  const [x, y] = [op.rows(0), op.rows(1)];
  const [w0, w1] = weightsOf(op);
  const second = op.temp(sizeOf(shape) * 4);
  op.result(0, (out) => {
    binaryCall(op, 'mul', x, w0, out, shape);
    binaryCall(op, 'mul', y, w1, second, shape);
    binaryCall(op, 'add', denseF32(out, shape), denseF32(second, shape), out, shape);
  });
}

export function mixGrad(op: Instr<'mixGrad'>): void {
  const { shape } = op.input(0).type;
  const n = sizeOf(shape);
  const g = op.rows(3);
  const product = op.temp(n * 4);
  const dw = op.output(2).at;
  for (const [index, w] of weightsOf(op).entries()) {
    op.result(index, (out) => binaryCall(op, 'mul', g, w, out, shape));
    binaryCall(op, 'mul', g, op.rows(index), product, shape);
    op.call('reduceAll', { kind: 0, x: product, y: moved(dw, index * 4), n, factor: 1 });
  }
}

function weightsOf(op: Instr<'mix'> | Instr<'mixGrad'>): [Source, Source] {
  const w = op.f32(2);
  return [0, 4].map((at) => denseF32(moved(w, at), [1])) as [Source, Source];
}

export function denseF32(at: Operand, shape: Shape): Source {
  return { type: { dtype: 'f32', shape }, at, rowStride: lastOf(shape), dense: true, view: false };
}

export function random(op: Instr<'uniform' | 'normal'>): void {
  const n = sizeOf(op.output().type.shape);
  const key = op.dense(0);
  const { stream } = op.attrs;
  op.result(0, (y) => op.call('random', { kind: randomCodes[op.op], key, y, n, stream }));
}
