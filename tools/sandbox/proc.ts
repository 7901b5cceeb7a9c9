// Reads Linux's /proc: a process's descendants, what they take, and how much memory is left. Empty answers elsewhere.
import { readdirSync, readFileSync, statSync } from 'node:fs';

export interface Family {
  readonly pids: readonly number[];
  readonly threads: number;
  /** Bytes of anonymous and shared memory; what is mapped from files costs nobody. */
  readonly memory: number;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // the process is gone
  }
}

/** Numeric entries of /proc. */
export function allPids(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

/**
 * `pid` and its descendants. Inside a pid namespace an orphan's parent is the namespace's first process, so that the family
 * of that process is complete, however its members forked and in whatever namespaces of their own.
 */
export function familyOf(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const other of allPids()) {
    const stat = read(`/proc/${other}/stat`);
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ', 2)[1]);
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [other]);
    else siblings.push(other);
  }
  const family = [pid];
  for (let at = 0; at < family.length; at++) family.push(...(children.get(family[at] as number) ?? []));
  return family;
}

/** What the family of `pid` takes now. */
export function sampleFamily(pid: number): Family {
  const pids = familyOf(pid);
  let threads = 0;
  let memory = 0;
  for (const member of pids) {
    const status = read(`/proc/${member}/status`);
    threads += field(status, 'Threads');
    memory += (field(status, 'RssAnon') + field(status, 'RssShmem') + field(status, 'VmSwap')) * 1024;
  }
  return { pids, threads, memory };
}

function field(status: string, name: string): number {
  const at = status.indexOf(`\n${name}:`);
  return at === -1 ? 0 : Number.parseInt(status.slice(at + name.length + 2), 10);
}

/** Bytes that the machine can still hand out, `Infinity` where that is unknown. */
export function availableMemory(): number {
  const kilobytes = /^MemAvailable:\s+(\d+)/m.exec(read('/proc/meminfo'))?.[1];
  return kilobytes === undefined ? Number.POSITIVE_INFINITY : Number(kilobytes) * 1024;
}

/** Bytes on disk of files that the family of `pid` holds open and that have no name any more. */
export function unlinkedBytes(pid: number): number {
  const seen = new Set<string>();
  let bytes = 0;
  for (const member of familyOf(pid)) {
    let fds: string[];
    try {
      fds = readdirSync(`/proc/${member}/fd`);
    } catch {
      continue;
    }
    for (const fd of fds) {
      try {
        const stat = statSync(`/proc/${member}/fd/${fd}`);
        const name = `${stat.dev}:${stat.ino}`;
        if (!stat.isFile() || stat.nlink > 0 || seen.has(name)) continue;
        seen.add(name);
        bytes += stat.blocks * 512;
      } catch {
        // closed meanwhile
      }
    }
  }
  return bytes;
}

/** The processes whose environment holds `entry` (`NAME=value`): those of a run that left its process group. */
export function pidsWithEnvironment(entry: string): number[] {
  return allPids().filter((pid) => pid !== process.pid && `\0${read(`/proc/${pid}/environ`)}`.includes(`\0${entry}\0`));
}
