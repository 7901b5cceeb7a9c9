// A run of a stage on a bare GPU host, for `trainer pack`: trains, evaluates the held-out test split, and leaves the weights in f16 in
// parts small enough to be carried home. Started again with --resume it goes on.
//
//   train.mjs --data DIR --out DIR [--steps N] [--resume] [--from PATH] [--seed N] [--config NAME=VALUE]... [--dump N]
//     [--home DIR --part-size MB]
//   train.mjs --from PATH --int8 FILE
//
// --dump N: also writes the initial weights and the first N batches, for bytelm.py, and evaluates nothing.
// --int8 FILE: the int8 file of those weights; trains nothing.
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDevice } from '../../engine/device.ts';
import { Corpus } from '../../trainer/collate/corpus.ts';
import { FileReader } from '../../trainer/collate/files.ts';
import { infillOrder } from '../../trainer/collate/infill.ts';
import { samplerOf } from '../../trainer/collate/plan.ts';
import { DocumentStream } from '../../trainer/collate/stream.ts';
import { bitsPerByte } from '../../trainer/eval/lm/bpb.ts';
import { writeCheckpoint } from '../../trainer/run/checkpoints.ts';
import { progressStart } from '../../trainer/run/loop.ts';
import { batchPlan, run } from '../../trainer/run/run.ts';
import { Trainee } from '../../trainer/run/trainee.ts';
import { exportInt8, modelOf, readWeights, stateOf, type Weights, writeParts } from '../../trainer/run/weights.ts';
import { overridden } from '../../trainer/stages/override.ts';
import { s0 } from '../../trainer/stages/s0.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: 'data' },
    out: { type: 'string', default: 'run' },
    steps: { type: 'string' },
    resume: { type: 'boolean', default: false },
    from: { type: 'string' },
    seed: { type: 'string' },
    config: { type: 'string', multiple: true, default: [] },
    device: { type: 'string', default: 'webgpu' },
    stage: { type: 'string', default: 'full' },
    dump: { type: 'string' },
    int8: { type: 'string' },
    home: { type: 'string' },
    'part-size': { type: 'string', default: '15' },
  },
});
const print = (text: string): void => console.log(text);
const stage = values.seed === undefined ? s0 : { ...s0, seed: Number(values.seed) };
const from = values.from === undefined ? null : { name: values.from, weights: await readWeights(values.from) };
if (values.int8 !== undefined) {
  if (from === null) throw new Error('--int8 asks for --from');
  await writeInt8(values.int8, from.weights);
  process.exit(0);
}
const own = stage.sizes[values.stage as 'full' | 'tiny'];
const changed = overridden(from === null ? own : { ...own, model: from.weights.config }, values.config);
const size = values.steps === undefined ? changed : { ...changed, steps: Number(values.steps) };
const corpus = await Corpus.open(values.data);
const device = await openDevice({ device: values.device as 'webgpu' | 'wasm' | 'reference' });
print(
  `${device.info().device}; corpus ${corpus.hash.slice(0, 16)}, ${size.steps} steps of ${size.batch} × ${size.model.context}`,
);

if (values.dump !== undefined) await dump(Number(values.dump));
const started = performance.now();
const result = await run({
  stage,
  size,
  corpus,
  device,
  folder: values.out,
  resume: values.resume,
  ...(from === null ? {} : { from }),
  version: '0.1.0',
  commit: process.env.COMMIT ?? null,
  signal: AbortSignal.any([]),
  onMetric: (metric) => {
    if (metric.type === 'validation')
      print(`step ${metric.step} validation ${metric.bpb.toFixed(4)} ${JSON.stringify(metric.by)}`);
    else if (metric.type === 'train' && metric.step % 50 === 0)
      print(
        `step ${metric.step} bpb ${metric.bpb.toFixed(4)} norm ${metric.norm.toFixed(3)} scale ${metric.lossScale} skipped ${metric.skipped} ${(metric.bytesPerSecond / 1e6).toFixed(3)} MB/s ${metric.teraflops.toFixed(1)} TFLOP/s ${metric.seconds.toFixed(0)} s`,
      );
  },
});
print(`${result.outcome} after ${((performance.now() - started) / 1000).toFixed(0)} s; best validation ${result.best}`);
// Before anything else: the time on a lent machine may end at any moment.
if (values.home !== undefined) {
  const state = await result.trainee.state();
  const parameters = new Map([...state].map(([name, { data }]) => [name, data]));
  const step = (from?.weights.step ?? 0) + result.progress.step;
  const weights = { config: size.model, parameters, step, infill: infillOrder };
  const int8 = join(values.home, 'int8.safetensors');
  await writeParts(values.home, weights, Number(values['part-size']) * 1e6);
  await writeInt8(int8, weights);
  await evaluate(result.trainee, 'f16', size.model.context);
  result.trainee.restore(stateOf(await readWeights(int8)));
  await evaluate(result.trainee, 'int8 weights', size.model.context, ['code']);
  result.trainee.restore(stateOf(weights));
  await evaluate(result.trainee, 'f16', size.model.context / 4, ['code']);
} else if (values.dump === undefined) await evaluate(result.trainee, 'f16', size.model.context);
await device.close();
process.exit(0);

/** Initial weights and batches, as the run that follows will see them. */
async function dump(batches: number): Promise<void> {
  mkdirSync(values.out, { recursive: true });
  const { model: config, recipe, batch } = size;
  const state = await device.scope(async () => {
    const trainee = await Trainee.open(device, { config, recipe, batch, seed: stage.seed });
    const held = await trainee.state();
    trainee.dispose();
    return held;
  });
  const facts = {
    v: 1,
    stage: stage.name,
    plan: '',
    corpus: corpus.hash,
    ledger: corpus.ledger,
    config,
    progress: progressStart,
    best: null,
  } as const;
  await writeCheckpoint(join(values.out, 'init.safetensors'), state, facts);
  const reader = new FileReader(corpus.files);
  const sampler = samplerOf(batchPlan(stage, size, corpus), reader.read);
  const file = openSync(join(values.out, 'batches.bin'), 'w');
  for (let step = 0; step < batches; step += 1) writeSync(file, sampler.batch(step));
  closeSync(file);
  reader.close();
}

async function writeInt8(path: string, weights: Weights): Promise<void> {
  const wasm = await openDevice({ device: 'wasm' });
  await exportInt8(path, modelOf(wasm, weights), { steps: weights.step, infill: weights.infill });
  await wasm.close();
}

async function evaluate(
  trainee: Trainee,
  label: string,
  stride: number,
  kinds: readonly ('code' | 'std' | 'prose')[] = ['code', 'std', 'prose'],
): Promise<void> {
  const reader = new FileReader(corpus.files);
  for (const kind of kinds) {
    const documents = corpus.of('test', kind);
    if (documents.length === 0) continue;
    const figure = await bitsPerByte(new DocumentStream(documents, reader.read), trainee, { stride });
    print(
      `test ${kind}, ${label}: ${figure?.bpb.toFixed(4)} bits per byte of ${figure?.bytes} bytes, context ${size.model.context}, stride ${stride}`,
    );
  }
  reader.close();
}
