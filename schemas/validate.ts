// Where data crosses disk, process or network: one validator a contract, and one error that says what is wrong where.
//
// The validators are compiled by ajv when the tree is built (scripts/validators.ts), so that a run pays for loading
// them (about 10 ms, on first use) and not for compiling. A schema that is not known then is compiled on the spot.
import { createRequire } from 'node:module';
import type { Ajv, AnySchemaObject, ErrorObject, Options } from 'ajv';
import { type ExitKind, RustaError } from './errors.ts';
import { JsonSyntaxError, readJson } from './json.ts';
import { nearest } from './nearest.ts';
import type {
  ActionBlock,
  Anchor,
  ByteLmConfig,
  DevlogEntry,
  Diagnostic,
  EpisodeEvent,
  ExplainAnswer,
  GoldenEntry,
  LedgerRecord,
  Observation,
  PatchBundle,
} from './types.ts';

/** The contracts by the name of their schema file. */
export interface Contracts {
  diagnostic: Diagnostic;
  observation: Observation;
  action_block: ActionBlock;
  patch_bundle: PatchBundle;
  devlog_entry: DevlogEntry;
  anchor: Anchor;
  episode_event: EpisodeEvent;
  ledger_record: LedgerRecord;
  byte_lm: ByteLmConfig;
  explanation: ExplainAnswer;
  golden_entry: GoldenEntry;
}

export type ContractName = keyof Contracts;

/** A compiled schema: true, or false with what is wrong left in `errors`. */
interface Check {
  (value: unknown): boolean;
  errors?: ErrorObject[] | null;
}

/**
 * One dialect for all: 2020-12, every error collected (to name the most telling one) with the schema that it broke.
 * `discriminator` lets an event's `type` choose its branch.
 */
export const ajvOptions: Options = {
  allErrors: true,
  allowUnionTypes: true,
  discriminator: true,
  strict: true,
  strictRequired: false,
  verbose: true,
};

/**
 * `value` as the contract `kind`, unchanged. `from` is the file or place that it came from.
 * Throws `schema-mismatch`, or `schema-version` when another version of Rusta wrote it.
 */
export function validate<K extends ContractName>(kind: K, value: unknown, from: string): Contracts[K] {
  run(precompiled(`rusta:${kind}.schema.json`) ?? missing(kind), value, { what: kind, from, exit: 'internal' });
  return value as Contracts[K];
}

/** Reads JSON and validates it. Also throws `json-truncated` and `json-syntax`, with line and column. */
export function parse<K extends ContractName>(kind: K, text: string, from: string): Contracts[K] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw syntaxError(kind, text, from, cause);
  }
  return validate(kind, value, from);
}

export interface ValidatorOptions {
  /** What the data is called in errors: `rusta.toml`, `arguments of cargo_check`. */
  readonly what: string;
  /** How the process should end when nobody handles the error. */
  readonly exit?: ExitKind;
}

/**
 * A validator for any other schema, with the same errors. Compiled at build time when its `$id` is one that
 * scripts/validators.ts knows, else on first use; then kept with the schema object.
 */
export function validator<T>(
  schema: AnySchemaObject,
  { what, exit = 'usage' }: ValidatorOptions,
): (value: unknown, from: string) => T {
  return (value, from) => {
    let check = compiled.get(schema);
    if (check === undefined) {
      check = (typeof schema.$id === 'string' ? precompiled(schema.$id) : undefined) ?? compile(schema);
      compiled.set(schema, check);
    }
    run(check, value, { what, from, exit });
    return value as T;
  };
}

const require = createRequire(import.meta.url);
const compiled = new WeakMap<AnySchemaObject, Check>();
let built: Record<string, Check> | null = null;
let ajv: Ajv | null = null;

function precompiled(id: string): Check | undefined {
  try {
    built ??= require('./generated/validators.cjs') as Record<string, Check>;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw cause;
    return undefined;
  }
  return Object.hasOwn(built, id) ? built[id] : undefined;
}

function missing(kind: string): never {
  throw new RustaError(`no validator for ${kind}`, {
    code: 'not-built',
    op: 'load schemas',
    hint: 'run `npm run types`',
  });
}

function compile(schema: AnySchemaObject): Check {
  if (ajv === null) {
    const { Ajv2020 } = require('ajv/dist/2020.js') as { Ajv2020: new (options: Options) => Ajv };
    // The schemas are ours, and tests compile them with their own schema checked: at run time that would cost 50 ms.
    ajv = new Ajv2020({ ...ajvOptions, meta: false, validateSchema: false });
  }
  return ajv.compile(schema) as Check;
}

interface Place extends ValidatorOptions {
  readonly from: string;
}

function run(check: Check, value: unknown, place: Place): void {
  if (check(value)) return;
  const error = mostTelling(check.errors ?? []);
  if (error === undefined) throw new Error(`the validator of ${place.what} refused a value without saying why`);
  throw mismatch(error, value, place);
}

/** A wrong version explains all other errors; an unknown field explains a missing one. */
function mostTelling(errors: readonly ErrorObject[]): ErrorObject | undefined {
  const rank = (error: ErrorObject): number =>
    isVersion(error) ? 0 : error.keyword === 'additionalProperties' ? 1 : error.keyword === 'type' ? 2 : 3;
  return errors.toSorted((a, b) => rank(a) - rank(b))[0];
}

function isVersion({ keyword, instancePath }: ErrorObject): boolean {
  return keyword === 'const' && /(^|\/)v$/.test(instancePath);
}

function mismatch(error: ErrorObject, value: unknown, { what, from, exit }: Place): RustaError {
  const { pointer, expected, got, hint } = explain(error);
  const shown = got ?? preview(error.data);
  const at = pointer === '' ? (value === error.data ? 'the whole value' : '/') : pointer;
  const version = isVersion(error);
  const advice = version ? 'it was written by another version of rusta; this one does not read it' : hint;
  return new RustaError(`${from}: at ${at}: expected ${expected}, got ${shown}`, {
    code: version ? 'schema-version' : 'schema-mismatch',
    op: `read ${what}`,
    expected,
    got: shown,
    ...(advice === undefined ? {} : { hint: advice }),
    ...(exit === undefined ? {} : { exit }),
  });
}

interface Explanation {
  readonly pointer: string;
  readonly expected: string;
  readonly got?: string;
  readonly hint?: string;
}

function explain({ keyword, instancePath: pointer, params, parentSchema, message }: ErrorObject): Explanation {
  switch (keyword) {
    case 'type':
      return { pointer, expected: [params.type].flat().map(article).join(' or ') };
    case 'const':
      return { pointer, expected: JSON.stringify(params.allowedValue) };
    case 'enum':
      return { pointer, expected: oneOf(params.allowedValues) };
    case 'required':
      return { pointer: step(pointer, params.missingProperty), expected: 'a value', got: 'nothing' };
    case 'additionalProperties': {
      const known = Object.keys(parentSchema?.properties ?? {});
      const near = nearest(params.additionalProperty, known, 1)[0];
      return {
        pointer: step(pointer, params.additionalProperty),
        expected: known.length === 0 ? 'no field' : `only ${known.join(', ')}`,
        got: `the unknown field ${JSON.stringify(params.additionalProperty)}`,
        ...(near === undefined ? {} : { hint: `did you mean \`${near}\`?` }),
      };
    }
    case 'discriminator':
      return {
        pointer: step(pointer, params.tag),
        expected: oneOf(tags(parentSchema, params.tag)),
        got: params.tagValue === undefined ? 'nothing' : preview(params.tagValue),
      };
    case 'pattern':
      return { pointer, expected: `text that matches ${params.pattern}` };
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return { pointer, expected: `a number ${params.comparison} ${params.limit}` };
    case 'minItems':
      return { pointer, expected: `at least ${params.limit} item${params.limit === 1 ? '' : 's'}` };
    case 'minLength':
      return { pointer, expected: `at least ${params.limit} character${params.limit === 1 ? '' : 's'}` };
    default:
      return { pointer, expected: (message ?? keyword).replace(/^must be /, '') };
  }
}

/** The values of `tag` over the branches of a schema's `oneOf`. */
function tags(schema: AnySchemaObject | undefined, tag: string): unknown[] {
  return (schema?.oneOf ?? []).map(
    ({ $ref }: { $ref: string }) => schema?.$defs?.[$ref.replace('#/$defs/', '')]?.properties?.[tag]?.const,
  );
}

function oneOf(values: readonly unknown[]): string {
  return `one of ${values.map((value) => JSON.stringify(value)).join(', ')}`;
}

function article(type: string): string {
  return type === 'null' ? 'null' : /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

/** RFC 6901. */
function step(pointer: string, key: string): string {
  return `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function preview(value: unknown): string {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function syntaxError(kind: string, text: string, from: string, cause: unknown): RustaError {
  try {
    readJson(text);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const truncated = error.offset >= text.length;
    return new RustaError(
      `${from}: line ${error.line}, column ${error.column}: ${truncated ? 'the text ends in the middle' : error.found}, expected ${error.expected}`,
      {
        code: truncated ? 'json-truncated' : 'json-syntax',
        op: `read ${kind}`,
        expected: error.expected,
        got: error.found,
        cause,
        ...(truncated ? { hint: 'the file was cut short; restore it or write it again' } : {}),
      },
    );
  }
  return new RustaError(`${from}: not JSON`, { code: 'json-syntax', op: `read ${kind}`, cause });
}
