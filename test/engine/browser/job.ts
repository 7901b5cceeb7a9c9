// What is computed in a page and in Node: a small ByteLM is made, trained for three steps, and asked for its logits; and bytes are
// generated with a tiny checkpoint.
import {
  type BackendKind,
  ByteLM,
  type ByteLmConfig,
  Decoder,
  defaultRecipe,
  generate,
  loadQuantised,
  memorySource,
  openByteLm,
  openDevice,
  saveQuantised,
  trainByteLm,
} from '../../../engine/index.ts';
import { bytesOf, tinyModel } from '../generate/model.ts';

const config: ByteLmConfig = {
  v: 1,
  context: 32,
  width: 32,
  layers: 2,
  heads: 2,
  ffn: 64,
  windows: [8, null],
  hash: { orders: [2, 3], rows: 64 },
  ropeBase: 10_000,
  normEps: 1e-6,
  logitCap: 15,
};

export interface JobResult {
  /** A hash of the bytes of all weights after training, and of the logits. */
  readonly digest: string;
  /** Of the first step and of the last. */
  readonly losses: readonly number[];
  /** What ran, as the device tells it. */
  readonly device: string;
}

export async function job(device: BackendKind, threads: number): Promise<JobResult> {
  const opened = await openDevice({ device, threads });
  const model = ByteLM.create(opened, config, { seed: 7 });
  const training = trainByteLm(model, defaultRecipe, { sequences: 2, length: 32 });
  const tokens = Uint8Array.from({ length: 66 }, (_, at) => 97 + ((at * at) % 26));
  const losses: number[] = [];
  for (let step = 0; step < 3; step += 1) {
    training.step(tokens, 1);
    losses.push((await training.metrics()).loss);
  }
  const ids = opened.tensor(tokens.slice(0, 32), [1, 32], 'u8');
  const results = [...Object.values(model.parameters), opened.scope(() => model.logits(ids))];
  const bytes: Uint8Array[] = [];
  for (const tensor of results) {
    const data = await tensor.data();
    bytes.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  const all = new Uint8Array(bytes.reduce((total, { length }) => total + length, 0));
  let place = 0;
  for (const each of bytes) {
    all.set(each, place);
    place += each.length;
  }
  const digest = hash(all);
  const { device: told } = opened.info();
  await opened.close();
  return { digest, losses: [losses[0] as number, losses[2] as number], device: told };
}

/** Bytes that a checkpoint, read from its file's bytes, writes after a prompt: the likeliest, and drawn ones. */
export async function written(device: BackendKind, threads: number): Promise<number[][]> {
  const parts: Uint8Array[] = [];
  await saveQuantised(async (bytes) => void parts.push(bytes.slice()), tinyModel());
  const file = new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
  const opened = await openDevice({ device, threads });
  const decoder = new Decoder(opened, await loadQuantised(await openByteLm(memorySource(file))), { sequences: 2 });
  const texts: number[][] = [];
  for (const temperature of [0, 1]) {
    const options = { maxBytes: 12, temperature, seed: 5, constraint: 'none', speculate: 0 } as const;
    for (const { bytes } of await generate(decoder, bytesOf('fn main() {'), options)) texts.push([...bytes]);
  }
  await opened.close();
  return texts;
}

/** FNV-1a in 32 bits: a page that is not isolated has no crypto.subtle over plain HTTP. */
function hash(bytes: Uint8Array): string {
  let state = 0x811c9dc5;
  for (const byte of bytes) state = Math.imul(state ^ byte, 0x01000193) >>> 0;
  return `${bytes.length} bytes, ${state.toString(16)}`;
}
