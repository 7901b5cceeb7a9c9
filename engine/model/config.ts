// The configuration of a ByteLM, and what follows from it: names and shapes of the parameters. It is checked by hand here
// (schemas/byte_lm.schema.json says the same), since the engine also runs in a page, where no validator is loaded.
import { RustaError } from '../../schemas/errors.ts';
import type { ByteLmConfig } from '../../schemas/types.ts';
import { type Shape, sizeOf } from '../shape.ts';

export type { ByteLmConfig } from '../../schemas/types.ts';

/** Bytes are the vocabulary; those that UTF-8 never holds are control symbols (symbols.ts). */
export const vocabulary: number = 256;

export type ParameterName = 'embed' | 'hash' | 'qkv' | 'out' | 'up' | 'down' | 'mix' | 'head';

/** Weight matrices, stacked over the layers: [L, out, in]. Muon's, where it is used. */
export const matrices: readonly ParameterName[] = ['qkv', 'out', 'up', 'down'];

/** Shapes of all parameters, in the order of the file. There is no `hash` without tables. */
export function shapesOf({ width, layers, ffn, hash }: ByteLmConfig): ReadonlyMap<ParameterName, Shape> {
  const tables: [ParameterName, Shape][] = hash === null ? [] : [['hash', [hash.orders.length, hash.rows, width]]];
  return new Map<ParameterName, Shape>([
    ['embed', [vocabulary, width]],
    ...tables,
    ['qkv', [layers, 3 * width, width]],
    ['out', [layers, width, width]],
    ['up', [layers, ffn, width]],
    ['down', [layers, width, ffn]],
    ['mix', [layers, 2]],
    ['head', [vocabulary, width]],
  ]);
}

export function parameterCount(config: ByteLmConfig): number {
  return [...shapesOf(config).values()].reduce((total, shape) => total + sizeOf(shape), 0);
}

/** A window on two layers of three, and the whole context on the third. */
export function windowsOf(layers: number, window: number): (number | null)[] {
  return Array.from({ length: layers }, (_, layer) => (layer % 3 === 2 ? null : window));
}

interface Field {
  readonly whole?: true;
  readonly orNull?: true;
  /** Least value; with `open`, what it must exceed. */
  readonly from: number;
  readonly open?: true;
  readonly to?: number;
}

const fields: Record<Exclude<keyof ByteLmConfig, 'v' | 'windows' | 'hash'>, Field> = {
  context: { whole: true, from: 1, to: 1 << 20 },
  width: { whole: true, from: 2, to: 1 << 14 },
  layers: { whole: true, from: 1, to: 256 },
  heads: { whole: true, from: 1, to: 256 },
  ffn: { whole: true, from: 1, to: 1 << 16 },
  ropeBase: { from: 1, open: true },
  normEps: { from: 0, open: true },
  logitCap: { orNull: true, from: 0, open: true },
};

/**
 * `value` as a configuration.
 * @param from the file or place that it came from.
 * @throws RustaError `config-invalid`, naming the field and what was expected; `schema-version`.
 */
export function checkConfig(value: unknown, from: string): ByteLmConfig {
  const config = record(value, '', from);
  if (config.v !== 1) refuse(from, 'v', '1 (another version of Rusta wrote this)', config.v, 'schema-version');
  const names = [...Object.keys(fields), 'v', 'windows', 'hash'];
  const unknown = Object.keys(config).find((name) => !names.includes(name));
  if (unknown !== undefined) refuse(from, unknown, `only ${names.join(', ')}`, 'an unknown field');
  for (const [name, field] of Object.entries(fields)) checkNumber(config[name], field, name, from);
  const { width, heads, layers, windows, hash } = config as unknown as ByteLmConfig;
  if (width % heads !== 0 || (width / heads) % 2 !== 0)
    refuse(from, 'heads', `a number that divides the width, ${width}, into even widths`, heads);
  if (!Array.isArray(windows) || windows.length !== layers)
    refuse(from, 'windows', `${layers} windows, one a layer`, windows);
  for (const [layer, window] of windows.entries())
    checkNumber(window, { whole: true, orNull: true, from: 1 }, `windows[${layer}]`, from);
  if (hash !== null) checkHash(hash, from);
  return config as unknown as ByteLmConfig;
}

function checkHash(value: unknown, from: string): void {
  const { orders, rows, ...rest } = record(value, 'hash', from);
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) refuse(from, `hash.${unknown}`, 'only orders, rows', 'an unknown field');
  if (!Array.isArray(orders) || orders.length < 1 || orders.length > 16)
    refuse(from, 'hash.orders', '1 to 16 lengths of n-grams', orders);
  for (const [table, order] of (orders as unknown[]).entries())
    checkNumber(order, { whole: true, from: 1, to: 16 }, `hash.orders[${table}]`, from);
  checkNumber(rows, { whole: true, from: 1, to: 1 << 24 }, 'hash.rows', from);
}

function record(value: unknown, name: string, from: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(from, name, 'an object', value);
  return value as Record<string, unknown>;
}

function checkNumber(
  value: unknown,
  { whole, orNull, from: least, open, to }: Field,
  name: string,
  from: string,
): void {
  if (orNull && value === null) return;
  const fits =
    typeof value === 'number' &&
    Number.isFinite(value) &&
    (!whole || Number.isInteger(value)) &&
    (open ? value > least : value >= least) &&
    value <= (to ?? Number.POSITIVE_INFINITY);
  if (fits) return;
  const range = `${open ? 'above' : 'from'} ${least}${to === undefined ? '' : ` to ${to}`}`;
  refuse(from, name, `${whole ? 'a whole number' : 'a number'} ${range}${orNull ? ', or null' : ''}`, value);
}

function refuse(from: string, name: string, expected: string, value: unknown, code = 'config-invalid'): never {
  const got = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
  throw new RustaError(`${from}: ${name || 'the whole value'}: expected ${expected}, got ${got.slice(0, 60)}`, {
    code,
    op: 'read the configuration',
    expected,
    got,
  });
}
