// Whether code runs isolated or trusted: bubblewrap where it works; else only on the user's word, or for an example that
// ships with Rusta, known by the hash of its content. Remembering the user's word is the store's.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RustaError } from '../../schemas/errors.ts';
import { sha256 } from '../../schemas/hash.ts';
import { cgroupsWork } from './cgroup.ts';
import { list } from './mirror.ts';
import { type Probe, probeBubblewrap } from './probe.ts';
import type { Isolation } from './types.ts';

export interface TrustRequest {
  /** Canonical path of the workspace root. */
  readonly root: string;
  /** The user said `--trust`. */
  readonly trust: boolean;
  /** The user said so earlier, for this path. */
  readonly remembered: boolean;
}

/** Begins to find out what `chooseIsolation` will ask, beside what comes before it. */
export function expectIsolation(): void {
  void probeBubblewrap();
  void cgroupsWork();
}

/** Throws RustaError (exit `refused`) that names the ways out when there is neither isolation nor trust. */
export async function chooseIsolation(request: TrustRequest): Promise<Isolation> {
  return isolationFrom(await probeBubblewrap(), request);
}

/** The choice, given what the probe said. */
export async function isolationFrom(probe: Probe, request: TrustRequest): Promise<Isolation> {
  if (probe.works) {
    const limits = (await cgroupsWork()) ? 'cgroup' : 'watchdog';
    return { kind: 'bubblewrap', version: probe.features.version, limits };
  }
  if (request.trust) return { kind: 'trust', why: 'flag' };
  if (request.remembered) return { kind: 'trust', why: 'remembered' };
  if (isShippedExample(request.root)) return { kind: 'trust', why: 'shipped-example' };
  throw new RustaError(`${request.root} is not run without isolation, and ${probe.why}`, {
    code: 'no-isolation',
    op: 'sandbox',
    hint: `${wayToInstall()}; or trust this code with your own rights: --trust`,
    exit: 'refused',
  });
}

function wayToInstall(): string {
  if (process.platform !== 'linux') return 'run Rusta in a Linux machine or container with bubblewrap';
  let os = '';
  try {
    os = readFileSync('/etc/os-release', 'utf8');
  } catch {
    // a system without it gets the general advice
  }
  const ids = `${/^ID=(.*)$/m.exec(os)?.[1]} ${/^ID_LIKE=(.*)$/m.exec(os)?.[1]}`;
  if (/debian|ubuntu/.test(ids)) return 'apt-get install bubblewrap';
  if (/fedora|rhel|centos/.test(ids)) return 'dnf install bubblewrap';
  if (/arch/.test(ids)) return 'pacman -S bubblewrap';
  if (/suse/.test(ids)) return 'zypper install bubblewrap';
  if (/alpine/.test(ids)) return 'apk add bubblewrap';
  return 'install bubblewrap with the package manager';
}

/** One hash over the names, modes and bytes of a crate's files, as a mirror would hold them. */
export function crateHash(root: string): string {
  const lines: string[] = [];
  for (const [path, entry] of list(root)) {
    if (entry.kind === 'folder') continue;
    const content =
      entry.kind === 'link'
        ? `link ${entry.target}`
        : sha256(readFileSync(Buffer.from(`${Buffer.from(root).toString('latin1')}/${path}`, 'latin1')));
    lines.push(JSON.stringify([path, entry.kind === 'file' && (entry.mode & 0o100) !== 0 ? 'x' : '-', content]));
  }
  return sha256(lines.sort().join('\n'));
}

/** Folders in which Rusta's own examples stand, next to this module in the tree or in the package. */
function manifests(): readonly string[] {
  const here = fileURLToPath(new URL('.', import.meta.url));
  return [join(here, '../../examples/trusted.json'), join(here, '../../../examples/trusted.json')];
}

/** What `examples/trusted.json` holds: the example's name and `crateHash`. */
export type TrustedExamples = Readonly<Record<string, string>>;

/** True when the crate is, byte for byte, one of the examples that ship, wherever it stands. */
export function isShippedExample(root: string, files: readonly string[] = manifests()): boolean {
  for (const file of files) {
    try {
      const trusted = JSON.parse(readFileSync(file, 'utf8')) as TrustedExamples;
      return Object.values(trusted).includes(crateHash(root));
    } catch {
      // no manifest there, or a tree too large to be an example
    }
  }
  return false;
}
