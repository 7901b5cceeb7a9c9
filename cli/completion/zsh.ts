// The completion script for zsh, by its _arguments. Static: completing a word starts no node.
import type { Command, Flag, Program } from '../command.ts';
import { flagsOf, spellings, takesPath } from './words.ts';

export function zshScript(program: Program): string {
  const fn = `_${program.name}`;
  return `#compdef ${program.name}
# ${program.name} completion for zsh: add to ~/.zshrc after compinit: eval "$(${program.name} completion zsh)"
${fn}() {
  local curcontext="$curcontext" state line
  local -a commands
  commands=(
${program.commands.map(({ name, describe }) => `    ${quote(`${name}:${describe.replaceAll(':', '\\:')}`)}`).join('\n')}
  )
  _arguments -C '(- *)'{-h,--help}'[show help]' '(- *)'{-V,--version}'[show the version]' '1:command:->command' '*::argument:->argument'
  case $state in
    command) _describe command commands ;;
    argument)
      case $words[1] in
${program.commands.map(branch).join('\n')}
      esac ;;
  esac
}
if [ "$funcstack[1]" = ${fn} ]; then ${fn} "$@"; else compdef ${fn} ${program.name}; fi
`;
}

function branch(command: Command): string {
  const specs = [
    ...flagsOf(command).flatMap(flagSpecs),
    ...command.positionals.map((positional, index) => {
      const { name, completes } = positional;
      const action = completes === 'path' ? '_files' : completes === 'id' ? ' ' : `(${completes.join(' ')})`;
      return quote(`${index + 1}:${name}:${action}`);
    }),
  ];
  return `        ${command.name}) _arguments \\\n${specs.map((spec) => `          ${spec}`).join(' \\\n')} ;;`;
}

function flagSpecs(flag: Flag): string[] {
  const describe = flag.describe.replace(/[[\]\\:]/g, '\\$&');
  const action = flag.choices ? `(${flag.choices.join(' ')})` : takesPath(flag) ? '_files' : ' ';
  const value = flag.kind === 'switch' ? '' : `:${flag.value ?? 'value'}:${action}`;
  const repeat = flag.kind === 'list' ? '*' : '';
  return spellings(flag).map((spelling) => {
    // `=` lets a long flag take its value either way; the list in front keeps the two spellings from being offered together.
    const form = flag.kind !== 'switch' && spelling.startsWith('--') ? `${spelling}=` : spelling;
    const others = repeat === '' && flag.alias ? `(${spellings(flag).join(' ')})` : '';
    return quote(`${others}${repeat}${form}[${describe}]${value}`);
  });
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
