// The commands beside fix: what is written, refused and printed, for a person and as JSON.
import { spawnSync } from 'node:child_process';
import { engineChecks, nodeCheck } from '../../cli/checks.ts';
import type { Check, EpisodeSummary, Services } from '../../cli/services.ts';
import { RustaError } from '../../schemas/errors.ts';
import type { DevlogEntry, PatchBundle } from '../../schemas/types.ts';
import { assert, test } from '../support/harness.ts';
import { bundle, diff, events, jsonLines, run } from './support.ts';

const stored = (part: Partial<PatchBundle> = {}): Partial<Services> => ({ bundle: async () => bundle(part) });

test('apply writes a fixed bundle and says how to undo it', async () => {
  const ran = await run(['apply'], { services: stored() });
  assert.is(ran.code, 0);
  assert.is(ran.applied.length, 1);
  assert.is(
    ran.stdout,
    'applied 00112233445566aa to 1 file in /home/me/crate: src/main.rs\nundo it:   rusta rollback 00112233445566aa\n',
  );
});

test('apply takes unsure whose check and tests passed, and nothing less', async () => {
  const count = (failed: number) => ({ passed: 1, failed, ignored: 0 });
  const cases: readonly (readonly [Partial<PatchBundle>, boolean])[] = [
    [{ status: 'unsure' }, true],
    [{ status: 'unsure', tests_before: count(1), tests_after: count(1) }, true],
    [{ status: 'unsure', tests_after: count(1), known_failing: ['tests::a'] }, true],
    [{ status: 'unsure', errors_after: 1 }, false],
    [{ status: 'unsure', tests_after: count(1) }, false],
    [{ status: 'unsure', tests_after: null }, false],
    [{ status: 'partial' }, false],
    [{ status: 'unfixed' }, false],
  ];
  for (const [part, takes] of cases) {
    const ran = await run(['apply', '00112233445566aa'], { services: stored(part) });
    assert.is(ran.applied.length, takes ? 1 : 0, JSON.stringify(part));
    assert.is(ran.code, takes ? 0 : 5);
    if (!takes)
      assert.match(ran.stderr, /is not for applying: .*\nrusta: hint: read it with `rusta show 00112233445566aa`/);
  }
});

test('rollback takes the bundle back', async () => {
  const back: string[] = [];
  const rollback = async (patch: PatchBundle): Promise<readonly string[]> => {
    back.push(patch.id);
    return ['src/main.rs'];
  };
  const ran = await run(['rollback'], { services: { ...stored(), rollback } });
  assert.equal(back, ['00112233445566aa']);
  assert.match(ran.stdout, /^took 00112233445566aa back from 1 file in \/home\/me\/crate: src\/main\.rs\n$/);
  const [line] = jsonLines((await run(['rollback', '--json'], { services: { ...stored(), rollback } })).stdout);
  assert.equal(line, {
    v: 1,
    type: 'rolled-back',
    bundle_id: '00112233445566aa',
    root: '/home/me/crate',
    files: ['src/main.rs'],
  });
});

test('a file that was edited since is an error with its own exit code, in JSON too', async () => {
  const rollback = async (): Promise<never> => {
    throw new RustaError('src/main.rs was edited since', { code: 'edited', op: 'rollback', exit: 'refused' });
  };
  const ran = await run(['rollback', '--json'], { services: { ...stored(), rollback } });
  assert.is(ran.code, 5);
  assert.is((jsonLines(ran.stdout)[0]?.error as { code: string } | undefined)?.code, 'edited');
});

test('show: with evidence, as a diff, as a mail, as JSON', async () => {
  const services = { ...stored(), mail: async () => 'From 0\nSubject: [PATCH] x\n' };
  assert.match(
    (await run(['show'], { services })).stdout,
    /fixed 00112233445566aa of \/home\/me\/crate.*\nerrors +1 → 0\n/,
  );
  assert.is((await run(['show', '--format=diff'], { services })).stdout, diff);
  assert.is((await run(['show', '--format', 'patch'], { services })).stdout, 'From 0\nSubject: [PATCH] x\n');
  assert.equal(jsonLines((await run(['show', '--json'], { services })).stdout), [bundle()] as unknown);
  assert.match(
    (await run(['show', '--candidates'], { services })).stdout,
    /accepted +consider borrowing here \[suggestions\]/,
  );
});

test('a diff keeps its bytes in a pipe, and acts on no terminal', async () => {
  const raw = `--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\r\n+${String.fromCharCode(27)}[2J\r\n`;
  assert.is((await run(['show', '--format=diff'], { services: stored({ diff: raw }) })).stdout, raw);
  const shown = (
    await run(['show', '--format=diff'], { services: stored({ diff: raw }), terminal: true, env: { NO_COLOR: '1' } })
  ).stdout;
  assert.match(shown, /^\+\\u\{1b\}\[2J$/m);
});

const summaries: readonly EpisodeSummary[] = [
  {
    episode: 'e-2',
    root: '/home/me/crate',
    at: Date.UTC(2026, 0, 2, 3, 4, 5),
    crate: 'crate',
    status: null,
    bundle: null,
  },
  {
    episode: 'e-1',
    root: '/home/me/crate',
    at: Date.UTC(2026, 0, 1),
    crate: 'crate',
    status: 'fixed',
    bundle: '00112233445566aa',
  },
];
const entries: readonly DevlogEntry[] = events.map((event, index) => ({
  v: 1,
  seq: index + 1,
  at: 1000 + index * 10,
  episode: 'e-1',
  event,
}));

test('log lists episodes, and one episode step by step', async () => {
  const services = { episodes: async () => summaries, entries: async () => entries };
  const list = await run(['log'], { services });
  assert.match(
    list.stdout,
    /^e-2 {2}2026-01-02 03:04:05Z {2}not ended.*\ne-1 .* fixed +00112233445566aa {2}\/home\/me\/crate\n$/,
  );
  assert.equal(jsonLines((await run(['log', '--json', '-n', '1'], { services })).stdout), [summaries[0]] as unknown);
  const steps = await run(['log', 'e-1'], { services });
  assert.is(steps.stdout.split('\n').length, entries.length + 1);
  assert.match(steps.stdout, / 3 +20 ms +state +Sense → Plan: 1 error/);
  assert.equal(jsonLines((await run(['log', 'e-1', '--json'], { services })).stdout), entries as unknown);
});

test('log purge forgets one episode or all, and never by accident', async () => {
  const purged: (string | null)[] = [];
  const purge = async (episode: string | null): Promise<number> => purged.push(episode);
  assert.is((await run(['log', 'purge', '--all'], { services: { purge } })).code, 0);
  assert.is((await run(['log', 'purge', 'e-1'], { services: { purge } })).stdout, 'forgot 2 episodes\n');
  assert.is((await run(['log', 'purge'], { services: { purge } })).code, 2);
  assert.is((await run(['log', 'purge', 'e-1', '--all'], { services: { purge } })).code, 2);
  assert.equal(purged, [null, 'e-1']);
});

test('replay says whether the same decisions led to the same patch', async () => {
  const outcome = {
    episode: 'e-1',
    same: true,
    logged: '00112233445566aa',
    replayed: '00112233445566aa',
    difference: null,
  };
  const same = await run(['replay', 'e-1'], { services: { replay: async () => outcome } });
  assert.is(same.code, 0);
  assert.is(same.stdout, 'the same decisions, the same patch 00112233445566aa\n');
  const other = { ...outcome, same: false, replayed: null, difference: 'decision 3: logged a, replayed b' };
  const different = await run(['replay', 'e-1', '--json'], { services: { replay: async () => other } });
  assert.is(different.code, 1);
  assert.equal(jsonLines(different.stdout).at(-1), { v: 1, type: 'replayed', ...other });
});

const fine: Check = { name: 'node', ok: true, detail: '22.0.0', remedy: null, needed: true };

test('doctor: 0 when everything needed is there, and the remedy where it is not', async () => {
  const note: Check = { name: 'git', ok: false, detail: 'not there', remedy: 'install it', needed: false };
  const good = await run(['doctor'], { services: { doctor: async () => [fine, note] } });
  assert.is(good.code, 0);
  assert.match(good.stdout, /^ok {4}node {2}22\.0\.0\nnote {2}git {3}not there\n +do: install it\n/);
  const sandbox: Check = {
    name: 'sandbox',
    ok: false,
    detail: 'no bwrap',
    remedy: 'apt-get install bubblewrap',
    needed: true,
  };
  const bad = await run(['doctor', '--json'], { services: { doctor: async () => [fine, sandbox] } });
  assert.is(bad.code, 1);
  assert.equal(jsonLines(bad.stdout), [{ v: 1, type: 'doctor', ok: false, checks: [fine, sandbox] }] as unknown);
  const toolchain: Check = { name: 'toolchain', ok: false, detail: 'none', remedy: null, needed: true };
  assert.is((await run(['doctor'], { services: { doctor: async () => [toolchain] } })).code, 4);
});

test('doctor knows the least version of Node', () => {
  assert.is(nodeCheck('20.19.0').ok, true);
  assert.is(nodeCheck('24.1.0').ok, true);
  for (const version of ['20.18.3', '18.20.0']) assert.match(nodeCheck(version).remedy ?? '', /20\.19/);
});

test('doctor asks the engine for the device and threads that its flags name', async () => {
  const all: unknown[] = [];
  const doctor = async (_cwd: string, _chosen: unknown, asked: unknown) => {
    all.push(asked);
    return [fine];
  };
  await run(['doctor'], { services: { doctor } });
  await run(['doctor', '--device', 'reference', '--threads', '2'], { services: { doctor } });
  await run(['doctor', '--device', 'webgpu', '--adapter', 'software'], { services: { doctor } });
  assert.equal(all, [
    { device: 'auto' },
    { device: 'reference', threads: 2 },
    { device: 'webgpu', adapter: 'software' },
  ]);
  assert.is((await run(['doctor', '--adapter', 'software'], { services: { doctor } })).code, 2);
  assert.is((await run(['doctor', '--threads', '0'], { services: { doctor } })).code, 2);
});

test('doctor tells the device, threads, SIMD and int8 kernels, each with why; an engine that does not open is a note', async () => {
  const checks = await engineChecks({ device: 'wasm', threads: 1 });
  assert.ok(checks.every(({ ok, needed, name }) => ok && !needed && name === 'engine'));
  const told = checks.map(({ detail }) => detail).join('\n');
  assert.match(
    told,
    /^WebAssembly, 1 thread\ndevice: wasm \(asked .*\nthreads: 1 \(.*\nSIMD: 128-bit.*\n.*\ntiles of products: 4x\d+ .*\nint8 kernels: int8\S* \(.+\)$/,
  );
  const [bad, ...rest] = await engineChecks({ device: 'wasm', threads: 99 });
  assert.equal([bad?.ok, bad?.needed, rest.length], [false, false, 0]);
  assert.match(bad?.detail ?? '', /99 threads/);
});

test('the command line switches relaxed SIMD on before anything is compiled', () => {
  const url = (path: string): string => JSON.stringify(new URL(`../../${path}`, import.meta.url).href);
  const code = `
    const { start } = await import(${url('cli/start.ts')});
    const { wasmBytes } = await import(${url('kernels/load.ts')});
    const command = { name: 'probe', describe: '', positionals: [], flags: [], run: async (_, { terminal }) => {
      terminal.out(String(WebAssembly.validate(wasmBytes('dense-relaxed', false))) + '\\n');
      return 0;
    } };
    await start({ name: 'probe', describe: '', version: '0', commands: [command] }, ['probe']);`;
  const words = ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', code];
  const { stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  assert.is(stdout, 'true\n', stderr);
});
