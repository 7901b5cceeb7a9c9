// What an op is: one entry of the table. The same cases serve conformance, gradient checks and the benchmark.
import type { Shape, TensorType } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import type { OpAttrs, OpName } from './names.ts';

/** A value of the reference: any dtype in f64, dense, row-major. */
export interface Ref {
  readonly type: TensorType;
  readonly shape: Shape;
  readonly data: Float64Array;
}

/** What a gradient rule is given, all of it traced: it builds with the same functions that a user calls. */
export interface VjpInput<A> {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** Gradient of each output; null where nothing depends on it. */
  readonly grads: readonly (Tensor | null)[];
  readonly attrs: A;
}

/** How an input of a case is filled. */
export type Fill =
  | { readonly kind: 'normal'; readonly std?: number; readonly mean?: number }
  | { readonly kind: 'positive' }
  | { readonly kind: 'ids'; readonly below: number }
  | { readonly kind: 'values'; readonly values: readonly number[] };

export interface OpCase<A> {
  readonly attrs: A;
  readonly inputs: readonly (TensorType & { readonly fill?: Fill })[];
  /** Left out of gradient checks: the function is not smooth there. */
  readonly smooth?: false;
  /** Also timed by `npm run bench`. */
  readonly bench?: true;
}

export interface OpDef<A> {
  /** Number of inputs: exactly, or from and to. */
  readonly arity: number | readonly [number, number];
  /** Types of the outputs. @throws RustaError where shapes or dtypes do not fit. */
  infer(inputs: readonly TensorType[], attrs: A): readonly TensorType[];
  /** The reference in f64: one array for each output, as `infer` typed it. Slow and obviously right. */
  forward(inputs: readonly Ref[], attrs: A): readonly Float64Array[];
  /** Gradients of the inputs; null for one that has none. A null rule: nothing flows back. */
  readonly vjp: ((given: VjpInput<A>) => readonly (Tensor | null)[]) | null;
  /** Floating-point operations. */
  flops(inputs: readonly TensorType[], attrs: A): number;
  /** Inputs that may be row-strided; the others are made dense by the recorder. Any input may have an offset. */
  readonly strided: readonly number[];
  /** Pairs (output, input) that share memory: the op works in place. */
  readonly inPlace?: readonly (readonly [number, number])[];
  readonly cases: readonly OpCase<A>[];
}

/** Total over the names: a missing op, or one without its rules, does not compile. */
export type OpTable = { readonly [N in OpName]: OpDef<OpAttrs[N]> };
