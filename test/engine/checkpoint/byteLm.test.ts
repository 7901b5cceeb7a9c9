// A model in a file: float and int8, with configuration and provenance, and what does not belong together refused.

import {
  loadByteLm,
  loadQuantised,
  openByteLm,
  quantisedBytes,
  saveByteLm,
  saveQuantised,
} from '../../../engine/checkpoint/byteLm.ts';
import type { ByteSink } from '../../../engine/checkpoint/bytes.ts';
import { memorySource } from '../../../engine/checkpoint/bytes.ts';
import { Safetensors, writeSafetensors } from '../../../engine/checkpoint/safetensors.ts';
import { openDevice } from '../../../engine/device.ts';
import { ByteLM } from '../../../engine/model/byteLm.ts';
import type { RustaError } from '../../../schemas/errors.ts';
import { assert, test } from '../../support/harness.ts';
import { config, tinyModel } from '../generate/model.ts';

async function collected(save: (sink: ByteSink) => Promise<void>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  await save(async (bytes) => void parts.push(bytes.slice()));
  return Uint8Array.from(Buffer.concat(parts));
}

async function refused(run: () => Promise<unknown>): Promise<RustaError> {
  try {
    await run();
  } catch (error) {
    return error as RustaError;
  }
  throw new Error('it was accepted');
}

test('a float model comes back with its weights, configuration and provenance', async () => {
  const device = await openDevice({ device: 'reference' });
  const model = ByteLM.create(device, config, { seed: 3 });
  const bytes = await collected((sink) => saveByteLm(sink, model, { steps: 7 }));
  const file = await openByteLm(memorySource(bytes));
  assert.equal([file.config, file.provenance], [config, { steps: 7 }]);
  const again = await loadByteLm(device, file);
  for (const [name, tensor] of Object.entries(model.parameters))
    assert.equal(await again.parameters[name as 'embed'].data(), await tensor.data(), name);
  const halves = await collected((sink) => saveByteLm(sink, model, {}, 'f16'));
  assert.ok(halves.length < 0.6 * bytes.length);
  const near = await (await loadByteLm(device, await openByteLm(memorySource(halves)))).parameters.qkv.data();
  const exact = await model.parameters.qkv.data();
  assert.ok(
    near.every((value, i) => Math.abs(value - (exact[i] as number)) <= 2 ** -11 * Math.abs(exact[i] as number)),
  );
  assert.is((await refused(() => loadQuantised(file))).code, 'checkpoint-kind');
  await device.close();
});

test('an int8 model comes back step by step, in as many bytes as were announced', async () => {
  const model = tinyModel();
  const bytes = await collected((sink) => saveQuantised(sink, model));
  const file = await openByteLm(memorySource(bytes));
  const again = await loadQuantised(file);
  assert.equal(again, model);
  const data = [...file.file.tensors.values()].reduce((total, { begin, end }) => total + end - begin, 0);
  assert.is(data, quantisedBytes(config));
  assert.equal(file.storage.get('qkv'), { bits: 8, group: 8, scale: 'qkv.scale' });
});

test('a configuration that disagrees with its tensors, or is none, is refused by name', async () => {
  const bytes = await collected((sink) => saveQuantised(sink, tinyModel()));
  const opened = await Safetensors.open(memorySource(bytes));
  const rewritten = async (metadata: Record<string, string>) => {
    const tensors = [...opened.tensors].map(([name, { dtype, shape }]) => ({
      name,
      dtype: dtype as NonNullable<typeof dtype>,
      shape,
      bytes: () => opened.bytes(name),
    }));
    const { sha256: _, ...rest } = opened.metadata;
    const file = await collected((sink) => writeSafetensors(sink, tensors, { ...rest, ...metadata }));
    return refused(() => openByteLm(memorySource(file, 'here')));
  };
  const wider = await rewritten({ config: JSON.stringify({ ...config, ffn: 32 }) });
  assert.is(wider.code, 'config-mismatch');
  assert.match(wider.message, "here: 'up' is f32[3,16,8], the configuration says f32[3,32,8]");
  assert.match(
    (await rewritten({ config: JSON.stringify({ ...config, hash: null }) })).message,
    "'hash' is not of this model",
  );
  assert.is((await rewritten({ config: JSON.stringify({ ...config, heads: 3 }) })).code, 'config-invalid');
  assert.is((await rewritten({ config: JSON.stringify({ ...config, v: 2 }) })).code, 'schema-version');
  assert.match((await rewritten({ config: 'no' })).message, "its metadata 'config' is no JSON");
  assert.match((await rewritten({ format: 'other' })).message, 'but other');
  assert.match(
    (await rewritten({ storage: '{"qkv":{"bits":4,"group":8,"scale":"qkv.scale"}}' })).message,
    "'qkv' is not",
  );
});
