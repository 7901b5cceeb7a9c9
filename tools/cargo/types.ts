// What the rest of the tree knows of cargo: a located project, what a check said, what the tests did.
import type { CargoTarget, Diagnostic } from '../../schemas/types.ts';
import type { Toolchain } from '../sandbox/types.ts';

export interface Package {
  readonly name: string;
  /** Relative to the workspace root, '' for the root itself. */
  readonly dir: string;
  readonly edition: string;
  /** Whether it has a library target (cargo refuses `--lib` where no package has one). */
  readonly lib: boolean;
}

/** A crate or workspace found by reading files only: no cargo, rustc or rustup was started in it. */
export interface Project {
  /** `file` for a lone .rs file wrapped in a scratch crate. */
  readonly kind: 'crate' | 'file';
  /** Canonical path of the workspace root (of the scratch crate for a lone file). */
  readonly root: string;
  /** What the user named, canonical. */
  readonly asked: string;
  /** For a lone file: its canonical path, and its path inside the scratch crate. */
  readonly file?: { readonly path: string; readonly inside: string };
  /** The packages to repair: the one asked for, or all members. */
  readonly packages: readonly Package[];
  readonly pathDependencies: readonly string[];
  /** The Cargo.lock that cargo would make, where that is plain without asking it. */
  readonly lock?: string;
  readonly toolchain: Toolchain;
}

export interface ProjectOptions {
  readonly package?: string;
  readonly features?: readonly string[];
  readonly target?: string;
  readonly edition?: string;
  readonly toolchain?: string;
}

/** How a crate's own compile was started by cargo, so that it can be repeated without cargo. */
export interface RustcUnit {
  readonly target: CargoTarget;
  /** True for the unit built with `--test`. */
  readonly test: boolean;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/**
 * `all`: lib, bins, tests with `--keep-going`; `wide`: benches and examples too;
 * `unit`: rustc alone on one unit, metadata only (the fastest sound check); `lints`: `all` with clippy's lints where
 * clippy is installed.
 */
export type CheckScope = 'all' | 'wide' | 'unit' | 'lints' | 'built';

export type CheckFailure =
  | 'manifest'
  | 'needs-network'
  | 'timeout'
  | 'limit'
  | 'cancelled'
  | 'build-script'
  | 'toolchain'
  | 'dependency'
  | 'unknown';

export interface CheckResult {
  /** True when it compiled: no error in scope. */
  readonly ok: boolean;
  /** Errors first, roots before followers; warnings after. One entry for an error seen in several targets. */
  readonly diagnostics: readonly Diagnostic[];
  /** Why there are no usable diagnostics, when the build could not run. */
  readonly failure: { readonly kind: CheckFailure; readonly message: string; readonly hint: string } | null;
  /** The units of the packages under repair, known after a scope other than `unit`. */
  readonly units: readonly RustcUnit[];
  readonly ms: number;
  readonly cargoRuns: number;
}

export type TestVerdict =
  | 'passed'
  | 'failed'
  | 'ignored'
  /** Still running at its time limit. */
  | 'hung'
  /** Listed, but it ended well without a result line, or the line and the exit status disagree (a crash is `failed`). */
  | 'unproved';

export interface TestOutcome {
  readonly target: CargoTarget;
  readonly name: string;
  readonly verdict: TestVerdict;
  readonly ms: number;
  /** The end of what a failing test printed, bounded. */
  readonly output: string;
}

export interface TestReport {
  /** False when the test targets did not compile; `outcomes` is then empty. */
  readonly built: boolean;
  readonly diagnostics: readonly Diagnostic[];
  readonly outcomes: readonly TestOutcome[];
  /** Targets with `harness = false`: only their exit status is known. */
  readonly unlisted: readonly { readonly target: CargoTarget; readonly code: number | null }[];
  readonly failure: CheckResult['failure'];
  readonly ms: number;
  readonly cargoRuns: number;
}
