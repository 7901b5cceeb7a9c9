// The configuration: the check by hand and the schema agree on what is one.
import fc from 'fast-check';
import { checkConfig, parameterCount, windowsOf } from '../../../engine/model/config.ts';
import { RustaError } from '../../../schemas/errors.ts';
import { validate } from '../../../schemas/validate.ts';
import { assert, test } from '../../support/harness.ts';
import { config } from '../generate/model.ts';

function accepts(run: () => unknown): boolean {
  try {
    run();
    return true;
  } catch (error) {
    assert.instance(error, RustaError);
    return false;
  }
}

const odd = fc.oneof(
  fc.constantFrom(null, undefined, true, '8', [], {}, Number.NaN, -1, 0, 1, 2, 1.5, 16, 17, 1e9),
  fc.constantFrom(
    [8, null, 8],
    [0, null, 1],
    { orders: [2], rows: 3 },
    { orders: [], rows: 3 },
    { orders: [17], rows: 3 },
  ),
  fc.constantFrom({ orders: [2], rows: 0 }, { orders: [2], rows: 3, more: 1 }, { rows: 3 }),
);

test('what the check takes, the schema takes; what the schema refuses, the check refuses', () => {
  assert.is(checkConfig(config, 'here'), config);
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(config), 'other'), odd, (name, value) => {
      const changed = JSON.parse(JSON.stringify({ ...config, [name]: value }));
      const byHand = accepts(() => checkConfig(changed, 'here'));
      const bySchema = accepts(() => validate('byte_lm', changed, 'here'));
      if (byHand) assert.ok(bySchema, `the schema refuses ${JSON.stringify(changed)}`);
      // Beyond the schema: heads that divide the width, a window for each layer.
      const related = ['heads', 'width', 'windows', 'layers'].includes(name);
      if (bySchema && !related) assert.ok(byHand, `the check refuses ${JSON.stringify(changed)}`);
    }),
    { numRuns: 2000 },
  );
});

test('a refusal names the field, what was expected and what came', () => {
  assert.throws(
    () => checkConfig({ ...config, heads: 3 }, 'model.json'),
    /model\.json: heads: expected a number that divides the width, 8, into even widths, got 3/,
  );
  assert.throws(
    () => checkConfig({ ...config, windows: [1] }, 'model.json'),
    /windows: expected 3 windows, one a layer, got \[1\]/,
  );
  assert.throws(() => checkConfig([], 'model.json'), /the whole value: expected an object/);
});

test('the reference model of the yardstick has 33.8 million parameters', () => {
  const yardstick = {
    ...config,
    context: 2048,
    width: 512,
    layers: 8,
    heads: 8,
    ffn: 2048,
    windows: windowsOf(8, 256),
    hash: { orders: [2, 3, 4, 6], rows: 4096 },
  };
  assert.is(parameterCount(checkConfig(yardstick, 'here')), 33_816_592);
  assert.equal(windowsOf(8, 256), [256, 256, null, 256, 256, null, 256, 256]);
});
