// How something is timed, and the row that a timing becomes. Which things are timed is in suites/.

export type Unit = 'GFLOP/s' | 'GOP/s' | 'GB/s' | 'tokens/s' | 'ms';

/** One line of `npm run bench -- --json`. Times in ms; `rate` is `work` per best time; `ratio` is rate / ceiling. */
export interface Row {
  readonly suite: string;
  readonly kernel: string;
  readonly shape: string;
  readonly dtype: string;
  readonly threads: number;
  readonly device: string;
  /** `rusta`, or the name of a peer. */
  readonly impl: string;
  readonly median_ms: number;
  readonly best_ms: number;
  readonly rate: number;
  readonly unit: Unit;
  /** What this machine can do at most, measured in the same run, in `unit`; null where no loop says. */
  readonly ceiling: number | null;
  readonly ratio: number | null;
  /** Of rows that a GPU times by itself: wall time of one in a queue of many. */
  readonly wall_ms?: number;
}

export type Clock = 'wall' | 'cpu';

/** Milliseconds: of the wall, or of this thread's own use of a processor, which a busy machine disturbs less. */
export const clocks: Readonly<Record<Clock, () => number>> = {
  wall: () => performance.now(),
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
};

export interface Timed {
  readonly median: number;
  readonly best: number;
}

/** Milliseconds of `run`: of samples of at least half a millisecond each, over `budgetMs` in all, after warm-up. */
export function time(run: () => void, budgetMs: number, now: () => number = clocks.wall): Timed {
  let repeats = 1;
  const once = (): number => {
    const start = now();
    for (let i = 0; i < repeats; i += 1) run();
    return now() - start;
  };
  // Tiering up takes calls and loop turns; the compiler runs beside. A fifth of the budget, and at least three calls.
  const warm = performance.now() + Math.max(20, budgetMs / 5);
  for (let calls = 0; calls < 3 || performance.now() < warm; calls += 1) {
    const took = once();
    if (took < 0.5) repeats = Math.min(1_000_000, Math.ceil((repeats * 0.6) / Math.max(took, 0.01)));
  }
  const samples: number[] = [];
  const end = performance.now() + budgetMs;
  while (samples.length < 3 || (performance.now() < end && samples.length < 2000)) samples.push(once() / repeats);
  samples.sort((a, b) => a - b);
  return { median: samples[samples.length >> 1] as number, best: samples[0] as number };
}

/** The same of what tells its own milliseconds, and so may prepare before it begins: at least three times, after one that does not count. */
export async function timeAsync(run: () => Promise<number>, budgetMs: number): Promise<Timed> {
  const warm = performance.now() + budgetMs / 5;
  do await run();
  while (performance.now() < warm);
  const samples: number[] = [];
  const end = performance.now() + budgetMs;
  while (samples.length < 3 || (performance.now() < end && samples.length < 2000)) samples.push(await run());
  samples.sort((a, b) => a - b);
  return { median: samples[samples.length >> 1] as number, best: samples[0] as number };
}
