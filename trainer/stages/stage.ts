// What a training stage is, as data. The stages themselves are files beside this one; the loop reads them.
import type { ByteLmConfig } from '../../engine/model/config.ts';
import type { Recipe } from '../../engine/optim/recipe.ts';
import type { Schedule } from '../../engine/optim/schedule.ts';
import type { Kind } from '../collate/corpus.ts';

export interface SourceShare {
  readonly kind: Kind;
  /** Share of all windows. */
  readonly weight: number;
  /** Share of its windows that are rewritten for infilling. */
  readonly infill: number;
}

/** One size of a stage: what is trained where. */
export interface StageSize {
  readonly model: ByteLmConfig;
  readonly recipe: Recipe;
  readonly schedule: Schedule;
  /** Windows of a step. */
  readonly batch: number;
  /** Steps of a whole run. */
  readonly steps: number;
  /** Steps between marks. */
  readonly every: { readonly metrics: number; readonly validation: number; readonly checkpoint: number };
  /** Held-out bytes of each kind that a validation reads at most; the evaluation at the end reads all. */
  readonly validationBytes: number;
}

export interface Stage {
  readonly name: string;
  readonly seed: number;
  readonly mixture: readonly SourceShare[];
  /** For a GPU, and for the processor alone. */
  readonly sizes: { readonly full: StageSize; readonly tiny: StageSize };
  /** What a checkpoint has to reach before it ships. */
  readonly gates: {
    /** Bits per byte of held-out crates, and as a share of what xz -9e makes of them. */
    readonly bpb: number;
    readonly ofXz: number;
    /** int8 against f16. */
    readonly int8Loss: number;
    /** Share of function bodies that parse. */
    readonly syntax: number;
    /** Exact matches of held-out lines. */
    readonly infill: number;
    /** Bytes of the int8 file. */
    readonly fileBytes: number;
  };
}
