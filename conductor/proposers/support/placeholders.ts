// Placeholders in the compiler's suggestions (`/* i32 */`, `/* value */`, `<type>`): found, and filled with names in scope.
import type { Name } from '../../../tools/index/scope.ts';

/** A comment of the compiler's in the place of an expression or a type, or a name for "some type". */
const placeholder = /\/\*\s*([^*]+?)\s*\*\/|<type>|\bTypeName\b|\bREASON\b|<identifier>/g;

export function hasPlaceholder(text: string): boolean {
  return text.search(placeholder) >= 0;
}

export interface Around {
  readonly before: string;
  readonly after: string;
}

/**
 * `text` with its placeholders filled, at most `limit` ways, likeliest first: a variable of the type that is asked for,
 * not used in the same text yet, nearest first. A type's placeholder is filled from the literal that follows it.
 */
export function fillPlaceholders(text: string, names: readonly Name[], around: Around, limit: number): string[] {
  const found = [...text.matchAll(placeholder)];
  const [first] = found;
  if (first === undefined) return [text];
  if (first[0] === 'REASON') return [];
  if (first[1] === undefined) {
    const type = literalType(around.after);
    return type === null || found.length > 1 ? [] : [text.replace(first[0], type)];
  }
  const wanted = normalType(first[1]);
  const used = new Set(text.match(/[\p{XID_Start}_]\p{XID_Continue}*/gu));
  const values = names.filter((name) => ['local', 'parameter', 'const', 'static', 'field', 'self'].includes(name.kind));
  const fits = values
    .filter((name) => !used.has(name.name) && (fit(name.type, wanted) !== null || name.name === wanted))
    .map((name) => fit(name.type, wanted)?.replace('_', name.path) ?? name.path);
  const filled: string[] = [];
  for (const value of new Set(fits)) {
    const rest = fillPlaceholders(text.replace(first[0], value), names, around, limit);
    filled.push(...rest);
    if (filled.length >= limit) break;
  }
  return filled.slice(0, limit);
}

function normalType(type: string): string {
  return type.replace(/\s+/g, ' ').replace(/'\w+ /g, '').trim();
}

/** How a value of type `have` is written where `want` is asked for, `_` standing for it; null when it does not fit. */
function fit(have: string | null, want: string): string | null {
  if (have === null) return null;
  const type = normalType(have);
  if (type === want) return '_';
  if (want === `&${type}` || (want === '&str' && type === 'String')) return '&_';
  if (want === `&mut ${type}`) return '&mut _';
  if (type === `&${want}` && /^[iuf](8|16|32|64|128|size)$|^(bool|char)$/.test(want)) return '*_';
  return null;
}

/** The type of the literal in `= literal` at the start of `text`. */
function literalType(text: string): string | null {
  const value = /^\s*=\s*(-?[0-9][0-9_]*(\.[0-9_]+)?([iuf](?:8|16|32|64|128|size))?|"|'|true\b|false\b)/.exec(text);
  if (value === null) return null;
  const literal = value[1] as string;
  if (value[3] !== undefined) return value[3];
  if (value[2] !== undefined) return 'f64';
  if (literal === '"') return '&str';
  if (literal === "'") return 'char';
  return /^-?[0-9]/.test(literal) ? 'i32' : 'bool';
}
