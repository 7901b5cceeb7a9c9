// Reading a setting's value, as written in a file or as text in a flag or variable; what is wrong is said with its place.
import { RustaError } from '../schemas/errors.ts';
import { day, type SettingName, settings } from './settings.ts';

type Value = number | string | boolean | readonly string[];

/** What a value should have been, in words. */
export function expected(name: SettingName): string {
  const setting = settings[name];
  if (setting.choices) return `one of ${setting.choices.join(', ')}`;
  switch (setting.kind) {
    case 'count':
      return `a whole number from ${setting.min} to ${setting.max}`;
    case 'ratio':
      return 'a number from 0 to 1';
    case 'time':
      return 'a time of at most a day in seconds, or with a unit: 90, 90s, 2m';
    case 'text':
      return 'a text';
    case 'list':
      return 'a list of texts';
    case 'switch':
      return 'true or false';
  }
}

/** Reads a value as written in a file (`10`, `"2m"`, `["a"]`); `where` names the place in errors. */
export function readTyped(name: SettingName, value: unknown, where: string): Value {
  const { kind } = settings[name];
  const bad = (): RustaError => wrong(name, expected(name), shown(value), where);
  switch (kind) {
    case 'count':
      if (typeof value !== 'number') throw bad();
      return count(name, value, where);
    case 'ratio':
      if (typeof value !== 'number') throw bad();
      return ratio(name, value, where);
    case 'time':
      if (typeof value === 'number') return milliseconds(name, value * 1000, String(value), where);
      if (typeof value === 'string') return readText(name, value, where);
      throw bad();
    case 'switch':
      if (typeof value !== 'boolean') throw bad();
      return value;
    case 'text':
      if (typeof value !== 'string') throw bad();
      return text(name, value, where);
    case 'list':
      if (!Array.isArray(value) || !value.every((item): item is string => typeof item === 'string')) throw bad();
      return value.map((item) => text(name, item, where));
  }
}

/** Reads a value as written in a flag or an environment variable: always text; lists are separated by commas. */
export function readText(name: SettingName, written: string, where: string): Value {
  switch (settings[name].kind) {
    case 'count':
      return count(name, /^[0-9]{1,12}$/.test(written) ? Number(written) : Number.NaN, where, written);
    case 'ratio':
      return ratio(name, /^[01]?(\.[0-9]{1,6})?$/.test(written) ? Number(written) : Number.NaN, where, written);
    case 'time': {
      const match = /^([0-9]{1,9}(?:\.[0-9]{1,3})?)(ms|s|m|h)?$/.exec(written);
      const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match?.[2] ?? 's'] ?? Number.NaN;
      return milliseconds(name, match ? Number(match[1]) * unit : Number.NaN, written, where);
    }
    case 'switch':
      if (written === '1' || written === 'true') return true;
      if (written === '0' || written === 'false') return false;
      throw wrong(name, '1, 0, true or false', shown(written), where);
    case 'text':
      return text(name, written, where);
    case 'list':
      return written
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '')
        .map((item) => text(name, item, where));
  }
}

function count(name: SettingName, value: number, where: string, written: string = String(value)): number {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = settings[name];
  if (!Number.isInteger(value) || value < min || value > max) throw wrong(name, expected(name), shown(written), where);
  return value;
}

function ratio(name: SettingName, value: number, where: string, written: string = String(value)): number {
  if (!(value >= 0 && value <= 1)) throw wrong(name, expected(name), shown(written), where);
  return value;
}

function milliseconds(name: SettingName, value: number, written: string, where: string): number {
  const { min = 1, max = day } = settings[name];
  const rounded = Math.round(value);
  if (!(rounded >= min && rounded <= max)) throw wrong(name, expected(name), shown(written), where);
  return rounded;
}

function text(name: SettingName, value: string, where: string): string {
  const { choices, refuse } = settings[name];
  if (value === '' || value.includes('\0'))
    throw wrong(name, choices ? expected(name) : 'a text that is not empty', shown(value), where);
  if (choices && !choices.includes(value)) throw wrong(name, expected(name), shown(value), where);
  const why = refuse?.(value);
  if (why) throw wrong(name, why, shown(value), where);
  return value;
}

function wrong(name: SettingName, wanted: string, got: string, where: string): RustaError {
  return new RustaError(`${where}: ${name} should be ${wanted}, found ${got}`, {
    code: 'bad-setting',
    op: 'config',
    expected: wanted,
    got,
    exit: 'usage',
  });
}

/** A value as it would be written, cut to a line's worth. */
function shown(value: unknown): string {
  const written = typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? String(value));
  return written.length > 60 ? `${written.slice(0, 60)}…` : written;
}
