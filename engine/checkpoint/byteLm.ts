// A ByteLM in a safetensors file: names and shapes as the model has them, configuration and provenance in the metadata. In
// int8, `NAME` holds the steps, `NAME.scale` the scales, and the metadata tells {bits, group, scale} of each.
import { RustaError } from '../../schemas/errors.ts';
import { toBytes } from '../contents.ts';
import type { Device } from '../device.ts';
import { bytesOf, type DType } from '../dtype.ts';
import { ByteLM, checkShapes } from '../model/byteLm.ts';
import { type ByteLmConfig, checkConfig, type ParameterName, shapesOf } from '../model/config.ts';
import type { QuantisedByteLM, QuantisedName } from '../quant/model.ts';
import type { Quantised } from '../quant/rows.ts';
import { lastOf, type Shape, sizeOf } from '../shape.ts';
import type { ByteSink, ByteSource } from './bytes.ts';
import { corrupt } from './header.ts';
import { Safetensors, type Writable, writeSafetensors } from './safetensors.ts';

/** Where a model comes from, for its card: data ledger, commit, steps. JSON. */
export type Provenance = { readonly [name: string]: unknown };

const format = 'rusta-byte-lm';

export interface ByteLmFile {
  readonly file: Safetensors;
  readonly config: ByteLmConfig;
  readonly provenance: Provenance;
  /** Parameters that are stored in int8, and how. */
  readonly storage: ReadonlyMap<string, Storage>;
}

interface Storage {
  readonly bits: 8;
  readonly group: number;
  /** Name of the tensor of scales. */
  readonly scale: string;
}

/**
 * Reads the header of a model's file, and compares its tensors with its configuration.
 * @throws RustaError `checkpoint-corrupt`, `config-invalid`, `config-mismatch`.
 */
export async function openByteLm(source: ByteSource): Promise<ByteLmFile> {
  const file = await Safetensors.open(source);
  const { metadata, tensors, name } = file;
  if (metadata.format !== format)
    corrupt(name, `it is no ${format}, but ${metadata.format ?? 'of no format'}`, 'pass a checkpoint that Rusta wrote');
  const config = checkConfig(json(metadata.config, 'config', name), name);
  const storage = storageOf(json(metadata.storage ?? '{}', 'storage', name), name);
  const scales = new Set([...storage.values()].map(({ scale }) => scale));
  const parameters = [...tensors].filter(([each]) => !scales.has(each));
  checkShapes(config, new Map(parameters.map(([each, { shape }]) => [each, shape])), name);
  for (const [each, { dtype, stored }] of parameters) {
    const quantised = storage.has(each);
    if (quantised ? dtype === 'i8' : dtype === 'f32' || dtype === 'f16' || dtype === 'f64') continue;
    throw new RustaError(`${name}: '${each}' is ${stored}`, {
      code: 'dtype-mismatch',
      op: 'read the checkpoint',
      expected: quantised ? 'I8' : 'F32, F16 or F64',
      got: stored,
    });
  }
  for (const [each, { scale, group }] of storage) {
    const { shape } = tensors.get(each) as { shape: Shape };
    const expected = scaleShape(shape, group);
    const got = tensors.get(scale);
    if (got?.dtype !== 'f32' || got.shape.join() !== expected.join())
      corrupt(name, `'${scale}' does not hold f32[${expected.join(',')}], the scales of '${each}'`);
  }
  const provenance = json(metadata.provenance ?? '{}', 'provenance', name) as Provenance;
  return { file, config, provenance, storage };
}

/** The parameters of a file that is not quantised, on a device. */
export async function loadByteLm(device: Device, { file, config, storage }: ByteLmFile): Promise<ByteLM> {
  if (storage.size > 0) wrongKind(file.name, 'is quantised', 'open it with loadQuantised');
  const parameters: Record<string, ByteLM['parameters']['embed']> = {};
  for (const [name, shape] of shapesOf(config)) parameters[name] = device.tensor(await file.contents(name), shape);
  return new ByteLM(device, config, parameters);
}

/** The steps and scales of a quantised file. Tensors are read and checked at the same time. */
export async function loadQuantised({ file, config, storage }: ByteLmFile): Promise<QuantisedByteLM> {
  const load = async (name: QuantisedName, shape: Shape): Promise<[QuantisedName, Quantised]> => {
    const stored = storage.get(name);
    if (stored === undefined) return wrongKind(file.name, `holds '${name}' as floats`, 'quantise it first');
    const [values, scales] = await Promise.all([file.contents(name), file.contents(stored.scale)]);
    if (!(scales as Float32Array).every(Number.isFinite))
      corrupt(file.name, `'${stored.scale}' holds what is not finite`);
    const { group } = stored;
    return [name, { shape, bits: 8, group, values: values as Int8Array, scales: scales as Float32Array }];
  };
  const named = [...shapesOf(config)].flatMap(([name, shape]) => (name === 'mix' ? [] : [load(name, shape)]));
  const [mix, ...tensors] = await Promise.all([file.contents('mix'), ...named]);
  return { config, tensors: new Map(tensors), mix: Float32Array.from(mix) };
}

/** @param dtype f16 takes half the bytes, for a journey. */
export async function saveByteLm(
  sink: ByteSink,
  { config, parameters }: ByteLM,
  provenance: Provenance = {},
  dtype: 'f32' | 'f16' = 'f32',
): Promise<void> {
  const tensors = [...shapesOf(config)].map(([name, shape]): Writable => {
    const parameter = parameters[name] as ByteLM['parameters']['embed'];
    return { name, shape, dtype, bytes: async () => toBytes(dtype, Float32Array.from(await parameter.data())) };
  });
  await writeSafetensors(sink, tensors, described(config, provenance));
}

export async function saveQuantised(
  sink: ByteSink,
  { config, tensors, mix }: QuantisedByteLM,
  provenance: Provenance = {},
): Promise<void> {
  const writable = (name: string, dtype: DType, shape: Shape, numbers: Int8Array | Float32Array): Writable => ({
    name,
    dtype,
    shape,
    bytes: () => toBytes(dtype, numbers),
  });
  const all = [...tensors].flatMap(([name, { shape, values, scales, group }]) => [
    writable(name, 'i8', shape, values),
    writable(scaleName(name), 'f32', scaleShape(shape, group), scales),
  ]);
  const storage = Object.fromEntries(
    [...tensors].map(([name, { bits, group }]): [string, Storage] => [name, { bits, group, scale: scaleName(name) }]),
  );
  await writeSafetensors(sink, [...all, writable('mix', 'f32', [config.layers, 2], mix)], {
    ...described(config, provenance),
    storage: JSON.stringify(storage),
  });
}

/** Bytes that the tensors of a quantised model take in a file. */
export function quantisedBytes(config: ByteLmConfig): number {
  return [...shapesOf(config)].reduce(
    (total, [name, shape]) =>
      total + (name === 'mix' ? sizeOf(shape) * bytesOf.f32 : sizeOf(shape) + bytesOf.f32 * sizeOf(shape.slice(0, -1))),
    0,
  );
}

const scaleName = (name: ParameterName): string => `${name}.scale`;

function scaleShape(shape: Shape, group: number): Shape {
  return [...shape.slice(0, -1), lastOf(shape) / group];
}

function described(config: ByteLmConfig, provenance: Provenance): Record<string, string> {
  return { format, config: JSON.stringify(config), provenance: JSON.stringify(provenance) };
}

function json(text: string | undefined, key: string, from: string): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return corrupt(from, `its metadata '${key}' is no JSON`);
  }
}

function storageOf(value: unknown, from: string): ReadonlyMap<string, Storage> {
  if (typeof value !== 'object' || value === null) corrupt(from, 'its storage is no object');
  for (const [name, each] of Object.entries(value as object)) {
    const { bits, group, scale } = (each ?? {}) as Partial<Storage>;
    if (bits !== 8 || !Number.isInteger(group) || (group as number) < 1 || typeof scale !== 'string')
      corrupt(from, `the storage of '${name.slice(0, 80)}' is not {bits: 8, group, scale}`);
  }
  return new Map(Object.entries(value as Record<string, Storage>));
}

function wrongKind(name: string, what: string, hint: string): never {
  throw new RustaError(`${name} ${what}`, { code: 'checkpoint-kind', op: 'read the checkpoint', hint });
}
