// Checkpoints of a run: everything that resuming needs in one safetensors file, replaced as a whole, so that a killed process leaves
// the one before. What ships is another thing: an int8 model, made of the best of these.
import { fileSource, replaceFile } from '../../engine/checkpoint/bytes.ts';
import { Safetensors, writeSafetensors } from '../../engine/checkpoint/safetensors.ts';
import type { InfillOrder } from '../../engine/model/infill.ts';
import { RustaError } from '../../schemas/errors.ts';
import type { Progress } from './loop.ts';
import { withRoom } from './room.ts';
import type { Held } from './trainee.ts';

export interface CheckpointFacts {
  readonly v: 1;
  readonly stage: string;
  /** Hash of all that must be the same for a run to go on: model, recipe, schedule, mixture, seed, batch, steps. */
  readonly plan: string;
  /** Hash of the corpus's list of documents. */
  readonly corpus: string;
  readonly ledger: string;
  readonly config: unknown;
  /** How texts with holes were written for it; the first runs do not tell. */
  readonly infill?: InfillOrder;
  readonly progress: Progress;
  /** Lowest validation so far, bits per byte. */
  readonly best: number | null;
}

const key = 'rusta.run';

/** @throws RustaError `disk-full`; the checkpoint before is kept. */
export async function writeCheckpoint(
  path: string,
  state: ReadonlyMap<string, Held>,
  facts: CheckpointFacts,
): Promise<void> {
  const tensors = [...state].map(([name, { shape, data }]) => ({
    name,
    dtype: 'f32' as const,
    shape,
    bytes: () => new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  }));
  await withRoom(path, () =>
    replaceFile(path, (sink) => writeSafetensors(sink, tensors, { [key]: JSON.stringify(facts) })),
  );
}

/** @throws RustaError `checkpoint-missing`, `checkpoint-corrupt`. */
export async function readCheckpoint(
  path: string,
): Promise<{ readonly state: ReadonlyMap<string, Held>; readonly facts: CheckpointFacts }> {
  const source = await fileSource(path);
  try {
    const file = await Safetensors.open(source);
    const facts = factsOf(file.metadata[key], path);
    const state = new Map<string, Held>();
    for (const [name, { shape }] of file.tensors)
      state.set(name, { shape, data: Float32Array.from(await file.contents(name)) });
    return { state, facts };
  } finally {
    await source.close();
  }
}

function factsOf(text: string | undefined, path: string): CheckpointFacts {
  try {
    const facts = JSON.parse(text ?? '') as CheckpointFacts;
    if (facts.v === 1 && Number.isInteger(facts.progress.step)) return facts;
  } catch {
    // Told below.
  }
  throw new RustaError(`${path} is no checkpoint of a run`, {
    code: 'checkpoint-corrupt',
    op: 'resume',
    hint: 'resume from a folder that trainer run wrote',
    exit: 'usage',
  });
}
