// What a test may need of the machine, proved by using it: a program that is there but does not work counts as missing.
import { spawnSync } from 'node:child_process';

export type Requirement = 'bubblewrap' | 'strace' | 'cargo';

const probes: Record<Requirement, readonly [string, ...string[]]> = {
  bubblewrap: [
    'bwrap',
    '--unshare-all',
    '--die-with-parent',
    '--ro-bind',
    '/',
    '/',
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    'true',
  ],
  strace: ['strace', '-f', '-e', 'trace=fdatasync', 'true'],
  cargo: ['cargo', '--version'],
};

const answers = new Map<Requirement, string | null>();

/** Why `requirement` cannot be used here, in one line; null when it works. Asked once a process. */
export function lacks(requirement: Requirement): string | null {
  let answer = answers.get(requirement);
  if (answer === undefined) {
    answer = probe(...probes[requirement]);
    answers.set(requirement, answer);
  }
  return answer;
}

function probe(program: string, ...args: string[]): string | null {
  const run = spawnSync(program, args, { cwd: '/', encoding: 'utf8', timeout: 20_000 });
  if (run.error !== undefined) return `${program}: ${(run.error as NodeJS.ErrnoException).code ?? run.error.message}`;
  if (run.status === 0) return null;
  return `${program} does not work here: ${run.stderr.trim().split('\n').at(-1) || `exit status ${run.status ?? run.signal}`}`;
}
