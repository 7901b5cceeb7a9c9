// Replays an episode's decisions from its log: no cargo, no proposer, no clock. What tools and models answered is read
// back; what was decided from it is decided again, and must come out the same.
import type { Blobs } from '../memory/blobs.ts';
import { RustaError } from '../schemas/errors.ts';
import type { DevlogEntry, EpisodeEvent, Observation } from '../schemas/types.ts';
import { loadGrammar } from '../tools/index/source.ts';
import { actionId } from './actions.ts';
import { type Contract, defaultContract } from './contract.ts';
import { Episode } from './episode.ts';
import { version } from './fix.ts';
import { LintEpisode } from './lints.ts';
import { Snapshot } from './state.ts';
import type { Candidate, Draft, ProposeInput, Proposer } from './types.ts';
import type { Call, Judged, Subject, World } from './world.ts';

export interface ReplayOutcome {
  readonly episode: string;
  /** True when the decisions led to the same bundle, or to none as before. */
  readonly same: boolean;
  readonly logged: string | null;
  readonly replayed: string | null;
  /** The first difference, one line; null when there is none. */
  readonly difference: string | null;
}

type EventOf<T extends EpisodeEvent['type']> = Extract<EpisodeEvent, { type: T }>;

class LoggedWorld implements World {
  readonly subject: Subject;
  private readonly observations = new Map<string, Observation>();
  private readonly proposals = new Map<string, EventOf<'proposal'>>();
  private readonly rankings: Map<string, Judged>[] = [];
  private readonly budgets: readonly EventOf<'budget'>[];
  private ranked = 0;
  private plans = 0;
  private readonly planOfBudget: number;

  constructor(subject: Subject, events: readonly EpisodeEvent[]) {
    this.subject = subject;
    this.budgets = ofType(events, 'budget');
    for (const { observation } of ofType(events, 'observation')) this.observations.set(observation.action, observation);
    for (const event of ofType(events, 'proposal'))
      this.proposals.set(`${event.node} ${event.diagnostic} ${event.proposer}`, event);
    for (const event of ofType(events, 'ranking'))
      this.rankings.push(new Map(event.scores.map(({ candidate, ...judged }) => [candidate, judged])));
    const at = events.findIndex((event) => event.type === 'budget');
    this.planOfBudget =
      at < 0
        ? Number.POSITIVE_INFINITY
        : ofType(events.slice(0, at), 'state').filter((event) => event.to === 'Plan').length;
  }

  async perform(calls: readonly Call[]): Promise<readonly Observation[]> {
    return calls.map(({ action }) => {
      const found = this.observations.get(actionId(action));
      if (found === undefined)
        throw new RustaError(`the log has no answer to \`${action.tool}\``, {
          code: 'replay-diverged',
          op: 'replay',
          hint: 'the decisions differ from those that were logged',
        });
      return found;
    });
  }

  async propose(proposer: Proposer, input: ProposeInput, node: string): Promise<readonly Draft[]> {
    const event = this.proposals.get(`${node} ${input.diagnostic.id} ${proposer.name}`);
    return (
      event?.candidates.map(({ title, edits, flags, features: { order: _, ...features } }) => ({
        title,
        edits,
        flags,
        features,
      })) ?? []
    );
  }

  async rank(candidates: readonly Candidate[]): Promise<readonly Judged[]> {
    const scores = this.rankings[this.ranked];
    this.ranked += 1;
    return candidates.map(({ id }) => {
      const score = scores?.get(id);
      if (score === undefined)
        throw new RustaError(`the log does not rank candidate ${id}`, { code: 'replay-diverged', op: 'replay' });
      return score;
    });
  }

  startClock(): void {}

  /** The time budget ended the search at the Plan at which it did when it was logged. */
  elapsed(): number {
    this.plans += 1;
    return this.budget('time') && this.plans >= this.planOfBudget ? Number.POSITIVE_INFINITY : 0;
  }

  interrupted(): boolean {
    return this.budget('interrupted') && this.plans + 1 >= this.planOfBudget;
  }

  private budget(name: string): boolean {
    return this.budgets.some((event) => event.budget === name);
  }
}

/**
 * Replays the episode that `entries` are the log of; `store` holds its source texts.
 * Throws RustaError for a log of another version, one without an end, and one whose texts were purged.
 */
export async function replay(
  entries: readonly DevlogEntry[],
  store: Blobs,
  onEvent: (event: EpisodeEvent) => void,
): Promise<ReplayOutcome> {
  await loadGrammar();
  const episode = entries[0]?.episode ?? '';
  const events = entries.map((entry) => entry.event);
  const [start] = ofType(events, 'start');
  const [sense] = ofType(events, 'sense');
  if (start === undefined)
    throw new RustaError('the log does not begin with a start', {
      code: 'replay-unfinished',
      op: 'replay',
      exit: 'usage',
      hint: 'rusta log lists the episodes',
    });
  if (start.rusta !== version()) {
    throw new RustaError(`episode ${episode} was written by rusta ${start.rusta}, this is ${version()}`, {
      code: 'replay-version',
      op: 'replay',
      exit: 'usage',
      expected: version(),
      got: start.rusta,
    });
  }
  const logged = ofType(events, 'bundle').at(-1)?.bundle ?? null;
  const end = ofType(events, 'end')[0];
  if (end === undefined)
    throw new RustaError(`episode ${episode} did not end: there is nothing to compare with`, {
      code: 'replay-unfinished',
      op: 'replay',
      exit: 'usage',
    });
  const texts = new Map(Object.entries(sense?.files ?? {}).map(([path, hash]) => [path, textOf(store, path, hash)]));
  const contract = { ...defaultContract, ...start.options } as Contract;
  const { root, crate, toolchain, subject: facts } = start;
  const subject: Subject = { root, crate, toolchain, facts, snapshot: new Snapshot(texts), lessons: [] };
  const world = new LoggedWorld(subject, events);
  const replayed: EpisodeEvent[] = [];
  const run = new (facts.lints === true ? LintEpisode : Episode)(
    world,
    {
      async append(list) {
        for (const event of list) {
          replayed.push(event);
          onEvent(event);
        }
      },
    },
    { id: episode, rusta: start.rusta, contract, prepare: async () => [], remember: async () => {} },
  );
  let difference: string | null = null;
  let result: Awaited<ReturnType<Episode['run']>> | null = null;
  try {
    result = await run.run();
  } catch (error) {
    if (!(error instanceof RustaError && error.code === 'replay-diverged')) throw error;
    difference = error.message;
  }
  if (difference === null) difference = firstDifference(events, replayed);
  const id = result?.bundle?.id ?? null;
  return {
    episode,
    same: difference === null && id === (logged?.id ?? null),
    logged: logged?.id ?? null,
    replayed: id,
    difference,
  };
}

function textOf(store: Blobs, path: string, hash: string): string {
  const bytes = store.getBlob(hash);
  if (bytes === undefined)
    throw new RustaError(`the text of ${path} is no longer stored`, {
      code: 'replay-purged',
      op: 'replay',
      exit: 'usage',
      hint: 'rusta log purge removes it',
    });
  return Buffer.from(bytes).toString('utf8');
}

/** Decisions are compared, not answers: state changes, verdicts and the end. */
function firstDifference(logged: readonly EpisodeEvent[], replayed: readonly EpisodeEvent[]): string | null {
  const decisions = (events: readonly EpisodeEvent[]): string[] =>
    events.flatMap((event) => {
      if (event.type === 'state') return [`${event.from} → ${event.to}`];
      if (event.type === 'verdict') return [`${event.candidate}: ${event.verdict}`];
      return event.type === 'end' ? [event.status] : [];
    });
  const was = decisions(logged);
  const is = decisions(replayed);
  for (let index = 0; index < Math.max(was.length, is.length); index += 1) {
    if (was[index] !== is[index])
      return `decision ${index + 1}: logged ${was[index] ?? 'nothing'}, replayed ${is[index] ?? 'nothing'}`;
  }
  return null;
}

function ofType<T extends EpisodeEvent['type']>(events: readonly EpisodeEvent[], type: T): EventOf<T>[] {
  return events.filter((event): event is EventOf<T> => event.type === type);
}
