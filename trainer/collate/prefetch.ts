// Batches made ahead of the loop by a thread of their own, so that reading and infilling cost the training no time.
import threads, { type Worker } from 'node:worker_threads';
import { startThread } from '../../engine/thread.ts';
import { RustaError } from '../../schemas/errors.ts';
import type { Extent } from './stream.ts';

/** What the thread needs to make a sampler of its own: plain data. */
export interface BatchPlan {
  /** Files that extents point into, by number. */
  readonly files: readonly string[];
  readonly sources: readonly {
    readonly name: string;
    readonly documents: readonly Extent[];
    readonly weight: number;
    readonly infill: number;
  }[];
  readonly seed: number;
  readonly batch: number;
  readonly context: number;
}

export type ToWorker = { readonly make: number };
export type FromWorker =
  | { readonly step: number; readonly batch: Uint8Array<ArrayBuffer> }
  | { readonly failed: { readonly message: string; readonly code: string } };

/** Batches that are asked for before they are needed. */
const ahead = 4;

export class Prefetcher {
  readonly #worker: Worker;
  readonly #ready = new Map<number, Uint8Array<ArrayBuffer>>();
  #asked: number;
  #next: number;
  #wake: (() => void) | null = null;
  #error: Error | null = null;

  /** Batches from number `first` on. */
  constructor(plan: BatchPlan, first: number) {
    this.#asked = first;
    this.#next = first;
    this.#worker = startThread(threads, import.meta.url, 'prefetch-worker', { workerData: plan });
    this.#worker.on('message', (said: FromWorker) => {
      if ('failed' in said) this.#fail(new RustaError(said.failed.message, { code: said.failed.code, op: 'collate' }));
      else this.#ready.set(said.step, said.batch);
      this.#wake?.();
    });
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', () =>
      this.#fail(new RustaError('the thread that reads the data ended', { code: 'collate-thread', op: 'collate' })),
    );
    this.#worker.unref();
    this.#ask();
  }

  /** The next batch. @throws RustaError where the data cannot be read any more. */
  async next(): Promise<Uint8Array<ArrayBuffer>> {
    while (!this.#ready.has(this.#next)) {
      if (this.#error !== null) throw this.#error;
      this.#worker.ref();
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
      this.#worker.unref();
    }
    const batch = this.#ready.get(this.#next) as Uint8Array<ArrayBuffer>;
    this.#ready.delete(this.#next);
    this.#next += 1;
    this.#ask();
    return batch;
  }

  async close(): Promise<void> {
    this.#worker.removeAllListeners('exit');
    await this.#worker.terminate();
    this.#fail(new RustaError('closed', { code: 'collate-closed', op: 'collate' }));
  }

  #ask(): void {
    while (this.#asked < this.#next + ahead) {
      this.#worker.postMessage({ make: this.#asked } satisfies ToWorker);
      this.#asked += 1;
    }
  }

  #fail(error: Error): void {
    this.#error ??= error;
    this.#wake?.();
  }
}
