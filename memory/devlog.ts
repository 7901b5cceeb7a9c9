// The write-ahead log of a workspace's episodes: append-only, numbered, schema-checked both ways. Removing is purge.ts's work.
import { RustaError } from '../schemas/errors.ts';
import type { DevlogEntry, EpisodeEvent, Status } from '../schemas/types.ts';
import { validate } from '../schemas/validate.ts';
import { damaged } from './faults.ts';
import { workspaceKey } from './keys.ts';
import { type Purged, purge } from './purge.ts';
import { type Database, ordinal } from './table.ts';

export interface EpisodeSummary {
  readonly id: string;
  /** When its first entry was written, ms since the epoch. */
  readonly at: number;
  /** From its start event; null when the log does not begin with one. */
  readonly crate: string | null;
  /** From its end event; null while it runs, or when it was cut off. */
  readonly status: Status | null;
  readonly entries: number;
}

export interface Devlog {
  /** Resolves when the events are flushed to disk, in this order, all or none. */
  append(episode: string, events: readonly EpisodeEvent[]): Promise<void>;
  /** Entries of an episode in order; empty when there is none of that name. */
  read(episode: string): DevlogEntry[];
  /** Episodes of this workspace, oldest first. */
  episodes(): EpisodeSummary[];
  /** Removes an episode or all of them, with their bundles and the source texts nothing else refers to. */
  purge(episode: string | 'all'): Promise<Purged>;
}

/** Of one workspace: the last number given. It survives a purge, so that no number is given twice. */
interface Head {
  readonly root: string;
  readonly seq: number;
}

/** Roots of the workspaces that have, or had, a log: sorted. */
export function workspaces(database: Database): string[] {
  return database
    .table<Head>('heads')
    .entries('')
    .map(({ value }) => value.root)
    .sort();
}

export function devlog(database: Database, root: string): Devlog {
  const heads = database.table<Head>('heads');
  const log = database.table<DevlogEntry>('log');
  const index = database.table<EpisodeSummary>('episodes');
  const workspace = workspaceKey(root);
  const where = (episode: string): string => `log of ${root}, episode ${episode}`;

  return {
    async append(episode, events) {
      if (events.length === 0) return;
      await database.write(() => {
        let { seq } = heads.get(workspace) ?? { seq: 0 };
        const at = Date.now();
        const known = index.get(`${workspace}/${episode}`);
        let { crate, status } = known ?? { crate: null, status: null };
        for (const event of events) {
          seq += 1;
          const entry = validate('devlog_entry', { v: 1, seq, at, episode, event }, where(episode));
          log.put(`${workspace}/${episode}/${ordinal(seq)}`, entry);
          if (event.type === 'start') crate = event.crate;
          if (event.type === 'end') status = event.status;
        }
        heads.put(workspace, { root, seq });
        const entries = (known?.entries ?? 0) + events.length;
        index.put(`${workspace}/${episode}`, { id: episode, at: known?.at ?? at, crate, status, entries });
      });
    },
    read(episode) {
      const entries = log
        .entries(`${workspace}/${episode}/`)
        .map(({ key, value }) => checked(database.dir, value, `${where(episode)}, entry ${Number(key.slice(-12))}`));
      const expected = index.get(`${workspace}/${episode}`)?.entries ?? 0;
      if (entries.length !== expected) {
        throw damaged(database.dir, `${where(episode)} has ${entries.length} entries where ${expected} were written`);
      }
      return entries;
    },
    episodes: () =>
      index
        .entries(`${workspace}/`)
        .map(({ value }) => value)
        .sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1)),
    purge: (episode) => purge(database, root, episode),
  };
}

/** An entry as it was written. One of another version is said to be so; anything else that does not fit is damage. */
function checked(dir: string, value: unknown, from: string): DevlogEntry {
  try {
    return validate('devlog_entry', value, from);
  } catch (error) {
    if (error instanceof RustaError && error.code === 'schema-mismatch') throw damaged(dir, error.message, error);
    throw error;
  }
}
