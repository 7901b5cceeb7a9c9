// From one diagnostic of one state to a ranked list of candidates: proposers, guard, deduplication, policy. Checking them
// is episode.ts's work.
import { shortHash } from '../schemas/hash.ts';
import type { Diagnostic, Edit, EpisodeEvent, Observation, Tried } from '../schemas/types.ts';
import { common, loadGrammar, SourceFile } from '../tools/index/source.ts';
import { unifiedDiff } from '../tools/patch/diff.ts';
import type { Contract } from './contract.ts';
import { type Inspection, inspect, makesPromises, type Refusal } from './guard.ts';
import { order, type Ranked, type SearchNode, type Stage } from './search.ts';
import type { CrateState } from './state.ts';
import type { Candidate, CandidateFlag, Draft, ProbeRequest, ProposeInput, Proposer } from './types.ts';
import type { Judged, World } from './world.ts';

export interface Proposed {
  readonly ranked: readonly Ranked[];
  /** To be logged before anything of it takes effect. */
  readonly events: readonly EpisodeEvent[];
}

/** Candidates of which the first ones were put before the guard. */
export interface Looked extends Proposed {
  /** What was turned down before anything ran. */
  readonly refused: readonly Tried[];
  /** Bodies a person would have to write, shown instead of guessed. */
  readonly skeletons: readonly { readonly file: string; readonly line: number; readonly text: string }[];
}

export function proposeInput(
  node: SearchNode,
  diagnostic: Diagnostic,
  world: World,
  observations: readonly Observation[],
): ProposeInput {
  const { state, errors } = node;
  return {
    diagnostic,
    errors,
    source: (file) => state.source(file),
    files: state.snapshot.paths,
    observations,
    edition: world.subject.facts.edition,
  };
}

let proposersFor: (diagnostic: Pick<Diagnostic, 'code' | 'class'>) => readonly Proposer[] = () => {
  throw new Error('loadProposers() was not awaited before anything was proposed');
};

/**
 * Loads the grammar and the proposers: many small modules, which a crate that compiles has no use for. Worth beginning while
 * cargo is at work.
 */
export async function loadProposers(): Promise<void> {
  const [made] = await Promise.all([import('./proposers/index.ts'), loadGrammar()]);
  ({ proposersFor } = made);
}

/** The questions worth asking before proposing, each once: every proposer's best, then every proposer's second. */
export function probesFor(input: ProposeInput, most: number): readonly ProbeRequest[] {
  const asked = proposersFor(input.diagnostic).map((proposer) => proposer.probes?.(input) ?? []);
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
  about: About,
  stage: Stage,
  world: World,
  failures: (candidate: Candidate) => number,
): Promise<Proposed> {
  const { node, diagnostic, observations } = about;
  const input = proposeInput(node, diagnostic, world, observations);
  const { state } = node;
  const events: EpisodeEvent[] = [];
  const kept = new Map<string, Candidate>();
  for (const proposer of proposersFor(diagnostic)) {
    if ((proposer.blind === true) !== (stage === 'blind')) continue;
    const drafts = await world.propose(proposer, input, state.id);
    const candidates = drafts.map((draft, order) => candidateOf(proposer.name, draft, order));
    if (candidates.length > 0) {
      events.push({
        v: 1,
        type: 'proposal',
        node: state.id,
        diagnostic: diagnostic.id,
        proposer: proposer.name,
        candidates,
      });
    }
    for (const candidate of candidates) {
      const after = afterwards(candidate, state);
      if (after === null) continue;
      const known = kept.get(after);
      // The same text from two proposers is one candidate; that two thought of it is worth knowing.
      if (known === undefined) kept.set(after, candidate);
      else {
        const agreed = (known.features.agreed ?? 0) + 1;
        // Who knows why a value fits speaks for it, not who filled a placeholder by its type.
        const knows = known.features.applicability === 0 && candidate.features.applicability === undefined;
        if (knows) kept.set(after, { ...candidate, features: { ...candidate.features, agreed } });
        else known.features.agreed = agreed;
      }
    }
  }
  const candidates = [...kept.values()];
  const judged = await judge(about, candidates, world);
  const ranked = candidates
    .map((candidate, index): Ranked => {
      const { flags } = candidate;
      const own = judged.of[index] as Judged;
      return { candidate, flags, reasons: [], looked: false, failed: failures(candidate), ...own };
    })
    .sort(order);
  return { ranked, events: [...events, judged.event] };
}

/** The root cause that candidates are for. */
export interface About {
  readonly node: SearchNode;
  readonly diagnostic: Diagnostic;
  readonly observations: readonly Observation[];
}

async function judge(
  { node, diagnostic, observations }: About,
  candidates: readonly Candidate[],
  world: World,
): Promise<{ readonly of: readonly Judged[]; readonly event: EpisodeEvent }> {
  const { lessons, facts } = world.subject;
  const source = (file: string): SourceFile | null => node.state.source(file);
  const of = await world.rank(candidates, { diagnostic, source, observations, lessons });
  const scores = candidates.map(({ id }, index) => ({ candidate: id, ...(of[index] as Judged) }));
  return { of, event: { v: 1, type: 'ranking', node: node.state.id, policy: facts.policy, scores } };
}

/**
 * Lets the guard look at candidates until the first `count` from `from` on are seen and in their order: what it finds in one
 * changes its rank. All others are left alone, since most are never tried.
 */
export async function look(
  about: About,
  ranked: readonly Ranked[],
  { from, count }: { readonly from: number; readonly count: number },
  world: World,
  contract: Contract,
): Promise<Looked> {
  const { node } = about;
  const refused: Tried[] = [];
  const skeletons: Looked['skeletons'][number][] = [];
  const events: EpisodeEvent[] = [];
  const done = ranked.slice(0, from);
  let rest = ranked.slice(from);
  for (;;) {
    const fresh = rest.filter(
      (one, place) => !one.looked && (place < count || one.candidate.features.skeleton !== undefined),
    );
    if (fresh.length === 0) return { ranked: [...done, ...rest], refused, skeletons, events };
    const seen = new Map<Ranked, Ranked>();
    for (const one of fresh) {
      const { candidate } = one;
      const { refusal, flags, reasons } = lookAt(candidate, node, world, contract);
      if (refusal === null) {
        const all = [...new Set([...ownFlags(candidate, node.state), ...flags])];
        seen.set(one, { ...one, candidate: { ...candidate, flags: all }, flags: all, reasons, looked: true });
        continue;
      }
      const { id, proposer, title } = candidate;
      refused.push({ candidate: id, proposer, title, score: 0, ...refusal });
      if (candidate.features.skeleton !== undefined) skeletons.push(...skeletonOf(candidate, node.state));
    }
    const changed = [...seen]
      .filter(([one, { reasons, flags }]) => reasons.length > 0 || flags.length !== one.flags.length)
      .map(([, now]) => now);
    if (changed.length > 0) {
      const again = await judge(
        about,
        changed.map(({ candidate }) => candidate),
        world,
      );
      events.push(again.event);
      for (const [index, one] of changed.entries()) {
        const before = [...seen].find(([, now]) => now === one)?.[0] as Ranked;
        seen.set(before, { ...one, ...(again.of[index] as Judged) });
      }
    }
    const gone = new Set(fresh);
    rest = [...rest.filter((one) => !gone.has(one)), ...seen.values()].sort(order);
  }
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

/** The id of the state that a candidate makes; null when it changes nothing or its edits do not fit together. */
function afterwards(candidate: Candidate, state: CrateState): string | null {
  try {
    const { id } = state.edited(candidate.edits);
    return id === state.id ? null : id;
  } catch {
    // A file that is not to be edited: the guard says so.
    return candidate.edits.some((edit) => state.text(edit.file) === null) ? candidate.id : null;
  }
}

/** What its proposer says of a candidate; a call of `unwrap` is no invention in a file that unwraps. */
function ownFlags({ flags, edits }: Candidate, state: CrateState): readonly CandidateFlag[] {
  const promise = edits.find(({ text }) => /\.(?:unwrap|expect)\(/.test(text));
  const source = promise === undefined ? null : state.source(promise.file);
  return source !== null && makesPromises(source) ? flags.filter((flag) => flag !== 'invents') : flags;
}

function lookAt(candidate: Candidate, { state, errors }: SearchNode, world: World, contract: Contract): Inspection {
  const outside = candidate.edits.find(({ file }) => state.text(file) === null || !editable(file, world, contract));
  if (outside !== undefined) return outOfBounds(`${outside.file} is out of bounds`);
  const after = state.edited(candidate.edits);
  const byFile = new Map<string, Edit[]>();
  for (const edit of candidate.edits) byFile.set(edit.file, [...(byFile.get(edit.file) ?? []), edit]);
  const flags: CandidateFlag[] = [];
  const reasons: string[] = [];
  for (const [file, edits] of byFile) {
    const before = state.source(file) as SourceFile;
    // Most candidates are never seen again: the tree is the guard's alone.
    const changed = new SourceFile(file, after.text(file) as string, before);
    const looked = inspect(before, changed, edits, errors);
    changed.dispose();
    if (looked.refusal !== null) return looked;
    flags.push(...looked.flags);
    reasons.push(...looked.reasons);
  }
  if (candidate.flags.includes('guesses')) reasons.push('guesses a value among those of its type');
  return { refusal: tooLarge(state, after, contract), flags, reasons };
}

function outOfBounds(detail: string): Inspection {
  return { refusal: { verdict: 'out-of-bounds', detail }, flags: [], reasons: [] };
}

/** Rust files of the packages under repair; build scripts and manifests only when allowed by name. */
function editable(file: string, world: World, contract: Contract): boolean {
  if (contract.allow.includes(file)) return true;
  if (file.split('/').at(-1) === 'build.rs' || !file.endsWith('.rs')) return false;
  return world.subject.facts.packages.some((dir) => dir === '' || file.startsWith(`${dir}/`));
}

function tooLarge(before: CrateState, after: CrateState, contract: Contract): Refusal | null {
  const own = changedLines(before, after);
  if (own > contract.maxLines) {
    return {
      verdict: 'out-of-bounds',
      detail: `changes ${own} lines for one root cause, ${contract.maxLines} are allowed (--max-lines)`,
    };
  }
  return patchTooLarge(after, contract);
}

/** Whether the whole patch that leads to a state is beyond the contract. */
export function patchTooLarge(after: CrateState, contract: Contract): Refusal | null {
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
