// Every setting of a repair as one table: its kind, its default, and who may set it. Flags, environment, files and
// completion all read it. Reading a value is values.ts's work, the places and their precedence config.ts's.
import { resolve } from 'node:path';
import { defaultContract, type FixRequest } from '../conductor/contract.ts';
import type { DeviceKind } from '../engine/device.ts';
import { shippedCheckpoint } from './checkpoint.ts';
import { deviceKinds } from './device.ts';

/** The settings by their one name: `--max-lines`, `RUSTA_MAX_LINES`, `max-lines = 10`. Times are in ms. */
export interface Settings {
  readonly budget: number;
  readonly probes: number;
  readonly time: number;
  readonly 'build-time': number;
  readonly 'test-time': number;
  readonly 'max-lines': number;
  readonly 'max-files': number;
  readonly jobs: number;
  readonly 'unsure-below': number;
  readonly package: string | null;
  readonly features: readonly string[];
  readonly target: string | null;
  readonly edition: string | null;
  readonly toolchain: string | null;
  readonly test: boolean;
  readonly 'known-failing': readonly string[];
  readonly env: readonly string[];
  readonly allow: readonly string[];
  readonly fetch: boolean;
  readonly policy: string;
  readonly infill: boolean;
  readonly checkpoint: string | null;
  readonly device: DeviceKind;
  readonly trust: boolean;
  readonly color: string;
  readonly quiet: boolean;
}

export type SettingName = keyof Settings;

/**
 * The least trusted place that may set it. A crate under repair ships its own `rusta.toml`, so what widens what the
 * crate may do or see is never read from there; giving up isolation is a flag alone.
 */
export type Reach = 'flag' | 'user' | 'crate';

export interface Setting {
  readonly kind: 'count' | 'ratio' | 'time' | 'text' | 'list' | 'switch';
  readonly reach: Reach;
  /** The crate's own file may lower it, and raise it to at most the larger of the default and the user's own value. */
  readonly ceiling?: true;
  readonly min?: number;
  readonly max?: number;
  readonly choices?: readonly string[];
  /** Why a text is not acceptable, or null. */
  readonly refuse?: (text: string) => string | null;
  /** For help: the value's name. */
  readonly value?: string;
  readonly alias?: string;
  readonly describe: string;
}

/** The longest time that any limit may be, ms. */
export const day: number = 86_400_000;

export const settings: Readonly<Record<SettingName, Setting>> = {
  budget: {
    kind: 'count',
    reach: 'crate',
    ceiling: true,
    min: 1,
    max: 1_000_000,
    value: 'N',
    describe: 'candidates whose check is paid for',
  },
  probes: {
    kind: 'count',
    reach: 'crate',
    ceiling: true,
    min: 0,
    max: 1_000_000,
    value: 'N',
    describe: 'questions asked of the compiler beyond those checks',
  },
  time: {
    kind: 'time',
    reach: 'crate',
    ceiling: true,
    min: 1,
    max: day,
    value: 'TIME',
    describe: 'wall time of the search: 90, 90s, 2m',
  },
  'build-time': {
    kind: 'time',
    reach: 'crate',
    ceiling: true,
    min: 1,
    max: day,
    value: 'TIME',
    describe: 'time limit of the first check, dependencies built in it',
  },
  'test-time': {
    kind: 'time',
    reach: 'crate',
    ceiling: true,
    min: 1,
    max: day,
    value: 'TIME',
    describe: 'time limit of one test',
  },
  'max-lines': {
    kind: 'count',
    reach: 'crate',
    ceiling: true,
    min: 1,
    max: 100_000,
    value: 'N',
    describe: 'changed lines allowed for each root cause, ten times that in all',
  },
  'max-files': {
    kind: 'count',
    reach: 'crate',
    ceiling: true,
    min: 1,
    max: 10_000,
    value: 'N',
    describe: 'files that one patch may change',
  },
  jobs: {
    kind: 'count',
    reach: 'crate',
    ceiling: true,
    min: 1,
    max: 256,
    alias: 'j',
    value: 'N',
    describe: 'checks run at the same time',
  },
  package: {
    kind: 'text',
    reach: 'crate',
    alias: 'p',
    value: 'NAME',
    refuse: refuseDash,
    describe: 'the workspace member to repair',
  },
  features: {
    kind: 'list',
    reach: 'crate',
    value: 'LIST',
    refuse: refuseDash,
    describe: 'features to build with, separated by commas',
  },
  target: { kind: 'text', reach: 'crate', value: 'TRIPLE', refuse: refuseDash, describe: 'target triple to check for' },
  edition: {
    kind: 'text',
    reach: 'crate',
    choices: ['2015', '2018', '2021', '2024'],
    value: 'YEAR',
    describe: 'edition of a lone .rs file',
  },
  toolchain: {
    kind: 'text',
    reach: 'user',
    value: 'NAME',
    refuse: refusePath,
    describe: 'an installed toolchain, by name',
  },
  test: { kind: 'switch', reach: 'crate', describe: 'run the tests of a crate that compiles and name those that fail' },
  'known-failing': {
    kind: 'list',
    reach: 'crate',
    value: 'NAME',
    describe: 'a test expected to fail before and after (repeatable)',
  },
  env: {
    kind: 'list',
    reach: 'user',
    value: 'KEY',
    refuse: refuseVariable,
    describe: 'an environment variable that passes into the sandbox (repeatable)',
  },
  'unsure-below': {
    kind: 'ratio',
    reach: 'user',
    value: 'X',
    describe: 'a proved patch whose confidence is below this is unsure, not fixed',
  },
  allow: {
    kind: 'list',
    reach: 'user',
    value: 'PATH',
    describe: 'a path to have in bounds: build.rs, Cargo.toml (repeatable)',
  },
  fetch: { kind: 'switch', reach: 'user', describe: 'fetch missing dependencies first: the only use of the network' },
  policy: {
    kind: 'text',
    reach: 'user',
    choices: ['prior', 'bytelm'],
    value: 'NAME',
    describe: 'what ranks candidates: a table, or the table with the byte language model',
  },
  infill: {
    kind: 'switch',
    reach: 'user',
    describe: 'once all else failed, let the byte language model rewrite the line of the error',
  },
  checkpoint: {
    kind: 'text',
    reach: 'user',
    value: 'FILE',
    refuse: refuseDash,
    describe: 'the byte language model (the one that ships)',
  },
  device: {
    kind: 'text',
    reach: 'user',
    choices: deviceKinds,
    value: 'KIND',
    describe: 'what the byte language model runs on (wasm: the processor, there everywhere, and enough for a repair)',
  },
  trust: {
    kind: 'switch',
    reach: 'flag',
    describe: "run without isolation: the crate's build scripts, macros and tests run as you",
  },
  color: {
    kind: 'text',
    reach: 'user',
    choices: ['auto', 'always', 'never'],
    value: 'WHEN',
    describe: 'when to use colours',
  },
  quiet: { kind: 'switch', reach: 'user', alias: 'q', describe: 'no progress, and the result in one line' },
};

export const settingNames: readonly SettingName[] = Object.keys(settings) as SettingName[];

export const defaultSettings: Settings = {
  budget: defaultContract.candidates,
  probes: defaultContract.probes,
  time: defaultContract.timeMs,
  'build-time': defaultContract.buildTimeMs,
  'test-time': defaultContract.testTimeMs,
  'max-lines': defaultContract.maxLines,
  'max-files': defaultContract.maxFiles,
  jobs: defaultContract.jobs,
  'unsure-below': defaultContract.unsureBelow,
  package: null,
  features: [],
  target: null,
  edition: null,
  toolchain: null,
  test: false,
  'known-failing': defaultContract.knownFailing,
  env: [],
  allow: defaultContract.allow,
  fetch: false,
  policy: 'prior',
  infill: false,
  checkpoint: null,
  device: 'wasm',
  trust: false,
  color: 'auto',
  quiet: false,
};

function refuseDash(text: string): string | null {
  return text.startsWith('-') ? 'a name that does not start with "-"' : null;
}

/** cargo and rustup take a folder where a toolchain's name is meant; a name alone is one that the user installed. */
function refusePath(text: string): string | null {
  return /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(text)
    ? null
    : 'the name of an installed toolchain, such as stable or 1.85.0';
}

function refuseVariable(text: string): string | null {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text) ? null : 'the name of an environment variable, without a value';
}

/** The request that an episode takes. `path` is as the user named it. */
export function toRequest(path: string, chosen: Settings, checkOnly: boolean): FixRequest {
  return {
    path,
    contract: {
      probes: chosen.probes,
      candidates: chosen.budget,
      timeMs: chosen.time,
      maxLines: chosen['max-lines'],
      maxFiles: chosen['max-files'],
      jobs: chosen.jobs,
      unsureBelow: chosen['unsure-below'],
      knownFailing: chosen['known-failing'],
      buildTimeMs: chosen['build-time'],
      testTimeMs: chosen['test-time'],
      allow: chosen.allow,
    },
    ...(chosen.package === null ? {} : { package: chosen.package }),
    features: chosen.features,
    ...(chosen.target === null ? {} : { target: chosen.target }),
    ...(chosen.edition === null ? {} : { edition: chosen.edition }),
    ...(chosen.toolchain === null ? {} : { toolchain: chosen.toolchain }),
    env: chosen.env,
    trust: chosen.trust,
    fetch: chosen.fetch,
    test: chosen.test,
    checkOnly,
    ...modelOf(chosen),
  };
}

/** Nothing where it takes no part: then nothing of it is loaded. */
function modelOf({ policy, infill, checkpoint, device }: Settings): Pick<FixRequest, 'model'> {
  const ranks = policy === 'bytelm';
  if (!ranks && !infill) return {};
  return {
    model: {
      checkpoint: checkpoint === null ? shippedCheckpoint() : resolve(checkpoint),
      device,
      ranks,
      infills: infill,
    },
  };
}
