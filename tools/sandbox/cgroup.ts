// Memory and process limits by control groups, version 2 or 1, where this process may make them.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { start } from '../process.ts';
import type { Limits } from './types.ts';

const mountPoint = '/sys/fs/cgroup';

/** The files of one controller in one version. */
interface Controller {
  /** Folder under which our own group may be made. */
  readonly parent: string;
  readonly limits: (limits: Limits) => readonly (readonly [file: string, value: string, required: boolean])[];
  /** How often the limit was met so far, from a file of the group. */
  readonly met: (folder: string) => number;
  readonly meets: 'memory' | 'processes';
}

/** A group that processes are put into before they start their command. */
export interface Cgroup {
  /** Throws when the process cannot be moved. */
  add(pid: number): void;
  /** SIGKILL to whatever is still in the group: for processes that left both their parent and their process group. Returns how many there were. */
  killAll(): number;
  /** The limits met since the group was made, as counts. */
  met(): { readonly memory: number; readonly processes: number };
  close(): void;
}

/** A counter `name N` in a file of lines, 0 when it is not there. */
function counter(file: string, name: string): number {
  try {
    return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(readFileSync(file, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** This process's own group in the hierarchy of `controller` ('' for version 2), as a path below its mount. */
function ownGroup(controller: string): string | null {
  try {
    for (const line of readFileSync('/proc/self/cgroup', 'utf8').split('\n')) {
      const [, names, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
      if (names !== undefined && path !== undefined && names.split(',').includes(controller)) return path;
    }
  } catch {
    // no control groups
  }
  return null;
}

function controllers(): readonly Controller[] | null {
  return versionOne() ?? versionTwo();
}

function versionOne(): readonly Controller[] | null {
  const found: Controller[] = [];
  const memory = ownGroup('memory');
  const pids = ownGroup('pids');
  if (memory === null || pids === null) return null;
  found.push({
    parent: join(mountPoint, 'memory', memory),
    limits: ({ memory: bytes }) => [
      ['memory.limit_in_bytes', String(bytes), true],
      ['memory.memsw.limit_in_bytes', String(bytes), false], // swap; absent where the kernel does not count it
    ],
    met: (folder) => counter(join(folder, 'memory.oom_control'), 'oom_kill'),
    meets: 'memory',
  });
  found.push({
    parent: join(mountPoint, 'pids', pids),
    limits: ({ processes }) => [['pids.max', String(processes), true]],
    met: (folder) => counter(join(folder, 'pids.events'), 'max'),
    meets: 'processes',
  });
  return found.every(({ parent }) => existsSync(parent)) ? found : null;
}

function versionTwo(): readonly Controller[] | null {
  const own = ownGroup('');
  if (own === null) return null;
  // A group that holds processes cannot hand controllers on: a sibling of ours may be made where the parent does.
  for (const group of [own, dirname(own)]) {
    const parent = join(mountPoint, group);
    let handed: string;
    try {
      handed = readFileSync(join(parent, 'cgroup.subtree_control'), 'utf8');
    } catch {
      continue;
    }
    if (!/\bmemory\b/.test(handed) || !/\bpids\b/.test(handed)) continue;
    return [
      {
        parent,
        limits: ({ memory }) => [
          ['memory.max', String(memory), true],
          ['memory.swap.max', '0', false],
          ['memory.oom.group', '1', false],
        ],
        met: (folder) => counter(join(folder, 'memory.events'), 'oom_kill'),
        meets: 'memory',
      },
      {
        parent,
        limits: ({ processes }) => [['pids.max', String(processes), true]],
        met: (folder) => counter(join(folder, 'pids.events'), 'max'),
        meets: 'processes',
      },
    ];
  }
  return null;
}

let made = 0;

/** A group with these limits, or null where none can be made. */
export function openCgroup(limits: Limits): Cgroup | null {
  const found = controllers();
  if (found === null) return null;
  const name = `rusta-${process.pid}-${made++}`;
  const folders = [...new Set(found.map(({ parent }) => join(parent, name)))];
  const close = (): void => {
    for (const folder of folders) {
      try {
        rmdirSync(folder);
      } catch {
        // a process is still leaving it, or it was never made: swept by the next probe
      }
    }
  };
  try {
    for (const folder of folders) mkdirSync(folder);
    for (const controller of found) {
      for (const [file, value, required] of controller.limits(limits)) {
        try {
          writeFileSync(join(controller.parent, name, file), value);
        } catch (error) {
          if (required) throw error;
        }
      }
    }
  } catch {
    close();
    return null;
  }
  return {
    add(pid) {
      for (const folder of folders) writeFileSync(join(folder, 'cgroup.procs'), String(pid));
    },
    met() {
      const met = { memory: 0, processes: 0 };
      for (const controller of found) met[controller.meets] += controller.met(join(controller.parent, name));
      return met;
    },
    killAll() {
      const pids = new Set(
        folders.flatMap((folder) => readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean)),
      );
      for (const pid of pids) {
        try {
          process.kill(Number(pid), 'SIGKILL');
        } catch {
          // gone meanwhile
        }
      }
      return pids.size;
    },
    close,
  };
}

let usable: Promise<boolean> | undefined;

/** Whether a process can be put into a group of ours; tried once, with a real one. */
export function cgroupsWork(): Promise<boolean> {
  usable ??= tryOut();
  return usable;
}

async function tryOut(): Promise<boolean> {
  sweep();
  const group = openCgroup({ memory: 64 * 1024 ** 2, processes: 64, disk: 0 });
  if (group === null) return false;
  const trial = await start('/bin/sh', ['-c', 'exec sleep 5'], { env: {} });
  try {
    group.add(trial.pid);
    return true;
  } catch {
    return false;
  } finally {
    trial.end('cancelled');
    await trial.done;
    group.close();
  }
}

/** Removes the groups of processes that died; a group that is in use cannot be removed. */
function sweep(): void {
  for (const { parent } of controllers() ?? []) {
    for (const name of readdirSync(parent)) {
      const pid = /^rusta-(\d+)-\d+$/.exec(name)?.[1];
      if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
      try {
        rmdirSync(join(parent, name));
      } catch {
        // not empty, so not ours to remove
      }
    }
  }
}
