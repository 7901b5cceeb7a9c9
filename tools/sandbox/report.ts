// What isolation is in force on this machine, shown by attacking it from inside. For `rusta doctor`, which prints it.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunResult } from '../process.ts';
import { openBench } from './bench.ts';
import { cgroupsWork } from './cgroup.ts';
import { probeBubblewrap } from './probe.ts';
import { pidsWithEnvironment } from './proc.ts';
import type { Limits, Toolchain, Worker } from './types.ts';

export interface SandboxProbe {
  /** What was tried: `reading /etc/shadow`. */
  readonly name: string;
  /** True when the attempt was stopped. */
  readonly held: boolean;
  /** What happened, one line. */
  readonly detail: string;
}

export interface SandboxReport {
  /** `bubblewrap 0.8.0`, or null where there is none that works. */
  readonly isolation: string | null;
  /** Why there is none. */
  readonly why: string | null;
  readonly limits: 'cgroup' | 'watchdog' | null;
  readonly probes: readonly SandboxProbe[];
}

/** Small limits, so that the probes that meet them cost little. */
const trialLimits: Limits = { memory: 256 * 1024 ** 2, processes: 64, disk: 64 * 1024 ** 2 };

/** Tries every attack in turn, in a throw-away workspace; some 2 seconds. */
export async function sandboxReport(toolchain: Toolchain): Promise<SandboxReport> {
  const probe = await probeBubblewrap();
  if (!probe.works) return { isolation: null, why: probe.why, limits: null, probes: [] };
  const limits = (await cgroupsWork()) ? 'cgroup' : 'watchdog';
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'rusta-doctor-')));
  try {
    mkdirSync(join(root, 'src'));
    writeFileSync(join(root, 'src/lib.rs'), '');
    writeFileSync(join(root, 'Cargo.toml'), '[package]\nname = "doctor"\nversion = "0.0.0"\nedition = "2021"\n');
    const isolation = { kind: 'bubblewrap', version: probe.features.version, limits } as const;
    const bench = await openBench({
      root,
      pathDependencies: [],
      toolchain,
      env: [],
      isolation,
      seedTarget: null,
      limits: trialLimits,
    });
    try {
      return {
        isolation: `bubblewrap ${probe.features.version}`,
        why: null,
        limits,
        probes: await attack(await bench.worker(0), root),
      };
    } finally {
      await bench.close();
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function attack(worker: Worker, root: string): Promise<SandboxProbe[]> {
  const probes: SandboxProbe[] = [];
  const shell = (script: string): Promise<RunResult> =>
    worker.exec(['/bin/sh', '-c', script], { timeMs: 10_000, maxBytes: 4096 });
  /** Each script prints `open` when it got through. */
  const stopped = async (name: string, script: string): Promise<void> => {
    const result = await shell(script);
    const held = !result.stdout.includes('open') && !result.timedOut;
    probes.push({ name, held, detail: held ? (result.stderr.trim().split('\n')[0] ?? '') : 'it got through' });
  };
  await stopped('reading /etc/shadow', 'cat /etc/shadow >/dev/null && echo open');
  await stopped(
    'seeing the home folder',
    `ls ${quoted(homedir())}/.ssh ${quoted(homedir())}/.bashrc ${quoted(homedir())}/.profile 2>/dev/null | grep -q . && echo open`,
  );
  await stopped(
    'reaching the network',
    'test "$(ls /sys/class/net 2>/dev/null; tail -n +3 /proc/net/dev | grep -v lo:)" != "" && echo open',
  );
  await stopped('changing the sources', `echo x > ${quoted(root)}/src/lib.rs && echo open`);
  await stopped(
    'writing to the system',
    'for f in /usr/rusta-probe /rusta-probe /etc/rusta-probe; do echo x > $f && echo open; done',
  );
  await stopped('changing kernel settings', 'test -w /proc/sys/kernel/core_pattern && echo open');
  await stopped(
    'seeing other processes',
    `test -e /proc/${process.pid}/stat && test "$(ls -d /proc/[0-9]* | wc -l)" -gt 8 && echo open`,
  );
  await stopped('gaining capabilities', 'grep -q "^CapEff:.*[1-9a-f]" /proc/self/status && echo open');
  const limited = async (name: string, limit: NonNullable<RunResult['limit']>, script: string): Promise<void> => {
    const result = await shell(script);
    probes.push({
      name,
      held: result.limit === limit,
      detail:
        result.limit === null ? `it ended with ${result.code ?? result.signal}` : `ended by the ${result.limit} limit`,
    });
  };
  await limited(
    'starting too many processes',
    'processes',
    'i=0; while [ $i -lt 200 ]; do sleep 3 & i=$((i+1)); done; wait',
  );
  // dd's buffer is memory that it really touches.
  await limited('taking too much memory', 'memory', 'dd if=/dev/zero of=/dev/null bs=400M count=4');
  await limited(
    'filling the disk',
    'disk',
    'i=0; while [ $i -lt 200 ]; do dd if=/dev/zero of=$CARGO_TARGET_DIR/f$i bs=1M count=2 2>/dev/null; sleep 0.01; i=$((i+1)); done',
  );
  const mark = `RUSTA_PROBE=${process.pid}-${Date.now()}`;
  const name = 'leaving a daemon behind';
  await worker.exec(['/bin/sh', '-c', 'setsid sh -c "sleep 30" >/dev/null 2>&1 & sleep 0.1'], {
    env: { RUSTA_PROBE: mark.slice(12) },
    timeMs: 10_000,
  });
  await sleep(20);
  const left = pidsWithEnvironment(mark);
  probes.push({
    name,
    held: left.length === 0,
    detail: left.length === 0 ? 'it died with the sandbox' : `still running: ${left.join(' ')}`,
  });
  return probes;
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}
