// What a pass over a cache takes: new bytes of sequences, laid out as the arrays that a program reads.
import type { ByteLmConfig } from '../model/config.ts';
import { blockLength } from '../ops/quantised.ts';
import type { TensorType } from '../shape.ts';
import { reachOf } from './forward.ts';
import type { Sequence } from './sequences.ts';

/** New bytes of one sequence. */
export interface Chunk {
  readonly sequence: Sequence;
  readonly bytes: readonly number[];
}

/** Types of the arrays: ids, positions, slots of each pool, tables of each pool, and rows, unless logits of all are wanted. */
export function inputTypes(
  { context, hash }: ByteLmConfig,
  pools: number,
  batch: number,
  length: number,
  all: boolean,
): readonly TensorType[] {
  const i32 = (...shape: number[]): TensorType => ({ dtype: 'i32', shape });
  return [
    i32(batch, reachOf({ hash }) + length),
    i32(batch, length),
    ...Array.from({ length: pools }, () => i32(batch, length)),
    ...Array.from({ length: pools }, () => i32(batch, Math.ceil(context / blockLength))),
    ...(all ? [] : [i32(batch)]),
  ];
}

/** Blocks of a sequence in a pool, as many as the context has; those that it does not have are 0. */
export function tableOf(sequence: Sequence, pool: number, { context }: ByteLmConfig): Int32Array {
  const table = new Int32Array(Math.ceil(context / blockLength));
  for (const [index, block] of (sequence.tables[pool] as readonly number[]).entries())
    table[index] = Math.max(0, block);
  return table;
}

/** The arrays of a pass, in the order of its inputs. */
export function layOut(
  chunks: readonly Chunk[],
  batch: number,
  length: number,
  config: ByteLmConfig,
  pools: number,
  all: boolean,
): Int32Array[] {
  const reach = reachOf(config);
  const perSequence = Math.ceil(config.context / blockLength);
  const ids = new Int32Array(batch * (reach + length)).fill(-1);
  const positions = new Int32Array(batch * length);
  const slots = Array.from({ length: pools }, () => new Int32Array(batch * length).fill(-1));
  const tables = Array.from({ length: pools }, () => new Int32Array(batch * perSequence));
  const rows = new Int32Array(batch);
  for (const [index, { sequence, bytes }] of chunks.entries()) {
    const before = sequence.bytes.slice(Math.max(0, sequence.length - reach));
    ids.set([...before, ...bytes], index * (reach + length) + reach - before.length);
    rows[index] = index * length + bytes.length - 1;
    for (const at of bytes.keys()) {
      const position = sequence.length + at;
      positions[index * length + at] = position;
      for (const [pool, places] of slots.entries()) places[index * length + at] = sequence.slot(pool, position);
    }
    for (const [pool, table] of tables.entries()) table.set(tableOf(sequence, pool, config), index * perSequence);
  }
  return [ids, positions, ...slots, ...tables, ...(all ? [] : [rows])];
}
