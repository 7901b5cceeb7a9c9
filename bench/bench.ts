// What a row of the benchmark is about, whichever way it is timed: names, work, and the ceiling that it is held against.
import type { Ceilings } from './ceilings.ts';
import type { Unit } from './timing.ts';

export interface About {
  readonly suite: string;
  readonly kernel: string;
  readonly shape: string;
  readonly dtype: string;
  readonly unit: Unit;
  /** In units of `unit` times a millisecond: operations or bytes, divided by a million; tokens times a thousand. 0 for `ms`. */
  readonly work: number;
  /** What so many threads can do at most, in `unit`; null where no loop says. */
  readonly ceiling: Ceiling | null;
  /** Also in `--quick`. */
  readonly quick: boolean;
}

export type Ceiling = (ceilings: Ceilings, threads: number) => number | null;

export const f32Ceiling: Ceiling = (ceilings, threads) => threads * ceilings.f32();
export const int8Ceiling: Ceiling = (ceilings, threads) => threads * ceilings.int8();

/** Reads of so many bytes over and over, `per` GB a unit of the row; the loops that measure it run on one thread. */
export const readCeiling =
  (bytes: number, per = 1): Ceiling =>
  (ceilings, threads) =>
    threads === 1 ? ceilings.read(bytes) / per : null;

/** The rate of a best time: work a millisecond; where the time is what is asked for, the time. */
export function rateOf({ unit, work }: About, best: number): number {
  return unit === 'ms' ? best : work / best;
}
