// `rusta fix`: hands the request to the episode, shows its events, then its result; applies where that was asked for.
import { resolve } from 'node:path';
import type { EpisodeResult } from '../../conductor/result.ts';
import { exitCodes, RustaError } from '../../schemas/errors.ts';
import type { Diagnostic, EpisodeEvent, PatchBundle } from '../../schemas/types.ts';
import { choose } from '../choose.ts';
import { type Command, type Context, type Flag, jsonFlag } from '../command.ts';
import { loadConfig } from '../config.ts';
import { exitCode } from '../exit.ts';
import { resultLine } from '../render/json.ts';
import { renderBrief, renderResult } from '../render/result.ts';
import { asRustaError, reportError } from '../report.ts';
import { defaultSettings, type SettingName, settings, toRequest } from '../settings.ts';

const groups: readonly (readonly [string, readonly SettingName[]])[] = [
  ['What is built:', ['package', 'features', 'target', 'edition', 'toolchain', 'test', 'known-failing', 'fetch']],
  ['What the search may use:', ['budget', 'probes', 'time', 'build-time', 'test-time', 'jobs']],
  ['What a patch may change:', ['max-lines', 'max-files', 'allow', 'unsure-below']],
  ['The byte language model:', ['policy', 'infill', 'checkpoint', 'device']],
  ['Isolation:', ['env', 'trust']],
  ['Output:', ['quiet', 'color']],
];

function settingFlag(name: SettingName, group: string): Flag {
  const { kind, alias, value, choices, describe } = settings[name];
  const standard = defaultSettings[name];
  const shown = typeof standard !== 'number' ? '' : ` (${kind === 'time' ? `${standard / 1000}s` : standard})`;
  return {
    name,
    ...(alias ? { alias } : {}),
    kind: kind === 'switch' || kind === 'list' ? kind : 'text',
    ...(value ? { value } : {}),
    ...(choices ? { choices } : {}),
    describe: `${describe}${shown}`,
    group,
  };
}

export const fix: Command = {
  name: 'fix',
  describe: 'repair a crate that does not compile, and prove the patch',
  positionals: [
    { name: 'path', describe: "a crate's folder, a workspace or a .rs file; here by default", completes: 'path' },
  ],
  flags: [
    {
      name: 'apply',
      kind: 'switch',
      describe: 'write the patch to your files if it is proved (fixed)',
      group: 'What is done:',
    },
    {
      name: 'check',
      kind: 'switch',
      describe: 'change nothing; exit 1 if anything needs a fix',
      group: 'What is done:',
    },
    {
      name: 'lints',
      kind: 'switch',
      describe: "repair warnings instead, the compiler's and clippy's: what they call safe",
      group: 'What is done:',
    },
    ...groups.flatMap(([group, names]) => names.map((name) => settingFlag(name, group))),
    {
      name: 'remember',
      kind: 'switch',
      describe: 'with --trust: trust the crate at this path from now on',
      group: 'Isolation:',
    },
    { name: 'no-color', kind: 'switch', describe: 'the same as --color never', group: 'Output:' },
    { ...jsonFlag, describe: 'print one event a line on stdout, the result last', group: 'Output:' },
    { name: 'debug', kind: 'switch', describe: 'show where an internal error came from', group: 'Output:' },
  ],
  examples: [
    ['fix', 'repair the crate of this folder'],
    ['fix --apply --time 2m src/main.rs', 'search for two minutes, and write what is proved'],
    ['fix --check --json', 'for scripts: is anything broken?'],
    ['fix --lints', 'repair the warnings that the compiler calls safe to repair'],
  ],

  async run(args, context): Promise<number> {
    const { terminal, services } = context;
    const path = resolve(context.cwd, args.text('path') ?? '.');
    const config = loadConfig({ env: context.env, root: await services.root(path), flags: args.settings() });
    terminal.color = config.settings.color;
    if (args.on('remember')) {
      if (!config.settings.trust)
        throw new RustaError('--remember goes with --trust', { code: 'usage', op: 'fix', exit: 'usage' });
      await services.remember(path);
    }
    const json = args.on('json');
    const checkOnly = args.on('check');

    const errors: Diagnostic[] = [];
    let hidden = 0;
    // Loaded where something is shown: widths of characters take 40 ms to load.
    const progress = json || config.settings.quiet ? null : new (await import('../progress.ts')).Progress(terminal);
    const onEvent = (event: EpisodeEvent): void => {
      if (event.type === 'sense' && errors.length === 0) {
        errors.push(...event.errors);
        hidden = event.hidden ?? 0;
      }
      if (json) terminal.out(`${JSON.stringify(event)}\n`);
      else if (progress) progress.event(event);
      else if (event.type === 'notice' && event.level === 'warning') warn(context, event.message);
    };

    let result: EpisodeResult;
    try {
      for (const notice of config.notices) onEvent({ v: 1, type: 'notice', level: 'warning', message: notice });
      const request = toRequest(path, config.settings, checkOnly);
      result = await services.fix(args.on('lints') ? { ...request, lints: true } : request, {
        onEvent,
        onProgress: (line) => progress?.building(line),
        signal: context.signal,
      });
    } finally {
      progress?.stop();
    }

    const interrupted = context.signal.aborted || result.budget === 'interrupted';
    let applied: readonly string[] | null = null;
    let chosen: PatchBundle | null = null;
    let failure: RustaError | null = null;
    if (!interrupted && !checkOnly) {
      let patch = args.on('apply') && result.status === 'fixed' ? result.bundle : null;
      if (result.status === 'unsure' && !json && terminal.canAsk)
        patch = chosen = await choose(result, args.on('apply'), context);
      try {
        if (patch) applied = await services.apply(patch);
      } catch (error) {
        failure = asRustaError(error);
      }
    }

    const code = failure
      ? exitCodes[failure.exit]
      : interrupted
        ? exitCodes.interrupted
        : exitCode(result, applied !== null);
    const view = { colors: terminal.outColors, call: context.call, errors, hidden, checkOnly, applied, chosen };
    if (json) terminal.out(`${JSON.stringify(resultLine(result, applied !== null, code, failure))}\n`);
    else if (interrupted) {
      if (!terminal.gone.signal.aborted) terminal.err(`${context.program.name}: interrupted; nothing was changed\n`);
    } else terminal.out(config.settings.quiet ? renderBrief(result, view) : renderResult(result, view));
    if (failure) reportError(failure, terminal, { name: context.program.name, debug: args.on('debug') });
    return code;
  },
};

function warn({ terminal }: Context, message: string): void {
  terminal.err(`${terminal.errColors.yellow('warning:')} ${message}\n`);
}
