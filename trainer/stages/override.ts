// Changes to a stage's size from the command line: `recipe.adamw.rate=0.001`. Only fields that are there can be set, to values of
// their kind; what the values mean is checked where they are used.
import { windowsOf } from '../../engine/model/config.ts';
import { RustaError } from '../../schemas/errors.ts';
import type { StageSize } from './stage.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/**
 * @param changes `path=value`, the value as JSON.
 * @throws RustaError `config-unknown`, `config-invalid`.
 */
export function overridden(size: StageSize, changes: readonly string[]): StageSize {
  let result = size as unknown as Json;
  for (const change of changes) {
    const at = change.indexOf('=');
    const path = change.slice(0, Math.max(0, at));
    if (at <= 0) throw refused(`'${change}' is no NAME=VALUE`, change);
    result = set(result, path.split('.'), parsed(change.slice(at + 1), path), path);
  }
  const changed = result as unknown as StageSize;
  // Layers ask for as many windows: those of the stage's pattern, unless they were given.
  const { layers, windows } = changed.model;
  const given = changes.some((change) => change.startsWith('model.windows='));
  if (given || windows.length === layers) return changed;
  const window = windows.find((one) => one !== null) ?? changed.model.context;
  return { ...changed, model: { ...changed.model, windows: windowsOf(layers, window) } };
}

function set(value: Json, path: readonly string[], to: Json, whole: string): Json {
  const [name, ...rest] = path as [string, ...string[]];
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, name)) {
    const fields = typeof value === 'object' && value !== null ? Object.keys(value).join(', ') : 'none';
    throw new RustaError(`there is no '${whole}'`, {
      code: 'config-unknown',
      op: 'config',
      hint: `fields here: ${fields}`,
      exit: 'usage',
    });
  }
  const record = value as { readonly [name: string]: Json };
  const old = record[name] as Json;
  if (rest.length > 0) return { ...record, [name]: set(old, rest, to, whole) };
  if (old !== null && to !== null && (typeof old !== typeof to || Array.isArray(old) !== Array.isArray(to)))
    throw refused(`'${whole}' is ${JSON.stringify(old)}, and cannot become ${JSON.stringify(to)}`, whole);
  return { ...record, [name]: to };
}

function parsed(text: string, path: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    if (/^[\w-]+$/.test(text)) return text;
    throw refused(`the value of '${path}' is no JSON: ${text.slice(0, 40)}`, path);
  }
}

function refused(message: string, got: string): RustaError {
  return new RustaError(message, {
    code: 'config-invalid',
    op: 'config',
    got,
    hint: 'for example: --config recipe.adamw.rate=0.001',
    exit: 'usage',
  });
}
