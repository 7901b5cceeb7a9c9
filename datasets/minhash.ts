// Near duplicates by minhash: signatures of a text's lines, and an index of those seen. Pure.
// Broder, "On the resemblance and containment of documents" (1997); one permutation with bins: Li, Owen, Zhang (2012).

/** Bins of a signature; with 64 the standard error of an estimated likeness is about 0.06. */
const bins = 64;
/** 16 bands of 4 bins find a pair of likeness 0.8 with probability 0.9998, one of 0.3 with 0.12. */
const bands = 16;
const rows = bins / bands;
/** Estimated share of common lines from which two texts are the same. */
export const nearShare = 0.7;

/** A signature, u32[64]. Lines count once; those without three letters or digits do not. */
export function signatureOf(text: string): Uint32Array {
  const least = new Uint32Array(bins).fill(0xffffffff);
  let any = false;
  for (const line of text.split('\n')) {
    const hash = lineHash(line);
    if (hash === null) continue;
    any = true;
    const bin = hash & (bins - 1);
    const value = hash >>> 6;
    if (value < (least[bin] as number)) least[bin] = value;
  }
  if (!any) return least;
  // An empty bin takes the value of the next one that is not, so that short texts compare too.
  const dense = new Uint32Array(least);
  for (let bin = 0; bin < bins; bin += 1) {
    let step = 0;
    while (dense[bin] === 0xffffffff) {
      step += 1;
      const other = least[(bin + step) % bins] as number;
      if (other !== 0xffffffff) dense[bin] = (other + step * 0x9e3779b1) >>> 0;
    }
  }
  return dense;
}

/** FNV-1a over a line without its white space, mixed; null for a line that says nothing. */
function lineHash(line: string): number | null {
  let hash = 0x811c9dc5;
  let words = 0;
  for (let at = 0; at < line.length; at += 1) {
    const code = line.charCodeAt(at);
    if (code <= 32) continue;
    if ((code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122)) words += 1;
    hash = Math.imul(hash ^ code, 0x01000193);
  }
  if (words < 3) return null;
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Estimated share of common lines, 0 to 1. */
export function likeness(a: Uint32Array, b: Uint32Array): number {
  let same = 0;
  for (let bin = 0; bin < bins; bin += 1) if (a[bin] === b[bin]) same += 1;
  return same / bins;
}

/** Texts seen so far. */
export class NearIndex {
  readonly #signatures: Uint32Array[] = [];
  readonly #buckets = new Map<string, number[]>();

  /** Takes a signature in, unless one like it is there: then its number is returned, else null. */
  add(signature: Uint32Array): number | null {
    const keys = Array.from(
      { length: bands },
      (_, band) => `${band}:${signature.subarray(band * rows, (band + 1) * rows).join()}`,
    );
    const looked = new Set<number>();
    for (const key of keys) {
      for (const other of this.#buckets.get(key) ?? []) {
        if (looked.has(other)) continue;
        looked.add(other);
        if (likeness(signature, this.#signatures[other] as Uint32Array) >= nearShare) return other;
      }
    }
    const number = this.#signatures.push(signature) - 1;
    for (const key of keys) {
      const bucket = this.#buckets.get(key);
      if (bucket === undefined) this.#buckets.set(key, [number]);
      else if (bucket.length < 64) bucket.push(number);
    }
    return null;
  }
}
