// The thread with the byte language model: loads it on its device while cargo runs elsewhere, then answers. What is asked is
// byte-lm.ts's.
import { parentPort, workerData } from 'node:worker_threads';
import { loadQuantised, openByteLm } from '../../engine/checkpoint/byteLm.ts';
import { fileSource } from '../../engine/checkpoint/bytes.ts';
import { openDevice } from '../../engine/device.ts';
import { Decoder } from '../../engine/generate/decoder.ts';
import { generate } from '../../engine/generate/generate.ts';
import { score } from '../../engine/generate/score.ts';
import { type InfillOrder, infillEnd, infillOrderOf, infillPrompt } from '../../engine/model/infill.ts';
import type { FromThread, Hole, Passage, ThreadData, ToThread } from './messages.ts';

/** Texts of one passage that are scored at once, and the prompt's own sequence. */
const sequences = 8;
const fillTemperature = 0.7;

const say = (said: FromThread): void => parentPort?.postMessage(said);

try {
  const { decoder, order } = await load(workerData as ThreadData);
  let turn: Promise<void> = Promise.resolve();
  parentPort?.on('message', (asked: ToThread) => {
    turn = turn.then(async () => {
      try {
        if ('score' in asked) say({ id: asked.id, scores: await scored(decoder, asked.score) });
        else say({ id: asked.id, texts: await filled(decoder, order, asked.fill) });
      } catch (error) {
        say({ id: asked.id, error: messageOf(error) });
      }
    });
  });
  say({ ready: true });
} catch (error) {
  say({ failed: messageOf(error) });
}

async function load(data: ThreadData): Promise<{ readonly decoder: Decoder; readonly order: InfillOrder }> {
  const source = await fileSource(data.checkpoint);
  try {
    const file = await openByteLm(source);
    const [device, model] = await Promise.all([openDevice({ device: data.device }), loadQuantised(file)]);
    return { decoder: new Decoder(device, model, { sequences, prefixes: 2 }), order: infillOrderOf(file.provenance) };
  } finally {
    await source.close();
  }
}

async function scored(decoder: Decoder, passages: readonly Passage[]): Promise<number[][]> {
  const all: number[][] = [];
  for (const { prompt, texts } of passages)
    all.push((await score(decoder, prompt, texts)).map(({ logProbability }) => logProbability));
  return all;
}

/** What may stand in a hole: the likeliest text first, then drawn ones. Lines end it. */
async function filled(decoder: Decoder, order: InfillOrder, { prefix, suffix, most, count }: Hole): Promise<string[]> {
  const prompt = infillPrompt(prefix, suffix, order);
  const common = { maxBytes: most, stop: [0x0a, infillEnd], constraint: 'utf8' as const };
  const greedy = await generate(decoder, prompt, common);
  const drawn =
    count < 2
      ? []
      : await generate(decoder, prompt, { ...common, temperature: fillTemperature, candidates: count - 1, seed: 1 });
  const ended = [...greedy, ...drawn].filter(({ ended: why }) => why === 'stop');
  return [...new Set(ended.map(({ bytes }) => Buffer.from(bytes).toString('utf8')))];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
