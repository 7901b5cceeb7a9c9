// The contract of an episode: budgets and guardrails as data, with their defaults. Holding to it is episode.ts's work.
/** What bounds an episode. Every part has a default here, a flag in cli/, and a test that it holds. */
export interface Contract {
  /** Questions asked of the compiler beyond checks of candidates. */
  readonly probes: number;
  /** Candidates whose check is paid for. */
  readonly candidates: number;
  /** Wall time of the search, ms, from the end of the first check. */
  readonly timeMs: number;
  /** Wall time of the first check, ms: a cold build of the dependencies is in it. */
  readonly buildTimeMs: number;
  /** Changed lines (added plus removed) allowed for each root cause; ten times that in all. */
  readonly maxLines: number;
  /** Files that one patch may change. */
  readonly maxFiles: number;
  /** Checks run at the same time. */
  readonly jobs: number;
  /** Tests that failed before or could not run, and are expected to fail after. */
  readonly knownFailing: readonly string[];
  /** Time limit of one test, ms. */
  readonly testTimeMs: number;
  /** Below this confidence a patch that holds is `unsure`: `npm run eval -- fit` prints what each value would claim. */
  readonly unsureBelow: number;
  /** Paths out of bounds by default that the user asked to have in bounds: `build.rs`, `Cargo.toml`. */
  readonly allow: readonly string[];
}

export const defaultContract: Contract = {
  probes: 24,
  candidates: 400,
  timeMs: 60_000,
  buildTimeMs: 600_000,
  maxLines: 10,
  maxFiles: 8,
  jobs: 2,
  knownFailing: [],
  testTimeMs: 10_000,
  unsureBelow: 0.82,
  allow: [],
};

export interface ModelRequest {
  /** An int8 checkpoint. */
  readonly checkpoint: string;
  /** What it computes on, as the engine names it. */
  readonly device: 'auto' | 'webgpu' | 'wasm' | 'reference';
  /** It ranks candidates. */
  readonly ranks: boolean;
  /** It proposes what the error's place might hold, once all else failed. */
  readonly infills: boolean;
}

/** What the user asked for, as cli/ hands it over. */
export interface FixRequest {
  /** A crate's folder, a workspace, or a .rs file. */
  readonly path: string;
  readonly contract: Contract;
  readonly package?: string;
  readonly features: readonly string[];
  readonly target?: string;
  readonly edition?: string;
  readonly toolchain?: string;
  /** Environment variables to pass into the sandbox, by name. */
  readonly env: readonly string[];
  /** Run without isolation, said by the user for this run. */
  readonly trust: boolean;
  /** Fetch missing dependencies first; the only use of the network. */
  readonly fetch: boolean;
  /** Also run the tests of a crate that compiles, and name those that fail. */
  readonly test: boolean;
  /** Stop after Sense: is there anything to fix? */
  readonly checkOnly: boolean;
  /** Repair what is warned of in a crate that compiles, not errors. */
  readonly lints?: boolean;
  /** The byte language model: what of a repair it takes part in, and where its checkpoint lies. Without it the table ranks. */
  readonly model?: ModelRequest;
}
