// The weights of a run as they travel: in a run's best.safetensors, in f16 parts that are carried from host to host, or in the int8
// file that ships. Any of them is what a run can start from; of the first two the last is made.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadQuantised, openByteLm, saveQuantised } from '../../engine/checkpoint/byteLm.ts';
import { fileSource, replaceFile } from '../../engine/checkpoint/bytes.ts';
import { Safetensors } from '../../engine/checkpoint/safetensors.ts';
import { fromBytes, toBytes } from '../../engine/contents.ts';
import type { Device } from '../../engine/device.ts';
import { ByteLM } from '../../engine/model/byteLm.ts';
import { type ByteLmConfig, checkConfig, shapesOf } from '../../engine/model/config.ts';
import { firstOrder, type InfillOrder, infillOrderOf } from '../../engine/model/infill.ts';
import { quantise } from '../../engine/quant/model.ts';
import { restored } from '../../engine/quant/rows.ts';
import { sizeOf } from '../../engine/shape.ts';
import { RustaError } from '../../schemas/errors.ts';
import { readCheckpoint } from './checkpoints.ts';
import type { Held } from './trainee.ts';

export interface Weights {
  readonly config: ByteLmConfig;
  readonly parameters: ReadonlyMap<string, Float32Array>;
  /** Steps that they were trained for. */
  readonly step: number;
  /** How texts with holes were written for them. */
  readonly infill: InfillOrder;
}

/**
 * @param path a folder with weights.json and its parts, a checkpoint of a run, or an int8 file.
 * @throws RustaError `checkpoint-missing`, `checkpoint-corrupt`.
 */
export async function readWeights(path: string): Promise<Weights> {
  const about = await readFile(join(path, 'weights.json'), 'utf8').catch(() => null);
  if (about !== null) return partsOf(path, about);
  const quantised = await quantisedAt(path);
  if (quantised !== null) return quantised;
  const { state, facts } = await readCheckpoint(path);
  const config = checkConfig(facts.config, path);
  const parameters = new Map(
    [...shapesOf(config).keys()].map((name) => [name, state.get(name)?.data ?? missing(path, name)] as const),
  );
  return { config, parameters, step: facts.progress.step, infill: facts.infill ?? firstOrder };
}

/** null: it is something else. */
async function quantisedAt(path: string): Promise<Weights | null> {
  const source = await fileSource(path);
  try {
    const { metadata } = await Safetensors.open(source);
    if (metadata.storage === undefined) return null;
    const file = await openByteLm(source);
    const { config, tensors, mix } = await loadQuantised(file);
    const parameters = new Map<string, Float32Array>([...tensors].map(([name, held]) => [name, restored(held)]));
    const { steps } = file.provenance;
    return {
      config,
      parameters: parameters.set('mix', mix),
      step: typeof steps === 'number' ? steps : 0,
      infill: infillOrderOf(file.provenance),
    };
  } finally {
    await source.close();
  }
}

/**
 * Writes weights.json and weights-00, weights-01, …: all parameters in f16, end to end in the order that the list gives.
 * @param partBytes of a part at most.
 */
export async function writeParts(
  folder: string,
  { config, parameters, step, infill }: Weights,
  partBytes: number,
): Promise<number> {
  await mkdir(folder, { recursive: true });
  const shapes = [...shapesOf(config)];
  const bytes = Buffer.concat(shapes.map(([name]) => toBytes('f16', parameters.get(name) ?? missing(folder, name))));
  let count = 0;
  for (let at = 0; at < bytes.length; at += partBytes, count += 1)
    await writeFile(join(folder, `weights-${String(count).padStart(2, '0')}`), bytes.subarray(at, at + partBytes));
  const tensors = shapes.map(([name, shape]) => ({ name, shape }));
  await writeFile(join(folder, 'weights.json'), JSON.stringify({ v: 1, config, tensors, progress: { step }, infill }));
  return count;
}

async function partsOf(folder: string, about: string): Promise<Weights> {
  const told = JSON.parse(about) as {
    config: unknown;
    tensors: { name: string; shape: number[] }[];
    progress: { step: number };
    infill?: InfillOrder;
  };
  const config = checkConfig(told.config, join(folder, 'weights.json'));
  const names = (await readdir(folder)).filter((name) => /^weights-\d+$/.test(name)).sort();
  const bytes = Buffer.concat(await Promise.all(names.map((name) => readFile(join(folder, name)))));
  const shapes = shapesOf(config);
  const expected = [...shapes.values()].reduce((sum, shape) => sum + 2 * sizeOf(shape), 0);
  if (bytes.length !== expected)
    throw new RustaError(`${folder}: the parts hold ${bytes.length} bytes, the configuration asks for ${expected}`, {
      code: 'checkpoint-corrupt',
      op: 'read the weights',
      hint: 'a part is missing or was cut short',
    });
  let at = 0;
  const parameters = new Map<string, Float32Array>();
  for (const { name } of told.tensors) {
    const length = 2 * sizeOf(shapes.get(name as never) ?? missing(folder, name));
    parameters.set(name, Float32Array.from(fromBytes('f16', Uint8Array.from(bytes.subarray(at, at + length)))));
    at += length;
  }
  for (const name of shapes.keys()) if (!parameters.has(name)) missing(folder, name);
  return { config, parameters, step: told.progress.step, infill: told.infill ?? firstOrder };
}

function missing(from: string, name: string): never {
  throw new RustaError(`${from}: '${name}' is missing`, { code: 'checkpoint-corrupt', op: 'read the weights' });
}

/** As a run takes them over. */
export function stateOf({ config, parameters }: Weights): ReadonlyMap<string, Held> {
  return new Map(
    [...shapesOf(config)].map(([name, shape]) => [name, { shape, data: parameters.get(name) as Float32Array }]),
  );
}

/** A model of these weights on a device. */
export function modelOf(device: Device, { config, parameters }: Weights): ByteLM {
  const tensors = [...shapesOf(config)].map(
    ([name, shape]) => [name, device.tensor(parameters.get(name) ?? missing('weights', name), shape)] as const,
  );
  return new ByteLM(device, config, Object.fromEntries(tensors));
}

/** Writes the int8 model, with where it comes from. */
export async function exportInt8(
  path: string,
  model: ByteLM,
  provenance: Readonly<Record<string, unknown>>,
): Promise<void> {
  const quantised = await quantise(model);
  await replaceFile(path, (sink) => saveQuantised(sink, quantised, provenance));
}
