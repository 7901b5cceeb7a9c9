// The kernel modules that run here: which variant of each, and why. The f32 variant follows from the features; the int8
// variants compute the same integers, and which of them is fastest only a clock can tell.
import { type WasmVariant, wasmBytes } from '../../../kernels/load.ts';
import { dotIsExact } from '../../../kernels/probe.ts';
import { packedInt8Bytes, wasmKernels } from '../../../kernels/registry.ts';
import { callOf, scratchOf, type WasmModuleName } from '../../../kernels/spec.ts';
import type { BackendInfo } from '../backend.ts';
import type { KernelFunction } from './code.ts';

type Choice = BackendInfo['choices'][number];

export interface Modules {
  readonly modules: Readonly<Record<WasmModuleName, WebAssembly.Module>>;
  /** Whether tiles of products are to be twice as wide. */
  readonly wide: boolean;
  readonly choices: readonly Choice[];
}

interface Chosen {
  readonly variant: WasmVariant;
  readonly wide: boolean;
  readonly choice: Choice;
}

/**
 * V8 first compiles a loop quickly and then well, in the background, which on a busy machine may come late and not for all at once:
 * timing goes on until every variant has become faster by so much that it must have been compiled well, and the best time of each
 * has stood for a while, but no longer than the bound. It is done while workers start. ms.
 */
const probeMs = { least: 8, still: 6, most: 120, turn: 4 };
/** By how much the well compiled loop is faster at least. */
const jump = 1.5;
/** Shape that is timed: some rows of a small layer, all of it in the first caches. */
const probe = { rows: 8, m: 256, k: 512 };

const chosen = new Map<boolean, Promise<Chosen>>();

/** Compiles what will run. The probe is done once a process. */
export async function loadModules({ relaxed, shared }: { relaxed: boolean; shared: boolean }): Promise<Modules> {
  const dense: WasmVariant = relaxed ? 'dense-relaxed' : 'dense';
  let int8 = chosen.get(relaxed);
  if (int8 === undefined) {
    int8 = chooseInt8(relaxed);
    chosen.set(relaxed, int8);
  }
  const compile = (variant: WasmVariant) => WebAssembly.compile(wasmBytes(variant, shared));
  const [base, f32, { variant, wide, choice }] = await Promise.all([compile('base'), compile(dense), int8]);
  return {
    modules: { base, dense: f32, int8: await compile(variant) },
    wide,
    choices: [
      {
        what: 'f32 kernels',
        chosen: dense,
        why: relaxed ? 'relaxed SIMD: products and sums are fused' : 'no relaxed SIMD here: products, then sums',
      },
      {
        what: 'tiles of products',
        chosen: wide ? '4x16' : '4x8',
        why: wide
          ? 'sixteen sums stay in registers: V8 joins them to 256 bits'
          : 'sixteen sums would not stay in registers',
      },
      choice,
    ],
  };
}

/** Times the variants in turn, those with relaxed products with both widths of tiles, in memory of their own. */
async function chooseInt8(relaxed: boolean): Promise<Chosen> {
  const what = 'int8 kernels';
  if (!relaxed) {
    const why = 'no relaxed SIMD here: 16-bit products';
    return { variant: 'int8', wide: false, choice: { what, chosen: 'int8', why } };
  }
  const all = (await Promise.all((['int8-dot', 'int8-pairs', 'int8'] as const).map(prepare))).flat();
  const exact = all.filter(({ variant, run }) => variant === 'int8' || run !== null);
  const best = exact.map(() => Number.POSITIVE_INFINITY);
  const first = exact.map(() => Number.POSITIVE_INFINITY);
  const begin = performance.now();
  let changed = begin;
  let turn = begin;
  for (let [now, round] = [begin, 0]; ; round += 1) {
    for (const [index, { run }] of exact.entries()) {
      run?.();
      const after = performance.now();
      // Less than one in a hundred is noise.
      if (after - now < 0.99 * (best[index] as number)) changed = after;
      best[index] = Math.min(best[index] as number, after - now);
      // The least of the first few: one alone may have been interrupted.
      if (round < 3) first[index] = best[index] as number;
      now = after;
    }
    const { least, still, most } = probeMs;
    const compiled = exact.every((_, at) => (best[at] as number) * jump < (first[at] as number));
    if (now - begin > most || (compiled && now - begin > least && now - changed > still)) break;
    if (now - turn > probeMs.turn) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      now = performance.now();
      turn = now;
    }
  }
  // Once more, now that the code that was timed is the well compiled one.
  for (const [at, { variant, right }] of exact.entries())
    if (variant !== 'int8' && !right()) best[at] = Number.POSITIVE_INFINITY;
  const index = best.indexOf(Math.min(...best));
  const giga = (ms: number): string =>
    ms === Number.POSITIVE_INFINITY ? 'wrong' : ((2 * probe.rows * probe.m * probe.k) / ms / 1e6).toFixed(0);
  const named = ({ variant, wide }: Candidate): string => (wide ? `${variant} 4x16` : variant);
  const timed = exact.map((each, at) => `${named(each)} ${giga(best[at] as number)}`).join(', ');
  const wrong = all.filter((each) => !exact.includes(each)).map((each) => `; ${named(each)} computes wrongly here`);
  const { variant, wide } = exact[index] as Candidate;
  return { variant, wide, choice: { what, chosen: variant, why: `timed, GOP/s: ${timed}${wrong.join('')}` } };
}

interface Candidate {
  readonly variant: WasmVariant;
  readonly wide: boolean;
  /** Runs the probe's product once; null where the variant does not compute what it should on this machine. */
  readonly run: (() => void) | null;
  /** Whether it still does. */
  readonly right: () => boolean;
}

async function prepare(variant: WasmVariant): Promise<Candidate[]> {
  const module = await WebAssembly.compile(wasmBytes(variant, false));
  return (variant === 'int8' ? [false] : [false, true]).map((wide) => candidateOf(module, variant, wide));
}

function candidateOf(module: WebAssembly.Module, variant: WasmVariant, wide: boolean): Candidate {
  const memory = new WebAssembly.Memory({ initial: 16, maximum: 16 });
  const env = { memory, abort: () => {}, wide: wide ? 1 : 0 };
  const { exports } = new WebAssembly.Instance(module, { env });
  const right = (): boolean => dotIsExact(exports as Record<string, KernelFunction>, memory, 64);
  if (!right()) return { variant, wide, run: null, right };
  const { rows, m, k } = probe;
  const x = 64;
  const y = x + rows * k * 4;
  const packed = y + rows * m * 4;
  const scratch = Math.ceil((packed + packedInt8Bytes(m, k)) / 64) * 64;
  new Float32Array(memory.buffer, x, rows * k).forEach((_, index, all) => {
    all[index] = ((index * 37) % 101) - 50;
  });
  const kernel = wasmKernels.linearInt8;
  const given = { x, packed, y, rows, m, k, xStride: k };
  if (scratch + scratchOf(kernel, given).shared > memory.buffer.byteLength) throw new Error('the probe is too large');
  const args = callOf(kernel, given, scratch, 0, 1);
  const phases = kernel.phases.map((name) => exports[name] as KernelFunction);
  const run = (): void => {
    for (const phase of phases) phase(...args);
  };
  return { variant, wide, run, right };
}
