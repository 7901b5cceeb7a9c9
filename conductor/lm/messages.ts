// What a fix and the thread with its byte language model say to each other: plain data.
import type { DeviceKind } from '../../engine/device.ts';

/** Texts that are compared in one place. */
export interface Passage {
  /** What stands before, as the model reads it: the symbol of a document first where the text begins there. */
  readonly prompt: Uint8Array;
  readonly texts: readonly Uint8Array[];
}

/** A hole in a text. */
export interface Hole {
  readonly prefix: Uint8Array;
  readonly suffix: Uint8Array;
  /** Bytes that may be written at most. */
  readonly most: number;
  /** Different texts that are asked for. */
  readonly count: number;
}

export type Ask = { readonly score: readonly Passage[] } | { readonly fill: Hole };
export type ToThread = Ask & { readonly id: number };

export type FromThread =
  | { readonly ready: true }
  /** It will never answer. */
  | { readonly failed: string }
  | { readonly id: number; readonly error: string }
  /** Natural logarithms of probabilities, in the order of passages and texts. */
  | { readonly id: number; readonly scores: readonly (readonly number[])[] }
  | { readonly id: number; readonly texts: readonly string[] };

export interface ThreadData {
  readonly checkpoint: string;
  readonly device: DeviceKind;
}
