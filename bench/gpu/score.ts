// What a checkpoint in int8 says of a text on the processor, on the GPU, and in f32 from the same weights: log-probabilities, and how
// far apart they are byte by byte. `node --import tsx bench/gpu/score.ts [CHECKPOINT] [--adapter NAME]`.
import { parseArgs } from 'node:util';
import {
  ByteLM,
  Decoder,
  type DeviceOptions,
  fileSource,
  loadQuantised,
  openByteLm,
  openDevice,
  type Parameters,
  type QuantisedByteLM,
  score,
  type Tensor,
} from '../../engine/index.ts';
import { nats } from '../../engine/model/byteLm.ts';
import { restored } from '../../engine/quant/rows.ts';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { adapter: { type: 'string' } } });
const { adapter } = values;
const [path = 'trainer/checkpoints/s0.safetensors'] = positionals;
const source = await fileSource(path);
const model = await loadQuantised(await openByteLm(source));
await source.close();
const utf8 = new TextEncoder();
const prompt = Uint8Array.of(0xc0, ...utf8.encode('impl Stack {\n'));
const text = utf8.encode('pub fn len(&self) -> usize {\n    self.items.len()\n}\n');

const found = new Map<string, readonly number[]>([
  ['f32', await inFloats(model)],
  ['int8, processor', await inInt8({ device: 'wasm' })],
  ['int8, processor, cache of 16 bits', await inInt8({ device: 'wasm' }, 16)],
  ['int8, GPU', await inInt8({ device: 'webgpu', ...(adapter === undefined ? {} : { adapter }) })],
]);
const exact = found.get('f32') as readonly number[];
for (const [name, bytes] of found) {
  const apart = bytes.map((each, at) => Math.abs(each - (exact[at] as number)));
  const mean = apart.reduce((sum, each) => sum + each, 0) / apart.length;
  const total = bytes.reduce((sum, each) => sum + each, 0);
  console.log(
    `${name}: ${total.toFixed(3)} nats; from f32 ${mean.toFixed(4)} a byte, ${Math.max(...apart).toFixed(3)} at most`,
  );
}
process.exit(0);

async function inInt8(options: DeviceOptions, cacheBits: 8 | 16 = 8): Promise<readonly number[]> {
  const device = await openDevice(options);
  const [scored] = await score(new Decoder(device, model, { sequences: 2, prefixes: 1, cacheBits }), prompt, [text]);
  await device.close();
  return [...(scored?.bytes ?? [])];
}

async function inFloats({ config, tensors, mix }: QuantisedByteLM): Promise<readonly number[]> {
  const device = await openDevice({ device: 'wasm' });
  const named = [...tensors].map(([name, each]): [string, Tensor] => [name, device.tensor(restored(each), each.shape)]);
  const parameters: Parameters = new ByteLM(device, config, {
    ...Object.fromEntries(named),
    mix: device.tensor(mix, [config.layers, 2]),
  }).parameters;
  const all = [...prompt, ...text];
  const program = device.program(
    (tokens) => nats(config, parameters, tokens),
    [{ dtype: 'i32', shape: [1, all.length] }],
  );
  const each = await program.run([device.tensor(all, [1, all.length], 'i32')]).data();
  await device.close();
  return [...each].slice(prompt.length - 1, all.length - 1).map((nats) => -nats);
}
