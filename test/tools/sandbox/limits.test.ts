// The watchdog, which stands in where no control group can be made; what it does where one can is in hostile.test.ts.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunResult, start } from '../../../tools/process.ts';
import { sizeOnDisk } from '../../../tools/sandbox/disk.ts';
import { keepLimits } from '../../../tools/sandbox/limits.ts';
import { sampleFamily } from '../../../tools/sandbox/proc.ts';
import { sandboxReport } from '../../../tools/sandbox/report.ts';
import { findToolchain } from '../../../tools/sandbox/toolchain.ts';
import { assert, test } from '../../support/harness.ts';
import { workspace } from './workspace.ts';

const MiB = 1024 ** 2;

/** A shell script under the watchdog alone. It is bounded by itself, too. */
async function watched(script: string): Promise<RunResult> {
  const folder = mkdtempSync(join(tmpdir(), 'rusta-limits-'));
  try {
    const keeper = keepLimits({ memory: 200 * MiB, processes: 40, disk: 50 * MiB }, folder, 0, () => null);
    const running = await start('/bin/sh', ['-c', script], { cwd: folder, timeMs: 20_000 });
    keeper.begin(running.pid, running.end);
    const result = await running.done;
    await keeper.finish();
    keeper.close();
    return result;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test.needs('procfs', 'watchdog: too many processes', async () => {
  assert.is((await watched('i=0; while [ $i -lt 200 ]; do sleep 3 & i=$((i+1)); done; wait')).limit, 'processes');
});

test.needs('procfs', 'watchdog: too much memory, summed over processes that each stay below', async () => {
  const eaters = 'for i in 1 2 3 4; do dd if=/dev/zero of=/dev/null bs=90M count=40 & done; wait';
  assert.is((await watched(eaters)).limit, 'memory');
});

test.needs('procfs', 'a family is counted with its threads and its memory', () => {
  const { pids, threads, memory } = sampleFamily(process.pid);
  assert.ok(pids.includes(process.pid));
  assert.ok(threads >= 1);
  assert.ok(memory > MiB && memory < 100 * 1024 * MiB, `${memory}`);
});

test('watchdog: too much disk', async () => {
  const named =
    'i=0; while [ $i -lt 60 ]; do dd if=/dev/zero of=f$i bs=1M count=4 2>/dev/null; sleep 0.02; i=$((i+1)); done';
  assert.is((await watched(named)).limit, 'disk');
});

test.needs('procfs', 'watchdog: too much disk in files that have no name any more', async () => {
  const nameless =
    'exec 9>f; rm f; i=0; while [ $i -lt 60 ]; do dd if=/dev/zero bs=1M count=4 2>/dev/null >&9; sleep 0.02; i=$((i+1)); done';
  assert.is((await watched(nameless)).limit, 'disk');
});

test('watchdog: what stays within the limits is left alone', async () => {
  const result = await watched('dd if=/dev/zero of=f bs=1M count=10 2>/dev/null; sleep 0.3; echo done');
  assert.equal([result.code, result.limit, result.stdout], [0, null, 'done\n']);
});

test('an empty file takes disk too', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rusta-limits-'));
  for (let n = 0; n < 10; n++) writeFileSync(join(folder, String(n)), '');
  assert.is(await sizeOnDisk(folder), 10 * 4096);
  rmSync(folder, { recursive: true });
});

test.needs(['bubblewrap', 'cargo'], "doctor's probes all hold", async () => {
  const space = workspace({});
  try {
    const report = await sandboxReport(await findToolchain(null));
    assert.equal(
      report.probes.filter(({ held }) => !held),
      [],
    );
    assert.is(report.probes.length, 12);
  } finally {
    await space.remove();
  }
});
