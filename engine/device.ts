// A device: a backend with tensors that live on it, ops that run at once, programs that are recorded once and replayed,
// and scopes that free what was made in them. How memory is shared is memory.ts's work, how a program runs the backend's.
import { RustaError } from '../schemas/errors.ts';
import type { Backend, BackendInfo, BackendKind, BackendOptions, Executable } from './backends/backend.ts';
import { openBackend } from './backends/registry.ts';
import { Compiled } from './compiled.ts';
import { type Contents, fromBytes, type Numbers, toBytes } from './contents.ts';
import { type DType, dtypes } from './dtype.ts';
import { type Held, Memory } from './memory.ts';
import type { OpAttrs, OpName } from './ops/names.ts';
import { table } from './ops/table.ts';
import { optimise } from './program/optimise.ts';
import { Recorder } from './program/record.ts';
import { attrsKey } from './program/simplify.ts';
import { type TensorsOf, trace } from './program/trace.ts';
import { byteLength, type Shape, sameShape, sizeOf, type TensorType, written } from './shape.ts';
import type { Context, Tensor } from './tensor.ts';
import { reachable, type Tree } from './tree.ts';

/** A backend by name, or `auto`: a GPU where there is one, else WebAssembly. */
export type DeviceKind = 'auto' | BackendKind;

export interface DeviceOptions extends Omit<BackendOptions, 'auto'> {
  readonly device?: DeviceKind;
}

/** Programs of single ops that are kept ready for eager use. */
const eagerPrograms = 1024;

/** @throws RustaError `no-device`, saying what was tried and why it does not work here. */
export async function openDevice({ device = 'auto', ...options }: DeviceOptions = {}): Promise<Device> {
  const { backend, choice } = await openBackend(device, options);
  return new Device(backend, [choice]);
}

interface Eager {
  readonly executable: Executable;
  readonly types: readonly TensorType[];
}

export class Device implements Context {
  readonly kind: BackendKind;
  readonly #backend: Backend;
  readonly #choices: BackendInfo['choices'];
  readonly #memory: Memory;
  readonly #recorders: Recorder[] = [];
  readonly #eager = new Map<string, Eager>();
  #closed = false;

  /** @param choices what was decided before the backend was opened. */
  constructor(backend: Backend, choices: BackendInfo['choices'] = []) {
    this.kind = backend.kind;
    this.#backend = backend;
    this.#choices = choices;
    this.#memory = new Memory(backend, this);
  }

  /** What runs here, what was chosen, and why. */
  info(): BackendInfo {
    const info = this.#backend.info();
    return { ...info, choices: [...this.#choices, ...info.choices] };
  }

  /** Bytes in use now and at most so far, and the number of live tensors. */
  memory(): { readonly live: number; readonly peak: number; readonly tensors: number } {
    return { ...this.#backend.memory(), tensors: this.#memory.count };
  }

  /**
   * A tensor with these contents, in row-major order.
   * @param shape one axis of all elements where left out.
   * @throws RustaError `shape-mismatch`, `out-of-memory`.
   */
  tensor(data: Numbers, shape: Shape = [data.length], dtype: DType = 'f32'): Tensor {
    this.#check('tensor');
    const type = checkedType({ dtype, shape });
    if (sizeOf(shape) !== data.length) {
      throw new RustaError(`${data.length} numbers do not fill ${written(type)}`, {
        code: 'shape-mismatch',
        op: 'tensor',
        expected: `${sizeOf(shape)} numbers`,
        got: `${data.length}`,
      });
    }
    const held = this.#memory.allocate(type, 'tensor');
    const tensor = this.#memory.tensor(type, held);
    if (data.length > 0) this.#backend.write(held.buffer, toBytes(dtype, data));
    return tensor;
  }

  /** A tensor that holds whatever its memory held: for what is written before it is read. @throws RustaError `out-of-memory`. */
  empty(shape: Shape, dtype: DType = 'f32'): Tensor {
    this.#check('empty');
    const type = checkedType({ dtype, shape });
    return this.#memory.tensor(type, this.#memory.allocate(type, 'tensor'));
  }

  /** Replaces the contents of a tensor, without allocating: the next batch, say. */
  write(tensor: Tensor, data: Numbers): void {
    this.#check('write');
    if (sizeOf(tensor.shape) !== data.length) {
      throw new RustaError(`${data.length} numbers do not fill ${written(tensor)}`, {
        code: 'shape-mismatch',
        op: 'write',
      });
    }
    const { buffer } = this.#memory.of(tensor, 'write');
    if (data.length > 0) this.#backend.write(buffer, toBytes(tensor.dtype, data));
  }

  async read(tensor: Tensor): Promise<Contents> {
    this.#check('read');
    const { buffer } = this.#memory.of(tensor, 'read');
    return fromBytes(tensor.dtype, await this.#backend.read(buffer, 0, byteLength(tensor)));
  }

  /** Runs an op at once; while a function is recorded, records it. */
  apply<N extends OpName>(op: N, inputs: readonly Tensor[], attrs: OpAttrs[N]): readonly Tensor[] {
    this.#check(op);
    const recorder = this.#recorders.at(-1);
    if (recorder !== undefined) return recorder.apply(op, inputs, attrs);
    const buffers = inputs.map((tensor) => this.#own(tensor, op).buffer);
    if (op === 'reshape' && inputs.length === 1) {
      const [type] = table.reshape.infer(inputs, attrs as OpAttrs['reshape']);
      return [this.#memory.tensor(type as TensorType, this.#own(inputs[0] as Tensor, op))];
    }
    const { executable, types } = this.#single(op, inputs, attrs);
    const made: Held[] = [];
    try {
      for (const type of types) made.push(this.#memory.allocate(type, `${op} gives`));
    } catch (error) {
      for (const { buffer } of made) this.#backend.release(buffer);
      throw error;
    }
    executable.run(
      buffers,
      made.map(({ buffer }) => buffer),
    );
    return made.map((held, slot) => this.#memory.tensor(types[slot] as TensorType, held));
  }

  assign(target: Tensor, value: Tensor): void {
    this.#check('assign');
    const recorder = this.#recorders.at(-1);
    if (recorder !== undefined) recorder.assign(target, value);
    else this.#assign(target, value);
  }

  #assign(target: Tensor, value: Tensor): void {
    if (target.dtype !== value.dtype || !sameShape(target.shape, value.shape)) {
      throw new RustaError(`the new value ${written(value)} does not fit ${written(target)}`, {
        code: target.dtype === value.dtype ? 'shape-mismatch' : 'dtype-mismatch',
        op: 'assign',
      });
    }
    const from = this.#own(value, 'assign').buffer;
    const to = this.#own(target, 'assign').buffer;
    if (from !== to) this.#single('copy', [value], {}).executable.run([from], [to]);
  }

  region<R>(body: () => R): R {
    const recorder = this.#recorders.at(-1);
    return recorder === undefined ? body() : recorder.region(body);
  }

  /**
   * Records a function once, as a program for tensors of these types. Tensors of the device that it uses are captured:
   * later runs read what they hold then, and `assign` replaces it in place.
   * @param fn synchronous; gives a tensor, or arrays and objects of tensors. Tensors that it makes are the program's own.
   */
  program<const I extends readonly TensorType[], O extends Tree>(
    fn: (...inputs: TensorsOf<I>) => O,
    types: I,
  ): Compiled<I, O> {
    this.#check('program');
    const checked = types.map(checkedType) as unknown as I;
    // Constants that the function makes are the program's: they live as long as it does.
    const close = this.#memory.open();
    try {
      const { program, captured, form } = trace(fn, checked, this, (recorder, body) => {
        this.#recorders.push(recorder);
        try {
          return body();
        } finally {
          this.#recorders.pop();
        }
      });
      const sealed = optimise(program);
      const holds = captured.map((tensor) => this.#memory.of(tensor, 'program'));
      const executable = this.#backend.prepare(sealed);
      return new Compiled(this, this.#memory, { types: checked, program: sealed, executable, captured: holds, form });
    } finally {
      close([]);
    }
  }

  /**
   * Frees all tensors made while `fn` runs, but those that can be reached from what it returns: these belong to the
   * surrounding scope, or to the device. What programs hold is theirs.
   * @throws RustaError `scope-order` where asynchronous scopes overlap: await each before the next.
   */
  scope<R>(fn: () => R): R {
    this.#check('scope');
    if (this.#recorders.length > 0) return fn();
    const close = this.#memory.open();
    const ended = (result: unknown): void => {
      if (!this.#closed) close(reachable(result));
    };
    let result: R;
    try {
      result = fn();
    } catch (error) {
      ended(null);
      throw error;
    }
    if (!(result instanceof Promise)) {
      ended(result);
      return result;
    }
    return result.then(
      (value) => {
        ended(value);
        return value;
      },
      (error) => {
        ended(null);
        throw error;
      },
    ) as R;
  }

  /** Frees everything. Whatever waits is refused with `device-closed`, and so is every later call. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#eager.clear();
    this.#memory.close();
    await this.#backend.close();
  }

  /** A program of this one op, made once for each combination of types and attributes. */
  #single<N extends OpName>(op: N, inputs: readonly Tensor[], attrs: OpAttrs[N]): Eager {
    const key = `${op}|${inputs.map(written).join()}|${attrsKey(attrs)}`;
    let single = this.#eager.get(key);
    if (single === undefined) {
      const recorder = new Recorder();
      const traced = inputs.map((tensor) => recorder.input(tensor));
      const outputs = recorder.apply(op, traced, attrs);
      const types = outputs.map(({ dtype, shape }) => ({ dtype, shape }));
      single = { executable: this.#backend.prepare(optimise(recorder.finish(outputs))), types };
    }
    this.#eager.delete(key);
    this.#eager.set(key, single);
    for (const [oldest, { executable }] of this.#eager) {
      if (this.#eager.size <= eagerPrograms) break;
      executable.dispose();
      this.#eager.delete(oldest);
    }
    return single;
  }

  #own(tensor: Tensor, op: string) {
    if (tensor.context !== this) {
      throw new RustaError(`${written(tensor)} belongs to another device, or to a program that was recorded`, {
        code: 'foreign-tensor',
        op,
        hint: 'bring it over with `await tensor.data()` and `device.tensor(…)`',
      });
    }
    return this.#memory.of(tensor, op);
  }

  #check(op: string): void {
    if (this.#closed) throw new RustaError('the device was closed', { code: 'device-closed', op });
  }
}

function checkedType({ dtype, shape }: TensorType): TensorType {
  if (!dtypes.includes(dtype)) {
    throw new RustaError(`there is no dtype '${dtype}'`, {
      code: 'dtype-mismatch',
      op: 'tensor',
      expected: dtypes.join(', '),
      got: String(dtype),
    });
  }
  if (!shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0) || !Number.isSafeInteger(sizeOf(shape))) {
    throw new RustaError(`[${shape.join(',')}] is no shape`, {
      code: 'shape-mismatch',
      op: 'tensor',
      expected: 'whole extents from 0 up',
    });
  }
  return { dtype, shape: [...shape] };
}
