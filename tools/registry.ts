// The tools that an action can name: one table. Running them is each tool's own folder; the grammar of an action is
// conductor/actions.ts.
import { RustaError } from '../schemas/errors.ts';
import { nearest } from '../schemas/nearest.ts';
import type { ActionBlock } from '../schemas/types.ts';
import { validator } from '../schemas/validate.ts';

/** What running a tool may touch: nothing, the sandbox's private copy, or the network. Never the user's files. */
export type Capability = 'reads' | 'writes-sandbox' | 'network';

export type ToolName = 'cargo_check' | 'cargo_test' | 'cargo_fetch' | 'probe_type' | 'probe_names' | 'error_page';

/** JSON Schema (2020-12) of a tool's arguments; closed, so that a misspelt argument is an error. */
export interface ArgumentSchema {
  readonly $id: `rusta:args/${ToolName}`;
  readonly type: 'object';
  readonly additionalProperties: false;
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, object>>;
}

export interface ToolDef {
  /** One line: what it answers. */
  readonly summary: string;
  readonly args: ArgumentSchema;
  readonly capability: Capability;
  /** Wall time of one run, ms, after which it is ended. */
  readonly timeoutMs: number;
}

/** A state of the sources under repair: first 16 hex digits of its sha256. */
const state = { type: 'string', pattern: '^[0-9a-f]{16}$' } as const;
/** A path relative to the workspace root. */
const file = { type: 'string', minLength: 1 } as const;
const byteOffset = { type: 'integer', minimum: 0 } as const;

function args<const Name extends ToolName>(
  name: Name,
  required: Readonly<Record<string, object>>,
  optional: Readonly<Record<string, object>> = {},
): ArgumentSchema {
  return {
    $id: `rusta:args/${name}`,
    type: 'object',
    additionalProperties: false,
    required: Object.keys(required),
    properties: { ...required, ...optional },
  };
}

export const tools: Readonly<Record<ToolName, ToolDef>> = {
  cargo_check: {
    summary: 'Errors of a state: all targets, benches and examples too, with lints, or one unit by rustc alone.',
    args: args(
      'cargo_check',
      { state, scope: { enum: ['all', 'wide', 'unit', 'lints'] } },
      { unit: { type: 'string' } },
    ),
    capability: 'writes-sandbox',
    timeoutMs: 600_000,
  },
  cargo_test: {
    summary: 'A verdict for each test of a state; `only` names tests, `alone` runs each in a process of its own.',
    args: args(
      'cargo_test',
      { state },
      // `attempt` tells the re-runs of a flaky test apart: each is an action of its own.
      {
        only: { type: 'array', items: { type: 'string' } },
        alone: { type: 'boolean' },
        attempt: { type: 'integer', minimum: 2 },
      },
    ),
    capability: 'writes-sandbox',
    timeoutMs: 600_000,
  },
  cargo_fetch: {
    summary: 'Downloads missing dependencies; says what came.',
    args: args('cargo_fetch', {}),
    capability: 'network',
    timeoutMs: 300_000,
  },
  probe_type: {
    summary: 'The type of the expression or binding at a byte range of a state, or the type expected there.',
    args: args(
      'probe_type',
      { state, file, start: byteOffset, end: byteOffset },
      { want: { enum: ['type', 'expected'] }, unit: { type: 'string' } },
    ),
    capability: 'writes-sandbox',
    timeoutMs: 30_000,
  },
  probe_names: {
    summary: 'The names in scope at a byte offset of a state.',
    args: args('probe_names', { state, file, at: byteOffset }),
    capability: 'reads',
    timeoutMs: 10_000,
  },
  error_page: {
    summary: "The error index's page of a code, as the hashes that cite it.",
    args: args('error_page', { code: { type: 'string', pattern: '^E[0-9]{4}$' } }),
    capability: 'reads',
    timeoutMs: 10_000,
  },
};

/**
 * The definition of the tool that `action` names, once its arguments are found to be what that tool takes.
 * Throws `unknown-tool` with the nearest names, or `schema-mismatch` with the place of the wrong argument.
 */
export function checkAction(action: ActionBlock): ToolDef {
  if (!Object.hasOwn(tools, action.tool)) {
    const names = Object.keys(tools);
    const near = nearest(action.tool, names);
    throw new RustaError(`there is no tool ${JSON.stringify(action.tool)}`, {
      code: 'unknown-tool',
      op: 'check action',
      expected: `one of ${names.join(', ')}`,
      got: action.tool,
      hint: near.length > 0 ? `did you mean ${near.join(' or ')}?` : `the tools are ${names.join(', ')}`,
    });
  }
  const tool = tools[action.tool as ToolName];
  const check = validator(tool.args, { what: 'arguments', exit: 'internal' });
  check(action.args, action.tool);
  return tool;
}
