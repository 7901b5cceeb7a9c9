// What completion scripts are made of: each command's flags as the shell will meet them. Quoting is each shell's own file's.
import type { Command, Flag } from '../command.ts';

/** Every command's own flags and those that all have. */
export function flagsOf(command: Command): readonly Flag[] {
  return [...command.flags, { name: 'help', alias: 'h', kind: 'switch', describe: 'show help' }];
}

/** How a flag may be written: `--jobs`, `-j`. */
export function spellings(flag: Flag): readonly string[] {
  return flag.alias ? [`--${flag.name}`, `-${flag.alias}`] : [`--${flag.name}`];
}

/** True where a value is a path of the file system. */
export function takesPath(flag: Flag): boolean {
  return flag.value === 'PATH';
}
