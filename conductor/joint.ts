// Solves several root causes of one state together: the first candidates of all of them in one check, the second ones in
// another, then those that did their part joined, and what was not needed left out. What fits together is together.ts's.
import type { Diagnostic } from '../schemas/types.ts';
import { phaseOf } from '../tools/cargo/causes.ts';
import { belongs } from './recorder.ts';
import { closeness } from './rivals.ts';
import { type Ranked, type SearchNode, type Step, unjoined } from './search.ts';
import type { CrateState } from './state.ts';
import { asCandidate, didTheirPart, independent, type Joint, join, type Part, repairsIn } from './together.ts';
import type { Candidate } from './types.ts';
import type { UnitId } from './world.ts';

/** A patch that was checked. */
export interface Checked {
  readonly joint: Joint;
  readonly candidate: Candidate;
  readonly state: CrateState;
  /** null where the check did not end. */
  readonly errors: readonly Diagnostic[] | null;
}

export interface Solved extends Checked {
  readonly errors: readonly Diagnostic[];
  /** The repairs it is made of, each with the root cause that it is for. */
  readonly steps: readonly Step[];
}

/** Root causes that are solved together, and of those the ones where the text does not parse: most of these are one. */
const mostTogether = 8;
const mostUnparsed = 3;
/** Ranks that are tried: the first candidates of all parts, the second ones, … */
export const ranksTried = 4;
/** A repair may be superfluous because another one ends its error too; for more repairs than this nobody asks. */
const mostLeftOut = 6;

/** The root causes of a state that may be solved together: of one unit, not tried so before, and independent. */
export function solvedTogether(node: SearchNode, unit: UnitId | null): readonly Diagnostic[] {
  const able = unjoined(node).filter((error) => unit === null || belongs(error, unit));
  const apart = independent(able, (file) => node.state.source(file));
  const unparsed = apart.filter((error) => phaseOf(error) === 'parse').slice(0, mostUnparsed);
  return apart.filter((error) => phaseOf(error) !== 'parse' || unparsed.includes(error)).slice(0, mostTogether);
}

/**
 * Null where no two parts can be solved together. `check` answers in the order of what it is given; `failed` is told which
 * candidates did not do their part.
 */
export async function solveTogether(
  node: SearchNode,
  parts: readonly Part[],
  check: (joints: readonly Omit<Checked, 'errors'>[]) => Promise<readonly (readonly Diagnostic[] | null)[]>,
  failed: (part: Part, ranked: Ranked) => void,
): Promise<Solved | null> {
  const made = (joint: Joint): Omit<Checked, 'errors'> => ({
    joint,
    candidate: asCandidate(joint),
    state: node.state.edited(joint.edits),
  });
  const asked = new Map<string, Checked>();
  const ask = async (joints: readonly Joint[]): Promise<Checked[]> => {
    const all = joints.map(made);
    const fresh = [...new Map(all.map((one) => [one.state.id, one])).values()].filter(
      ({ state }) => !asked.has(state.id) && state.id !== node.state.id,
    );
    const answers = await check(fresh);
    for (const [index, one] of fresh.entries()) asked.set(one.state.id, { ...one, errors: answers[index] ?? null });
    return all.map((one) => ({ ...one, errors: asked.get(one.state.id)?.errors ?? null }));
  };
  const did = ({ joint, errors }: Checked): readonly boolean[] =>
    errors === null ? parts.map(() => false) : didTheirPart(parts, joint, node.errors, errors);

  const ranks = Array.from({ length: ranksTried }, (_, rank) => join(parts.map(({ ranked }) => ranked[rank] ?? null)));
  const first = await ask(ranks.filter((joint) => joint.edits.length > 0));
  const working = parts.map((): Ranked[] => []);
  for (const checked of first) {
    const done = did(checked);
    for (const [index, part] of parts.entries()) {
      const ranked = checked.joint.chosen[index] ?? null;
      if (ranked === null) continue;
      if (done[index] === true) working[index]?.push(ranked);
      else if (checked.errors !== null) failed(part, ranked);
    }
  }
  let [best] = await ask([join(working.map(([ranked]) => ranked ?? null))]);
  // What does its part beside others need not do it beside these.
  for (let round = 0; best !== undefined && best.errors !== null && round < 2; round += 1) {
    const done = did(best);
    const { chosen } = best.joint;
    if (chosen.every((ranked, index) => ranked === null || done[index] === true)) break;
    [best] = await ask([join(chosen.map((ranked, index) => (done[index] === true ? ranked : null)))]);
  }
  // One of those tried first may compile where what worked of all of them, put together, does not.
  if (best?.errors?.length !== 0) {
    const held = first.find(({ errors: left }) => left?.length === 0);
    best = held === undefined ? best : await better(held, working, ask);
  }
  if (best === undefined || best.errors === null || best.joint.edits.length === 0) return null;
  best = await needed(best, ask);
  const { errors, joint } = best;
  if (errors === null) return null;
  const steps = repairsIn(joint).map((ranked): Step => {
    const index = joint.chosen.findIndex((one) => one?.candidate.id === ranked.candidate.id);
    const { diagnostic, ranked: all } = parts[index] as Part;
    const { candidate, score, features, reasons } = ranked;
    const held = working[index] ?? [];
    const failed = all.slice(0, ranksTried).filter((one) => !held.includes(one) && one.score >= score - closeness);
    const rivalry = { share: 1, beaten: failed.length };
    return { candidate, diagnostic, score, features, reasons, rivalry };
  });
  return { ...best, errors, steps };
}

/**
 * What compiles, with the likelier repair of a part wherever one did its part beside others: it may hold here as well, and it was only
 * by their rank that these came together.
 */
async function better(
  held: Checked,
  working: readonly (readonly Ranked[])[],
  ask: (joints: readonly Joint[]) => Promise<Checked[]>,
): Promise<Checked> {
  let best = held;
  for (const [index, [likelier]] of working.entries()) {
    const own = best.joint.chosen[index] ?? null;
    if (likelier === undefined || own === null || likelier.score <= own.score) continue;
    const chosen = best.joint.chosen.map((ranked, place) => (place === index ? likelier : ranked));
    const [tried] = await ask([join(chosen)]);
    if (tried?.errors?.length === 0 && tried.joint.chosen[index] === likelier) best = tried;
  }
  return best;
}

/** The same without the repairs that make no difference. */
async function needed(best: Checked, ask: (joints: readonly Joint[]) => Promise<Checked[]>): Promise<Checked> {
  const repairs = repairsIn(best.joint);
  if (repairs.length < 2 || repairs.length > mostLeftOut) return best;
  const without = (left: readonly Ranked[]): Joint => {
    const ids = new Set(left.map(({ candidate }) => candidate.id));
    return join(best.joint.chosen.map((ranked) => (ranked === null || ids.has(ranked.candidate.id) ? null : ranked)));
  };
  const fewer = await ask(repairs.map((ranked) => without([ranked])));
  const spare = repairs.filter((_, index) => equal(fewer[index] as Checked, best)).sort((a, b) => a.score - b.score);
  if (spare.length === 0) return best;
  const [all] = spare.length < repairs.length ? await ask([without(spare)]) : [];
  if (all !== undefined && equal(all, best)) return all;
  return fewer[repairs.indexOf(spare[0] as Ranked)] as Checked;
}

/** Whether the compiler says the same of both. */
function equal(a: Checked, b: Checked): boolean {
  const ids = ({ errors }: Checked): string | null => errors?.map((error) => error.id).join(' ') ?? null;
  return ids(a) !== null && ids(a) === ids(b);
}
