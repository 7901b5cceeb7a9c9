// One lane at work on shared memory: it takes commands from the ring, in step with the other lanes, until the device is closed
// or something fails. Where it runs, and how it tells the caller, is worker.ts's matter.
import { Barrier, Stopped } from './barrier.ts';
import type { KernelFunction } from './code.ts';
import { at, command, doneWord, messageBytes, pulseWord, ringWords, state } from './control.ts';
import { CallFailed, Executor } from './executor.ts';

const mask = ringWords - 1;

export interface LaneSetup {
  readonly control: SharedArrayBuffer;
  readonly memory: WebAssembly.Memory;
  readonly functions: readonly KernelFunction[];
  readonly lane: number;
  readonly lanes: number;
  /** Tells the caller that a ticket is done. Lane 0 alone does. */
  readonly tell: (ticket: number) => void;
}

/** Never returns before the device is closed or failed. */
export function runLane({ control, memory, functions, lane, lanes, tell }: LaneSetup): void {
  const words = new Int32Array(control);
  const ring = new Int32Array(control, at.ring * 4, ringWords);
  const barrier = new Barrier(words, lane, lanes);
  const pulse = pulseWord(lane);
  const executor = new Executor(memory, functions, lane, lanes, barrier, () => {
    words[pulse] = ((words[pulse] as number) + 1) | 0;
  });
  let cursor = 0;
  try {
    for (;;) {
      const head = barrier.commands(cursor);
      while (cursor !== head) {
        const word = (index: number): number => ring[(cursor + index) & mask] as number;
        const length = word(1);
        switch (word(0)) {
          case command.run:
            executor.run(word(2), ring, cursor + 3, mask);
            break;
          case command.copy:
            executor.copy(word(2) >>> 0, word(3) >>> 0, word(4) >>> 0);
            break;
          case command.define:
            executor.defineAt(word(2), word(3) >>> 0, word(4));
            break;
          case command.forget:
            executor.forget(word(2));
            break;
          case command.tell:
            executor.settle();
            if (lane === 0) tell(word(2));
            break;
          case command.fetch:
            executor.copy(word(3) >>> 0, word(4) >>> 0, word(5) >>> 0);
            executor.settle();
            if (lane === 0) tell(word(2));
            break;
          default:
            throw new Error(`no command ${word(0)}`);
        }
        cursor = (cursor + length) | 0;
        Atomics.store(words, doneWord(lane), cursor);
      }
    }
  } catch (error) {
    if (!(error instanceof Stopped)) fail(words, lane, error);
  }
}

/** Leaves what went wrong where the caller finds it, once; the other lanes stop where they wait. */
function fail(words: Int32Array, lane: number, error: unknown): void {
  const text = new TextEncoder().encode(error instanceof Error ? error.message : String(error)).slice(0, messageBytes);
  if (Atomics.compareExchange(words, at.failure + 4, 0, 1) === 0) {
    Atomics.store(words, at.failure, lane);
    Atomics.store(words, at.failure + 1, error instanceof CallFailed ? error.instruction : -1);
    Atomics.store(words, at.failure + 2, error instanceof CallFailed ? error.executable : -1);
    new Uint8Array(words.buffer, at.message * 4, messageBytes).set(text);
    Atomics.store(words, at.failure + 3, text.length);
    Atomics.compareExchange(words, at.state, state.running, state.failed);
  }
  Atomics.notify(words, at.head);
  Atomics.notify(words, at.opened);
}
