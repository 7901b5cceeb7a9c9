// How lanes wait: for each other, and for commands. They poll for a while, then sleep in bounded slices; whoever waits looks at
// the state each time, so that a lane that died or failed ends the wait of all others.
import { at, polls, pulseWord, slice, state } from './control.ts';

/** Thrown out of a wait: the device was closed, or another lane failed. */
export class Stopped extends Error {}

const pause: () => void = (Atomics as { pause?: () => void }).pause ?? (() => {});

export function checkState(words: Int32Array): void {
  if (Atomics.load(words, at.state) !== state.running) throw new Stopped();
}

/**
 * Waits until word `index` is no longer `value`; `sleepers` counts those asleep on it, so that who changes it knows whether
 * to wake anybody.
 * @throws Stopped
 */
function whileEqual(words: Int32Array, index: number, value: number, sleepers: number, lane: number): void {
  for (let poll = 0; poll < polls; poll += 1) {
    if (Atomics.load(words, index) !== value) return;
    pause();
  }
  while (Atomics.load(words, index) === value) {
    checkState(words);
    Atomics.add(words, pulseWord(lane), 1);
    Atomics.add(words, sleepers, 1);
    Atomics.wait(words, index, value, slice);
    Atomics.sub(words, sleepers, 1);
  }
}

export class Barrier {
  readonly #words: Int32Array;
  readonly #lane: number;
  readonly #lanes: number;

  constructor(words: Int32Array, lane: number, lanes: number) {
    this.#words = words;
    this.#lane = lane;
    this.#lanes = lanes;
  }

  /** Returns once every lane has come here. @throws Stopped */
  wait(): void {
    if (this.#lanes === 1) return;
    const words = this.#words;
    const opened = Atomics.load(words, at.opened);
    if (Atomics.add(words, at.arrived, 1) === this.#lanes - 1) {
      Atomics.store(words, at.arrived, 0);
      Atomics.add(words, at.opened, 1);
      if (Atomics.load(words, at.waiting) > 0) Atomics.notify(words, at.opened);
      checkState(words);
    } else whileEqual(words, at.opened, opened, at.waiting, this.#lane);
  }

  /** Waits for commands past `seen`. @returns where they end now. @throws Stopped */
  commands(seen: number): number {
    const words = this.#words;
    whileEqual(words, at.head, seen, at.asleep, this.#lane);
    checkState(words);
    return Atomics.load(words, at.head);
  }
}
