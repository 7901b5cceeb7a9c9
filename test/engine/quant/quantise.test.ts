// Quantising: rows to steps and back, and what it costs a model in bits per byte.
import fc from 'fast-check';
import { openDevice } from '../../../engine/device.ts';
import { Decoder } from '../../../engine/generate/decoder.ts';
import { ByteLM } from '../../../engine/model/byteLm.ts';
import { evaluateQuantisation } from '../../../engine/quant/evaluate.ts';
import { matrixBytes, quantise as quantiseModel } from '../../../engine/quant/model.ts';
import { quantise, restored } from '../../../engine/quant/rows.ts';
import { RustaError } from '../../../schemas/errors.ts';
import { assert, test } from '../../support/harness.ts';
import { modelOf, openFixture } from '../model/fixture.ts';

export const timeoutMs = 240_000;

test('a number comes back within half a step of its group, and the largest exactly', () => {
  const finite = fc.float({ noNaN: true, noDefaultInfinity: true, min: Math.fround(-1e30), max: Math.fround(1e30) });
  fc.assert(
    fc.property(fc.array(finite, { minLength: 12, maxLength: 12 }), fc.constantFrom(1, 2, 3, 4), (numbers, group) => {
      const data = Float32Array.from(numbers);
      const quantised = quantise(data, [1, 12], 'w', group);
      const back = restored(quantised);
      for (const [i, value] of data.entries()) {
        const scale = quantised.scales[Math.floor(i / group)] as number;
        assert.ok(Math.abs(value - (back[i] as number)) <= 0.5 * scale * (1 + 1e-6) + 1e-40, `${value} as ${back[i]}`);
      }
      assert.ok(quantised.values.every((step) => step >= -127 && step <= 127));
    }),
  );
});

test('weights that are not finite are named, and groups that do not divide a row refused', () => {
  assert.throws(() => quantise(Float32Array.of(1, Number.NaN), [1, 2], 'qkv'), /'qkv' holds NaN at element 1/);
  assert.throws(() => quantise(Float32Array.of(1, Number.POSITIVE_INFINITY), [1, 2], 'up'), /'up' holds Infinity/);
  assert.throws(() => quantise(new Float32Array(6), [2, 3], 'up', 2), /groups of 2/);
});

test('bytes per position count matrices and their scales', () => {
  assert.is(
    matrixBytes({
      v: 1,
      context: 64,
      width: 8,
      layers: 2,
      heads: 2,
      ffn: 16,
      windows: [null, null],
      hash: null,
      ropeBase: 1e4,
      normEps: 1e-6,
      logitCap: null,
    }),
    2 * (24 * 8 + 8 * 8 + 2 * 16 * 8) + 256 * 8 + 4 * (2 * (24 + 8 + 16 + 8) + 256),
  );
});

test('int8 stays near the float model, and a model that it ruins is refused with the figures', async () => {
  const device = await openDevice({ device: 'reference' });
  const fixture = await openFixture();
  const model = await modelOf(fixture, device, 'f32');
  const text = fixture.tokens.subarray(0, 120);
  const quantised = await quantiseModel(model);
  const report = await evaluateQuantisation(model, new Decoder(device, quantised), text);
  assert.is(report.bytes, 115);
  assert.ok(Math.abs(report.loss) < 0.02 && report.after !== report.before, JSON.stringify(report));
  const ruined = { ...quantised, tensors: new Map(quantised.tensors) };
  const head = ruined.tensors.get('head') as ReturnType<typeof quantise>;
  ruined.tensors.set('head', { ...head, scales: head.scales.map((scale) => -8 * scale) });
  const error = await evaluateQuantisation(model, new Decoder(device, ruined), text).catch((thrown) => thrown);
  assert.instance(error, RustaError);
  assert.is(error.code, 'quantisation-loss');
  assert.match(error.message, /bits per byte, .*% above/);
  await fixture.file.close();
  await device.close();
});

test('a model with NaN in a weight is refused before anything is written', async () => {
  const device = await openDevice({ device: 'reference' });
  const fixture = await openFixture();
  const { config, parameters } = await modelOf(fixture, device, 'f32');
  const up = Float32Array.from(await parameters.up.data());
  up[5] = Number.NaN;
  const broken = new ByteLM(device, config, { ...parameters, up: device.tensor(up, parameters.up.shape) } as never);
  const error = await quantiseModel(broken).catch((thrown) => thrown);
  assert.is(error.code, 'not-finite');
  await device.close();
});
