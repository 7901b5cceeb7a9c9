// Fill in the middle: parts of a document in a window are rewritten so that a span of each comes last, after what stands around it
// (Bavarian et al. 2022, "Efficient training of language models to fill in the middle"). The window keeps its length.
import { type InfillOrder, infillEnd, infillPrompt } from '../../engine/model/infill.ts';
import { symbols } from '../../engine/model/symbols.ts';

/** What the stages train on: the middle follows what it goes on from, which all layers see there. */
export const infillOrder: InfillOrder = 'suffix-first';

/** Shorter parts are left as they are: there is nothing around to learn from. */
const shortest = 48;
/** Bytes of a part: near enough for the layers with short windows, and several holes in a window, so that more of it is middles. */
const leastPart = 128;
const mostPart = 640;
/** Share of the parts that stay as they are: what is filled in may go on from a file's text, far beyond its own part. */
const plainParts = 0.4;
/** Share of spans that are whole lines, which is what repairs replace; the others start and end anywhere. */
const wholeLines = 0.7;
/** Most lines, and most bytes, of a span. */
const mostLines = 8;
const mostBytes = 240;
/** Symbols that a hole adds: three, and the one that ends its middle. */
const added = 4;

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

/**
 * Rewrites the longest document of `window` in place, part by part; the bytes at its end make room for the symbols. `random`
 * gives numbers in [0, 1). Says how many holes it made.
 */
export function infill(window: Uint8Array, random: () => number): number {
  const { start, end } = longestPart(window);
  const text = window.slice(start, end);
  let holes = 0;
  let from = 0;
  let at = start;
  const put = (source: Uint8Array): void => {
    window.set(source, at);
    at += source.length;
  };
  while (end - at >= shortest + added) {
    const room = end - at - added;
    const length = Math.min(room, leastPart + Math.floor(random() * (mostPart - leastPart)));
    // What would be left too short for another hole is part of this one.
    const to = wholeCharacters(text, from + (room - length < shortest + added ? room : length));
    const part = text.subarray(from, to);
    from = to;
    const [first, last] = random() < wholeLines ? lines(part, random) : bytes(part, random);
    if (last <= first || random() < plainParts) {
      put(part);
      continue;
    }
    put(infillPrompt(part.subarray(0, first), part.subarray(last), infillOrder));
    put(part.subarray(first, last));
    put(Uint8Array.of(infillEnd));
    holes += 1;
  }
  // What no hole was made in goes on as it was.
  if (holes > 0) put(text.subarray(from, from + end - at));
  return holes;
}

function lines(part: Uint8Array, random: () => number): readonly [number, number] {
  const starts = [0];
  for (const [at, byte] of part.entries()) if (byte === 0x0a && at + 1 < part.length) starts.push(at + 1);
  const first = Math.floor(random() * starts.length);
  let count = 1;
  while (count < mostLines && random() < 0.5) count += 1;
  let from = starts[first] as number;
  const next = starts[first + count];
  // The indentation stays before the hole and the line break after it: what is asked for is a line's own text.
  const to = next === undefined ? part.length : next - 1;
  while (from < to && (part[from] === 0x20 || part[from] === 0x09)) from += 1;
  return [from, to];
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

/** The start of the character at a place. */
function wholeCharacters(text: Uint8Array, at: number): number {
  let place = Math.min(at, text.length);
  while (place > 0 && place < text.length && inCharacter(text[place])) place -= 1;
  return place;
}

function inCharacter(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
