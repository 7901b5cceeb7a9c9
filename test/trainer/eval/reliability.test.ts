// Reliability of a confidence, on claims whose figures can be worked out by hand.
import { bins, reliability } from '../../../trainer/eval/reliability.ts';
import { reliabilitySvg } from '../../../trainer/eval/reliability-plot.ts';
import type { Graded } from '../../../trainer/eval/stats.ts';
import { assert, test } from '../../support/harness.ts';

const near = (found: number | undefined, expected: number): void =>
  assert.ok(Math.abs((found ?? Number.NaN) - expected) < 1e-9, `${found}, expected ${expected}`);
const claims = (count: number, confidence: number, right: number): Graded[] =>
  Array.from({ length: count }, (_, index) => ({ confidence, right: index < right }));

test('nothing has no reliability', () => assert.is(reliability([]), null));

test('a confidence that is as often right as it says has no calibration error', () => {
  const found = reliability([...claims(10, 0.8, 8), ...claims(10, 0.5, 5)]);
  near(found?.ece, 0);
  near(found?.brier, (0.8 * 0.2 + 0.5 * 0.5) / 2);
});

test('one that promises too much is off by what it promises', () => {
  const found = reliability(claims(20, 0.9, 10));
  near(found?.ece, 0.4);
  assert.is(found?.bins.length, 1);
});

test('bins hold as many claims each, however unevenly the confidences lie', () => {
  const all = Array.from({ length: 150 }, (_, index) => ({ confidence: 0.9 + index / 1500, right: true }));
  const found = reliability(all);
  assert.is(found?.bins.length, bins);
  assert.equal([...new Set(found?.bins.map(({ n }) => n))], [10]);
});

test('the surest count most: a mistake costs more the surer it is', () => {
  const [sure, likely, unlikely] = [0.9, 0.6, 0.3];
  const of = (...right: boolean[]): number =>
    reliability([sure, likely, unlikely].map((confidence, index) => ({ confidence, right: right[index] === true })))
      ?.aurc as number;
  near(of(true, true, true), 0);
  near(of(true, true, false), 1 / 3 / 3);
  near(of(false, true, true), (1 + 1 / 2 + 1 / 3) / 3);
});

test('claims of equal confidence give the same risk in any order', () => {
  const found = reliability(claims(4, 0.7, 2));
  near(found?.aurc, 0.5);
});

test('the plot holds a dot a bin, and its figures', () => {
  const found = reliability([...claims(10, 0.8, 8), ...claims(10, 0.5, 5)]);
  if (found === null) throw new Error('no reliability');
  const svg = reliabilitySvg('rusta fix <prior>', found);
  assert.is(svg.match(/<circle/g)?.length, found.bins.length);
  assert.match(svg, /20 claims, ECE 0\.000/);
  assert.match(svg, /rusta fix &lt;prior>/);
});
