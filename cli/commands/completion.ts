// `rusta completion`: prints a shell's completion script, made from the table of commands.

import { RustaError } from '../../schemas/errors.ts';
import type { Command } from '../command.ts';
import { bashScript } from '../completion/bash.ts';
import { fishScript } from '../completion/fish.ts';
import { zshScript } from '../completion/zsh.ts';

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript };
const shells = Object.keys(scripts);

export const completion: Command = {
  name: 'completion',
  describe: 'print a completion script for bash, zsh or fish',
  positionals: [{ name: 'shell', describe: 'bash, zsh or fish', required: true, completes: shells }],
  flags: [],
  examples: [['completion bash >> ~/.bashrc', 'for good']],

  async run(args, { terminal, program }): Promise<number> {
    const shell = args.text('shell') ?? '';
    if (!Object.hasOwn(scripts, shell)) {
      throw new RustaError(`no completion for ${JSON.stringify(shell)}`, {
        code: 'usage',
        op: 'completion',
        expected: shells.join(', '),
        got: shell,
        hint: `one of ${shells.join(', ')}`,
        exit: 'usage',
      });
    }
    terminal.out(scripts[shell as keyof typeof scripts](program));
    return 0;
  },
};
