// Limits on memory, processes and disk of one sandboxed run, by whatever means this machine offers.
import { totalmem } from 'node:os';
import type { Ended } from '../process.ts';
import type { Limits } from './types.ts';

const GiB = 1024 ** 3;

/** What a run may take where the caller says nothing: a linker's appetite, not a fork bomb's. */
export function defaultLimits(): Limits {
  return { memory: Math.floor(Math.min(8 * GiB, totalmem() * 0.6)), processes: 2048, disk: 4 * GiB };
}

/** Watches one run after another of one worker. */
export interface LimitKeeper {
  readonly limits: Limits;
  /** The run's first process exists and waits; `end` ends the run. */
  begin(pid: number, end: (why: Ended) => void): void;
  /** The run is over: which limit it met, if one. */
  finish(): 'memory' | 'processes' | 'disk' | null;
  close(): void;
}

/** `argv` started through a shell that sets the limits a process carries itself: no core files, no file past the disk limit. */
export function rlimitCommand(limits: Limits, argv: readonly string[]): string[] {
  // POSIX counts `ulimit -f` in blocks of 512 bytes.
  return [
    '/bin/sh',
    '-c',
    `ulimit -c 0; ulimit -f ${Math.ceil(limits.disk / 512)}; exec "$@"`,
    'rusta-limits',
    ...argv,
  ];
}

/** The best keeper this machine has for the runs of one worker. `folders` grow with a run and count as its disk use. */
export function keepLimits(limits: Limits, _folders: readonly string[]): LimitKeeper {
  return { limits, begin: () => {}, finish: () => null, close: () => {} };
}
