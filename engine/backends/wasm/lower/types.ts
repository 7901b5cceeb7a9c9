// What lowering speaks of: operands that have no address yet, and kernel calls over them. Addresses come last, in resolve.ts,
// once the arena is planned.
import type { WasmKernelName, wasmKernels } from '../../../../kernels/registry.ts';
import type { ParamKind } from '../../../../kernels/spec.ts';
import type { ValueId } from '../../../program/types.ts';
import type { TensorType } from '../../../shape.ts';

/** Where an array begins. `offset` is in bytes. */
export type Operand =
  /** Within a value that has memory of its own. */
  | { readonly kind: 'value'; readonly id: ValueId; readonly offset: number }
  /** Within the instruction's scratch memory; `bytes` from there are its own. */
  | { readonly kind: 'temp'; readonly offset: number; readonly bytes: number }
  /** A packed copy of inputs, by its number among `Lowered.packed`. */
  | { readonly kind: 'packed'; readonly index: number };

/** An input or output of an instruction: a type, and where its elements lie. */
export interface Source {
  readonly type: TensorType;
  readonly at: Operand;
  /** Elements from row to row; the last extent where dense. */
  readonly rowStride: number;
  readonly dense: boolean;
  /** It is a view of another value: nothing is to be computed. */
  readonly view: boolean;
}

type KindOf<K extends ParamKind> = K extends 'read' | 'write' | 'update' ? Operand | 0 : number;
type ParamsOf<N extends WasmKernelName> = (typeof wasmKernels)[N]['params'];

/** What a call of a kernel is given: operands for addresses, all but scratch. */
export type Given<N extends WasmKernelName> = {
  readonly [K in keyof ParamsOf<N> as ParamsOf<N>[K] extends 'shared' | 'lane'
    ? never
    : K]: ParamsOf<N>[K] extends ParamKind ? KindOf<ParamsOf<N>[K]> : never;
};

export interface Emission {
  readonly kernel: WasmKernelName;
  readonly given: Readonly<Record<string, Operand | number>>;
  /** Begin of the kernel's own scratch memory within the instruction's. */
  readonly scratch: number;
  /** Calls of one instruction with the same number (not 0) touch different memory. */
  readonly group: number;
}

/** A packed copy of what an input holds, kept by the backend for as long as the input does not change. */
export interface Packed {
  /** Indices into `Program.inputs` of what it is made of. */
  readonly inputs: readonly number[];
  /** The same inputs with the same layout share it. */
  readonly layout: string;
  readonly bytes: number;
  /** Writes it. */
  readonly pack: Emission;
}
