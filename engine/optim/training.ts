// A training step as one program: forward, backward, loss scale, clipping and the optimisers' updates. Whatever a step
// decides, it decides on the device: nothing is read back. Batches, schedule and files are the caller's.
import { RustaError } from '../../schemas/errors.ts';
import type { Compiled } from '../compiled.ts';
import type { Device } from '../device.ts';
import {
  adamw,
  add,
  affine,
  at,
  concat,
  div,
  exp,
  fill,
  fillLike,
  finite,
  less,
  maximum,
  minimum,
  mul,
  reciprocal,
  reshape,
  sqrt,
  sumSquares,
  where,
} from '../ops/functions.ts';
import { microbatches } from '../program/accumulate.ts';
import { gradients } from '../program/gradients.ts';
import type { TensorType } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { muon } from './muon.ts';
import { checkRecipe, type Recipe } from './recipe.ts';

export interface TrainingOptions {
  readonly parameters: Readonly<Record<string, Tensor>>;
  /** Names of the parameters, stacks of matrices [L, out, in], that Muon takes where the recipe has it. */
  readonly matrices: readonly string[];
  /** Records the loss, f32[], of one microbatch. */
  readonly loss: (batch: Tensor) => Tensor;
  /** Of one microbatch: u8 or i32 tokens [B,T+1], say. A step takes `microbatches` of them, one after the other. */
  readonly batch: TensorType;
  readonly recipe: Recipe;
}

export interface StepMetrics {
  /** Mean over the microbatches: nats a byte. */
  readonly loss: number;
  /** Global norm of the gradients before clipping. */
  readonly gradientNorm: number;
  readonly lossScale: number;
  /** Gradients were not finite: nothing was changed but the loss scale. */
  readonly skipped: boolean;
}

/** State beside the parameters that a resumed run needs, by name: moments, counters, loss scale. */
export type TrainingState = Readonly<Record<string, Tensor>>;

/** No scale grows beyond this: f32 still holds the square of any gradient that f16 could. */
const largestScale = 2 ** 24;

export class Training {
  readonly state: TrainingState;
  /** What activations and products are computed in. */
  readonly precision: Recipe['precision'];
  /** What each step is given. */
  readonly inputs: { readonly batch: Tensor; readonly factor: Tensor };
  readonly #device: Device;
  readonly #program: Compiled<[], Tensor>;
  #metrics: Tensor | null = null;

  constructor(device: Device, options: TrainingOptions) {
    const { parameters, batch } = options;
    const recipe = checkRecipe(options.recipe);
    this.#device = device;
    this.precision = recipe.precision;
    const dtype = Object.values(parameters)[0]?.dtype === 'f64' ? 'f64' : 'f32';
    this.state = device.scope(() => stateOf(device, options, dtype));
    this.inputs = {
      batch: fill(device, [recipe.microbatches, ...batch.shape], 0, batch.dtype),
      factor: fill(device, [], 0, dtype),
    };
    this.#program = device.program(() => record(options, this.state, this.inputs), []);
  }

  /** Bytes of intermediate values that a step needs. */
  get arenaBytes(): number {
    return this.#program.arenaBytes;
  }

  /**
   * Queues one step, and returns at once.
   * @param tokens all microbatches, in row-major order.
   * @param factor of the learning rates: schedule.ts.
   */
  step(tokens: Uint8Array | Int32Array, factor: number): void {
    this.#device.write(this.inputs.batch, tokens);
    this.#device.write(this.inputs.factor, Float64Array.of(factor));
    this.#metrics = this.#program.run([]);
  }

  /** What the last step that was queued found. It may be awaited after later steps were queued. */
  async metrics(): Promise<StepMetrics> {
    if (this.#metrics === null) throw new RustaError('no step was taken', { code: 'no-step', op: 'metrics' });
    const [loss, gradientNorm, lossScale, ok] = await this.#metrics.data();
    return {
      loss: loss as number,
      gradientNorm: gradientNorm as number,
      lossScale: lossScale as number,
      skipped: ok === 0,
    };
  }

  /** Frees the program and its memory; parameters and state stay. */
  dispose(): void {
    this.#program.dispose();
  }
}

function isMuons(name: string, { matrices, recipe }: TrainingOptions): boolean {
  return recipe.muon !== null && matrices.includes(name);
}

function stateOf(device: Device, options: TrainingOptions, dtype: 'f32' | 'f64'): TrainingState {
  const { parameters, recipe } = options;
  const state: Record<string, Tensor> = {
    'training.applied': fill(device, [], 0, dtype),
    'training.lossScale': fill(device, [], recipe.precision === 'mixed' ? recipe.lossScale.initial : 1, dtype),
    'training.clean': fill(device, [], 0, dtype),
  };
  for (const [name, { shape }] of Object.entries(parameters)) {
    if (isMuons(name, options)) state[`muon.m.${name}`] = fill(device, shape, 0, dtype);
    else {
      state[`adamw.m.${name}`] = fill(device, shape, 0, dtype);
      state[`adamw.v.${name}`] = fill(device, shape, 0, dtype);
    }
  }
  return state;
}

/** Records the step; -> f[4] of loss, gradient norm, loss scale, and 1 where it was applied. */
function record(options: TrainingOptions, state: TrainingState, { batch, factor }: Training['inputs']): Tensor {
  const { parameters, recipe } = options;
  const names = Object.keys(parameters);
  const held = (name: string): Tensor => state[name] as Tensor;
  const scale = held('training.lossScale');

  const { loss, grads } = backward(options, batch, scale);
  const squares = grads.map(sumSquares).reduce(add);
  // 1 where every gradient is finite, 0 where the step is left out.
  const gate = finite(squares);
  const norm = div(sqrt(squares), scale);
  const clipped =
    recipe.clip === null
      ? reciprocal(scale)
      : div(
          minimum(mul(reciprocal(affine(norm, 1, 1e-6)), fillLike(norm, [], recipe.clip)), fillLike(norm, [], 1)),
          scale,
        );
  const zero = fillLike(gate, [], 0);
  const byGate = where(gate, clipped, zero);

  const applied = add(held('training.applied'), gate);
  const hyper = adamwHyper(recipe, factor, applied, byGate);
  const rate = recipe.muon === null ? null : mul(affine(factor, recipe.muon.rate, 0), gate);
  for (const [index, name] of names.entries()) {
    const p = parameters[name] as Tensor;
    const g = grads[index] as Tensor;
    if (recipe.muon !== null && rate !== null && isMuons(name, options)) {
      const m = held(`muon.m.${name}`);
      const scaled = where(gate, mul(g, byGate), zero);
      const dtype = recipe.precision === 'mixed' ? 'f16' : p.dtype;
      const [nextP, nextM] = muon(p, scaled, m, { ...recipe.muon, rate, gate, dtype });
      assign(p, nextP);
      assign(m, nextM);
    } else {
      const m = held(`adamw.m.${name}`);
      const v = held(`adamw.v.${name}`);
      const [nextP, nextM, nextV] = adamw(p, g, m, v, hyper);
      assign(p, nextP);
      assign(m, nextM);
      assign(v, nextV);
    }
  }
  assign(held('training.applied'), applied);
  if (recipe.precision === 'mixed') rescale(state, recipe, gate);
  return concat(
    [loss, norm, scale, gate].map((each) => reshape(each, [1])),
    0,
  );
}

/** The mean loss over the microbatches, and the gradients of it times `scale`, one for each parameter. */
function backward(
  { parameters, loss, recipe }: TrainingOptions,
  batch: Tensor,
  scale: Tensor,
): { loss: Tensor; grads: readonly Tensor[] } {
  const wrt = Object.values(parameters);
  const parts = microbatches(recipe.microbatches, (part: Tensor): readonly Tensor[] => {
    const own = loss(at(part, 0));
    return [own, ...gradients(mul(own, scale), wrt)];
  });
  const [total, ...grads] = parts(batch) as readonly [Tensor, ...Tensor[]];
  return { loss: total, grads };
}

/** f[8], as the op adamw takes them. */
function adamwHyper(
  { adamw: { rate, beta1, beta2, eps, decay } }: Recipe,
  factor: Tensor,
  applied: Tensor,
  gate: Tensor,
) {
  const constant = (value: number): Tensor => fillLike(factor, [], value);
  /** 1 - beta^t. */
  const bias = (beta: number): Tensor =>
    beta === 0 ? constant(1) : affine(exp(affine(applied, Math.log(beta), 0)), -1, 1);
  const parts = [
    affine(factor, rate, 0),
    constant(beta1),
    constant(beta2),
    constant(eps),
    constant(decay),
    bias(beta1),
    bias(beta2),
    gate,
  ];
  return concat(
    parts.map((part) => reshape(part, [1])),
    0,
  );
}

/** Halves the loss scale after an overflow, doubles it after `interval` steps without one. */
function rescale(state: TrainingState, { lossScale: { interval } }: Recipe, gate: Tensor): void {
  const scale = state['training.lossScale'] as Tensor;
  const clean = state['training.clean'] as Tensor;
  const constant = (value: number): Tensor => fillLike(scale, [], value);
  const counted = affine(clean, 1, 1);
  const wait = less(counted, constant(interval));
  const grown = where(wait, scale, minimum(affine(scale, 2, 0), constant(largestScale)));
  const shrunk = maximum(affine(scale, 0.5, 0), constant(1));
  assign(scale, where(gate, grown, shrunk));
  assign(clean, mul(mul(counted, wait), gate));
}

function assign(target: Tensor, value: Tensor): void {
  target.context.assign(target, value);
}
