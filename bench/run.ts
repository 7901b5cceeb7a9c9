// `npm run bench`: every kernel family against this machine's own ceilings, measured in the same run.
import { readFileSync } from 'node:fs';
import { arch, cpus, platform } from 'node:os';
import { parseArgs } from 'node:util';
import { type WasmVariant, wasmBytes } from '../kernels/load.ts';
import { dotIsExact, probeBytes } from '../kernels/probe.ts';
import { Machine } from '../test/kernels/support/machine.ts';
import { type Ceilings, measureCeilings } from './ceilings.ts';
import { type Bench, kernelBenches } from './suites/kernels.ts';
import { type Row, time } from './timing.ts';

const usage = `npm run bench -- [--quick] [--filter WORD] [--threads N] [--device wasm] [--json] [--compare OLD.json]
  --quick     the main rows only, in at most 45 s
  --filter    rows whose suite, kernel or shape holds WORD
  --threads   1 (kernels are timed on one lane)
  --json      an array of rows on standard output; progress goes to standard error
  --compare   an earlier --json: changes beyond the noise of both runs are marked`;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    filter: { type: 'string' },
    threads: { type: 'string', default: '1' },
    device: { type: 'string', default: 'wasm' },
    json: { type: 'boolean', default: false },
    compare: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}
if (values.device !== 'wasm' || values.threads !== '1') {
  console.error('bench: kernels are timed with --device wasm and --threads 1');
  process.exit(2);
}

/** Above this the ceiling was wrong. */
const tooGood = 1.05;
const started = performance.now();
const say = (line: string): void => void process.stderr.write(`${line}\n`);
/** Milliseconds of one loop of the ceilings, and of one row. */
const [loopMs, rowMs] = values.quick ? [60, 350] : [300, 1500];

/** The module of bytes that is exact here and fastest on a product that both caches hold. */
function chooseInt8(dense: WasmVariant): { machine: Machine; int8: WasmVariant } {
  const shape = kernelBenches.find(
    ({ kernel, shape }) => kernel === 'int8Multiply' && shape === '1024x1024x1024',
  ) as Bench;
  const tried = (['int8', 'int8-dot', 'int8-pairs'] as const).flatMap((int8) => {
    if (!WebAssembly.validate(wasmBytes(int8, false))) return [];
    const machine = new Machine({ dense, int8 });
    if (!dotIsExact(machine.exportsOf('int8'), machine.memory, machine.take(probeBytes))) return [];
    const { best } = time(shape.prepare(machine), values.quick ? 150 : 400);
    say(`int8 variant ${int8}: ${(shape.work / best).toFixed(1)} GOP/s`);
    return [{ machine, int8, best }];
  });
  return tried.sort((a, b) => a.best - b.best)[0] as { machine: Machine; int8: WasmVariant };
}

function ceilingOf({ ceiling }: Bench, ceilings: Ceilings): number | null {
  if (ceiling === null) return null;
  return typeof ceiling === 'string' ? ceilings[ceiling]() : ceilings.read(ceiling.read);
}

function rowOf(bench: Bench, machine: Machine, ceilings: Ceilings): Row {
  machine.reset();
  const { median, best } = time(bench.prepare(machine), rowMs);
  const ceiling = ceilingOf(bench, ceilings);
  const rate = bench.work / best;
  return {
    ...{ suite: bench.suite, kernel: bench.kernel, shape: bench.shape, dtype: bench.dtype, threads: 1 },
    ...{ device: 'wasm', impl: 'rusta', median_ms: median, best_ms: best, rate, unit: bench.unit },
    ...{ ceiling, ratio: ceiling === null ? null : rate / ceiling },
  };
}

const printed = ({ suite, kernel, shape, best_ms, median_ms, rate, unit, ceiling, ratio }: Row): string =>
  [
    `${suite.padEnd(12)}${kernel.padEnd(21)}${shape.padEnd(22)}`,
    `${best_ms.toFixed(4).padStart(10)}${median_ms.toFixed(4).padStart(11)}${rate.toFixed(1).padStart(9)} ${unit.padEnd(9)}`,
    ratio === null ? '' : `${(ratio * 100).toFixed(0).padStart(4)}% of ${ceiling?.toFixed(1)}`,
  ].join('');

const key = ({ suite, kernel, shape, dtype, threads, device, impl }: Row): string =>
  [suite, kernel, shape, dtype, threads, device, impl].join(' ');

/** How far best and median lie apart is the noise of a row; a change beyond that of both is one. */
function compare(old: readonly Row[], now: readonly Row[]): void {
  const before = new Map(old.map((row) => [key(row), row]));
  for (const row of now) {
    const was = before.get(key(row));
    if (was === undefined) continue;
    const change = was.best_ms / row.best_ms - 1;
    const noise = Math.max(0.02, was.median_ms / was.best_ms - 1, row.median_ms / row.best_ms - 1);
    const verdict = Math.abs(change) <= noise ? 'same' : change > 0 ? 'FASTER' : 'SLOWER';
    say(
      `${verdict.padEnd(7)}${key(row).padEnd(60)}${(change * 100).toFixed(1).padStart(7)}% (noise ${(noise * 100).toFixed(0)}%)`,
    );
  }
}

say(`${process.version}, ${platform()} ${arch()}, ${cpus().length} x ${cpus()[0]?.model}`);
const wanted = kernelBenches.filter(
  (each) =>
    (values.quick ? each.quick : true) &&
    (values.filter === undefined || `${each.suite} ${each.kernel} ${each.shape}`.includes(values.filter)),
);
if (wanted.length === 0) {
  console.error(`bench: no row holds '${values.filter}'`);
  process.exit(2);
}
const ceilings = await measureCeilings(loopMs);
say(`ceilings on one thread: ${ceilings.f32().toFixed(1)} GFLOP/s f32, ${ceilings.int8().toFixed(1)} GOP/s int8`);
const dense = WebAssembly.validate(wasmBytes('dense-relaxed', false)) ? 'dense-relaxed' : 'dense';
const { machine, int8 } = chooseInt8(dense);
say(`modules: base, ${dense}, ${int8}\n`);
say(`${'suite'.padEnd(12)}${'kernel'.padEnd(21)}${'shape'.padEnd(22)}   best ms  median ms     rate`);
const measured: Row[] = [];
for (const bench of wanted) {
  ceilings.again();
  const row = rowOf(bench, machine, ceilings);
  measured.push(row);
  say(printed(row));
}
// Held against the ceilings as they are known at the end.
const rows = measured.map((row, i): Row => {
  const ceiling = ceilingOf(wanted[i] as Bench, ceilings);
  return { ...row, ceiling, ratio: ceiling === null ? null : row.rate / ceiling };
});
say('');
for (const { name, rate, unit } of ceilings.loops)
  say(`ceiling loop ${name.padEnd(30)}${rate.toFixed(1).padStart(8)} ${unit}`);
say(`${((performance.now() - started) / 1000).toFixed(0)} s`);
if (values.compare !== undefined) compare(JSON.parse(readFileSync(values.compare, 'utf8')) as Row[], rows);
if (values.json) console.log(JSON.stringify(rows, null, 1));
const wrong = rows.filter(({ ratio }) => ratio !== null && ratio > tooGood);
for (const row of wrong) console.error(`bench: the ceiling was wrong (ratio above ${tooGood}): ${printed(row)}`);
if (wrong.length > 0) process.exitCode = 1;
