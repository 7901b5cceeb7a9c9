// Golden episodes: what an export keeps of a log, and what counts as straying from it.
import type { DevlogEntry, EpisodeEvent } from '../../../schemas/types.ts';
import { goldenOf, strays } from '../../../trainer/eval/golden.ts';
import { assert, test } from '../../support/harness.ts';

const entries = (...events: object[]): DevlogEntry[] =>
  events.map((event, index) => ({ v: 1, seq: index + 1, at: 0, episode: 'e', event: event as EpisodeEvent }));
const start = (kind: string) => ({ type: 'start', episode: 'e', subject: { kind } });
const sense = { type: 'sense', files: { 'src/lib.rs': 'h' }, errors: [{ class: 'borrow', message: 'm' }] };
const bundle = (added: number, removed: number) => ({
  type: 'bundle',
  bundle: {
    lines_added: added,
    lines_removed: removed,
    diff: 'd',
    files: [],
    anchors: [],
    fixes: [{ message: 'm' }],
    tests_before: null,
    tests_after: null,
  },
});
const end = { type: 'end', status: 'fixed' };
const blob = (hash: string) => (hash === 'h' ? Buffer.from('broken') : undefined);

test("a crate's episode: its sources as they were, and what the log does not hold from beside", () => {
  const beside = new Map([
    ['Cargo.toml', Buffer.from('t')],
    ['src/lib.rs', Buffer.from('repaired since')],
  ]);
  const made = goldenOf(entries(start('crate'), sense, bundle(9, 9), bundle(2, 1), end), blob, beside);
  const action = { type: 'action', id: 'a', act: '::act v=1' };
  const answer = { type: 'observation', observation: { action: 'a', tool: 'cargo_check', ok: true } };
  const reflection = { type: 'reflection', worked: [{ proposer: 'p', code: 'E0382' }], failed: [] };
  const whole = goldenOf(entries(start('crate'), sense, action, answer, bundle(2, 1), reflection, end), blob, beside);
  assert.equal(whole.golden.actions, [{ tool: 'cargo_check', act: '::act v=1', ok: true }]);
  assert.equal(whole.golden.reflection, { worked: ['p on E0382'], failed: [] });
  assert.equal(whole.golden.classes, ['borrow']);
  assert.equal([made.golden.episode, made.golden.status, made.golden.lines], ['e', 'fixed', 3]);
  assert.equal(Object.keys(made.golden.snapshot), ['Cargo.toml', 'src/lib.rs']);
  assert.equal(
    [...made.texts].map(([path, bytes]) => [path, Buffer.from(bytes).toString()]),
    [
      ['Cargo.toml', 't'],
      ['src/lib.rs', 'broken'],
    ],
  );
});

test('a lone file becomes the one file of its case', () => {
  const made = goldenOf(
    entries(start('file'), { ...sense, files: { 'x.rs': 'h' } }, { ...end, status: 'unfixed' }),
    blob,
    new Map(),
  );
  assert.equal([[...made.texts.keys()], made.golden.lines, made.golden.status], [['program.rs'], 0, 'unfixed']);
});

test('an episode without an end, and one whose texts are gone, are refused', () => {
  assert.throws(() => goldenOf(entries(start('crate'), sense), blob, new Map()), /did not end/);
  assert.throws(
    () => goldenOf(entries(start('crate'), sense, end), () => undefined, new Map()),
    /src\/lib\.rs is no longer stored/,
  );
});

test('straying: another status, or more than two lines more or fewer', () => {
  const recorded = { episode: 'e', status: 'fixed', lines: 4 } as const;
  const ended = (status: 'fixed' | 'unsure') => ({ status, reason: 'r' });
  assert.is(strays(recorded, ended('fixed'), 6), null);
  assert.is(strays(recorded, ended('fixed'), 2), null);
  assert.is(strays(recorded, ended('fixed'), 7), '7 lines where it was 4');
  assert.is(strays(recorded, ended('unsure'), 4), 'unsure where it was fixed: r');
});
