// What `rusta doctor` looks at, each as one check: found, and what to do where it is not as it should be.
// The looking itself is tools/ and memory/'s work.
import { existsSync, statfsSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { RustaError } from '../schemas/errors.ts';
import type { Check } from './services.ts';
import { size } from './text.ts';

/** The least free space a mirror and a target folder of a middling crate want, bytes. */
const leastDisk = 1024 ** 3;
const leastNode: readonly [number, number] = [20, 19];

export function nodeCheck(version: string = process.versions.node): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const ok = major > leastNode[0] || (major === leastNode[0] && minor >= leastNode[1]);
  const detail = `${version}, ${availableParallelism()} cores, ${size(totalmem())} of memory`;
  return { name: 'node', ok, detail, remedy: ok ? null : `install Node ${leastNode.join('.')} or later`, needed: true };
}

/** The toolchain that the crate at `root` asks for, or the default one. */
export async function toolchainCheck(root: string | null): Promise<Check> {
  const { findToolchain } = await import('../tools/sandbox/toolchain.ts');
  return attempt('toolchain', async () => {
    const { name, version, sysroot } = await findToolchain(root);
    return `${version}, ${name} in ${sysroot}`;
  });
}

export async function isolationCheck(): Promise<Check> {
  const [{ probeBubblewrap }, { chooseIsolation }] = await Promise.all([
    import('../tools/sandbox/probe.ts'),
    import('../tools/sandbox/trust.ts'),
  ]);
  return attempt('sandbox', async () => {
    // Refused with the way out named where there is none: `/` is nobody's example.
    const isolation = await chooseIsolation({ root: '/', trust: false, remembered: false });
    const probe = await probeBubblewrap();
    if (isolation.kind !== 'bubblewrap' || !probe.works) throw new Error('code would run without isolation');
    const { sealUsers, size: sized } = probe.features;
    const extras = [
      `limits by ${isolation.limits}`,
      ...(sealUsers ? ['no user namespaces inside'] : []),
      ...(sized ? ['sized tmpfs'] : []),
    ];
    return `bubblewrap ${isolation.version} at ${probe.path}; ${extras.join(', ')}`;
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

/** A check that is what `look` says, or the error it throws with its hint as the remedy. */
export async function attempt(name: string, look: () => Promise<string>, needed: boolean = true): Promise<Check> {
  try {
    return { name, ok: true, detail: await look(), remedy: null, needed };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return {
      name,
      ok: false,
      detail: error.message,
      remedy: error instanceof RustaError ? (error.hint ?? null) : null,
      needed,
    };
  }
}
