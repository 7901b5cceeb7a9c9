// Best-first search over partial repairs: which state is worked on next, and what a check's answer means.
import {
  child,
  order,
  outcome,
  type Ranked,
  roots,
  Search,
  type SearchNode,
  type Step,
  start,
} from '../../conductor/search.ts';
import { CrateState, Snapshot } from '../../conductor/state.ts';
import type { Candidate } from '../../conductor/types.ts';
import { shortHash } from '../../schemas/hash.ts';
import type { Diagnostic } from '../../schemas/types.ts';
import { assert, test } from '../support/harness.ts';

const text = 'fn main() { one(); two(); }\n';
const snapshot = new Snapshot(new Map([['src/main.rs', text]]));

function error(code: string | null, start: number, root: string | null = null): Diagnostic {
  return {
    v: 1,
    id: shortHash(`${code}`, `${start}`),
    code,
    level: 'error',
    message: `${code} at ${start}`,
    class: code === null ? 'syntax' : 'type-mismatch',
    target: { package: 'p', name: 'p', kind: 'bin' },
    notes: [],
    suggestions: [],
    rendered: '',
    root,
    spans: [
      {
        file: 'src/main.rs',
        start,
        end: start + 3,
        line: 1,
        column: start + 1,
        end_line: 1,
        end_column: start + 4,
        primary: true,
        label: null,
        expansion: false,
      },
    ],
  };
}

function candidate(start: number, replacement: string): Candidate {
  return {
    id: shortHash(`${start}`, replacement),
    proposer: 'test',
    title: replacement,
    edits: [{ file: 'src/main.rs', start, end: start + 3, text: replacement }],
    flags: [],
    features: {},
  };
}

function node(errors: readonly Diagnostic[], state: CrateState = new CrateState(snapshot)): SearchNode {
  return start(state, errors, new Set());
}

function step(diagnostic: Diagnostic, repair: Candidate, score: number): Step {
  return { candidate: repair, diagnostic, score, features: {}, reasons: [], rivalry: { share: 1, beaten: 0 } };
}

const first = error('E0308', 12);
const second = error('E0308', 19);

test('roots come before followers, and followers alone still count', () => {
  const follower = error('E0282', 14, first.id);
  assert.equal(roots([first, follower]), [first]);
  assert.equal(roots([follower]), [follower]);
});

test('a state is entered once, however its texts came about', () => {
  const search = new Search();
  const there = new CrateState(snapshot).edited([{ file: 'src/main.rs', start: 12, end: 15, text: 'uno' }]);
  const twice = new CrateState(snapshot)
    .edited([{ file: 'src/main.rs', start: 12, end: 13, text: 'un' }])
    .edited([{ file: 'src/main.rs', start: 14, end: 16, text: 'o' }]);
  assert.is(there.id, twice.id);
  assert.ok(search.add(node([first], there)));
  assert.not(search.add(node([first], twice)));
});

test('the state with fewer errors is worked on first, and an early phase weighs more than a few errors', () => {
  const search = new Search();
  const state = (n: number): CrateState =>
    new CrateState(snapshot).edited([{ file: 'src/main.rs', start: 0, end: 0, text: ' '.repeat(n) }]);
  search.add(node([error(null, 12)], state(1)));
  search.add(node([first, second, error('E0308', 3)], state(2)));
  assert.is(search.best()?.node.errors.length, 3);
  search.add(node([first], state(3)));
  assert.is(search.best()?.node.errors.length, 1);
});

test('candidates are given in rank order, each text once', () => {
  const search = new Search();
  search.add(node([first]));
  const task = search.best();
  if (task === null) return assert.unreachable('no task');
  const same = { ...candidate(12, 'uno'), id: 'another' };
  task.ranked = [candidate(12, 'uno'), same, candidate(12, 'due')].map((one, index) => ({
    candidate: one,
    score: -index,
    features: {},
    flags: [],
    reasons: [],
    looked: true,
    failed: 0,
  }));
  assert.equal(
    search.take(task, 5).map(({ ranked }) => ranked.candidate.title),
    ['uno', 'due'],
  );
  search.settle(task);
  assert.is(search.best()?.stage, 'blind', 'what knows nothing of the error comes last');
});

test('a candidate is not taken before the guard has seen it', () => {
  const search = new Search();
  search.add(node([first]));
  const task = search.best();
  if (task === null) return assert.unreachable('no task');
  const unseen = { score: 0, features: {}, flags: [], reasons: [], looked: false, failed: 0 };
  task.ranked = [{ ...unseen, candidate: candidate(12, 'uno') }];
  assert.equal(search.take(task, 5), []);
});

test('several root causes are worked on together first, then each alone, and blind edits come last', () => {
  const search = new Search();
  search.add(node([first, second]));
  const stages: string[] = [];
  for (let task = search.best(); task !== null; task = search.best()) {
    stages.push(`${task.stage} ${task.diagnostic.spans[0]?.start}`);
    task.ranked = [];
    if (task.stage === 'together') search.parted(task, [first, second]);
    else search.settle(task);
  }
  assert.equal(stages, ['together 12', 'classes 12', 'classes 19', 'blind 12', 'blind 19']);
});

test('what failed on the same error in another state is tried later', () => {
  const ranked = (score: number, failed: number): Ranked => ({
    candidate: candidate(12, `${score}`),
    score,
    features: {},
    flags: [],
    reasons: [],
    looked: true,
    failed,
  });
  assert.equal(
    [ranked(1, 1), ranked(0, 0)].sort(order).map(({ score }) => score),
    [0, 1],
  );
});

test('where nothing helped a root cause, the next one of the state is tried, and the first not again', () => {
  const search = new Search();
  search.add({ ...node([first, second]), joined: new Set([first.id, second.id]) });
  const task = search.best();
  if (task === null) return assert.unreachable('no task');
  task.ranked = [];
  search.settle(task);
  assert.is(search.best()?.diagnostic.id, second.id);
  assert.ok(search.best()?.node.stuck.has(first.id));
});

test('what an answer means', () => {
  const repair = candidate(12, 'uno');
  const borrow = error('E0382', 12);
  assert.is(
    outcome([borrow], borrow, candidate(12, 'uno'), [error('E0599', 13)]),
    'sidestep',
    'a clone that asks for a derive',
  );
  assert.is(
    outcome([first], first, candidate(12, 'uno'), [error('E0277', 13)]),
    'sidestep',
    'another kind of error there',
  );
  assert.is(outcome([first], first, repair, []), 'compiles');
  assert.is(outcome([first, second], first, repair, [second]), 'progress', 'one root fewer');
  assert.is(outcome([first, second], first, repair, [first, second]), 'no-progress', 'it is still there');
  assert.is(
    outcome([first], first, repair, [error('E0308', 13)]),
    'no-progress',
    'another error where the edit was made',
  );
  assert.is(
    outcome([first], first, repair, [error('E0308', 24)]),
    'progress',
    'a changed declaration breaks its use elsewhere',
  );
  assert.is(outcome([first], first, repair, [error(null, 30)]), 'worse', 'back to the parser');
  assert.is(outcome([error(null, 12)], error(null, 12), repair, [first, second]), 'progress', 'the parser reads on');
  const many = [24, 30, 36, 42, 48, 54, 60].map((start) => error('E0308', start));
  assert.is(outcome([first], first, repair, many), 'worse', 'too many new errors');
});

test('a chain costs what its steps cost', () => {
  const sure = child(node([first, second]), [step(first, candidate(12, 'uno'), 3)], new CrateState(snapshot), [second]);
  const unsure = child(node([first, second]), [step(first, candidate(12, 'uno'), -3)], new CrateState(snapshot), [
    second,
  ]);
  assert.ok(sure.logp > unsure.logp);
  assert.ok(sure.logp < 0);
});
