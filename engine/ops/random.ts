// Random numbers by counter: Philox4x32-10 (Salmon et al. 2011), the same stream wherever it is computed.
import { type Shape, sizeOf, type TensorType } from '../shape.ts';
import { expectShape, inputOf } from './check.ts';
import type { OpCase, OpDef, OpTable, Ref } from './def.ts';
import type { OpAttrs } from './names.ts';

type Attrs = OpAttrs['uniform'];

/** High and low 32 bits of a product of two u32, each as a u32. */
function product(a: number, b: number): readonly [number, number] {
  const wide = BigInt(a) * BigInt(b);
  return [Number(wide >> 32n), Number(wide & 0xffffffffn)];
}

/** The four words of block `counter` of a stream. */
export function philox(
  key: readonly [number, number],
  counter: number,
  stream: number,
): readonly [number, number, number, number] {
  let [x0, x1, x2, x3] = [counter >>> 0, stream >>> 0, 0, 0];
  let [k0, k1] = [key[0] >>> 0, key[1] >>> 0];
  for (let round = 0; round < 10; round += 1) {
    const [high0, low0] = product(0xd2511f53, x0);
    const [high1, low1] = product(0xcd9e8d57, x2);
    [x0, x1, x2, x3] = [(high1 ^ x1 ^ k0) >>> 0, low1, (high0 ^ x3 ^ k1) >>> 0, low0];
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [x0, x1, x2, x3];
}

/** The words of elements 0..count-1, `count` rounded up to whole blocks. */
function words(key: Ref, count: number, stream: number): Uint32Array {
  const blocks = Math.ceil(count / 4);
  const out = new Uint32Array(blocks * 4);
  const pair = [key.data[0] as number, key.data[1] as number] as const;
  for (let block = 0; block < blocks; block += 1) out.set(philox(pair, block, stream), block * 4);
  return out;
}

/** The upper 24 bits, as f32 holds them exactly. */
const upper = (word: number): number => word >>> 8;

const infer =
  (op: string) =>
  (inputs: readonly TensorType[], { shape }: Attrs): readonly TensorType[] => {
    inputOf(op, inputs, 0, 'the key', ['i32']);
    expectShape(op, inputs, 0, 'the key', [2]);
    return [{ dtype: 'f32', shape }];
  };

const case_ = (shape: Shape, stream: number, key: readonly number[]): OpCase<Attrs> => ({
  attrs: { shape, stream },
  inputs: [{ dtype: 'i32', shape: [2], fill: { kind: 'values', values: key } }],
});

const common = {
  arity: 1,
  vjp: null,
  flops: (_: readonly TensorType[], { shape }: Attrs): number => sizeOf(shape),
  strided: [],
  cases: [
    case_([3, 5], 0, [1, 2]),
    case_([], 3, [-1, 7]),
    case_([0], 0, [0, 0]),
    case_([1030], 2, [2 ** 31 - 1, -(2 ** 31)]),
  ],
} as const;

const uniform: OpDef<Attrs> = {
  ...common,
  infer: infer('uniform'),
  forward: (refs, { shape, stream }) => {
    const count = sizeOf(shape);
    return [
      Float64Array.from(words(refs[0] as Ref, count, stream).subarray(0, count), (word) => upper(word) / 2 ** 24),
    ];
  },
};

const normal: OpDef<Attrs> = {
  ...common,
  infer: infer('normal'),
  forward: (refs, { shape, stream }) => {
    const count = sizeOf(shape);
    const all = words(refs[0] as Ref, count, stream);
    return [
      Float64Array.from({ length: count }, (_, element) => {
        const pair = element & ~1;
        const radius = Math.sqrt(-2 * Math.log((upper(all[pair] as number) + 1) / 2 ** 24));
        const angle = (2 * Math.PI * upper(all[pair + 1] as number)) / 2 ** 24;
        return radius * (element % 2 === 0 ? Math.cos(angle) : Math.sin(angle));
      }),
    ];
  },
};

export const random: Pick<OpTable, 'uniform' | 'normal'> = { uniform, normal };
