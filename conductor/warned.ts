// Warnings that come of a change: those in the functions that it touches. A value that goes nowhere, or code that is never
// reached, beside a repair is a sign that another one was meant.
import { enclosing, type SourceFile } from '../tools/index/source.ts';
import { changedRanges } from './coverage.ts';
import type { CrateState } from './state.ts';
import type { Told } from './world.ts';

/** How many of the warnings of a state stand in functions that it changes, or on lines outside of any. */
export function warnedIn(state: CrateState, told: readonly Told[]): number {
  if (told.length === 0) return 0;
  let count = 0;
  for (const [path, text] of state.changed) {
    const own = told.filter(({ file }) => file === path);
    if (own.length === 0) continue;
    const file = state.source(path) as SourceFile;
    const ranges = changedRanges(state.snapshot.texts.get(path) ?? '', text).map((range) => {
      const item = enclosing(file.nodeAt(range), 'function_item');
      return item === null ? range : { start: item.startIndex, end: item.endIndex };
    });
    count += own.filter(({ start }) => {
      const at = file.indexOfByte(start);
      return ranges.some((range) => range.start <= at && at <= range.end);
    }).length;
  }
  return count;
}
