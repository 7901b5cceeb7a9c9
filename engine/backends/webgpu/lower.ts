// From a program to calls: every op by name has its lowering here or in the files beside this one.
import type { WgslSources } from '../../../kernels/wgsl-registry.ts';
import type { OpName } from '../../ops/names.ts';
import type { Instruction, Program, ValueId } from '../../program/types.ts';
import { lastOf, sizeOf } from '../../shape.ts';
import { type Param, type Ref, u32 } from './call.ts';
import type { Capabilities } from './capabilities.ts';
import { fill, isElementwise, lowerElementwise, lowerReduction, move, part, reduce, Waiting } from './elementwise.ts';
import { broadcasted, dense, type Place } from './expression.ts';
import { Lowering } from './lowering.ts';
import { lowerLinearInt8, lowerLinearInt8Weights, lowerMatmul } from './matmul.ts';
import {
  lowerAttention,
  lowerAttentionCached,
  lowerAttentionGrad,
  lowerKvAppend,
  lowerKvCopy,
  lowerRope,
  lowerRow,
} from './rows.ts';
import { firstCut } from './windows.ts';

type Lower = (lowering: Lowering, instruction: Instruction, waiting: Waiting) => void;
type Attrs = { readonly [name: string]: unknown };

const attrsOf = (instruction: Instruction): Attrs => instruction.attrs as Attrs;
const first = (instruction: Instruction): ValueId => instruction.outputs[0] as ValueId;

/** Moves: the output place or the input place is looked at differently, then copied. */
const moves: { readonly [name: string]: Lower } = {
  fill(lowering, instruction) {
    const out = lowering.place(first(instruction));
    fill(lowering, 'fill', attrsOf(instruction).value as number, out.shape, out);
  },
  reshape(lowering, instruction) {
    const from = lowering.place(instruction.inputs[0] as ValueId);
    move(lowering, 'reshape', from, from.shape, {
      ...lowering.place(first(instruction)),
      shape: from.shape,
      strides: dense(from.shape),
    });
  },
  slice(lowering, instruction) {
    const { axis, start, length } = attrsOf(instruction) as { axis: number; start: number; length: number };
    const from = part(lowering.place(instruction.inputs[0] as ValueId), axis, start, length);
    move(lowering, 'slice', from, from.shape, lowering.place(first(instruction)));
  },
  split(lowering, instruction) {
    const { axis, parts } = attrsOf(instruction) as { axis: number; parts: number };
    const whole = lowering.place(instruction.inputs[0] as ValueId);
    const length = (whole.shape[axis] as number) / parts;
    for (const [index, id] of instruction.outputs.entries()) {
      if (lowering.isView(id)) continue;
      move(lowering, 'split', part(whole, axis, index * length, length), lowering.type(id).shape, lowering.place(id));
    }
  },
  concat(lowering, instruction) {
    const { axis } = attrsOf(instruction) as { axis: number };
    const out = lowering.place(first(instruction));
    let start = 0;
    for (const id of instruction.inputs) {
      const from = lowering.place(id);
      const length = from.shape[axis] as number;
      move(lowering, 'concat', from, from.shape, part(out, axis, start, length));
      start += length;
    }
  },
  pad(lowering, instruction) {
    const { axis, before, after } = attrsOf(instruction) as { axis: number; before: number; after: number };
    const from = lowering.place(instruction.inputs[0] as ValueId);
    const out = lowering.place(first(instruction));
    const length = from.shape[axis] as number;
    for (const [start, extent] of [
      [0, before],
      [before + length, after],
    ] as const) {
      if (extent === 0) continue;
      const gap = part(out, axis, start, extent);
      fill(lowering, 'pad', 0, gap.shape, gap);
    }
    move(lowering, 'pad', from, from.shape, part(out, axis, before, length));
  },
  transpose(lowering, instruction) {
    const { perm } = attrsOf(instruction) as { perm: readonly number[] };
    const from = lowering.place(instruction.inputs[0] as ValueId);
    const turned = {
      ...from,
      shape: perm.map((axis) => from.shape[axis] as number),
      strides: perm.map((axis) => from.strides[axis] as number),
    };
    move(lowering, 'transpose', turned, turned.shape, lowering.place(first(instruction)));
  },
  broadcastTo(lowering, instruction) {
    const out = lowering.place(first(instruction));
    const from = broadcasted(lowering.place(instruction.inputs[0] as ValueId), out.shape);
    move(lowering, 'broadcastTo', from, out.shape, out);
  },
};

/** Vectors that a thread of mix-grad takes. */
const mixEach = 8;

function lowerMixGrad(lowering: Lowering, { inputs, outputs }: Instruction): void {
  const [x, y, w, g] = inputs as readonly number[] as [ValueId, ValueId, ValueId, ValueId];
  const { shape, dtype } = lowering.type(x);
  const size = sizeOf(shape);
  const dw = lowering.place(outputs[2] as ValueId);
  if (size === 0) {
    fill(lowering, 'mixGrad', 0, dw.shape, dw);
    return;
  }
  const offsets = [x, y, g].map((id) => lowering.offset(id)) as [number, number, number];
  const width = size % 4 === 0 && offsets.every((offset) => offset % 4 === 0) ? 4 : 1;
  const groups = Math.ceil(size / width / 256 / mixEach);
  const sums = lowering.temporary(groups * 8);
  lowering.call(
    'mixGrad',
    lowering.shader('mix-grad', { W: width, TX: dtype, EACH: mixEach }, true),
    [u32(size / width), u32(offsets[0]), u32(offsets[1]), u32(offsets[2]), u32(lowering.offset(w))],
    [
      ...[x, y, w, g].map((id) => [lowering.ref(id), 'read'] as const),
      [lowering.ref(outputs[0] as ValueId), 'write'],
      [lowering.ref(outputs[1] as ValueId), 'write'],
      [sums, 'write'],
    ],
    lowering.spread(groups),
  );
  const parts = { ref: sums, dtype: 'f32' as const, shape: [groups, 2], offset: 0, strides: [2, 1] };
  reduce(lowering, 'mixGrad', { kind: 'load', place: parts }, parts.shape, [1, groups, 2], 'sum', 1, dw);
}

function orderFields(orders: readonly number[]): string {
  return orders.map((_, k) => `order${k}: u32,`).join(' ');
}

function lowerEmbedding(lowering: Lowering, instruction: Instruction): void {
  const hash = instruction.op === 'hashEmbedding';
  const [tableId, idsId] = instruction.inputs as readonly [ValueId, ValueId];
  const orders = hash ? (attrsOf(instruction).orders as readonly number[]) : [];
  const table = lowering.type(tableId);
  const ids = lowering.type(idsId);
  const width = lastOf(table.shape);
  const count = sizeOf(ids.shape);
  if (count * width === 0) return;
  const offset = lowering.offset(tableId);
  const four = width % 4 === 0 && offset % 4 === 0 ? 4 : 1;
  const shader = lowering.shader(
    'embedding',
    { W: four, TX: table.dtype, BYTES: Number(ids.dtype === 'u8'), HASH: orders.length, ORDERS: orderFields(orders) },
    true,
  );
  lowering.call(
    instruction.op,
    shader,
    [
      u32(count),
      u32(width),
      u32(table.shape[table.shape.length - 2] as number),
      u32(lastOf(ids.shape)),
      u32(lowering.offset(idsId)),
      u32(offset),
      u32(orders.length),
      ...orders.map(u32),
    ],
    [
      [lowering.ref(tableId), 'read'],
      [lowering.ref(idsId), 'read'],
      [lowering.ref(first(instruction)), 'write'],
    ],
    lowering.spread(Math.ceil((count * width) / four / 256)),
  );
}

function lowerEmbeddingGrad(lowering: Lowering, instruction: Instruction): void {
  const { op } = instruction;
  const [idsId, gId] = instruction.inputs as readonly [ValueId, ValueId];
  const { rows, orders = [] } = attrsOf(instruction) as { rows: number; orders?: readonly number[] };
  const tables = Math.max(orders.length, 1);
  const ids = lowering.type(idsId);
  const g = lowering.rows(gId);
  const count = sizeOf(ids.shape);
  const result = lowering.ref(first(instruction));
  const width = g.columns;
  if (rows * width === 0) return;
  const tiles = Math.max(Math.ceil(count / 1024), 1);
  const chunks = Math.max(Math.ceil(count / 64), 1);
  const rowOf = lowering.temporary(Math.max(tables * count, 1) * 4);
  const histogram = lowering.temporary(tables * tiles * rows * 4);
  const totals = lowering.temporary(tables * rows * 4);
  const offsets = lowering.temporary(tables * (rows + 1) * 4);
  const sorted = lowering.temporary(Math.max(tables * count, 1) * 4);
  const partial = lowering.temporary(tables * chunks * 2 * width * 4);
  const four = width % 4 === 0 && g.offset % 4 === 0 && g.stride % 4 === 0 ? 4 : 1;
  const params: Param[] = [
    u32(count),
    u32(width),
    u32(rows),
    u32(lastOf(ids.shape)),
    u32(lowering.offset(idsId)),
    u32(g.offset),
    u32(g.stride),
    u32(tiles),
    u32(chunks),
    ...orders.map(u32),
  ];
  const step = (
    number: number,
    buffers: readonly (readonly [Ref, 'read' | 'write'])[],
    groups: readonly [number, number, number],
  ): void => {
    const defines = {
      STEP: number,
      W: four,
      TX: g.dtype,
      BYTES: Number(ids.dtype === 'u8'),
      HASH: orders.length,
      ORDERS: orderFields(orders),
    };
    lowering.call(op, lowering.shader('segments', defines, number >= 5), params, buffers, groups);
  };
  const columns = Math.ceil(width / four / 128);
  /** Workgroups of steps 5 and 6: what they take in x, and in y as often as needed, times the columns. */
  const over = (count: number): [number, number, number] => {
    const [x, y] = lowering.spread(count);
    return [x, y * columns, tables];
  };
  lowering.clear(op, histogram, tables * tiles * rows);
  step(
    1,
    [
      [lowering.ref(idsId), 'read'],
      [rowOf, 'write'],
      [histogram, 'write'],
    ],
    [tiles, 1, 1],
  );
  step(
    2,
    [
      [histogram, 'write'],
      [totals, 'write'],
    ],
    [Math.ceil(rows / 256), tables, 1],
  );
  step(
    3,
    [
      [totals, 'read'],
      [offsets, 'write'],
    ],
    [tables, 1, 1],
  );
  step(
    4,
    [
      [rowOf, 'read'],
      [histogram, 'read'],
      [offsets, 'read'],
      [sorted, 'write'],
    ],
    [tiles, tables, 1],
  );
  step(
    5,
    [
      [rowOf, 'read'],
      [offsets, 'read'],
      [sorted, 'read'],
      [g.ref, 'read'],
      [partial, 'write'],
      [result, 'write'],
    ],
    over(chunks),
  );
  step(
    6,
    [
      [offsets, 'read'],
      [partial, 'read'],
      [result, 'write'],
    ],
    over(rows),
  );
}

function lowerRandom(lowering: Lowering, instruction: Instruction): void {
  const { op } = instruction;
  const n = sizeOf(lowering.type(first(instruction)).shape);
  if (n === 0) return;
  const key = instruction.inputs[0] as ValueId;
  lowering.call(
    op,
    lowering.shader('random', { NORMAL: Number(op === 'normal'), W: 1 }, true),
    [u32(n), u32(attrsOf(instruction).stream as number), u32(lowering.offset(key))],
    [
      [lowering.ref(key), 'read'],
      [lowering.ref(first(instruction)), 'write'],
    ],
    lowering.spread(Math.ceil(n / 4 / 256)),
  );
}

function lowerAdamw(lowering: Lowering, { inputs }: Instruction): void {
  const [p, g, m, v, hyper] = inputs as readonly number[] as [ValueId, ValueId, ValueId, ValueId, ValueId];
  const n = sizeOf(lowering.type(p).shape);
  if (n === 0) return;
  const flat = (id: ValueId): Place => ({ ...lowering.place(id), shape: [n], strides: [1] });
  const places = [p, m, v, g].map(flat);
  const { length } = places.some(({ ref }) => lowering.isLarge(ref))
    ? firstCut(places, [n], lowering.can.bindingBytes)
    : { length: n };
  for (let start = 0; start < n; start += length) {
    const shape = [Math.min(length, n - start)];
    const seen = places.map((place) => lowering.seenPlace({ ...place, shape, offset: place.offset + start }, shape));
    const count = shape[0] as number;
    const width = [count, seen[3]?.place.offset ?? 0].every((each) => each % 4 === 0) ? 4 : 1;
    lowering.call(
      'adamw',
      lowering.shader('adamw', { W: width, TG: lowering.type(g).dtype }, true),
      [u32(count / width), u32(lowering.offset(hyper)), u32(seen[3]?.place.offset ?? 0)],
      [
        ...seen.map(({ place, window }, index) => [place.ref, index < 3 ? 'write' : 'read', window] as const),
        [lowering.ref(hyper), 'read'],
      ],
      lowering.spread(Math.ceil(count / width / 256)),
    );
  }
}

/** Ops that are neither elementwise nor moves. Total: an op without a lowering does not compile. */
type Elementwise = Parameters<typeof isElementwise>[0];
const others: { readonly [N in Exclude<OpName, Elementwise & never>]?: Lower } = {
  sum: (l, i, w) => lowerReduction(l, w, i),
  mean: (l, i, w) => lowerReduction(l, w, i),
  max: (l, i, w) => lowerReduction(l, w, i),
  sumSquares: (l, i, w) => lowerReduction(l, w, i),
  argmax: lowerRow,
  matmul: lowerMatmul,
  softmax: lowerRow,
  logSoftmax: lowerRow,
  crossEntropy: lowerRow,
  crossEntropyGrad: lowerRow,
  rmsNorm: lowerRow,
  rmsNormGrad: lowerRow,
  rope: lowerRope,
  normRope: lowerRope,
  normRopeGrad: lowerRope,
  attention: lowerAttention,
  attentionGrad: lowerAttentionGrad,
  embedding: lowerEmbedding,
  embeddingGrad: lowerEmbeddingGrad,
  hashEmbedding: lowerEmbedding,
  hashEmbeddingGrad: lowerEmbeddingGrad,
  uniform: lowerRandom,
  normal: lowerRandom,
  adamw: lowerAdamw,
  linearInt8: lowerLinearInt8,
  linearInt8Weights: lowerLinearInt8Weights,
  kvAppend: lowerKvAppend,
  kvCopy: lowerKvCopy,
  attentionCached: lowerAttentionCached,
};

export function lower(program: Program, sources: WgslSources, can: Capabilities): Lowering {
  const lowering = new Lowering(program, sources, can);
  const waiting = new Waiting(lowering);
  for (const instruction of program.instructions) {
    // A view costs nothing.
    if (instruction.outputs.every((id) => lowering.isView(id))) continue;
    const op: string = instruction.op;
    if (op === 'mixGrad') lowerMixGrad(lowering, instruction);
    else if (isElementwise(op)) lowerElementwise(lowering, waiting, instruction);
    else if (moves[op] !== undefined) moves[op](lowering, instruction, waiting);
    else (others[instruction.op] as Lower)(lowering, instruction, waiting);
  }
  return lowering;
}
