// The recorder: a context whose tensors are values of a program that is being written. It checks arity, asks the table for
// types, makes views where they cost nothing and copies where an op wants dense input. It runs nothing.
import { RustaError } from '../../schemas/errors.ts';
import type { OpAttrs, OpName } from '../ops/names.ts';
import { table } from '../ops/table.ts';
import { type Shape, sameShape, type TensorType, written } from '../shape.ts';
import { type Context, Tensor } from '../tensor.ts';
import type { Instruction, Program, Value, ValueId, View } from './types.ts';
import { isDense, reshapeView, sliceView } from './views.ts';

export class Recorder implements Context {
  readonly values: Value[] = [];
  readonly instructions: Instruction[] = [];
  readonly #inputs: ValueId[] = [];
  readonly #tensors: Tensor[] = [];
  readonly #captured = new Map<Tensor, Tensor>();
  readonly #updates = new Map<ValueId, ValueId>();
  readonly #outer: Context | null;
  #region: number | null = null;
  #regions = 0;
  #open = true;

  /** @param outer the context whose tensors may be captured. */
  constructor(outer: Context | null = null) {
    this.#outer = outer;
  }

  /** Tensors of the outer context that became inputs, in the order of the program's inputs. */
  get captured(): readonly Tensor[] {
    return [...this.#captured.keys()];
  }

  /** A new argument of the program. */
  input(type: TensorType): Tensor {
    const tensor = this.#value(type, null);
    this.#inputs.push(tensor.id);
    return tensor;
  }

  apply<N extends OpName>(op: N, inputs: readonly Tensor[], attrs: OpAttrs[N]): readonly Tensor[] {
    const def = table[op];
    const [from, to] = typeof def.arity === 'number' ? [def.arity, def.arity] : def.arity;
    if (inputs.length < from || inputs.length > to) {
      const expected = from === to ? `${from}` : `${from} to ${to}`;
      const got = `${inputs.length} inputs (${inputs.map(written).join(', ')})`;
      throw new RustaError(`expected ${expected} inputs, got ${got}`, { code: 'wrong-arity', op, expected, got });
    }
    const own = inputs.map((tensor) => this.own(tensor, op));
    const types = def.infer(own, attrs);
    if (op === 'reshape' && sameShape((own[0] as Tensor).shape, (types[0] as TensorType).shape)) return own;
    const ready = own.map((tensor, index) =>
      def.strided.includes(index) || this.#viewable(op) || isDense(this.#at(tensor)) ? tensor : this.#copy(tensor),
    );
    return this.#record(op, ready, types, attrs);
  }

  read(tensor: Tensor): never {
    throw new RustaError(`${written(tensor)} is traced: it has a type and no contents while a program is recorded`, {
      code: 'traced-read',
      op: 'data',
      hint: 'return it from the function, and read what running the program gives',
    });
  }

  assign(target: Tensor, value: Tensor): void {
    const input = this.own(target, 'assign');
    const from = this.own(value, 'assign');
    if (!this.#inputs.includes(input.id)) {
      throw new RustaError(`${written(target)} is computed by the program: only its inputs can be replaced`, {
        code: 'not-an-input',
        op: 'assign',
        expected: 'an argument, or a tensor from outside',
      });
    }
    if (input.dtype !== from.dtype || !sameShape(input.shape, from.shape)) {
      throw new RustaError(`the new value ${written(value)} does not fit ${written(target)}`, {
        code: input.dtype === from.dtype ? 'shape-mismatch' : 'dtype-mismatch',
        op: 'assign',
        expected: written(target),
        got: written(value),
      });
    }
    this.#updates.set(input.id, from.id);
  }

  region<R>(body: () => R): R {
    if (this.#region !== null) return body();
    this.#region = this.newRegion();
    try {
      return body();
    } finally {
      this.#region = null;
    }
  }

  /** A number that no instruction's region has yet. */
  newRegion(): number {
    this.#regions += 1;
    return this.#regions;
  }

  /** Records what `body` does as part of a region, or of none. */
  within<R>(region: number | null, body: () => R): R {
    const before = this.#region;
    this.#region = region;
    this.#regions = Math.max(this.#regions, region ?? 0);
    try {
      return body();
    } finally {
      this.#region = before;
    }
  }

  /** The tensor as a value of this program: itself, or the input that stands for a tensor from outside. */
  own(tensor: Tensor, op: string): Tensor {
    if (!this.#open) {
      throw new RustaError('its program was recorded already', {
        code: 'trace-closed',
        op,
        hint: 'traced tensors mean nothing outside the function that is recorded',
      });
    }
    if (tensor.context === this) return tensor;
    if (tensor.context !== this.#outer) {
      throw new RustaError(`${written(tensor)} belongs to another program or device`, {
        code: 'foreign-tensor',
        op,
        hint: 'bring it over with `await tensor.data()` and `device.tensor(…)`, or pass it as an argument',
      });
    }
    let input = this.#captured.get(tensor);
    if (input === undefined) {
      input = this.input(tensor);
      this.#captured.set(tensor, input);
    }
    return input;
  }

  /** The tensor of a value. */
  tensor(id: ValueId): Tensor {
    return this.#tensors[id] as Tensor;
  }

  /** Ends the recording. Later use of its tensors is refused. */
  finish(outputs: readonly Tensor[]): Program {
    const ids = outputs.map((tensor) => this.own(tensor, 'program').id);
    this.#open = false;
    return {
      values: this.values,
      inputs: this.#inputs,
      instructions: this.instructions,
      outputs: ids,
      updates: [...this.#updates].map(([input, value]) => ({ input, value })),
    };
  }

  #at(tensor: Tensor): Value {
    return this.values[tensor.id] as Value;
  }

  #value(type: TensorType, view: View | null): Tensor {
    const tensor = new Tensor(this, type, this.values.length);
    this.values.push({ type: { dtype: type.dtype, shape: type.shape }, view });
    this.#tensors.push(tensor);
    return tensor;
  }

  #copy(tensor: Tensor): Tensor {
    return this.#record('copy', [tensor], [tensor], {})[0] as Tensor;
  }

  /** Ops that look at where their input lies, rather than read it. */
  #viewable(op: OpName): boolean {
    return op === 'reshape' || op === 'slice' || op === 'split';
  }

  #record<N extends OpName>(
    op: N,
    inputs: readonly Tensor[],
    types: readonly TensorType[],
    attrs: OpAttrs[N],
  ): readonly Tensor[] {
    let from = inputs;
    let views: readonly View[] | null = null;
    if (this.#viewable(op)) {
      const source = from[0] as Tensor;
      views = viewsOf(op, source.id, this.#at(source), types, attrs);
      if (views === null && !isDense(this.#at(source))) {
        from = [this.#copy(source)];
        const dense = from[0] as Tensor;
        views = viewsOf(op, dense.id, this.#at(dense), types, attrs);
      }
    }
    const outputs = types.map((type, index) => this.#value(type, views?.[index] ?? null));
    this.instructions.push({
      op,
      inputs: from.map(({ id }) => id),
      outputs: outputs.map(({ id }) => id),
      attrs,
      region: this.#region,
    } as Instruction);
    return outputs;
  }
}

/** Where the outputs of a viewing op lie in its input, or null where it has to copy. */
function viewsOf(
  op: OpName,
  id: ValueId,
  value: Value,
  types: readonly TensorType[],
  attrs: unknown,
): readonly View[] | null {
  if (op === 'reshape') {
    const view = reshapeView(id, value, (types[0] as { readonly shape: Shape }).shape);
    return view === null ? null : [view];
  }
  if (op === 'slice') {
    const view = sliceView(id, value, attrs as OpAttrs['slice']);
    return view === null ? null : [view];
  }
  const { axis } = attrs as OpAttrs['split'];
  const views = types.map(({ shape }, part) => {
    const length = shape[axis] as number;
    return sliceView(id, value, { axis, start: part * length, length });
  });
  return views.includes(null) ? null : (views as View[]);
}
