import fc from 'fast-check';
import { similarity } from '../../../../conductor/proposers/support/similarity.ts';
import { editDistance } from '../../../../schemas/nearest.ts';
import { assert, test } from '../../../support/harness.ts';

test('distance counts a swap of neighbours as one edit', () => {
  assert.is(editDistance('retrun', 'return'), 1);
  assert.is(editDistance('kitten', 'sitting'), 3);
});

test('distance gives up beyond its limit', () => {
  assert.is(editDistance('abcdefgh', 'zyxwvuts', 2), 3);
});

test('case and underscores count for little, shared words for much', () => {
  assert.is(similarity('firstName', 'first_name'), 0.95);
  assert.ok(similarity('count', 'item_count') > similarity('count', 'mount_point'));
  assert.ok(similarity('idx', 'index') >= 0.5);
});

test('names of one letter are alike only when equal', () => {
  assert.is(similarity('x', 'y'), 0);
  assert.is(similarity('x', 'x'), 1);
});

test('similarity lies between 0 and 1, and the order of the names does not matter', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      const value = similarity(a, b);
      assert.ok(value >= 0 && value <= 1);
      assert.is(similarity(b, a), value);
    }),
  );
});
