// Settings come from four places, later ones winning; what is wrong is named by file and line; a crate's own file can
// neither widen what the crate may do nor raise a limit beyond what the user would have had without it.

import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, loadConfig } from '../../cli/config.ts';
import { defaultSettings, type SettingName, settingNames, settings } from '../../cli/settings.ts';
import { RustaError } from '../../schemas/errors.ts';
import { assert, test } from '../support/harness.ts';

let base = '';
let root = '';
let userFile = '';
test.before.each(async () => {
  base = await mkdtemp(join(tmpdir(), 'rusta-config-'));
  root = join(base, 'crate');
  userFile = join(base, 'config/rusta/config.toml');
  await mkdir(root);
  await mkdir(join(base, 'config/rusta'), { recursive: true });
});
test.after.each(() => rm(base, { recursive: true, force: true }));

interface Layers {
  readonly user?: string;
  readonly crate?: string;
  readonly env?: Record<string, string>;
  readonly flags?: Partial<Record<SettingName, string | readonly string[] | true>>;
}

async function load(layers: Layers): Promise<Config> {
  if (layers.user !== undefined) await writeFile(userFile, layers.user);
  if (layers.crate !== undefined) await writeFile(join(root, 'rusta.toml'), layers.crate);
  const env = { XDG_CONFIG_HOME: join(base, 'config'), ...layers.env };
  return loadConfig({ env, root, flags: new Map(Object.entries(layers.flags ?? {})) as never });
}

/** The error that `layers` end in; the temporary folder is left out of its message. */
async function fails(layers: Layers): Promise<{ message: string; hint: string }> {
  try {
    await load(layers);
  } catch (error) {
    if (!(error instanceof RustaError)) throw error;
    assert.is(error.exit, 'usage');
    return { message: error.message.replaceAll(`${base}/`, ''), hint: error.hint ?? '' };
  }
  throw new Error('nothing was wrong');
}

test('without any file the defaults hold', async () => {
  const { settings, notices } = await load({});
  assert.equal(settings, defaultSettings);
  assert.equal(notices, []);
});

test('each place wins over the ones before it', async () => {
  const layers = {
    user: 'max-lines = 9',
    crate: 'max-lines = 8',
    env: { RUSTA_MAX_LINES: '7' },
    flags: { 'max-lines': '6' },
  };
  assert.is((await load(layers)).settings['max-lines'], 6);
  assert.is((await load({ ...layers, flags: {} })).settings['max-lines'], 7);
  assert.is((await load({ ...layers, flags: {}, env: {} })).settings['max-lines'], 8);
  assert.is((await load({ user: layers.user, crate: '' })).settings['max-lines'], 9);
  assert.is((await load({ user: '', crate: '' })).settings['max-lines'], 10);
});

test('each kind of value is read from files, environment and flags alike', async () => {
  const user = 'time = 90\ntest-time = "1m"\nfeatures = ["a", "b"]\ntest = true\nedition = "2018"\nunsure-below = 0.5';
  const fromFile = (await load({ user })).settings;
  const env = {
    RUSTA_TIME: '90',
    RUSTA_TEST_TIME: '1m',
    RUSTA_FEATURES: 'a, b',
    RUSTA_TEST: '1',
    RUSTA_EDITION: '2018',
    RUSTA_UNSURE_BELOW: '0.5',
  };
  const fromEnv = (await load({ user: '', env })).settings;
  const flags = {
    time: '90s',
    'test-time': '60',
    features: ['a', 'b'],
    test: true,
    edition: '2018',
    'unsure-below': '.5',
  } as const;
  const fromFlags = (await load({ user: '', flags })).settings;
  assert.is(fromFile.time, 90_000);
  assert.is(fromFile['test-time'], 60_000);
  assert.equal(fromFile.features, ['a', 'b']);
  assert.equal(fromEnv, fromFile);
  assert.equal(fromFlags, fromFile);
});

test('it says where each setting came from', async () => {
  const { from } = await load({ user: '\nprobes = 3', env: { RUSTA_JOBS: '1' }, flags: { budget: '5' } });
  assert.equal(
    [...from],
    [
      ['probes', `${userFile}:2`],
      ['jobs', 'RUSTA_JOBS'],
      ['budget', '--budget'],
    ],
  );
});

test('an unknown key is named with its line and the nearest key', async () => {
  const crate = '# limits\nprobes = 3\nfeatures = [\n  "a",\n]\n\n# lines\nmax_lines = 4\n';
  const { message, hint } = await fails({ crate });
  assert.is(message, 'config: crate/rusta.toml:8: unknown key "max_lines"');
  assert.is(hint, 'did you mean max-lines?');
  assert.match((await fails({ user: '[budgets]\na = 1' })).message, /config\.toml:1: unknown key "budgets"/);
  assert.match((await fails({ user: 'zzzzzzzz = 1' })).hint, /^known keys: budget, probes/);
});

test('a value of the wrong type or out of range is named with its line and what was expected', async () => {
  const cases = [
    ['max-lines = "ten"', /:1: max-lines should be a whole number from 1 to 100000, found "ten"/],
    ['\n\njobs = 0', /:3: jobs should be a whole number from 1 to 256, found "0"/],
    ['probes = 1.5', /:1: probes should be a whole number/],
    ['time = "soon"', /:1: time should be a time of at most a day .* found "soon"/],
    ['time = 0', /time should be/],
    ['time = 1e9', /time should be/],
    ['time = nan', /time should be/],
    ['features = "a"', /features should be a list of texts, found "a"/],
    ['features = [1]', /features should be a list of texts, found \[1\]/],
    ['features = [\n"a",\n""]', /:1: features should be a text that is not empty/],
    ['package = "--config=x"', /package should be a name that does not start with "-"/],
    ['edition = "2020"', /edition should be one of 2015, 2018, 2021, 2024, found "2020"/],
    ['test = "yes"', /test should be true or false/],
    ['test = 2024-01-01', /test should be true or false/],
    ['unsure-below = 2', /unsure-below should be a number from 0 to 1/],
    ['env = ["A=b"]', /env should be the name of an environment variable, without a value, found "A=b"/],
    ['toolchain = "/tmp/evil"', /toolchain should be the name of an installed toolchain/],
  ] as const;
  for (const [user, message] of cases) assert.match((await fails({ user })).message, message);
});

test('the same holds for the environment and for flags, named as they were given', async () => {
  assert.match((await fails({ env: { RUSTA_TIME: 'x' } })).message, /RUSTA_TIME: time should be/);
  assert.match((await fails({ flags: { 'max-lines': '-1' } })).message, /--max-lines: max-lines should be/);
  assert.match((await fails({ flags: { env: ['A=b'] } })).message, /--env: env should be the name/);
});

test('broken TOML is named with its line and column', async () => {
  assert.match((await fails({ crate: 'probes = 1\nmax-lines = = 2' })).message, /crate\/rusta\.toml:2:\d+: /);
  assert.match((await fails({ crate: 'probes = 1\nprobes = 2' })).message, /rusta\.toml:2:\d+: /);
});

test('what is no readable text is an error, not a hang', async () => {
  await writeFile(join(root, 'rusta.toml'), Buffer.from([0x70, 0xff]));
  assert.match((await fails({})).message, /rusta\.toml: not UTF-8/);
  assert.match((await fails({ crate: '#'.repeat(20_000) })).message, /larger than 16 KiB/);
  await rm(join(root, 'rusta.toml'));
  await mkdir(join(root, 'rusta.toml'));
  assert.match((await fails({})).message, /not a regular file/);
  await rm(join(root, 'rusta.toml'), { recursive: true });
  assert.is(spawnSync('mkfifo', [join(root, 'rusta.toml')]).status, 0);
  assert.match((await fails({})).message, /not a regular file/);
  await rm(join(root, 'rusta.toml'));
  await symlink('/dev/zero', join(root, 'rusta.toml'));
  assert.match((await fails({})).message, /not a regular file/);
});

test("a crate's own file cannot widen what the crate may do", async () => {
  for (const crate of [
    'env = ["HOME"]',
    'allow = ["build.rs"]',
    'fetch = true',
    'toolchain = "nightly"',
    'unsure-below = 0.0',
  ]) {
    const { message, hint } = await fails({ crate });
    assert.match(message, /^config: crate\/rusta\.toml:1: [a-z-]+ cannot be set by a crate's own rusta\.toml$/);
    assert.match(hint, /the crate under repair ships this file/);
  }
  assert.equal((await load({ crate: '', user: 'env = ["A"]\nfetch = true\nallow = ["build.rs"]' })).settings.env, [
    'A',
  ]);
});

test('isolation is given up by the flag alone', async () => {
  for (const layers of [
    { crate: 'trust = true' },
    { crate: '', user: 'trust = true' },
    { user: '', env: { RUSTA_TRUST: '1' } },
  ]) {
    assert.match((await fails(layers)).message, /trust can only be given as a flag/);
  }
  assert.is((await load({ user: '', flags: { trust: true } })).settings.trust, true);
});

test("a crate's own file may lower a limit, and raise it no further than it would be without the file", async () => {
  assert.is((await load({ crate: 'time = 10' })).settings.time, 10_000);
  assert.is((await load({ user: 'max-lines = 20', crate: 'max-lines = 15' })).settings['max-lines'], 15);
  const raised = await load({ user: '', crate: '# more\ntime = 3600\nmax-lines = 50' });
  assert.is(raised.settings.time, defaultSettings.time);
  assert.is(raised.settings['max-lines'], defaultSettings['max-lines']);
  assert.is(raised.notices.length, 2);
  assert.match(
    raised.notices[0] ?? '',
    /rusta\.toml:2: a crate's own file may not raise time beyond 60s; use --time, or .*config\.toml/,
  );
});

test('a limit that was held back is not spoken of when the user set it', async () => {
  const { settings, notices } = await load({ crate: 'max-lines = 50', flags: { 'max-lines': '60' } });
  assert.is(settings['max-lines'], 60);
  assert.equal(notices, []);
});

test('a variable that looks like a setting but is none is pointed out; others are left alone', async () => {
  const { notices } = await load({ env: { RUSTA_MAXLINES: '3', RUSTA_SOMETHING_ELSE: '1' } });
  assert.equal(notices, ['RUSTA_MAXLINES is not a setting and was ignored; did you mean RUSTA_MAX_LINES?']);
});

test('XDG_CONFIG_HOME must be absolute to count; HOME is next', async () => {
  await mkdir(join(base, '.config/rusta'), { recursive: true });
  await writeFile(join(base, '.config/rusta/config.toml'), 'probes = 1');
  const { settings } = await load({ env: { XDG_CONFIG_HOME: 'config', HOME: base } });
  assert.is(settings.probes, 1);
});

test('every setting has its variable', async () => {
  const written = { count: '1', ratio: '0.5', time: '1', switch: 'true' };
  for (const name of settingNames.filter((one) => one !== 'trust')) {
    const { kind, choices } = settings[name];
    const env = {
      [`RUSTA_${name.toUpperCase().replaceAll('-', '_')}`]:
        choices?.[0] ?? (kind in written ? written[kind as keyof typeof written] : 'a'),
    };
    assert.ok((await load({ user: '', env })).from.has(name), name);
  }
});

test('the documentation has a row for every setting, and says who may set it', async () => {
  const text = await readFile(new URL('../../docs/CONFIGURATION.md', import.meta.url), 'utf8');
  const rows = text.split('\n').filter((line) => line.startsWith('| `'));
  for (const name of settingNames) {
    const row = rows.find((line) => line.split('|')[1]?.includes(`\`${name}\``));
    assert.ok(row, name);
    const { ceiling, reach } = settings[name];
    const allowed = ceiling ? /^ lower / : reach === 'crate' ? /^ yes / : /^ no[ ,]/;
    assert.match(row?.split('|')[3] ?? '', allowed, name);
  }
});
