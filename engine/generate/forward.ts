// One pass of a quantised ByteLM over new positions, on the cache: recorded for a number of sequences and of positions.
import type { Device } from '../device.ts';
import type { ByteLmConfig } from '../model/config.ts';
import {
  add,
  affine,
  attentionCached,
  cast,
  embedding,
  hashEmbedding,
  kvAppend,
  linearInt8,
  linearInt8Weights,
  mix,
  mul,
  normRope,
  relu2,
  reshape,
  rmsNorm,
  slice,
  split,
  tanh,
} from '../ops/functions.ts';
import { blockLength } from '../ops/quantised.ts';
import type { QuantisedByteLM, QuantisedName } from '../quant/model.ts';
import { type Quantised, restored } from '../quant/rows.ts';
import { lastOf, rowsOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import type { Layout } from './sequences.ts';

/** A layer's weights i8[M,K] and f32[M], and what its input is taken as. */
interface Dense {
  readonly weights: Tensor;
  readonly scales: Tensor;
  readonly activations: 'int8' | 'float';
}

interface Layer {
  readonly qkv: Dense;
  readonly out: Dense;
  readonly up: Dense;
  readonly down: Dense;
  readonly mix: Tensor;
  /** Number of its pool, and i8 or f16 [blocks,64,D] and f32[blocks,64,H] of keys and of values in it. */
  readonly pool: number;
  readonly keys: Cache;
  readonly values: Cache;
}

export interface Cache {
  readonly steps: Tensor;
  readonly scales: Tensor;
}

/** What lives on the device while a model is served. */
export interface Loaded {
  readonly config: ByteLmConfig;
  readonly embed: Tensor;
  readonly hash: Tensor | null;
  readonly layers: readonly Layer[];
  readonly head: Dense;
}

/** Bytes of text before the first new one that n-grams reach back to. */
export function reachOf({ hash }: Pick<ByteLmConfig, 'hash'>): number {
  return hash === null ? 0 : Math.max(...hash.orders) - 1;
}

/** @param pools of windows that layers have, in the order of `layouts`. */
export function load(
  device: Device,
  { config, tensors, mix }: QuantisedByteLM,
  layouts: readonly Layout[],
  { cacheBits, activations }: { readonly cacheBits: 8 | 16; readonly activations: 'int8' | 'float' },
): Loaded {
  const of = (name: QuantisedName): Quantised => tensors.get(name) as Quantised;
  const table = (name: QuantisedName): Tensor => tableOf(device, of(name));
  // Positions that were not appended are never seen.
  const cache = (blocks: number): Cache => ({
    steps: device.empty([blocks, blockLength, config.width], cacheBits === 8 ? 'i8' : 'f16'),
    scales: device.empty([blocks, blockLength, config.heads]),
  });
  const layers = config.windows.map((window, layer): Layer => {
    const pool = layouts.findIndex((layout) => layout.window === window);
    const { blocks } = layouts[pool] as Layout;
    const part = (name: QuantisedName) => ({ ...dense(device, of(name), layer), activations });
    return {
      qkv: part('qkv'),
      out: part('out'),
      up: part('up'),
      down: part('down'),
      mix: device.tensor(mix.slice(2 * layer, 2 * layer + 2), [2]),
      pool,
      keys: cache(blocks),
      values: cache(blocks),
    };
  });
  const head = { ...dense(device, of('head'), 0), activations };
  // Last, since they are computed while the caller goes on.
  return { config, layers, head, embed: table('embed'), hash: config.hash === null ? null : table('hash') };
}

/** A table of rows as f32. On WebAssembly its workers make it out of the steps: a quarter of the bytes goes over. */
function tableOf(device: Device, quantised: Quantised): Tensor {
  const { shape, values, scales, group } = quantised;
  if (device.kind !== 'wasm' || group !== lastOf(shape)) return device.tensor(restored(quantised), shape);
  return device.scope(() =>
    mul(cast(device.tensor(values, shape, 'i8'), 'f32'), device.tensor(scales, [...shape.slice(0, -1), 1])),
  );
}

/** Matrix `layer` of a stack [L,M,K], or of one [M,K]. */
function dense(device: Device, { shape, values, scales }: Quantised, layer: number): Pick<Dense, 'weights' | 'scales'> {
  const [rows, columns] = shape.slice(-2) as [number, number];
  const size = rows * columns;
  return {
    weights: device.tensor(values.subarray(layer * size, (layer + 1) * size), [rows, columns], 'i8'),
    scales: device.tensor(scales.subarray(layer * rows, (layer + 1) * rows), [rows]),
  };
}

export interface Positions {
  /** i32[B, reach + T]: the new bytes, and before them those that n-grams reach back to (-1: none). */
  readonly ids: Tensor;
  /** i32[B,T]. */
  readonly positions: Tensor;
  /** For each pool, i32[B,T]: where keys and values go; -1: nowhere. */
  readonly slots: readonly Tensor[];
  /** For each pool, i32[B, blocks of the context]. */
  readonly tables: readonly Tensor[];
  /** i32[N]: rows of B·T whose logits are wanted; null: all. */
  readonly rows: Tensor | null;
}

/** -> logits f32[N,256], soft-capped. Appends keys and values to the caches in place. */
export function forward(loaded: Loaded, { ids, positions, slots, tables, rows }: Positions): Tensor {
  const { config, embed, hash, layers, head } = loaded;
  const { heads, normEps: eps, ropeBase: base, width, logitCap } = config;
  const reach = reachOf(config);
  const length = lastOf(ids.shape) - reach;
  const recent = (x: Tensor): Tensor => slice(x, 1, reach, length);
  const bytes = embedding(embed, recent(ids));
  const grams = hash === null ? null : recent(hashEmbedding(hash, ids, config.hash?.orders ?? []));
  const x0 = rmsNorm(grams === null ? bytes : add(bytes, grams), eps);
  let x = x0;
  for (const [index, layer] of layers.entries()) {
    const slot = slots[layer.pool] as Tensor;
    const mixed = mix(x, x0, layer.mix);
    const [q, k, v] = split(apply(layer.qkv, rmsNorm(mixed, eps)), -1, 3) as readonly [Tensor, Tensor, Tensor];
    const turned = normRope(q, { heads, base, eps }, positions);
    const keys = appended(layer.keys, normRope(k, { heads, base, eps }, positions), slot, heads);
    const values = appended(layer.values, v, slot, heads);
    const seen = attentionCached(
      [turned, keys.steps, keys.scales, values.steps, values.scales, tables[layer.pool] as Tensor, positions],
      {
        heads,
        kvHeads: heads,
        window: config.windows[index] as number | null,
        causal: true,
        scale: 1 / Math.sqrt(width / heads),
      },
    );
    const attended = add(mixed, apply(layer.out, seen));
    x = add(attended, apply(layer.down, relu2(apply(layer.up, rmsNorm(attended, eps)))));
  }
  const flat = reshape(x, [rowsOf(x.shape), width]);
  const z = apply(head, rmsNorm(rows === null ? flat : embedding(flat, rows), eps));
  return logitCap === null ? z : affine(tanh(affine(z, 1 / logitCap, 0)), logitCap, 0);
}

function apply({ weights, scales, activations }: Dense, x: Tensor): Tensor {
  return (activations === 'int8' ? linearInt8 : linearInt8Weights)(x, weights, scales);
}

function appended({ steps, scales }: Cache, x: Tensor, slots: Tensor, heads: number): Cache {
  const [nextSteps, nextScales] = kvAppend(steps, scales, x, slots, heads);
  steps.context.assign(steps, nextSteps);
  scales.context.assign(scales, nextScales);
  return { steps: nextSteps, scales: nextScales };
}
