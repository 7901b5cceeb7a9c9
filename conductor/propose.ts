// From one diagnostic of one state to a ranked list of candidates: proposers, guard, deduplication, policy. Checking them
// is episode.ts's work.
import { shortHash } from '../schemas/hash.ts';
import type { Edit, EpisodeEvent, Observation, Tried } from '../schemas/types.ts';
import { common, SourceFile } from '../tools/index/source.ts';
import { unifiedDiff } from '../tools/patch/diff.ts';
import type { Contract } from './contract.ts';
import { inspect, type Refusal } from './guard.ts';
import type { Ranked, Task } from './search.ts';
import type { CrateState } from './state.ts';
import type { Candidate, CandidateFlag, Draft, ProbeRequest, ProposeInput, Proposer } from './types.ts';
import type { Judged, World } from './world.ts';

export interface Proposed {
  readonly ranked: readonly Ranked[];
  /** What was turned down before anything ran. */
  readonly refused: readonly Tried[];
  /** Bodies a person would have to write, shown instead of guessed. */
  readonly skeletons: readonly { readonly file: string; readonly line: number; readonly text: string }[];
  /** To be logged before anything of it takes effect. */
  readonly events: readonly EpisodeEvent[];
}

export function proposeInput(task: Task, world: World, observations: readonly Observation[]): ProposeInput {
  const { state, errors } = task.node;
  return {
    diagnostic: task.diagnostic,
    errors,
    source: (file) => state.source(file),
    files: state.snapshot.paths,
    observations,
    edition: world.subject.facts.edition,
  };
}

let proposersFor: (code: string | null) => readonly Proposer[] = () => {
  throw new Error('loadProposers() was not awaited before anything was proposed');
};

/** Loads the proposers: many small modules, which a crate that compiles has no use for. */
export async function loadProposers(): Promise<void> {
  ({ proposersFor } = await import('./proposers/index.ts'));
}

/** The questions worth asking before proposing, each once: every proposer's best, then every proposer's second. */
export function probesFor(input: ProposeInput, most: number): readonly ProbeRequest[] {
  const asked = proposersFor(input.diagnostic.code).map((proposer) => proposer.probes?.(input) ?? []);
  const found = new Map<string, ProbeRequest>();
  for (let round = 0; asked.some((requests) => round < requests.length); round += 1) {
    for (const requests of asked) {
      const request = requests[round];
      if (request !== undefined) found.set(JSON.stringify(request), request);
    }
  }
  return [...found.values()].slice(0, most);
}

export async function propose(
  task: Task,
  world: World,
  contract: Contract,
  observations: readonly Observation[],
): Promise<Proposed> {
  const input = proposeInput(task, world, observations);
  const { state } = task.node;
  const events: EpisodeEvent[] = [];
  const refused: Tried[] = [];
  const skeletons: { file: string; line: number; text: string }[] = [];
  const kept = new Map<string, { candidate: Candidate; flags: CandidateFlag[]; reasons: readonly string[] }>();
  for (const proposer of proposersFor(task.diagnostic.code)) {
    const drafts = await world.propose(proposer, input, state.id);
    const candidates = drafts.map((draft, order) => candidateOf(proposer.name, draft, order));
    if (candidates.length > 0) {
      events.push({
        v: 1,
        type: 'proposal',
        node: state.id,
        diagnostic: task.diagnostic.id,
        proposer: proposer.name,
        candidates,
      });
    }
    for (const candidate of candidates) {
      const looked = lookAt(candidate, state, task, world, contract);
      if (looked === null) continue;
      if (looked.refusal !== null) {
        const { verdict, detail } = looked.refusal;
        refused.push({
          candidate: candidate.id,
          proposer: candidate.proposer,
          title: candidate.title,
          score: 0,
          verdict,
          detail,
        });
        if (candidate.features.skeleton !== undefined) skeletons.push(...skeletonOf(candidate, state));
        continue;
      }
      const known = kept.get(looked.after);
      // The same text from two proposers is one candidate; that two thought of it is worth knowing.
      if (known !== undefined) {
        const agreed = (known.candidate.features.agreed ?? 0) + 1;
        if (known.candidate.features.applicability === 0 && candidate.features.applicability === undefined)
          Object.assign(known, { candidate, flags: [...new Set([...candidate.flags, ...looked.flags])] });
        known.candidate.features.agreed = agreed;
      } else
        kept.set(looked.after, {
          candidate,
          flags: [...new Set([...candidate.flags, ...looked.flags])],
          reasons: looked.reasons,
        });
    }
  }
  const list = [...kept.values()].map((entry) => ({ ...entry, candidate: { ...entry.candidate, flags: entry.flags } }));
  const candidates = list.map((entry) => entry.candidate);
  const context = { diagnostic: task.diagnostic, source: input.source, observations, lessons: world.subject.lessons };
  const judged = await world.rank(candidates, context);
  const ranked = list
    .map(
      ({ candidate, flags, reasons }, index): Ranked => ({ candidate, flags, reasons, ...(judged[index] as Judged) }),
    )
    .sort((a, b) => b.score - a.score || (a.candidate.id < b.candidate.id ? -1 : 1));
  events.push({
    v: 1,
    type: 'ranking',
    node: state.id,
    policy: world.subject.facts.policy,
    scores: ranked.map(({ candidate, score, features }) => ({ candidate: candidate.id, score, features })),
  });
  return { ranked, refused, skeletons, events };
}

function candidateOf(proposer: string, draft: Draft, order: number): Candidate {
  const edits = [...draft.edits].sort((a, b) =>
    a.file < b.file ? -1 : a.file > b.file ? 1 : a.start - b.start || a.end - b.end,
  );
  return {
    id: shortHash(...edits.flatMap((edit) => [edit.file, `${edit.start}`, `${edit.end}`, edit.text])),
    proposer,
    title: draft.title,
    edits,
    flags: [...(draft.flags ?? [])],
    features: { ...draft.features, order },
  };
}

interface Look {
  readonly after: string;
  readonly refusal: Refusal | null;
  readonly flags: readonly CandidateFlag[];
  readonly reasons: readonly string[];
}

/** The guard's view of a candidate; null when it changes nothing or its edits do not fit together. */
function lookAt(candidate: Candidate, state: CrateState, task: Task, world: World, contract: Contract): Look | null {
  const outside = candidate.edits.find((edit) => !editable(edit.file, world, contract));
  if (outside !== undefined) {
    return {
      after: candidate.id,
      refusal: { verdict: 'out-of-bounds', detail: `${outside.file} is out of bounds` },
      flags: [],
      reasons: [],
    };
  }
  let after: CrateState;
  try {
    after = state.edited(candidate.edits);
  } catch {
    return null;
  }
  if (after.id === state.id) return null;
  const byFile = new Map<string, Edit[]>();
  for (const edit of candidate.edits) byFile.set(edit.file, [...(byFile.get(edit.file) ?? []), edit]);
  const flags: CandidateFlag[] = [];
  const reasons: string[] = [];
  for (const [file, edits] of byFile) {
    const before = state.source(file) as SourceFile;
    // Most candidates are never seen again: the tree is the guard's alone.
    const changed = new SourceFile(file, after.text(file) as string, before);
    const looked = inspect(before, changed, edits, task.node.errors);
    changed.dispose();
    if (looked.refusal !== null) return { after: after.id, refusal: looked.refusal, flags: [], reasons: [] };
    flags.push(...looked.flags);
    reasons.push(...looked.reasons);
  }
  const refusal = tooLarge(task, after, contract);
  return { after: after.id, refusal, flags, reasons };
}

/** Rust files of the packages under repair; build scripts and manifests only when allowed by name. */
function editable(file: string, world: World, contract: Contract): boolean {
  if (contract.allow.includes(file)) return true;
  if (file.split('/').at(-1) === 'build.rs' || !file.endsWith('.rs')) return false;
  return world.subject.facts.packages.some((dir) => dir === '' || file.startsWith(`${dir}/`));
}

function tooLarge(task: Task, after: CrateState, contract: Contract): Refusal | null {
  const own = changedLines(task.node.state, after);
  if (own > contract.maxLines) {
    return {
      verdict: 'out-of-bounds',
      detail: `changes ${own} lines for one root cause, ${contract.maxLines} are allowed (--max-lines)`,
    };
  }
  const all = changedLines(null, after);
  if (all > contract.maxLines * 10) {
    return {
      verdict: 'out-of-bounds',
      detail: `the patch would change ${all} lines, ${contract.maxLines * 10} are allowed (--max-lines)`,
    };
  }
  if (after.changed.size > contract.maxFiles) {
    return {
      verdict: 'out-of-bounds',
      detail: `the patch would change ${after.changed.size} files, ${contract.maxFiles} are allowed (--max-files)`,
    };
  }
  return null;
}

/** Lines by which `after` differs from `before` (from the snapshot when null): the larger of added and removed, by file. */
export function changedLines(before: CrateState | null, after: CrateState): number {
  let count = 0;
  for (const path of after.changed.keys()) {
    const was = (before === null ? after.snapshot.texts.get(path) : before.text(path)) ?? '';
    const is = after.text(path) ?? '';
    // Whole lines around what differs: all others are in both.
    const { head, tail } = common(was, is);
    const start = head === 0 ? 0 : was.lastIndexOf('\n', head - 1) + 1;
    const end = was.indexOf('\n', was.length - tail);
    const rest = end < 0 ? 0 : was.length - end;
    const old = lineCounts(was.slice(start, was.length - rest));
    const now = lineCounts(is.slice(start, is.length - rest));
    let added = 0;
    let removed = 0;
    for (const [line, n] of now) added += Math.max(0, n - (old.get(line) ?? 0));
    for (const [line, n] of old) removed += Math.max(0, n - (now.get(line) ?? 0));
    count += Math.max(added, removed);
  }
  return count;
}

function lineCounts(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of text.split(/\r?\n|\r$/)) counts.set(line, (counts.get(line) ?? 0) + 1);
  return counts;
}

function skeletonOf(candidate: Candidate, state: CrateState): { file: string; line: number; text: string }[] {
  return candidate.edits.map((edit) => {
    const source = state.source(edit.file);
    const line = source === null ? 1 : source.lineOf(source.indexOfByte(edit.start)) + 1;
    return { file: edit.file, line, text: edit.text.trim() };
  });
}

/** The diff that a candidate makes of a state, for the list of what was tried. */
export function candidateDiff(before: CrateState, after: CrateState): string {
  return unifiedDiff(
    [...after.changed.keys()]
      .filter((path) => before.text(path) !== after.text(path))
      .map((path) => ({ path, before: before.text(path) ?? '', after: after.text(path) ?? '' })),
  );
}
