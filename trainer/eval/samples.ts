// What an episode over a case with hidden tests teaches: for each root cause it worked on, the candidates with their
// features and whether they were on the way to a right repair; for each patch that held, whether it was right. Fitting
// weights to that is fit.ts's work.
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Contract, defaultContract, type FixRequest } from '../../conductor/contract.ts';
import { fix } from '../../conductor/fix.ts';
import { CrateState, Snapshot } from '../../conductor/state.ts';
import { openStore } from '../../memory/store.ts';
import type { CandidateRecord, EpisodeEvent, PatchBundle } from '../../schemas/types.ts';
import { applyByteEdits } from '../../tools/patch/edits.ts';
import type { Facts } from './facts.ts';
import { judgeIn } from './judge.ts';
import { type Case, loneFile, type Texts } from './layout.ts';
import type { CaseRecord } from './record.ts';
import { Workbench, writeTexts } from './workbench.ts';

/** One candidate of one root cause. `right` is null where nobody knows. */
export interface Choice {
  readonly proposer: string;
  readonly features: Readonly<Record<string, number>>;
  readonly right: boolean | null;
}

/** A patch that held, with what its confidence was computed from. */
export interface Held {
  readonly features: Readonly<Record<string, number>>;
  readonly right: boolean;
  /** Whether it is what the episode would claim or offer first. */
  readonly first: boolean;
}

export interface CaseSample {
  readonly case: string;
  readonly group: string;
  /** Root causes that were worked on, in order. */
  readonly tasks: readonly { readonly choices: readonly Choice[] }[];
  readonly held: readonly Held[];
}

/**
 * What a line of `eval cases` tells of the confidence: the repair that it claimed or offered first. Null for a case of the quoting
 * half, which nothing is fitted to.
 */
export function sampleOfRecord(record: CaseRecord): CaseSample | null {
  if (record.half !== 'tuning') return null;
  const { evidence, verdict, offered, status } = record;
  const right = (status === 'fixed' ? verdict : offered)?.right ?? null;
  const held = evidence === null || right === null ? [] : [{ features: evidence, right, first: true }];
  return { case: record.case, group: record.group, tasks: [], held };
}

/** Repairs of one case that are put to the hidden tests: what it offers, then other states that compile. */
const mostJudged = 5;

/** Runs an episode over the case's broken text and judges every state of it that compiles. */
export async function sampleOf(one: Case, facts: Facts, timeMs: number, signal: AbortSignal): Promise<CaseSample> {
  const edition = one.kind === 'file' && facts.edition !== null ? { edition: facts.edition } : {};
  const { events, bundles } = await episodeOver(one, { contract: { timeMs }, ...edition }, signal);
  return read(one, facts, events, bundles, signal);
}

/** An episode over the case's broken text, with a store of its own. */
export async function episodeOver(
  one: Case,
  request: Partial<Omit<FixRequest, 'contract'>> & { readonly contract: Partial<Contract> },
  signal: AbortSignal,
): Promise<{ readonly events: readonly EpisodeEvent[]; readonly bundles: readonly PatchBundle[] }> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'rusta-sample-')));
  const store = await openStore({ dir: join(folder, 'state') });
  const events: EpisodeEvent[] = [];
  try {
    await writeTexts(join(folder, 'work'), one.broken);
    const path = one.kind === 'file' ? join(folder, 'work', loneFile) : join(folder, 'work');
    const result = await fix(
      {
        path,
        features: [],
        env: [],
        trust: false,
        fetch: false,
        test: false,
        checkOnly: false,
        ...request,
        contract: { ...defaultContract, ...request.contract },
      },
      { store, signal, onEvent: (event) => events.push(event) },
    );
    return { events, bundles: [result.bundle, ...result.alternatives].filter((bundle) => bundle !== null) };
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Tried {
  readonly node: string;
  readonly candidate: string;
  readonly verdict: string;
  /** The state it made; null where it was not a step forward. */
  readonly state: CrateState | null;
}

async function read(
  one: Case,
  facts: Facts,
  events: readonly EpisodeEvent[],
  bundles: readonly PatchBundle[],
  signal: AbortSignal,
): Promise<CaseSample> {
  const start = new CrateState(snapshotOf(one.broken));
  const states = new Map([[start.id, start]]);
  const candidates = new Map<string, CandidateRecord>();
  const tried: Tried[] = [];
  for (const event of events) {
    if (event.type === 'proposal') for (const candidate of event.candidates) candidates.set(candidate.id, candidate);
    if (event.type !== 'verdict') continue;
    const forward = event.verdict === 'compiles' || event.verdict === 'progress';
    const edits = candidates.get(event.candidate)?.edits;
    const state = forward && edits !== undefined ? (states.get(event.node)?.edited(edits) ?? null) : null;
    if (state !== null) states.set(state.id, state);
    tried.push({ node: event.node, candidate: event.candidate, verdict: event.verdict, state });
  }
  const offered = bundles.filter(({ status }) => status === 'fixed' || status === 'unsure');
  const patches = offered.map((bundle) => stateOf(bundle, start));
  const right = await judgeAll(one, facts, [...patches, ...completeOf(tried)], signal);
  const known = onTheWay(tried, right);
  for (const [key, right] of partsOfJoints(candidates, known)) known.set(key, right);
  const tasks = rankingsOf(events).map(({ node, features }) => ({
    choices: [...features].map(
      ([candidate, measured]): Choice => ({
        proposer: candidates.get(candidate)?.proposer ?? '',
        features: measured,
        right: known.get(`${node} ${candidate}`) ?? null,
      }),
    ),
  }));
  const held = offered.flatMap((bundle, index): Held[] => {
    const verdict = right.get(patches[index]?.id ?? '');
    return verdict === undefined ? [] : [{ features: bundle.features, right: verdict, first: index === 0 }];
  });
  return { case: one.name, group: one.group, tasks, held };
}

/** The rankings by root cause; where the guard had something to say of a candidate, its features are the later ones. */
function rankingsOf(events: readonly EpisodeEvent[]): { node: string; features: Map<string, Choice['features']> }[] {
  const rankings: { node: string; features: Map<string, Choice['features']> }[] = [];
  for (const event of events) {
    if (event.type !== 'ranking' || event.scores.length === 0) continue;
    const { node, scores } = event;
    const again = rankings.findLast(
      (one) => one.node === node && scores.every(({ candidate }) => one.features.has(candidate)),
    );
    const { features } = again ?? { features: new Map() };
    for (const { candidate, features: measured } of scores) features.set(candidate, measured);
    if (again === undefined) rankings.push({ node, features });
  }
  return rankings;
}

/** `node candidate` → true for what was checked together with others, and right so. */
function partsOfJoints(
  candidates: ReadonlyMap<string, CandidateRecord>,
  known: ReadonlyMap<string, boolean>,
): [string, boolean][] {
  const editsOf = ({ edits }: CandidateRecord): Set<string> => new Set(edits.map((edit) => JSON.stringify(edit)));
  const joints = [...known].flatMap(([key, right]) => {
    const [node = '', id = ''] = key.split(' ');
    const joint = candidates.get(id);
    return right && joint?.proposer === 'together' ? [{ node, joint, edits: editsOf(joint) }] : [];
  });
  const within = (edits: ReadonlySet<string>, whole: ReadonlySet<string>): boolean =>
    edits.size < whole.size && [...edits].every((edit) => whole.has(edit));
  // Where less would have done, what was too much is not credited.
  const least = joints.filter(
    (one) => !joints.some((other) => one.node === other.node && within(other.edits, one.edits)),
  );
  return least.flatMap(({ node, joint, edits }) =>
    [...candidates.values()]
      .filter((one) => one !== joint && within(editsOf(one), edits))
      .map((one): [string, boolean] => [`${node} ${one.id}`, true]),
  );
}

export function snapshotOf(texts: Texts): Snapshot {
  return new Snapshot(
    new Map(
      [...texts]
        .filter(([path]) => path.endsWith('.rs'))
        .map(([path, bytes]) => [path, Buffer.from(bytes).toString('utf8')]),
    ),
  );
}

/** The state that a patch leaves. */
function stateOf({ files }: PatchBundle, { snapshot }: CrateState): CrateState {
  return new CrateState(
    snapshot,
    new Map(
      files.map(({ path, edits }) => {
        const before = Buffer.from(snapshot.texts.get(path) ?? '');
        return [path, Buffer.from(applyByteEdits(before, edits)).toString('utf8')];
      }),
    ),
  );
}

function completeOf(tried: readonly Tried[]): CrateState[] {
  return tried.flatMap(({ verdict, state }) => (verdict === 'compiles' && state !== null ? [state] : []));
}

/** State id → whether the hidden tests pass, for the states that compile. */
async function judgeAll(
  one: Case,
  facts: Facts,
  states: readonly CrateState[],
  signal: AbortSignal,
): Promise<Map<string, boolean>> {
  const right = new Map<string, boolean>();
  const complete = [...new Map(states.map((state) => [state.id, state])).values()].slice(0, mostJudged);
  if (complete.length === 0) return right;
  const edition = facts.edition === null ? {} : { edition: facts.edition };
  const bench = await Workbench.open(one.kind, one.broken, { signal, ...edition });
  try {
    for (const state of complete) {
      const texts = new Map([...one.broken, ...state.overlay()]);
      const verdict = await judgeIn(bench, one, facts, texts);
      if (verdict.right !== null) right.set(state.id, verdict.right);
    }
  } finally {
    await bench.close();
  }
  return right;
}

/** `node candidate` → true on a way to a right state, false where it led to nothing or to wrong ones only. */
function onTheWay(tried: readonly Tried[], right: ReadonlyMap<string, boolean>): Map<string, boolean> {
  const known = new Map<string, boolean>();
  // Later attempts start from what earlier ones made: backwards, what follows a state is known before it.
  const reaches = new Map<string, boolean>();
  for (const { node, candidate, verdict, state } of [...tried].reverse()) {
    const key = `${node} ${candidate}`;
    if (state === null) {
      if (verdict !== 'timeout') known.set(key, false);
      continue;
    }
    const judged = verdict === 'compiles' ? right.get(state.id) : reaches.get(state.id);
    if (judged === undefined) continue;
    known.set(key, judged);
    reaches.set(node, (reaches.get(node) ?? false) || judged);
  }
  return known;
}
