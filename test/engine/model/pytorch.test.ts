// A small ByteLM against PyTorch: forward, backward, and 20 steps of AdamW and of Muon, in f64 on the reference backend and in
// f32 on the backends that there are.
import { type Device, openDevice } from '../../../engine/device.ts';
import { nats } from '../../../engine/model/byteLm.ts';
import { trainByteLm } from '../../../engine/model/train.ts';
import { mean } from '../../../engine/ops/functions.ts';
import { gradients } from '../../../engine/program/gradients.ts';
import { assert, test } from '../../support/harness.ts';
import { distance, type Fixture, modelOf, openFixture, recipeOf, takeSteps } from './fixture.ts';

export const timeoutMs = 240_000;

interface Setting {
  readonly device: 'reference' | 'wasm';
  readonly dtype: 'f32' | 'f64';
  readonly ofLoss: number;
  readonly ofTensors: number;
}

const settings: readonly Setting[] = [
  { device: 'reference', dtype: 'f64', ofLoss: 1e-9, ofTensors: 1e-9 },
  { device: 'reference', dtype: 'f32', ofLoss: 1e-4, ofTensors: 1e-3 },
  { device: 'wasm', dtype: 'f32', ofLoss: 1e-4, ofTensors: 1e-3 },
];

for (const { device: kind, dtype, ofLoss, ofTensors } of settings) {
  const bits = dtype.slice(1);
  const near = async (fixture: Fixture, name: string, got: Parameters<typeof distance>[0], most: number) => {
    const found = distance(got, await fixture.file.contents(name));
    assert.ok(found <= most, `${name} on ${kind}: ${found} from PyTorch's, at most ${most}`);
  };
  const on = (name: string, body: (device: Device, fixture: Fixture) => Promise<void>) =>
    test(`${name} are PyTorch's, in ${dtype} on ${kind}`, async () => {
      const device = await openDevice({ device: kind });
      const fixture = await openFixture();
      try {
        await body(device, fixture);
      } finally {
        await fixture.file.close();
        await device.close();
      }
    });

  on('loss and gradients', async (device, fixture) => {
    const { config, parameters } = await modelOf(fixture, device, dtype);
    const names = Object.keys(parameters) as (keyof typeof parameters)[];
    const wrt = names.map((name) => parameters[name] as NonNullable<(typeof parameters)[typeof name]>);
    const [each, ...grads] = device
      .program(
        (tokens) => {
          const all = nats(config, parameters, tokens);
          return [all, ...gradients(mean(all), wrt)];
        },
        [{ dtype: 'u8', shape: [2, config.context + 1] }],
      )
      .run([device.tensor(fixture.tokens.subarray(0, 2 * (config.context + 1)), [2, config.context + 1], 'u8')]);
    await near(fixture, `nats.${bits}`, await (each as (typeof wrt)[0]).data(), ofLoss);
    for (const [index, name] of names.entries())
      await near(fixture, `grad.${bits}.${name}`, await (grads[index] as (typeof wrt)[0]).data(), ofTensors);
  });

  for (const kindOf of ['adamw', 'muon'] as const) {
    on(`20 steps of ${kindOf}`, async (device, fixture) => {
      const model = await modelOf(fixture, device, dtype);
      const training = trainByteLm(model, recipeOf(kindOf), { sequences: 2, length: model.config.context });
      await near(fixture, `${kindOf}.${bits}.loss`, await takeSteps(training, fixture.tokens), ofLoss);
      for (const [name, tensor] of Object.entries(model.parameters))
        await near(fixture, `${kindOf}.${bits}.${name}`, await tensor.data(), ofTensors);
    });
  }
}
