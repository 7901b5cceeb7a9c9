// What the commands need of the rest of the house, loaded when it is needed: starting the program costs nothing of it.
// Tests hand in their own. Holds no decision of its own.
import type { FixRequest } from '../conductor/contract.ts';
import type { ReplayOutcome } from '../conductor/replay.ts';
import type { EpisodeResult } from '../conductor/result.ts';
import type { DevlogEntry, EpisodeEvent, PatchBundle, Status } from '../schemas/types.ts';
import type { Asked } from './device.ts';

export interface EpisodeSummary {
  readonly episode: string;
  readonly root: string;
  /** Milliseconds since the epoch of its first entry. */
  readonly at: number;
  readonly crate: string | null;
  /** null for one that did not end: it is running, or was killed. */
  readonly status: Status | null;
  /** The latest bundle that it made. */
  readonly bundle: string | null;
}

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** One line: what was found. */
  readonly detail: string;
  /** What to do about it; null when there is nothing. */
  readonly remedy: string | null;
  /** False for what `rusta fix` works without. */
  readonly needed: boolean;
}

export interface Running {
  readonly onEvent: (event: EpisodeEvent) => void;
  /** What a long build is at; for display only. */
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
}

/** What ranks candidates, as the settings say. */
export interface RankingChoice {
  readonly policy: string;
  /** The default, or the place where it is set. */
  readonly why: string;
  /** The byte language model's file; null for the one that ships. */
  readonly checkpoint: string | null;
}

export interface Services {
  /** The workspace root that `path` belongs to, or null: a lone file, or nothing that could be one. */
  root(path: string): Promise<string | null>;
  /** Keeps the user's word that the crate at `path` may run without isolation. */
  remember(path: string): Promise<void>;
  fix(request: FixRequest, running: Running): Promise<EpisodeResult>;
  /** Decides an episode again from its log; named by its id or the start of it. */
  replay(episode: string, onEvent: (event: EpisodeEvent) => void): Promise<ReplayOutcome>;
  /**
   * A stored bundle: by id or the start of one, or else the latest, of `cwd`'s workspace if that has any; with `applied`
   * the latest that was written to the user's files.
   */
  bundle(id: string | null, cwd: string, applied?: boolean): Promise<PatchBundle>;
  /** Newest first. */
  episodes(): Promise<readonly EpisodeSummary[]>;
  /** The log of one episode, named by its id or the start of it. */
  entries(episode: string): Promise<readonly DevlogEntry[]>;
  /** Forgets one episode, or all with null; returns how many. */
  purge(episode: string | null): Promise<number>;
  /** Writes the bundle into the user's tree, all or nothing. Returns the files written. */
  apply(bundle: PatchBundle): Promise<readonly string[]>;
  rollback(bundle: PatchBundle): Promise<readonly string[]>;
  /** The bundle as a mail that `git am` takes. */
  mail(bundle: PatchBundle): Promise<string>;
  /**
   * What `rusta fix` needs of this machine, and what the engine runs on; `cwd`'s crate says which toolchain is meant, `chosen` what
   * ranks and why, `asked` the device.
   */
  doctor(cwd: string, chosen: RankingChoice, asked: Asked): Promise<readonly Check[]>;
}
