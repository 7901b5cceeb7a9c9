// The repair that `rusta fix` would try first for each root cause, worked out without running anything: its proposers, its
// guard and its ranking over what the check said. Questions that the sources answer are asked; those to the compiler
// are not, so that a repair that needs an answer to one may come second. Proving it is the episode's work.
import type { HabitRecord } from '../memory/habits.ts';
import type { Diagnostic, Observation } from '../schemas/types.ts';
import type { Project } from '../tools/cargo/types.ts';
import { unifiedDiff } from '../tools/patch/diff.ts';
import { actionId } from './actions.ts';
import { defaultContract, type FixRequest } from './contract.ts';
import { readSubject } from './live.ts';
import { PriorPolicy, weightsInForce } from './policy.ts';
import { loadProposers, look, probesFor, propose, proposeInput } from './propose.ts';
import { answerNames, questionAction } from './questions.ts';
import type { Ranked, SearchNode } from './search.ts';
import { CrateState } from './state.ts';
import type { LessonCount } from './types.ts';
import type { World } from './world.ts';

export interface Proposed {
  /** Id of the diagnostic that it is for. */
  readonly diagnostic: string;
  readonly title: string;
  /** Unified diff, paths relative to the workspace root. */
  readonly diff: string;
}

export interface FirstLook {
  readonly project: Project;
  /** What the check said, all of it. */
  readonly errors: readonly Diagnostic[];
  /** The root causes to propose for. */
  readonly about: readonly Diagnostic[];
  readonly lessons: readonly LessonCount[];
  readonly habits: readonly HabitRecord[];
}

/** As many as an episode asks of one root cause. */
const mostQuestions = 4;

/** One repair a root cause at most; none where no proposer has one that the guard lets pass. */
export async function firstRepairs({ project, errors, about, lessons, habits }: FirstLook): Promise<Proposed[]> {
  if (about.length === 0) return [];
  await loadProposers();
  const policy = new PriorPolicy(weightsInForce, habits);
  const given = { isolation: 'trust' as const, policy: policy.name, lessons, commit: null };
  const subject = await readSubject(project, requestFor(project), given);
  const world: Pick<World, 'subject' | 'propose' | 'rank'> = {
    subject,
    propose: async (proposer, input) => proposer.propose(input),
    rank: async (candidates, context) => {
      const scores = await policy.rank(candidates, context);
      return candidates.map((candidate, index) => ({
        score: scores[index] as number,
        features: policy.explain(candidate, context),
      }));
    },
  };
  const state = new CrateState(subject.snapshot);
  const node: SearchNode = {
    state,
    errors,
    steps: [],
    logp: 0,
    stuck: new Set(),
    hopeless: new Set(),
    joined: new Set(),
    guessed: false,
  };
  const found: Proposed[] = [];
  for (const diagnostic of about) {
    const observations = namesAsked(node, diagnostic, world as World);
    const asked = { node, diagnostic, observations };
    const { ranked } = await propose(asked, 'classes', world as World, () => 0);
    const seen = async (some: readonly Ranked[]): Promise<Ranked | undefined> =>
      (await look(asked, some, { from: 0, count: 1 }, world as World, defaultContract)).ranked.find(
        (one) => one.looked,
      );
    const first = (await seen(importsInstead(ranked))) ?? (await seen(ranked));
    if (first === undefined) continue;
    const after = state.edited(first.candidate.edits);
    const diff = unifiedDiff(
      [...after.changed].map(([path, text]) => ({ path, before: state.text(path) ?? '', after: text })),
    );
    if (diff !== '') found.push({ diagnostic: diagnostic.id, title: first.candidate.title, diff });
  }
  return found;
}

/**
 * Where the best one puts another name in the place of the user's (`Hash` for `HashMap`): what imports the very name. An
 * episode has the compiler try both; nothing tells them apart here but that the user wrote the one.
 */
function importsInstead(ranked: readonly Ranked[]): readonly Ranked[] {
  const alike = ({ candidate }: Ranked): number => candidate.features.similarity ?? 1;
  if (ranked[0] === undefined || alike(ranked[0]) >= 1) return [];
  return ranked.filter((one) => alike(one) >= 1 && one.candidate.edits.every(({ text }) => /^\s*use\s/.test(text)));
}

/** The questions that the sources alone answer: which names are in scope. */
function namesAsked(node: SearchNode, diagnostic: Diagnostic, world: World): Observation[] {
  const { state } = node;
  const sources = { files: state.snapshot.paths, source: (file: string) => state.source(file) };
  return probesFor(proposeInput(node, diagnostic, world, []), mostQuestions)
    .filter(({ kind }) => kind === 'names')
    .map((request) => {
      const action = questionAction(request, state.source(request.file), state.id, undefined);
      const data = { ...answerNames(sources, action.args) };
      return { v: 1, action: actionId(action), tool: action.tool, ok: true, elapsed_ms: 0, toolchain: '', data };
    });
}

/** What `rusta fix` would be asked without any flag. */
function requestFor({ asked }: Project): FixRequest {
  return {
    path: asked,
    contract: defaultContract,
    features: [],
    env: [],
    trust: false,
    fetch: false,
    test: false,
    checkOnly: true,
  };
}
