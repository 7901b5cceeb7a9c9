// The grammar of actions: what it reads, what it refuses and where, and that printing loses nothing.
import fc from 'fast-check';
import { ActionSyntaxError, actionId, parseAction, parseActions, printAction } from '../../conductor/actions.ts';
import { RustaError } from '../../schemas/errors.ts';
import type { ActionBlock } from '../../schemas/types.ts';
import { assert, test } from '../support/harness.ts';

const check = '::act v=1 tool=cargo_check {"scope":"all","state":"0123456789abcdef"}';

/** What `read` throws, which must be the grammar's own error. */
function failure(read: () => unknown): ActionSyntaxError {
  try {
    read();
  } catch (error) {
    assert.instance(error, ActionSyntaxError, `threw ${error}`);
    return error as ActionSyntaxError;
  }
  assert.unreachable('it was read without an error');
  throw new Error();
}

/** Values that arguments can hold: any key, `__proto__` too; any string, half surrogate pairs too. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.constantFrom('__proto__', 'constructor', '\ud800', ''),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 6 },
    fc.oneof(fc.constant(null), fc.boolean(), text, fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('object'),
  ),
  object: fc.array(fc.tuple(text, tie('value')), { maxLength: 4 }).map((entries) => own(entries)),
}));
const args = fc.array(fc.tuple(text, value), { maxLength: 4 }).map((entries) => own(entries));
const action: fc.Arbitrary<ActionBlock> = fc.record({
  v: fc.constant(1 as const),
  tool: fc.stringMatching(/^[a-z][a-z0-9_]{0,12}$/),
  args,
});

function own(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const object = {};
  for (const [key, value] of entries)
    Object.defineProperty(object, key, { value, configurable: true, enumerable: true, writable: true });
  return object;
}

/** `value` with -0 as 0 and keys in print order, in a form that compares every own key, `__proto__` too. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return ['array', ...value.map(shape)];
  if (typeof value === 'object' && value !== null)
    return [
      'object',
      ...Object.entries(value)
        .map(([key, inner]) => [key, shape(inner)])
        .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
    ];
  return value === 0 ? 0 : value;
}

test('an action is a version, a tool and arguments', () => {
  assert.equal(parseAction(check), { v: 1, tool: 'cargo_check', args: { scope: 'all', state: '0123456789abcdef' } });
  assert.equal(parseAction(`  ::act\tv=1   tool=git_status {  }\r\n`), { v: 1, tool: 'git_status', args: {} });
  assert.equal(parseAction(Buffer.from('::act v=1 tool=a {"é":"→"}')), { v: 1, tool: 'a', args: { é: '→' } });
});

test('parse after print is the identity on actions, -0 reading as 0', () => {
  fc.assert(
    fc.property(action, (given) => {
      const printed = printAction(given);
      const read = parseAction(printed);
      assert.equal(shape(read), shape(given));
      assert.is(printAction(read), printed);
      assert.equal(shape(parseAction(Buffer.from(printed))), shape(given));
      assert.not.match(printed, /\n/);
    }),
    { numRuns: 2000 },
  );
});

test('-0 reads and prints as 0', () => {
  const zeros = parseAction('::act v=1 tool=a {"x":[-0,-0.0,-0e7]}').args.x as number[];
  for (const zero of zeros) assert.ok(Object.is(zero, 0));
  assert.is(printAction({ v: 1, tool: 'a', args: { x: -0 } }), '::act v=1 tool=a {"x":0}');
});

test('the order in which arguments were set changes neither text nor id', () => {
  const one: ActionBlock = { v: 1, tool: 'a', args: { x: { p: 1, q: 2 }, y: 3 } };
  const other: ActionBlock = { v: 1, tool: 'a', args: { y: 3, x: { q: 2, p: 1 } } };
  assert.is(printAction(one), printAction(other));
  assert.is(actionId(one), actionId(other));
  assert.match(actionId(one), /^[0-9a-f]{16}$/);
  assert.is.not(actionId(one), actionId({ ...one, tool: 'b' }));
});

test('a key given twice is an error, at its second place, at any depth and however it is spelled', () => {
  fc.assert(
    fc.property(action, text, value, value, fc.boolean(), (given, key, first, second, nested) => {
      const printed = (inner: unknown) =>
        printAction({ v: 1, tool: 'a', args: { inner } }).slice('::act v=1 tool=a {"inner":'.length, -1);
      const name = JSON.stringify(key);
      const escaped = `"${Array.from({ length: key.length }, (_, i) => `\\u${key.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')}"`;
      const pair = `{${name}:${printed(first)},${escaped}:${printed(second)}}`;
      const line = nested
        ? printAction({ ...given, args: { z: 0 } }).replace('{"z":0}', () => `{"z":[${pair}]}`)
        : `::act v=1 tool=${given.tool} ${pair}`;
      const error = failure(() => parseAction(line));
      assert.is(error.expected, 'each key once');
      assert.is(line.slice(error.offset, error.offset + escaped.length), escaped);
    }),
    { numRuns: 500 },
  );
});

test('no text and no bytes make it throw anything but its own error', () => {
  const pieces = fc.constantFrom(
    '::act',
    ' ',
    'v=1',
    'v=',
    'tool=',
    'a',
    '{',
    '}',
    '[',
    ']',
    '"',
    ':',
    ',',
    '\\',
    '\\u',
    'd800',
    '-',
    '0',
    '.',
    'e',
    '1e999',
    'null',
    'true',
    '\n',
    '\r',
    '\t',
    '\0',
    '\u2028',
    '\ufeff',
    '__proto__',
    '\ud800',
    '🦀',
  );
  const soup = fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join(''));
  const tail = soup.map((rest) => `::act v=1 tool=a {${rest}`);
  const mutated = fc
    .tuple(action, fc.nat(), fc.nat(3), fc.string({ unit: 'binary', maxLength: 3 }))
    .map(([given, at, drop, insert]) => {
      const line = printAction(given);
      const cut = at % (line.length + 1);
      return line.slice(0, cut) + insert + line.slice(cut + drop);
    });
  const anything = fc.oneof(
    fc.string({ unit: 'binary' }),
    soup,
    tail,
    mutated,
    fc.uint8Array({ maxLength: 60 }),
    mutated.map((line) => Buffer.from(line, 'latin1')),
  );
  fc.assert(
    fc.property(anything, (input) => {
      for (const read of [parseAction, parseActions]) {
        try {
          read(input);
        } catch (error) {
          if (!(error instanceof ActionSyntaxError)) throw error;
          const length = typeof input === 'string' ? input.length : Buffer.from(input).toString().length;
          assert.ok(error.offset >= 0 && error.offset <= length && error.line >= 1 && error.column >= 1);
        }
      }
    }),
    { numRuns: 5000 },
  );
});

test('each cut of an action is refused at its end', () => {
  const line = '::act v=1 tool=a {"x":[1.5e3,"\\u00e9"],"y":true}';
  for (let length = 0; length < line.length; length++) {
    const error = failure(() => parseAction(line.slice(0, length)));
    // A number or a word cut short may still be one, a name always is: the end is where it stops making sense.
    assert.ok(error.offset <= length && error.offset >= length - 3, `${line.slice(0, length)}: ${error.message}`);
  }
});

const wrong: readonly (readonly [string, number, number, RegExp])[] = [
  ['', 1, 1, /expected '::act', found the end of the text/],
  ['::actor v=1 tool=a {}', 1, 6, /expected a space, found "or"/],
  ['::act  w=1', 1, 8, /expected 'v=', found "w=1"/],
  ['::act v=2 tool=a {}', 1, 9, /expected version 1, found version 2/],
  ['::act v=01 tool=a {}', 1, 9, /expected version 1, found version 01/],
  ['::act v=1 tool=Cargo {}', 1, 16, /expected a tool's name/],
  ['::act v=1 tool=a.b {}', 1, 17, /expected a space, found "\.b"/],
  ['::act v=1 tool=a [1]', 1, 18, /expected the arguments, '\{', found "\[1\]"/],
  ['::act v=1 tool=a {} x', 1, 21, /expected nothing after the value, found "x"/],
  ['\n\n  ::act v=1 tool=a {"é🦀": 01}', 3, 28, /expected no digit after a leading zero, found "1"/],
  ['::act v=1 tool=a {"x":\n1}', 1, 23, /expected a JSON value, found the end of the line/],
  ['::act v=1 tool=a {}\n::act v=1 tool=a {}', 2, 1, /expected one action, found "::act"/],
  ['::act v=1 tool=a {"x":1,}', 1, 25, /expected a key in double quotes, found "}"/],
  ["::act v=1 tool=a {'x':1}", 1, 19, /expected a key in double quotes/],
  ['::act v=1 tool=a {"x":1e400}', 1, 23, /a number that a double holds, found 1e400/],
  ['::act v=1 tool=a {"x":1e-400}', 1, 23, /a number that a double holds/],
  ['::act v=1 tool=a {"x":9007199254740993}', 1, 23, /a number that a double holds/],
  ['::act v=1 tool=a {"x":NaN}', 1, 23, /expected a JSON value, found "N"/],
  ['::act v=1 tool=a {"x":"\t"}', 1, 24, /an escape for a control character, found U\+0009/],
  ['::act v=1 tool=a {"x":"\\x"}', 1, 25, /after a backslash, found "x"/],
  ['::act v=1 tool=a {"x":"\\u12g4"}', 1, 28, /four hex digits, found "g"/],
  ['::act v=1 tool=a {"x":"\ud800"}', 1, 24, /whole characters, found U\+D800/],
  [`::act v=1 tool=a {"x":${'['.repeat(64)}`, 1, 86, /at most 64 levels of nesting/],
  ['::act v=1 tool=a {"__proto__":1,"__proto__":2}', 1, 33, /each key once, found "__proto__" a second time/],
];
for (const [line, row, column, message] of wrong)
  test(`refused at ${row}:${column}: ${JSON.stringify(line).slice(0, 60)}`, () => {
    const error = failure(() => parseAction(line));
    assert.match(error.message, message);
    assert.equal([error.line, error.column], [row, column]);
    assert.match(error.message, `line ${row}, column ${column}:`);
  });

test('bytes that are no UTF-8 are refused where they stand; a real U+FFFD is read', () => {
  const bytes = Buffer.concat([Buffer.from('::act v=1 tool=a {"é'), Buffer.of(0xff), Buffer.from('":1}')]);
  const error = failure(() => parseAction(bytes));
  assert.match(error.message, /column 21: expected UTF-8, found the byte 0xff/);
  assert.equal(parseAction(Buffer.from('::act v=1 tool=a {"\ufffd":1}')).args, { '\ufffd': 1 });
  for (const cut of [[0xef, 0xbf], [0xe2, 0x82], [0xf0]]) failure(() => parseAction(Buffer.of(...cut)));
});

test('actions stand on lines of their own among other lines', () => {
  const found = parseActions(
    `I will check first.\n${check}\r\nnot at the start: ${check}\n::action is no action\n\n::act v=1 tool=b {}`,
  );
  assert.equal(
    found.map(({ tool }) => tool),
    ['cargo_check', 'b'],
  );
  assert.equal(parseActions(''), []);
  const error = failure(() => parseActions(`text\n${check}\n::act v=1 tool=b {"x"}\n`));
  assert.equal([error.line, error.column], [3, 22]);
});

test('what is no action cannot be printed, and says why', () => {
  const bad: readonly (readonly [unknown, RegExp])[] = [
    [{ v: 2, tool: 'a', args: {} }, /this version prints v=1/],
    [{ v: 1, tool: 'a b', args: {} }, /not a tool's name/],
    [{ v: 1, tool: 'a', args: [] }, /no object/],
    [{ v: 1, tool: 'a', args: { x: Number.NaN } }, /NaN is not JSON/],
    [{ v: 1, tool: 'a', args: { x: 1n } }, /bigint is not JSON/],
    [{ v: 1, tool: 'a', args: { x: () => 1 } }, /function is not JSON/],
  ];
  for (const [value, message] of bad) {
    assert.throws(
      () => printAction(value as ActionBlock),
      (error: unknown) => error instanceof RustaError && error.code === 'action-invalid' && message.test(error.message),
    );
  }
  assert.throws(() => printAction({ v: 1, tool: 'a', args: { when: new Date() } }), /a class is not JSON/);
  const loop: Record<string, unknown> = {};
  loop.loop = loop;
  assert.throws(() => printAction({ v: 1, tool: 'a', args: loop }), /nested deeper/);
});

test('what prints also reads at the limit of nesting', () => {
  const nested = (levels: number): ActionBlock => {
    let args: Record<string, unknown> = {};
    for (let level = 1; level < levels; level++) args = { in: args };
    return { v: 1, tool: 'a', args };
  };
  assert.equal(parseAction(printAction(nested(64))), nested(64));
  assert.throws(() => printAction(nested(65)), /nested deeper than 64/);
});
