// A run is stopped for losses that are no numbers and for one that runs away, and for nothing else.
import { type GuardVerdict, guard, guardStart } from '../../../trainer/run/guard.ts';
import { assert, test } from '../../support/harness.ts';

const limits = { lost: 3, ratio: 1.5, high: 10 };

function verdicts(losses: readonly (number | null)[]): GuardVerdict {
  let state = guardStart;
  for (const loss of losses) {
    const next = guard(state, loss, limits);
    if (next.verdict !== 'fine') return next.verdict;
    state = next.state;
  }
  return 'fine';
}

test('a falling, noisy loss is fine', () => {
  assert.is(
    verdicts(Array.from({ length: 500 }, (_, step) => 1 + 7 * Math.exp(-step / 50) + (step % 3) * 0.1)),
    'fine',
  );
});

test('skipped steps and NaN are borne for a while, and only in a row', () => {
  assert.is(verdicts([1, null, Number.NaN, 1, null, null, 1]), 'fine');
  assert.is(verdicts([1, null, Number.NaN, Number.POSITIVE_INFINITY]), 'not-a-number');
});

test('one spike is borne, a loss that stays high is not', () => {
  assert.is(verdicts([...Array(50).fill(1), 9, ...Array(100).fill(1)]), 'fine');
  assert.is(verdicts([...Array(50).fill(1), ...Array(60).fill(4)]), 'diverging');
});
