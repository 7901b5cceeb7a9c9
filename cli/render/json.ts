// The last line of `--json`: the result in the names that scripts read. Human output is result.ts's work.
import type { EpisodeResult } from '../../conductor/result.ts';
import { exitCodes, type RustaError } from '../../schemas/errors.ts';
import type { Status, TestCount } from '../../schemas/types.ts';

export interface ResultLine {
  readonly v: 1;
  readonly type: 'result';
  readonly status: Status;
  /** One line: why it ended like this. */
  readonly reason: string;
  readonly episode: string | null;
  readonly bundle_id: string | null;
  /** Unified diff; empty when there is none. */
  readonly diff: string;
  readonly errors_before: number;
  readonly errors_after: number;
  readonly tests_before: TestCount;
  readonly tests_after: TestCount;
  readonly lines_added: number;
  readonly lines_removed: number;
  readonly confidence: number | null;
  readonly cargo_runs: number;
  readonly candidates: number;
  readonly probes: number;
  readonly elapsed_ms: number;
  /** True when the patch was written to the user's files. */
  readonly applied: boolean;
  /** The budget that ended the search, or null. */
  readonly budget: EpisodeResult['budget'];
  readonly risks: readonly string[];
  readonly alternatives: readonly { readonly bundle_id: string; readonly diff: string; readonly confidence: number }[];
  readonly failing_tests: EpisodeResult['failingTests'];
  readonly skeletons: EpisodeResult['skeletons'];
  /** Only with --lints: how many warnings there were, and those that are left. */
  readonly lints?: EpisodeResult['lints'];
  readonly exit_code: number;
  /** Only when it ended with an error. */
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly hint: string | null;
    readonly expected: string | null;
    readonly got: string | null;
  };
}

/** `error`: what went wrong after the episode had its result, such as a file that changed before the patch was applied. */
export function resultLine(
  result: EpisodeResult,
  applied: boolean,
  exitCode: number,
  error: RustaError | null,
): ResultLine {
  const { bundle } = result;
  return {
    v: 1,
    type: 'result',
    status: result.status,
    reason: result.reason,
    episode: result.episode,
    bundle_id: bundle?.id ?? null,
    diff: bundle?.diff ?? '',
    errors_before: result.errorsBefore,
    errors_after: result.errorsAfter,
    tests_before: result.testsBefore,
    tests_after: result.testsAfter,
    lines_added: bundle?.lines_added ?? 0,
    lines_removed: bundle?.lines_removed ?? 0,
    confidence: bundle?.confidence ?? null,
    cargo_runs: result.cargoRuns,
    candidates: result.candidates,
    probes: result.probes,
    elapsed_ms: Math.round(result.elapsedMs),
    applied,
    budget: result.budget,
    risks: bundle?.risks ?? [],
    alternatives: result.alternatives.map(({ id, diff, confidence }) => ({ bundle_id: id, diff, confidence })),
    failing_tests: result.failingTests,
    skeletons: result.skeletons,
    ...(result.lints === undefined ? {} : { lints: result.lints }),
    exit_code: exitCode,
    ...(error ? { error: errorFields(error) } : {}),
  };
}

/** The same line for a run that ended with an error alone: `refused`, since nothing was decided about the crate. */
export function errorResult(error: RustaError): ResultLine {
  const nothing: EpisodeResult = {
    episode: '',
    status: 'refused',
    reason: error.message,
    bundle: null,
    alternatives: [],
    errorsBefore: 0,
    errorsAfter: 0,
    testsBefore: null,
    testsAfter: null,
    cargoRuns: 0,
    candidates: 0,
    probes: 0,
    elapsedMs: 0,
    budget: null,
    failingTests: [],
    skeletons: [],
  };
  return { ...resultLine(nothing, false, exitCodes[error.exit], error), episode: null };
}

function errorFields(error: RustaError): NonNullable<ResultLine['error']> {
  const { code, message, hint = null, expected = null, got = null } = error;
  return { code, message, hint, expected, got };
}
