// Training on the GPU against the CPU, on SwiftShader (the machine's own adapter with RUSTA_GPU=1): the same losses from the
// same weights and batches.
import { openDevice } from '../../../engine/device.ts';
import { defaultRecipe } from '../../../engine/optim/recipe.ts';
import { assert, test } from '../../support/harness.ts';
import { onSwiftshader } from '../../support/swiftshader.ts';
import { farthest, initialWeights, type SmallRun, smallRun, train } from '../support/small-run.ts';

await onSwiftshader();

/** A pipeline takes a software adapter 140 to 240 ms to compile. */
export const timeoutMs = 600_000;

/** Losses of every step on the CPU and on the GPU. */
async function losses(run: SmallRun): Promise<{ cpu: number[]; gpu: number[] }> {
  const [wasm, webgpu] = [await openDevice({ device: 'wasm', threads: 1 }), await openDevice({ device: 'webgpu' })];
  const weights = await initialWeights(wasm, run);
  const of = async (device: typeof wasm) => (await train(device, run, weights)).map(({ loss }) => loss);
  const found = { cpu: await of(wasm), gpu: await of(webgpu) };
  await wasm.close();
  await webgpu.close();
  return found;
}

test('200 steps follow the losses of the CPU within 1%', async () => {
  const { cpu, gpu } = await losses(smallRun);
  assert.is(gpu.length, 200);
  // It learns: what is compared is no constant.
  assert.ok((cpu.at(-1) as number) < 0.7 * (cpu[0] as number), `${cpu[0]} to ${cpu.at(-1)}`);
  const share = farthest(gpu, cpu);
  assert.ok(share <= 0.01, `${(100 * share).toFixed(2)}% from the CPU's`);
});

test('so do steps with Muon', async () => {
  const { cpu, gpu } = await losses({ ...smallRun, recipe: defaultRecipe, steps: 12 });
  const share = farthest(gpu, cpu);
  assert.ok(share <= 0.001, `${(100 * share).toFixed(3)}% from the CPU's`);
});
