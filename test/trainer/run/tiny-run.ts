// A run so small that a test can take it, on text that repeats: its stage, its corpus on disk, and a request for it.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Device } from '../../../engine/device.ts';
import { defaultRecipe } from '../../../engine/optim/recipe.ts';
import { sha256 } from '../../../schemas/hash.ts';
import { Corpus } from '../../../trainer/collate/corpus.ts';
import type { RunRequest } from '../../../trainer/run/run.ts';
import type { Stage, StageSize } from '../../../trainer/stages/stage.ts';

export const size: StageSize = {
  model: {
    v: 1,
    context: 16,
    width: 8,
    layers: 2,
    heads: 2,
    ffn: 16,
    windows: [4, null],
    ropeBase: 10_000,
    normEps: 1e-6,
    hash: { orders: [2, 3], rows: 16 },
    logitCap: 15,
  },
  recipe: defaultRecipe,
  schedule: { warmUp: 2, cooldown: 0.5, floor: 0.02 },
  batch: 2,
  steps: 6,
  every: { metrics: 1, validation: 3, checkpoint: 2 },
  validationBytes: 100,
};
/** Without Muon, whose products take a software GPU long. */
export const plainSize: StageSize = { ...size, recipe: { ...defaultRecipe, muon: null } };

export const stage: Stage = {
  name: 's0',
  seed: 4,
  mixture: [{ kind: 'code', weight: 1, infill: 0.5 }],
  sizes: { full: size, tiny: size },
  gates: { bpb: 1, ofXz: 1, int8Loss: 1, syntax: 0, infill: 0, fileBytes: 1 },
};

/** Writes text in two splits, and opens it. */
export async function makeCorpus(folder: string): Promise<Corpus> {
  const shards: object[] = [];
  let list = '';
  for (const split of ['train', 'val']) {
    const text = 'fn alpha(x: u32) -> u32 { x + 1 }\n'.repeat(60);
    const file = `${split}.bin`;
    await writeFile(join(folder, file), text);
    shards.push({ file, bytes: text.length, sha256: sha256(text) });
    for (let offset = 0; offset < text.length; offset += 510)
      list += `${JSON.stringify({ source: 's', path: `${offset}`, kind: 'code', split, bytes: 510, file, offset })}\n`;
  }
  await writeFile(join(folder, 'documents.jsonl'), list);
  await writeFile(
    join(folder, 'manifest.json'),
    JSON.stringify({ v: 1, ledger: 'l', shards, documents: sha256(list) }),
  );
  return Corpus.open(folder);
}

export function requestOf(
  folder: string,
  { corpus, device }: { readonly corpus: Corpus; readonly device: Device },
  more: Partial<RunRequest> = {},
): RunRequest {
  return {
    stage,
    size,
    corpus,
    device,
    folder,
    resume: false,
    version: '0',
    commit: null,
    signal: new AbortController().signal,
    onMetric: () => {},
    ...more,
  };
}
