// Limits on memory, processes and disk of the runs of one worker: control groups where they can be made, else a watchdog.
// RLIMIT_NPROC would not bind root, and RLIMIT_AS stops rustc, which maps much more than it uses. Time is process.ts's.
import { statfsSync } from 'node:fs';
import { totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ended } from '../process.ts';
import { type Cgroup, openCgroup } from './cgroup.ts';
import { sizeOnDisk } from './disk.ts';
import { availableMemory, sampleFamily, unlinkedBytes } from './proc.ts';
import type { Limits } from './types.ts';

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

/** How often a run is looked at, ms: a fork bomb makes some thousand processes in that time, not a million. */
const period = 50;
/** Bytes of memory and of disk that the rest of the machine keeps, whatever the limits say. */
const memoryFloor = 256 * MiB;
export const diskFloor: number = 64 * MiB;

/** What a run may take where the caller says nothing: a linker's appetite, not a fork bomb's. Processes count threads. */
export function defaultLimits(): Limits {
  return { memory: Math.floor(Math.min(8 * GiB, totalmem() * 0.6)), processes: 2048, disk: 4 * GiB };
}

/** Watches one run after another of one worker. */
export interface LimitKeeper {
  readonly limits: Limits;
  /** The run's first process exists and, in bubblewrap, waits; `end` ends the run. */
  begin(pid: number, end: (why: Ended) => void): void;
  /** The run is over: ends what is left of it in the control group. Which limit it met, if one. */
  finish(): Promise<'memory' | 'processes' | 'disk' | null>;
  close(): void;
}

/**
 * `argv` started through a shell that sets what a process carries itself: no core files, no file past the disk limit.
 * With `gate`, the shell first waits for a line on that file descriptor, so that limits from outside can be put in place.
 */
export function rlimitCommand(limits: Limits, argv: readonly string[], gate?: number): string[] {
  const wait = gate === undefined ? '' : `read -r _ <&${gate}; exec ${gate}<&-; `;
  // POSIX counts `ulimit -f` in blocks of 512 bytes.
  return [
    '/bin/sh',
    '-c',
    `ulimit -c 0; ulimit -f ${Math.ceil(limits.disk / 512)}; ${wait}exec "$@"`,
    'rusta-limits',
    ...argv,
  ];
}

/**
 * The best keeper this machine has for the runs of one worker. `folder` grows with the runs; what it takes beyond
 * `baseline` bytes counts as their disk use. `openGroup` is for tests of the watchdog alone.
 */
export function keepLimits(
  limits: Limits,
  folder: string,
  baseline: number,
  openGroup: (limits: Limits) => Cgroup | null = openCgroup,
): LimitKeeper {
  const disk = watchDisk(limits.disk, folder, baseline);
  let group: Cgroup | null = null;
  let timer: NodeJS.Timeout | undefined;
  let met: 'memory' | 'processes' | 'disk' | null = null;
  const look = (): 'memory' | 'processes' | null => {
    const counts = group?.met();
    if (counts === undefined) return null;
    return counts.memory > 0 ? 'memory' : counts.processes > 0 ? 'processes' : null;
  };
  const finish = async (): Promise<typeof met> => {
    clearInterval(timer);
    met ??= look();
    for (let tries = 0; group !== null && tries < 1000 && group.killAll() > 0; tries++) await sleep(2);
    group?.close();
    group = null;
    return met;
  };
  return {
    limits,
    begin(pid, end) {
      met = null;
      // A group for each run: where init is slow to reap, a fork bomb's zombies still count in the old one.
      group = openGroup(limits);
      const grouped = group !== null && joined(group, pid);
      const memoryBefore = availableMemory();
      timer = setInterval(() => {
        met ??= (grouped ? look() : overLimit(pid, limits)) ?? starved(memoryBefore, limits) ?? disk.over(pid);
        if (met !== null) end(met);
      }, period);
    },
    finish,
    close: () => void finish(),
  };
}

function joined(group: Cgroup, pid: number): boolean {
  try {
    group.add(pid);
    return true;
  } catch {
    return false; // over already, or not ours to move: the watchdog sees to it
  }
}

/** The watchdog's look: the family of `pid` by the kernel's own account. */
function overLimit(pid: number, limits: Limits): 'memory' | 'processes' | null {
  const family = sampleFamily(pid);
  if (family.threads > limits.processes) return 'processes';
  return family.memory > limits.memory ? 'memory' : null;
}

/** Memory that no process is charged for (files in memory, say) still ends the run before the machine starves. */
function starved(before: number, limits: Limits): 'memory' | null {
  const now = availableMemory();
  return now < memoryFloor && before - now > Math.min(limits.memory, GiB) / 2 ? 'memory' : null;
}

/**
 * Free space tells cheaply that somebody writes; only then is it measured whether it is us. A file that was unlinked while
 * open shows in free space alone, and is looked for among the open files.
 */
function watchDisk(limit: number, folder: string, baseline: number): { over(pid: number): 'disk' | null } {
  const free = (): { bytes: number; inodes: number; left: number } => {
    const { bfree, bavail, bsize, ffree } = statfsSync(folder);
    return { bytes: bfree * bsize, inodes: ffree, left: bavail * bsize };
  };
  const start = free();
  let trigger = limit / 2;
  let measuring = false;
  let over = false;
  const measure = async (pid: number, drop: number): Promise<void> => {
    const grown = (await sizeOnDisk(folder, baseline + limit)) + unlinkedBytes(pid) - baseline;
    over = grown >= limit;
    trigger = drop + Math.max((limit - grown) / 2, Math.min(16 * MiB, limit / 16));
    measuring = false;
  };
  return {
    over(pid) {
      const now = free();
      if (over || now.left < diskFloor) {
        over = false;
        return 'disk';
      }
      const drop = start.bytes - now.bytes + Math.max(0, start.inodes - now.inodes) * 4096;
      if (drop >= trigger && !measuring) {
        measuring = true;
        void measure(pid, drop);
      }
      return null;
    },
  };
}
