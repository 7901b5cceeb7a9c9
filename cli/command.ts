// What a command is: its words as data (yargs, help and completion read the same table) and what it does with them.

import type { Services } from './services.ts';
import type { SettingName } from './settings.ts';
import type { Terminal } from './terminal.ts';

export interface Flag {
  readonly name: string;
  readonly alias?: string;
  /** `list` may be repeated. */
  readonly kind: 'switch' | 'text' | 'list';
  /** The value's name in help; texts and lists have one. */
  readonly value?: string;
  readonly choices?: readonly string[];
  readonly describe: string;
  readonly group?: string;
}

export interface Positional {
  readonly name: string;
  readonly describe: string;
  readonly required?: true;
  /** Completion offers files, or these words. */
  readonly completes: 'path' | 'id' | readonly string[];
}

export interface Command {
  readonly name: string;
  readonly describe: string;
  readonly positionals: readonly Positional[];
  readonly flags: readonly Flag[];
  /** Command line (without the program's name) and what it does. */
  readonly examples?: readonly (readonly [string, string])[];
  /** Returns the process's exit code. Throws RustaError for what a person can act on. */
  run(args: Args, context: Context): Promise<number>;
}

/** A command line after parsing: known flags with the right number of values. */
export interface Args {
  on(name: string): boolean;
  text(name: string): string | null;
  list(name: string): readonly string[];
  /** The settings given as flags, as config.ts takes them. */
  settings(): ReadonlyMap<SettingName, string | readonly string[] | true>;
}

export interface Context {
  readonly terminal: Terminal;
  readonly services: Services;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborts at Ctrl-C, and when nobody reads stdout any more. */
  readonly signal: AbortSignal;
  readonly program: Program;
  /** How the user calls it again: `rusta`, or `npx rusta`. */
  readonly call: string;
}

export interface Program {
  readonly name: string;
  readonly describe: string;
  readonly version: string;
  readonly commands: readonly Command[];
}

export const jsonFlag: Flag = { name: 'json', kind: 'switch', describe: 'print JSON, and nothing else, on stdout' };
