// Stores in folders of their own, and events to put into them. Not a test.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, type Store } from '../../memory/store.ts';
import { RustaError } from '../../schemas/errors.ts';
import type { EpisodeEvent } from '../../schemas/types.ts';

export const root = '/home/user/crate';

/** Runs `work` with a new store and the folder it lies in. */
export async function withStore(work: (store: Store, dir: string) => Promise<void> | void): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'rusta-store-'));
  const store = await openStore({ dir });
  try {
    await work(store, dir);
  } finally {
    await store.close();
    rmSync(dir, { recursive: true });
  }
}

export function notice(message: string): EpisodeEvent {
  return { v: 1, type: 'notice', level: 'info', message };
}

export function start(episode: string, crate: string): EpisodeEvent {
  return {
    v: 1,
    type: 'start',
    episode,
    root,
    crate,
    toolchain: 'rustc 1.0.0',
    rusta: '0.0.0',
    options: {},
    subject: {
      kind: 'crate',
      edition: '2021',
      packages: [''],
      isolation: 'trust',
      policy: 'prior',
      has_extras: false,
      has_tests: false,
      check_only: false,
      run_tests: false,
      commit: null,
    },
  };
}

export function end(status: 'fixed' | 'unfixed'): EpisodeEvent {
  return { v: 1, type: 'end', status, reason: 'because' };
}

/** The RustaError that `work` ends with. */
export async function refusal(work: () => unknown): Promise<RustaError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof RustaError) return error;
    throw error;
  }
  throw new Error('accepted what should have been refused');
}
