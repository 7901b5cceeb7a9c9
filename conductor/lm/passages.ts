// What a model is shown of candidates that are compared: the text before their place once, then for each what would stand there,
// and what stands there now. Pure; the numbers are bounds on what scoring costs.
import { symbols } from '../../engine/model/symbols.ts';
import type { Diagnostic } from '../../schemas/types.ts';
import type { SourceFile } from '../../tools/index/source.ts';
import type { Candidate, RankContext } from '../types.ts';
import type { Passage } from './messages.ts';

/** Bytes before the place that the model reads. */
const promptBytes = 192;
/** Bytes of the text as it is that are compared from the first edit on; edits behind them are not looked at. */
const windowBytes = 48;
/** A candidate that writes more than this is not compared, bytes. */
const mostWritten = 160;
/** Bytes of the error's message that are read before the line: as a comment, which is how code speaks of itself. */
const messageBytes = 100;

/** What candidates of one place would put there. */
export interface Comparison extends Passage {
  /** Whose text is which. */
  readonly candidates: readonly Candidate[];
  /** What stands there now: what gains in different places are measured from. */
  readonly original: Uint8Array;
}

/** Candidates that edit one file, by the line of their first edit. */
export function comparisons(candidates: readonly Candidate[], context: RankContext): readonly Comparison[] {
  const places = new Map<string, { source: SourceFile; bytes: Buffer; candidates: Candidate[] }>();
  for (const candidate of candidates) {
    const [first] = candidate.edits;
    const source = first === undefined ? null : context.source(first.file);
    if (first === undefined || source === null || candidate.edits.some(({ file }) => file !== first.file)) continue;
    const bytes = Buffer.from(source.text);
    const key = `${first.file}:${lineStart(bytes, first.start)}`;
    const place = places.get(key) ?? { source, bytes, candidates: [] };
    place.candidates.push(candidate);
    places.set(key, place);
  }
  return [...places.values()].flatMap(({ bytes, candidates: here }) => {
    const start = Math.min(...here.map(({ edits }) => edits[0]?.start ?? 0));
    const end = windowEnd(bytes, start, here);
    const shown = here
      .map((candidate) => ({ candidate, text: patched(bytes, candidate, start, end) }))
      .filter(({ text }) => text.length > 0 && text.length <= mostWritten);
    if (shown.length === 0 || end === start) return [];
    return {
      prompt: promptBefore(bytes, start, context.diagnostic),
      texts: shown.map(({ text }) => text),
      original: bytes.subarray(start, end),
      candidates: shown.map(({ candidate }) => candidate),
    };
  });
}

/** The end of the line after the last edit that is near enough. */
function windowEnd(bytes: Buffer, start: number, candidates: readonly Candidate[]): number {
  const most = Math.min(bytes.length, start + windowBytes);
  const ends = candidates.flatMap(({ edits }) => edits.map(({ end }) => end)).filter((end) => end <= most);
  const last = Math.max(start, ...ends);
  const line = lineEnd(bytes, last);
  return Math.min(most, lineEnd(bytes, Math.min(bytes.length, line + 1)) + 1);
}

function patched(bytes: Buffer, { edits }: Candidate, start: number, end: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = start;
  for (const edit of [...edits].sort((a, b) => a.start - b.start)) {
    if (edit.start < at || edit.end > end) continue;
    parts.push(bytes.subarray(at, edit.start), Buffer.from(edit.text));
    at = edit.end;
  }
  return Buffer.concat([...parts, bytes.subarray(at, end)]);
}

/** The text before, from the start of a line on, with the error's message as a comment above the line of the place. */
function promptBefore(bytes: Buffer, start: number, { message }: Diagnostic): Uint8Array {
  const line = lineStart(bytes, start);
  const indent = /^[ \t]*/.exec(bytes.toString('latin1', line, start))?.[0] ?? '';
  const first = message.split('\n')[0] ?? '';
  const comment = Buffer.from(`${indent}// ${Buffer.from(first).subarray(0, messageBytes).toString('utf8')}\n`);
  const from = start - promptBytes;
  const whole = from <= 0;
  const next = whole ? 0 : bytes.indexOf(0x0a, from) + 1;
  const cut = whole ? 0 : next > 0 && next <= line ? next : Math.min(from, line);
  const begin = whole ? [symbols.document] : [];
  return Uint8Array.from([
    ...begin,
    ...bytes.subarray(cut, line),
    ...comment,
    ...bytes.subarray(Math.max(line, from), start),
  ]);
}

function lineStart(bytes: Buffer, at: number): number {
  return at === 0 ? 0 : bytes.lastIndexOf(0x0a, at - 1) + 1;
}

/** Index of the line break that ends the line of `at`; the end of the text where there is none. */
function lineEnd(bytes: Buffer, at: number): number {
  const found = bytes.indexOf(0x0a, at);
  return found < 0 ? bytes.length : found;
}
