// The kernel modules that run here: which variant of each, and why. The f32 variant follows from the features; the int8
// variants compute the same integers, and which of them is fastest only a clock can tell.
import { type WasmVariant, wasmBytes } from '../../../kernels/load.ts';
import { packedInt8Bytes, wasmKernels } from '../../../kernels/registry.ts';
import { callOf, scratchOf, type WasmModuleName } from '../../../kernels/spec.ts';
import type { BackendInfo } from '../backend.ts';
import type { KernelFunction } from './code.ts';

type Choice = BackendInfo['choices'][number];

export interface Modules {
  readonly modules: Readonly<Record<WasmModuleName, WebAssembly.Module>>;
  readonly choices: readonly Choice[];
}

/** Of each int8 variant, ms: enough for V8 to have compiled the loop for good. */
const probeMs = 4;
/** Shape that is timed: some rows of a small layer, all of it in the first caches. */
const probe = { rows: 8, m: 256, k: 512 };

const chosen = new Map<boolean, Promise<{ variant: WasmVariant; choice: Choice }>>();

/** Compiles what will run. The probe is done once a process. */
export async function loadModules({ relaxed, shared }: { relaxed: boolean; shared: boolean }): Promise<Modules> {
  const dense: WasmVariant = relaxed ? 'dense-relaxed' : 'dense';
  let int8 = chosen.get(relaxed);
  if (int8 === undefined) {
    int8 = chooseInt8(relaxed);
    chosen.set(relaxed, int8);
  }
  const compile = (variant: WasmVariant) => WebAssembly.compile(wasmBytes(variant, shared));
  const [base, f32, { variant, choice }] = await Promise.all([compile('base'), compile(dense), int8]);
  return {
    modules: { base, dense: f32, int8: await compile(variant) },
    choices: [
      {
        what: 'f32 kernels',
        chosen: dense,
        why: relaxed ? 'relaxed SIMD: products and sums are fused' : 'no relaxed SIMD here: products, then sums',
      },
      choice,
    ],
  };
}

/** Times the variants in turn, in memory of their own. */
async function chooseInt8(relaxed: boolean): Promise<{ variant: WasmVariant; choice: Choice }> {
  const what = 'int8 kernels';
  if (!relaxed)
    return { variant: 'int8', choice: { what, chosen: 'int8', why: 'no relaxed SIMD here: 16-bit products' } };
  const variants = ['int8-dot', 'int8-pairs', 'int8'] as const satisfies readonly WasmVariant[];
  const runs = await Promise.all(variants.map(prepare));
  const best = runs.map((run) => {
    let least = Number.POSITIVE_INFINITY;
    const end = performance.now() + probeMs;
    for (let now = performance.now(); now < end; ) {
      run();
      const after = performance.now();
      least = Math.min(least, after - now);
      now = after;
    }
    return least;
  });
  const index = best.indexOf(Math.min(...best));
  const giga = (ms: number): string => ((2 * probe.rows * probe.m * probe.k) / ms / 1e6).toFixed(0);
  const why = `timed, GOP/s: ${variants.map((name, at) => `${name} ${giga(best[at] as number)}`).join(', ')}`;
  const variant = variants[index] ?? 'int8';
  return { variant, choice: { what, chosen: variant, why } };
}

async function prepare(variant: WasmVariant): Promise<() => void> {
  const module = await WebAssembly.compile(wasmBytes(variant, false));
  const memory = new WebAssembly.Memory({ initial: 16, maximum: 16 });
  const { exports } = await WebAssembly.instantiate(module, { env: { memory, abort: () => {} } });
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
  return () => {
    for (const phase of phases) phase(...args);
  };
}
