// The byte language model's part in one fix: the thread is started before anything else is done, so that it loads while cargo
// runs; a checkpoint that cannot be read leaves the fix to the table, and is told.
import type { HabitRecord } from '../../memory/habits.ts';
import type { ModelRequest } from '../contract.ts';
import { PriorPolicy, weightsInForce } from '../policy.ts';
import type { Policy, ProposeInput } from '../types.ts';
import { ByteLmThread, type Model } from './byte-lm.ts';
import { checkHeader } from './checkpoint.ts';
import { ByteLmPolicy } from './policy.ts';

/** Bytes before and after a hole that the model reads, and bytes that it may write. */
const before = 320;
const after = 160;
const mostWritten = 96;
/** Texts for one hole. */
const texts = 4;

export interface Assistant {
  /** Why there is none; null where there is one. */
  readonly missing: string | null;
  policy(habits: readonly HabitRecord[], tell: (warning: string) => Promise<void>): Policy;
  readonly fill: ProposeInput['fill'] | null;
  close(): Promise<void>;
}

export async function assistant(request: ModelRequest): Promise<Assistant> {
  const prior = (habits: readonly HabitRecord[]): Policy => new PriorPolicy(weightsInForce, habits);
  try {
    await checkHeader(request.checkpoint);
  } catch (error) {
    const missing = `no byte language model, candidates are ranked by the table: ${(error as Error).message}`;
    return { missing, policy: prior, fill: null, close: async () => {} };
  }
  const model = new ByteLmThread(request.checkpoint, request.device);
  return {
    missing: null,
    policy: (habits, tell) =>
      request.ranks
        ? new ByteLmPolicy(model, {
            habits,
            onFailure: (why) => tell(`${why}; candidates are ranked by the table from here on`),
          })
        : prior(habits),
    fill: request.infills ? (prefix, suffix) => fill(model, prefix, suffix) : null,
    close: () => model.close(),
  };
}

/** Nothing where the model does not answer: the ranking, or the next hole, tells. */
async function fill(model: Model, prefix: string, suffix: string): Promise<readonly string[]> {
  const hole = {
    prefix: Buffer.from(prefix).subarray(-before),
    suffix: Buffer.from(suffix).subarray(0, after),
    most: mostWritten,
    count: texts,
  };
  return model.fill(hole).catch(() => []);
}
