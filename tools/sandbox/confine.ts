// Runs one command inside bubblewrap and makes sure that nothing of it is left when the call returns.
// What is mounted is bench.ts's choice; what bubblewrap is told, bubblewrap.ts's.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { RustaError } from '../../schemas/errors.ts';
import { type RunOptions, type RunResult, start } from '../process.ts';
import { bubblewrapArguments, type Confinement, descriptors } from './bubblewrap.ts';
import { type LimitKeeper, rlimitCommand } from './limits.ts';

/** Signals by which a program ends itself: bubblewrap turns them into 128 + n. */
const signals: Readonly<Record<number, string>> = {
  4: 'SIGILL',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  15: 'SIGTERM',
  24: 'SIGXCPU',
  25: 'SIGXFSZ',
};

/**
 * Runs `argv` under `confinement`. All processes of its pid namespace, daemons too, are gone when it resolves.
 * An exit code of 128 + n for a deadly signal n is reported as that signal: from outside the two look the same.
 */
export async function confined(
  bwrap: string,
  confinement: Confinement,
  argv: readonly string[],
  options: Omit<RunOptions, 'cwd' | 'env'>,
  keeper: LimitKeeper,
): Promise<RunResult> {
  if (argv.length === 0) throw new RustaError('there is no command to run', { code: 'no-command', op: 'sandbox' });
  let init: number | null = null; // pid of the sandbox's first process, as seen from here
  const wrapped = [
    '--args',
    String(descriptors.args),
    '--info-fd',
    String(descriptors.info),
    '--block-fd',
    String(descriptors.block),
    '--',
    ...argv,
  ];
  const [command, ...args] = rlimitCommand(keeper.limits, [bwrap, ...wrapped]);
  const process_ = await start(command as string, args, {
    ...options,
    cwd: '/',
    env: {},
    pipes: 3,
    onKill: () => {
      if (init !== null) killOne(init);
    },
  });
  const [argsPipe, infoPipe, blockPipe] = process_.pipes;
  for (const pipe of process_.pipes) pipe.on('error', () => {}); // bubblewrap may be killed at any moment
  argsPipe?.end(`${bubblewrapArguments(confinement).join('\0')}\0`);
  let info = '';
  infoPipe?.on('data', (chunk: Buffer) => {
    if (init !== null) return;
    info += chunk.toString();
    const pid = /"child-pid":\s*(\d+)/.exec(info)?.[1];
    if (pid === undefined) return;
    init = Number(pid);
    keeper.begin(init, process_.end);
    blockPipe?.end('x'); // everything is in place: the command may start
  });
  const result = await process_.done;
  for (const pipe of process_.pipes) pipe.destroy();
  if (init !== null) await gone(init);
  const met = await keeper.finish();
  const limit = result.limit ?? met;
  if (init === null && result.code !== 0 && !result.timedOut && !result.cancelled) {
    throw new RustaError(`bubblewrap could not set the sandbox up: ${result.stderr.trim().split('\n').at(-1) ?? ''}`, {
      code: 'sandbox-setup',
      op: 'sandbox',
      hint: 'rusta doctor says what is missing',
      exit: 'refused',
    });
  }
  const signal =
    result.signal ?? (result.code !== null && result.code > 128 ? (signals[result.code - 128] ?? null) : null);
  return {
    ...result,
    code: signal === null ? result.code : null,
    signal,
    limit: limit ?? (signal === 'SIGXFSZ' ? 'disk' : null),
  };
}

/** SIGKILL to one process; one that is gone is no error. */
export function killOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // gone already
  }
}

/** Until the first process of the sandbox is no more: the kernel ends all others of its pid namespace before it. */
async function gone(pid: number): Promise<void> {
  for (let waited = 0; waited < 10_000; waited += 2) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      if (stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z')) return;
    } catch {
      return;
    }
    killOne(pid);
    await sleep(2);
  }
}
