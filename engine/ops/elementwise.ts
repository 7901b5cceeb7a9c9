// Ops on single elements: functions of one and of two numbers, affine, selection, and gradients of activations.
import { broadcast, type Shape, sizeOf, type TensorType } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { broadcastPlaces, dtypeError, elements, floatInput, sameDType, sameShapes, shapeError } from './check.ts';
import type { OpCase, OpDef, OpTable, Ref } from './def.ts';
import * as f from './functions.ts';
import type { ActivationName, BinaryName, OpAttrs, UnaryName } from './names.ts';

type Empty = OpAttrs['neg'];
type Num = (x: number) => number;

const f32 = (...shape: number[]): TensorType => ({ dtype: 'f32', shape });

const sigmoidOf: Num = (x) => 1 / (1 + Math.exp(-x));
const geluInner: Num = (x) => Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);
const positivePart: Num = (x) => (x > 0 || Number.isNaN(x) ? x : 0);

const activations: Record<ActivationName, { readonly of: Num; readonly slope: Num }> = {
  relu: { of: positivePart, slope: (x) => (x > 0 ? 1 : Number.isNaN(x) ? x : 0) },
  relu2: { of: (x) => positivePart(x) ** 2, slope: (x) => 2 * positivePart(x) },
  silu: { of: (x) => x * sigmoidOf(x), slope: (x) => sigmoidOf(x) * (1 + x * (1 - sigmoidOf(x))) },
  gelu: {
    of: (x) => 0.5 * x * (1 + Math.tanh(geluInner(x))),
    slope: (x) => {
      const t = Math.tanh(geluInner(x));
      return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x);
    },
  },
};

interface UnaryRule {
  readonly of: Num;
  /** (g, x, y) -> gradient of x; null: flat nearly everywhere. */
  readonly back: ((g: Tensor, x: Tensor, y: Tensor) => Tensor) | null;
  readonly positive?: true;
  readonly smooth?: false;
}

const activation = (of: ActivationName): UnaryRule => ({
  of: activations[of].of,
  back: (g, x) => f.activationGrad(x, g, of),
});

const unaryRules: Record<UnaryName, UnaryRule> = {
  neg: { of: (x) => -x, back: (g) => f.neg(g) },
  abs: { of: Math.abs, back: (g, x) => f.where(f.less(x, f.fillLike(x, [], 0)), f.neg(g), g) },
  exp: { of: Math.exp, back: (g, _, y) => f.mul(g, y) },
  log: { of: Math.log, back: (g, x) => f.div(g, x), positive: true },
  sqrt: { of: Math.sqrt, back: (g, _, y) => f.div(f.affine(g, 0.5, 0), y), positive: true },
  rsqrt: { of: (x) => 1 / Math.sqrt(x), back: (g, x, y) => f.mul(f.affine(g, -0.5, 0), f.div(y, x)), positive: true },
  reciprocal: { of: (x) => 1 / x, back: (g, _, y) => f.neg(f.mul(g, f.square(y))), positive: true },
  tanh: { of: Math.tanh, back: (g, _, y) => f.mul(g, f.affine(f.square(y), -1, 1)) },
  sigmoid: { of: sigmoidOf, back: (g, _, y) => f.mul(g, f.mul(y, f.affine(y, -1, 1))) },
  square: { of: (x) => x * x, back: (g, x) => f.mul(f.affine(g, 2, 0), x) },
  sin: { of: Math.sin, back: (g, x) => f.mul(g, f.cos(x)) },
  cos: { of: Math.cos, back: (g, x) => f.neg(f.mul(g, f.sin(x))) },
  relu: activation('relu'),
  relu2: activation('relu2'),
  silu: activation('silu'),
  gelu: activation('gelu'),
  isFinite: { of: (x) => (Number.isFinite(x) ? 1 : 0), back: null, smooth: false },
};

const odd = [-2, -0, 0, 0.5, 3, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

function unaryDef(name: UnaryName): OpDef<Empty> {
  const { of, back, positive, smooth } = unaryRules[name];
  const fill = positive ? ({ kind: 'positive' } as const) : ({ kind: 'normal' } as const);
  const case_ = (shape: Shape, extra: Partial<OpCase<Empty>> = {}): OpCase<Empty> => ({
    attrs: {},
    inputs: [{ dtype: 'f32', shape, fill }],
    ...(smooth === false ? { smooth } : {}),
    ...extra,
  });
  return {
    arity: 1,
    infer: (inputs) => [floatInput(name, inputs, 0)],
    forward: ([x]) => [(x as Ref).data.map(of)],
    vjp:
      back === null
        ? null
        : ({ inputs, outputs, grads }) => [back(grads[0] as Tensor, inputs[0] as Tensor, outputs[0] as Tensor)],
    flops: elements,
    strided: [],
    cases: [
      case_([]),
      case_([0]),
      case_([3, 5]),
      case_([67]),
      { attrs: {}, inputs: [{ ...f32(8), fill: { kind: 'values', values: odd } }], smooth: false },
      ...(name === 'relu2' || name === 'exp' ? [case_([512, 2048], { bench: true })] : []),
    ],
  };
}

interface BinaryRule {
  readonly of: (a: number, b: number) => number;
  /** (g, a, b, y) -> gradients before they are summed to the shapes of a and b; null: flat. */
  readonly back: ((g: Tensor, a: Tensor, b: Tensor, y: Tensor) => readonly [Tensor, Tensor]) | null;
  readonly positive?: true;
}

/** `taken` is 1 where the second was chosen. */
const chosen = (g: Tensor, taken: Tensor): readonly [Tensor, Tensor] => [
  f.mul(g, f.affine(taken, -1, 1)),
  f.mul(g, taken),
];

const binaryRules: Record<BinaryName, BinaryRule> = {
  add: { of: (a, b) => a + b, back: (g) => [g, g] },
  sub: { of: (a, b) => a - b, back: (g) => [g, f.neg(g)] },
  mul: { of: (a, b) => a * b, back: (g, a, b) => [f.mul(g, b), f.mul(g, a)] },
  div: {
    of: (a, b) => a / b,
    back: (g, _, b, y) => {
      const da = f.div(g, b);
      return [da, f.neg(f.mul(da, y))];
    },
    positive: true,
  },
  // Math.max and Math.min let NaN through, as IEEE 754-2019's maximum and minimum do.
  maximum: { of: (a, b) => Math.max(a, b), back: (g, a, b) => chosen(g, f.less(a, b)) },
  minimum: { of: (a, b) => Math.min(a, b), back: (g, a, b) => chosen(g, f.less(b, a)) },
  pow: {
    of: (a, b) => a ** b,
    back: (g, a, b, y) => [f.mul(g, f.mul(b, f.pow(a, f.affine(b, 1, -1)))), f.mul(g, f.mul(y, f.log(a)))],
    positive: true,
  },
  less: { of: (a, b) => (a < b ? 1 : 0), back: null },
  equal: { of: (a, b) => (a === b ? 1 : 0), back: null },
};

function broadcastType(op: string, inputs: readonly TensorType[]): TensorType {
  const [a, b] = inputs as readonly [TensorType, TensorType];
  const shape = broadcast(a.shape, b.shape);
  if (shape === null)
    shapeError(op, 'the shapes do not broadcast', inputs, 'equal extents, or 1, from the last axis on');
  return { dtype: a.dtype, shape };
}

function binaryDef(name: BinaryName): OpDef<Empty> {
  const { of, back, positive } = binaryRules[name];
  const infer = (inputs: readonly TensorType[]): [TensorType] => {
    floatInput(name, inputs, 0);
    sameDType(name, inputs);
    return [broadcastType(name, inputs)];
  };
  const fill = positive ? ({ kind: 'positive' } as const) : ({ kind: 'normal' } as const);
  const case_ = (a: Shape, b: Shape, extra: Partial<OpCase<Empty>> = {}): OpCase<Empty> => ({
    attrs: {},
    inputs: [
      { dtype: 'f32', shape: a, fill },
      { dtype: 'f32', shape: b, fill },
    ],
    ...(back === null ? { smooth: false } : {}),
    ...extra,
  });
  const values = (of: readonly number[]) => ({ ...f32(of.length), fill: { kind: 'values', values: of } as const });
  return {
    arity: 2,
    infer,
    forward: (refs) => {
      const [a, b] = refs as readonly [Ref, Ref];
      const [{ shape }] = infer([a.type, b.type]);
      const [from, and] = [broadcastPlaces(a.shape, shape), broadcastPlaces(b.shape, shape)];
      return [Float64Array.from(from, (place, i) => of(a.data[place] as number, b.data[and[i] as number] as number))];
    },
    vjp:
      back === null
        ? null
        : ({ inputs, outputs, grads }) => {
            const [a, b] = inputs as readonly [Tensor, Tensor];
            const [da, db] = back(grads[0] as Tensor, a, b, outputs[0] as Tensor);
            return [f.sumTo(da, a.shape), f.sumTo(db, b.shape)];
          },
    flops: (inputs) => sizeOf(broadcastType(name, inputs).shape),
    strided: [],
    cases: [
      case_([], []),
      case_([0, 3], [3]),
      case_([4, 5], [4, 5]),
      case_([4, 5], []),
      case_([4, 5], [5]),
      case_([4, 1], [1, 5]),
      case_([2, 1, 3], [5, 1]),
      { attrs: {}, inputs: [values([1, 1, Number.NaN, 2]), values([Number.NaN, 1, 1, 1])], smooth: false },
      ...(name === 'add' || name === 'mul' ? [case_([512, 512], [512, 512], { bench: true })] : []),
    ],
  };
}

const affine: OpDef<OpAttrs['affine']> = {
  arity: 1,
  infer: (inputs) => [floatInput('affine', inputs, 0)],
  forward: ([x], { scale, shift }) => [(x as Ref).data.map((value) => value * scale + shift)],
  vjp: ({ grads, attrs }) => [f.affine(grads[0] as Tensor, attrs.scale, 0)],
  flops: (inputs) => 2 * elements(inputs),
  strided: [],
  cases: [
    { attrs: { scale: 2, shift: -1 }, inputs: [f32(3, 5)] },
    { attrs: { scale: 0.5, shift: 0 }, inputs: [f32(0)] },
    { attrs: { scale: -3, shift: 0.25 }, inputs: [f32()] },
  ],
};

function whereType(inputs: readonly TensorType[]): TensorType {
  const [condition, a, b] = inputs as readonly [TensorType, TensorType, TensorType];
  if (a.dtype !== b.dtype) dtypeError('where', 'the branches differ', inputs, 'branches of one dtype');
  if (condition.dtype !== 'f32' && (condition.dtype !== a.dtype || condition.dtype === 'i32'))
    dtypeError('where', 'the condition is no number', inputs, 'a condition in f32, or of the branches');
  const branches = broadcastType('where', [a, b]);
  return { dtype: a.dtype, shape: broadcastType('where', [{ ...branches, dtype: 'f32' }, condition]).shape };
}

const where: OpDef<Empty> = {
  arity: 3,
  infer: (inputs) => [whereType(inputs)],
  forward: (refs) => {
    const { shape } = whereType(refs.map(({ type }) => type));
    const [condition, a, b] = refs as readonly [Ref, Ref, Ref];
    const [c, from, and] = [condition, a, b].map((ref) => broadcastPlaces(ref.shape, shape)) as [
      Int32Array,
      Int32Array,
      Int32Array,
    ];
    return [
      Float64Array.from(c, (place, i) =>
        condition.data[place] !== 0 ? (a.data[from[i] as number] as number) : (b.data[and[i] as number] as number),
      ),
    ];
  },
  vjp: ({ inputs, grads }) => {
    const [condition, a, b] = inputs as readonly [Tensor, Tensor, Tensor];
    const g = grads[0] as Tensor;
    const zero = f.fillLike(g, [], 0);
    return [null, f.sumTo(f.where(condition, g, zero), a.shape), f.sumTo(f.where(condition, zero, g), b.shape)];
  },
  flops: (inputs) => sizeOf(whereType(inputs).shape),
  strided: [],
  cases: [
    { attrs: {}, inputs: [{ ...f32(4), fill: { kind: 'values', values: [0, 1, 0, 1] } }, f32(3, 4), f32(4)] },
    { attrs: {}, inputs: [{ ...f32(), fill: { kind: 'values', values: [0] } }, f32(5), f32(5)] },
    { attrs: {}, inputs: [{ ...f32(2, 1), fill: { kind: 'values', values: [-0, 2] } }, f32(), f32(2, 3)] },
    {
      attrs: {},
      inputs: [
        { ...f32(3), fill: { kind: 'values', values: [1, 0, 1] } },
        f32(3),
        { ...f32(3), fill: { kind: 'values', values: [Number.NaN, 1, Number.NaN] } },
      ],
      smooth: false,
    },
  ],
};

const activationGrad: OpDef<OpAttrs['activationGrad']> = {
  arity: 2,
  infer: (inputs) => {
    const x = floatInput('activationGrad', inputs, 0);
    sameDType('activationGrad', inputs);
    sameShapes('activationGrad', inputs);
    return [x];
  },
  forward: (refs, { of }) => {
    const [x, g] = refs as readonly [Ref, Ref];
    return [x.data.map((value, i) => activations[of].slope(value) * (g.data[i] as number))];
  },
  vjp: null,
  flops: elements,
  strided: [],
  cases: (['relu', 'relu2', 'silu', 'gelu'] as const).flatMap((of) => [
    { attrs: { of }, inputs: [f32(3, 7), f32(3, 7)] },
    { attrs: { of }, inputs: [f32(0), f32(0)] },
  ]),
};

function tableOf<N extends string, D>(names: readonly N[], def: (name: N) => D): Record<N, D> {
  return Object.fromEntries(names.map((name) => [name, def(name)])) as Record<N, D>;
}

/** Total over the names, since the rules are. */
export const elementwise: Pick<OpTable, UnaryName | BinaryName | 'affine' | 'where' | 'activationGrad'> = {
  ...tableOf(Object.keys(unaryRules) as UnaryName[], unaryDef),
  ...tableOf(Object.keys(binaryRules) as BinaryName[], binaryDef),
  affine,
  where,
  activationGrad,
};
