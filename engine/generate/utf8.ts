// Which bytes may follow so that text stays valid UTF-8 (RFC 3629, section 4), as a state of a few numbers.

/** What is missing of a character: how many bytes, and the range of the next one. */
export interface Utf8State {
  readonly missing: number;
  readonly low: number;
  readonly high: number;
}

export const between: Utf8State = { missing: 0, low: 0, high: 0 };

/** Length of the character that a byte begins; 0 for one that begins none. */
export function characterLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

/** The state after a byte; null where it is not valid there. */
export function follow({ missing, low, high }: Utf8State, byte: number): Utf8State | null {
  if (missing > 0) return byte >= low && byte <= high ? { missing: missing - 1, low: 0x80, high: 0xbf } : null;
  const length = characterLength(byte);
  if (length === 0) return null;
  // No overlong forms, no surrogates, nothing beyond U+10FFFF.
  const least = byte === 0xe0 ? 0xa0 : byte === 0xf0 ? 0x90 : 0x80;
  const most = byte === 0xed ? 0x9f : byte === 0xf4 ? 0x8f : 0xbf;
  return { missing: length - 1, low: least, high: most };
}

/** The state at the end of a text that need not be valid: what is missing of its last character, if it is one. */
export function stateAfter(bytes: ArrayLike<number>): Utf8State {
  for (let back = Math.min(4, bytes.length); back >= 1; back -= 1) {
    let state: Utf8State | null = between;
    for (let at = bytes.length - back; at < bytes.length && state !== null; at += 1)
      state = follow(state, bytes[at] as number);
    if (state !== null && state.missing > 0) return state;
  }
  return between;
}

/** 1 for each byte that may follow, such that the character ends within `left` bytes. */
export function allowedAfter(state: Utf8State, left: number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => {
    const next = follow(state, byte);
    return next !== null && next.missing < left ? 1 : 0;
  });
}
