import type { JudgedStep } from '../../conductor/confidence.ts';
import { CONFIDENCE_PRIORS, type ConfidenceEvidence, confidence } from '../../conductor/confidence.ts';
import type { CandidateFlag } from '../../conductor/types.ts';
import { assert, test } from '../support/harness.ts';

function step(score = 1, ...flags: CandidateFlag[]): JudgedStep {
  const edits = [{ file: 'src/lib.rs', start: 0, end: 0, text: '&' }];
  const candidate = { id: 'aaaaaaaaaaaaaaaa', proposer: 'p', title: 't', flags, features: {}, edits };
  return { score, features: {}, candidate, diagnostic: { class: 'borrow' }, rivalry: { share: 1, beaten: 0 } };
}
const other = (one: JudgedStep): JudgedStep => ({ ...one, candidate: { ...one.candidate, proposer: 'q' } });
const evidence: ConfidenceEvidence = { covering: 2, lines: 2, tried: 1, warned: 0 };
const value = (part: Partial<ConfidenceEvidence>, ...steps: JudgedStep[]): number =>
  confidence(steps.length === 0 ? [step()] : steps, { ...evidence, ...part }, CONFIDENCE_PRIORS).value;

test('no test on the change lowers it', () => {
  assert.ok(value({ covering: 0 }) < value({ covering: 1 }));
  assert.ok(value({ covering: 1 }) < value({ covering: 8 }));
});

test('other patches that hold lower it, and so do further steps', () => {
  assert.ok(value({}, { ...step(), rivalry: { share: 0.25, beaten: 0 } }) < value({}));
  assert.ok(value({}, step(), other(step()), step()) < value({}, step()));
});

test('equal slips repaired in several places are one step', () => {
  assert.is(value({}, step(), step(), step()), value({}, step()));
});

test('candidates as likely that do not compile raise it, warnings beside the change lower it', () => {
  assert.ok(value({}, { ...step(), rivalry: { share: 1, beaten: 3 } }) > value({}));
  assert.ok(value({ warned: 1 }) < value({}));
  assert.ok(value({ tried: 30 }) < value({}));
});

for (const flag of ['guesses', 'removes', 'invents', 'unlikely'] as const) {
  test(`a step that ${flag} lowers it`, () => assert.ok(value({}, step(1, flag)) < value({}) - 0.1));
}

test('it stays in [0, 1] for any evidence and tells what it was computed from', () => {
  for (const n of [-1e9, 0, 1e9, Number.NaN, Number.POSITIVE_INFINITY]) {
    const made = confidence([{ ...step(n, 'removes'), rivalry: { share: n, beaten: n } }], {
      covering: n,
      lines: n,
      tried: n,
      warned: n,
    });
    assert.ok(made.value >= 0 && made.value <= 1, `${n} gives ${made.value}`);
    assert.equal(Object.keys(made.features), Object.keys(CONFIDENCE_PRIORS));
  }
});

test('a proved single step beats the threshold, an invented untested one does not', () => {
  assert.ok(value({}) > 0.8);
  assert.ok(value({ covering: 0 }, step(1, 'invents')) < 0.3);
});
