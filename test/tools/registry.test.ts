// The table of tools: an action is checked against it before it runs.
import type { RustaError } from '../../schemas/errors.ts';
import type { ActionBlock } from '../../schemas/types.ts';
import { checkAction, type ToolName, tools } from '../../tools/registry.ts';
import { assert, test } from '../support/harness.ts';

const state = '0123456789abcdef';
const action = (tool: string, args: Record<string, unknown>): ActionBlock => ({ v: 1, tool, args });

const good: Record<ToolName, readonly Record<string, unknown>[]> = {
  cargo_check: [
    { state, scope: 'all' },
    { state, scope: 'wide' },
    { state, scope: 'unit', unit: 'lib p' },
  ],
  cargo_test: [{ state }, { state, only: ['a::b'], alone: true, attempt: 2 }],
  cargo_fetch: [{}],
  probe_type: [{ state, file: 'src/lib.rs', start: 0, end: 3 }],
  probe_names: [{ state, file: 'src/lib.rs', at: 3 }],
  error_page: [{ code: 'E0308' }],
};

for (const [name, all] of Object.entries(good))
  test(`${name} takes what it says`, () => {
    for (const args of all) assert.is(checkAction(action(name, args)), tools[name as ToolName]);
    assert.ok(tools[name as ToolName].timeoutMs > 0);
  });

const bad: readonly (readonly [ActionBlock, string, string])[] = [
  [action('cargo_check', { state }), 'schema-mismatch', 'cargo_check: at /scope: expected a value, got nothing'],
  [
    action('cargo_check', { state, scope: 'most' }),
    'schema-mismatch',
    'at /scope: expected one of "all", "wide", "unit"',
  ],
  [action('cargo_check', { state: 'XYZ', scope: 'all' }), 'schema-mismatch', 'at /state: expected text that matches'],
  [
    action('cargo_check', { state, scope: 'all', scop: 1 }),
    'schema-mismatch',
    'at /scop: expected only state, scope, unit',
  ],
  [action('cargo_test', { state, only: [3] }), 'schema-mismatch', 'at /only/0: expected a string, got 3'],
  [action('cargo_fetch', { from: 'x' }), 'schema-mismatch', 'at /from: expected no field'],
  [
    action('probe_type', { state, file: '', start: 0, end: 1 }),
    'schema-mismatch',
    'at /file: expected at least 1 character, got ""',
  ],
  [action('probe_names', { state, file: 'a.rs', at: -1 }), 'schema-mismatch', 'at /at: expected a number >= 0, got -1'],
  [action('probe_names', { state, file: 'a.rs', at: 1.5 }), 'schema-mismatch', 'at /at: expected an integer, got 1.5'],
  [action('cargo_chek', {}), 'unknown-tool', 'there is no tool "cargo_chek"'],
  [action('rm', {}), 'unknown-tool', 'there is no tool "rm"'],
  [action('constructor', {}), 'unknown-tool', 'there is no tool "constructor"'],
];
for (const [given, code, message] of bad)
  test(`refused: ${given.tool} ${JSON.stringify(given.args)}`, () => {
    assert.throws(
      () => checkAction(given),
      (error: RustaError) => error.code === code && error.message.includes(message),
    );
  });

test('an unknown tool is answered with the nearest names', () => {
  const hint = (tool: string): string => {
    try {
      checkAction(action(tool, {}));
    } catch (error) {
      return (error as RustaError).hint as string;
    }
    return '';
  };
  assert.is(hint('cargo_chek'), 'did you mean cargo_check or cargo_test?');
  assert.is(hint('probe_nmaes'), 'did you mean probe_names or probe_type?');
  assert.match(hint('zzzzzz'), /^the tools are cargo_check, cargo_test, /);
});

test('only what downloads has the network, and nothing writes outside the sandbox', () => {
  for (const [name, { capability, summary }] of Object.entries(tools)) {
    assert.is(capability === 'network', name === 'cargo_fetch');
    assert.match(summary, /^[A-Z].*\.$/);
  }
});
