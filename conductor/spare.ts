// A patch that came together step by step, without the parts that it does not need: a later step may have ended the error that an
// earlier one was for. Lines that changed are left out one by one, those of one step together: what a repair changes in several
// places belongs together, whether the compiler needs all of it or not. The compiler says which were needless.

import type { Edit } from '../schemas/types.ts';
import { lineEdits } from '../tools/patch/diff.ts';
import type { SearchNode, Step } from './search.ts';
import { CrateState } from './state.ts';

/** A patch in more separate places than this is left as it is. */
const mostPlaces = 8;

/** The smallest patch found that compiles too; the node itself where all of it is needed. */
export async function spare(
  node: SearchNode,
  compile: (states: readonly CrateState[]) => Promise<readonly boolean[]>,
): Promise<SearchNode> {
  if (node.steps.length < 2) return node;
  const base = new CrateState(node.state.snapshot);
  const places = [...node.state.changed].flatMap(([path, after]) =>
    lineEdits({ path, before: base.text(path) ?? '', after }),
  );
  if (places.length < 2 || places.length > mostPlaces) return node;
  const without = (left: readonly Edit[]): CrateState => base.edited(places.filter((place) => !left.includes(place)));
  const parts = grouped(node.steps, places);
  if (parts.length < 2) return node;
  const needless = await compile(parts.map((part) => without(part)));
  const spares = parts.filter((_, index) => needless[index] === true);
  const [first] = spares;
  if (first === undefined) return node;
  const some = spares.length < parts.length;
  const together = spares.length === 1 || (some && (await compile([without(spares.flat())]))[0] === true);
  const left = together ? spares.flat() : first;
  return {
    ...node,
    state: without(left),
    steps: kept(
      node.steps,
      places.filter((place) => !left.includes(place)),
    ),
  };
}

/** Places with text of the same step, as far as the texts tell. */
function grouped(steps: readonly Step[], places: readonly Edit[]): readonly (readonly Edit[])[] {
  let groups: readonly (readonly Edit[])[] = places.map((place) => [place]);
  for (const { candidate } of steps) {
    const texts = candidate.edits.map(({ text }) => text.trim()).filter((text) => text !== '');
    const own = (group: readonly Edit[]): boolean =>
      group.some((place) => texts.some((text) => place.text.includes(text)));
    const mine = groups.filter(own);
    if (mine.length > 1) groups = [...groups.filter((group) => !own(group)), mine.flat()];
  }
  return groups;
}

/** The steps of which something is left in the places; all where that cannot be told. */
function kept(steps: readonly Step[], places: readonly Edit[]): readonly Step[] {
  const text = places.map((place) => place.text).join('\n');
  const left = steps.filter(({ candidate }) =>
    candidate.edits.some((edit) => edit.text.trim() === '' || text.includes(edit.text.trim())),
  );
  return left.length === 0 ? steps : left;
}
