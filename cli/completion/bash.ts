// The completion script for bash 3.2 and later. Static: completing a word starts no node.
import type { Command, Program } from '../command.ts';
import { flagsOf, spellings, takesPath } from './words.ts';

export function bashScript(program: Program): string {
  const names = program.commands.map(({ name }) => name);
  return `# ${program.name} completion for bash: add to ~/.bashrc: eval "$(${program.name} completion bash)"
_${program.name}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} command= words= i
  # bash splits --flag=value at the sign.
  if [[ $cur == "=" ]]; then cur=; elif [[ $prev == "=" ]]; then prev=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      ${names.join(' | ')}) command=\${COMP_WORDS[i]}; break ;;
    esac
  done
  COMPREPLY=()
  case $command:$prev in
${program.commands.flatMap(values).join('\n')}
  esac
  case $command in
    "") words=${quote([...names, '--help', '--version'].join(' '))} ;;
${program.commands.map(words).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _${program.name} ${program.name}
`;
}

/** Cases for the words after a flag that takes a value. */
function values(command: Command): string[] {
  return flagsOf(command)
    .filter(({ kind }) => kind !== 'switch')
    .map((flag) => {
      const pattern = spellings(flag)
        .map((spelling) => `${command.name}:${spelling}`)
        .join(' | ');
      if (flag.choices)
        return `    ${pattern}) COMPREPLY=($(compgen -W ${quote(flag.choices.join(' '))} -- "$cur")); return ;;`;
      // Nothing offered: readline then completes file names, unless it is told not to.
      return `    ${pattern}) ${takesPath(flag) ? '' : 'compopt +o default 2>/dev/null; '}return ;;`;
    });
}

/** The case for a command's flags and positionals. */
function words(command: Command): string {
  const first = command.positionals[0]?.completes;
  const flags = quote(flagsOf(command).flatMap(spellings).join(' '));
  const plain =
    first === 'path'
      ? 'return'
      : `compopt +o default 2>/dev/null; words=${quote(typeof first === 'object' ? first.join(' ') : '')}`;
  return `    ${command.name}) if [[ $cur == -* ]]; then words=${flags}; else ${plain}; fi ;;`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
