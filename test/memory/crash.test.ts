// A writing child killed at random points, 200 times: what was acknowledged is there, and nothing is half there.
import { assert, test } from '../support/harness.ts';
import { crash } from './crash-driver.ts';

/** Each kill costs a start of Node; a loaded machine needs minutes. */
export const timeoutMs = 300_000;

test('200 kills lose nothing acknowledged and leave nothing half-written', async () => {
  const report = await crash(200);
  assert.equal(report.faults, []);
  assert.is(report.kills, 200);
  // The kills did fall while it wrote: acknowledgements came before them, and some were cut off.
  assert.ok(report.acknowledged > report.kills, `${report.acknowledged} acknowledged`);
  assert.ok(report.unacknowledged > 0, 'no kill fell between a commit and its acknowledgement');
  assert.ok(report.early < report.kills / 2, `${report.early} kills came before the first acknowledgement`);
});
