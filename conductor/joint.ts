// Solves several root causes of one state together: the first candidates of all of them in one check, the second ones in
// another, then those that did their part joined, and what was not needed left out. What fits together is together.ts's.
import type { Diagnostic } from '../schemas/types.ts';
import type { Ranked, SearchNode } from './search.ts';
import type { CrateState } from './state.ts';
import {
  asCandidate,
  didTheirPart,
  freshErrors,
  type Joint,
  join,
  type Part,
  repairsIn,
  standsAt,
} from './together.ts';
import type { Candidate } from './types.ts';

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
  readonly repairs: readonly { readonly ranked: Ranked; readonly diagnostic: Diagnostic }[];
  /** Its share among all that did the same parts, by the ranking's odds. */
  readonly share: number;
}

/** Ranks that are tried: the first candidates of all parts, the second ones, … */
export const ranksTried = 4;
/** A repair may be superfluous because another one ends its error too; for more repairs than this nobody asks. */
const mostLeftOut = 6;

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
  const working = parts.map((): Working[] => []);
  for (const checked of first) {
    const done = did(checked);
    for (const [index, part] of parts.entries()) {
      const ranked = checked.joint.chosen[index] ?? null;
      if (ranked === null) continue;
      if (done[index] === true) working[index]?.push({ ranked, alone: !sideEffects(parts, checked, index, node) });
      else if (checked.errors !== null) failed(part, ranked);
    }
  }
  let [best] = await ask([join(working.map(([one]) => one?.ranked ?? null))]);
  // What does its part beside others need not do it beside these.
  for (let round = 0; best !== undefined && best.errors !== null && round < 2; round += 1) {
    const done = did(best);
    const { chosen } = best.joint;
    if (chosen.every((ranked, index) => ranked === null || done[index] === true)) break;
    [best] = await ask([join(chosen.map((ranked, index) => (done[index] === true ? ranked : null)))]);
  }
  if (best === undefined || best.errors === null || best.joint.edits.length === 0) return null;
  best = await needed(best, ask);
  const { errors, joint } = best;
  if (errors === null) return null;
  const repairs = repairsIn(joint).map((ranked) => {
    const part = parts[joint.chosen.findIndex((one) => one?.candidate.id === ranked.candidate.id)] as Part;
    return { ranked, diagnostic: part.diagnostic };
  });
  const shares = working.map((all, index) => shareOf(joint.chosen[index] ?? null, all));
  return { ...best, errors, repairs, share: Math.min(1, ...shares) };
}

/** A candidate that did its part, and whether nothing but that came of it. */
interface Working {
  readonly ranked: Ranked;
  readonly alone: boolean;
}

/** Whether errors came up that no other part's candidate accounts for. */
function sideEffects(parts: readonly Part[], { joint, errors }: Checked, index: number, node: SearchNode): boolean {
  const others = parts.flatMap((_, other) => (other === index ? [] : (joint.chosen[other]?.candidate.edits ?? [])));
  return freshErrors(joint, node.errors, errors ?? []).some((error) => !standsAt(error, others, joint));
}

/** By the ranking's odds, among the candidates for the same root cause that would do as well. */
function shareOf(chosen: Ranked | null, working: readonly Working[]): number {
  if (chosen === null) return 1;
  const rivals = working.filter(({ ranked, alone }) => ranked !== chosen && alone && !within(ranked, chosen));
  return 1 / rivals.reduce((sum, { ranked }) => sum + Math.exp(ranked.score - chosen.score), 1);
}

/** Whether one does less of the same. */
function within(part: Ranked, whole: Ranked): boolean {
  const edits = new Set(whole.candidate.edits.map((edit) => JSON.stringify(edit)));
  return part.candidate.edits.every((edit) => edits.has(JSON.stringify(edit)));
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
