// What is asked of the compiler about a batch of states: one unit of each, all targets where that pays.
import { Recorder } from '../../conductor/recorder.ts';
import { CrateState, Snapshot } from '../../conductor/state.ts';
import type { Call, UnitId, World } from '../../conductor/world.ts';
import { assert, test } from '../support/harness.ts';

const snapshot = new Snapshot(new Map([['src/lib.rs', '']]));
const state = (text: string): CrateState => new CrateState(snapshot, new Map([['src/lib.rs', text]]));
const unit: UnitId = { id: 'p/lib/p/test', package: 'p', name: 'p', kind: 'lib', test: true };

/** A world in which the states of these texts compile; `asked` says of what text, in what scope. */
function recorder(good: readonly string[], asked: string[]): Recorder {
  const perform = async (calls: readonly Call[]): Promise<unknown[]> =>
    calls.map(({ action, state: { changed } }) => {
      const text = changed.get('src/lib.rs') ?? '';
      asked.push(`${text} ${action.args.scope}`);
      const errors = good.includes(text) ? [] : [{ id: text, target: { package: 'p', name: 'p', kind: 'lib' } }];
      return {
        v: 1,
        action: '',
        tool: 'cargo_check',
        ok: true,
        elapsed_ms: 0,
        toolchain: '',
        data: { failure: null, errors },
      };
    });
  return new Recorder({ perform } as unknown as World, { append: async () => {} });
}

const compile = async (good: readonly string[], whole: number, asked: string[]): Promise<boolean[]> => {
  const states = ['a', 'b', 'c'].map(state);
  const found = await recorder(good, asked).errorsAfter(states, { unit, elsewhere: [], lazily: true, whole });
  return found.map((errors) => errors?.length === 0);
};

test('a clean unit is followed by a check of all targets, of the first clean one alone', async () => {
  const asked: string[] = [];
  assert.equal(await compile(['b', 'c'], 0, asked), [false, true, true]);
  assert.equal(asked, ['a unit', 'b unit', 'c unit', 'b all']);
});

test('the likely one is checked in all targets at once, and where it is clean that is all', async () => {
  const asked: string[] = [];
  assert.equal(await compile(['a', 'b'], 1, asked), [true, true, false]);
  assert.equal(asked, ['a all', 'b unit', 'c unit']);
});

test('where the likely one does not compile, the next clean one is checked in all targets', async () => {
  const asked: string[] = [];
  assert.equal(await compile(['c'], 1, asked), [false, false, true]);
  assert.equal(asked, ['a all', 'b unit', 'c unit', 'c all']);
});
