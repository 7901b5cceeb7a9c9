// The header of a safetensors file (https://huggingface.co/docs/safetensors): read as hostile data, and written. Eight bytes
// of length (little-endian), JSON of names to {dtype, shape, data_offsets}, then the tensors, end to end.
import { RustaError } from '../../schemas/errors.ts';
import type { DType } from '../dtype.ts';
import { type Shape, sizeOf } from '../shape.ts';

/** The format's own names, and the bytes of an element. */
const widths: Readonly<Record<string, number>> = {
  F64: 8,
  I64: 8,
  U64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
};

const names: Readonly<Record<DType, string>> = { f64: 'F64', f32: 'F32', f16: 'F16', i32: 'I32', i8: 'I8', u8: 'U8' };
const own = new Map<string, DType>(Object.entries(names).map(([dtype, name]) => [name, dtype as DType]));

/** Where a tensor lies in a file. */
export interface Entry {
  /** As the file writes it: `F32`. */
  readonly stored: string;
  /** The engine's dtype; null for one that the engine does not hold, such as I64. */
  readonly dtype: DType | null;
  readonly shape: Shape;
  /** Bytes from the start of the file. */
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  readonly tensors: ReadonlyMap<string, Entry>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Bytes before the JSON. */
export const prefixBytes = 8;
/** What the format's own reader accepts. */
const largestHeader = 100_000_000;

export function corrupt(
  from: string,
  message: string,
  hint = 'the file is damaged or no safetensors; get it again',
): never {
  throw new RustaError(`${from}: ${message}`, { code: 'checkpoint-corrupt', op: 'read the checkpoint', hint });
}

/**
 * The length of the JSON, from the first eight bytes.
 * @throws RustaError `checkpoint-corrupt` where it does not fit the file.
 */
export function headerLength(prefix: Uint8Array, fileBytes: number, from: string): number {
  if (prefix.length < prefixBytes) corrupt(from, `${fileBytes} bytes are too few for a header`);
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefixBytes);
  const length = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  if (length > largestHeader) corrupt(from, `a header of ${length} bytes is beyond the format's ${largestHeader}`);
  if (prefixBytes + length > fileBytes)
    corrupt(from, `a header of ${length} bytes does not fit into a file of ${fileBytes}: it was cut short`);
  return length;
}

/**
 * Reads the JSON of a header. Tensors must lie end to end, from the header to the end of the file.
 * @throws RustaError `checkpoint-corrupt`, naming the tensor.
 */
export function readHeader(json: Uint8Array, fileBytes: number, from: string): Header {
  const dataStart = prefixBytes + json.length;
  const dataBytes = fileBytes - dataStart;
  const { __metadata__: rawMetadata, ...entries } = parsed(json, from);
  const tensors = new Map<string, Entry>();
  for (const [name, raw] of Object.entries(entries)) {
    const entry = readEntry(raw, name, dataBytes, from);
    tensors.set(name, { ...entry, begin: dataStart + entry.begin, end: dataStart + entry.end });
  }
  checkCover(tensors, dataStart, fileBytes, from);
  return { tensors, metadata: readMetadata(rawMetadata, from) };
}

function parsed(json: Uint8Array, from: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch {
    corrupt(from, 'the header is no JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    corrupt(from, 'the header is no JSON object');
  return value as Record<string, unknown>;
}

function readEntry(raw: unknown, name: string, dataBytes: number, from: string): Entry {
  const fail = (message: string): never => corrupt(from, `tensor '${name.slice(0, 80)}': ${message}`);
  if (typeof raw !== 'object' || raw === null) return fail('no object');
  const { dtype, shape, data_offsets: offsets, ...rest } = raw as Record<string, unknown>;
  if (Object.keys(rest).length > 0) return fail(`the unknown field '${Object.keys(rest)[0]}'`);
  if (typeof dtype !== 'string' || !Object.hasOwn(widths, dtype)) return fail(`no dtype ${JSON.stringify(dtype)}`);
  if (!isNaturals(shape)) return fail('its shape is no list of whole numbers');
  if (!isNaturals(offsets) || offsets.length !== 2) return fail('its data_offsets are no two whole numbers');
  const [begin, end] = offsets as unknown as readonly [number, number];
  const bytes = sizeOf(shape) * (widths[dtype] as number);
  if (!Number.isSafeInteger(bytes)) return fail(`[${shape.join(',')}] overflows`);
  if (begin > end || end > dataBytes) return fail(`bytes ${begin} to ${end} of ${dataBytes}: it was cut short`);
  if (end - begin !== bytes) return fail(`${end - begin} bytes for ${dtype}[${shape.join(',')}], which takes ${bytes}`);
  return { stored: dtype, dtype: own.get(dtype) ?? null, shape, begin, end };
}

function isNaturals(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((each) => Number.isSafeInteger(each) && each >= 0);
}

function checkCover(tensors: ReadonlyMap<string, Entry>, dataStart: number, fileBytes: number, from: string): void {
  let place = dataStart;
  for (const [name, { begin, end }] of [...tensors].toSorted(([, a], [, b]) => a.begin - b.begin || a.end - b.end)) {
    if (begin < place) corrupt(from, `tensor '${name.slice(0, 80)}' overlaps the one before`);
    if (begin > place) corrupt(from, `${begin - place} bytes before tensor '${name.slice(0, 80)}' belong to none`);
    place = end;
  }
  if (place !== fileBytes) corrupt(from, `${fileBytes - place} bytes at the end belong to no tensor`);
}

function readMetadata(raw: unknown, from: string): Record<string, string> {
  if (raw === undefined) return {};
  const valid =
    typeof raw === 'object' &&
    raw !== null &&
    !Array.isArray(raw) &&
    Object.values(raw).every((each) => typeof each === 'string');
  if (!valid) corrupt(from, '__metadata__ is no object of texts');
  return raw as Record<string, string>;
}

/** A tensor that is to be written. */
export interface Described {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

/**
 * The header of a file of these tensors, its length before it, padded so that the data begins at a multiple of 8.
 * @param tensors in the order of the file: the widest elements first, so that all stay aligned.
 */
export function writeHeader(tensors: readonly Described[], metadata: Readonly<Record<string, string>>): Uint8Array {
  let place = 0;
  const entries = tensors.map(({ name, dtype, shape }): [string, unknown] => {
    const begin = place;
    place += sizeOf(shape) * (widths[names[dtype]] as number);
    return [name, { dtype: names[dtype], shape, data_offsets: [begin, place] }];
  });
  const all = Object.keys(metadata).length === 0 ? entries : [['__metadata__', metadata], ...entries];
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(all)));
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(prefixBytes + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, prefixBytes);
  return bytes;
}

/** The order of a file: by width of an element, then as given. */
export function inFileOrder<T extends Described>(tensors: readonly T[]): T[] {
  const width = ({ dtype }: T): number => widths[names[dtype]] as number;
  return tensors.toSorted((a, b) => width(b) - width(a));
}
