// Fitting weights: known ones are found again, features that never vary stay, and nothing moves without samples.
import { firstRight, fitConfidence, fitRanking, predicted } from '../../../trainer/eval/fit.ts';
import type { CaseRecord } from '../../../trainer/eval/record.ts';
import { type CaseSample, sampleOfRecord } from '../../../trainer/eval/samples.ts';
import { assert, test } from '../../support/harness.ts';

/** Numbers in [0, 1) that are the same each time (Park and Miller's minimal standard). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

const truth = { small: 2, far: -1.5 };
const score = (features: Record<string, number>): number =>
  truth.small * (features.small ?? 0) + truth.far * (features.far ?? 0);

/** Tasks whose right candidate is drawn as the true weights say. */
function tasks(count: number): CaseSample {
  const next = numbers(7);
  return {
    case: 'made',
    group: 'made',
    held: [],
    tasks: Array.from({ length: count }, () => {
      const drafts = Array.from({ length: 5 }, () => ({ small: next(), far: next(), never: 0 }));
      const odds = drafts.map((features) => Math.exp(score(features)));
      let left = next() * odds.reduce((sum, value) => sum + value, 0);
      const chosen = odds.findIndex((value) => {
        left -= value;
        return left < 0;
      });
      return { choices: drafts.map((features, index) => ({ proposer: 'p', features, right: index === chosen })) };
    }),
  };
}

const prior = { small: 0, far: 0, never: 0.7 };

test('the weights that made the choices are found again, and a feature that never shows keeps its prior', () => {
  const { weights, before, after } = fitRanking([tasks(800)], prior, 0, { ridge: 0.1, steps: 200 });
  assert.ok(Math.abs((weights.small ?? 0) - truth.small) < 0.3, `small ${weights.small}`);
  assert.ok(Math.abs((weights.far ?? 0) - truth.far) < 0.3, `far ${weights.far}`);
  assert.is(weights.never, 0.7);
  assert.ok(after < before);
});

test('few samples move the weights little: the prior holds them', () => {
  const { weights } = fitRanking([tasks(2)], prior, 0, { ridge: 2, steps: 500 });
  assert.ok(Math.abs(weights.small ?? 0) < 0.5);
});

test('tasks where nothing is known to be right, or everything is, teach no ranking', () => {
  const known = (right: boolean | null): CaseSample => ({
    case: 'c',
    group: 'g',
    held: [],
    tasks: [
      {
        choices: [
          { proposer: 'p', features: { small: 1 }, right },
          { proposer: 'p', features: { far: 1 }, right },
        ],
      },
    ],
  });
  assert.is(fitRanking([known(true), known(false), known(null)], prior, 0, { ridge: 1, steps: 50 }).n, 0);
});

test('confidence learns how often what held was right', () => {
  const held = Array.from({ length: 400 }, (_, index) => ({
    features: { base: 1, covered: index % 2 },
    right: index % 2 === 1 ? index % 10 !== 1 : index % 4 === 0,
    first: true,
  }));
  const { weights } = fitConfidence(
    [{ case: 'c', group: 'g', tasks: [], held }],
    { base: 0, covered: 0 },
    { ridge: 0.01, steps: 800 },
  );
  const chance = (covered: number): number =>
    1 / (1 + Math.exp(-((weights.base ?? 0) + (weights.covered ?? 0) * covered)));
  assert.ok(Math.abs(chance(1) - 0.8) < 0.05, `covered ${chance(1)}`);
  assert.ok(Math.abs(chance(0) - 0.5) < 0.05, `uncovered ${chance(0)}`);
});

test('the constant of the confidence is drawn less than what else is always there', () => {
  const held = Array.from({ length: 20 }, () => ({ features: { base: 1, same: 1 }, right: true, first: true }));
  const sample = { case: 'c', group: 'g', tasks: [], held };
  const { weights } = fitConfidence([sample], { base: 1, same: 1 }, { ridge: 4, steps: 500 });
  assert.ok((weights.base ?? 0) - 1 > 2 * ((weights.same ?? 0) - 1), JSON.stringify(weights));
  assert.ok((weights.same ?? 0) > 1);
});

test('a prediction comes of weights that saw nothing of its group', () => {
  const sample = (group: string, right: boolean): CaseSample => ({
    case: group,
    group,
    tasks: [],
    held: Array.from({ length: 40 }, (_, index) => ({ features: { base: 1 }, right, first: index === 0 })),
  });
  const prior = { base: 0.1 };
  const options = { ridge: 0.01, steps: 500 };
  const made = predicted([sample('a', true), sample('b', false)], prior, options, 7);
  assert.is(made.length, 2);
  for (const { confidence, right } of made) {
    // Each was predicted by the other one alone, which says the contrary; weights keep their prior's sign.
    if (right) assert.ok(confidence < 0.55, `${confidence}`);
    else assert.ok(confidence > 0.9, `${confidence}`);
  }
});

test('a task is ranked rightly where the highest score is a right one', () => {
  const choices = [
    { proposer: 'p', features: { small: 1 }, right: false },
    { proposer: 'p', features: { small: 2 }, right: true },
  ];
  const sample: CaseSample = { case: 'c', group: 'g', held: [], tasks: [{ choices }] };
  assert.equal(firstRight([sample], { small: 1 }), { share: 1, n: 1 });
  assert.equal(firstRight([sample], { small: -1 }), { share: 0, n: 1 });
});

test('results of an evaluation tell what was claimed or offered first, and never of the quoting half', () => {
  const record = {
    case: 'a-1',
    group: 'a',
    half: 'tuning',
    status: 'unsure',
    evidence: { base: 1 },
    verdict: null,
    offered: { compiles: true, tests: 'pass', failing: [], output: 'none', right: true },
  } as unknown as CaseRecord;
  const held = [{ features: { base: 1 }, right: true, first: true }];
  assert.equal(sampleOfRecord(record), { case: 'a-1', group: 'a', tasks: [], held });
  const verdict = { ...record.offered, right: false } as CaseRecord['verdict'];
  assert.is(sampleOfRecord({ ...record, status: 'fixed', verdict })?.held[0]?.right, false);
  assert.equal(sampleOfRecord({ ...record, offered: null })?.held, [], 'nobody knows whether it is right');
  assert.is(sampleOfRecord({ ...record, half: 'quoting' }), null);
});
