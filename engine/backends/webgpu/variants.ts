// Which kernel serves which shape on which adapter: one table, in the order of preference. The lowering asks it and keeps what it was
// told (`GpuExecutable.choices`), `info()` tells what an adapter allows, and tests and searches name the variant that they want.
import { RustaError } from '../../../schemas/errors.ts';
import type { DType } from '../../dtype.ts';
import type { Capabilities } from './capabilities.ts';

/** Where rows of a value lie: element of the first, elements from one to the next. */
interface Laid {
  readonly offset: number;
  readonly stride: number;
}

/** a[M,K] x b[K,N], `batches` times. */
export interface ProductShape {
  readonly M: number;
  readonly N: number;
  readonly K: number;
  readonly batches: number;
  readonly a: Laid & { readonly dtype: DType };
  readonly b: Laid & { readonly dtype: DType };
  readonly aBatch: number;
  readonly bBatch: number;
  readonly residual: Laid | null;
  readonly transA: boolean;
  readonly transB: boolean;
}

/** Queries and keys in heads of `head`; the kernel on matrices owns `own` rows a workgroup and walks over `walk` of the others. */
export interface AttentionShape {
  readonly dtype: DType;
  readonly head: number;
  readonly time: number;
  readonly keys: number;
  /** Query heads that share a head of keys. */
  readonly shared: number;
  readonly rows: readonly Laid[];
  readonly own: number;
  readonly walk: number;
}

/** `rows` rows of x times weights i8[M,K]. */
export interface Int8Shape {
  readonly rows: number;
  readonly K: number;
  readonly x: Laid;
  /** Element of the first weight. */
  readonly w: number;
}

/** Sums over rows of `columns`. */
export interface RowsShape {
  readonly columns: number;
  /** Whether what meets is an index beside its value. */
  readonly pairs: boolean;
}

type Feature = 'matrix' | 'shuffle' | 'packed';

interface Variant<S> {
  readonly needs: readonly Feature[];
  fits(shape: S): boolean;
  readonly why: string;
}

/** What the variants of each family look at, and their names, the most wanted first. */
interface Families {
  readonly matmul: [ProductShape, 'rows' | 'matrices' | 'tiles'];
  readonly attention: [AttentionShape, 'matrices' | 'blocks'];
  readonly attentionGrad: [AttentionShape, 'matrices' | 'blocks'];
  readonly linearInt8: [Int8Shape, 'few' | 'fused' | 'passes'];
  readonly linearInt8Weights: [Int8Shape, 'vectors' | 'bytes'];
  readonly rows: [RowsShape, 'shuffles' | 'memory'];
  /** How four bytes in a word are multiplied and put together; no shape matters. */
  readonly bytes: [null, 'packed' | 'single'];
}

export type Family = keyof Families;
export type ShapeOf<F extends Family> = Families[F][0];
export type VariantOf<F extends Family> = Families[F][1];
type Of<F extends Family> = Readonly<Record<VariantOf<F>, Variant<ShapeOf<F>>>>;

/** Whether rows can be read by vectors of `width`. */
const byVectors =
  (width: number) =>
  ({ offset, stride }: Laid): boolean =>
    offset % width === 0 && stride % width === 0;
const always = (): boolean => true;

/** Bytes of quantised rows that fit beside each other in the workgroup memory that every adapter grants. */
const fusedBytes = 12_288;

const matmul: Of<'matmul'> = {
  rows: {
    needs: [],
    fits: ({ M, N, K, batches, a, b, residual, transA, transB }) =>
      M <= 8 &&
      batches === 1 &&
      transB &&
      !transA &&
      K % 4 === 0 &&
      N >= 64 &&
      [a, b].every(byVectors(4)) &&
      residual === null,
    why: 'at most 8 rows times the rows of b, as decoding asks: bound by the read of b (gemv.wgsl)',
  },
  matrices: {
    needs: ['matrix'],
    fits: ({ M, N, K, a, b, aBatch, bBatch, residual, transA }) =>
      a.dtype === 'f16' &&
      b.dtype === 'f16' &&
      [a, b].every(byVectors(8)) &&
      (residual === null || byVectors(4)(residual)) &&
      aBatch % 8 === 0 &&
      bBatch % 8 === 0 &&
      K % 32 === 0 &&
      N % 8 === 0 &&
      M * N >= 4096 &&
      (!transA || M % 8 === 0),
    why: 'f16 inputs, rows of multiples of 8, depth of 32: matrix units (matmul-subgroup.wgsl)',
  },
  tiles: { needs: [], fits: always, why: 'tiles in f32 sums, any shape (matmul.wgsl)' },
};

const onMatrices = ({ dtype, head, time, keys, rows, own, walk }: AttentionShape): boolean =>
  dtype === 'f16' &&
  head % 16 === 0 &&
  head <= 128 &&
  [time, keys].every((length) => length % own === 0 && length % walk === 0) &&
  rows.every(byVectors(8));

const attention: Of<'attention'> = {
  matrices: {
    needs: ['matrix'],
    fits: onMatrices,
    why: 'f16, heads of multiples of 16 up to 128, times that the tiles divide: matrix units (attention-subgroup.wgsl)',
  },
  blocks: { needs: [], fits: always, why: 'a query a thread, keys in blocks, any shape (attention.wgsl)' },
};

const attentionGrad: Of<'attentionGrad'> = {
  matrices: {
    needs: ['matrix'],
    fits: (shape) => shape.shared === 1 && onMatrices(shape),
    why: 'as attention, and no heads that share keys: matrix units (attention-grad-subgroup.wgsl)',
  },
  blocks: { needs: [], fits: always, why: 'a row a thread, any shape (attention-grad.wgsl)' },
};

const linearInt8: Of<'linearInt8'> = {
  few: {
    needs: [],
    fits: ({ rows, K, x, w }) =>
      K > 0 && K <= 4096 && K % 16 === 0 && w % 16 === 0 && byVectors(4)(x) && rows * (K + 2112) <= 16_384,
    why: 'few rows by vectors: quantised in registers and multiplied in one dispatch (int8-few.wgsl)',
  },
  fused: {
    needs: [],
    fits: ({ rows, K }) => rows <= 4 && K > 0 && rows * Math.ceil(K / 4) * 4 <= fusedBytes,
    why: 'at most 4 rows: every workgroup quantises them for itself, which costs less than a dispatch (int8.wgsl)',
  },
  passes: { needs: [], fits: always, why: 'rows are quantised once, then multiplied (int8.wgsl)' },
};

const linearInt8Weights: Of<'linearInt8Weights'> = {
  vectors: {
    needs: [],
    fits: ({ K, x, w }) => K % 16 === 0 && w % 16 === 0 && byVectors(4)(x),
    why: 'depth of multiples of 16: 16 weights a read (int8-weights.wgsl)',
  },
  bytes: { needs: [], fits: always, why: 'a weight at a time, any shape (int8-weights.wgsl)' },
};

const rows: Of<'rows'> = {
  shuffles: {
    needs: ['shuffle'],
    fits: ({ pairs }) => !pairs,
    why: 'subgroups are 32 wide everywhere: lanes meet by shuffles',
  },
  memory: { needs: [], fits: always, why: 'lanes meet in workgroup memory' },
};

const bytes: Of<'bytes'> = {
  packed: { needs: ['packed'], fits: always, why: 'the language has packed dot products of bytes' },
  single: { needs: [], fits: always, why: 'bytes one by one under the names of the language (packed.wgsl)' },
};

export const variants: { readonly [F in Family]: Of<F> } = {
  matmul,
  attention,
  attentionGrad,
  linearInt8,
  linearInt8Weights,
  rows,
  bytes,
};

/** A variant for each family that is to be taken wherever it can. */
export type Preferred = { readonly [F in Family]?: VariantOf<F> };

export interface Choice {
  readonly family: Family;
  readonly variant: string;
  readonly why: string;
}

type Able = Pick<Capabilities, 'matrix' | 'subgroup' | 'packed'>;

const features: Readonly<Record<Feature, (can: Able) => boolean>> = {
  matrix: ({ matrix }) => matrix,
  shuffle: ({ subgroup }) => subgroup === 32,
  packed: ({ packed }) => packed,
};

/** @throws RustaError `no-variant`: a name that is none would leave another kernel in place, unsaid. */
export function checked(preferred: Preferred): Preferred {
  const known = (name: string, names: readonly string[], what: string): void => {
    if (!names.includes(name))
      throw new RustaError(`no ${what} is called '${name}'`, {
        code: 'no-variant',
        op: 'webgpu',
        expected: `one of ${names.join(', ')}`,
        got: name,
      });
  };
  for (const [family, variant] of Object.entries(preferred)) {
    known(family, Object.keys(variants), 'family of kernels');
    known(variant, Object.keys(variants[family as Family]), `variant of ${family}`);
  }
  return preferred;
}

/** Those that the adapter's features allow, in the order of preference. */
export function allowed<F extends Family>(can: Able, family: F): readonly VariantOf<F>[] {
  return (Object.entries(variants[family]) as [VariantOf<F>, Variant<ShapeOf<F>>][])
    .filter(([, { needs }]) => needs.every((feature) => features[feature](can)))
    .map(([name]) => name);
}

/** The variant that was asked for where it fits, else the first that does; the last of a family fits everything. */
export function choose<F extends Family>(
  can: Able & Pick<Capabilities, 'preferred'>,
  family: F,
  shape: ShapeOf<F>,
): { readonly name: VariantOf<F>; readonly choice: Choice } {
  const table = variants[family] as Readonly<Record<string, Variant<ShapeOf<F>>>>;
  const fitting = allowed(can, family).filter((name) => table[name]?.fits(shape));
  const asked = can.preferred[family] as VariantOf<F> | undefined;
  const name = asked !== undefined && fitting.includes(asked) ? asked : (fitting[0] as VariantOf<F>);
  const { why: reason } = table[name] as Variant<ShapeOf<F>>;
  const why =
    asked === undefined ? reason : asked === name ? 'asked for' : `${asked} was asked for and does not fit; ${reason}`;
  return { name, choice: { family, variant: name, why } };
}
