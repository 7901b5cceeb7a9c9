// What is timed of a model end to end: reading a prompt, decoding one and eight candidates, a file to its first byte, and a whole
// training step. Weights are random; the two sizes read as many bytes of matrices a byte as the models of llama.cpp that
// peers/ measures.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Backend } from '../../engine/backends/backend.ts';
import { loadQuantised, openByteLm, saveQuantised } from '../../engine/checkpoint/byteLm.ts';
import { fileSource, replaceFile } from '../../engine/checkpoint/bytes.ts';
import { Device, openDevice } from '../../engine/device.ts';
import { Decoder } from '../../engine/generate/decoder.ts';
import { progress } from '../../engine/generate/generate.ts';
import { ByteLM } from '../../engine/model/byteLm.ts';
import { type ByteLmConfig, shapesOf } from '../../engine/model/config.ts';
import { trainByteLm } from '../../engine/model/train.ts';
import type { OpDef } from '../../engine/ops/def.ts';
import { table } from '../../engine/ops/table.ts';
import { defaultRecipe } from '../../engine/optim/recipe.ts';
import type { Program } from '../../engine/program/types.ts';
import { matrixBytes, type QuantisedByteLM, type QuantisedName } from '../../engine/quant/model.ts';
import type { Quantised } from '../../engine/quant/rows.ts';
import { sizeOf, type TensorType } from '../../engine/shape.ts';
import { type Ceiling, f32Ceiling, readCeiling } from '../bench.ts';
import type { DeviceBench, Host } from './ops.ts';

export type Size = 'small' | 'large';

const config = (layers: number, width: number, ffn: number): ByteLmConfig => ({
  ...{ v: 1, context: 1024, width, layers, heads: width / 64, ffn, windows: Array(layers).fill(null), hash: null },
  ...{ ropeBase: 10_000, normEps: 1e-6, logitCap: 15 },
});

/** As many bytes of matrices as 8 layers of d 512, ffn 2048 and 12 of d 768, ffn 2816 with three matrices in a feed-forward part. */
export const sizes: Readonly<Record<Size, ByteLmConfig>> = {
  small: config(8, 512, 3072),
  large: config(12, 768, 4224),
};

export const promptLength = 512;
export const decodedLength = 128;
export const together = 8;

/** A model of random steps, without a device. */
export function randomModel(size: Size): QuantisedByteLM {
  const all = sizes[size];
  let state = 1;
  const some = Int8Array.from({ length: 65_521 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >> 24) % 127;
  });
  const tensors = new Map<QuantisedName, Quantised>();
  for (const [name, shape] of shapesOf(all)) {
    if (name === 'mix') continue;
    const [length, group] = [sizeOf(shape), shape.at(-1) as number];
    const values = new Int8Array(length);
    for (let at = 0; at < length; at += some.length)
      values.set(some.subarray(0, Math.min(some.length, length - at)), at);
    tensors.set(name, { shape, bits: 8, group, values, scales: new Float32Array(length / group).fill(0.0003) });
  }
  return {
    config: all,
    tensors,
    mix: Float32Array.from({ length: 2 * all.layers }, (_, at) => (at % 2 === 0 ? 1 : 0)),
  };
}

/** Another prompt each time: none begins as one before it did. */
export function promptOf(length: number, turn: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => 32 + ((at * 7 + turn * 13 + (at >> 3)) % 90));
}

const decoders = new WeakMap<Device, Map<Size, Decoder>>();

export function decoderOf({ device }: Pick<Host, 'device'>, size: Size): Decoder {
  const own = decoders.get(device) ?? new Map<Size, Decoder>();
  decoders.set(device, own);
  const decoder = own.get(size) ?? new Decoder(device, randomModel(size), { sequences: together, prefixes: 0 });
  own.set(size, decoder);
  return decoder;
}

/** ms of a prompt of `promptLength`. */
export async function prefill(decoder: Decoder, turn: number): Promise<number> {
  const prompt = promptOf(promptLength, turn);
  const begin = performance.now();
  const { sequence } = await decoder.prefill(prompt);
  const ms = performance.now() - begin;
  sequence.dispose();
  return ms;
}

/** ms of `steps` bytes of each candidate, after a prompt. */
export async function decode(
  decoder: Decoder,
  candidates: number,
  steps: number,
  turn: number,
  prompt = 16,
): Promise<number> {
  const options = { candidates, maxBytes: steps + 1, temperature: candidates === 1 ? 0 : 1, seed: turn };
  const run = progress(decoder, promptOf(prompt, turn), options);
  // The first byte of each comes with the prompt.
  for (let candidate = 0; candidate < candidates; candidate += 1) await run.next();
  const begin = performance.now();
  while (!(await run.next()).done);
  return performance.now() - begin;
}

/** Weights that every position multiplies by: those in the matrices. */
const matrixWeights = (model: ByteLmConfig): number =>
  [...shapesOf(model)].reduce(
    (sum, [name, shape]) => sum + (['embed', 'hash', 'mix'].includes(name) ? 0 : sizeOf(shape)),
    0,
  );

/** Tokens a second of products alone. */
export const productsOf =
  (model: ByteLmConfig): Ceiling =>
  (ceilings, threads) =>
    (threads * ceilings.int8() * 1e9) / (2 * matrixWeights(model));

/** Tokens a second of one read of the matrices each. */
export const readsOf = (model: ByteLmConfig): Ceiling => readCeiling(matrixBytes(model), matrixBytes(model) / 1e9);

/** Layers, width, that of the feed-forward part, and bytes of matrices. */
export const shapeOf = (model: ByteLmConfig): string =>
  `${model.layers}x${model.width}x${model.ffn} ${(matrixBytes(model) / 1e6).toFixed(1)}MB`;

const served = (
  size: Size,
  kernel: string,
  tokens: number,
  ceiling: Ceiling | null,
  two: boolean,
): Omit<DeviceBench, 'prepare'> => ({
  ...{ suite: 'model', kernel, dtype: 'i8', unit: 'tokens/s', work: tokens * 1000, ceiling, two },
  shape: shapeOf(sizes[size]),
  quick: size === 'small',
});

function serving(size: Size): DeviceBench[] {
  let turn = 0;
  const nothing = (): void => {};
  const timed = (run: (decoder: Decoder, turn: number) => Promise<number>): DeviceBench['prepare'] => {
    return async (host) => {
      const decoder = decoderOf(host, size);
      return {
        run: () => {
          turn += 1;
          return run(decoder, turn);
        },
        end: nothing,
      };
    };
  };
  const steps = 64;
  return [
    {
      ...served(size, `prefill(${promptLength})`, promptLength, productsOf(sizes[size]), true),
      prepare: timed(prefill),
    },
    {
      ...served(size, `decode(${decodedLength})`, decodedLength, readsOf(sizes[size]), true),
      prepare: timed((decoder, now) => decode(decoder, 1, decodedLength, now)),
    },
    {
      ...served(size, `decode(${steps}), K=${together}`, together * steps, null, false),
      prepare: timed((decoder, now) => decode(decoder, together, steps, now)),
    },
  ];
}

const loading: DeviceBench = {
  ...{ suite: 'model', kernel: 'checkpoint to first byte', shape: '8x512x3072', dtype: 'i8', unit: 'ms', work: 0 },
  ...{ ceiling: null, quick: true, two: false },
  // A device is part of what is timed.
  on: ({ device }) => device.kind === 'wasm',
  prepare: async ({ threads }) => {
    const folder = mkdtempSync(join(tmpdir(), 'rusta-bench-'));
    const path = join(folder, 'model.safetensors');
    await replaceFile(path, (sink) => saveQuantised(sink, randomModel('small')));
    return {
      run: async () => {
        const begin = performance.now();
        const device = await openDevice({ device: 'wasm', threads });
        const source = await fileSource(path);
        const decoder = new Decoder(device, await loadQuantised(await openByteLm(source)));
        await decoder.prefill(promptOf(16, 1));
        const ms = performance.now() - begin;
        await source.close();
        await device.close();
        return ms;
      },
      end: () => rmSync(folder, { recursive: true, force: true }),
    };
  },
};

/** Operations of the matrix products and attention of a program, Muon's own among them. */
function productsIn({ instructions, values }: Program): number {
  let total = 0;
  for (const { op, inputs, attrs } of instructions) {
    if (op !== 'matmul' && op !== 'attention' && op !== 'attentionGrad') continue;
    const types = inputs.map((id) => (values[id] as { type: TensorType }).type);
    total += (table[op] as unknown as OpDef<unknown>).flops(types, attrs);
  }
  return total;
}

/** A whole step: forward, backward, clipping, Muon and AdamW. */
function training(width: number, layers: number, sequences: number, quick: boolean): DeviceBench {
  const length = 256;
  const model: ByteLmConfig = {
    ...config(layers, width, 4 * width),
    context: length,
    hash: { orders: [2, 3], rows: 1024 },
  };
  // What a step takes is known by recording it once, on a backend that runs nothing.
  let flops = 0;
  const watching = (backend: Backend): Backend =>
    new Proxy(backend, {
      get: (target, name) => {
        if (name !== 'prepare') {
          const own = Reflect.get(target, name, target);
          return typeof own === 'function' ? own.bind(target) : own;
        }
        return (program: Program) => {
          flops = Math.max(flops, productsIn(program));
          return target.prepare(program);
        };
      },
    });
  return {
    ...{ suite: 'model', kernel: 'training step', shape: `${layers}x${width}x${4 * width} ${sequences}x${length}` },
    ...{ dtype: 'f32', unit: 'GFLOP/s', ceiling: f32Ceiling, quick, two: false },
    get work() {
      return flops / 1e6;
    },
    on: ({ device }) => device.kind === 'wasm',
    prepare: async ({ backend }) => {
      const device = new Device(watching(backend));
      const made = ByteLM.create(device, model);
      const trained = trainByteLm(made, defaultRecipe, { sequences, length });
      const batch = promptOf(sequences * (length + 1), 1);
      return {
        run: async () => {
          const begin = performance.now();
          trained.step(batch, 1);
          await trained.metrics();
          return performance.now() - begin;
        },
        end: () => trained.dispose(),
      };
    },
  };
}

export const modelBenches: readonly DeviceBench[] = [
  ...serving('small'),
  loading,
  training(256, 2, 8, true),
  training(512, 8, 8, false),
  ...serving('large'),
];
