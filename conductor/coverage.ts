// Which tests reach a change: the same crate with a panic at the start of every changed function. A test that passed and
// now fails reaches it. Running the tests is episode.ts's work.
import { enclosing, type SourceFile, type TextRange } from '../tools/index/source.ts';
import { CrateState } from './state.ts';

/**
 * The state to run for coverage, or null when a change lies outside every function body (a declaration bears on
 * everything that compiles against it).
 */
export function reachingState(state: CrateState): CrateState | null {
  const changed = new Map(state.changed);
  for (const [path, text] of state.changed) {
    const file = state.source(path) as SourceFile;
    const bodies = new Set<number>();
    for (const range of changedRanges(state.snapshot.texts.get(path) ?? '', text)) {
      const item = enclosing(file.nodeAt(range), 'function_item');
      const body = item?.childForFieldName('body');
      if (!body || range.start < body.startIndex || range.end > body.endIndex) return null;
      bodies.add(body.startIndex + 1);
    }
    let out = text;
    for (const at of [...bodies].sort((a, b) => b - a)) out = `${out.slice(0, at)} panic!("reached"); ${out.slice(at)}`;
    changed.set(path, out);
  }
  return new CrateState(state.snapshot, changed);
}

/** Ranges of `after`'s lines that differ from `before`, common head and tail of the file left out. */
export function changedRanges(before: string, after: string): TextRange[] {
  const old = new Map<string, number>();
  for (const line of before.split('\n')) old.set(line.trim(), (old.get(line.trim()) ?? 0) + 1);
  const ranges: TextRange[] = [];
  let at = 0;
  for (const line of after.split('\n')) {
    const left = old.get(line.trim()) ?? 0;
    if (left > 0) old.set(line.trim(), left - 1);
    else if (line.trim() !== '')
      ranges.push({ start: at + (line.length - line.trimStart().length), end: at + line.trimEnd().length });
    at += line.length + 1;
  }
  return ranges;
}
