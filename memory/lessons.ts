// What earlier episodes learned on a workspace, counted. Weighing it is the policy's work.
import { shortHash } from '../schemas/hash.ts';
import type { ReflectionEvent } from '../schemas/types.ts';
import { workspaceKey } from './keys.ts';
import type { Database } from './table.ts';

/** How often one candidate (by content) of one proposer worked and failed against a code. */
export interface LessonRecord {
  readonly proposer: string;
  readonly code: string | null;
  readonly candidate: string;
  readonly worked: number;
  readonly failed: number;
}

export interface Lessons {
  recordLessons(root: string, reflection: ReflectionEvent): Promise<void>;
  /** Counts by proposer, code and candidate, in a fixed order. */
  lessons(root: string): LessonRecord[];
}

export function lessons(database: Database): Lessons {
  const table = database.table<LessonRecord>('lessons');
  return {
    recordLessons(root, reflection) {
      const workspace = workspaceKey(root);
      return database.write(() => {
        for (const outcome of ['worked', 'failed'] as const) {
          for (const { proposer, code, candidate } of reflection[outcome]) {
            const key = `${workspace}/${shortHash(proposer, JSON.stringify(code), candidate)}`;
            const known = table.get(key) ?? { proposer, code, candidate, worked: 0, failed: 0 };
            table.put(key, { ...known, [outcome]: known[outcome] + 1 });
          }
        }
      });
    },
    lessons: (root) => table.entries(`${workspaceKey(root)}/`).map(({ value }) => value),
  };
}
