// One run of a stage in a folder of its own: from a corpus and a device to checkpoints, metrics, a curve and a record. The loop
// decides when; what belongs to each mark is put together here.
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Device } from '../../engine/device.ts';
import { RustaError } from '../../schemas/errors.ts';
import { shortHash } from '../../schemas/hash.ts';
import type { Corpus } from '../collate/corpus.ts';
import { FileReader } from '../collate/files.ts';
import { infillOrder } from '../collate/infill.ts';
import { type BatchPlan, Prefetcher } from '../collate/prefetch.ts';
import { DocumentStream } from '../collate/stream.ts';
import { bitsPerByte } from '../eval/lm/bpb.ts';

import type { Stage, StageSize } from '../stages/stage.ts';
import { type CheckpointFacts, readCheckpoint, writeCheckpoint } from './checkpoints.ts';
import { curveSvg } from './curve.ts';
import { type MetricsLine, type Outcome, type Progress, progressStart, train } from './loop.ts';
import { type Metric, MetricsFile } from './metrics.ts';
import { type RunRecord, readRecord, type Stretch, writeRecord } from './record.ts';
import { replaceText } from './room.ts';
import { Trainee } from './trainee.ts';
import { stateOf, type Weights } from './weights.ts';

export interface RunRequest {
  readonly stage: Stage;
  readonly size: StageSize;
  readonly corpus: Corpus;
  readonly device: Device;
  readonly folder: string;
  readonly resume: boolean;
  /** Weights that a new run starts from, and what they are called; the optimisers begin anew. */
  readonly from?: { readonly name: string; readonly weights: Weights };
  readonly version: string;
  readonly commit: string | null;
  readonly signal: AbortSignal;
  /** Each line of metrics as it is written, and where the run stands. */
  onMetric(metric: Metric, progress: Progress): void;
}

export interface RunResult {
  readonly outcome: Outcome;
  readonly progress: Progress;
  /** Last validation, bits per byte. */
  readonly bpb: number | null;
  readonly best: number | null;
  readonly trainee: Trainee;
}

/** Files of a run's folder. */
export const runFiles = {
  record: 'run.json',
  metrics: 'metrics.ndjson',
  curve: 'curve.svg',
  state: 'state.safetensors',
  best: 'best.safetensors',
} as const;

/** @throws RustaError `run-exists`, `run-differs`, `diverged`, and what device, corpus and disk have to say. */
export async function run(request: RunRequest): Promise<RunResult> {
  const { stage, size, corpus, device, folder } = request;
  const path = (file: keyof typeof runFiles): string => join(folder, runFiles[file]);
  const plan = shortHash(JSON.stringify([stage.name, stage.seed, stage.mixture, size]));
  await mkdir(folder, { recursive: true });
  const old = request.resume ? await readCheckpoint(path('state')) : await refuseExisting(path('state'));
  if (old !== null) sameRun(old.facts, plan, corpus);

  const trainee = await Trainee.open(device, {
    config: size.model,
    recipe: size.recipe,
    batch: size.batch,
    seed: stage.seed,
  });
  const exact = old === null || trainee.restore(old.state);
  if (old === null && request.from !== undefined) trainee.restore(stateOf(request.from.weights));
  const from = old?.facts.progress ?? progressStart;
  const metrics = new MetricsFile(path('metrics'));
  if (old === null) await rm(metrics.path, { force: true });
  else await metrics.cutAfter(from.step);

  let best = old?.facts.best ?? null;
  let validated: number | null = null;
  let isBest = false;
  const bytesAt = (step: number): number => step * size.batch * size.model.context;
  const append = async (metric: Metric, progress: Progress): Promise<void> => {
    await metrics.append(metric);
    request.onMetric(metric, progress);
  };
  if (old !== null) await append({ type: 'resumed', step: from.step, device: trainee.device, exact }, from);

  const facts = (progress: Progress): CheckpointFacts => ({
    v: 1,
    stage: stage.name,
    plan,
    corpus: corpus.hash,
    ledger: corpus.ledger,
    config: size.model,
    infill: infillOrder,
    progress,
    best,
  });
  const reader = new FileReader(corpus.files);
  const prefetcher = new Prefetcher(batchPlan(stage, size, corpus), from.step);
  const base = await recordOf(request, trainee, plan, path('record'));
  const stretch = (to: number, outcome: Stretch['outcome'], error?: string): Promise<void> =>
    writeRecord(path('record'), {
      ...base,
      stretches: [
        ...base.stretches,
        { ...stretchStart(request, trainee, from.step, exact), to, outcome, ...(error === undefined ? {} : { error }) },
      ],
    });
  const draw = async (): Promise<void> =>
    replaceText(
      path('curve'),
      curveSvg(`${stage.name}: ${(trainee.parameters / 1e6).toFixed(1)}M parameters`, await metrics.read()),
    );

  let reached = from.step;
  try {
    const { outcome, progress } = await train(
      trainee,
      from,
      { steps: size.steps, schedule: size.schedule, every: size.every, warmFrom: exact ? 0 : from.step },
      {
        batch: () => prefetcher.next(),
        metrics: async (at, line) => {
          reached = at.step;
          await append(trainMetric(line, at, bytesAt(at.step), size, trainee), at);
        },
        validation: async (at) => {
          const by = await validate(trainee, corpus, reader, size, request.signal);
          if (by === null) return;
          validated = mean(by);
          isBest = best === null || validated < best;
          best = isBest ? validated : best;
          const rounded = Object.fromEntries(Object.entries(by).map(([kind, { bpb }]) => [kind, bpb]));
          await append(
            {
              type: 'validation',
              step: at.step,
              bytes: bytesAt(at.step),
              bpb: validated,
              seconds: at.seconds,
              by: rounded,
            },
            at,
          );
          await draw();
        },
        checkpoint: async (at) => {
          reached = at.step;
          const state = await trainee.state();
          await writeCheckpoint(path('state'), state, facts(at));
          if (isBest) await writeCheckpoint(path('best'), parametersOf(state, trainee), facts(at));
          isBest = false;
          await stretch(at.step, 'interrupted');
        },
      },
      request.signal,
    );
    await draw();
    await stretch(progress.step, outcome);
    return { outcome, progress, bpb: validated, best, trainee };
  } catch (error) {
    await stretch(reached, 'failed', (error as Error).message).catch(() => {});
    throw error;
  } finally {
    await prefetcher.close();
    reader.close();
  }
}

async function refuseExisting(state: string): Promise<null> {
  if ((await stat(state).catch(() => null)) === null) return null;
  throw new RustaError(`${state} holds a run`, {
    code: 'run-exists',
    op: 'run',
    hint: 'go on with it by --resume, or give another folder with --out',
    exit: 'usage',
  });
}

function sameRun(facts: CheckpointFacts, plan: string, corpus: Corpus): void {
  const differs =
    facts.plan !== plan ? 'its model, recipe, mixture or steps' : facts.corpus !== corpus.hash ? 'its data' : null;
  if (differs === null) return;
  throw new RustaError(`the checkpoint of step ${facts.progress.step} was trained otherwise: ${differs} differ`, {
    code: 'run-differs',
    op: 'resume',
    hint: 'give the same --config, --steps and --data as before (run.json tells them), or begin again with another --out',
    exit: 'usage',
  });
}

/** Kinds that the corpus does not hold leave their share to the others. */
export function batchPlan(stage: Stage, size: StageSize, corpus: Corpus): BatchPlan {
  const held = stage.mixture
    .map((share) => ({ ...share, documents: corpus.of('train', share.kind) }))
    .filter(({ documents, weight }) => documents.length > 0 && weight > 0);
  const whole = held.reduce((sum, { weight }) => sum + weight, 0);
  return {
    files: corpus.files,
    sources: held.map(({ kind, weight, infill, documents }) => ({
      name: kind,
      documents: documents.map(({ file, offset, bytes }) => ({ file, offset, bytes })),
      weight: weight / whole,
      infill,
    })),
    seed: stage.seed,
    batch: size.batch,
    context: size.model.context,
  };
}

type Figures = Readonly<Record<string, { readonly bpb: number; readonly bytes: number }>>;

/** Null where it was interrupted. */
async function validate(
  trainee: Trainee,
  corpus: Corpus,
  reader: FileReader,
  size: StageSize,
  signal: AbortSignal,
): Promise<Figures | null> {
  const figures: Record<string, { bpb: number; bytes: number }> = {};
  for (const kind of ['code', 'std', 'prose'] as const) {
    const documents = corpus.of('val', kind);
    if (documents.length === 0) continue;
    const stream = new DocumentStream(documents, reader.read);
    const figure = await bitsPerByte(stream, trainee, { limit: size.validationBytes, signal });
    if (figure === null) return null;
    figures[kind] = figure;
  }
  return figures;
}

/** Over all bytes. */
function mean(figures: Figures): number {
  const all = Object.values(figures);
  const bytes = all.reduce((sum, figure) => sum + figure.bytes, 0);
  return all.reduce((sum, figure) => sum + figure.bpb * figure.bytes, 0) / bytes;
}

function trainMetric(line: MetricsLine, at: Progress, bytes: number, size: StageSize, trainee: Trainee): Metric {
  return {
    type: 'train',
    step: at.step,
    bytes,
    bpb: line.bpb,
    norm: line.of.gradientNorm,
    rate: line.rate,
    lossScale: line.of.lossScale,
    skipped: line.skipped,
    bytesPerSecond: (line.steps * size.batch * size.model.context) / line.seconds,
    teraflops: (line.steps * trainee.flopsOfStep) / line.seconds / 1e12,
    seconds: at.seconds,
  };
}

function parametersOf(state: Awaited<ReturnType<Trainee['state']>>, trainee: Trainee): typeof state {
  const names = new Set(Object.keys(trainee.model.parameters));
  return new Map([...state].filter(([name]) => names.has(name)));
}

async function recordOf(request: RunRequest, trainee: Trainee, plan: string, path: string): Promise<RunRecord> {
  const { stage, size, corpus } = request;
  const old = request.resume ? await readRecord(path) : null;
  return {
    v: 1,
    stage: stage.name,
    seed: stage.seed,
    mixture: stage.mixture,
    size,
    plan,
    corpus: corpus.hash,
    ledger: corpus.ledger,
    parameters: trainee.parameters,
    ...startedFrom(request, old),
    stretches: old?.stretches ?? [],
  };
}

function startedFrom({ from }: RunRequest, old: RunRecord | null): Pick<RunRecord, 'startedFrom'> {
  const told = old?.startedFrom ?? (from === undefined ? undefined : { path: from.name, step: from.weights.step });
  return told === undefined ? {} : { startedFrom: told };
}

function stretchStart(
  request: RunRequest,
  trainee: Trainee,
  from: number,
  exact: boolean,
): Omit<Stretch, 'to' | 'outcome'> {
  return {
    began: new Date().toISOString(),
    device: trainee.device,
    microbatches: trainee.microbatches,
    node: process.version,
    version: request.version,
    commit: request.commit,
    from,
    exact,
  };
}
