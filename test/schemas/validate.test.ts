// Where data enters: what is right passes unchanged; what is wrong is named by file, place and expectation.
import fc from 'fast-check';
import { RustaError } from '../../schemas/errors.ts';
import type { DevlogEntry, Diagnostic, EpisodeEvent, PatchBundle } from '../../schemas/types.ts';
import { type ContractName, type Contracts, parse, validate, validator } from '../../schemas/validate.ts';
import { assert, test } from '../support/harness.ts';

const hash16 = '0123456789abcdef';
const hash64 = hash16.repeat(4);

const diagnostic: Diagnostic = {
  v: 1,
  id: hash16,
  code: 'E0308',
  level: 'error',
  message: 'mismatched types',
  class: 'type-mismatch',
  target: { package: 'p', name: 'p', kind: 'lib' },
  spans: [
    {
      file: 'src/lib.rs',
      start: 3,
      end: 9,
      line: 1,
      column: 4,
      end_line: 1,
      end_column: 10,
      primary: true,
      label: 'expected `i32`',
      expansion: false,
    },
  ],
  notes: [{ level: 'help', message: 'try this', spans: [] }],
  suggestions: [
    {
      message: 'add `&`',
      applicability: 'MachineApplicable',
      edits: [{ file: 'src/lib.rs', start: 3, end: 3, text: '&' }],
    },
  ],
  rendered: 'error[E0308]',
  root: null,
};
const event: EpisodeEvent = {
  v: 1,
  type: 'sense',
  files: { 'src/lib.rs': hash64 },
  errors: [diagnostic],
  warnings: 0,
};
const entry: DevlogEntry = { v: 1, seq: 7, at: 1_700_000_000_000, episode: '0123-abcd', event };
const bundle: PatchBundle = {
  v: 1,
  id: hash16,
  episode: '0123-abcd',
  root: '/crate',
  toolchain: 'rustc 1.95.0',
  status: 'fixed',
  files: [
    {
      path: 'src/lib.rs',
      pre_sha256: hash64,
      post_sha256: hash64,
      edits: [{ start: 3, end: 3, old: '', new: '&' }],
    },
  ],
  diff: '',
  lines_added: 1,
  lines_removed: 1,
  errors_before: 1,
  errors_after: 0,
  tests_before: null,
  tests_after: { passed: 3, failed: 0, ignored: 0, flaky: [] },
  fixes: [],
  candidates: [{ candidate: hash16, proposer: 'p', title: 't', score: 0.5, verdict: 'accepted' }],
  anchors: [],
  confidence: 0.9,
  features: { lines: 2 },
  risks: [],
  known_failing: [],
  commit: { id: 'abc', dirty: false },
};
const samples: { readonly [K in ContractName]: Contracts[K] } = {
  diagnostic,
  observation: { v: 1, action: hash16, tool: 'probe_type', ok: true, elapsed_ms: 1.5, toolchain: 'r', data: { x: 1 } },
  action_block: { v: 1, tool: 'cargo_check', args: {} },
  patch_bundle: bundle,
  devlog_entry: entry,
  anchor: {
    v: 1,
    id: hash16,
    kind: 'error-index',
    title: ['E0308'],
    source: 'error_codes/E0308.html',
    sha256: hash64,
    start: 0,
    end: 10,
    span_sha256: hash64,
  },
  episode_event: event,
  golden_entry: {
    v: 1,
    episode: 'mwsesef5-f10f448c',
    status: 'fixed',
    lines: 2,
    classes: ['ownership'],
    snapshot: { 'program.rs': hash64 },
    actions: [{ tool: 'cargo_check', act: '::act', ok: true }],
    anchors: [],
    patch: null,
    tests: { before: null, after: null },
    reflection: { worked: [], failed: [] },
  },
  explanation: {
    v: 1,
    type: 'explanation',
    what: 'E0382',
    known: false,
    confidence: 0,
    claims: [],
    help: ['rusta fix'],
    docs: null,
  },
  ledger_record: {
    v: 1,
    name: 'serde',
    version: '1.0.0',
    licence: 'MIT/Apache-2.0',
    spdx: 'MIT OR Apache-2.0',
    sha256: hash64,
    bytes: 1,
    files: 1,
    date: '2026-11-27',
    how: 'cargo fetch',
    family: 'serde-rs/serde',
    split: 'train',
  },
  byte_lm: {
    v: 1,
    context: 64,
    width: 8,
    layers: 2,
    heads: 2,
    ffn: 16,
    windows: [8, null],
    hash: { orders: [2], rows: 7 },
    ropeBase: 10_000,
    normEps: 1e-6,
    logitCap: 15,
  },
};
const names = Object.keys(samples) as ContractName[];

function failure(read: () => unknown): RustaError {
  try {
    read();
  } catch (error) {
    assert.instance(error, RustaError, `threw ${error}`);
    return error as RustaError;
  }
  assert.unreachable('it was accepted');
  throw new Error();
}

for (const name of names)
  test(`a ${name} passes unchanged, as a value and as text`, () => {
    assert.is(validate(name, samples[name], 'here'), samples[name]);
    assert.equal(parse(name, JSON.stringify(samples[name]), 'here'), samples[name]);
  });

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
interface Place {
  readonly pointer: string;
  readonly holder: { [key: string]: Json };
}

/** Every object within `value`, but for those that take any field. */
function objects(value: Json, pointer = ''): Place[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => objects(item, `${pointer}/${index}`));
  if (typeof value !== 'object' || value === null || /\/(files|features|data|args|snapshot)$/.test(pointer)) return [];
  return [
    { pointer, holder: value },
    ...Object.entries(value).flatMap(([key, inner]) => objects(inner, `${pointer}/${key}`)),
  ];
}

const copy = (name: ContractName): { [key: string]: Json } => structuredClone(samples[name]) as never;
const chosen = fc.tuple(fc.constantFrom(...names), fc.nat(), fc.nat());
const optional = new Set(['flaky', 'detail', 'diff', 'commit']);

test('a dropped field is named with its place', () => {
  fc.assert(
    fc.property(chosen, ([name, which, field]) => {
      const value = copy(name);
      const places = objects(value);
      const { pointer, holder } = places[which % places.length] as Place;
      const keys = Object.keys(holder);
      const key = keys[field % keys.length] as string;
      fc.pre(!optional.has(key));
      delete holder[key];
      const error = failure(() => validate(name, value, 'some/file.json'));
      assert.is(error.code, 'schema-mismatch');
      assert.match(error.message, `some/file.json: at ${pointer}/${key}: expected `);
      assert.match(error.message, 'got nothing');
    }),
    { numRuns: 500 },
  );
});

test('an unknown field is named with its place, whatever its name', () => {
  fc.assert(
    fc.property(chosen, fc.string({ minLength: 1 }), ([name, which], extra) => {
      const value = copy(name);
      const places = objects(value);
      const { pointer, holder } = places[which % places.length] as Place;
      fc.pre(!Object.hasOwn(holder, extra) && !optional.has(extra));
      Object.defineProperty(holder, extra, { value: 1, enumerable: true, configurable: true });
      const error = failure(() => validate(name, value, 'some/file.json'));
      assert.is(error.code, 'schema-mismatch');
      const escaped = extra.replaceAll('~', '~0').replaceAll('/', '~1');
      assert.match(error.message, `some/file.json: at ${pointer}/${escaped}: expected only `);
      assert.is(error.got, `the unknown field ${JSON.stringify(extra)}`);
    }),
    { numRuns: 500 },
  );
});

test('another version is named as such, even when its fields differ too', () => {
  fc.assert(
    fc.property(chosen, fc.constantFrom<Json>(0, 2, 1.5, '1', null), ([name, which], version) => {
      const value = copy(name);
      const versioned = objects(value).filter(({ holder }) => 'v' in holder);
      const { pointer, holder } = versioned[which % versioned.length] as Place;
      holder.v = version;
      holder.brand_new = true;
      const error = failure(() => validate(name, value, 'some/file.json'));
      assert.is(error.code, 'schema-version');
      assert.match(error.message, `some/file.json: at ${pointer}/v: expected 1, got ${JSON.stringify(version)}`);
      assert.match(error.hint as string, /another version of rusta/);
    }),
    { numRuns: 300 },
  );
});

test('text cut short is named as such, with line and column', () => {
  fc.assert(
    fc.property(chosen, fc.boolean(), ([name, at], pretty) => {
      const text = JSON.stringify(samples[name], null, pretty ? 2 : 0);
      const cut = text.slice(0, at % text.length);
      const error = failure(() => parse(name, cut, 'some/file.json'));
      assert.match(error.message, /some\/file\.json: line \d+, column \d+: /);
      // A literal cut short (`tru`) is wrong before the end; all else is cut at the end.
      if (!/[a-z]$/.test(cut) || cut.split('"').length % 2 === 0)
        assert.is(error.code, 'json-truncated', error.message);
    }),
    { numRuns: 500 },
  );
});

test('text that is wrong in the middle says where', () => {
  const error = failure(() => parse('anchor', '{\n  "v": 1,\n  "id": nope\n}', 'a.json'));
  assert.is(error.code, 'json-syntax');
  assert.is(error.message, 'read anchor: a.json: line 3, column 9: "n", expected a JSON value');
});

const mistakes: readonly (readonly [string, ContractName, (value: never) => void, string])[] = [
  [
    'a wrong type',
    'diagnostic',
    (d: Diagnostic) => Object.assign(d.spans[0] as object, { start: '3' }),
    'at /spans/0/start: expected an integer, got "3"',
  ],
  [
    'one of several types',
    'diagnostic',
    (d: Diagnostic) => Object.assign(d, { code: 3 }),
    'at /code: expected a string or null, got 3',
  ],
  [
    'a word outside its list',
    'diagnostic',
    (d: Diagnostic) => Object.assign(d, { level: 'fatal' }),
    'at /level: expected one of "error", "warning", "note", "help", "failure-note", "ice", got "fatal"',
  ],
  [
    'a hash that is none',
    'anchor',
    (a: object) => Object.assign(a, { id: 'xyz' }),
    'at /id: expected text that matches ^[0-9a-f]{16}$, got "xyz"',
  ],
  [
    'a number out of range',
    'patch_bundle',
    (b: object) => Object.assign(b, { confidence: 1.5 }),
    'at /confidence: expected a number <= 1, got 1.5',
  ],
  [
    'an empty list',
    'patch_bundle',
    (b: PatchBundle) => Object.assign(b.files[0] as object, { edits: [] }),
    'at /files/0/edits: expected at least 1 item, got an array of 0',
  ],
  [
    'an event of no known type',
    'episode_event',
    (e: object) => Object.assign(e, { type: 'sens' }),
    'at /type: expected one of "start", "state", "sense", "action", "observation", "proposal", "ranking", "verdict", "budget", "reflection", "notice", "bundle", "end", got "sens"',
  ],
  [
    'an event inside an entry',
    'devlog_entry',
    (e: DevlogEntry) => Object.assign(e.event, { warnings: -1 }),
    'at /event/warnings: expected a number >= 0, got -1',
  ],
  [
    'a diagnostic inside an event inside an entry',
    'devlog_entry',
    (e: { event: { errors: { class: string }[] } }) => Object.assign(e.event.errors[0] as object, { class: 3 }),
    'at /event/errors/0/class: expected one of',
  ],
];
for (const [title, name, spoil, message] of mistakes)
  test(`${title} is explained`, () => {
    const value = copy(name);
    spoil(value as never);
    const error = failure(() => validate(name, value, 'f.json'));
    assert.match(error.message, `read ${name}: f.json: ${message}`);
  });

test('an event is judged by its own type alone', () => {
  const error = failure(() => validate('episode_event', { v: 1, type: 'notice', level: 'info' }, 'log'));
  assert.match(error.message, 'log: at /message: expected a value, got nothing');
});

test('what is no object at all is explained', () => {
  for (const value of [null, 3, 'text', [], undefined]) {
    const error = failure(() => validate('episode_event', value, 'log'));
    assert.match(error.message, 'log: at the whole value: expected an object, got ');
  }
});

test('a misspelt field names the one that was meant', () => {
  const value = copy('anchor');
  value.tilte = value.title as Json;
  delete value.title;
  assert.is(failure(() => validate('anchor', value, 'f')).hint, 'did you mean `title`?');
});

test('any other schema gets the same errors, and ends the process as the caller says', () => {
  const schema = {
    type: 'object',
    additionalProperties: false,
    required: ['jobs'],
    properties: { jobs: { type: 'integer', minimum: 1 }, name: { type: 'string' } },
  };
  const check = validator<{ jobs: number }>(schema, { what: 'configuration' });
  assert.is(check({ jobs: 2 }, 'rusta.toml').jobs, 2);
  const error = failure(() => check({ job: 2 }, 'rusta.toml'));
  assert.is(
    error.message,
    'read configuration: rusta.toml: at /job: expected only jobs, name, got the unknown field "job"',
  );
  assert.is(error.hint, 'did you mean `jobs`?');
  assert.is(error.exit, 'usage');
  assert.is(failure(() => check({ jobs: 0 }, 'f')).expected, 'a number >= 1');
  assert.is(failure(() => validate('anchor', {}, 'f')).exit, 'internal');
});

test('validating is cheap: 10,000 events within a second', () => {
  const started = process.cpuUsage();
  for (let i = 0; i < 10_000; i++) validate('devlog_entry', entry, 'log');
  const { user, system } = process.cpuUsage(started);
  assert.ok(user + system < 1_000_000, `${(user + system) / 1000} ms`);
});
