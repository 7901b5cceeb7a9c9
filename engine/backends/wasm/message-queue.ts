// The queue where memory cannot be shared: one worker with memory of its own, told by messages, in order.
import type { Report } from './messages.ts';
import { deviceClosed, kernelFailed, type Pending, pending, type Queue, type Where, workerDied } from './queue.ts';
import type { Hand } from './spawn.ts';

export class MessageQueue implements Queue {
  bytes: number;
  readonly #hand: Hand;
  readonly #where: Where;
  readonly #waiting = new Map<number, Pending>();
  #ticket = 0;
  #failure: Error | null = null;
  /** Commands that go in one message: those of one turn of the caller. */
  #batch: number[] = [];

  constructor(hand: Hand, where: Where, bytes: number) {
    this.#hand = hand;
    this.#where = where;
    this.bytes = bytes;
  }

  /** The worker grows its memory when it comes to it; where that fails, the next read tells. */
  grow(end: number): boolean {
    this.#flush();
    this.#hand.post({ type: 'grow', bytes: end });
    this.bytes = Math.ceil(end / 65536) * 65536;
    return true;
  }

  define(id: number, code: Int32Array<ArrayBuffer>): void {
    this.#flush();
    this.#hand.post({ type: 'define', id, words: code }, [code.buffer]);
  }

  push(words: readonly number[]): void {
    if (this.#failure !== null) return;
    if (this.#batch.length === 0) queueMicrotask(() => this.#flush());
    this.#batch.push(...words);
  }

  write(address: number, data: Uint8Array): void {
    this.#flush();
    const copy = data.slice();
    this.#hand.post({ type: 'write', address, data: copy }, [copy.buffer as ArrayBuffer]);
  }

  read(address: number, bytes: number): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    this.#flush();
    this.#ticket += 1;
    const wait = pending();
    this.#waiting.set(this.#ticket, wait);
    this.#hand.hold(true);
    this.#hand.post({ type: 'read', ticket: this.#ticket, address, bytes });
    return wait.promise;
  }

  async close(): Promise<void> {
    this.#fail(deviceClosed('read'));
    await this.#hand.end();
  }

  report(report: Report): void {
    if (report.type === 'done') {
      this.#waiting.get(report.ticket)?.resolve(report.data as Uint8Array<ArrayBuffer>);
      this.#waiting.delete(report.ticket);
      if (this.#waiting.size === 0) this.#hand.hold(false);
    } else if (report.type === 'failed') {
      this.#fail(kernelFailed(this.#where(report.executable, report.instruction), report.message));
    }
  }

  died(why: string): void {
    this.#fail(workerDied(0, 1, why));
  }

  #flush(): void {
    if (this.#batch.length === 0 || this.#failure !== null) return;
    this.#hand.post({ type: 'commands', words: Int32Array.from(this.#batch) });
    this.#batch = [];
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#batch = [];
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
    this.#hand.hold(false);
  }
}
