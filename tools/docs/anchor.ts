// Anchors: a span of a text cited by content, and found again after the text was edited, moved or indexed anew. Pure. Which
// texts there are is the caller's business; memory/anchors.ts keeps what was shown.
import { sha256, shortHash } from '../../schemas/hash.ts';
import type { Anchor } from '../../schemas/types.ts';

/** Words before and after a span that tell it from an equal one. */
const wordsAround = 3;

export interface Cited {
  readonly kind: Anchor['kind'];
  readonly title: readonly string[];
  /** Path of the page or file. */
  readonly source: string;
  readonly text: string;
  /** Span in `text`, UTF-16 units. */
  readonly from: number;
  readonly to: number;
  /** The text's sha256 where it is known already. */
  readonly sha256?: string;
}

export function makeAnchor({ kind, title, source, text, from, to, sha256: known }: Cited): Anchor {
  const span = text.slice(from, to);
  const start = Buffer.byteLength(text.slice(0, from));
  const end = start + Buffer.byteLength(span);
  const sha = known ?? sha256(text);
  const words = wordsOf(span).length;
  return {
    v: 1,
    id: shortHash(kind, sha, `${start}`, `${end}`),
    kind,
    title: [...title],
    source,
    sha256: sha,
    start,
    end,
    span_sha256: spanHash(span),
    ...(words === 0 ? {} : { words, around: around(text, from, to) }),
  };
}

export type Resolved =
  /** The very bytes; in a text that is as it was, or at another place of one that changed. */
  | { readonly state: 'same' | 'moved'; readonly text: string; readonly start: number; readonly end: number }
  | { readonly state: 'lost'; readonly why: string };

/** The span of `anchor` in `text`, which may have changed since. Never a span of other words. */
export function resolveAnchor(anchor: Anchor, text: string): Resolved {
  if (sha256(text) === anchor.sha256) {
    const bytes = Buffer.from(text).subarray(anchor.start, anchor.end).toString('utf8');
    if (spanHash(bytes) === anchor.span_sha256)
      return { state: 'same', text: bytes, start: anchor.start, end: anchor.end };
    return { state: 'lost', why: 'the anchor contradicts itself: its span is not what its hash says' };
  }
  const { words } = anchor;
  if (words === undefined)
    return { state: 'lost', why: 'the text changed, and the anchor does not say how long its span is' };
  const all = wordsOf(text);
  const found: { readonly from: number; readonly to: number }[] = [];
  for (let at = 0; at + words <= all.length; at += 1) {
    const window = all.slice(at, at + words);
    if (sha256(window.map((word) => word.text).join(' ')) !== anchor.span_sha256) continue;
    found.push({ from: (window[0] as Word).at, to: (window.at(-1) as Word).at + (window.at(-1) as Word).text.length });
  }
  if (found.length === 0) return { state: 'lost', why: 'its words are no longer there' };
  const same = found.filter(({ from, to }) => around(text, from, to) === anchor.around);
  const one = found.length === 1 ? found[0] : same.length === 1 ? same[0] : undefined;
  if (one === undefined)
    return { state: 'lost', why: `its words stand at ${found.length} places, and none is plainly the one` };
  const span = text.slice(one.from, one.to);
  const start = Buffer.byteLength(text.slice(0, one.from));
  return { state: 'moved', text: span, start, end: start + Buffer.byteLength(span) };
}

/** Hash of a span with white space runs folded to one space. */
export function spanHash(span: string): string {
  return sha256(span.replace(/\s+/g, ' ').trim());
}

interface Word {
  readonly text: string;
  readonly at: number;
}

function wordsOf(text: string): Word[] {
  return [...text.matchAll(/\S+/g)].map((found) => ({ text: found[0], at: found.index }));
}

function around(text: string, from: number, to: number): string {
  return shortHash(wordsBefore(text, from).join(' '), wordsAfter(text, to).join(' '));
}

/** The last words before `at`, a part of one included; of a long text only its end is looked at. */
function wordsBefore(text: string, at: number): readonly string[] {
  for (let reach = 200; ; reach *= 4) {
    const start = Math.max(0, at - reach);
    const words = text.slice(start, at).match(/\S+/g) ?? [];
    // The first word of the piece may be cut.
    if (start === 0 || words.length > wordsAround) return words.slice(-wordsAround);
  }
}

function wordsAfter(text: string, at: number): readonly string[] {
  for (let reach = 200; ; reach *= 4) {
    const end = Math.min(text.length, at + reach);
    const words = text.slice(at, end).match(/\S+/g) ?? [];
    if (end === text.length || words.length > wordsAround) return words.slice(0, wordsAround);
  }
}
