// What repairs a case: the one shape behind `rusta fix` and the baselines. It is handed the broken state alone.
import type { Status } from '../../../schemas/types.ts';
import type { Texts } from '../layout.ts';

/** All that a contender learns of a case. */
export interface Task {
  readonly kind: 'file' | 'crate';
  readonly broken: Texts;
  /** Of a lone file. The baselines are told; `rusta fix` finds it, as it has to for a user. */
  readonly edition: string | null;
}

export interface Attempt {
  /** What it says of itself; a baseline calls whatever compiles `fixed`. */
  readonly status: Status | 'crashed';
  readonly reason: string;
  /** The files as it left them. */
  readonly state: Texts;
  /** The first patch it offers without claiming it (`unsure`); null without one. */
  readonly offered: Texts | null;
  readonly confidence: number | null;
  /** What the confidence was computed from, by name; null without one. */
  readonly evidence: Readonly<Record<string, number>> | null;
  readonly seconds: number;
  readonly cargoRuns: number | null;
  /** Candidates whose check was paid for, in all, and before the one that it ended with. */
  readonly candidates: number | null;
  readonly candidatesBefore: number | null;
  /** Who proposed what it ended with, in order. */
  readonly proposers: readonly string[];
}

export interface Contender {
  readonly name: string;
  /** Changes when its results no longer compare with older ones. */
  readonly version: string;
  /** Never throws for what the case holds. */
  attempt(task: Task, signal: AbortSignal): Promise<Attempt>;
}
