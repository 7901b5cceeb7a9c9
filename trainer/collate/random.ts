// Randomness that needs no state: numbers and permutations from a key and an index, so that any batch can be made again from
// its number alone. Not the engine's Philox: what it decides never enters a program.

/** A well-mixed u32 of several (MurmurHash3's finaliser over FNV-1a steps). */
export function hash32(...words: readonly number[]): number {
  let h = 0x811c9dc5;
  for (const word of words) {
    h = Math.imul(h ^ (word & 0xffff), 0x01000193);
    h = Math.imul(h ^ (word >>> 16), 0x01000193);
    h ^= h >>> 15;
  }
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A short sequence of numbers in [0, 1) under one key. */
export function sequence(...key: readonly number[]): () => number {
  let count = 0;
  return () => {
    count += 1;
    return hash32(...key, count) / 2 ** 32;
  };
}

/**
 * The place of `index` in a permutation of 0..size-1 chosen by `key`: a Feistel network over the next even number of bits,
 * walked until it lands inside (Black and Rogaway 2002, "cycle walking").
 */
export function permuted(index: number, size: number, key: number): number {
  if (size <= 1) return 0;
  const half = Math.max(1, Math.ceil(Math.log2(size) / 2));
  const mask = 2 ** half - 1;
  let at = index;
  do {
    let left = Math.floor(at / 2 ** half);
    let right = at % 2 ** half;
    for (let round = 0; round < 4; round += 1) {
      const mixed = (left ^ hash32(key, round, right)) & mask;
      left = right;
      right = mixed;
    }
    at = left * 2 ** half + right;
  } while (at >= size);
  return at;
}
