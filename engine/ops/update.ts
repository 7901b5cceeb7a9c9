// The optimiser's step on one parameter, in place: AdamW (Loshchilov and Hutter 2019).
import type { TensorType } from '../shape.ts';
import { elements, expectShape, floatInput, inputOf, sameShapes, statistics } from './check.ts';
import type { OpCase, OpDef, OpTable, Ref } from './def.ts';
import type { OpAttrs } from './names.ts';

const f32 = (...shape: number[]): TensorType => ({ dtype: 'f32', shape });

const case_ = (shape: readonly number[], gate: number, extra: Partial<OpCase<OpAttrs['adamw']>> = {}) => ({
  attrs: {},
  inputs: [
    f32(...shape),
    f32(...shape),
    f32(...shape),
    { ...f32(...shape), fill: { kind: 'positive' } as const },
    {
      ...f32(8),
      fill: { kind: 'values', values: [0.01, 0.9, 0.95, 1e-8, 0.1, 1 - 0.9 ** 3, 1 - 0.95 ** 3, gate] } as const,
    },
  ],
  ...extra,
});

const adamw: OpDef<OpAttrs['adamw']> = {
  arity: 5,
  infer: (inputs) => {
    const p = inputOf('adamw', inputs, 0, 'the parameter', ['f32', 'f64']);
    floatInput('adamw', inputs, 1, 'the gradient');
    for (const [index, name] of [
      [2, 'm'],
      [3, 'v'],
      [4, 'hyper'],
    ] as const)
      inputOf('adamw', inputs, index, name, [statistics(p.dtype)]);
    sameShapes('adamw', inputs.slice(0, 4));
    expectShape('adamw', inputs, 4, 'hyper', [8]);
    return [p, p, p];
  },
  forward: (refs) => {
    const [p, g, m, v, hyper] = refs as readonly [Ref, Ref, Ref, Ref, Ref];
    const [lr, beta1, beta2, eps, decay, bias1, bias2, gate] = [...hyper.data] as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    if (gate === 0) return [p.data.slice(), m.data.slice(), v.data.slice()];
    const grad = g.data.map((value) => value * gate);
    const first = m.data.map((value, i) => beta1 * value + (1 - beta1) * (grad[i] as number));
    const second = v.data.map((value, i) => beta2 * value + (1 - beta2) * (grad[i] as number) ** 2);
    const next = p.data.map((value, i) => {
      const step = (first[i] as number) / bias1 / (Math.sqrt((second[i] as number) / bias2) + eps);
      return value * (1 - lr * decay) - lr * step;
    });
    return [next, first, second];
  },
  vjp: null,
  flops: ([p]) => 14 * elements([p as TensorType]),
  strided: [],
  inPlace: [
    [0, 0],
    [1, 2],
    [2, 3],
  ],
  cases: [
    case_([3, 5], 1),
    case_([67], 0.25),
    case_([0], 1),
    case_([], 1),
    {
      ...case_([4], 0),
      inputs: case_([4], 0).inputs.map((input, index) =>
        index === 1
          ? { ...f32(4), fill: { kind: 'values', values: [Number.NaN, Number.POSITIVE_INFINITY, 1, 0] } as const }
          : input,
      ),
    },
    case_([512, 2048], 1, { bench: true }),
  ],
};

export const updates: Pick<OpTable, 'adamw'> = { adamw };
