// The record of a run: what was trained on what, where and by which code, so that a checkpoint can be traced. One JSON file.
import { readFile } from 'node:fs/promises';
import type { Stage, StageSize } from '../stages/stage.ts';
import { replaceText } from './room.ts';

/** One uninterrupted part of a run, on one machine. */
export interface Stretch {
  readonly began: string;
  readonly device: string;
  /** Parts that each batch was taken in: more than the recipe's where the device's memory asked for it. */
  readonly microbatches: number;
  readonly node: string;
  /** Of this program. */
  readonly version: string;
  /** Commit of the source tree; null outside one. */
  readonly commit: string | null;
  readonly from: number;
  readonly to: number;
  /** Whether the optimiser's state came along; true for the first. */
  readonly exact: boolean;
  readonly outcome: 'done' | 'interrupted' | 'failed';
  readonly error?: string;
}

export interface RunRecord {
  readonly v: 1;
  readonly stage: string;
  readonly seed: number;
  readonly mixture: Stage['mixture'];
  readonly size: StageSize;
  readonly plan: string;
  readonly corpus: string;
  readonly ledger: string;
  readonly parameters: number;
  /** Weights that it began with instead of random ones, and how many steps these had been trained for. */
  readonly startedFrom?: { readonly path: string; readonly step: number };
  readonly stretches: readonly Stretch[];
}

export async function readRecord(path: string): Promise<RunRecord | null> {
  const text = await readFile(path, 'utf8').catch(() => null);
  try {
    return text === null ? null : (JSON.parse(text) as RunRecord);
  } catch {
    return null;
  }
}

export async function writeRecord(path: string, record: RunRecord): Promise<void> {
  await replaceText(path, `${JSON.stringify(record, null, 2)}\n`);
}
