// Fill in the middle: a document's part in a window is rewritten so that a span of it comes last, after what stands around it
// (Bavarian et al. 2022, "Efficient training of language models to fill in the middle"). The window keeps its length.
import { symbols } from '../../engine/model/symbols.ts';

/** Shorter parts are left as they are: there is nothing around to learn from. */
const shortest = 48;
/** Share of spans that are whole lines, which is what repairs replace; the others start and end anywhere. */
const wholeLines = 0.6;
/** Most lines, and most bytes, of a span. */
const mostLines = 8;
const mostBytes = 240;

/** The longest stretch of a window that belongs to one document: its bytes, without the symbol before. */
export function longestPart(window: Uint8Array): { readonly start: number; readonly end: number } {
  let best = { start: 0, end: 0 };
  let start = 0;
  for (let at = 0; at <= window.length; at += 1) {
    if (at < window.length && window[at] !== symbols.document) continue;
    if (at - start > best.end - best.start) best = { start, end: at };
    start = at + 1;
  }
  return best;
}

/** Rewrites `window` in place; `random` gives numbers in [0, 1). Says whether it did. */
export function infill(window: Uint8Array, random: () => number): boolean {
  const { start, end: whole } = longestPart(window);
  // Room for the three symbols and for the document symbol that ends the middle where the part ends with the window.
  const added = whole === window.length ? 4 : 3;
  const end = whole - added;
  if (end - start < shortest) return false;
  const part = window.slice(start, end);
  const [from, to] = random() < wholeLines ? lines(part, random) : bytes(part, random);
  if (to <= from) return false;

  let at = start;
  const put = (source: Uint8Array) => {
    window.set(source, at);
    at += source.length;
  };
  put(Uint8Array.of(symbols.prefix));
  put(part.subarray(0, from));
  put(Uint8Array.of(symbols.suffix));
  put(part.subarray(to));
  put(Uint8Array.of(symbols.middle));
  put(part.subarray(from, to));
  if (added === 4) put(Uint8Array.of(symbols.document));
  return true;
}

function lines(part: Uint8Array, random: () => number): readonly [number, number] {
  const starts = [0];
  for (const [at, byte] of part.entries()) if (byte === 0x0a && at + 1 < part.length) starts.push(at + 1);
  const first = Math.floor(random() * starts.length);
  let count = 1;
  while (count < mostLines && random() < 0.5) count += 1;
  const from = starts[first] as number;
  const next = starts[first + count];
  // The line break stays with what follows, so that the middle ends where a line does.
  return [from, next === undefined ? part.length : next - 1];
}

function bytes(part: Uint8Array, random: () => number): readonly [number, number] {
  const length = Math.min(part.length >> 1, Math.floor(mostBytes ** random()));
  let from = Math.floor(random() * (part.length - length));
  let to = from + length;
  // A cut inside a character would teach bytes that are no UTF-8.
  while (from > 0 && inCharacter(part[from])) from -= 1;
  while (to < part.length && inCharacter(part[to])) to += 1;
  return [from, to];
}

function inCharacter(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
