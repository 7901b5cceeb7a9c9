// The training loop: batches in, steps queued, figures read one step late, and at each mark what belongs there: a line of metrics,
// a validation, a checkpoint. What a mark does is its caller's; when it is due, and when a run has gone wrong, is decided here.
import { rateFactor, type Schedule } from '../../engine/optim/schedule.ts';
import type { StepMetrics } from '../../engine/optim/training.ts';
import { RustaError } from '../../schemas/errors.ts';
import { type GuardState, guard, guardStart } from './guard.ts';
import type { Trainee } from './trainee.ts';

/** Where a run stands between two steps. */
export interface Progress {
  /** Steps done. */
  readonly step: number;
  /** Seconds of training, over all stretches. */
  readonly seconds: number;
  readonly guard: GuardState;
}

export const progressStart: Progress = { step: 0, seconds: 0, guard: guardStart };

export interface LoopOptions {
  readonly steps: number;
  readonly schedule: Schedule;
  /** Steps between two marks of each kind. */
  readonly every: { readonly metrics: number; readonly validation: number; readonly checkpoint: number };
  /** A step from which the rate warms up again. */
  readonly warmFrom: number;
}

export interface Marks {
  batch(): Promise<Uint8Array>;
  /** `bpb` is the mean over the steps since the last line, bits per symbol. */
  metrics(progress: Progress, line: MetricsLine): Promise<void>;
  validation(progress: Progress): Promise<void>;
  /** `last`: the run ends here, done or interrupted. */
  checkpoint(progress: Progress, last: boolean): Promise<void>;
}

export interface MetricsLine {
  readonly bpb: number;
  /** What the last of these steps found. */
  readonly of: StepMetrics;
  readonly rate: number;
  readonly skipped: number;
  /** Seconds since the last line, and its steps. */
  readonly seconds: number;
  readonly steps: number;
}

export type Outcome = 'done' | 'interrupted';

/**
 * Runs until `steps` are done or the signal aborts; then the last checkpoint is written.
 * @throws RustaError `diverged`, and what the device, the data or the disk has to say, with the step that it ended.
 */
export async function train(
  trainee: Trainee,
  from: Progress,
  options: LoopOptions,
  marks: Marks,
  signal: AbortSignal,
): Promise<{ readonly outcome: Outcome; readonly progress: Progress }> {
  let progress = from;
  let since = { at: performance.now(), step: from.step, loss: 0, counted: 0, skipped: 0 };
  let queued: { readonly step: number; readonly figures: Promise<StepMetrics> } | null = null;
  /** The step that is asked for, or waited for. */
  let current = from.step + 1;
  let last: StepMetrics | null = null;
  let rate = 0;

  const settle = async (): Promise<void> => {
    if (queued === null) return;
    current = queued.step;
    last = await queued.figures;
    queued = null;
    const bpb = last.skipped ? null : last.loss / Math.LN2;
    const { state, verdict } = guard(progress.guard, bpb);
    progress = { ...progress, guard: state };
    if (bpb !== null) since = { ...since, loss: since.loss + bpb, counted: since.counted + 1 };
    else since = { ...since, skipped: since.skipped + 1 };
    if (verdict !== 'fine')
      throw new RustaError(
        verdict === 'diverging'
          ? `the loss runs away: ${state.smooth?.toFixed(2)} bits per byte, after ${state.best?.toFixed(2)}`
          : `no usable loss for ${state.lost} steps`,
        {
          code: 'diverged',
          op: `step ${progress.step}`,
          hint: 'begin another run from its last checkpoint with lower rates: --from RUN/state.safetensors --config recipe.muon.rate=… --config recipe.adamw.rate=…',
        },
      );
  };

  try {
    while (progress.step < options.steps && !signal.aborted) {
      const started = performance.now();
      current = progress.step + 1;
      rate = rateFactor(progress.step - options.warmFrom, progress.step / options.steps, options.schedule);
      trainee.step(await marks.batch(), rate);
      const figures = trainee.metrics();
      figures.catch(() => {}); // Told when it is awaited, one step later.
      await settle();
      const step = progress.step + 1;
      queued = { step, figures };
      const due = (every: number): boolean => step % every === 0 || step === options.steps;
      const marked = due(options.every.metrics) || due(options.every.validation) || due(options.every.checkpoint);
      if (marked) await settle();
      progress = { ...progress, step, seconds: progress.seconds + (performance.now() - started) / 1000 };
      if (due(options.every.metrics) && last !== null) {
        const now = performance.now();
        await marks.metrics(progress, {
          bpb: since.counted === 0 ? Number.NaN : since.loss / since.counted,
          of: last,
          rate,
          skipped: since.skipped,
          seconds: (now - since.at) / 1000,
          steps: step - since.step,
        });
        since = { at: now, step, loss: 0, counted: 0, skipped: 0 };
      }
      const paused = performance.now();
      if (due(options.every.validation)) await marks.validation(progress);
      if (due(options.every.checkpoint) && step < options.steps) await marks.checkpoint(progress, false);
      // What validation and writing took is no time of training.
      since = { ...since, at: since.at + (performance.now() - paused) };
    }
    await settle();
    await marks.checkpoint(progress, true);
  } catch (error) {
    throw atStep(current, error);
  }
  return { outcome: progress.step >= options.steps ? 'done' : 'interrupted', progress };
}

/** The same error, with the step that it ended. */
function atStep(step: number, error: unknown): unknown {
  if (!(error instanceof RustaError) || error.code === 'diverged') return error;
  const { message, code, hint, expected, got, exit } = error;
  return new RustaError(message, {
    ...{ code, op: `step ${step}`, exit, cause: error },
    ...(hint === undefined ? {} : { hint }),
    ...(expected === undefined ? {} : { expected }),
    ...(got === undefined ? {} : { got }),
  });
}
