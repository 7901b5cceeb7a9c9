// Episodes and their events as lines for a person.
import type { DevlogEntry, EpisodeEvent } from '../../schemas/types.ts';
import type { EpisodeSummary } from '../services.ts';
import type { Colors } from '../terminal.ts';
import { duration, oneLine, plural } from '../text.ts';

export function renderEpisode(summary: EpisodeSummary, colors: Colors): string {
  const at = new Date(summary.at).toISOString().replace('T', ' ').slice(0, 19);
  const status = (summary.status ?? 'not ended').padEnd(9);
  const bundle = summary.bundle ? ` ${summary.bundle}` : '';
  return `${colors.bold(summary.episode)}  ${colors.dim(`${at}Z`)}  ${status}${bundle}  ${oneLine(summary.root)}\n`;
}

/** One event; `first` is when the episode began. */
export function renderEntry(entry: DevlogEntry, first: number, colors: Colors): string {
  const at = duration(entry.at - first).padStart(11);
  return `${colors.dim(`${String(entry.seq).padStart(5)} ${at}`)}  ${entry.event.type.padEnd(11)} ${oneLine(describe(entry.event))}\n`;
}

function describe(event: EpisodeEvent): string {
  switch (event.type) {
    case 'start':
      return `${event.crate} in ${event.root}, ${event.toolchain}, rusta ${event.rusta}`;
    case 'state':
      return `${event.from} → ${event.to}: ${event.why}`;
    case 'sense':
      return `${plural(event.errors.length, 'error')}, ${plural(event.warnings, 'warning')}, ${plural(Object.keys(event.files).length, 'file')}`;
    case 'action':
      return event.act;
    case 'observation':
      return `${event.observation.tool} ${event.observation.ok ? 'answered' : 'could not answer'} in ${duration(event.observation.elapsed_ms)}`;
    case 'proposal':
      return `${event.proposer}: ${event.candidates.map(({ title }) => title).join('; ') || 'nothing'}`;
    case 'ranking':
      return `${plural(event.scores.length, 'score')} by ${event.policy}`;
    case 'verdict':
      return `${event.index} of ${event.of} ${event.candidate}: ${event.verdict}${event.detail ? `, ${event.detail}` : ''}`;
    case 'budget':
      return `${event.budget}: ${event.used} of ${event.limit} used`;
    case 'reflection':
      return `${event.worked.length} worked, ${event.failed.length} failed`;
    case 'notice':
      return `${event.level}: ${event.message}`;
    case 'bundle':
      return `${event.bundle.id} ${event.bundle.status}, confidence ${event.bundle.confidence.toFixed(2)}`;
    case 'end':
      return `${event.status}: ${event.reason}`;
  }
}
