// The live view of an episode, drawn from its events: one redrawn line where stderr is a terminal, a rare plain line
// where it is not. Reads the same events as --json and the log; decides nothing.
import type { EpisodeEvent, SenseEvent } from '../schemas/types.ts';
import { cut } from './columns.ts';
import type { Terminal } from './terminal.ts';
import { duration, oneLine, plural } from './text.ts';

/** How often the line is redrawn, ms: often enough to look alive. */
const redrawMs = 100;
/** Where nothing can be redrawn, how long at least between two lines that are not warnings, ms. */
const quietMs = 5000;

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

export interface ProgressState {
  readonly state: string;
  /** What is being done in this state. */
  readonly detail: string;
  readonly probes: number;
  readonly candidate: { readonly index: number; readonly of: number } | null;
}

export const idle: ProgressState = { state: 'Sense', detail: '', probes: 0, candidate: null };

/** The view after one more event: a pure function, so that every reader of a log sees the same. */
export function advance(now: ProgressState, event: EpisodeEvent): ProgressState {
  switch (event.type) {
    case 'start':
      return { ...now, detail: event.crate };
    case 'state':
      return { ...now, state: event.to, detail: event.why };
    case 'sense':
      return { ...now, detail: sensed(event) };
    case 'action':
      // `::act v=1 tool=cargo_check {…}`: the arguments are for the log.
      return { ...now, detail: (/ tool=([a-z_]+)/.exec(event.act)?.[1] ?? event.act).replaceAll('_', ' ') };
    case 'observation':
      return now.state === 'Probe' ? { ...now, probes: now.probes + 1 } : now;
    case 'proposal':
      return { ...now, detail: `${event.proposer}: ${plural(event.candidates.length, 'candidate')}` };
    case 'verdict':
      return { ...now, candidate: { index: event.index, of: event.of }, detail: event.detail || event.verdict };
    case 'budget':
      return { ...now, detail: `${event.budget} budget used up` };
    case 'notice':
      return event.level === 'info' ? { ...now, detail: event.message } : now;
    default:
      return now;
  }
}

function sensed({ errors, hidden = 0, lints = [] }: SenseEvent): string {
  if (lints.length > 0) return plural(lints.length, 'warning');
  if (errors.length === 0) return 'no errors';
  const codes = [...new Set(errors.map((error) => error.code ?? 'no code'))];
  return `${plural(errors.length + hidden, 'error')} (${codes.slice(0, 4).join(', ')}${codes.length > 4 ? ', …' : ''})`;
}

/** One line of at most `columns` columns: state, counts, time, and as much detail as fits. */
export function progressLine(view: ProgressState, elapsedMs: number, columns: number): string {
  const parts = [view.state];
  if (view.probes > 0) parts.push(plural(view.probes, 'probe'));
  if (view.candidate) parts.push(`candidate ${view.candidate.index} of ${view.candidate.of}`);
  parts.push(duration(elapsedMs));
  if (view.detail) parts.push(oneLine(view.detail));
  return cut(parts.join(' · '), columns);
}

export class Progress {
  readonly #terminal: Terminal;
  readonly #started = performance.now();
  readonly #live: boolean;
  #view = idle;
  #timer: NodeJS.Timeout | null = null;
  #frame = 0;
  #drawn = false;
  #lastPlain = Number.NEGATIVE_INFINITY;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    this.#live = terminal.errIsTerminal;
    if (this.#live) {
      this.#timer = setInterval(() => this.#draw(), redrawMs);
      this.#timer.unref();
    }
  }

  event(event: EpisodeEvent): void {
    this.#view = advance(this.#view, event);
    if (event.type === 'notice' && event.level === 'warning') this.line(`warning: ${oneLine(event.message)}`);
    else if (this.#live) return;
    else if (event.type === 'sense' || event.type === 'verdict' || event.type === 'notice')
      this.#plain(event.type === 'sense');
  }

  /** What a long build is at. */
  building(line: string): void {
    this.#view = { ...this.#view, detail: line };
    if (!this.#live) this.#plain(false);
  }

  /** A line that stays, above the redrawn one. */
  line(text: string): void {
    this.#clear();
    this.#terminal.err(`${text}\n`);
  }

  /** Ends the live line and leaves nothing of it. */
  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    this.#clear();
  }

  #plain(always: boolean): void {
    const now = performance.now();
    if (!always && now - this.#lastPlain < quietMs) return;
    this.#lastPlain = now;
    this.#terminal.err(`${progressLine(this.#view, now - this.#started, 200)}\n`);
  }

  #draw(): void {
    const { errColors: colors } = this.#terminal;
    this.#frame = (this.#frame + 1) % frames.length;
    // A column is left free: some terminals wrap when the last one is written.
    const line = progressLine(this.#view, performance.now() - this.#started, this.#terminal.columns - 3);
    this.#terminal.err(`\r\x1b[2K${colors.cyan(frames[this.#frame] ?? '')} ${line}`);
    this.#drawn = true;
  }

  #clear(): void {
    if (this.#drawn) this.#terminal.err('\r\x1b[2K');
    this.#drawn = false;
  }
}
