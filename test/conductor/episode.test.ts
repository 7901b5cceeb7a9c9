// The road from a broken crate to a proven patch, over the examples that ship and over what the contract promises.

import { parseAction, printAction } from '../../conductor/actions.ts';
import { machine } from '../../conductor/machine.ts';
import { replay } from '../../conductor/replay.ts';
import { type Ran, Workshop } from '../support/fix.ts';
import { assert, test } from '../support/harness.ts';

let shop: Workshop;
test.before(async () => {
  shop = await Workshop.open();
});
test.after(() => shop.close());

const ran = new Map<string, Ran>();

for (const [name, tests] of [
  ['inventory', 3],
  ['word-count', 2],
  ['shapes', 3],
] as const) {
  test.needs('bubblewrap', `the example ${name} is repaired, its tests pass, and the tree is untouched`, async () => {
    const path = await shop.example(name);
    const run = await shop.fix(path);
    ran.set(name, run);
    assert.is(run.result.status, 'fixed', run.result.reason);
    assert.is(run.result.testsAfter?.passed, tests);
    assert.is(run.result.errorsAfter, 0);
    assert.ok((run.result.bundle?.anchors.length ?? 0) > 0);
    assert.ok((run.result.bundle?.confidence ?? 0) > 0.5);
    const clean = await shop.fix(path, {}, { checkOnly: true });
    assert.not(clean.result.status === 'clean', 'nothing was written');
  });
}

test.needs('bubblewrap', 'the events follow the machine, and every action is logged before its observation', () => {
  for (const { events } of ran.values()) {
    let state = 'Sense';
    const asked = new Set<string>();
    for (const event of events) {
      if (event.type === 'state') {
        assert.is(event.from, state);
        assert.ok(Object.values(machine[event.from]).includes(event.to as never), `${event.from} → ${event.to}`);
        state = event.to;
      }
      if (event.type === 'action') {
        asked.add(event.id);
        assert.is(printAction(parseAction(event.act)), event.act);
      }
      if (event.type === 'observation') assert.ok(asked.has(event.observation.action));
    }
    assert.is(state, 'End');
  }
});

test.needs('bubblewrap', 'a replay from the log reaches the same bundle without cargo', async () => {
  for (const { result } of ran.values()) {
    const root = result.bundle?.root as string;
    const entries = shop.store.devlog(root).read(result.episode);
    const again = await replay(entries, shop.store, () => {});
    assert.is(again.difference, null);
    assert.is(again.replayed, result.bundle?.id);
    assert.ok(again.same);
  }
});

test.needs('bubblewrap', 'one worker and two reach the same patch', async () => {
  const path = await shop.example('inventory');
  const one = await shop.fix(path, { jobs: 1 });
  const two = await shop.fix(path, { jobs: 2 });
  assert.is(one.result.status, 'fixed');
  assert.is(one.result.bundle?.diff, two.result.bundle?.diff);
});
