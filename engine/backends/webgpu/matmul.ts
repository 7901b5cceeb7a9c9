// Lowering of products: which kernel serves which shape, how K is split where there are few results, and int8 layers.
import type { Instruction, ValueId } from '../../program/types.ts';
import { sizeOf } from '../../shape.ts';
import { f32, type Param, type Ref, u32 } from './call.ts';
import { type Lowering, type Rows, refused } from './lowering.ts';

interface Product {
  readonly M: number;
  readonly N: number;
  readonly K: number;
  readonly batches: number;
  readonly a: Rows;
  readonly b: Rows;
  /** Elements from one batch to the next; 0 where all share. */
  readonly aBatch: number;
  readonly bBatch: number;
  readonly residual: Rows | null;
  readonly transA: boolean;
  readonly transB: boolean;
  readonly scale: number;
  readonly relu2: boolean;
  readonly out: 'f32' | 'f16';
  readonly result: Ref;
}

/** Workgroups that a large GPU runs at once (132 processors, two each): K is split into no more, since one beyond it is a second round. */
const enoughGroups = 264;
/** Least depth of one part of a split K. */
const leastDepth = 256;

export function lowerMatmul(lowering: Lowering, instruction: Instruction): void {
  const attrs = instruction.attrs as { transA: boolean; transB: boolean; scale: number; epilogue: string; out: string };
  const [aId, bId, residualId] = instruction.inputs as readonly number[] as [ValueId, ValueId, ValueId | undefined];
  const [a, b] = [lowering.rows(aId), lowering.rows(bId)];
  const aShape = lowering.type(aId).shape;
  const bShape = lowering.type(bId).shape;
  const aRows = aShape[aShape.length - 2] as number;
  const bRows = bShape[bShape.length - 2] as number;
  const M = attrs.transA ? a.columns : aRows;
  const K = attrs.transA ? aRows : a.columns;
  const N = attrs.transB ? bRows : b.columns;
  let batches = sizeOf(aShape.slice(0, -2));
  const shared = sizeOf(bShape.slice(0, -2)) === 1;
  let rows = M;
  // Batches of rows that share b are one taller product.
  if (shared && !attrs.transA && batches > 1) {
    rows = M * batches;
    batches = 1;
  }
  const out = lowering.type(instruction.outputs[0] as ValueId);
  if (sizeOf(out.shape) === 0) return;
  if (out.dtype !== 'f32' && out.dtype !== 'f16')
    throw refused('matmul', `a result of ${out.dtype}`, 'only the reference computes in f64');
  product(lowering, {
    M: rows,
    N,
    K,
    batches,
    a,
    b,
    aBatch: aRows * a.stride,
    bBatch: shared ? 0 : bRows * b.stride,
    residual: residualId === undefined ? null : lowering.rows(residualId),
    transA: attrs.transA,
    transB: attrs.transB,
    scale: attrs.scale,
    relu2: attrs.epilogue === 'relu2',
    out: out.dtype,
    result: lowering.ref(instruction.outputs[0] as ValueId),
  });
}

function product(lowering: Lowering, p: Product): void {
  const variant = lowering.variant('matmul', p);
  if (variant === 'rows') rowProduct(lowering, p);
  else if (variant === 'matrices') matrixProduct(lowering, p);
  else tiledProduct(lowering, p);
}

function rowProduct(lowering: Lowering, p: Product): void {
  const shader = lowering.shader(
    'gemv',
    { TA: p.a.dtype, TB: p.b.dtype, TO: p.out, ROWS: p.M, RELU2: Number(p.relu2), W: 4 },
    true,
  );
  const params = [u32(p.N), u32(p.K), u32(p.a.offset), u32(p.a.stride), u32(p.b.offset), u32(p.b.stride), f32(p.scale)];
  const buffers: (readonly [Ref, 'read' | 'write'])[] = [
    [p.a.ref, 'read'],
    [p.b.ref, 'read'],
    [p.result, 'write'],
  ];
  lowering.call('matmul', shader, params, buffers, lowering.spread(Math.ceil(p.N / 8)));
}

function matrixProduct(lowering: Lowering, p: Product): void {
  const { force } = lowering.can;
  const tilesOf = (rows: number, columns: number): number =>
    Math.ceil(p.M / rows) * Math.ceil(p.N / columns) * p.batches;
  const wide = force.BN ?? 128;
  const direct = (rows: number): boolean => p.M % rows === 0 && p.N % wide === 0 && force.noDirect !== 1;
  const plain = p.residual === null && !p.relu2 && p.scale === 1 && p.out === 'f32';
  const BK = force.BK ?? 32;
  const parts = force.split ?? splitOf(tilesOf(128, wide), p.K, BK);
  // What is finished in the kernel keeps more registers: with 256 threads the compiler still keeps the sums in them.
  const straight = (plain || parts > 1) && direct(128);
  const BM = force.BM ?? (straight || tilesOf(256, wide) < enoughGroups / 2 ? 128 : 256);
  const tiles = tilesOf(BM, wide);
  const each = Math.ceil(p.K / parts / BK) * BK;
  const split = Math.ceil(p.K / each);
  const whole = split === 1;
  const DIRECT = Number((plain || !whole) && direct(BM));
  const result = whole ? p.result : lowering.temporary(split * p.batches * p.M * p.N * 4);
  const residual = whole ? p.residual : null;
  const [WM, WN, PAD] = [force.WM ?? 64, force.WN ?? 64, force.PAD ?? 8];
  const slice = p.transA ? BK * (BM + PAD) : BM * (BK + PAD);
  const sums = DIRECT === 1 ? 0 : ((BM / WM) * (wide / WN) * 16 * (WN + 4)) / 4;
  const shader = lowering.shader('matmul-subgroup', {
    BM,
    BN: wide,
    BK,
    WM,
    WN,
    PAD,
    SWZ: force.SWZ ?? 8,
    A_SIZE: Math.max(slice / 8, sums),
    EDGE_M: Number(p.M % BM !== 0),
    EDGE_N: Number(p.N % wide !== 0),
    transA: Number(p.transA),
    transB: Number(p.transB),
    DIRECT,
    TO: whole ? p.out : 'f32',
    RESIDUAL: Number(residual !== null),
    RELU2: Number(whole && p.relu2),
  });
  const buffers: (readonly [Ref, 'read' | 'write'])[] = [
    [p.a.ref, 'read'],
    [p.b.ref, 'read'],
    [result, 'write'],
  ];
  if (residual !== null) buffers.push([residual.ref, 'read']);
  const [x, y] = lowering.spread(tiles / p.batches);
  const params = paramsOf(p, residual, split, each);
  lowering.call('matmul', lowering.special(shader, params), params, buffers, [x, y, p.batches * split]);
  if (!whole) join(lowering, p, result, split);
}

function paramsOf(p: Product, residual: Rows | null, split: number, each: number): Param[] {
  return [
    u32(p.M),
    u32(p.N),
    u32(p.K),
    u32(p.a.offset),
    u32(p.a.stride),
    u32(p.b.offset),
    u32(p.b.stride),
    u32(residual?.offset ?? 0),
    u32(residual?.stride ?? 0),
    u32(p.aBatch),
    u32(p.bBatch),
    u32(p.batches),
    u32(split),
    u32(each),
    f32(split === 1 ? p.scale : 1),
  ];
}

function tiledProduct(lowering: Lowering, p: Product): void {
  const aligned = ({ offset, stride }: Rows): boolean => offset % 4 === 0 && stride % 4 === 0;
  const vec =
    aligned(p.a) &&
    aligned(p.b) &&
    (p.transA ? p.M : p.K) % 4 === 0 &&
    (p.transB ? p.K : p.N) % 4 === 0 &&
    p.aBatch % 4 === 0 &&
    p.bBatch % 4 === 0;
  const large = !lowering.can.software && p.M >= 256 && p.N >= 128;
  const tile = large ? 128 : 64;
  const groups = Math.ceil(p.M / tile) * Math.ceil(p.N / tile) * p.batches;
  const split = splitOf(groups, p.K, 16);
  const each = Math.ceil(p.K / split / 16) * 16;
  const whole = split === 1;
  const result = whole ? p.result : lowering.temporary(split * p.batches * p.M * p.N * 4);
  const residual = whole ? p.residual : null;
  const shader = lowering.shader('matmul', {
    BM: tile,
    BN: tile,
    BK: 16,
    TM: tile / 16,
    TN: tile / 16,
    VEC: Number(vec),
    TA: p.a.dtype,
    TB: p.b.dtype,
    TO: whole ? p.out : 'f32',
    transA: Number(p.transA),
    transB: Number(p.transB),
    RESIDUAL: Number(residual !== null),
    RELU2: Number(whole && p.relu2),
  });
  const buffers: (readonly [Ref, 'read' | 'write'])[] = [
    [p.a.ref, 'read'],
    [p.b.ref, 'read'],
    [result, 'write'],
  ];
  if (residual !== null) buffers.push([residual.ref, 'read']);
  lowering.call('matmul', shader, paramsOf(p, residual, split, each), buffers, [
    Math.ceil(p.N / tile),
    Math.ceil(p.M / tile),
    p.batches * split,
  ]);
  if (!whole) join(lowering, p, result, split);
}

/** Parts of K: enough to fill the machine, each at least `leastDepth` deep and a multiple of `step`. */
export function splitOf(groups: number, K: number, step: number): number {
  if (groups >= enoughGroups / 2 || K < 2 * leastDepth) return 1;
  const wanted = Math.min(Math.floor(enoughGroups / groups), Math.floor(K / leastDepth));
  const each = Math.ceil(K / wanted / step) * step;
  return Math.ceil(K / each);
}

/** Adds the parts of a split product and finishes it. */
function join(lowering: Lowering, p: Product, parts: Ref, split: number): void {
  const size = p.batches * p.M * p.N;
  const { residual } = p;
  const four = p.N % 4 === 0 && (residual === null || (residual.offset % 4 === 0 && residual.stride % 4 === 0));
  const width = four ? 4 : 1;
  const shader = lowering.shader(
    'splitk',
    { W: width, TO: p.out, RESIDUAL: Number(residual !== null), RELU2: Number(p.relu2) },
    true,
  );
  const buffers: (readonly [Ref, 'read' | 'write'])[] = [
    [parts, 'read'],
    [p.result, 'write'],
  ];
  if (residual !== null) buffers.push([residual.ref, 'read']);
  lowering.call(
    'matmul',
    shader,
    [u32(size / width), u32(split), u32(p.N), u32(residual?.offset ?? 0), u32(residual?.stride ?? 0), f32(p.scale)],
    buffers,
    lowering.spread(Math.ceil(size / width / 256)),
  );
}

/** (x f32[...,K], w i8[M,K], scale f32[M]): rows are quantised, then multiplied by packed dot products. */
export function lowerLinearInt8(lowering: Lowering, instruction: Instruction): void {
  const [xId, wId, sId] = instruction.inputs as readonly number[] as [ValueId, ValueId, ValueId];
  const x = lowering.rows(xId);
  const { shape } = lowering.type(wId);
  const [M, K] = shape as readonly [number, number];
  if (x.rows * M === 0) return;
  const words = Math.ceil(K / 4);
  const offset = lowering.offset(wId);
  const params: Param[] = [
    u32(x.rows),
    u32(K),
    u32(M),
    u32(x.offset),
    u32(x.stride),
    u32(offset),
    u32(lowering.offset(sId)),
    u32(words),
  ];
  const layout = {
    ALIGNED: Number(K % 4 === 0 && offset % 4 === 0),
    WIDE: Number(K % 16 === 0 && offset % 16 === 0),
  };
  const result = lowering.ref(instruction.outputs[0] as ValueId);
  const variant = lowering.variant('linearInt8', { rows: x.rows, K, x, w: offset });
  if (variant === 'few') {
    const count = K / 16;
    lowering.call(
      'linearInt8',
      lowering.shader('int8-few', { ROWS: x.rows, COUNT: `${count}u`, EACH: Math.ceil(count / 32) }),
      [u32(K), u32(M), u32(x.offset), u32(x.stride), u32(offset), u32(lowering.offset(sId))],
      [
        [x.ref, 'read'],
        [lowering.ref(wId), 'read'],
        [lowering.ref(sId), 'read'],
        [result, 'write'],
      ],
      lowering.spread(Math.ceil(M / 8)),
    );
    return;
  }
  if (variant === 'fused') {
    const own = { ROWS: x.rows, WORDS: layout.WIDE === 1 ? words / 4 : words };
    lowering.call(
      'linearInt8',
      lowering.shader('int8', { STEP: 3, ...own, ...layout }),
      params,
      [
        [x.ref, 'read'],
        [lowering.constant('unused', () => new Uint8Array(16)), 'read'],
        [lowering.ref(wId), 'read'],
        [lowering.ref(sId), 'read'],
        [result, 'write'],
      ],
      [Math.ceil(M / 8), 1, 1],
    );
    return;
  }
  const packed = lowering.temporary(x.rows * Math.max(words, 1) * 4);
  const scales = lowering.temporary(x.rows * 4);
  lowering.call(
    'linearInt8',
    lowering.shader('int8', { STEP: 1 }),
    params,
    [
      [x.ref, 'read'],
      [packed, 'write'],
      [scales, 'write'],
    ],
    lowering.spread(x.rows),
  );
  const rows = rowsAtOnce(x.rows);
  lowering.call(
    'linearInt8',
    lowering.shader('int8', { STEP: 2, ROWS: rows, ...layout }),
    params,
    [
      [packed, 'read'],
      [scales, 'read'],
      [lowering.ref(wId), 'read'],
      [lowering.ref(sId), 'read'],
      [result, 'write'],
    ],
    [Math.ceil(M / 8), Math.ceil(x.rows / rows), 1],
  );
}

/** Rows of x for one read of the weights: numbers of pipelines kept low, and sums in registers. */
const rowsAtOnce = (rows: number): number => (rows === 1 ? 1 : rows <= 4 ? 4 : 8);

/** (x f32|f16[...,K], w i8[M,K], scale f32[M]): weights are made floats on their way into the product. */
export function lowerLinearInt8Weights(lowering: Lowering, instruction: Instruction): void {
  const [xId, wId, sId] = instruction.inputs as readonly number[] as [ValueId, ValueId, ValueId];
  const x = lowering.rows(xId);
  const [M, K] = lowering.type(wId).shape as readonly [number, number];
  if (x.rows * M === 0) return;
  const offset = lowering.offset(wId);
  const wide = lowering.variant('linearInt8Weights', { rows: x.rows, K, x, w: offset }) === 'vectors';
  const rows = rowsAtOnce(x.rows);
  const [across, down] = lowering.spread(Math.ceil(M / 8));
  lowering.call(
    'linearInt8Weights',
    lowering.shader('int8-weights', { ROWS: rows, WIDE: Number(wide), TX: x.dtype }),
    [u32(x.rows), u32(K), u32(M), u32(x.offset), u32(x.stride), u32(offset), u32(lowering.offset(sId))],
    [
      [x.ref, 'read'],
      [lowering.ref(wId), 'read'],
      [lowering.ref(sId), 'read'],
      [lowering.ref(instruction.outputs[0] as ValueId), 'write'],
    ],
    [across, down, Math.ceil(x.rows / rows)],
  );
}
