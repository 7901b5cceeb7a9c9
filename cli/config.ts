// Settings from their four places, later ones winning: $XDG_CONFIG_HOME/rusta/config.toml, the workspace's rusta.toml,
// the environment (RUSTA_…), flags. What each setting is, and who may set it, is settings.ts's table.
import { readFileSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import { RustaError } from '../schemas/errors.ts';
import { nearest } from '../schemas/nearest.ts';
import { defaultSettings, type SettingName, type Settings, settingNames, settings } from './settings.ts';
import { readText, readTyped } from './values.ts';

/** A configuration file is a page of text; anything larger is a mistake, or hostile. */
const maxBytes = 16 * 1024;

export interface ConfigInput {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The workspace root whose `rusta.toml` counts; null for a lone file. */
  readonly root: string | null;
  /** Flags as typed: a text, texts of a repeated flag, or true. */
  readonly flags: ReadonlyMap<SettingName, string | readonly string[] | true>;
}

export interface Config {
  readonly settings: Settings;
  /** Where each setting that is not a default came from: a file and line, a variable, a flag. */
  readonly from: ReadonlyMap<SettingName, string>;
  /** One line each: what was held back, and how to ask for it. */
  readonly notices: readonly string[];
}

/** The user's own configuration file, or null without a home. */
export function userConfigPath(env: ConfigInput['env']): string | null {
  const base = env.XDG_CONFIG_HOME;
  if (base && isAbsolute(base)) return join(base, 'rusta', 'config.toml');
  return env.HOME ? join(env.HOME, '.config', 'rusta', 'config.toml') : null;
}

/** Reads all layers. Throws a RustaError (`usage`) that names the file and line, the variable, or the flag at fault. */
export function loadConfig(input: ConfigInput): Config {
  const values: Record<string, unknown> = { ...defaultSettings };
  const from = new Map<SettingName, string>();
  const notices: string[] = [];
  const set = (name: SettingName, value: unknown, where: string): void => {
    values[name] = value;
    from.set(name, where);
  };

  const userPath = userConfigPath(input.env);
  if (userPath) for (const entry of readFile(userPath, 'user')) set(entry.name, entry.value, entry.where);
  const userValues = { ...values };

  const held: { name: SettingName; where: string; notice: string }[] = [];
  for (const entry of input.root === null ? [] : readFile(join(input.root, 'rusta.toml'), 'crate')) {
    const most = Math.max(Number(userValues[entry.name]), Number(defaultSettings[entry.name]));
    if (settings[entry.name].ceiling && Number(entry.value) > most) {
      const limit = settings[entry.name].kind === 'time' ? `${most / 1000}s` : String(most);
      const notice = `${entry.where}: a crate's own file may not raise ${entry.name} beyond ${limit}; use --${entry.name}, or ${userPath ?? 'your own config.toml'}`;
      held.push({ name: entry.name, where: entry.where, notice });
      set(entry.name, most, entry.where);
    } else {
      set(entry.name, entry.value, entry.where);
    }
  }

  for (const name of settingNames) {
    const variable = variableName(name);
    const written = input.env[variable];
    if (written === undefined || written === '') continue;
    if (settings[name].reach === 'flag') throw flagOnly(name, variable);
    set(name, readText(name, written, variable), variable);
  }
  for (const variable of Object.keys(input.env)) {
    if (!variable.startsWith('RUSTA_') || settingNames.some((name) => variableName(name) === variable)) continue;
    const [near] = nearest(variable, settingNames.map(variableName));
    if (near) notices.push(`${variable} is not a setting and was ignored; did you mean ${near}?`);
  }

  for (const [name, typed] of input.flags) {
    const where = `--${name}`;
    if (typed === true) set(name, true, where);
    else if (typeof typed === 'string') set(name, readText(name, typed, where), where);
    // A repeated flag is one list; each of its texts may hold several, as in `--features a,b`. Test names hold no comma.
    else
      set(
        name,
        typed.flatMap((text) => readText(name, text, where) as readonly string[]),
        where,
      );
  }

  for (const { name, where, notice } of held) if (from.get(name) === where) notices.push(notice);
  return { settings: values as unknown as Settings, from, notices };
}

export function variableName(name: SettingName): string {
  return `RUSTA_${name.toUpperCase().replaceAll('-', '_')}`;
}

interface Entry {
  readonly name: SettingName;
  readonly value: unknown;
  readonly where: string;
}

function readFile(path: string, place: 'user' | 'crate'): Entry[] {
  const text = readConfigText(path);
  if (text === null) return [];
  let table: Record<string, unknown>;
  try {
    table = parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const message = error.message.split('\n')[0]?.replace('Invalid TOML document: ', '') ?? 'invalid TOML';
    throw usage(`${path}:${error.line}:${error.column}: ${message}`, 'config-syntax');
  }
  return Object.entries(table).map(([key, value]) => {
    const where = `${path}:${lineOf(key, text)}`;
    const name = settingNames.find((known) => known === key);
    if (name === undefined) {
      const [near] = nearest(key, settingNames);
      throw usage(
        `${where}: unknown key ${JSON.stringify(key)}`,
        'config-key',
        near
          ? `did you mean ${near}?`
          : `known keys: ${settingNames.filter((known) => settings[known].reach !== 'flag').join(', ')}`,
      );
    }
    if (settings[name].reach === 'flag') throw flagOnly(name, where);
    if (place === 'crate' && settings[name].reach === 'user') {
      const hint = `the crate under repair ships this file; use --${name}, or your own config.toml`;
      throw usage(`${where}: ${name} cannot be set by a crate's own rusta.toml`, 'config-reach', hint);
    }
    return { name, value: readTyped(name, value, where), where };
  });
}

/** The file's text; null when there is none. */
function readConfigText(path: string): string | null {
  try {
    const stat = statSync(path);
    // A pipe or device in a hostile tree would block or never end.
    if (!stat.isFile()) throw usage(`${path}: not a regular file`, 'config-file');
    if (stat.size > maxBytes) throw usage(`${path}: larger than ${maxBytes / 1024} KiB`, 'config-file');
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    if (error instanceof RustaError) throw error;
    if (error instanceof TypeError) throw usage(`${path}: not UTF-8`, 'config-file');
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw usage(`${path}: cannot be read (${code ?? String(error)})`, 'config-file');
  }
}

/**
 * The 1-based line where a top-level key starts. The parser keeps no positions, so: the first run of lines from the top
 * that parses and holds the key ends with it, and it starts after the run before that.
 */
function lineOf(key: string, text: string): number {
  const lines = text.split(/\r?\n/);
  let parsed = 0;
  for (let end = 1; end <= lines.length; end++) {
    try {
      if (Object.hasOwn(parse(lines.slice(0, end).join('\n')), key)) return parsed + 1;
      parsed = end;
    } catch {
      // In the middle of a value over several lines.
    }
  }
  return parsed + 1;
}

function flagOnly(name: SettingName, where: string): RustaError {
  return usage(`${where}: ${name} can only be given as a flag`, 'config-reach', `pass --${name} for this run`);
}

function usage(message: string, code: string, hint?: string): RustaError {
  return new RustaError(message, { code, op: 'config', exit: 'usage', ...(hint ? { hint } : {}) });
}
