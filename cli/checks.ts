// What `rusta doctor` looks at, each as one check: found, and what to do where it is not as it should be.
// The looking itself is tools/ and memory/'s work.
import { existsSync, statfsSync, statSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { SandboxProbe } from '../tools/sandbox/report.ts';
import type { Toolchain } from '../tools/sandbox/types.ts';
import { shippedCheckpoint } from './checkpoint.ts';
import type { Asked } from './device.ts';
import { asRustaError } from './report.ts';
import type { Check, RankingChoice } from './services.ts';
import { duration, size } from './text.ts';

/** The least free space a mirror and a target folder of a middling crate want, bytes. */
const leastDisk = 1024 ** 3;
const leastNode: readonly [number, number] = [20, 19];

export function nodeCheck(version: string = process.versions.node): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const ok = major > leastNode[0] || (major === leastNode[0] && minor >= leastNode[1]);
  const detail = `${version}, ${availableParallelism()} cores, ${size(totalmem())} of memory`;
  return { name: 'node', ok, detail, remedy: ok ? null : `install Node ${leastNode.join('.')} or later`, needed: true };
}

/** The toolchain that the crate at `root` asks for (or the default one), and what holds when its code runs. */
export async function toolchainChecks(root: string | null): Promise<readonly Check[]> {
  const { findToolchain } = await import('../tools/sandbox/toolchain.ts');
  let toolchain: Toolchain | null = null;
  const check = await attempt('toolchain', async () => {
    toolchain = await findToolchain(root);
    return `${toolchain.version}, ${toolchain.name} in ${toolchain.sysroot}`;
  });
  return [check, ...(await sandboxChecks(toolchain))];
}

async function sandboxChecks(toolchain: Toolchain | null): Promise<readonly Check[]> {
  const [{ sandboxReport }, { chooseIsolation }] = await Promise.all([
    import('../tools/sandbox/report.ts'),
    import('../tools/sandbox/trust.ts'),
  ]);
  const found = await attempt('sandbox', async () => {
    // Refused with the way out named where there is none: `/` is nobody's example.
    const isolation = await chooseIsolation({ root: '/', trust: false, remembered: false });
    if (isolation.kind !== 'bubblewrap') throw new Error('code would run without isolation');
    return `bubblewrap ${isolation.version}, limits by ${isolation.limits}`;
  });
  if (!found.ok || toolchain === null) return [found];
  try {
    const { probes } = await sandboxReport(toolchain);
    return [found, ...probes.map((probe) => probed(probe))];
  } catch (error) {
    return [found, failed('sandbox probes', error, true)];
  }
}

function probed({ name, held, detail }: SandboxProbe): Check {
  const remedy = held ? null : 'isolation does not hold here: repair only code that you would run yourself';
  return {
    name: '',
    ok: held,
    detail: `${name}: ${held ? 'stopped' : 'NOT stopped'}${detail ? ` (${detail})` : ''}`,
    remedy,
    needed: true,
  };
}

/** The store's place, version and size, and that a write reaches the disk. */
export async function storeCheck(): Promise<Check> {
  const { openStore, stateDir, storeVersion } = await import('../memory/store.ts');
  return attempt('store', async () => {
    const store = await openStore();
    try {
      const begin = performance.now();
      await store.cachePut('doctor', begin);
      const ms = performance.now() - begin;
      if (store.cacheGet('doctor') !== begin) throw new Error(`${store.dir} does not give back what was written`);
      return `${stateDir()}, version ${storeVersion}, ${size(statSync(join(store.dir, 'store.mdb')).size)}; a write is on disk after ${duration(ms)}`;
    } finally {
      await store.close();
    }
  });
}

/** Free space where `folder` is or will be. */
export function diskCheck(name: string, folder: string): Check {
  let place = folder;
  while (!existsSync(place) && place !== dirname(place)) place = dirname(place);
  try {
    const { bavail, bsize } = statfsSync(place);
    const free = bavail * bsize;
    const ok = free >= leastDisk;
    return {
      name,
      ok,
      detail: `${size(free)} free at ${folder}`,
      remedy: ok ? null : `free some space there; ${size(leastDisk)} is little enough`,
      needed: true,
    };
  } catch (error) {
    return { name, ok: false, detail: `${folder}: ${(error as Error).message}`, remedy: null, needed: true };
  }
}

/** What ranks candidates and why; the byte language model is read to the end where it is asked for. */
export async function policyCheck({ policy, why, checkpoint }: RankingChoice): Promise<Check> {
  const path = checkpoint === null ? shippedCheckpoint() : resolve(checkpoint);
  if (policy !== 'bytelm') {
    const there = existsSync(path) ? `the byte language model is there (${path})` : `no byte language model at ${path}`;
    const detail = `${policy}, ${why}; ${there}, --policy bytelm has it rank too`;
    return { name: 'policy', ok: true, detail, remedy: null, needed: false };
  }
  const { describeCheckpoint } = await import('../conductor/lm/checkpoint.ts');
  const check = await attempt('policy', async () => `bytelm, ${why}: ${await describeCheckpoint(path)}`, false);
  return check.ok ? check : { ...check, detail: `prior, though bytelm was asked for: ${check.detail}` };
}

/** What the engine runs on here, and each choice with its reason. `rusta fix` works without it. */
export async function engineChecks(asked: Asked): Promise<readonly Check[]> {
  const { openDevice } = await import('../engine/device.ts');
  const told: Check[] = [];
  const opened = await attempt(
    'engine',
    async () => {
      const device = await openDevice(asked);
      try {
        const { device: what, choices } = device.info();
        for (const { what: name, chosen, why } of choices)
          told.push({ name: 'engine', ok: true, detail: `${name}: ${chosen} (${why})`, remedy: null, needed: false });
        return what;
      } finally {
        await device.close();
      }
    },
    false,
  );
  return [opened, ...told];
}

/** What `look` says, or the error it throws with its hint as the remedy. */
async function attempt(name: string, look: () => Promise<string>, needed: boolean = true): Promise<Check> {
  try {
    return { name, ok: true, detail: await look(), remedy: null, needed };
  } catch (error) {
    return failed(name, error, needed);
  }
}

function failed(name: string, error: unknown, needed: boolean): Check {
  const { message, hint } = asRustaError(error);
  return { name, ok: false, detail: message, remedy: hint ?? null, needed };
}
