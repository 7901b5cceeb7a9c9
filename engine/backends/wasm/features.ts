// What this machine's WebAssembly can do, each asked by validating a module of a few bytes. Flags of the process are the
// command line's to set, never the engine's.
import { RustaError } from '../../../schemas/errors.ts';

const header = [0, 97, 115, 109, 1, 0, 0, 0];
/** i32.const 0; i8x16.splat; i8x16.popcnt. */
const simd = [...header, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];
/** Two i8x16.splat; i8x16.relaxed_swizzle. */
const relaxed = [
  ...header,
  1,
  5,
  1,
  96,
  0,
  1,
  123,
  3,
  2,
  1,
  0,
  10,
  15,
  1,
  13,
  0,
  65,
  1,
  253,
  15,
  65,
  2,
  253,
  15,
].concat([253, 128, 2, 11]);
/** A shared memory and an i32.atomic.load. */
const threads = [
  ...header,
  1,
  4,
  1,
  96,
  0,
  0,
  3,
  2,
  1,
  0,
  5,
  4,
  1,
  3,
  1,
  1,
  10,
  11,
  1,
  9,
  0,
  65,
  0,
  254,
  16,
  2,
  0,
  26,
  11,
];

export interface Features {
  readonly relaxed: boolean;
  /** null: memory can be shared among workers; else why not. */
  readonly unshared: string | null;
}

function valid(bytes: readonly number[]): boolean {
  return WebAssembly.validate(Uint8Array.from(bytes));
}

/** @throws RustaError `no-device` where there is no WebAssembly, or none with SIMD. */
export function probeFeatures(): Features {
  if (typeof WebAssembly === 'undefined') throw lacking('there is no WebAssembly here');
  if (!valid(simd)) throw lacking('WebAssembly has no 128-bit SIMD here');
  return { relaxed: valid(relaxed), unshared: whyUnshared() };
}

function whyUnshared(): string | null {
  if (typeof SharedArrayBuffer === 'undefined') {
    return 'no SharedArrayBuffer: the page is not cross-origin isolated (headers COOP: same-origin and COEP: require-corp)';
  }
  return valid(threads) ? null : 'WebAssembly has no threads here';
}

function lacking(what: string): RustaError {
  return new RustaError(what, {
    code: 'no-device',
    op: 'openDevice',
    hint: 'use Node 20.19 or later, or a browser of 2023 or later',
  });
}
