// What is timed of the model that ships: decoding near the begin of its context and near the end, eight candidates together, and a text
// that is scored in windows. Ceilings are one read of the matrices a byte, and their products alone.
import { shippedCheckpoint } from '../../cli/checkpoint.ts';
import { loadQuantised, openByteLm } from '../../engine/checkpoint/byteLm.ts';
import { fileSource } from '../../engine/checkpoint/bytes.ts';
import type { Device } from '../../engine/device.ts';
import { Decoder } from '../../engine/generate/decoder.ts';
import { scoreText } from '../../engine/generate/score.ts';
import { s0 } from '../../trainer/stages/s0.ts';
import { decode, productsOf, promptOf, readsOf, shapeOf, together } from './model.ts';
import type { DeviceBench } from './ops.ts';

const { model } = s0.sizes.full;
const window = 512;
const decoders = new WeakMap<Device, Promise<Decoder>>();

function shipped(device: Device): Promise<Decoder> {
  const opened = async (): Promise<Decoder> => {
    const source = await fileSource(shippedCheckpoint());
    try {
      return new Decoder(device, await loadQuantised(await openByteLm(source)), { sequences: together, prefixes: 0 });
    } finally {
      await source.close();
    }
  };
  const decoder = decoders.get(device) ?? opened();
  decoders.set(device, decoder);
  return decoder;
}

function serving(
  kernel: string,
  bytes: number,
  ceiling: DeviceBench['ceiling'],
  ms: (decoder: Decoder, turn: number) => Promise<number>,
): DeviceBench {
  let turn = 0;
  return {
    ...{ suite: 'serving', kernel, shape: shapeOf(model), dtype: 'i8', unit: 'tokens/s', work: bytes * 1000, ceiling },
    ...{ quick: false, two: false },
    on: ({ device }) => device.kind !== 'reference',
    prepare: async ({ device }) => {
      const decoder = await shipped(device);
      return {
        run: () => {
          turn += 1;
          return ms(decoder, turn);
        },
        end: () => {},
      };
    },
  };
}

const steps = 128;
/** Two windows, of which each scores all but its first byte. */
const scored = 2 * (window - 1);

export const servingBenches: readonly DeviceBench[] = [
  ...[256, 1900].map((at) =>
    serving(`decode at ${at}`, steps, readsOf(model), (decoder, turn) => decode(decoder, 1, steps, turn, at)),
  ),
  serving(`decode at 256, K=${together}`, together * 32, null, (decoder, turn) =>
    decode(decoder, together, 32, turn, 256),
  ),
  serving(`score in windows of ${window}`, scored, productsOf(model), async (decoder, turn) => {
    const begin = performance.now();
    await scoreText(decoder, promptOf(scored, turn), Uint8Array.of(0xc0), window, window - 1);
    return performance.now() - begin;
  }),
];
