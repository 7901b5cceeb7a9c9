// The control symbols of the byte vocabulary: bytes that never occur in valid UTF-8 (RFC 3629, section 3) stand for what is no text.

/** All thirteen of them, ascending: C0, C1 and F5 to FF. */
export const controlSymbols: readonly number[] = [0xc0, 0xc1, ...Array.from({ length: 11 }, (_, i) => 0xf5 + i)];

export const symbols = {
  /** Before each document; so also the end of the one before. */
  document: 0xc0,
  /** Fill in the middle: `prefix` text `suffix` text `middle` text (Bavarian et al. 2022, "PSM" order). */
  prefix: 0xc1,
  suffix: 0xf5,
  middle: 0xf6,
  /** What a text replaced when it takes a control symbol's place by mistake: a byte that was no UTF-8. */
  invalid: 0xf7,
} as const;

export function isControl(byte: number): boolean {
  return byte === 0xc0 || byte === 0xc1 || byte >= 0xf5;
}
