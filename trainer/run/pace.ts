// How many steps a number of minutes holds: a few are timed on the device, and thrown away.
import type { Device } from '../../engine/device.ts';
import { RustaError } from '../../schemas/errors.ts';
import type { Stage, StageSize } from '../stages/stage.ts';
import { Trainee } from './trainee.ts';

/** Steps that are not counted: kernels are compiled, caches filled. */
const untimed = 2;
/** Long enough to time, ms, and steps at most. */
const longEnough = 3000;
const mostTimed = 20;

/** @throws RustaError `usage` for minutes that are no number above 0. */
export async function stepsIn(minutes: number, device: Device, stage: Stage, size: StageSize): Promise<number> {
  if (!(minutes > 0 && minutes < 100_000))
    throw new RustaError(`--minutes should be a number above 0, found ${minutes}`, {
      code: 'usage',
      op: 'run',
      exit: 'usage',
    });
  const each = await device.scope(() => timedStep(device, stage, size));
  return Math.max(1, Math.round((minutes * 60_000) / each));
}

/** ms. */
async function timedStep(
  device: Device,
  { seed }: Stage,
  { model: config, recipe, batch }: StageSize,
): Promise<number> {
  const trainee = await Trainee.open(device, { config, recipe, batch, seed });
  const symbols = new Uint8Array(batch * (config.context + 1)).map((_, index) => 97 + ((index * 7) % 26));
  let started = 0;
  let timed = 0;
  for (let step = 0; step < untimed + mostTimed; step += 1) {
    trainee.step(symbols, 0);
    await trainee.metrics();
    if (step + 1 === untimed) started = performance.now();
    if (step >= untimed) timed += 1;
    if (timed > 0 && performance.now() - started > longEnough) break;
  }
  const each = (performance.now() - started) / timed;
  trainee.dispose();
  return each;
}
