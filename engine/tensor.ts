// A tensor as its user holds it: a type, and the context that it lives in. A context either records (a traced value) or
// records and runs at once (an eager tensor on a device). What an op means is in ops/, what memory is in device.ts.
import type { OpAttrs, OpName } from './ops/names.ts';
import type { Shape, TensorType } from './shape.ts';

/** Where tensors live and ops are applied: a recorder, or a device. */
export interface Context {
  /**
   * Applies an op. Shapes and dtypes are checked here, once.
   * @throws RustaError `shape-mismatch` or `dtype-mismatch`, naming op, types and what was expected.
   */
  apply<N extends OpName>(op: N, inputs: readonly Tensor[], attrs: OpAttrs[N]): readonly Tensor[];
  /**
   * Replaces an input (an argument, a parameter) by a value of its type when the program has run: until then, whatever reads
   * the input gets the old contents. On a device: at once.
   * @throws RustaError `not-an-input`, `shape-mismatch`, `dtype-mismatch`.
   */
  assign(target: Tensor, value: Tensor): void;
  /** Runs `body`; what it records is recomputed in the backward pass rather than kept. */
  region<R>(body: () => R): R;
  /** The contents in row-major order. @throws RustaError `traced-read` where the context only records. */
  read(tensor: Tensor): Promise<Float32Array | Float64Array | Int32Array | Uint8Array | Int8Array>;
}

export class Tensor implements TensorType {
  readonly context: Context;
  readonly dtype: TensorType['dtype'];
  readonly shape: Shape;
  /** The context's own name of it: a value of a program, or a buffer of a device. */
  readonly id: number;

  constructor(context: Context, { dtype, shape }: TensorType, id: number) {
    this.context = context;
    this.dtype = dtype;
    this.shape = shape;
    this.id = id;
  }

  /** The only asynchronous call: waits for what was queued, and copies the contents out. f16 comes as f32. */
  data(): ReturnType<Context['read']> {
    return this.context.read(this);
  }
}
