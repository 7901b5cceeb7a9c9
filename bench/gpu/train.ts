// A run of a stage on a bare GPU host, for `trainer pack`: trains, evaluates the held-out test split, and leaves the weights in f16 in
// parts small enough to be carried home. Started again with --resume it goes on.
//
//   train.mjs --data DIR --out DIR [--steps N] [--resume] [--config NAME=VALUE]... [--dump N] [--home DIR --part-size MB]
//
// --dump N: also writes the initial weights and the first N batches, for bytelm.py, and evaluates nothing.
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDevice } from '../../engine/device.ts';
import { Corpus } from '../../trainer/collate/corpus.ts';
import { FileReader } from '../../trainer/collate/files.ts';
import { samplerOf } from '../../trainer/collate/plan.ts';
import { DocumentStream } from '../../trainer/collate/stream.ts';
import { bitsPerByte } from '../../trainer/eval/lm/bpb.ts';
import { writeCheckpoint } from '../../trainer/run/checkpoints.ts';
import { progressStart } from '../../trainer/run/loop.ts';
import { batchPlan, run } from '../../trainer/run/run.ts';
import { type Held, Trainee } from '../../trainer/run/trainee.ts';
import { overridden } from '../../trainer/stages/override.ts';
import { s0 } from '../../trainer/stages/s0.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: 'data' },
    out: { type: 'string', default: 'run' },
    steps: { type: 'string' },
    resume: { type: 'boolean', default: false },
    config: { type: 'string', multiple: true, default: [] },
    device: { type: 'string', default: 'webgpu' },
    stage: { type: 'string', default: 'full' },
    dump: { type: 'string' },
    home: { type: 'string' },
    'part-size': { type: 'string', default: '15' },
  },
});
const print = (text: string): void => console.log(text);
const changed = overridden(s0.sizes[values.stage as 'full' | 'tiny'], values.config);
const size = values.steps === undefined ? changed : { ...changed, steps: Number(values.steps) };
const corpus = await Corpus.open(values.data);
const device = await openDevice({ device: values.device as 'webgpu' | 'wasm' | 'reference' });
print(
  `${device.info().device}; corpus ${corpus.hash.slice(0, 16)}, ${size.steps} steps of ${size.batch} × ${size.model.context}`,
);

if (values.dump !== undefined) await dump(Number(values.dump));
const started = performance.now();
const result = await run({
  stage: s0,
  size,
  corpus,
  device,
  folder: values.out,
  resume: values.resume,
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
if (values.dump === undefined) await evaluate(result.trainee);
if (values.home !== undefined) await carryHome(values.home, await result.trainee.state());
await device.close();
process.exit(0);

/** Initial weights and batches, as the run that follows will see them. */
async function dump(batches: number): Promise<void> {
  mkdirSync(values.out, { recursive: true });
  const { model: config, recipe, batch } = size;
  const state = await device.scope(async () => {
    const trainee = new Trainee(device, { config, recipe, batch, seed: s0.seed });
    const held = await trainee.state();
    trainee.dispose();
    return held;
  });
  const facts = {
    v: 1,
    stage: s0.name,
    plan: '',
    corpus: corpus.hash,
    ledger: corpus.ledger,
    config,
    progress: progressStart,
    best: null,
  } as const;
  await writeCheckpoint(join(values.out, 'init.safetensors'), state, facts);
  const reader = new FileReader(corpus.files);
  const sampler = samplerOf(batchPlan(s0, size, corpus), reader.read);
  const file = openSync(join(values.out, 'batches.bin'), 'w');
  for (let step = 0; step < batches; step += 1) writeSync(file, sampler.batch(step));
  closeSync(file);
  reader.close();
}

async function evaluate(trainee: Trainee): Promise<void> {
  const reader = new FileReader(corpus.files);
  const scorer = {
    windows: trainee.windows,
    context: size.model.context,
    losses: (symbols: Uint8Array) => trainee.losses(symbols),
  };
  for (const kind of ['code', 'std', 'prose'] as const) {
    const documents = corpus.of('test', kind);
    if (documents.length === 0) continue;
    const figure = await bitsPerByte(new DocumentStream(documents, reader.read), scorer);
    print(
      `test ${kind}: ${figure?.bpb.toFixed(4)} bits per byte of ${figure?.bytes} bytes, context and stride ${size.model.context}`,
    );
  }
  reader.close();
}

/** weights.json and weights-00, weights-01, …: all parameters in f16, end to end in the order that the list gives. */
async function carryHome(folder: string, state: ReadonlyMap<string, Held>): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const names = Object.keys(result.trainee.model.parameters);
  const tensors = names.map((name) => ({ name, shape: state.get(name)?.shape ?? [] }));
  const bytes = Buffer.concat(names.map((name) => halves(state.get(name)?.data ?? new Float32Array())));
  const part = Number(values['part-size']) * 1e6;
  for (let at = 0; at < bytes.length; at += part)
    writeFileSync(join(folder, `weights-${String(at / part).padStart(2, '0')}`), bytes.subarray(at, at + part));
  const about = { v: 1, config: size.model, tensors, progress: result.progress, best: result.best };
  writeFileSync(join(folder, 'weights.json'), JSON.stringify(about));
}

/** f32 to f16, to nearest even. */
function halves(data: Float32Array): Buffer {
  const out = Buffer.alloc(data.length * 2);
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
  for (const [index, value] of bits.entries()) {
    const sign = (value >>> 16) & 0x8000;
    const magnitude = value & 0x7fffffff;
    let half: number;
    if (magnitude >= 0x47800000) half = 0x7c00;
    else if (magnitude < 0x38800000) half = Math.round(Math.abs(data[index] as number) * 2 ** 24);
    else half = (magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13;
    out.writeUInt16LE(sign | half, index * 2);
  }
  return out;
}
