import { CONFIDENCE_PRIORS, type ConfidenceEvidence, confidence } from '../../conductor/confidence.ts';
import type { Candidate, CandidateFlag } from '../../conductor/types.ts';
import { assert, test } from '../support/harness.ts';

function step(...flags: CandidateFlag[]): Candidate {
  return {
    id: 'aaaaaaaaaaaaaaaa',
    proposer: 'p',
    title: 't',
    flags,
    features: {},
    edits: [{ file: 'src/lib.rs', start: 0, end: 0, text: '&' }],
  };
}
const evidence: ConfidenceEvidence = { score: 1, covering: 2, alternatives: 0, steps: 1, lines: 2 };
const value = (part: Partial<ConfidenceEvidence>, one: Candidate = step()): number =>
  confidence([one], { ...evidence, ...part }).value;

test('no test on the change lowers it', () => {
  assert.ok(value({ covering: 0 }) < value({ covering: 1 }));
  assert.ok(value({ covering: 1 }) < value({ covering: 8 }));
});

test('other patches that hold lower it, and so do steps and lines', () => {
  assert.ok(value({ alternatives: 3 }) < value({ alternatives: 0 }));
  assert.ok(value({ steps: 4 }) < value({ steps: 1 }));
  assert.ok(value({ lines: 30 }) < value({ lines: 2 }));
});

for (const flag of ['removes', 'invents', 'unlikely'] as const) {
  test(`a step that ${flag} lowers it`, () => assert.ok(value({}, step(flag)) < value({}) - 0.1));
}

test('it stays in [0, 1] for any evidence and tells what it was computed from', () => {
  for (const n of [-1e9, 0, 1e9, Number.NaN, Number.POSITIVE_INFINITY]) {
    const made = confidence([step('removes')], { score: n, covering: n, alternatives: n, steps: n, lines: n });
    assert.ok(made.value >= 0 && made.value <= 1, `${n} gives ${made.value}`);
    assert.equal(Object.keys(made.features), Object.keys(CONFIDENCE_PRIORS));
  }
});

test('a proved single step beats the threshold, an invented untested one does not', () => {
  assert.ok(value({}) > 0.8);
  assert.ok(value({ covering: 0, alternatives: 2 }, step('invents')) < 0.3);
});
