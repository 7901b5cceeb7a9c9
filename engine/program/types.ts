// A program: a flat list of ops over typed values, recorded once, transformed by pure functions, replayed by a backend.
import type { OpAttrs, OpName } from '../ops/names.ts';
import type { TensorType } from '../shape.ts';

/** Index into `Program.values`. */
export type ValueId = number;

/**
 * A value that lies inside another: row r (all axes but the last, flattened) and column c are element offset + r * rowStride + c of
 * `base`, which is no view itself. Dense where rowStride equals the last extent.
 */
export interface View {
  readonly base: ValueId;
  readonly offset: number;
  readonly rowStride: number;
}

export interface Value {
  readonly type: TensorType;
  /** null: it has memory of its own, dense and row-major. The instruction that makes a view costs nothing. */
  readonly view: View | null;
}

export type Instruction = {
  readonly [N in OpName]: {
    readonly op: N;
    readonly inputs: readonly ValueId[];
    readonly outputs: readonly ValueId[];
    readonly attrs: OpAttrs[N];
    /** Number of the checkpointed block it belongs to: recomputed in the backward pass; null: kept. */
    readonly region: number | null;
  };
}[OpName];

export interface Program {
  readonly values: readonly Value[];
  /** Values that each run is given, in order: arguments first, then captured tensors. */
  readonly inputs: readonly ValueId[];
  readonly instructions: readonly Instruction[];
  /** Values that a run hands back. */
  readonly outputs: readonly ValueId[];
  /** Inputs that a run replaces in place, after all else has read them: parameters, moments, caches. */
  readonly updates: readonly { readonly input: ValueId; readonly value: ValueId }[];
}
