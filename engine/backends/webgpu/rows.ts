// Lowering of the ops over the last axis, of rope and its relatives, and of attention.
import type { DType } from '../../dtype.ts';
import type { AttentionAttrs, RopeAttrs } from '../../ops/names.ts';
import type { Instruction, ValueId } from '../../program/types.ts';
import { lastOf } from '../../shape.ts';
import { f32, type Param, type Ref, u32 } from './call.ts';
import { type Lowering, type Rows, refused } from './lowering.ts';

const modes = {
  softmax: 1,
  logSoftmax: 2,
  rmsNorm: 3,
  rmsNormGrad: 4,
  crossEntropy: 5,
  crossEntropyGrad: 6,
  argmax: 7,
} as const;

export type RowOp = keyof typeof modes;

/** Whether every row starts at a multiple of 4 elements and is one. */
export function fourAligned(...all: readonly Rows[]): boolean {
  return all.every(({ offset, stride, columns }) => offset % 4 === 0 && stride % 4 === 0 && columns % 4 === 0);
}

export function lowerRow(lowering: Lowering, instruction: Instruction): void {
  const op = instruction.op as RowOp;
  const attrs = instruction.attrs as { eps?: number; cap?: number | null };
  const ids = instruction.inputs;
  const x = lowering.rows(ids[0] as ValueId);
  if (x.rows === 0 || (x.columns === 0 && op !== 'crossEntropy')) return;
  const g = op === 'rmsNormGrad' ? lowering.rows(ids[1] as ValueId) : x;
  const out = instruction.outputs[0] as ValueId;
  const width = op !== 'argmax' && fourAligned(x, g) ? 4 : 1;
  const shuffle = lowering.variant('rows', { columns: x.columns, pairs: op === 'argmax' }) === 'shuffles';
  const lanes = shuffle ? 32 : x.columns <= 64 ? 16 : x.columns <= 512 ? 64 : 256;
  const shader = lowering.shader(
    'rows',
    {
      MODE: modes[op],
      W: width,
      TX: x.dtype,
      TG: g.dtype,
      TO: op === 'argmax' ? 'i32' : lowering.type(out).dtype,
      LANES: lanes,
      LANESu: `${lanes}u`,
      SHUFFLE: Number(shuffle),
      CAP: Number((attrs.cap ?? null) !== null),
    },
    true,
  );
  const targets = op === 'crossEntropy' || op === 'crossEntropyGrad' ? lowering.offset(ids[1] as ValueId) : 0;
  const params: Param[] = [
    u32(x.rows),
    u32(x.columns),
    u32(x.offset),
    u32(x.stride),
    u32(g.offset),
    u32(g.stride),
    u32(targets),
    u32(op === 'crossEntropyGrad' ? lowering.offset(ids[2] as ValueId) : 0),
    u32(op === 'crossEntropyGrad' ? lowering.offset(ids[3] as ValueId) : 0),
    f32(attrs.eps ?? 0),
    f32(attrs.cap ?? 0),
  ];
  const reads = ids.map((id) => [lowering.ref(id), 'read'] as const);
  const writes = instruction.outputs.map((id) => [lowering.ref(id), 'write'] as const);
  lowering.call(op, shader, params, [...reads, ...writes], lowering.spread(Math.ceil(x.rows / (256 / lanes))));
}

/** Turns a position as fractions of 2^32, one for each pair of a head. */
function turnsOf(half: number, base: number): Uint8Array<ArrayBuffer> {
  const turns = new Uint32Array(half);
  for (let i = 0; i < half; i += 1) {
    const perPosition = base ** (-i / half) / (2 * Math.PI);
    turns[i] = Math.round((perPosition % 1) * 2 ** 32) % 2 ** 32;
  }
  return new Uint8Array(turns.buffer);
}

export function lowerRope(lowering: Lowering, instruction: Instruction): void {
  const op = instruction.op as 'rope' | 'normRope' | 'normRopeGrad';
  const attrs = instruction.attrs as RopeAttrs & { inverse?: boolean; eps?: number };
  const ids = instruction.inputs;
  const grad = op === 'normRopeGrad';
  const x = lowering.rows(ids[0] as ValueId);
  const g = grad ? lowering.rows(ids[1] as ValueId) : x;
  const positions = ids[grad ? 2 : 1];
  const { shape } = lowering.type(ids[0] as ValueId);
  const head = x.columns / attrs.heads;
  const half = head / 2;
  const count = x.rows * attrs.heads;
  if (count === 0 || head === 0) return;
  const width = half % 4 === 0 && fourAligned(x, g) ? 4 : 1;
  const wanted = Math.max(half / width, 1);
  let lanes = 1;
  while (lanes < wanted && lanes < 32) lanes *= 2;
  // Half as many threads a head have twice the bytes under way each; the gradient has them already.
  if (!grad && lanes > 4) lanes /= 2;
  lanes = lowering.can.force.ropeLanes ?? lanes;
  const shuffle = lowering.variant('rows', { columns: head, pairs: false }) === 'shuffles';
  const at = grad ? 5 : 4;
  // Sines and cosines are most of the arithmetic, and the same for every head of a row.
  const groupRows = 256 / lanes / attrs.heads;
  const shared = attrs.heads > 1 && Number.isInteger(groupRows) ? groupRows * (half / width) : 0;
  const shader = lowering.shader(
    'rope',
    {
      MODE: op === 'rope' ? 0 : op === 'normRope' ? 1 : 2,
      W: width,
      TX: x.dtype,
      TG: g.dtype,
      TO: lowering.type(instruction.outputs[0] as ValueId).dtype,
      LANES: lanes,
      LANESu: `${lanes}u`,
      SHUFFLE: Number(shuffle),
      POSITIONS: positions === undefined ? 0 : at,
      SHARED: shared,
      SHAREDu: `${shared}u`,
      ROWSu: `${groupRows}u`,
    },
    true,
  );
  const turns = lowering.constant(`turns ${half} ${attrs.base}`, () => turnsOf(half, attrs.base));
  const buffers: (readonly [Ref, 'read' | 'write'])[] = [
    [x.ref, 'read'],
    [turns, 'read'],
    [lowering.ref(instruction.outputs[0] as ValueId), 'write'],
  ];
  if (grad) buffers.push([g.ref, 'read']);
  if (positions !== undefined) buffers.push([lowering.ref(positions), 'read']);
  const params: Param[] = [
    u32(attrs.heads),
    u32(count),
    u32(half),
    u32(shape[shape.length - 2] ?? 1),
    u32(x.offset),
    u32(x.stride),
    u32(g.offset),
    u32(g.stride),
    u32(positions === undefined ? 0 : lowering.offset(positions)),
    f32(attrs.inverse === true ? -1 : 1),
    f32(attrs.eps ?? 0),
  ];
  lowering.call(op, shader, params, buffers, lowering.spread(Math.ceil(count / (256 / lanes))));
}

/** Keys that the plain attention kernels keep in workgroup memory at a time. */
const keysAtOnce = 16;

export function lowerAttention(lowering: Lowering, instruction: Instruction): void {
  const attrs = instruction.attrs as AttentionAttrs;
  const [qId, kId, vId] = instruction.inputs as readonly [ValueId, ValueId, ValueId];
  const [q, k, v] = [lowering.rows(qId), lowering.rows(kId), lowering.rows(vId)];
  const shape = shapeOf(lowering, qId, kId, attrs);
  if (shape.batch * shape.time === 0 || q.columns === 0) return;
  const [out, lse] = instruction.outputs as readonly [ValueId, ValueId];
  const { force } = lowering.can;
  const SG = force.attentionSG ?? 4;
  const UNITS = force.attentionUnits ?? (shape.head <= 64 ? 2 : 1);
  if (lowering.variant('attention', { ...shape, rows: [q, k, v], own: SG * UNITS * 16, walk: 64 }) === 'matrices') {
    const widest = Math.max(64, shape.head);
    lowering.call(
      'attention',
      lowering.special(lowering.shader('attention-subgroup', { SG, UNITS, HEAD: shape.head, WIDEST: widest }), [
        ...shape.params,
        ...placed(q, k, v),
      ]),
      [...shape.params, ...placed(q, k, v)],
      [
        [q.ref, 'read'],
        [k.ref, 'read'],
        [v.ref, 'read'],
        [lowering.ref(out), 'write'],
        [lowering.ref(lse), 'write'],
      ],
      [shape.time / (SG * UNITS * 16), attrs.heads, shape.batch],
    );
    return;
  }
  const width = shape.head % 4 === 0 && fourAligned(q, k, v) ? 4 : 1;
  const shader = lowering.shader(
    'attention',
    { W: width, TX: q.dtype, KEYS: keysAtOnce, DV: shape.head / width },
    true,
  );
  lowering.call(
    'attention',
    shader,
    [...shape.params, ...placed(q, k, v)],
    [
      [q.ref, 'read'],
      [k.ref, 'read'],
      [v.ref, 'read'],
      [lowering.ref(out), 'write'],
      [lowering.ref(lse), 'write'],
    ],
    [Math.ceil(shape.time / 64), attrs.heads, shape.batch],
  );
}

export function lowerAttentionGrad(lowering: Lowering, instruction: Instruction): void {
  const attrs = instruction.attrs as AttentionAttrs;
  const [qId, kId, vId, outId, lseId, gId] = instruction.inputs as readonly number[] as [
    ValueId,
    ValueId,
    ValueId,
    ValueId,
    ValueId,
    ValueId,
  ];
  const [q, k, v, out, g] = [qId, kId, vId, outId, gId].map((id) => lowering.rows(id)) as [
    Rows,
    Rows,
    Rows,
    Rows,
    Rows,
  ];
  const shape = shapeOf(lowering, qId, kId, attrs);
  if (shape.batch * shape.time === 0 || q.columns === 0) return;
  const width = shape.head % 4 === 0 && fourAligned(q, k, v, out, g) ? 4 : 1;
  const delta = lowering.temporary(shape.batch * attrs.heads * shape.time * 4);
  const [dq, dk, dv] = instruction.outputs.map((id) => lowering.ref(id)) as [Ref, Ref, Ref];
  const lse = lowering.ref(lseId);
  const params = [...shape.params, ...placed(q, k, v, out, g), u32(lowering.offset(lseId))];
  const { force } = lowering.can;
  const SG = force.gradSG ?? 8;
  const WALK = force.gradWalk ?? 32;
  const rows = [q, k, v, out, g];
  if (lowering.variant('attentionGrad', { ...shape, rows, own: SG * 16, walk: WALK }) === 'matrices') {
    const own = 16 * Math.max(WALK / 4 + 1, 2 * (WALK / 8 + 1), shape.head / 4 + 1);
    const matrices = { SG, WALK, HEAD: shape.head, BUFFER: own };
    const count = u32(shape.batch);
    lowering.call(
      'attentionGrad',
      lowering.shader('attention-grad-subgroup', { STEP: 1, HEAD: shape.head }),
      params.map((param, index) => (index === 1 ? count : param)),
      [
        [out.ref, 'read'],
        [g.ref, 'read'],
        [delta, 'write'],
      ],
      lowering.spread(Math.ceil((shape.batch * shape.time * attrs.heads) / 32)),
    );
    const reads: (readonly [Ref, 'read'])[] = [
      [q.ref, 'read'],
      [k.ref, 'read'],
      [v.ref, 'read'],
      [g.ref, 'read'],
      [lse, 'read'],
      [delta, 'read'],
    ];
    const groups = (rows: number): readonly [number, number, number] => [rows / (SG * 16), attrs.heads, shape.batch];
    lowering.call(
      'attentionGrad',
      lowering.special(lowering.shader('attention-grad-subgroup', { STEP: 2, QUERY: 1, ...matrices }), params),
      params,
      [...reads, [dq, 'write']],
      groups(shape.time),
    );
    lowering.call(
      'attentionGrad',
      lowering.special(lowering.shader('attention-grad-subgroup', { STEP: 2, QUERY: 0, ...matrices }), params),
      params,
      [...reads, [dk, 'write'], [dv, 'write']],
      groups(shape.keys),
    );
    return;
  }
  const defines = { W: width, TX: q.dtype, KEYS: keysAtOnce, DV: shape.head / width };
  lowering.call(
    'attentionGrad',
    lowering.shader('attention-grad', { ...defines, QUERY: 1 }, true),
    params,
    [
      [q.ref, 'read'],
      [k.ref, 'read'],
      [v.ref, 'read'],
      [g.ref, 'read'],
      [lse, 'read'],
      [out.ref, 'read'],
      [delta, 'write'],
      [dq, 'write'],
    ],
    [Math.ceil(shape.time / 64), attrs.heads, shape.batch],
  );
  lowering.call(
    'attentionGrad',
    lowering.shader('attention-grad', { ...defines, QUERY: 0 }, true),
    params,
    [
      [q.ref, 'read'],
      [k.ref, 'read'],
      [v.ref, 'read'],
      [g.ref, 'read'],
      [lse, 'read'],
      [delta, 'read'],
      [dk, 'write'],
      [dv, 'write'],
    ],
    [Math.ceil(shape.keys / 64), attrs.kvHeads, shape.batch],
  );
}

function shapeOf(lowering: Lowering, q: ValueId, k: ValueId, attrs: AttentionAttrs) {
  const { shape, dtype } = lowering.type(q);
  const keyShape = lowering.type(k).shape;
  const [batch, time] = shape as readonly [number, number];
  const keys = keyShape[1] as number;
  const head = lastOf(shape) / attrs.heads;
  if (head > 256) throw refused('attention', `a head of ${head} is beyond 256`, 'use more heads');
  return {
    batch,
    time,
    keys,
    head,
    dtype: dtype as DType,
    shared: attrs.heads / attrs.kvHeads,
    params: [
      u32(time),
      u32(keys),
      u32(attrs.heads),
      u32(attrs.heads / attrs.kvHeads),
      u32(attrs.window ?? 0),
      u32(Number(attrs.causal)),
      f32(attrs.scale),
    ],
  };
}

const placed = (...all: readonly Rows[]): Param[] => all.flatMap(({ offset, stride }) => [u32(offset), u32(stride)]);

/** Bits of a number in a cache. */
const bitsOf = (lowering: Lowering, cache: ValueId): number => (lowering.type(cache).dtype === 'f16' ? 16 : 8);

/** (cache, scales, x, slots) in place. */
export function lowerKvAppend(lowering: Lowering, instruction: Instruction): void {
  const { heads } = instruction.attrs as { heads: number };
  const [cacheId, scalesId, xId, slotsId] = instruction.inputs as readonly number[] as [
    ValueId,
    ValueId,
    ValueId,
    ValueId,
  ];
  const x = lowering.rows(xId);
  if (x.columns % 4 !== 0 || heads > 256)
    throw refused(
      'kvAppend',
      `rows of ${x.columns} in ${heads} heads`,
      'rows must be a multiple of 4, heads at most 256',
    );
  lowering.call(
    'kvAppend',
    lowering.shader('cache', { STEP: 1, DH: x.columns / heads, BITS: bitsOf(lowering, cacheId) }),
    cacheParams({ count: x.rows, heads, head: x.columns / heads, x, a: lowering.offset(slotsId) }),
    [
      [lowering.ref(cacheId), 'write'],
      [lowering.ref(scalesId), 'write'],
      [x.ref, 'read'],
      [lowering.ref(slotsId), 'read'],
    ],
    lowering.spread(x.rows),
  );
}

/** (cache, scales, from, to) in place: one group, since blocks are taken in order. */
export function lowerKvCopy(lowering: Lowering, instruction: Instruction): void {
  const [cacheId, scalesId, fromId, toId] = instruction.inputs as readonly number[] as [
    ValueId,
    ValueId,
    ValueId,
    ValueId,
  ];
  const [blocks, , columns] = lowering.type(cacheId).shape as readonly [number, number, number];
  const heads = lastOf(lowering.type(scalesId).shape);
  lowering.call(
    'kvCopy',
    lowering.shader('cache', { STEP: 3, DH: 1, BITS: 8 }),
    [
      u32(lastOf(lowering.type(fromId).shape)),
      u32(1),
      u32(heads),
      u32(1),
      u32(1),
      u32(0),
      u32(blocks),
      u32((columns * bitsOf(lowering, cacheId)) / 8),
      u32(0),
      u32(lowering.offset(fromId)),
      u32(lowering.offset(toId)),
      f32(1),
      u32(0),
      u32(0),
      u32(0),
      u32(0),
    ],
    [
      [lowering.ref(cacheId), 'write'],
      [lowering.ref(scalesId), 'write'],
      [lowering.ref(fromId), 'read'],
      [lowering.ref(toId), 'read'],
    ],
    [1, 1, 1],
  );
}

export function lowerAttentionCached(lowering: Lowering, instruction: Instruction): void {
  const attrs = instruction.attrs as AttentionAttrs;
  const ids = instruction.inputs;
  const x = lowering.rows(ids[0] as ValueId);
  const table = lowering.type(ids[5] as ValueId);
  const head = x.columns / attrs.heads;
  const time = lowering.type(ids[0] as ValueId).shape[1] as number;
  lowering.call(
    'attentionCached',
    lowering.shader('cache', { STEP: 2, DH: head, BITS: bitsOf(lowering, ids[1] as ValueId) }),
    cacheParams({
      count: x.rows,
      time,
      heads: attrs.heads,
      group: attrs.heads / attrs.kvHeads,
      head,
      window: attrs.window ?? 0,
      blocks: lastOf(table.shape),
      x,
      a: lowering.offset(ids[5] as ValueId),
      b: lowering.offset(ids[6] as ValueId),
      scale: attrs.scale,
      caches: ids.slice(1, 5).map((id) => lowering.offset(id)),
    }),
    [
      ...ids.map((id) => [lowering.ref(id), 'read'] as const),
      [lowering.ref(instruction.outputs[0] as ValueId), 'write'],
    ],
    lowering.spread(x.rows * attrs.heads),
  );
}

function cacheParams(given: {
  count: number;
  time?: number;
  heads: number;
  group?: number;
  head: number;
  window?: number;
  blocks?: number;
  x: Rows;
  a: number;
  b?: number;
  scale?: number;
  caches?: readonly number[];
}): Param[] {
  const { count, time = 1, heads, group = 1, head, window = 0, blocks = 0, x, a, b = 0, scale = 1, caches } = given;
  return [
    u32(count),
    u32(time),
    u32(heads),
    u32(group),
    u32(head),
    u32(window),
    u32(blocks),
    u32(x.offset),
    u32(x.stride),
    u32(a),
    u32(b),
    f32(scale),
    ...(caches ?? [0, 0, 0, 0]).map(u32),
  ];
}
