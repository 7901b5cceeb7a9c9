// The statistics against values known from elsewhere.
import { auroc, calibrationError, mcnemar, quantile, random, share } from '../../../trainer/eval/stats.ts';
import { assert, test } from '../../support/harness.ts';

const near = (a: number | null, b: number, by = 1e-9): void =>
  assert.ok(a !== null && Math.abs(a - b) <= by, `${a} is not within ${by} of ${b}`);
const samples = (hits: number, of: number, groups = of) =>
  Array.from({ length: of }, (_, index) => ({ group: String(index % groups), hit: index < hits }));

test('quantiles interpolate as R does by default (type 7)', () => {
  near(quantile([1, 2, 3, 4], 0.5), 2.5);
  near(quantile([15, 20, 35, 40, 50], 0.4), 29);
  near(quantile([3], 0.9), 3);
  assert.is(quantile([], 0.5), null);
});

test('the same seed gives the same numbers, spread evenly', () => {
  const draw = random(7);
  const numbers = Array.from({ length: 10_000 }, draw);
  const again = random(7);
  assert.equal(numbers.slice(0, 5), Array.from({ length: 5 }, again));
  near(numbers.reduce((sum, one) => sum + one, 0) / numbers.length, 0.5, 0.01);
  assert.ok(numbers.every((one) => one >= 0 && one < 1));
});

test('the interval of a share is close to the binomial one where each case is its own group', () => {
  // Normal approximation at 60 of 150: 0.4 ± 1.96 × 0.04 = 0.3216 to 0.4784.
  const { value, low, high, n } = share(samples(60, 150));
  near(value, 0.4);
  near(low, 0.3216, 0.01);
  near(high, 0.4784, 0.01);
  assert.is(n, 150);
});

test('cases that go together widen the interval', () => {
  const alone = share(samples(60, 150));
  const clustered = share(
    Array.from({ length: 150 }, (_, index) => ({ group: String(index % 10), hit: index % 10 < 4 })),
  );
  near(clustered.value, 0.4);
  assert.ok((clustered.high ?? 0) - (clustered.low ?? 0) > 2 * ((alone.high ?? 0) - (alone.low ?? 0)));
});

test('where all agree the interval is not empty; of nothing there is none', () => {
  assert.equal(share(samples(0, 30)), { value: 0, low: 0, high: 0.1, n: 30 });
  assert.equal(share(samples(30, 30)), { value: 1, low: 0.9, high: 1, n: 30 });
  assert.equal(share([]), { value: null, low: null, high: null, n: 0 });
});

test('the exact McNemar test', () => {
  near(mcnemar(0, 0), 1);
  near(mcnemar(5, 0), 2 / 32);
  near(mcnemar(0, 5), 2 / 32);
  near(mcnemar(8, 2), (2 * (1 + 10 + 45)) / 1024);
  near(mcnemar(5, 5), 1);
  assert.ok(mcnemar(400, 300) < 0.001 && mcnemar(400, 300) > 0);
});

test('AUROC counts pairs, ties for half', () => {
  const grade = (confidence: number, right: boolean) => ({ confidence, right });
  assert.is(auroc([grade(0.9, true), grade(0.1, false)]), 1);
  assert.is(auroc([grade(0.1, true), grade(0.9, false)]), 0);
  assert.is(auroc([grade(0.5, true), grade(0.5, false)]), 0.5);
  assert.is(auroc([grade(0.5, true)]), null);
});

test('calibration error: the mean gap between claim and truth', () => {
  const claims = Array.from({ length: 10 }, (_, index) => ({ confidence: 0.85, right: index < 5 }));
  near(calibrationError(claims), 0.35);
  near(calibrationError([{ confidence: 1, right: true }]), 0);
  assert.is(calibrationError([]), null);
});
