// `rusta fix` as a person and as a script see it: exit codes, JSON lines, what is written and when, questions, errors.

import { defaultContract } from '../../conductor/contract.ts';
import { RustaError } from '../../schemas/errors.ts';
import { assert, test } from '../support/harness.ts';
import { bundle, events, jsonLines, result, run } from './support.ts';

const bare = (status: 'clean' | 'unfixed' | 'refused', reason = 'because') => result({ status, reason, bundle: null });

test('each way to end has its exit code', async () => {
  const cases = [
    [result(), 0],
    [bare('clean'), 0],
    [result({ status: 'partial', bundle: bundle({ status: 'partial' }) }), 1],
    [result({ status: 'unsure', bundle: bundle({ status: 'unsure' }) }), 1],
    [bare('unfixed'), 1],
    [result({ status: 'unfixed', bundle: null, budget: 'time' }), 3],
    [result({ status: 'unfixed', bundle: null, budget: 'candidates' }), 3],
    [result({ status: 'fixed', budget: 'time' }), 0],
    [bare('refused'), 5],
    [result({ status: 'unfixed', bundle: null, budget: 'interrupted' }), 130],
  ] as const;
  for (const [given, code] of cases) {
    assert.is((await run(['fix'], { result: given })).code, code, `${given.status} ${given.budget}`);
  }
});

test('an error ends with its own kind of exit code, one line and its hint', async () => {
  for (const [exit, code] of [
    ['usage', 2],
    ['toolchain', 4],
    ['refused', 5],
    ['internal', 70],
  ] as const) {
    const fix = async (): Promise<never> => {
      throw new RustaError('nothing\nthere', { code: 'missing', op: 'project', hint: 'name a crate', exit });
    };
    const ran = await run(['fix'], { services: { fix } });
    assert.is(ran.code, code);
    assert.is(ran.stdout, '');
    assert.is(ran.stderr, 'rusta: error: project: nothing there\nrusta: hint: name a crate\n');
  }
});

test('a stack trace is printed with --debug alone', async () => {
  const fix = async (): Promise<never> => {
    throw new TypeError('x is not a function');
  };
  const plain = await run(['fix'], { services: { fix } });
  assert.is(plain.code, 70);
  assert.is(plain.stderr.split('\n').length, 3);
  assert.not.match(plain.stderr, /at .*test\.ts/);
  assert.match(
    (await run(['fix', '--debug'], { services: { fix } })).stderr,
    /caused by: TypeError[\s\S]*at .*test\.ts/,
  );
});

test('a full disk and a read-only tree are no bugs of ours', async () => {
  for (const code of ['ENOSPC', 'EROFS', 'EACCES']) {
    const fix = async (): Promise<never> => {
      throw Object.assign(new Error(`${code}: write`), { code });
    };
    const ran = await run(['fix'], { services: { fix } });
    assert.is(ran.code, 5, code);
    assert.not.match(ran.stderr, /bug/);
  }
});

test('--json prints the events, then the result in the names that scripts read, and nothing else', async () => {
  const ran = await run(['fix', '--json'], { terminal: true });
  const lines = jsonLines(ran.stdout);
  assert.equal(lines.slice(0, -1), events as unknown);
  assert.equal(lines.at(-1), {
    v: 1,
    type: 'result',
    status: 'fixed',
    reason: 'it compiles and its 3 tests pass',
    episode: 'episode-1',
    bundle_id: '00112233445566aa',
    diff: bundle().diff,
    errors_before: 1,
    errors_after: 0,
    tests_before: null,
    tests_after: { passed: 3, failed: 0, ignored: 0 },
    lines_added: 1,
    lines_removed: 1,
    confidence: 0.92,
    cargo_runs: 4,
    candidates: 2,
    probes: 1,
    elapsed_ms: 1235,
    applied: false,
    budget: null,
    risks: ['the tests run no benchmark'],
    alternatives: [],
    failing_tests: [],
    skeletons: [],
    exit_code: 0,
  });
  assert.is(ran.stderr, '');
});

test('--json ends with a result line also for an error and for a bad command line', async () => {
  const fix = async (): Promise<never> => {
    throw new RustaError('no cargo', { code: 'not-installed', op: 'toolchain', hint: 'rustup', exit: 'toolchain' });
  };
  const failed = await run(['fix', '--json'], { services: { fix } });
  const [line] = jsonLines(failed.stdout);
  assert.is(failed.code, 4);
  assert.is(line?.status, 'refused');
  assert.is(line?.exit_code, 4);
  assert.equal(line?.error, {
    code: 'not-installed',
    message: 'toolchain: no cargo',
    hint: 'rustup',
    expected: null,
    got: null,
  });
  const usage = await run(['fix', '--json', '--bogus']);
  assert.is(usage.code, 2);
  assert.is(jsonLines(usage.stdout).at(-1)?.type, 'result');
});

test('--apply writes what is fixed, and nothing else', async () => {
  const fixed = await run(['fix', '--apply']);
  assert.is(fixed.applied.length, 1);
  assert.match(fixed.stdout, /applied to src\/main\.rs\nundo it: +rusta rollback 00112233445566aa/);
  for (const status of ['partial', 'unsure'] as const) {
    const ran = await run(['fix', '--apply'], { result: result({ status, bundle: bundle({ status }) }) });
    assert.is(ran.applied.length, 0, status);
    assert.is(ran.code, 1);
  }
  assert.is((await run(['fix'])).applied.length, 0);
  assert.is((await run(['fix', '--check', '--apply'])).applied.length, 0);
});

test('a patch that cannot be written any more is shown, with the error and its exit code', async () => {
  const apply = async (): Promise<never> => {
    throw new RustaError('src/main.rs changed', { code: 'pre-image', op: 'apply', exit: 'refused' });
  };
  const ran = await run(['fix', '--apply'], { services: { apply } });
  assert.is(ran.code, 5);
  assert.match(ran.stdout, /takes\(&s\)/);
  assert.match(ran.stderr, /error: apply: src\/main\.rs changed/);
  const last = jsonLines((await run(['fix', '--apply', '--json'], { services: { apply } })).stdout).at(-1);
  assert.is(last?.status, 'fixed');
  assert.is(last?.applied, false);
  assert.is((last?.error as { code: string } | undefined)?.code, 'pre-image');
});

const unsure = result({
  status: 'unsure',
  reason: 'two repairs hold',
  bundle: bundle({ status: 'unsure' }),
  alternatives: [bundle({ status: 'unsure', id: 'ffeeddccbbaa9988' })],
});

test('unsure asks which patch is meant where a person is there, and writes only after a yes', async () => {
  const yes = await run(['fix'], { terminal: true, result: unsure, typed: ['2', 'y'] });
  assert.equal(
    yes.applied.map(({ id }) => id),
    ['ffeeddccbbaa9988'],
  );
  assert.is(yes.code, 0);
  for (const typed of [['2', 'n'], ['2', ''], [''], [], ['9', '']]) {
    const no = await run(['fix'], { terminal: true, result: unsure, typed });
    assert.is(no.applied.length, 0, typed.join());
    assert.is(no.code, 1);
  }
});

test('with --apply the choice itself is the yes', async () => {
  const ran = await run(['fix', '--apply'], { terminal: true, result: unsure, typed: ['nonsense', '1'] });
  assert.equal(
    ran.applied.map(({ id }) => id),
    ['00112233445566aa'],
  );
});

test('without a terminal, and with --json, nothing is asked', async () => {
  for (const [argv, terminal] of [
    [['fix'], false],
    [['fix', '--json'], true],
    [['fix', '--check'], true],
  ] as const) {
    const ran = await run(argv, { terminal, result: unsure, typed: ['1', 'y'] });
    assert.is(ran.applied.length, 0);
    assert.not.match(ran.stderr, /meant\?/);
  }
});

test('a patch whose tests failed is not offered', async () => {
  const failing = bundle({
    status: 'unsure',
    tests_before: { passed: 2, failed: 0, ignored: 0 },
    tests_after: { passed: 1, failed: 1, ignored: 0 },
  });
  const ran = await run(['fix'], {
    terminal: true,
    result: result({ status: 'unsure', bundle: failing }),
    typed: ['1', 'y'],
  });
  assert.is(ran.applied.length, 0);
});

test('flags become the request', async () => {
  const argv = [
    'fix',
    'a/b',
    '--max-lines',
    '3',
    '--budget=7',
    '--probes',
    '0',
    '--time',
    '2m',
    '--jobs',
    '3',
    '--max-files',
    '2',
  ];
  argv.push(
    '--env',
    'A',
    '--env',
    'B',
    '--trust',
    '--fetch',
    '-p',
    'member',
    '--features',
    'x,y',
    '--target',
    'wasm32-wasip1',
  );
  argv.push(
    '--known-failing',
    'tests::a',
    '--known-failing',
    'tests::b',
    '--test',
    '--allow',
    'build.rs',
    '--test-time',
    '1.5',
    '--edition',
    '2018',
  );
  argv.push('--check', '--toolchain', 'stable', '--unsure-below', '0.5');
  const { requests, stderr } = await run(argv, { result: bare('clean') });
  assert.equal(
    requests[0],
    {
      path: '/home/me/crate/a/b',
      contract: {
        ...defaultContract,
        maxLines: 3,
        candidates: 7,
        probes: 0,
        timeMs: 120_000,
        jobs: 3,
        maxFiles: 2,
        knownFailing: ['tests::a', 'tests::b'],
        allow: ['build.rs'],
        testTimeMs: 1500,
        unsureBelow: 0.5,
      },
      package: 'member',
      features: ['x', 'y'],
      target: 'wasm32-wasip1',
      edition: '2018',
      toolchain: 'stable',
      env: ['A', 'B'],
      trust: true,
      fetch: true,
      test: true,
      checkOnly: true,
    },
    stderr,
  );
});

test('without flags the request is the contract as it stands, for the folder we are in', async () => {
  const [request] = (await run(['fix'])).requests;
  assert.is(request?.path, '/home/me/crate');
  assert.equal(request?.contract, defaultContract);
  assert.is(request?.trust, false);
  assert.is(request?.fetch, false);
});

test('an interrupted run prints one line, writes nothing and exits 130', async () => {
  const controller = new AbortController();
  const fix = async () => {
    controller.abort();
    return result();
  };
  const ran = await run(['fix', '--apply'], { services: { fix }, signal: controller.signal });
  assert.is(ran.code, 130);
  assert.is(ran.applied.length, 0);
  assert.is(ran.stdout, '');
  assert.is(ran.stderr.split('\n').length, 2);
});

test('an interruption that ends in an exception is still one line and 130', async () => {
  const controller = new AbortController();
  const fix = async (): Promise<never> => {
    controller.abort();
    throw new Error('aborted somewhere deep');
  };
  const ran = await run(['fix', '--json'], { services: { fix }, signal: controller.signal });
  assert.is(ran.code, 130);
  assert.is(ran.stderr, 'rusta: interrupted\n');
  assert.is(jsonLines(ran.stdout).at(-1)?.exit_code, 130);
});

test('warnings of the episode are never swallowed, not even by --quiet', async () => {
  const warned = [{ v: 1, type: 'notice', level: 'warning', message: 'not isolated: --trust' } as const];
  for (const argv of [['fix'], ['fix', '--quiet']]) {
    assert.match((await run(argv, { events: warned })).stderr, /warning: not isolated: --trust\n/);
  }
});

test('--quiet says the result in one line', async () => {
  const ran = await run(['fix', '--quiet']);
  assert.is(ran.stdout, 'fixed (00112233445566aa): it compiles and its 3 tests pass\n');
  assert.is(ran.stderr, '');
});

test('--remember keeps the trust in a path, and goes with --trust alone', async () => {
  const paths: string[] = [];
  const remember = async (path: string): Promise<void> => void paths.push(path);
  assert.is((await run(['fix', 'x', '--trust', '--remember'], { services: { remember } })).code, 0);
  assert.equal(paths, ['/home/me/crate/x']);
  assert.is((await run(['fix', '--remember'], { services: { remember } })).code, 2);
  assert.is(paths.length, 1);
});
