// An error as the user sees it: one line, its hint in another, a stack trace only with --debug.
import { RustaError } from '../schemas/errors.ts';
import type { Terminal } from './terminal.ts';
import { oneLine } from './text.ts';

export interface ReportOptions {
  /** The program's name, in front of each line. */
  readonly name: string;
  readonly debug: boolean;
}

export function reportError(error: RustaError, terminal: Terminal, { name, debug }: ReportOptions): void {
  const colors = terminal.errColors;
  terminal.err(`${name}: ${colors.red('error:')} ${oneLine(error.message)}\n`);
  if (error.hint) terminal.err(`${name}: ${colors.cyan('hint:')} ${oneLine(error.hint)}\n`);
  if (debug) terminal.err(`${trace(error)}\n`);
}

function trace(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\ncaused by: ${trace(error.cause)}`;
}

/** Anything thrown as the one error type: what the system said is kept, what nobody foresaw is called internal. */
export function asRustaError(error: unknown): RustaError {
  if (error instanceof RustaError) return error;
  const code = (error as NodeJS.ErrnoException | null)?.code;
  const message = error instanceof Error ? error.message : String(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const hint = 'free some space; `rusta log purge` forgets old episodes';
    return new RustaError(message, { code: 'disk-full', op: 'write', hint, exit: 'refused', cause: error });
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new RustaError(message, { code: 'not-permitted', op: 'file system', exit: 'refused', cause: error });
  }
  const hint = 'this is a bug in rusta; --debug shows where';
  return new RustaError(message, { code: 'internal', op: 'internal error', hint, cause: error });
}
