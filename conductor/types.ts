// The seams inside the conductor: what a proposer is given and gives back, and what ranks it.
import type { CandidateRecord, Diagnostic, Edit, Observation } from '../schemas/types.ts';
import type { SourceFile } from '../tools/index/source.ts';

/** A repair that somebody proposes: byte edits on the state's files. Its id is the hash of its edits. */
export type Candidate = CandidateRecord;

/** Why a candidate can never be more than `unsure`, or is ranked behind all others. */
export type CandidateFlag = CandidateRecord['flags'][number];

/** One state of the search as a proposer sees it. */
export interface ProposeInput {
  readonly diagnostic: Diagnostic;
  /** Every error of this state, roots first. */
  readonly errors: readonly Diagnostic[];
  /** Parsed source by path relative to the workspace root; null when there is no such file. */
  source(file: string): SourceFile | null;
  /** Paths of the Rust files that may be edited in this state, sorted. */
  readonly files: readonly string[];
  /** Answers of the probes made for this diagnostic so far. */
  readonly observations: readonly Observation[];
  readonly edition: string;
  /**
   * What a model would write into a hole: lines without their breaks, the likeliest first. Only where the user asked for
   * it (`--infill`), and there is a model.
   */
  readonly fill?: (prefix: string, suffix: string) => Promise<readonly string[]>;
}

/** A question that pays before proposing; the episode decides within its probe budget. Places are indices of the file's text. */
export type ProbeRequest =
  | {
      readonly kind: 'type';
      readonly file: string;
      readonly start: number;
      readonly end: number;
      /** `type` (the default): of the expression or binding there; `expected`: what its context asks of it. */
      readonly want?: 'type' | 'expected';
    }
  | { readonly kind: 'names'; readonly file: string; readonly at: number };

/** A draft before the episode gives it an id and its common features. */
export interface Draft {
  readonly title: string;
  readonly edits: readonly Edit[];
  readonly flags?: readonly CandidateFlag[];
  /** Readable numbers that ranking may use, by name; see policy.ts for the ones it weighs. */
  readonly features?: Readonly<Record<string, number>>;
}

/** A worked example: documentation, and the proposer's own test. */
export interface Example {
  readonly title: string;
  readonly before: string;
  /** What the crate reads after one of the first `within` candidates (3 by default). */
  readonly after: string;
  readonly edition?: string;
  readonly within?: number;
}

export interface Proposer {
  /** The file's name without its ending. */
  readonly name: string;
  /** Codes it answers; null stands for diagnostics without one; 'any' for all. */
  readonly codes: readonly (string | null)[] | 'any';
  /** True where it knows nothing of the error but its place: it is asked when all others failed. */
  readonly blind?: true;
  /** Probes worth making before `propose`, best first. */
  probes?(input: ProposeInput): readonly ProbeRequest[];
  propose(input: ProposeInput): readonly Draft[] | Promise<readonly Draft[]>;
  readonly examples: readonly Example[];
}

export interface RankContext {
  readonly diagnostic: Diagnostic;
  source(file: string): SourceFile | null;
  readonly observations: readonly Observation[];
  /** What earlier episodes on this crate learned, by proposer and code. */
  readonly lessons: readonly LessonCount[];
}

export interface LessonCount {
  readonly proposer: string;
  readonly code: string | null;
  readonly candidate: string;
  readonly worked: number;
  readonly failed: number;
}

/** Ranks candidates. Deterministic: the same input gives the same scores. */
export interface Policy {
  readonly name: string;
  /** One score a candidate, in its order; higher is better, in log-odds. */
  rank(candidates: readonly Candidate[], context: RankContext): Promise<readonly number[]>;
  /** What a score was computed from, by name: for the log, the bundle and the fit of the weights. */
  explain(candidate: Candidate, context: RankContext): Readonly<Record<string, number>>;
}
