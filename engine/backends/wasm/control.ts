// The control block that the caller and the lanes share: a ring of commands, each lane's place in it, the barrier, and what went
// wrong. Layout and meaning stand here; who writes which word is said beside it.

/** Int32 words of the control block. What different threads write lies in different cache lines. */
export const at: Record<
  'head' | 'asleep' | 'state' | 'arrived' | 'opened' | 'waiting' | 'failure' | 'message',
  number
> &
  Record<'lanes' | 'laneWords' | 'ring', number> = {
  /** Words of commands published, modulo 2^32. Written by the caller. */
  head: 0,
  /** Lanes asleep on `head`. */
  asleep: 16,
  /** See `state`. */
  state: 32,
  /** Lanes that have arrived at the barrier; written by lanes. */
  arrived: 48,
  /** Times that the barrier opened. */
  opened: 64,
  /** Lanes asleep on `opened`. */
  waiting: 80,
  /** Lane that failed, number of the call within its executable (-1: none), executable, bytes of the message. */
  failure: 96,
  message: 112,
  /** Two words a lane, in a line of its own: words of commands done, and a pulse that counts while it waits. */
  lanes: 240,
  laneWords: 16,
  ring: 1264,
};

export const ringWords: number = 1 << 14;
export const controlBytes: number = (at.ring + ringWords) * 4;
export const maxLanes = 64;
/** Bytes of a failure's message. */
export const messageBytes: number = (at.lanes - at.message) * 4;

/** Values of `at.state`. */
export const state = { running: 0, closed: 1, failed: 2 } as const;

/** The first word of a command; the second is its length in words, both included. */
export const command = {
  /** id, address, words: an executable's code lies at the address. */
  define: 1,
  /** id. */
  forget: 2,
  /** id, then the address of each slot. */
  run: 3,
  /** to, from, bytes. */
  copy: 4,
  /** ticket: tells the caller that all before it is done. */
  tell: 5,
  /** ticket, to, from, bytes: a copy for the caller, told at once. */
  fetch: 6,
} as const;

export function doneWord(lane: number): number {
  return at.lanes + lane * at.laneWords;
}

export function pulseWord(lane: number): number {
  return doneWord(lane) + 1;
}

/** How long a lane polls before it sleeps, in polls of some 10 ns: a hop through the kernel costs 30-50 us. */
export const polls = 6000;
/** The longest that a lane sleeps without looking round, ms: that is how soon it sees that another failed. */
export const slice = 100;
