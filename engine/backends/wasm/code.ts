// The code of an executable: a flat list of kernel calls, as words that are written once by the caller and read by every lane.
// What calls a program needs is lowering's matter (lower/), running them executor.ts's.

/** One argument of a kernel. */
export type Argument =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  /** Byte `offset` of whatever a run binds to `slot`. */
  | {
      readonly kind: 'address';
      readonly slot: number;
      readonly offset: number /** Bytes from lane to lane. */;
      readonly laneStride?: number;
    }
  | { readonly kind: 'lane' }
  | { readonly kind: 'lanes' };

export interface Call {
  /** Index into the table of functions that every lane holds. */
  readonly target: number;
  readonly args: readonly Argument[];
  /** Lane 0 does it alone: too little work to share. */
  readonly solo: boolean;
  /** It needs nothing that was written since lanes last met, and overwrites nothing that was read since then. */
  readonly free: boolean;
  /** Number of the instruction that it belongs to, for messages. */
  readonly instruction: number;
}

/** Slot 0 is the arena. */
export const arenaSlot = 0;

const kinds = { int: 0, float: 1, address: 2, lane: 3, lanes: 4 } as const;
const flags = { solo: 1, free: 2 } as const;

/** Words of the code: slots, calls, then each call as target, flags, instruction, arguments, and three words an argument. */
export function encode(slots: number, calls: readonly Call[]): Int32Array<ArrayBuffer> {
  const words: number[] = [slots, calls.length];
  for (const { target, args, solo, free, instruction } of calls) {
    words.push(target, (solo ? flags.solo : 0) | (free ? flags.free : 0), instruction, args.length);
    for (const arg of args) {
      if (arg.kind === 'int') words.push(kinds.int, arg.value | 0, 0);
      else if (arg.kind === 'float') words.push(kinds.float, bitsOf(arg.value), 0);
      else if (arg.kind === 'address') words.push(kinds.address | (arg.slot << 3), arg.offset | 0, arg.laneStride ?? 0);
      else words.push(kinds[arg.kind], 0, 0);
    }
  }
  return Int32Array.from(words);
}

export type KernelFunction = (...args: number[]) => unknown;

/** A call made ready in one lane: its arguments in place, but for the addresses that a run binds. */
export interface BoundCall {
  readonly run: KernelFunction;
  readonly args: number[];
  readonly solo: boolean;
  readonly free: boolean;
  readonly instruction: number;
}

export interface BoundCode {
  /** Addresses bound now, by slot; NaN at first. */
  readonly bound: Float64Array;
  readonly calls: readonly BoundCall[];
  /** By slot: whose argument holds which offset of it. */
  readonly uses: readonly { readonly args: number[]; readonly index: number; readonly offset: number }[][];
}

/** Reads what `encode` wrote, for one lane. */
export function decode(
  words: Int32Array,
  functions: readonly KernelFunction[],
  lane: number,
  lanes: number,
): BoundCode {
  let cursor = 0;
  const next = (): number => words[cursor++] as number;
  const slots = next();
  const uses: BoundCode['uses'] = Array.from({ length: slots }, () => []);
  const calls = Array.from({ length: next() }, (): BoundCall => {
    const run = functions[next()] as KernelFunction;
    const bits = next();
    const instruction = next();
    const args: number[] = new Array(next()).fill(0);
    for (let index = 0; index < args.length; index += 1) {
      const head = next();
      const value = next();
      const stride = next();
      const kind = head & 7;
      if (kind === kinds.int) args[index] = value;
      else if (kind === kinds.float) args[index] = floatOf(value);
      else if (kind === kinds.lane) args[index] = lane;
      else if (kind === kinds.lanes) args[index] = lanes;
      else uses[head >> 3]?.push({ args, index, offset: (value >>> 0) + stride * lane });
    }
    return { run, args, solo: (bits & flags.solo) !== 0, free: (bits & flags.free) !== 0, instruction };
  });
  return { bound: new Float64Array(slots).fill(Number.NaN), calls, uses };
}

/** Binds a slot to an address, where it is not bound to that already. */
export function bind({ bound, uses }: BoundCode, slot: number, address: number): void {
  if (bound[slot] === address) return;
  bound[slot] = address;
  for (const { args, index, offset } of uses[slot] ?? []) args[index] = (address + offset) | 0;
}

const scratch = new DataView(new ArrayBuffer(4));

function bitsOf(value: number): number {
  scratch.setFloat32(0, value);
  return scratch.getInt32(0);
}

function floatOf(bits: number): number {
  scratch.setInt32(0, bits);
  return scratch.getFloat32(0);
}
