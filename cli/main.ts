// From the words of a command line to an exit code: yargs over the table of commands, errors in one line, signals.
// What a command does is its own file's work.
import yargs from 'yargs';
import { exitCodes, RustaError } from '../schemas/errors.ts';
import { nearest } from '../schemas/nearest.ts';
import type { Args, Command, Context, Program } from './command.ts';
import { errorResult } from './render/json.ts';
import { asRustaError, reportError } from './report.ts';
import { type SettingName, settingNames } from './settings.ts';

/** Runs the command that `argv` names; returns the exit code. Never throws, and prints no stack trace without --debug. */
export async function main(argv: readonly string[], context: Context): Promise<number> {
  const { terminal, program } = context;
  let chosen: { readonly command: Command; readonly args: Args } | null = null;
  try {
    const parsed = parse(program, argv, terminal.columns, (command, args) => {
      chosen = { command, args };
    });
    const text = await parsed;
    if (chosen === null) {
      // Help and version are what was asked for; an empty command line is not.
      if (text !== '') terminal.out(`${withoutTypes(text)}\n`);
      return exitCodes.ok;
    }
    const { command, args } = chosen as { command: Command; args: Args };
    return await command.run(args, context);
  } catch (error) {
    if (context.signal.aborted) {
      if (!terminal.gone.signal.aborted) terminal.err(`${program.name}: interrupted\n`);
      if (wantsJson(argv)) terminal.out(`${JSON.stringify(errorResult(interrupted(program.name)))}\n`);
      return exitCodes.interrupted;
    }
    const known = asRustaError(error);
    if (wantsJson(argv)) terminal.out(`${JSON.stringify(errorResult(known))}\n`);
    reportError(known, terminal, { name: program.name, debug: argv.includes('--debug') });
    return exitCodes[known.exit];
  }
}

function interrupted(op: string): RustaError {
  return new RustaError('interrupted', { code: 'interrupted', op, exit: 'interrupted' });
}

function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end < 0 ? argv : argv.slice(0, end)).includes('--json');
}

/** Help without yargs's type tags: `[boolean]` tells a person nothing. */
function withoutTypes(help: string): string {
  const tag = String.raw`\[(?:boolean|string|array)\]`;
  return help.replace(new RegExp(`^ +${tag}\n`, 'gm'), '').replace(new RegExp(` +${tag}$`, 'gm'), '');
}

type Chosen = (command: Command, args: Args) => void;

/** Parses `argv`; calls `chosen` for a command, or resolves to help text. Throws RustaError (`usage`). */
async function parse(program: Program, argv: readonly string[], columns: number, chosen: Chosen): Promise<string> {
  const cli = yargs()
    .scriptName(program.name)
    .usage(`${program.name} ${program.version}: ${program.describe}\n\nUsage: $0 <command> [options]`)
    // English, whatever the locale: messages are matched and searched for.
    .locale('en')
    .version(program.version)
    .alias('version', 'V')
    .help()
    .alias('help', 'h')
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'greedy-arrays': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'populate--': true,
      'strip-aliased': true,
    })
    .wrap(Math.min(100, columns))
    .strict()
    .demandCommand(1, 1, 'no command given', 'one command at a time')
    .exitProcess(false)
    .fail((message, error) => {
      throw error instanceof RustaError ? error : usageError(program, argv, message ?? String(error));
    });

  // yargs lays out the help of a command whenever it runs one, which takes longer than all else it does: only what is
  // in that help costs. A word that may ask for it is enough to have it whole.
  const hidden = !argv.some((word) => word === 'help' || word.startsWith('--h') || /^-[^-]*h/.test(word));
  for (const command of program.commands) {
    // Which are required is checked below: yargs does not count the words after `--`.
    const words = command.positionals.map(({ name }) => ` [${name}]`);
    cli.command(
      `${command.name}${words.join('')}`,
      command.describe,
      (builder) => {
        for (const { name, describe } of command.positionals) builder.positional(name, { type: 'string', describe });
        for (const flag of command.flags) {
          builder.option(flag.name, {
            ...(flag.alias ? { alias: flag.alias } : {}),
            ...(flag.kind === 'switch' ? { boolean: true } : { string: true, requiresArg: true }),
            ...(flag.kind === 'list' ? { array: true } : {}),
            ...(hidden ? { hidden } : flag.group ? { group: flag.group } : {}),
            describe: flag.choices ? `${flag.describe} (${flag.choices.join(', ')})` : flag.describe,
          });
        }
        if (!hidden) for (const [line, what] of command.examples ?? []) builder.example(`$0 ${line}`, what);
        return builder;
      },
      (values) => chosen(command, readArgs(command, values)),
    );
  }

  let text = '';
  await cli.parseAsync([...argv], {}, (_error, _values, output) => {
    text = output;
  });
  return text;
}

function readArgs(command: Command, values: Readonly<Record<string, unknown>>): Args {
  const wrong = (message: string, hint?: string): RustaError =>
    new RustaError(message, { code: 'usage', op: command.name, ...(hint ? { hint } : {}), exit: 'usage' });
  const flags = new Map(command.flags.map((flag) => [flag.name, flag]));
  for (const { name, kind, choices } of command.flags) {
    const value = values[name];
    if (kind !== 'list' && Array.isArray(value)) throw wrong(`--${name} is given twice`);
    if (choices && typeof value === 'string' && !choices.includes(value)) {
      throw wrong(`--${name} should be one of ${choices.join(', ')}, found ${JSON.stringify(value)}`);
    }
  }
  const after = Array.isArray(values['--']) ? values['--'].map(String) : [];
  const positionals = new Map<string, string>();
  for (const { name, required } of command.positionals) {
    const value = values[name] ?? after.shift();
    if (value !== undefined) positionals.set(name, String(value));
    else if (required) throw wrong(`which ${name}?`, `see \`rusta ${command.name} --help\``);
  }
  if (after.length > 0) throw wrong(`unexpected ${JSON.stringify(after[0])}`);
  const text = (name: string): string | null =>
    positionals.get(name) ?? (typeof values[name] === 'string' ? values[name] : null);
  const list = (name: string): readonly string[] => (Array.isArray(values[name]) ? values[name].map(String) : []);
  const on = (name: string): boolean => values[name] === true;
  return {
    on,
    text,
    list,
    settings(): ReadonlyMap<SettingName, string | readonly string[] | true> {
      const given = new Map<SettingName, string | readonly string[] | true>();
      for (const name of settingNames) {
        const flag = flags.get(name);
        const written = text(name);
        if (flag?.kind === 'switch' && on(name)) given.set(name, true);
        else if (flag?.kind === 'list' && list(name).length > 0) given.set(name, list(name));
        else if (flag?.kind === 'text' && written !== null) given.set(name, written);
      }
      if (on('no-color')) given.set('color', 'never');
      return given;
    },
  };
}

/** yargs's message as one line with the nearest thing that exists. */
function usageError(program: Program, argv: readonly string[], message: string): RustaError {
  const command = program.commands.find(({ name }) => name === argv.find((word) => !word.startsWith('-')));
  const first = message.split('\n').find((line) => line.trim() !== '') ?? message;
  const unknown = /^Unknown (?:argument|command)s?: (.*)$/.exec(first)?.[1]?.split(', ')[0];
  const help = `see \`${program.name}${command ? ` ${command.name}` : ''} --help\``;
  if (unknown === undefined) {
    return new RustaError(lowerFirst(first), {
      code: 'usage',
      op: command?.name ?? 'usage',
      hint: help,
      exit: 'usage',
    });
  }
  const typed = argv.find((word) => word.startsWith('-') && word.replace(/^-+/, '').split('=')[0] === unknown);
  if (typed === undefined && command) {
    return new RustaError(`unexpected ${JSON.stringify(unknown)}`, {
      code: 'usage',
      op: command.name,
      hint: help,
      exit: 'usage',
    });
  }
  const words = typed ? (command?.flags.map(({ name }) => name) ?? []) : program.commands.map(({ name }) => name);
  const [near] = nearest(unknown, [...words, ...(typed ? ['help', 'version'] : [])]);
  const shown = typed ? (typed.split('=')[0] ?? typed) : JSON.stringify(unknown);
  return new RustaError(`unknown ${typed ? 'flag' : 'command'} ${shown}`, {
    code: 'usage',
    op: command?.name ?? 'usage',
    hint: near ? `did you mean ${typed ? '--' : ''}${near}?` : help,
    exit: 'usage',
  });
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
