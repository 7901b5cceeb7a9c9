// One instruction being lowered: its inputs and outputs as operands, scratch memory, and the calls emitted so far. Rules for
// each op are in the files beside this one; a rule works in f32, and f16 is converted around it.
import { dtypeCodes, type WasmKernelName, wasmKernels } from '../../../../kernels/registry.ts';
import { scratchOf, type WasmKernel } from '../../../../kernels/spec.ts';
import { RustaError } from '../../../../schemas/errors.ts';
import { bytesOf, type DType } from '../../../dtype.ts';
import type { OpAttrs, OpName } from '../../../ops/names.ts';
import { lastOf, rowsOf, sizeOf, type TensorType, written } from '../../../shape.ts';
import { aligned } from '../allocator.ts';
import type { Emission, Given, Operand, Packed, Source } from './types.ts';

/** What lowering an instruction needs to know of the program around it. */
export interface Surroundings {
  readonly lanes: number;
  /** Index into `Program.inputs` of a value that no run changes; null otherwise. */
  constant(operand: Operand): number | null;
  /** Whether f32 matrices that stay the same are worth a packed copy. */
  readonly keepF32: boolean;
  readonly packed: Packed[];
}

export class Instr<N extends OpName = OpName> {
  readonly op: N;
  readonly attrs: OpAttrs[N];
  readonly inputs: readonly Source[];
  readonly outputs: readonly Source[];
  readonly around: Surroundings;
  readonly calls: Emission[] = [];
  /** Bytes of scratch memory. */
  scratchBytes = 0;

  constructor(op: N, attrs: OpAttrs[N], inputs: readonly Source[], outputs: readonly Source[], around: Surroundings) {
    this.op = op;
    this.attrs = attrs;
    this.inputs = inputs;
    this.outputs = outputs;
    this.around = around;
  }

  /** An input as it lies. */
  input(index: number): Source {
    return this.inputs[index] as Source;
  }

  output(index = 0): Source {
    return this.outputs[index] as Source;
  }

  /** Input `index` as dense f32, or 0 where it was left out. */
  f32OrNone(index: number): Operand | 0 {
    return this.inputs[index] === undefined ? 0 : this.f32(index);
  }

  /** Input `index` as dense f32: where it is not, a converted copy. */
  f32(index: number): Operand {
    return this.asF32(this.input(index)).at;
  }

  /** Input `index` as f32 whose rows may lie apart. */
  rows(index: number): Source {
    const source = this.input(index);
    return source.type.dtype === 'f32' ? source : this.asF32(source);
  }

  /** Input `index` dense, in its own dtype. */
  dense(index: number): Operand {
    return this.asDense(this.input(index)).at;
  }

  asDense(source: Source): Source {
    return source.dense ? source : this.converted(source, source.type.dtype);
  }

  asF32(source: Source): Source {
    return source.dense && source.type.dtype === 'f32' ? source : this.converted(source, 'f32');
  }

  /** A dense copy in scratch memory. */
  converted(source: Source, dtype: DType): Source {
    const type = { dtype, shape: source.type.shape };
    const at = this.temp(sizeOf(type.shape) * bytesOf[dtype]);
    this.cast(source, { at, type });
    return { type, at, rowStride: lastOf(type.shape), dense: true, view: false };
  }

  /** Calls that convert `from` into dense `to`. */
  cast(from: Source, to: { readonly at: Operand; readonly type: TensorType }): void {
    if (from.type.dtype === to.type.dtype) {
      const strides: readonly [number, number] = [from.rowStride, 1];
      const [rows, cols] = from.dense
        ? [1, sizeOf(from.type.shape)]
        : [rowsOf(from.type.shape), lastOf(from.type.shape)];
      this.call('copy', {
        bytes: this.elementBytes(from.type),
        ...{ x: from.at, y: to.at, d0: 1, d1: 1, d2: rows, d3: cols },
        ...{ x0: 0, x1: 0, x2: strides[0], x3: strides[1], y0: 0, y1: 0, y2: cols, y3: 1 },
      });
      return;
    }
    const rows = from.dense ? 1 : rowsOf(from.type.shape);
    const cols = from.dense ? sizeOf(from.type.shape) : lastOf(from.type.shape);
    const codes = { from: this.code(from.type), to: this.code(to.type) };
    this.call('cast', { ...codes, x: from.at, y: to.at, rows, cols, xStride: from.dense ? cols : from.rowStride });
  }

  /** Gives `write` an f32 array for output `index`, and converts it where the output is of another float type. */
  result(index: number, write: (to: Operand) => void): void {
    const { type, at } = this.output(index);
    if (type.dtype === 'f32') {
      write(at);
      return;
    }
    const wide: TensorType = { dtype: 'f32', shape: type.shape };
    const to = this.temp(sizeOf(type.shape) * 4);
    write(to);
    this.cast({ type: wide, at: to, rowStride: lastOf(type.shape), dense: true, view: false }, { type, at });
  }

  /** Scratch memory. */
  temp(bytes: number): Operand & { kind: 'temp' } {
    const offset = this.scratchBytes;
    const size = aligned(Math.max(1, bytes));
    this.scratchBytes += size;
    return { kind: 'temp', offset, bytes: size };
  }

  /** A call. `group`: see Emission. */
  call<K extends WasmKernelName>(kernel: K, given: Given<K>, group = 0): void {
    this.calls.push(this.emission(kernel, given, group));
  }

  emission<K extends WasmKernelName>(kernel: K, given: Given<K>, group = 0): Emission {
    const numbers = Object.fromEntries(
      Object.entries(given as Record<string, Operand | number>).map(([name, value]) => [
        name,
        typeof value === 'number' ? value : 0,
      ]),
    );
    const { lanes } = this.around;
    const spec: WasmKernel = wasmKernels[kernel];
    const { shared, lane } = scratchOf(spec, numbers);
    const bytes = shared + lanes * lane;
    const scratch = bytes === 0 ? 0 : this.temp(bytes).offset;
    return { kernel, given: given as Emission['given'], scratch, group };
  }

  code({ dtype, shape }: TensorType): number {
    if (dtype === 'f64') this.refuse({ dtype, shape });
    return dtypeCodes[dtype as Exclude<DType, 'f64'>];
  }

  elementBytes(type: TensorType): number {
    if (type.dtype === 'f64') this.refuse(type);
    return bytesOf[type.dtype];
  }

  /** @throws RustaError `unsupported` */
  refuse(type: TensorType, why = 'has no f64; cast to f32, or use the reference'): never {
    throw new RustaError(`${written(type)}: the wasm device ${why}`, {
      code: 'unsupported',
      op: this.op,
      got: written(type),
      hint: "openDevice({ device: 'reference' }) computes in f64, slowly",
    });
  }
}

/** `operand`, `bytes` further on. */
export function moved(operand: Operand, bytes: number): Operand {
  if (bytes === 0 || operand.kind === 'packed') return operand;
  if (operand.kind === 'value') return { ...operand, offset: operand.offset + bytes };
  return { ...operand, offset: operand.offset + bytes, bytes: operand.bytes - bytes };
}
