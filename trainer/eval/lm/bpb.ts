// Bits per byte of held-out documents, in windows of the model's context: every byte is predicted once, the first of a document from
// the document symbol. Windows follow one another, or overlap where the stride is less than the context, and then each counts its
// last bytes alone. Boundaries are not counted, neither as bytes nor as bits.
import { isControl } from '../../../engine/model/symbols.ts';
import type { DocumentStream } from '../../collate/stream.ts';

/** Gives nats of each symbol but the first of `windows` windows, row-major. */
export interface Scorer {
  readonly windows: number;
  readonly context: number;
  losses(symbols: Uint8Array): Promise<Float32Array>;
}

export interface BpbFigure {
  /** Bits per byte. */
  readonly bpb: number;
  readonly bytes: number;
}

export interface BpbOptions {
  /** Symbols of the stream at most. */
  readonly limit?: number;
  /** Bytes that a window counts, from 1 to the context; the others of it are what they are predicted from. The context, if not given. */
  readonly stride?: number;
  readonly signal?: AbortSignal;
}

/** @returns null where the signal aborted. */
export async function bitsPerByte(
  stream: DocumentStream,
  scorer: Scorer,
  { limit = Number.POSITIVE_INFINITY, stride = scorer.context, signal }: BpbOptions = {},
): Promise<BpbFigure | null> {
  const { windows, context } = scorer;
  const size = context + 1;
  const end = Math.min(stream.length, limit);
  let nats = 0;
  let bytes = 0;
  const symbols = new Uint8Array(windows * size);
  for (let from = 0; from + 1 < end; from += windows * stride) {
    if (signal?.aborted) return null;
    symbols.fill(0);
    const counted: (readonly [number, number])[] = [];
    for (let row = 0; row < windows; row += 1) {
      const first = from + row * stride;
      const start = Math.max(0, first + stride - context);
      const length = Math.max(0, Math.min(first + stride + 1, end) - start);
      if (length > 1) stream.copy(start, symbols.subarray(row * size, row * size + length));
      counted.push([first - start, length - 1]);
    }
    const losses = await scorer.losses(symbols);
    for (const [row, [first, count]] of counted.entries()) {
      for (let at = first; at < count; at += 1) {
        if (isControl(symbols[row * size + at + 1] as number)) continue;
        nats += losses[row * context + at] as number;
        bytes += 1;
      }
    }
  }
  return { bpb: bytes === 0 ? Number.NaN : nats / Math.LN2 / bytes, bytes };
}
