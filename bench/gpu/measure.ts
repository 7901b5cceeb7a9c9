// Rows of the GPU in the shape of every other row of the benchmark: GPU timestamps, wall time beside them, bytes held against a
// copy of the same run. `npm run bench -- --device webgpu` and rows.ts print them.
import { open, type WebGpuBackend, type WebGpuOptions } from '../../engine/backends/webgpu.ts';
import type { Row } from '../timing.ts';
import { type GpuCase, gpuCases, type Sizes, sizes } from './cases.ts';
import { clocks, GpuTimer } from './timer.ts';

export interface MeasureOptions {
  readonly filter?: string;
  readonly quick?: boolean;
  /** After so many seconds the remaining rows are left out, and said to be. */
  readonly seconds?: number;
  readonly open?: WebGpuOptions;
  say(line: string): void;
}

const copyOf = (all: readonly GpuCase[]): GpuCase => all.find(({ kernel }) => kernel === 'copy') as GpuCase;

/** Small shapes on a software adapter: their figures say nothing but that the program works. */
export function sizesOn(backend: WebGpuBackend, say: (line: string) => void): Sizes {
  if (!backend.can.software) return sizes.full;
  say('a software adapter: small shapes, to try the program; its figures mean nothing');
  return sizes.small;
}

export async function gpuRows({ filter, quick, seconds = 600, say, ...options }: MeasureOptions): Promise<Row[]> {
  const deadline = performance.now() + seconds * 1000;
  const backend = await open(options.open);
  const timer = new GpuTimer(backend);
  const { device, choices } = backend.info();
  say(`${device}; ${choices.map(({ what, chosen, why }) => `${what} ${chosen} (${why})`).join('; ')}`);
  say(clocks() ?? 'no nvidia-smi: clocks are not known');
  const all = gpuCases(sizesOn(backend, say), backend.can.f16);
  const wanted = all.filter(
    (each) =>
      (quick === true ? each.quick : true) &&
      (filter === undefined || `${each.suite} ${each.kernel} ${each.shape} ${each.dtype}`.includes(filter)),
  );
  const rows: Row[] = [];
  let bandwidth: number | null = null;
  const needsCopy = wanted.some(({ unit }) => unit === 'GB/s');
  const queue = needsCopy && !wanted.includes(copyOf(all)) ? [copyOf(all), ...wanted] : wanted;
  for (const each of queue) {
    const { suite, kernel, shape, dtype, unit, work } = each;
    const name = `${suite.padEnd(14)}${kernel.padEnd(25)}${shape.padEnd(34)}${dtype.padEnd(8)}`;
    if (performance.now() > deadline) {
      say(`${name} left out: time is up`);
      continue;
    }
    try {
      const { best, median, wall, compile, parts } = await timer.time(each.program());
      const rate = work / best;
      if (kernel === 'copy') bandwidth = rate;
      const ceiling = unit === 'GB/s' ? bandwidth : null;
      const ratio = ceiling === null ? null : rate / ceiling;
      rows.push({
        ...{
          suite,
          kernel,
          shape,
          dtype,
          threads: 1,
          device: 'webgpu',
          impl: 'rusta',
          median_ms: median,
          best_ms: best,
        },
        ...{ rate, unit, ceiling, ratio, wall_ms: wall },
      });
      say(
        [
          `${name}${best.toFixed(4).padStart(11)}${median.toFixed(4).padStart(11)} wall ${wall.toFixed(4).padStart(10)}`,
          `${rate.toFixed(rate < 100 ? 1 : 0).padStart(8)} ${unit.padEnd(8)}`,
          ratio === null || kernel === 'copy' ? '' : `${(100 * ratio).toFixed(0).padStart(4)}% of a copy`,
          `compiled ${compile.toFixed(0)} ms${parts.length > 1 ? ` ${parts.map((ms) => ms.toFixed(3)).join('+')}` : ''}`,
        ].join(' '),
      );
    } catch (error) {
      say(`${name} FAILED ${(error as Error).message.slice(0, 300).replaceAll('\n', ' ')}`);
    }
  }
  say(clocks() ?? '');
  await backend.close();
  return rows;
}
