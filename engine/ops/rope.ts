// Rotary position embedding (Su et al. 2021), alone and after the rmsNorm of each head (QK-norm).
import { lastOf, type TensorType } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { elements, expectShape, floatInput, inputOf, sameDType, sameShapes, shapeError } from './check.ts';
import type { OpCase, OpDef, OpTable, Ref } from './def.ts';
import * as f from './functions.ts';
import type { OpAttrs, RopeAttrs } from './names.ts';
import { inverseRms, rmsNormRowGrad } from './norm.ts';

type NormRope = OpAttrs['normRope'];

/** The streams are the first `streams` inputs, the positions, if any, the next. */
function infer(op: string, inputs: readonly TensorType[], { heads }: RopeAttrs, streams: number): TensorType {
  const x = floatInput(op, inputs, 0);
  expectShape(op, inputs, 0, 'x', ['*', '*', '*']);
  sameDType(op, inputs.slice(0, streams));
  sameShapes(op, inputs.slice(0, streams));
  const width = lastOf(x.shape);
  if (!Number.isInteger(heads) || heads < 1 || width % heads !== 0 || (width / heads) % 2 !== 0)
    shapeError(op, `${heads} heads`, inputs, `a number of heads that divides ${width} into even widths`);
  if (inputs.length > streams) {
    inputOf(op, inputs, streams, 'positions', ['i32']);
    expectShape(op, inputs, streams, 'positions', x.shape.slice(0, 2));
  }
  return x;
}

/** Calls `each` with every head of every position: its place in x, its width and its position. */
function forHeads(
  { shape }: Ref,
  positions: Ref | undefined,
  heads: number,
  each: (at: number, width: number, position: number) => void,
): void {
  const [batch, length, columns] = shape as [number, number, number];
  const width = columns / heads;
  for (let row = 0; row < batch * length; row += 1) {
    const position = positions === undefined ? row % length : (positions.data[row] as number);
    for (let head = 0; head < heads; head += 1) each(row * columns + head * width, width, position);
  }
}

/** Turns one head: (a, b) -> (a cos - b sin, a sin + b cos) for a of the first half and b of the second. */
function turn(x: Float64Array, position: number, base: number, inverse: boolean): void {
  const half = x.length / 2;
  for (let i = 0; i < half; i += 1) {
    const angle = position * base ** ((-2 * i) / x.length) * (inverse ? -1 : 1);
    const [a, b] = [x[i] as number, x[i + half] as number];
    x[i] = a * Math.cos(angle) - b * Math.sin(angle);
    x[i + half] = a * Math.sin(angle) + b * Math.cos(angle);
  }
}

interface Sizes {
  readonly shape: readonly number[];
  readonly heads: number;
  readonly positions?: readonly number[];
  readonly bench?: true;
}

const sizes: readonly Sizes[] = [
  { shape: [1, 1, 2], heads: 1 },
  { shape: [2, 5, 12], heads: 3 },
  { shape: [2, 3, 8], heads: 2, positions: [0, 4, 1, 100, 7, 2] },
  { shape: [1, 7, 64], heads: 1 },
  { shape: [1, 0, 4], heads: 1 },
  { shape: [1, 512, 512], heads: 8, bench: true },
];

function casesOf<A>(attrs: (heads: number) => A, streams: number): OpCase<A>[] {
  return sizes.map(({ shape, heads, positions, bench }) => ({
    attrs: attrs(heads),
    inputs: [
      ...Array.from({ length: streams }, (): TensorType => ({ dtype: 'f32', shape })),
      ...(positions === undefined
        ? []
        : [{ dtype: 'i32', shape: shape.slice(0, 2), fill: { kind: 'values', values: positions } } as const]),
    ],
    ...(bench ? { bench } : {}),
  }));
}

const rope: OpDef<OpAttrs['rope']> = {
  arity: [1, 2],
  infer: (inputs, attrs) => [infer('rope', inputs, attrs, 1)],
  forward: (refs, { heads, base, inverse }) => {
    const [x, positions] = refs as readonly [Ref, Ref?];
    const out = x.data.slice();
    forHeads(x, positions, heads, (at, width, position) => turn(out.subarray(at, at + width), position, base, inverse));
    return [out];
  },
  vjp: ({ inputs, grads, attrs }) => [f.rope(grads[0] as Tensor, attrs, inputs[1], !attrs.inverse), null],
  flops: ([x]) => 3 * elements([x as TensorType]),
  strided: [0],
  cases: [false, true].flatMap((inverse) => casesOf((heads) => ({ heads, base: 10_000, inverse }), 1)),
};

const normRope: OpDef<NormRope> = {
  arity: [1, 2],
  infer: (inputs, attrs) => [infer('normRope', inputs, attrs, 1)],
  forward: (refs, { heads, base, eps }) => {
    const [x, positions] = refs as readonly [Ref, Ref?];
    const out = x.data.slice();
    forHeads(x, positions, heads, (at, width, position) => {
      const head = out.subarray(at, at + width);
      const r = inverseRms(head, eps);
      for (const [i, value] of head.entries()) head[i] = value * r;
      turn(head, position, base, false);
    });
    return [out];
  },
  vjp: ({ inputs, grads, attrs }) => [f.normRopeGrad(inputs[0] as Tensor, grads[0] as Tensor, attrs, inputs[1]), null],
  flops: ([x]) => 7 * elements([x as TensorType]),
  strided: [0],
  cases: casesOf((heads) => ({ heads, base: 10_000, eps: 1e-6 }), 1),
};

const normRopeGrad: OpDef<NormRope> = {
  arity: [2, 3],
  infer: (inputs, attrs) => [infer('normRopeGrad', inputs, attrs, 2)],
  forward: (refs, { heads, base, eps }) => {
    const [x, g, positions] = refs as readonly [Ref, Ref, Ref?];
    const out = new Float64Array(x.data.length);
    forHeads(x, positions, heads, (at, width, position) => {
      const turned = g.data.slice(at, at + width);
      turn(turned, position, base, true);
      rmsNormRowGrad(x.data.subarray(at, at + width), turned, eps, out.subarray(at, at + width));
    });
    return [out];
  },
  vjp: null,
  flops: ([x]) => 8 * elements([x as TensorType]),
  strided: [0],
  cases: casesOf((heads) => ({ heads, base: 10_000, eps: 1e-6 }), 2),
};

export const ropes: Pick<OpTable, 'rope' | 'normRope' | 'normRopeGrad'> = { rope, normRope, normRopeGrad };
