// How a text with a hole is written for a model: which of prefix and suffix comes first is what it was trained on, and stands in its
// provenance (`infill`). What is learned from which texts is the trainer's.
import { symbols } from './symbols.ts';

/**
 * `prefix-first`: PSM of Bavarian et al. 2022; `suffix-first`: their SPM, in which what is written goes on from the prefix at once.
 */
export type InfillOrder = 'prefix-first' | 'suffix-first';

/** Of a model that does not tell. */
export const firstOrder: InfillOrder = 'prefix-first';

/** Ends what is written into a hole. */
export const infillEnd: number = symbols.document;

/** -> what the model reads before it writes. */
export function infillPrompt(prefix: Uint8Array, suffix: Uint8Array, order: InfillOrder): Uint8Array {
  const before = [symbols.prefix, ...prefix];
  const after = [symbols.suffix, ...suffix];
  return Uint8Array.from([
    ...(order === 'prefix-first' ? [...before, ...after] : [...after, ...before]),
    symbols.middle,
  ]);
}

/** What a checkpoint's provenance says. */
export function infillOrderOf(provenance: { readonly [name: string]: unknown }): InfillOrder {
  return provenance.infill === 'suffix-first' ? 'suffix-first' : firstOrder;
}
