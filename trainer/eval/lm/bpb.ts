// Bits per byte of held-out documents: windows of the model's context, one after the other, so that every byte is predicted once, the
// first of a document from the document symbol. Boundaries are not counted, neither as bytes nor as bits.
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

/**
 * Of a stream, or of its first `limit` symbols.
 * @returns null where the signal aborted.
 */
export async function bitsPerByte(
  stream: DocumentStream,
  scorer: Scorer,
  limit: number = Number.POSITIVE_INFINITY,
  signal?: AbortSignal,
): Promise<BpbFigure | null> {
  const { windows, context } = scorer;
  const size = context + 1;
  const end = Math.min(stream.length, limit);
  let nats = 0;
  let bytes = 0;
  const symbols = new Uint8Array(windows * size);
  for (let from = 0; from + 1 < end; from += windows * context) {
    if (signal?.aborted) return null;
    symbols.fill(0);
    const counts: number[] = [];
    for (let row = 0; row < windows; row += 1) {
      const start = from + row * context;
      const length = Math.max(0, Math.min(size, end - start));
      if (length > 1) stream.copy(start, symbols.subarray(row * size, row * size + length));
      counts.push(Math.max(0, length - 1));
    }
    const losses = await scorer.losses(symbols);
    for (const [row, count] of counts.entries()) {
      for (let at = 0; at < count; at += 1) {
        if (isControl(symbols[row * size + at + 1] as number)) continue;
        nats += losses[row * context + at] as number;
        bytes += 1;
      }
    }
  }
  return { bpb: bytes === 0 ? Number.NaN : nats / Math.LN2 / bytes, bytes };
}
