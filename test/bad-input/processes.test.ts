// The program among others: interrupted, twice at once, without a reader, a home, a toolchain or room on the disk.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { pidsWithEnvironment } from '../../tools/sandbox/proc.ts';
import { assert, test } from '../support/harness.ts';
import { inOwnMounts } from '../support/requirements.ts';
import { treeHash } from '../tools/sandbox/workspace.ts';
import { broken, launch, Place, says, started } from './support.ts';

const needs = ['bubblewrap', 'cargo'] as const;
let place: Place;
test.before(() => {
  place = new Place();
  place.crate('crate', { 'src/lib.rs': broken });
});
test.after(() => place.remove());

const fix = (...flags: readonly string[]): string[] => [...launch, 'fix', place.path('crate'), ...flags];

test.needs(
  needs,
  'Ctrl-C in the middle of a build leaves no process and no sandbox, and the next run works',
  async () => {
    const mark = `${process.pid}-${Date.now()}`;
    const script = 'fn main() { if option_env!("RUSTA_TEST_BAD").is_some() { loop { std::thread::park() } } }\n';
    place.crate('slow', { 'src/lib.rs': broken, 'build.rs': script }, 'build = "build.rs"\n');
    const before = treeHash(place.path('slow'));
    const run = started([...launch, 'fix', place.path('slow'), '--env', 'RUSTA_TEST_BAD'], { RUSTA_TEST_BAD: mark });
    await run.seen('Compiling slow');
    await new Promise((resolve) => setTimeout(resolve, 500));
    run.child.kill('SIGINT');
    says(await run.ended, 130, /^rusta: interrupted; nothing was changed$/);
    assert.equal(pidsWithEnvironment(`RUSTA_TEST_BAD=${mark}`), []);
    const slots = readdirSync(place.path('.cache/rusta/slots'));
    for (const slot of slots) assert.ok(readdirSync(place.path('.cache/rusta/slots', slot)).includes('idle'), slot);
    says(await started([...launch, 'fix', place.path('slow')]).ended, 0, /^fixed: /);
    assert.is(treeHash(place.path('slow')), before);
  },
);

test.needs(needs, 'two at once on one crate both end, with the same patch', async () => {
  const both = await Promise.all([started(fix('--json')).ended, started(fix('--json')).ended]);
  const [one, two] = both.map(({ code, out }) => [
    code,
    JSON.parse(out.trimEnd().split('\n').at(-1) as string).bundle_id,
  ]);
  assert.is(one?.[0], 0);
  assert.equal(one, two);
});

test.needs(needs, 'a reader that goes away ends it without a word', () => {
  const script = '"$@" --json | head -n 1 | cut -c 1-22; echo "$' + '{PIPESTATUS[1]}"';
  const { stdout, stderr, status } = spawnSync('bash', ['-c', script, 'bash', ...fix()], { encoding: 'utf8' });
  assert.equal([stdout, stderr, status], ['{"v":1,"type":"start",\n0\n', '', 0]);
});

test.needs(needs, 'output that cannot be written is not called a success', async () => {
  const said = await started(['sh', '-c', 'exec "$@" > /dev/full', 'sh', ...fix('--quiet')]).ended;
  says(said, 5, /^rusta: error: write: ENOSPC/);
});

test('without a toolchain it says where to get one', async () => {
  const env = { HOME: place.path('home'), PATH: place.path('no-programs'), RUSTUP_HOME: undefined };
  const said = await started(fix(), { ...env, CARGO_HOME: undefined, RUSTUP_TOOLCHAIN: undefined }).ended;
  says(said, 4, /^rusta: error: toolchain: no Rust toolchain found$/);
  says(said, 4, /^rusta: hint: install Rust, see https:\/\/rustup\.rs$/);
});

test.needs(needs, 'HOME may be missing, and relative XDG folders are ignored', async () => {
  says(await started(fix('--check'), { HOME: undefined }).ended, 1, /^needs a fix: /);
  const home = place.path('home-of-somebody');
  mkdirSync(home);
  const { RUSTUP_HOME = `${process.env.HOME}/.rustup`, CARGO_HOME = `${process.env.HOME}/.cargo` } = process.env;
  const env = { HOME: home, RUSTUP_HOME, CARGO_HOME, XDG_STATE_HOME: 'state', XDG_CACHE_HOME: 'cache' };
  says(await started(fix('--check'), env).ended, 1, /^needs a fix: /);
  assert.equal(readdirSync(home).sort(), ['.cache', '.local']);
});

/** `argv` with a disk of `kib` KiB at `at`, that nobody else sees. */
function onSmallDisk(kib: number, at: string, argv: readonly string[]): string[] {
  mkdirSync(at, { recursive: true });
  return [...inOwnMounts, 'sh', '-c', `mount -t tmpfs -o size=${kib}k none "$0" && exec "$@"`, at, ...argv];
}

test.needs([...needs, 'own mounts'], 'a full disk is named, whichever it is', async () => {
  const before = treeHash(place.path('crate'));
  for (const [variable, kib, said] of [
    ['XDG_CACHE_HOME', 4096, /^rusta: error: sandbox: [\d.]+ MiB are free at .*\/small\/rusta, and building wants/],
    [
      'XDG_STATE_HOME',
      64,
      /^rusta: error: store write: no space left for .*\/small\/rusta; nothing of this write was kept$/,
    ],
  ] as const) {
    const argv = onSmallDisk(kib, place.path('small'), fix());
    says(await started(argv, { [variable]: place.path('small') }).ended, 5, said);
  }
  assert.is(treeHash(place.path('crate')), before);
});

test.needs(
  ['cargo', 'rust-docs', 'own mounts'],
  'an index that the disk has no room for is named, and leaves nothing half built',
  async () => {
    const small = place.path('small-index');
    mkdirSync(small);
    const script =
      'mount -t tmpfs -o size=3072k none "$0" && "$@"; code=$?; find "$0/rusta/docs" -mindepth 1; exit $code';
    const argv = [...inOwnMounts, 'sh', '-c', script, small, ...launch, 'explain', 'E0382'];
    const said = await started(argv, { XDG_CACHE_HOME: small }).ended;
    says(said, 5, /^rusta: error: docs: the disk is full at .*\/small-index\/rusta\/docs\/\w+$/);
    says(said, 5, /^rusta: hint: free some space, or set XDG_CACHE_HOME to a folder on another disk$/);
    assert.is(said.out, '');
  },
);
