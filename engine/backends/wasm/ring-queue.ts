// The queue over shared memory: commands go into the ring, where lanes find them without a message; what the caller reads and
// writes goes straight to memory while lanes are idle, and through a staging area while they are not. The caller never
// blocks: what must wait (a full ring, a read larger than the area) stands in a backlog until lanes have come so far.
import { aligned } from './allocator.ts';
import { at, command, doneWord, messageBytes, pulseWord, ringWords, state } from './control.ts';
import type { Report } from './messages.ts';
import { deviceClosed, kernelFailed, type Pending, pending, type Queue, type Where, workerDied } from './queue.ts';
import type { Hand } from './spawn.ts';

const mask = ringWords - 1;
/** Words that stay free for the ticket which tells that there is room again. */
const reserve = 8;
/** Bytes of the staging area: larger reads and writes wait until lanes are idle. */
export const stagingBytes: number = 4 << 20;
/** A lane that shows no sign of life for so long while somebody waits is given up, ms. Node tells of a dead worker at once; a page does not. */
const patience = 60_000;

/** Part of the staging area, free again once lanes are past `until` and, if it is read, once it was copied out. */
interface Staged {
  readonly bytes: number;
  until: number;
  read: boolean;
}

export class RingQueue implements Queue {
  readonly #memory: WebAssembly.Memory;
  readonly #words: Int32Array;
  readonly #ring: Int32Array;
  readonly #hands: readonly Hand[];
  readonly #where: Where;
  readonly #staging: number;
  #view: Uint8Array;
  #head = 0;
  #failure: Error | null = null;

  /** What came after something that had to wait: commands, or actions to do once lanes are idle. */
  #backlog: (readonly number[] | (() => void))[] = [];
  readonly #tickets = new Map<number, () => void>();
  #ticket = 0;
  /** Whether lanes were asked to tell when the backlog can go on. */
  #asked = false;
  readonly #waiting = new Set<Pending>();

  /** The staging area is a ring: bytes handed out so far and bytes free again, modulo its size. */
  readonly #staged: Staged[] = [];
  #stageHead = 0;
  #stageUsed = 0;

  readonly #watch: ReturnType<typeof setInterval>;
  #alive = { pulses: '', since: 0 };

  /** `staging`: address of `stagingBytes`. */
  constructor(
    memory: WebAssembly.Memory,
    control: SharedArrayBuffer,
    hands: readonly Hand[],
    where: Where,
    staging: number,
  ) {
    this.#memory = memory;
    this.#words = new Int32Array(control);
    this.#ring = new Int32Array(control, at.ring * 4, ringWords);
    this.#hands = hands;
    this.#where = where;
    this.#staging = staging;
    this.#view = new Uint8Array(memory.buffer);
    this.#watch = setInterval(() => this.#lookAfter(), 1000);
    (this.#watch as { unref?: () => void }).unref?.();
  }

  get bytes(): number {
    return this.#memory.buffer.byteLength;
  }

  grow(end: number): boolean {
    try {
      this.#memory.grow(Math.ceil((end - this.bytes) / 65536));
      return true;
    } catch {
      return false;
    }
  }

  define(id: number, code: Int32Array<ArrayBuffer>): void {
    const place = this.#backlog.length === 0 ? this.#stage(code.byteLength, false) : null;
    if (place !== null) {
      this.#memoryTo(place + code.byteLength).set(new Uint8Array(code.buffer), place);
      this.push([command.define, 5, id, place, code.length]);
      this.#seal();
      return;
    }
    // A staging area that is full for now: when lanes are idle, all of it is free.
    this.#whenIdle(() => {
      const spot = this.#stage(code.byteLength, false);
      if (spot === null) {
        this.#fail(
          kernelFailed('prepare', `the program's code takes ${code.byteLength} bytes, at most ${stagingBytes}`),
        );
        return;
      }
      this.#memoryTo(spot + code.byteLength).set(new Uint8Array(code.buffer), spot);
      this.#publish([command.define, 5, id, spot, code.length]);
      this.#seal();
    });
  }

  push(words: readonly number[]): void {
    if (this.#failure !== null) return;
    if (this.#backlog.length > 0 || !this.#publish(words)) {
      this.#backlog.push(words);
      this.#pump();
    }
  }

  write(address: number, data: Uint8Array): void {
    if (this.#failure !== null || data.length === 0) return;
    if (this.#idle()) {
      this.#memoryTo(address + data.length).set(data, address);
      return;
    }
    const place = this.#backlog.length === 0 ? this.#stage(data.length, false) : null;
    if (place === null) {
      const copy = data.slice();
      this.#whenIdle(() => this.#memoryTo(address + copy.length).set(copy, address));
      return;
    }
    this.#memoryTo(place + data.length).set(data, place);
    this.push([command.copy, 5, address, place, data.length]);
    this.#seal();
  }

  read(address: number, bytes: number): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    if (this.#idle()) return Promise.resolve(this.#copyOut(address, bytes));
    const wait = pending();
    this.#waiting.add(wait);
    const give = (from: number): void => {
      this.#waiting.delete(wait);
      wait.resolve(this.#copyOut(from, bytes));
    };
    const place = this.#backlog.length === 0 ? this.#stage(bytes, true) : null;
    if (place === null) {
      this.#whenIdle(() => give(address));
      return wait.promise;
    }
    const staged = this.#staged[this.#staged.length - 1] as Staged;
    const ticket = this.#newTicket(() => {
      give(place);
      staged.read = false;
    });
    this.push([command.fetch, 6, ticket, place, address, bytes]);
    this.#seal();
    return wait.promise;
  }

  async close(): Promise<void> {
    Atomics.compareExchange(this.#words, at.state, state.running, state.closed);
    this.#fail(deviceClosed('read'));
    await Promise.all(this.#hands.map((hand) => hand.end()));
  }

  report(report: Report, lane: number): void {
    if (report.type === 'done') {
      const act = this.#tickets.get(report.ticket);
      this.#tickets.delete(report.ticket);
      act?.();
      this.#pump();
      if (this.#tickets.size === 0) this.#hold(false);
    } else if (report.type === 'stopped') this.died(lane, 'it stopped');
  }

  /** A worker ended: because it, or another, failed; or for no reason that it could tell. */
  died(lane: number, why: string): void {
    if (this.#failure !== null) return;
    const words = this.#words;
    if (Atomics.load(words, at.state) !== state.failed) {
      this.#fail(workerDied(lane, this.#hands.length, why));
      return;
    }
    const text = new Uint8Array(messageBytes);
    text.set(new Uint8Array(words.buffer, at.message * 4, messageBytes));
    const message = new TextDecoder().decode(text.subarray(0, Atomics.load(words, at.failure + 3)));
    const where = this.#where(Atomics.load(words, at.failure + 2), Atomics.load(words, at.failure + 1));
    this.#fail(kernelFailed(where, message));
  }

  /** Whether lanes have done all there is: then memory is the caller's to read and write. */
  #idle(): boolean {
    if (this.#backlog.length > 0) return false;
    for (let lane = 0; lane < this.#hands.length; lane += 1) {
      if (Atomics.load(this.#words, doneWord(lane)) !== this.#head) return false;
    }
    return true;
  }

  /** Puts a command into the ring. @returns false where there is no room. */
  #publish(words: readonly number[], left: number = reserve): boolean {
    let room = ringWords;
    for (let lane = 0; lane < this.#hands.length; lane += 1) {
      const done = Atomics.load(this.#words, doneWord(lane));
      room = Math.min(room, ringWords - ((this.#head - done) | 0));
    }
    if (words.length + left > room) return false;
    for (let index = 0; index < words.length; index += 1) {
      this.#ring[(this.#head + index) & mask] = words[index] as number;
    }
    this.#head = (this.#head + words.length) | 0;
    Atomics.store(this.#words, at.head, this.#head);
    if (Atomics.load(this.#words, at.asleep) > 0) Atomics.notify(this.#words, at.head);
    return true;
  }

  #newTicket(act: () => void): number {
    this.#ticket = (this.#ticket + 1) | 0;
    if (this.#tickets.size === 0) this.#hold(true);
    this.#tickets.set(this.#ticket, act);
    return this.#ticket;
  }

  /** Does `act` once lanes have done all that came before it, and what comes later waits for it. */
  #whenIdle(act: () => void): void {
    if (this.#failure !== null) return;
    this.#backlog.push(act);
    this.#pump();
  }

  /** Goes on with the backlog as far as it can, and asks to be told when it can go on. */
  #pump(): void {
    while (this.#backlog.length > 0 && this.#failure === null) {
      const [next] = this.#backlog as [readonly number[] | (() => void)];
      if (typeof next !== 'function') {
        if (next.length + reserve > ringWords) {
          this.#fail(kernelFailed('run', `a command of ${next.length} words, at most ${ringWords - reserve}`));
          return;
        }
        if (!this.#publish(next)) break;
      } else {
        const rest = this.#backlog;
        this.#backlog = [];
        const idle = this.#idle();
        if (idle) next();
        if (this.#failure === null) this.#backlog = rest;
        if (!idle) break;
      }
      this.#backlog.shift();
    }
    if (this.#backlog.length > 0 && this.#failure === null && !this.#asked) {
      // Other tickets may stand in the backlog themselves: this one does not.
      this.#asked = true;
      const ticket = this.#newTicket(() => {
        this.#asked = false;
      });
      if (this.#publish([command.tell, 3, ticket], 0)) return;
      // Lane 0 is through, but another one lags behind.
      this.#tickets.delete(ticket);
      setTimeout(() => {
        this.#asked = false;
        this.#pump();
      }, 1);
    }
  }

  /** Takes part of the staging area, or null where it is full. Ends with #seal, once its command is published. */
  #stage(bytes: number, read: boolean): number | null {
    const size = aligned(Math.max(1, bytes));
    if (size > stagingBytes) return null;
    while (this.#staged.length > 0) {
      const [oldest] = this.#staged as [Staged];
      if (oldest.read || !(this.#passed(oldest.until) || this.#idle())) break;
      this.#staged.shift();
      this.#stageUsed -= oldest.bytes;
    }
    if (this.#staged.length === 0) {
      this.#stageHead = 0;
      this.#stageUsed = 0;
    }
    // No block goes round the end: what is left there is taken along.
    const tail = stagingBytes - this.#stageHead;
    const skip = tail < size ? tail : 0;
    if (this.#stageUsed + skip + size > stagingBytes) return null;
    const offset = skip > 0 ? 0 : this.#stageHead;
    this.#stageHead = (offset + size) % stagingBytes;
    this.#stageUsed += skip + size;
    this.#staged.push({ bytes: skip + size, until: this.#head, read });
    return this.#staging + offset;
  }

  #seal(): void {
    const last = this.#staged[this.#staged.length - 1];
    // A command that waits in the backlog is published a little later.
    if (last !== undefined) last.until = (this.#head + (this.#backlog.length > 0 ? 2 * reserve : 0)) | 0;
  }

  #passed(cursor: number): boolean {
    for (let lane = 0; lane < this.#hands.length; lane += 1) {
      if (((Atomics.load(this.#words, doneWord(lane)) - cursor) | 0) < 0) return false;
    }
    return true;
  }

  #copyOut(address: number, bytes: number): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(bytes);
    if (bytes > 0) out.set(this.#memoryTo(address + bytes).subarray(address, address + bytes));
    return out;
  }

  /** Memory, up to at least `end`. */
  #memoryTo(end: number): Uint8Array {
    if (end > this.#view.byteLength) this.#view = new Uint8Array(this.#memory.buffer);
    return this.#view;
  }

  /** Gives up where somebody waits and no lane shows a sign of life. */
  #lookAfter(): void {
    const pulses = this.#hands.flatMap((_, lane) => [this.#words[doneWord(lane)], this.#words[pulseWord(lane)]]).join();
    const now = performance.now();
    if (this.#tickets.size === 0 || pulses !== this.#alive.pulses) this.#alive = { pulses, since: now };
    else if (now - this.#alive.since > patience) {
      this.#fail(workerDied(0, this.#hands.length, `no sign of life for ${patience / 1000} s`));
    }
  }

  /** While somebody waits, a Node process stays alive. */
  #hold(on: boolean): void {
    this.#hands[0]?.hold(on);
  }

  #fail(error: Error): void {
    if (this.#failure !== null) return;
    this.#failure = error;
    Atomics.compareExchange(this.#words, at.state, state.running, state.failed);
    Atomics.notify(this.#words, at.head);
    Atomics.notify(this.#words, at.opened);
    for (const { reject } of this.#waiting) reject(error);
    this.#waiting.clear();
    this.#tickets.clear();
    this.#backlog = [];
    clearInterval(this.#watch);
    this.#hold(false);
  }
}
