// How many dispatches go into one submission: as many as keep it short of a watchdog, from how long those before it took. A
// laptop's ends a submission after some seconds and takes the device along.

/** Milliseconds that one submission should take at most: a tenth of what watchdogs allow, since dispatches differ. */
export const submissionMs = 200;
const first = { hardware: 64, software: 16 } as const;
/** Beyond this nothing is saved any more. */
const most = 512;
/** Runs that are all timed; after them one in so many, since nothing changes but the load of the machine. */
const [timedAtFirst, thenEvery] = [3, 64];

/** The pace of one program. */
export class Pace {
  readonly #target: number;
  #count: number;
  #runs = 0;

  constructor({ software, target }: { readonly software: boolean; readonly target: number }) {
    this.#target = target;
    this.#count = software ? first.software : first.hardware;
  }

  /** Dispatches of the next submission. */
  get count(): number {
    return this.#count;
  }

  /** Whether the run that now begins should be timed. */
  begin(): boolean {
    this.#runs += 1;
    return this.#runs <= timedAtFirst || this.#runs % thenEvery === 0;
  }

  /** So many dispatches took so long: shorter at once, longer by at most four times. */
  observe(dispatches: number, ms: number): void {
    const fits = Math.floor((this.#target * dispatches) / Math.max(ms, 1e-3));
    this.#count = Math.max(1, Math.min(fits, this.#count * 4, most));
  }
}
