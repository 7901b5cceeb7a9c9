// Where the known fix stands among the first candidates of a case: by the table alone, and with the byte language model. One
// episode tells both, since the model's part in a score is one feature of it. Nothing is checked but the broken text.

import { weightsInForce } from '../../conductor/policy.ts';
import { CrateState } from '../../conductor/state.ts';
import type { CandidateRecord, EpisodeEvent } from '../../schemas/types.ts';
import type { Case, Texts } from './layout.ts';
import { episodeOver, snapshotOf } from './samples.ts';

export interface Place {
  readonly case: string;
  /** Candidates before the known fix. */
  readonly table: number;
  readonly model: number;
  /** Whether the model was asked. */
  readonly compared: boolean;
  readonly of: number;
}

/** One for each first ranking that holds the known fix; none where no rule makes it. */
export async function placesOf(one: Case, checkpoint: string, signal: AbortSignal): Promise<readonly Place[]> {
  if (one.fixed === null) return [];
  const model = { checkpoint, device: 'wasm', ranks: true, infills: false } as const;
  const { events } = await episodeOver(one, { contract: { candidates: 1 }, model }, signal);
  const start = new CrateState(snapshotOf(one.broken));
  const wanted = folded(one.fixed);
  return firstRankings(events, start.id).flatMap(({ scores, candidates }): Place[] => {
    const right = scores.find(({ candidate }) => {
      const edits = candidates.get(candidate)?.edits;
      return edits !== undefined && makes(start, edits, wanted);
    });
    if (right === undefined) return [];
    const weight = weightsInForce.weights.likelihood ?? 0;
    const byTable = (score: Score): number => score.score - weight * (score.features.likelihood ?? 0);
    const before = (value: (score: Score) => number): number =>
      scores.filter(
        (other) =>
          other !== right &&
          (value(other) > value(right) + 1e-6 ||
            (Math.abs(value(other) - value(right)) <= 1e-6 && other.candidate < right.candidate)),
      ).length;
    return [
      {
        case: one.name,
        table: before(byTable),
        model: before(({ score }) => score),
        compared: scores.some(({ features }) => features.likelihood !== undefined),
        of: scores.length,
      },
    ];
  });
}

type Score = Extract<EpisodeEvent, { type: 'ranking' }>['scores'][number];

/** Of the state that the case starts from, each root cause once, with what the guard found in candidates. */
function firstRankings(
  events: readonly EpisodeEvent[],
  node: string,
): { readonly scores: Score[]; readonly candidates: ReadonlyMap<string, CandidateRecord> }[] {
  const candidates = new Map<string, CandidateRecord>();
  const rankings: { scores: Score[]; candidates: ReadonlyMap<string, CandidateRecord> }[] = [];
  for (const event of events) {
    if (event.type === 'proposal') for (const candidate of event.candidates) candidates.set(candidate.id, candidate);
    if (event.type !== 'ranking' || event.node !== node || event.scores.length === 0) continue;
    const again = rankings.find(({ scores }) =>
      event.scores.every((each) => scores.some(({ candidate }) => candidate === each.candidate)),
    );
    if (again === undefined) rankings.push({ scores: [...event.scores], candidates });
    else
      again.scores = again.scores.map(
        (score) => event.scores.find(({ candidate }) => candidate === score.candidate) ?? score,
      );
  }
  return rankings;
}

function makes(start: CrateState, edits: CandidateRecord['edits'], wanted: ReadonlyMap<string, string>): boolean {
  try {
    const after = start.edited(edits);
    return [...wanted].every(([path, text]) => fold(after.text(path) ?? '') === text);
  } catch {
    return false;
  }
}

function folded(texts: Texts): ReadonlyMap<string, string> {
  const rust = [...texts].filter(([path]) => path.endsWith('.rs'));
  return new Map(rust.map(([path, bytes]) => [path, fold(Buffer.from(bytes).toString('utf8'))]));
}

/** How a fix is laid out is not asked. */
const fold = (text: string): string => text.replace(/\s+/g, ' ').trim();

export interface PlaceFigures {
  readonly rankings: number;
  readonly compared: number;
  readonly first: { readonly table: number; readonly model: number };
  /** Candidates before the known fix, over all. */
  readonly before: { readonly table: number; readonly model: number };
}

export function placeFigures(places: readonly Place[]): PlaceFigures {
  const sum = (value: (place: Place) => number): number => places.reduce((total, place) => total + value(place), 0);
  return {
    rankings: places.length,
    compared: sum(({ compared }) => Number(compared)),
    first: { table: sum(({ table }) => Number(table === 0)), model: sum(({ model }) => Number(model === 0)) },
    before: { table: sum(({ table }) => table), model: sum(({ model }) => model) },
  };
}
