// What an episode hands back: data that cli/ prints and scripts read.
import type { PatchBundle, Status, TestCount } from '../schemas/types.ts';

export interface FailingTest {
  readonly name: string;
  readonly target: string;
  readonly verdict: string;
  readonly output: string;
}

/** A warning that is left, and why where it has a safe suggestion. */
export interface OpenLint {
  readonly file: string;
  readonly line: number;
  readonly code: string | null;
  readonly message: string;
  readonly why?: string;
}

export interface EpisodeResult {
  readonly episode: string;
  readonly status: Status;
  /** One line: why it ended like this. */
  readonly reason: string;
  /** The patch with its evidence; null when nothing was proposed (clean, refused, unfixed without a candidate). */
  readonly bundle: PatchBundle | null;
  /** Other bundles that also hold, best first: what `unsure` asks about. Stored like `bundle`. */
  readonly alternatives: readonly PatchBundle[];
  readonly errorsBefore: number;
  readonly errorsAfter: number;
  readonly testsBefore: TestCount;
  readonly testsAfter: TestCount;
  readonly cargoRuns: number;
  readonly candidates: number;
  readonly probes: number;
  readonly elapsedMs: number;
  /** The budget that ended the search, if one did. */
  readonly budget: 'time' | 'candidates' | 'probes' | 'interrupted' | null;
  /** With `test` on a crate that compiles: its failing tests. */
  readonly failingTests: readonly FailingTest[];
  /** With `lints`: how many warnings there were, and those that are left. */
  readonly lints?: { readonly before: number; readonly left: readonly OpenLint[] };
  /** Where a body would have to be invented: the skeleton a person can fill in. */
  readonly skeletons: readonly { readonly file: string; readonly line: number; readonly text: string }[];
}
