// The weights of a run as they travel: in a run's best.safetensors, or in f16 parts that came home from another host. From either
// to the int8 file that ships.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { saveQuantised } from '../../engine/checkpoint/byteLm.ts';
import { replaceFile } from '../../engine/checkpoint/bytes.ts';
import { fromBytes } from '../../engine/contents.ts';
import type { Device } from '../../engine/device.ts';
import { ByteLM } from '../../engine/model/byteLm.ts';
import { type ByteLmConfig, checkConfig, shapesOf } from '../../engine/model/config.ts';
import { quantise } from '../../engine/quant/model.ts';
import { sizeOf } from '../../engine/shape.ts';
import { RustaError } from '../../schemas/errors.ts';
import { readCheckpoint } from './checkpoints.ts';

export interface Weights {
  readonly config: ByteLmConfig;
  readonly parameters: ReadonlyMap<string, Float32Array>;
  /** Steps that they were trained for. */
  readonly step: number;
}

/** @param path a folder with weights.json and its parts, or a checkpoint of a run. */
export async function readWeights(path: string): Promise<Weights> {
  const about = await readFile(join(path, 'weights.json'), 'utf8').catch(() => null);
  if (about !== null) return partsOf(path, about);
  const { state, facts } = await readCheckpoint(path);
  const config = checkConfig(facts.config, path);
  const parameters = new Map(
    [...shapesOf(config).keys()].map((name) => [name, state.get(name)?.data ?? missing(path, name)] as const),
  );
  return { config, parameters, step: facts.progress.step };
}

async function partsOf(folder: string, about: string): Promise<Weights> {
  const told = JSON.parse(about) as {
    config: unknown;
    tensors: { name: string; shape: number[] }[];
    progress: { step: number };
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
  return { config, parameters, step: told.progress.step };
}

function missing(from: string, name: string): never {
  throw new RustaError(`${from}: '${name}' is missing`, { code: 'checkpoint-corrupt', op: 'read the weights' });
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
