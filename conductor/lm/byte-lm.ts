// The byte language model as a fix asks it: a thread of its own, started before the first check of cargo and ended with the fix.
// Whatever fails there fails once; who asks goes on without it.
import threads, { type Worker } from 'node:worker_threads';
import type { DeviceKind } from '../../engine/device.ts';
import { startThread } from '../../engine/thread.ts';
import { RustaError } from '../../schemas/errors.ts';
import type { Ask, FromThread, Hole, Passage, ThreadData, ToThread } from './messages.ts';

type Answer = Extract<FromThread, { readonly id: number }>;

interface Waiting {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

/** What its user needs of it: tests hand in their own. */
export interface Model {
  /** Natural logarithms of the texts' probabilities. @throws RustaError `model-failed`. */
  score(passages: readonly Passage[]): Promise<readonly (readonly number[])[]>;
  /** @throws RustaError `model-failed`. */
  fill(hole: Hole): Promise<readonly string[]>;
  close(): Promise<void>;
}

export class ByteLmThread implements Model {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;
  #failure: string | null = null;

  /** Starts to load at once, and does not wait. */
  constructor(checkpoint: string, device: DeviceKind) {
    const workerData: ThreadData = { checkpoint, device };
    this.#worker = startThread(threads, import.meta.url, 'thread', { name: 'byte language model', workerData });
    this.#worker.on('message', (said: FromThread) => this.#hear(said));
    this.#worker.on('error', (error) => this.#fail(error instanceof Error ? error.message : String(error)));
    this.#worker.on('exit', () => this.#fail('its thread ended'));
    this.#worker.unref();
  }

  async score(passages: readonly Passage[]): Promise<readonly (readonly number[])[]> {
    const answer = await this.#ask({ score: passages });
    return 'scores' in answer ? answer.scores : [];
  }

  async fill(hole: Hole): Promise<readonly string[]> {
    const answer = await this.#ask({ fill: hole });
    return 'texts' in answer ? answer.texts : [];
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #ask(ask: Ask): Promise<Answer> {
    if (this.#failure !== null) return Promise.reject(failed(this.#failure));
    this.#asked += 1;
    const id = this.#asked;
    return new Promise<Answer>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage({ ...ask, id } satisfies ToThread);
    });
  }

  #hear(said: FromThread): void {
    if ('failed' in said) {
      this.#fail(said.failed);
      return;
    }
    if (!('id' in said)) return;
    const waiting = this.#waiting.get(said.id);
    this.#waiting.delete(said.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if ('error' in said) waiting?.reject(failed(said.error));
    else waiting?.resolve(said);
  }

  #fail(why: string): void {
    this.#failure ??= why;
    for (const { reject } of this.#waiting.values()) reject(failed(this.#failure));
    this.#waiting.clear();
    this.#worker.unref();
  }
}

function failed(why: string): RustaError {
  return new RustaError(`the byte language model does not answer: ${why}`, { code: 'model-failed', op: 'rank' });
}
