// A ByteLM in training on a device: steps, losses, and its whole state in and out. When to do what is the loop's business.
import type { Device } from '../../engine/device.ts';
import { ByteLM, nats } from '../../engine/model/byteLm.ts';
import { type ByteLmConfig, parameterCount } from '../../engine/model/config.ts';
import { trainByteLm } from '../../engine/model/train.ts';
import type { Recipe } from '../../engine/optim/recipe.ts';
import type { StepMetrics, Training } from '../../engine/optim/training.ts';
import type { Tensor } from '../../engine/tensor.ts';
import { RustaError } from '../../schemas/errors.ts';

export interface TraineeOptions {
  readonly config: ByteLmConfig;
  readonly recipe: Recipe;
  /** Windows of a step, over all microbatches. */
  readonly batch: number;
  /** Of the initial weights. */
  readonly seed: number;
}

/** Contents of a tensor of the state. */
export interface Held {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export class Trainee {
  readonly model: ByteLM;
  readonly parameters: number;
  /** Floating-point operations of one step: six for each weight of a matrix and symbol, and those of attention. */
  readonly flopsOfStep: number;
  readonly #device: Device;
  readonly #training: Training;
  readonly #options: TraineeOptions;
  #losses: ReturnType<Trainee['recordLosses']> | null = null;

  /** @throws RustaError where batch and microbatches do not fit, or the device has no room. */
  constructor(device: Device, options: TraineeOptions) {
    const { config, recipe, batch, seed } = options;
    const each = batch / recipe.microbatches;
    if (!Number.isInteger(each))
      throw new RustaError(`${batch} windows cannot be shared by ${recipe.microbatches} microbatches`, {
        code: 'batch-shape',
        op: 'train',
        exit: 'usage',
      });
    this.#device = device;
    this.#options = options;
    this.model = ByteLM.create(device, config, { seed });
    this.parameters = parameterCount(config);
    this.flopsOfStep = batch * config.context * flopsOfSymbol(config);
    this.#training = trainByteLm(this.model, recipe, { sequences: each, length: config.context });
  }

  get device(): string {
    return this.#device.info().device;
  }

  /** Queues a step on batch × (context + 1) symbols, at a share of the full learning rates. */
  step(symbols: Uint8Array, rate: number): void {
    this.#training.step(symbols, rate);
  }

  /** Of the last step queued. @throws RustaError where the device is lost or out of memory. */
  metrics(): Promise<StepMetrics> {
    return this.#training.metrics();
  }

  /** Windows that `losses` takes at once. */
  get windows(): number {
    return this.#options.batch / this.#options.recipe.microbatches;
  }

  /** Nats of each symbol but the first of `windows` windows of context + 1 symbols, row-major; nothing is learned. */
  async losses(symbols: Uint8Array): Promise<Float32Array> {
    this.#losses ??= this.recordLosses();
    const { tokens, program } = this.#losses;
    this.#device.write(tokens, symbols);
    return (await program.run([tokens]).data()) as Float32Array;
  }

  private recordLosses() {
    const { config } = this.#options;
    const type = { dtype: 'u8', shape: [this.windows, config.context + 1] } as const;
    const tokens = this.#device.tensor(new Uint8Array(type.shape[0] * type.shape[1]), type.shape, 'u8');
    const activations = this.#activations();
    const program = this.#device.program(
      (given) => nats(config, this.model.parameters, given, { activations }),
      [type],
    );
    return { tokens, program };
  }

  #activations(): 'f16' | 'f32' {
    return this.#options.recipe.precision === 'mixed' ? 'f16' : 'f32';
  }

  /** Parameters, and what the optimisers keep: all that a resumed run needs. */
  async state(): Promise<ReadonlyMap<string, Held>> {
    const held = new Map<string, Held>();
    for (const [name, tensor] of this.#tensors())
      held.set(name, { shape: tensor.shape, data: (await tensor.data()) as Float32Array });
    return held;
  }

  /**
   * Takes over a state. Parameters must all be there; without the rest the optimisers begin again.
   * @returns whether everything was there.
   * @throws RustaError `state-mismatch`, before anything is changed.
   */
  restore(state: ReadonlyMap<string, Held>): boolean {
    const own = new Map(this.#tensors());
    const optional = new Set(Object.keys(this.#training.state));
    for (const [name, tensor] of own) {
      const shape = state.get(name)?.shape;
      if (shape === undefined ? optional.has(name) : shape.join() === tensor.shape.join()) continue;
      throw new RustaError(
        `'${name}' is ${shape === undefined ? 'missing' : `[${shape}]`}, expected [${tensor.shape}]`,
        {
          code: 'state-mismatch',
          op: 'resume',
          hint: 'the checkpoint belongs to another configuration: resume with the one that it was trained with',
          exit: 'usage',
        },
      );
    }
    let whole = true;
    for (const [name, tensor] of own) {
      const held = state.get(name);
      if (held === undefined) whole = false;
      else this.#device.write(tensor, held.data);
    }
    return whole;
  }

  /** Gives back the programs and their memory; the tensors belong to the scope around. */
  dispose(): void {
    this.#training.dispose();
    this.#losses?.program.dispose();
  }

  #tensors(): readonly (readonly [string, Tensor])[] {
    return [...Object.entries(this.model.parameters), ...Object.entries(this.#training.state)];
  }
}

/** Forward and backward, by the usual count: 6 for each matrix weight, 12 for each key that a head sees and each of its widths. */
function flopsOfSymbol({ width, layers, ffn, context, windows }: ByteLmConfig): number {
  const weights = layers * (4 * width * width + 2 * width * ffn) + 256 * width;
  const seen = windows.reduce<number>(
    (sum, window) => sum + Math.min(window ?? context, context) / (window === null ? 2 : 1),
    0,
  );
  return 6 * weights + 12 * seen * width;
}
