// Golden episodes: what a recorded episode started from and ended with, as a case that a later version is held to. Pure.
import { RustaError } from '../../schemas/errors.ts';
import { sha256 } from '../../schemas/hash.ts';
import type { DevlogEntry, Diagnostic, EpisodeEvent, GoldenEntry, PatchBundle } from '../../schemas/types.ts';
import type { Attempt } from './contenders/contender.ts';
import { loneFile, type Texts } from './layout.ts';

/** Lines by which a repair may be longer or shorter than the recorded one. */
export const lineTolerance = 2;

export interface GoldenCase {
  readonly kind: 'file' | 'crate';
  readonly texts: Texts;
  readonly golden: GoldenEntry;
}

type EventOf<T extends EpisodeEvent['type']> = Extract<EpisodeEvent, { type: T }>;

/**
 * The case of an episode out of its log. `blob` gives the texts by hash; `beside` are the crate's files that the log does not
 * hold, such as its manifest. Throws RustaError (`usage`) for an episode that did not end, or whose texts were purged.
 */
export function goldenOf(
  entries: readonly DevlogEntry[],
  blob: (hash: string) => Uint8Array | undefined,
  beside: Texts,
): GoldenCase {
  const events = entries.map(({ event }) => event);
  const start = first(events, 'start');
  const sense = first(events, 'sense');
  const end = first(events, 'end');
  if (start === undefined || sense === undefined || end === undefined) throw refuse('the episode did not end in order');
  const texts = new Map(start.subject.kind === 'file' ? [] : beside);
  for (const [path, hash] of Object.entries(sense.files)) {
    const bytes = blob(hash);
    if (bytes === undefined) throw refuse(`the text of ${path} is no longer stored`);
    texts.set(start.subject.kind === 'file' ? loneFile : path, bytes);
  }
  const bundle = events.filter((event): event is EventOf<'bundle'> => event.type === 'bundle').at(-1)?.bundle;
  const { kind } = start.subject;
  const golden: GoldenEntry = {
    v: 1,
    episode: start.episode,
    status: end.status,
    lines: bundle === undefined ? 0 : bundle.lines_added + bundle.lines_removed,
    classes: classesOf(sense.errors, bundle),
    snapshot: Object.fromEntries([...texts].map(([path, bytes]) => [path, sha256(bytes)])),
    actions: actionsOf(events),
    anchors: [...(bundle?.anchors ?? [])],
    patch: bundle === undefined ? null : { diff: bundle.diff, files: [...bundle.files] },
    tests: { before: bundle?.tests_before ?? null, after: bundle?.tests_after ?? null },
    reflection: reflectionOf(events),
  };
  return { kind, texts, golden };
}

/** Kinds of the errors that were there, those that a patch repairs first. */
function classesOf(diagnostics: readonly Diagnostic[], bundle: PatchBundle | undefined): GoldenEntry['classes'] {
  const repaired = new Set(bundle?.fixes.map(({ message }) => message) ?? []);
  const first = diagnostics.filter(({ message }) => repaired.has(message));
  return [...new Set((first.length > 0 ? first : diagnostics).map((one) => one.class))];
}

/** What was done, in order, and whether it answered. */
function actionsOf(events: readonly EpisodeEvent[]): GoldenEntry['actions'] {
  const answers = new Map(
    events.flatMap((event) =>
      event.type === 'observation' ? [[event.observation.action, event.observation] as const] : [],
    ),
  );
  return events.flatMap((event) => {
    if (event.type !== 'action') return [];
    const answer = answers.get(event.id);
    return answer === undefined ? [] : [{ tool: answer.tool, act: event.act, ok: answer.ok }];
  });
}

function reflectionOf(events: readonly EpisodeEvent[]): GoldenEntry['reflection'] {
  const event = first(events, 'reflection');
  const said = (lessons: readonly { readonly proposer: string; readonly code: string | null }[]): string[] => [
    ...new Set(lessons.map(({ proposer, code }) => `${proposer} on ${code ?? 'an error without a code'}`)),
  ];
  return { worked: said(event?.worked ?? []), failed: said(event?.failed ?? []) };
}

/** How an attempt strays from what was recorded; null when it keeps to it. `lines`: of the attempt's repair or first offer. */
export function strays(
  golden: Pick<GoldenEntry, 'status' | 'lines'>,
  attempt: Pick<Attempt, 'status' | 'reason'>,
  lines: number,
): string | null {
  if (attempt.status !== golden.status) return `${attempt.status} where it was ${golden.status}: ${attempt.reason}`;
  const far = Math.abs(lines - golden.lines) > lineTolerance;
  return far ? `${lines} lines where it was ${golden.lines}` : null;
}

function first<T extends EpisodeEvent['type']>(events: readonly EpisodeEvent[], type: T): EventOf<T> | undefined {
  return events.find((event): event is EventOf<T> => event.type === type);
}

function refuse(message: string): RustaError {
  return new RustaError(message, {
    code: 'not-golden',
    op: 'golden',
    hint: 'rusta log lists the episodes',
    exit: 'usage',
  });
}
