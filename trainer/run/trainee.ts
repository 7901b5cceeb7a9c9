// A ByteLM in training on a device: steps, losses, and its whole state in and out. When to do what is the loop's business.
import type { Compiled } from '../../engine/compiled.ts';
import type { Device } from '../../engine/device.ts';
import { ByteLM, nats } from '../../engine/model/byteLm.ts';
import { type ByteLmConfig, parameterCount } from '../../engine/model/config.ts';
import { trainByteLm } from '../../engine/model/train.ts';
import type { Recipe } from '../../engine/optim/recipe.ts';
import type { StepMetrics, Training } from '../../engine/optim/training.ts';
import type { TensorType } from '../../engine/shape.ts';
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
  /** Parts that a batch is taken in, one after the other: those of the recipe, or as many more as the device's memory asks for. */
  readonly microbatches: number;
  readonly #device: Device;
  readonly #options: TraineeOptions;
  readonly #programs: Programs;

  /**
   * Makes a model, and the programs that train it on the device, with as few microbatches as its memory allows.
   * @throws RustaError where batch and microbatches do not go together, or one window a microbatch does not fit either.
   */
  static async open(device: Device, options: TraineeOptions): Promise<Trainee> {
    const { config, recipe, batch, seed } = options;
    if (!Number.isInteger(batch / recipe.microbatches))
      throw new RustaError(`${batch} windows cannot be shared by ${recipe.microbatches} microbatches`, {
        code: 'batch-shape',
        op: 'train',
        exit: 'usage',
      });
    const model = ByteLM.create(device, config, { seed });
    for (let parts = recipe.microbatches; ; parts += 1) {
      if (batch % parts !== 0) continue;
      try {
        const programs = await device.scope(() => prepare(device, model, options, parts));
        return new Trainee(device, model, programs, options, parts);
      } catch (error) {
        if (parts === batch || !(error instanceof RustaError && error.code === 'out-of-memory')) throw error;
      }
    }
  }

  private constructor(
    device: Device,
    model: ByteLM,
    programs: Programs,
    options: TraineeOptions,
    microbatches: number,
  ) {
    const { config, batch } = options;
    this.#device = device;
    this.#options = options;
    this.#programs = programs;
    this.model = model;
    this.microbatches = microbatches;
    this.parameters = parameterCount(config);
    this.flopsOfStep = batch * config.context * flopsOfSymbol(config);
  }

  get device(): string {
    return this.#device.info().device;
  }

  /** Queues a step on batch × (context + 1) symbols, at a share of the full learning rates. */
  step(symbols: Uint8Array, rate: number): void {
    this.#programs.training.step(symbols, rate);
  }

  /** Of the last step queued. @throws RustaError where the device is lost or out of memory. */
  metrics(): Promise<StepMetrics> {
    return this.#programs.training.metrics();
  }

  /** Windows that `losses` takes at once. */
  get windows(): number {
    return this.#options.batch / this.microbatches;
  }

  /** Bytes that a window holds; with `windows` and `losses` what bitsPerByte asks of a scorer. */
  get context(): number {
    return this.#options.config.context;
  }

  /** Nats of each symbol but the first of `windows` windows of context + 1 symbols, row-major; nothing is learned. */
  async losses(symbols: Uint8Array): Promise<Float32Array> {
    const { tokens, losses: program } = this.#programs;
    this.#device.write(tokens, symbols);
    return (await program.run([tokens]).data()) as Float32Array;
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
    const optional = new Set(Object.keys(this.#programs.training.state));
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
    this.#programs.training.dispose();
    this.#programs.losses.dispose();
  }

  #tensors(): readonly (readonly [string, Tensor])[] {
    return [...Object.entries(this.model.parameters), ...Object.entries(this.#programs.training.state)];
  }
}

/** What a device holds for a trainee beside its weights. */
interface Programs {
  readonly training: Training;
  /** u8[windows, context + 1]: what `losses` is given. */
  readonly tokens: Tensor;
  readonly losses: Compiled<readonly TensorType[], Tensor>;
}

/** @throws RustaError `out-of-memory`, with nothing left on the device but what belongs to the scope around. */
async function prepare(
  device: Device,
  model: ByteLM,
  options: TraineeOptions,
  microbatches: number,
): Promise<Programs> {
  const { config, recipe } = options;
  const windows = options.batch / microbatches;
  const made: { dispose(): void }[] = [];
  try {
    const training = trainByteLm(model, { ...recipe, microbatches }, { sequences: windows, length: config.context });
    made.push(training);
    const type: TensorType = { dtype: 'u8', shape: [windows, config.context + 1] };
    const tokens = device.tensor(new Uint8Array(windows * (config.context + 1)), type.shape, 'u8');
    const activations = recipe.precision === 'mixed' ? 'f16' : 'f32';
    const losses = device.program<readonly TensorType[], Tensor>(
      (given) => nats(config, model.parameters, given as Tensor, { activations }),
      [type],
    );
    made.push(losses);
    // A GPU tells only later that it had no memory.
    await training.inputs.factor.data();
    return { training, tokens, losses };
  } catch (error) {
    for (const each of made) each.dispose();
    // A GPU gives memory back in its turn, behind what was queued before.
    await model.parameters.mix.data().catch(() => {});
    throw error;
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
