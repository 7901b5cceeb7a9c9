// What a test may need of the machine, proved by using it: a program that is there but does not work counts as missing.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export type Requirement =
  | 'bubblewrap'
  | 'strace'
  | 'cargo'
  | 'clippy'
  | 'zsh'
  | 'fish'
  | 'closed files'
  | 'own mounts'
  | 'procfs'
  | 'rust-docs'
  | 'build';

/** A command line that ends well where the requirement is met, or a function that says why it is not. */
type Probe = readonly [string, ...string[]] | (() => string | null);

const built = fileURLToPath(new URL('../../dist/cli/rusta.js', import.meta.url));

const root = process.getuid?.() === 0;

/** The start of a command line whose process is held to the modes of files, whoever runs the tests. */
export const withoutRootsRights: readonly string[] = root
  ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search']
  : [];

/** The start of a command line whose process may mount, for itself alone. */
export const inOwnMounts: readonly [string, ...string[]] = ['unshare', root ? '-m' : '-rm'];

const probes: Readonly<Record<Requirement, Probe>> = {
  bubblewrap: [
    'bwrap',
    '--unshare-all',
    '--die-with-parent',
    '--ro-bind',
    '/',
    '/',
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    'true',
  ],
  strace: ['strace', '-f', '-e', 'trace=fdatasync', 'true'],
  cargo: ['cargo', '--version'],
  clippy: ['cargo', 'clippy', '--version'],
  zsh: ['zsh', '-f', '-c', 'true'],
  fish: ['fish', '--no-config', '-c', 'true'],
  /** A process that may not read what the file modes forbid: see `withoutRootsRights`. */
  'closed files': () =>
    probe(
      ...([...withoutRootsRights, 'sh', '-c'] as const),
      'file=$(mktemp) && chmod 0 "$file"; [ ! -r "$file" ]; held=$?; rm -f "$file"; exit $held',
    ),
  /** A mount that only the process and its children see: see `inOwnMounts`. */
  'own mounts': () => probe(...inOwnMounts, 'sh', '-c', 'mount -t tmpfs none /mnt'),
  'rust-docs': () => probe('sh', '-c', 'test -f "$(rustc --print sysroot)/share/doc/rust/html/std/index.html"'),
  procfs: () => (existsSync('/proc/self/status') ? null : 'there is no /proc/self/status'),
  build: () => (existsSync(built) ? null : 'dist/ is not built: npm run build'),
};

const answers = new Map<Requirement, string | null>();

/** Why `requirement` cannot be used here, in one line; null when it works. Asked once a process. */
export function lacks(requirement: Requirement): string | null {
  let answer = answers.get(requirement);
  if (answer === undefined) {
    const ask: Probe = probes[requirement];
    answer = typeof ask === 'function' ? ask() : probe(...ask);
    answers.set(requirement, answer);
  }
  return answer;
}

function probe(program?: string, ...args: readonly string[]): string | null {
  const run = spawnSync(program ?? '', args, { cwd: '/', encoding: 'utf8', timeout: 20_000 });
  if (run.error !== undefined) return `${program}: ${(run.error as NodeJS.ErrnoException).code ?? run.error.message}`;
  if (run.status === 0) return null;
  return `${program} does not work here: ${run.stderr.trim().split('\n').at(-1) || `exit status ${run.status ?? run.signal}`}`;
}
