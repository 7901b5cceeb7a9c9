// A tiny quantised model with weights out of a counter, so that no two bytes are equally likely.
import { type ByteLmConfig, shapesOf } from '../../../engine/model/config.ts';
import { philox } from '../../../engine/ops/random.ts';
import type { QuantisedByteLM, QuantisedName } from '../../../engine/quant/model.ts';
import { quantise } from '../../../engine/quant/rows.ts';
import { sizeOf } from '../../../engine/shape.ts';

export const config: ByteLmConfig = {
  v: 1,
  context: 192,
  width: 8,
  layers: 3,
  heads: 2,
  ffn: 16,
  windows: [20, null, 20],
  hash: { orders: [2, 4], rows: 31 },
  ropeBase: 10_000,
  normEps: 1e-6,
  logitCap: 15,
};

function numbers(count: number, stream: number, spread: number): Float32Array {
  return Float32Array.from({ length: count }, (_, at) => spread * (philox([7, 7], at, stream)[0] / 2 ** 31 - 1));
}

export function tinyModel(own: ByteLmConfig = config): QuantisedByteLM {
  const entries = [...shapesOf(own)].filter(([name]) => name !== 'mix');
  return {
    config: own,
    tensors: new Map(
      entries.map(([name, shape], stream) => [
        name as QuantisedName,
        quantise(numbers(sizeOf(shape), stream, name === 'head' ? 2 : 0.8), shape, name),
      ]),
    ),
    mix: Float32Array.from({ length: own.layers * 2 }, (_, at) => (at % 2 === 0 ? 1 : 0.25)),
  };
}

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
