// Which windows make up batch number s: a function of seed and s alone, so that training resumes at the exact byte and any batch
// can be made again. Each kind of document is a stream cut into windows, drawn in a new order every epoch.
import { RustaError } from '../../schemas/errors.ts';
import { infill } from './infill.ts';
import { hash32, permuted, sequence } from './random.ts';
import type { DocumentStream } from './stream.ts';

export interface Source {
  readonly name: string;
  readonly stream: DocumentStream;
  /** Share of the windows of all batches; the shares add up to 1. */
  readonly weight: number;
  /** Share of its windows that are rewritten for infilling. */
  readonly infill: number;
}

export interface SamplerOptions {
  readonly seed: number;
  /** Windows in a batch. */
  readonly batch: number;
  /** Symbols that the model reads in a window; each holds one more, the last target. */
  readonly context: number;
}

/** Where a window comes from. */
export interface WindowPlace {
  readonly source: number;
  readonly epoch: number;
  /** Symbol of the source's stream. */
  readonly start: number;
  /** Key of the window's own randomness. */
  readonly key: number;
}

export class Sampler {
  readonly options: SamplerOptions;
  readonly #sources: readonly Source[];

  /** @throws RustaError `collate-empty` where a source holds less than two windows. */
  constructor(sources: readonly Source[], options: SamplerOptions) {
    this.options = options;
    this.#sources = sources.filter(({ weight }) => weight > 0);
    if (this.#sources.length === 0)
      throw new RustaError('no source has a weight', {
        code: 'collate-empty',
        op: 'collate',
        hint: 'give the mixture of the stage at least one source with a weight above 0',
        exit: 'usage',
      });
    for (const { name, stream } of this.#sources)
      if (stream.length < 2 * (options.context + 1))
        throw new RustaError(`${name} holds ${stream.length} symbols, too few for windows of ${options.context}`, {
          code: 'collate-empty',
          op: 'collate',
          hint: 'build the data again (trainer data build), or choose a shorter context',
          exit: 'usage',
        });
  }

  /** Batch number `step`: `batch` windows of context + 1 symbols, one after the other. */
  batch(step: number): Uint8Array<ArrayBuffer> {
    const size = this.options.context + 1;
    const out = new Uint8Array(this.options.batch * size);
    for (const [row, place] of this.places(step).entries()) {
      const window = out.subarray(row * size, (row + 1) * size);
      const source = this.#sources[place.source] as Source;
      source.stream.copy(place.start, window);
      const random = sequence(place.key);
      if (random() < source.infill) infill(window, random);
    }
    return out;
  }

  /** How often each source was read through before batch `step`. */
  epochs(step: number): readonly { readonly name: string; readonly epochs: number }[] {
    return this.#sources.map((source, index) => ({
      name: source.name,
      epochs: this.#drawnBefore(index, step) / this.#windows(source),
    }));
  }

  places(step: number): readonly WindowPlace[] {
    const places: WindowPlace[] = [];
    for (let source = 0; source < this.#sources.length; source += 1) {
      const from = this.#drawnBefore(source, step);
      const to = this.#drawnBefore(source, step + 1);
      for (let index = from; index < to; index += 1) places.push(this.#place(source, index));
    }
    return places;
  }

  /** Whole windows by which the streams advanced: shares are kept exactly over time, and every batch is full. */
  #drawnBefore(source: number, step: number): number {
    const total = step * this.options.batch;
    let share = 0;
    let before = 0;
    for (let index = 0; index <= source; index += 1) {
      before = share;
      share += (this.#sources[index] as Source).weight;
    }
    const upTo = source === this.#sources.length - 1 ? total : Math.floor(total * share + 1e-9);
    return upTo - Math.floor(total * before + 1e-9);
  }

  #place(source: number, index: number): WindowPlace {
    const { stream } = this.#sources[source] as Source;
    const windows = this.#windows(this.#sources[source] as Source);
    const epoch = Math.floor(index / windows);
    const { seed, context } = this.options;
    const key = hash32(seed, source, epoch);
    // Another phase every epoch, so that windows begin elsewhere.
    const room = stream.length - windows * context - 1;
    const phase = epoch === 0 ? 0 : hash32(key, 1) % (room + 1);
    const window = permuted(index % windows, windows, key);
    return { source, epoch, start: phase + window * context, key: hash32(key, 2, window) };
  }

  /** Windows of one epoch; part of one is left, which gives the phase its room. */
  #windows({ stream }: Source): number {
    return Math.floor((stream.length - 1) / this.options.context) - 1;
  }
}
