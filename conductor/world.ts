// Everything an episode cannot work out from its own state: files, tools, proposers, a policy, the clock. The live world
// asks them; replay.ts answers from the log. Deciding is episode.ts's work.
import type { ActionBlock, Anchor, Diagnostic, Observation, SubjectFacts } from '../schemas/types.ts';
import type { TestOutcome } from '../tools/cargo/types.ts';
import type { CrateState, Snapshot } from './state.ts';
import type { Candidate, Draft, LessonCount, ProposeInput, Proposer, RankContext } from './types.ts';

/** One tool call over one state of the crate. */
export interface Call {
  readonly action: ActionBlock;
  readonly state: CrateState;
}

/** `data` of a `cargo_check` observation. */
export interface CheckData {
  readonly ok: boolean;
  readonly errors: readonly Diagnostic[];
  /** Errors beyond those listed: a generated file can have thousands. */
  readonly hidden?: number;
  /** With scope `lints`: what is warned of. */
  readonly lints?: readonly Diagnostic[];
  readonly warnings: number;
  /** Of texts without errors: the warnings that speak of values and of what runs. */
  readonly told?: readonly Told[];
  readonly failure: { readonly kind: string; readonly message: string; readonly hint: string } | null;
  /** Ids of the rustc units that can be checked alone, by target name; see `unitFor`. */
  readonly units: readonly UnitId[];
  readonly cargo_runs: number;
}

/** A warning, by its place. */
export interface Told {
  readonly code: string;
  readonly file: string;
  /** Byte offset of its primary span. */
  readonly start: number;
}

export interface UnitId {
  readonly id: string;
  readonly package: string;
  readonly name: string;
  readonly kind: string;
  readonly test: boolean;
}

/** `data` of a `cargo_test` observation. */
export interface TestData {
  readonly built: boolean;
  readonly outcomes: readonly TestOutcome[];
  readonly unlisted: readonly { readonly name: string; readonly code: number | null }[];
  readonly failure: { readonly kind: string; readonly message: string; readonly hint: string } | null;
  readonly cargo_runs: number;
}

/** What the episode is about, known before the first action. */
export interface Subject {
  /** Where the patch's paths start: the workspace root, or the folder of a lone file. */
  readonly root: string;
  /** What the user asked for. */
  readonly crate: string;
  readonly toolchain: string;
  readonly facts: SubjectFacts;
  readonly snapshot: Snapshot;
  readonly lessons: readonly LessonCount[];
}

/** `data` of an `error_page` observation: the error index's page of a code, by its hashes. */
export interface PageData {
  readonly source: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly span_sha256: string;
  /** The rules behind the code, where the documentation is indexed. */
  readonly rules?: readonly Anchor[];
}

/** A policy's score of one candidate, and what it was computed from. */
export interface Judged {
  readonly score: number;
  readonly features: Readonly<Record<string, number>>;
}

export interface World {
  readonly subject: Subject;
  /** Runs calls, several at once where there are workers; answers stand in the order of the calls. */
  perform(calls: readonly Call[]): Promise<readonly Observation[]>;
  /** What a proposer gives for a diagnostic of the node with this id. */
  propose(proposer: Proposer, input: ProposeInput, node: string): Promise<readonly Draft[]>;
  rank(candidates: readonly Candidate[], context: RankContext): Promise<readonly Judged[]>;
  /** The first check is over: from here the time budget counts. */
  startClock(): void;
  /** Milliseconds of the time budget that are used; a replay answers what the log implies. */
  elapsed(): number;
  /** True once the user asked to stop. */
  interrupted(): boolean;
}
