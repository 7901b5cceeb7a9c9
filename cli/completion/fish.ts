// The completion script for fish, one `complete` a line. Static: completing a word starts no node.
import type { Command, Flag, Program } from '../command.ts';
import { flagsOf, takesPath } from './words.ts';

export function fishScript(program: Program): string {
  const complete = `complete -c ${program.name}`;
  const lines = [
    `# ${program.name} completion for fish: ${program.name} completion fish > ~/.config/fish/completions/${program.name}.fish`,
    `${complete} -f`,
    `${complete} -n __fish_use_subcommand -s h -l help -d ${quote('show help')}`,
    `${complete} -n __fish_use_subcommand -s V -l version -d ${quote('show the version')}`,
    ...program.commands.flatMap((command) => [
      `${complete} -n __fish_use_subcommand -a ${command.name} -d ${quote(command.describe)}`,
      ...own(command).map((rest) => `${complete} -n ${quote(`__fish_seen_subcommand_from ${command.name}`)} ${rest}`),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

/** What follows the command's name: its positional's words, then its flags. */
function own(command: Command): string[] {
  const first = command.positionals[0]?.completes;
  const positional = first === 'path' ? ['-F'] : typeof first === 'object' ? [`-a ${quote(first.join(' '))}`] : [];
  return [...positional, ...flagsOf(command).map(flagWords)];
}

function flagWords(flag: Flag): string {
  const short = flag.alias ? `-s ${flag.alias} ` : '';
  const value =
    flag.kind === 'switch'
      ? ''
      : flag.choices
        ? ` -x -a ${quote(flag.choices.join(' '))}`
        : takesPath(flag)
          ? ' -r -F'
          : ' -x';
  return `${short}-l ${flag.name}${value} -d ${quote(flag.describe)}`;
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
