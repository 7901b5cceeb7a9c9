// Inputs of tests: fresh from a seed that every failure prints, so that it can be run again with RUSTA_SEED.
import { roundTo } from '../../../engine/contents.ts';
import type { Fill, Ref } from '../../../engine/ops/def.ts';
import { sizeOf, type TensorType } from '../../../engine/shape.ts';

export const seed: number = Number(process.env.RUSTA_SEED ?? Date.now() % 1_000_000_000);

export interface Random {
  /** In [0, 1). */
  next(): number;
  /** Standard normal. */
  normal(): number;
  below(limit: number): number;
}

/** Numbers from a seed and a name, so that one case can be run alone (mulberry32). */
export function randomOf(name: string): Random {
  let state = seed >>> 0;
  for (const letter of name) state = Math.imul(state ^ letter.charCodeAt(0), 0x01000193) >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 15), z | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return { next, normal, below: (limit) => Math.floor(next() * limit) };
}

/** Contents of an input of a case, as its dtype holds them. */
export function filled(type: TensorType & { readonly fill?: Fill }, random: Random): Ref {
  const fill = type.fill ?? { kind: 'normal' };
  const data = new Float64Array(sizeOf(type.shape));
  const values = fill.kind === 'values' ? fill.values : [];
  for (let at = 0; at < data.length; at += 1) {
    if (fill.kind === 'normal') data[at] = random.normal() * (fill.std ?? 1) + (fill.mean ?? 0);
    else if (fill.kind === 'positive') data[at] = 0.1 + 2 * random.next();
    else if (fill.kind === 'ids') data[at] = random.below(fill.below);
    else data[at] = values[at % values.length] as number;
  }
  const whole = type.dtype === 'i8' ? data.map((x) => Math.max(-127, Math.min(127, Math.round(x)))) : data;
  return { type: { dtype: type.dtype, shape: type.shape }, shape: type.shape, data: roundTo(type.dtype, whole) };
}
