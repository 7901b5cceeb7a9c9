// One engine in a process of its own: makes the product ready, checks a corner of its result against sums in f64, then, asked
// over the channel, runs for so many milliseconds and says what one product took.
import { type Engine, engines, type Product } from './engines.ts';

export type Ask = { readonly ms: number };
export type Answer =
  | { readonly kind: 'ready'; readonly error: number }
  | { readonly kind: 'timed'; readonly ms: number; readonly runs: number }
  | { readonly kind: 'failed'; readonly why: string };

/** Pseudo-random numbers in -1..1. */
function numbers(length: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** Largest difference from sums in f64, over elements at the corners and in the middle. */
function errorOf(c: ArrayLike<number>, n: number, a: Float32Array, b: Float32Array): number {
  if (c.length !== n * n) throw new Error(`the result has ${c.length} elements instead of ${n * n}`);
  let worst = 0;
  for (const row of [0, 1, n >> 1, n - 1])
    for (const column of [0, 1, n >> 1, n - 1]) {
      let sum = 0;
      for (let k = 0; k < n; k += 1) sum += (a[row * n + k] as number) * (b[k * n + column] as number);
      const difference = Math.abs((c[row * n + column] as number) - sum);
      if (!(difference <= worst)) worst = difference;
    }
  return worst;
}

/** Runs for about so long, in queues of a few; -> ms of one product. */
async function slice(product: Product, ms: number): Promise<Answer> {
  const t0 = performance.now();
  await product.run(1);
  const one = performance.now() - t0;
  const runs = Math.max(1, Math.min(200, Math.round(ms / Math.max(one, 0.05))));
  const begin = performance.now();
  await product.run(runs);
  return { kind: 'timed', ms: (performance.now() - begin) / runs, runs };
}

const [name, size, libraries] = process.argv.slice(2) as [string, string, string];
const say = (answer: Answer): void => void process.send?.(answer);
const failed = (error: unknown): void => {
  const text = error instanceof Error ? error.message : String(error);
  say({ kind: 'failed', why: (text.split('\n')[0] as string).slice(0, 200) });
};
process.on('unhandledRejection', failed);
try {
  const n = Number(size);
  const [a, b] = [numbers(n * n, 1), numbers(n * n, 2)];
  const product = await (engines[name] as Engine)(n, a, b, libraries);
  process.on('message', ({ ms }: Ask) => void slice(product, ms).then(say, failed));
  say({ kind: 'ready', error: errorOf(await product.result(), n, a, b) });
} catch (error) {
  failed(error);
}
