// Processes named so that a later one can tell whether the one that wrote a name still runs: a pid alone is used again.
import { readFileSync, readlinkSync } from 'node:fs';

/** This process as text of letters, digits and '-': its pid, when it started, and the pid namespace it counts in. */
export function thisProcess(): string {
  own ??= `${process.pid}-${startOf(process.pid) ?? unknown}-${pidSpace()}`;
  return own;
}
let own: string | undefined;

/** Whether the process of that name runs. One that cannot be judged from here (another container's) counts as running. */
export function isRunning(name: string): boolean {
  const [pid, start, space] = name.split('-');
  if (!/^\d+$/.test(pid ?? '')) return false;
  return space !== pidSpace() || startOf(Number(pid)) === start;
}

/** Where the kernel does not say when a process started (macOS). */
const unknown = 'unknown';

/** The boot and the start time of a process, as the kernel counts it; null when there is none. */
function startOf(pid: number): string | null {
  const boot = read('/proc/sys/kernel/random/boot_id');
  if (boot === null) {
    try {
      process.kill(pid, 0);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EPERM') return null;
    }
    return unknown;
  }
  const stat = read(`/proc/${pid}/stat`);
  // Field 22 of proc(5), counted from behind the command's name, which may hold spaces.
  return stat === null ? null : `${boot.slice(0, 8)}${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function pidSpace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid').replace(/\D/g, '');
  } catch {
    return unknown;
  }
}
