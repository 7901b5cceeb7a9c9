// What the user did with earlier patches of a workspace, counted by what was repaired and how. Both are hashes of content
// (conductor/habits.ts); weighing the counts is the policy's work.
import { workspaceKey } from './keys.ts';
import type { Database } from './table.ts';

/** How often one kind of repair in one kind of situation was kept, taken back, or passed over for another. */
export interface HabitRecord {
  readonly situation: string;
  readonly shape: string;
  readonly kept: number;
  readonly undone: number;
  readonly refused: number;
}

type Outcome = 'kept' | 'undone' | 'refused';
type Deed = Pick<HabitRecord, 'situation' | 'shape'>;

export interface Habits {
  /** What is taken back no longer counts as kept. One patch counts once, however often it does the same. */
  noteHabits(root: string, deeds: Readonly<Partial<Record<Outcome, readonly Deed[]>>>): Promise<void>;
  /** Counts of one workspace, in a fixed order. */
  habits(root: string): HabitRecord[];
}

export function habits(database: Database): Habits {
  const table = database.table<HabitRecord>('habits');
  return {
    noteHabits(root, deeds) {
      const workspace = workspaceKey(root);
      return database.write(() => {
        for (const outcome of ['kept', 'undone', 'refused'] as const) {
          const keys = new Map(
            deeds[outcome]?.map(({ situation, shape }) => [`${workspace}/${situation}${shape}`, { situation, shape }]),
          );
          for (const [key, deed] of keys) {
            const known = table.get(key) ?? { ...deed, kept: 0, undone: 0, refused: 0 };
            const kept = outcome === 'undone' ? Math.max(0, known.kept - 1) : known.kept;
            table.put(key, { ...known, kept, [outcome]: (outcome === 'kept' ? kept : known[outcome]) + 1 });
          }
        }
      });
    },
    habits: (root) => table.entries(`${workspaceKey(root)}/`).map(({ value }) => value),
  };
}
