// The episode machine: every path that its table allows, walked.

import fc from 'fast-check';
import { machine, next, type Trigger } from '../../conductor/machine.ts';
import type { State } from '../../schemas/types.ts';
import { assert, test } from '../support/harness.ts';

const states = Object.keys(machine) as State[];
const triggers = (state: State): Trigger[] => Object.keys(machine[state]) as Trigger[];

test('every transition leads to a state of the table, and every state but End has a way on', () => {
  for (const state of states) {
    for (const trigger of triggers(state)) assert.ok(states.includes(next(state, trigger)), `${state} on ${trigger}`);
    assert.is(triggers(state).length === 0, state === 'End', state);
  }
});

test('every state is reached from Sense, and End from every state', () => {
  const reached = (from: State): Set<State> => {
    const seen = new Set<State>([from]);
    for (const state of seen) for (const trigger of triggers(state)) seen.add(next(state, trigger));
    return seen;
  };
  assert.equal([...reached('Sense')].sort(), [...states].sort());
  for (const state of states) assert.ok(reached(state).has('End'), `${state} never ends`);
});

test('on any walk: proof before Reflect of a patch, rollback before the next probe, nothing after End', () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat()), (choices) => {
      let state: State = 'Sense';
      const path: State[] = [state];
      for (const choice of choices) {
        const ways = triggers(state);
        if (ways.length === 0 || path.length > 200) break;
        state = next(state, ways[choice % ways.length] as Trigger);
        path.push(state);
      }
      for (const [index, at] of path.entries()) {
        const before = path[index - 1];
        if (at === 'Validate') assert.is(before, 'Propose');
        if (at === 'Remember') assert.is(before, 'Reflect');
        if (at === 'Probe') assert.ok(before === 'Plan' || before === 'Rollback');
        if (before === 'End') assert.unreachable('a step after End');
        if (at === 'Propose') assert.ok(path.slice(0, index).includes('Plan'));
      }
    }),
    { numRuns: 500 },
  );
});
