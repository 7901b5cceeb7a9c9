// Input that cannot be right, at the engine's public face: an error that says what to do, or a result that is what it should be,
// and no hang. What the files around test by themselves (hostile headers, dead workers, devices closed in mid-use) is theirs.
import {
  ByteLM,
  type ByteLmConfig,
  Decoder,
  type Device,
  defaultRecipe,
  generate,
  loadByteLm,
  matmul,
  max,
  memorySource,
  openByteLm,
  openDevice,
  saveByteLm,
  score,
  softmax,
  stream,
  sum,
  trainByteLm,
} from '../../engine/index.ts';
import { RustaError } from '../../schemas/errors.ts';
import { assert, test } from '../support/harness.ts';
import { tinyModel } from './generate/model.ts';

const device: Device = await openDevice({ device: 'wasm', threads: 2 });
test.after(() => device.close());
const decoder = new Decoder(device, tinyModel());

async function refused(what: () => unknown): Promise<RustaError> {
  try {
    await what();
  } catch (error) {
    assert.instance(error, RustaError, String(error));
    assert.ok(!(error as RustaError).message.includes('\n'), 'one line');
    return error as RustaError;
  }
  throw new Error('it was taken');
}

const config: ByteLmConfig = {
  ...{ v: 1, context: 16, width: 8, layers: 1, heads: 2, ffn: 16, windows: [null], hash: null },
  ...{ ropeBase: 10_000, normEps: 1e-6, logitCap: 15 },
};

test('shapes and dtypes that do not fit are refused with both, before anything runs', async () => {
  const wrong = await refused(() => matmul(device.tensor([1, 2, 3, 4], [2, 2]), device.tensor([1, 2, 3], [3, 1])));
  assert.is(wrong.code, 'shape-mismatch');
  assert.match(wrong.message, 'f32[2,2], f32[3,1]');
  assert.is((await refused(() => softmax(device.tensor([1, 2], [2], 'i32')))).code, 'dtype-mismatch');
  assert.is((await refused(() => device.tensor([1, 2, 3], [2, 2]))).code, 'shape-mismatch');
});

test('empty tensors go through: a sum of nothing is 0, a maximum of nothing -infinity, a product over nothing zeros', async () => {
  const none = device.tensor([], [3, 0]);
  assert.equal([...(await sum(none, { axes: [1] }).data())], [0, 0, 0]);
  assert.equal([...(await max(none, { axes: [1] }).data())], Array(3).fill(Number.NEGATIVE_INFINITY));
  assert.equal([...(await matmul(none, device.tensor([], [0, 2])).data())], Array(6).fill(0));
  assert.equal([...(await softmax(none).data())], []);
});

test('a NaN in a weight: the step is skipped and says so, and the other weights stay finite', async () => {
  const model = ByteLM.create(device, config);
  const head = Float32Array.from(await model.parameters.head.data());
  head[3] = Number.NaN;
  device.write(model.parameters.head, head);
  const training = trainByteLm(model, defaultRecipe, { sequences: 1, length: 8 });
  training.step(new Uint8Array(9).fill(65), 1);
  const { skipped, loss } = await training.metrics();
  assert.ok(skipped && Number.isNaN(loss));
  assert.ok((await model.parameters.up.data()).every(Number.isFinite));
  training.dispose();
});

test('a checkpoint that was cut, changed, or is of another model is refused by name', async () => {
  const parts: Uint8Array[] = [];
  await saveByteLm(async (bytes) => void parts.push(bytes.slice()), ByteLM.create(device, config));
  const whole = Uint8Array.from(Buffer.concat(parts));
  const load = async (bytes: Uint8Array): Promise<unknown> =>
    loadByteLm(device, await openByteLm(memorySource(bytes, 'model.safetensors')));
  await load(whole);
  for (const length of [0, 7, 200, whole.length - 1]) {
    const cut = await refused(() => load(whole.subarray(0, length)));
    assert.is(cut.code, 'checkpoint-corrupt');
    assert.match(cut.message, 'model.safetensors');
  }
  const changed = whole.slice();
  changed[whole.length - 5] = (changed[whole.length - 5] as number) ^ 1;
  assert.match((await refused(() => load(changed))).message, /SHA-256/);
  const other = Buffer.from(whole).toString('latin1').replace('\\"ffn\\":16', '\\"ffn\\":18');
  assert.is((await refused(() => load(Uint8Array.from(Buffer.from(other, 'latin1'))))).code, 'config-mismatch');
});

test('a prompt longer than the context is refused with both lengths and the way out', async () => {
  const long = new Uint8Array(300).fill(65);
  const error = await refused(() => generate(decoder, long, { maxBytes: 4 }));
  assert.is(error.code, 'prompt-too-long');
  assert.match(`${error.message} ${error.hint}`, /300 .*192.*slide/);
  assert.is((await refused(() => score(decoder, long, [new Uint8Array(1)]))).code, 'prompt-too-long');
  assert.is((await refused(() => generate(decoder, new Uint8Array(0), { maxBytes: 4 }))).code, 'empty-prompt');
});

test('temperature 0 is greedy, whatever the seed', async () => {
  const prompt = new TextEncoder().encode('fn main');
  const [one] = await generate(decoder, prompt, { temperature: 0, seed: 1, maxBytes: 12 });
  const [other] = await generate(decoder, prompt, { temperature: 0, seed: 2, maxBytes: 12 });
  assert.equal(one, other);
});

test('a prompt of invalid UTF-8 is taken byte by byte, and what follows under the constraint is valid text', async () => {
  for (const prompt of [[0xff, 0xfe], [0x80], [0x41, 0xe2, 0x82], [0xc0, 0xaf, 0xed, 0xa0, 0x80]]) {
    const bytes = Uint8Array.from(prompt);
    const [completion] = await generate(decoder, bytes, { constraint: 'utf8', temperature: 1, seed: 3, maxBytes: 24 });
    // A character that the prompt began is ended first.
    const begun = prompt.at(-1) === 0x82 ? [0xe2, 0x82] : [];
    const text = Uint8Array.from([...begun, ...(completion as { bytes: Uint8Array }).bytes]);
    new TextDecoder('utf-8', { fatal: true }).decode(text);
    let streamed = '';
    for await (const piece of stream(decoder, bytes, { temperature: 1, seed: 3, maxBytes: 24 })) streamed += piece;
    assert.ok(streamed.length > 0);
  }
});

test('continuations of no bytes score 0, and none at all give none', async () => {
  const prompt = new TextEncoder().encode('let ');
  const [nothing, something] = await score(decoder, prompt, [new Uint8Array(0), Uint8Array.of(65)]);
  assert.is(nothing?.logProbability, 0);
  assert.ok((something?.logProbability as number) < 0);
  assert.equal(await score(decoder, prompt, []), []);
});

test('a model that does not fit is refused with what asked for how much and what there is', async () => {
  const small = await openDevice({ device: 'wasm', threads: 1, memoryLimit: 1 << 20 });
  try {
    const error = await refused(() => ByteLM.create(small, { ...config, width: 512, heads: 8, ffn: 2048 }));
    assert.is(error.code, 'out-of-memory');
    assert.match(error.message, /asks for [\d.]+ MiB; [\d.]+ MiB of 1\.00 MiB are in use/);
    assert.ok((error.hint ?? '').length > 0);
  } finally {
    await small.close();
  }
});
