// A bad command line: one line, the nearest thing that exists, exit code 2. Help: on stdout, 0.
import { rusta } from '../../cli/programs.ts';
import { assert, test } from '../support/harness.ts';
import { run } from './support.ts';

const cases: readonly (readonly [readonly string[], RegExp, RegExp])[] = [
  [['fxi'], /unknown command "fxi"/, /did you mean fix\?/],
  [['frobnicate'], /unknown command "frobnicate"/, /--help/],
  [['fix', '--aply'], /fix: unknown flag --aply/, /did you mean --apply\?/],
  [['fix', '--max_lines', '3'], /unknown flag --max_lines/, /did you mean --max-lines\?/],
  [['fix', '--maxlines=3'], /unknown flag --maxlines$/m, /did you mean --max-lines\?/],
  [['fix', '-x'], /unknown flag -x/, /--help/],
  [['fix', '--no-apply'], /unknown flag --no-apply/, /--apply|--help/],
  [['fix', 'a', 'b'], /fix: unexpected "b"/, /rusta fix --help/],
  [['fix', '--time'], /not enough arguments following: time/i, /rusta fix --help/],
  [['fix', '--time', '1', '--time', '2'], /--time is given twice/, /^/],
  [['fix', '--edition', '2020'], /fix: --edition should be one of 2015, 2018, 2021, 2024, found "2020"/, /^/],
  [['fix', '--jobs', 'many'], /--jobs: jobs should be a whole number/, /^/],
  [['apply', '--apply'], /apply: unknown flag --apply/, /^/],
  [['show', '--format', 'html'], /show: --format should be one of text, diff, patch, found "html"/, /^/],
  [['replay'], /replay: which episode\?/, /rusta replay --help/],
  [['completion', 'tcsh'], /no completion for "tcsh"/, /bash, zsh, fish/],
  [['fix', 'a', '--', 'b'], /fix: unexpected "b"/, /^/],
  [['log', 'purge'], /log purge EPISODE, or log purge --all/, /rusta log --help/],
  [['log', '--all'], /--all goes with purge/, /^/],
  [['log', '--limit', '0'], /--limit should be a whole number/, /^/],
  [[], /no command given/, /rusta --help/],
];

for (const [argv, message, hint] of cases) {
  test(`rusta ${argv.join(' ')}`, async () => {
    const ran = await run(argv);
    assert.is(ran.code, 2, ran.stderr);
    assert.is(ran.stdout, '');
    assert.match(ran.stderr, message);
    assert.match(ran.stderr.split('\n')[1] ?? '', hint);
    assert.ok(ran.stderr.split('\n').length <= 3, ran.stderr);
  });
}

test('--help lists every command, and each command its flags', async () => {
  const ran = await run(['--help']);
  assert.is(ran.code, 0);
  for (const { name } of rusta.commands) assert.match(ran.stdout, new RegExp(`rusta ${name}`));
  for (const command of rusta.commands) {
    const help = await run([command.name, '--help']);
    assert.is(help.code, 0);
    assert.is(help.stderr, '');
    for (const flag of command.flags)
      assert.ok(help.stdout.includes(`--${flag.name}`), `${command.name} --${flag.name}`);
  }
});

test('help keeps to the width of the terminal', async () => {
  const { stdout } = await run(['fix', '--help'], { terminal: true, columns: 60 });
  for (const line of stdout.split('\n')) assert.ok(line.length <= 60, line);
});

test('help is plain English whatever the locale', async () => {
  assert.match((await run(['--help'], { env: { LC_ALL: 'de_DE.UTF-8', LANG: 'de_DE.UTF-8' } })).stdout, /Commands:/);
});

test('--version among other words says the version', async () => {
  const ran = await run(['fix', '--version']);
  assert.is(ran.code, 0);
  assert.match(ran.stdout, /^\d+\.\d+\.\d+\n$/);
});

test('an id of digits stays a text, and -- ends the flags', async () => {
  const asked: (string | null)[] = [];
  const bundle = async (id: string | null): Promise<never> => {
    asked.push(id);
    throw new Error('enough');
  };
  await run(['show', '0012345678901234'], { services: { bundle } });
  await run(['show', '1e5'], { services: { bundle } });
  assert.equal(asked, ['0012345678901234', '1e5']);
  assert.match((await run(['fix', '--', '--weird'])).requests[0]?.path ?? '', /\/--weird$/);
});
