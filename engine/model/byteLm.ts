// ByteLM: a decoder-only transformer over bytes. Parameters are stacked over the layers; the forward pass is a function of
// them, so that training, evaluation and gradients record the same one. Serving in int8 is quant/'s work.
import { RustaError } from '../../schemas/errors.ts';
import type { Device } from '../device.ts';
import type { DType } from '../dtype.ts';
import { denseInitial, type Initial, initialise } from '../nn/init.ts';
import { block } from '../nn/layers.ts';
import {
  add,
  at,
  cast,
  crossEntropy,
  embedding,
  hashEmbedding,
  matmul,
  mean,
  reshape,
  rmsNorm,
  slice,
} from '../ops/functions.ts';
import { checkpoint } from '../program/gradients.ts';
import { type Shape, sameShape, written } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { type ByteLmConfig, checkConfig, type ParameterName, shapesOf } from './config.ts';

/** By name; `hash` only where the configuration has tables. */
export type Parameters = { readonly [N in Exclude<ParameterName, 'hash'>]: Tensor } & { readonly hash?: Tensor };

export interface ForwardOptions {
  /** Of activations and of the inputs of matrix products. Statistics, sums and logits stay in f32. */
  readonly activations?: 'f32' | 'f16';
  /** Computes the blocks again in the backward pass rather than keeping what is inside them. */
  readonly recompute?: boolean;
}

/** ids u8|i32[B,T] -> logits f32[B*T,256], before the soft cap. */
export function logits(
  config: ByteLmConfig,
  parameters: Parameters,
  ids: Tensor,
  { activations, recompute = false }: ForwardOptions = {},
): Tensor {
  const { heads, ropeBase, normEps, hash, layers, windows, width } = config;
  const own = parameters.embed.dtype;
  const dtype: DType = activations === 'f16' && own === 'f32' ? 'f16' : own;
  const embedded = embedding(parameters.embed, ids);
  const grams = hash === null ? null : hashEmbedding(parameters.hash as Tensor, ids, hash.orders);
  const x0 = cast(rmsNorm(grams === null ? embedded : add(embedded, grams), normEps), dtype);
  const [qkv, out, up, down] = (['qkv', 'out', 'up', 'down'] as const).map((name) => cast(parameters[name], dtype)) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];
  const run = recompute ? checkpoint(block) : block;
  let x = x0;
  for (let layer = 0; layer < layers; layer += 1) {
    const weights = {
      qkv: at(qkv, layer),
      out: at(out, layer),
      up: at(up, layer),
      down: at(down, layer),
      mix: at(parameters.mix, layer),
    };
    x = run(x, x0, weights, { heads, window: windows[layer] as number | null, ropeBase, normEps });
  }
  const last = reshape(rmsNorm(x, normEps), [-1, width]);
  return matmul(last, cast(parameters.head, dtype), { transB: true, out: own === 'f64' ? 'f64' : 'f32' });
}

/** tokens u8|i32[B,T+1] -> nats of each of the last T, f32[B*T]. A token of -1 is no target, and no text. */
export function nats(
  config: ByteLmConfig,
  parameters: Parameters,
  tokens: Tensor,
  options: ForwardOptions = {},
): Tensor {
  const [, length] = tokens.shape as readonly [number, number];
  const targets = reshape(cast(slice(tokens, 1, 1, length - 1), 'i32'), [-1]);
  return crossEntropy(logits(config, parameters, slice(tokens, 1, 0, length - 1), options), targets, config.logitCap);
}

/** The mean of `nats`, f32[]. */
export function loss(
  config: ByteLmConfig,
  parameters: Parameters,
  tokens: Tensor,
  options: ForwardOptions = {},
): Tensor {
  return mean(nats(config, parameters, tokens, options));
}

function initialOf(name: ParameterName, { width }: ByteLmConfig): Initial {
  switch (name) {
    case 'embed':
    case 'hash':
      return { kind: 'normal', std: 0.02 };
    case 'qkv':
    case 'up':
      return denseInitial(width);
    case 'mix':
      return { kind: 'values', values: [1, 0] };
    default:
      return { kind: 'zeros' };
  }
}

export interface CreateOptions {
  /** Of the initial values, up to 2^53. */
  readonly seed?: number;
  /** f64 on the reference backend alone. */
  readonly dtype?: 'f32' | 'f64';
}

export class ByteLM {
  readonly device: Device;
  readonly config: ByteLmConfig;
  readonly parameters: Parameters;

  /** @throws RustaError `config-mismatch` where parameters are missing, too many, or of another shape. */
  constructor(device: Device, config: ByteLmConfig, parameters: Readonly<Record<string, Tensor>>) {
    this.device = device;
    this.config = checkConfig(config, 'ByteLM');
    checkShapes(config, new Map(Object.entries(parameters).map(([name, { shape }]) => [name, shape])), 'ByteLM');
    this.parameters = parameters as unknown as Parameters;
  }

  /** A model with fresh weights: the same for one seed wherever it is made. */
  static create(device: Device, config: ByteLmConfig, { seed = 0, dtype = 'f32' }: CreateOptions = {}): ByteLM {
    const shapes = [...shapesOf(checkConfig(config, 'ByteLM')).entries()];
    const parameters = shapes.map(
      ([name, shape], stream) =>
        [name, initialise(device, shape, initialOf(name, config), seed, stream, dtype)] as const,
    );
    return new ByteLM(device, config, Object.fromEntries(parameters));
  }

  /** ids u8|i32[B,T] -> f32[B*T,256]. */
  logits(ids: Tensor, options: ForwardOptions = {}): Tensor {
    return logits(this.config, this.parameters, ids, options);
  }

  /** tokens u8|i32[B,T+1] -> nats a byte, f32[]. */
  loss(tokens: Tensor, options: ForwardOptions = {}): Tensor {
    return loss(this.config, this.parameters, tokens, options);
  }
}

/**
 * Compares names and shapes with the configuration.
 * @throws RustaError `config-mismatch`, naming the first parameter that does not fit.
 */
export function checkShapes(config: ByteLmConfig, shapes: ReadonlyMap<string, Shape>, from: string): void {
  const expected: ReadonlyMap<string, Shape> = shapesOf(config);
  const refuse = (message: string, detail: { expected: string; got: string }): never => {
    throw new RustaError(`${from}: ${message}`, {
      code: 'config-mismatch',
      op: 'fit the parameters to the configuration',
      hint: 'the configuration belongs to another model than the tensors',
      ...detail,
    });
  };
  const names = `[${[...expected.keys()].join(', ')}]`;
  const extra = [...shapes.keys()].find((name) => !expected.has(name));
  if (extra !== undefined) refuse(`the parameter '${extra}' is not of this model`, { expected: names, got: extra });
  for (const [name, shape] of expected) {
    const got = shapes.get(name);
    const want = written({ dtype: 'f32', shape });
    if (got === undefined) refuse(`the parameter '${name}' is missing`, { expected: want, got: 'nothing' });
    else if (!sameShape(got, shape)) {
      const has = written({ dtype: 'f32', shape: got });
      refuse(`'${name}' is ${has}, the configuration says ${want}`, { expected: want, got: has });
    }
  }
}
