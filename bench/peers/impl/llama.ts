// llama.cpp, by node-llama-cpp's prebuilt library, on random weights in Q8_0 with as many bytes of matrices a token as ours.
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LlamaShape, llamaMatrixBytes, writeLlama } from '../gguf.ts';
import type { Peer } from '../tasks.ts';
import { versionOf } from '../version.ts';

const shapes: Readonly<Record<'small' | 'large', LlamaShape>> = {
  small: { layers: 8, width: 512, ffn: 2048 },
  large: { layers: 12, width: 768, ffn: 2816 },
};

/** Written once: it is 36 or 113 MB. */
function fileOf(size: 'small' | 'large'): string {
  const folder = join(tmpdir(), 'rusta-bench-peers');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${Object.values(shapes[size]).join('x')}.gguf`);
  if (!existsSync(path)) {
    writeFileSync(`${path}.${process.pid}`, writeLlama(shapes[size]));
    renameSync(`${path}.${process.pid}`, path);
  }
  return path;
}

interface Sequence {
  clearHistory(): Promise<void>;
  evaluateWithoutGeneratingNewTokens(tokens: readonly number[]): Promise<void>;
  evaluate(tokens: readonly number[], options: object): AsyncIterable<number>;
}

interface Model {
  createContext(options: object): Promise<{ getSequence(): Sequence; dispose(): Promise<void> }>;
}

export async function llama(): Promise<Peer> {
  const { getLlama } = (await import('node-llama-cpp' as string)) as {
    getLlama(options: object): Promise<{ loadModel(options: object): Promise<Model> }>;
  };
  const library = await getLlama({
    gpu: false,
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    logLevel: 'error',
  });
  const models = new Map<string, Promise<Model>>();
  const sequences = new Map<string, Promise<Sequence>>();
  let turn = 0;
  const prompt = (length: number): number[] => {
    turn += 1;
    return Array.from({ length }, (_, at) => 3 + 32 + ((at * 7 + turn * 13 + (at >> 3)) % 90));
  };
  return {
    version: versionOf('node-llama-cpp'),
    async prepare(task, threads) {
      if (task.kind !== 'prefill' && task.kind !== 'decode') return null;
      const model = models.get(task.size) ?? library.loadModel({ modelPath: fileOf(task.size), gpuLayers: 0 });
      models.set(task.size, model);
      const key = `${task.size} ${threads}`;
      const options = { contextSize: 1024, batchSize: 512, threads, sequences: 1 };
      const opening =
        sequences.get(key) ?? model.then(async (each) => (await each.createContext(options)).getSequence());
      sequences.set(key, opening);
      const sequence = await opening;
      const note = `${(llamaMatrixBytes(shapes[task.size]) / 1e6).toFixed(1)} MB of matrices a token`;
      if (task.kind === 'prefill') {
        const run = async (): Promise<number> => {
          await sequence.clearHistory();
          const tokens = prompt(task.tokens);
          const begin = performance.now();
          await sequence.evaluateWithoutGeneratingNewTokens(tokens);
          return performance.now() - begin;
        };
        return { run, note };
      }
      const run = async (): Promise<number> => {
        await sequence.clearHistory();
        let begin = 0;
        let count = -1;
        for await (const _ of sequence.evaluate(prompt(16), { temperature: 0, yieldEogToken: true })) {
          // The first comes with the prompt.
          if (count < 0) begin = performance.now();
          count += 1;
          if (count === task.tokens) break;
        }
        return performance.now() - begin;
      };
      return { run, note };
    },
  };
}
