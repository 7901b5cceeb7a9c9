// Memory over many training steps, on SwiftShader (the machine's own adapter with RUSTA_GPU=1): as many bytes in use after a
// thousand steps as before.
import { openDevice } from '../../../engine/device.ts';
import { cast, fill, mean, reshape, square, sub } from '../../../engine/ops/functions.ts';
import { defaultRecipe } from '../../../engine/optim/recipe.ts';
import { Training } from '../../../engine/optim/training.ts';
import { assert, test } from '../../support/harness.ts';
import { onSwiftshader } from '../../support/swiftshader.ts';
import { madeText, takeSteps } from '../support/small-run.ts';

await onSwiftshader();

/** A pipeline takes a software adapter 140 to 240 ms to compile. */
export const timeoutMs = 600_000;

test('bytes in use are the same before and after 1,000 steps', async () => {
  const device = await openDevice({ device: 'webgpu' });
  // The nearest point to all batches: the shortest program that is a training step, since a software adapter takes long over each.
  const point = fill(device, [16], 0, 'f32');
  const training = new Training(device, {
    parameters: { point },
    matrices: [],
    batch: { dtype: 'u8', shape: [16] },
    recipe: { ...defaultRecipe, muon: null, adamw: { ...defaultRecipe.adamw, rate: 1 } },
    loss: (batch) => mean(square(sub(reshape(cast(batch, 'f32'), [16]), point))),
  });
  const given = (step: number) => ({ tokens: madeText(16, step % 7), factor: 1 });
  const [first] = await takeSteps(device, training, 20, given);
  const before = device.memory();
  const metrics = await takeSteps(device, training, 1000, given);
  const after = device.memory();
  await device.close();
  assert.ok(metrics.every(({ skipped }) => !skipped));
  assert.ok((metrics.at(-1)?.loss as number) < 0.8 * (first?.loss as number));
  assert.ok(before.live > 0);
  assert.equal([after.live, after.tensors], [before.live, before.tensors]);
});
