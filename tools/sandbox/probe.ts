// Does bubblewrap work here? Answered by running it, once a process. What the answer means for a run is isolation.ts's.
import { existsSync, lstatSync, readlinkSync } from 'node:fs';
import { run } from '../process.ts';
import { type BubblewrapFeatures, bubblewrapArguments, type SystemEntry } from './bubblewrap.ts';

/** The features, or why there is no working bubblewrap, in words that follow "because". */
export type Probe =
  | { readonly works: true; readonly path: string; readonly features: BubblewrapFeatures }
  | { readonly works: false; readonly why: string };

let answer: Promise<Probe> | undefined;

/** The answer of a real run, cached for the life of this process. */
export function probeBubblewrap(): Promise<Probe> {
  answer ??= probe();
  return answer;
}

async function probe(): Promise<Probe> {
  if (process.platform !== 'linux') return { works: false, why: `bubblewrap does not exist on ${process.platform}` };
  const path = ['/usr/bin/bwrap', '/usr/local/bin/bwrap', '/bin/bwrap', '/run/wrappers/bin/bwrap'].find((file) =>
    existsSync(file),
  );
  if (path === undefined) return { works: false, why: 'bubblewrap (bwrap) is not installed' };
  const says = async (flag: string): Promise<string> => (await run(path, [flag], { env: {}, timeMs: 5000 })).stdout;
  const [help, named] = await Promise.all([says('--help'), says('--version')]);
  const version = /[\d.]+/.exec(named)?.[0] ?? 'unknown';
  if (!help.includes('--clearenv')) return { works: false, why: `bubblewrap ${version} is too old (0.5 is needed)` };
  const size = help.includes('--size');
  let why = 'it failed';
  for (const sealUsers of help.includes('--disable-userns') ? [true, false] : [false]) {
    const features = { version, size, sealUsers };
    const args = bubblewrapArguments({
      features,
      system: systemEntries(),
      scratch: [],
      mounts: [],
      environment: {},
      cwd: '/',
    });
    const result = await run(path, [...args, '--', '/bin/sh', '-c', 'exit 42'], { env: {}, timeMs: 5000 });
    if (result.code === 42) return { works: true, path, features };
    why = result.stderr.trim().split('\n').at(-1) || `it ended with ${result.code ?? result.signal}`;
  }
  return { works: false, why: `bubblewrap ${version} does not work here (${why})` };
}

let entries: readonly SystemEntry[] | undefined;

/** /usr, its links or folders beside it, and the two files that compilers and the loader need; nothing else of /etc. */
export function systemEntries(): readonly SystemEntry[] {
  entries ??= [
    '/usr',
    '/bin',
    '/sbin',
    '/lib',
    '/lib32',
    '/lib64',
    '/libx32',
    '/etc/alternatives',
    '/etc/ld.so.cache',
  ].flatMap(systemEntry);
  return entries;
}

function systemEntry(path: string): SystemEntry[] {
  try {
    if (lstatSync(path).isSymbolicLink()) return [{ kind: 'link', path, target: readlinkSync(path) }];
    return [{ kind: 'bind', path }];
  } catch {
    return []; // not on this distribution
  }
}

/** What a program needs to reach a registry by name and to trust it; only fetching sees these. */
export function networkFiles(): string[] {
  return [
    '/etc/resolv.conf',
    '/etc/hosts',
    '/etc/nsswitch.conf',
    '/etc/ssl',
    '/etc/pki',
    '/etc/ca-certificates',
  ].filter((path) => existsSync(path));
}
