// The learning rate over the steps, as a factor of each group's own rate: warm-up, constant, linear cooldown.

export interface Schedule {
  /** Steps over which the rate rises from next to nothing to all. */
  readonly warmUp: number;
  /** Share of the run, at its end, over which the rate falls. */
  readonly cooldown: number;
  /** What it falls to. */
  readonly floor: number;
}

export const defaultSchedule: Schedule = { warmUp: 100, cooldown: 0.5, floor: 0.02 };

/**
 * The factor in step `step`, counted from 0.
 * @param progress share of the run that lies behind, by steps or by time: 0 at the start, 1 at the end.
 */
export function rateFactor(step: number, progress: number, { warmUp, cooldown, floor }: Schedule): number {
  const rising = warmUp === 0 ? 1 : Math.min(1, (step + 1) / warmUp);
  const falling = cooldown === 0 ? 1 : Math.max(floor, Math.min(1, (1 - progress) / cooldown));
  return rising * falling;
}
