// A patch that came together step by step, without the parts that it does not need: a later step may have ended the error that an
// earlier one was for. Lines that changed are left out one by one; the compiler says which were needless.

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
  const needless = await compile(places.map((place) => without([place])));
  const spares = places.filter((_, index) => needless[index] === true);
  const [first] = spares;
  if (first === undefined) return node;
  const some = spares.length < places.length;
  const together = spares.length === 1 || (some && (await compile([without(spares)]))[0] === true);
  const left = together ? spares : [first];
  return {
    ...node,
    state: without(left),
    steps: kept(
      node.steps,
      places.filter((place) => !left.includes(place)),
    ),
  };
}

/** The steps of which something is left in the places; all where that cannot be told. */
function kept(steps: readonly Step[], places: readonly Edit[]): readonly Step[] {
  const text = places.map((place) => place.text).join('\n');
  const left = steps.filter(({ candidate }) =>
    candidate.edits.some((edit) => edit.text.trim() === '' || text.includes(edit.text.trim())),
  );
  return left.length === 0 ? steps : left;
}
