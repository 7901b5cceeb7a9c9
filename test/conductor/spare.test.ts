// A patch without the parts that it does not need: which places are left out, and when it is left alone.
import type { SearchNode, Step } from '../../conductor/search.ts';
import { spare } from '../../conductor/spare.ts';
import { CrateState, Snapshot } from '../../conductor/state.ts';
import { assert, test } from '../support/harness.ts';

const before = 'a\nb\nc\nd\n';
const step = (text: string): Step =>
  ({ candidate: { id: text, edits: [{ file: 'x.rs', start: 0, end: 0, text }] } }) as unknown as Step;

function node(after: string, steps: readonly Step[]): SearchNode {
  const state = new CrateState(new Snapshot(new Map([['x.rs', before]])), new Map([['x.rs', after]]));
  return { state, steps } as unknown as SearchNode;
}

/** A compiler that only asks for some lines. */
const asksFor =
  (...lines: readonly string[]) =>
  async (states: readonly CrateState[]): Promise<readonly boolean[]> =>
    states.map((state) => lines.every((line) => state.text('x.rs')?.includes(line)));

test('a place that makes no difference is left out, and its step with it', async () => {
  const found = await spare(node('A\nb\nC\nd\n', [step('A'), step('C')]), asksFor('C'));
  assert.is(found.state.text('x.rs'), 'a\nb\nC\nd\n');
  assert.equal(
    found.steps.map(({ candidate }) => candidate.id),
    ['C'],
  );
});

test('of two that stand in for each other one stays', async () => {
  const either = async (states: readonly CrateState[]): Promise<readonly boolean[]> =>
    states.map((state) => /A|C/.test(state.text('x.rs') ?? ''));
  const found = await spare(node('A\nb\nC\nd\n', [step('A'), step('C')]), either);
  assert.is(found.state.text('x.rs'), 'a\nb\nC\nd\n');
});

test('a patch of one step, and one that is needed, stay', async () => {
  const all = node('A\nb\nC\nd\n', [step('A'), step('C')]);
  assert.is(await spare(all, asksFor('A', 'C')), all);
  const single = node('A\nb\nC\nd\n', [step('A')]);
  assert.is(await spare(single, asksFor('C')), single);
});

test('what one step changes in two places stays whole', async () => {
  const two = { candidate: { id: 'two', edits: ['A', 'C'].map((text) => ({ file: 'x.rs', start: 0, end: 0, text })) } };
  const whole = node('A\nb\nC\nd\n', [two as unknown as Step, step('X')]);
  assert.is(await spare(whole, asksFor('C')), whole);
});
